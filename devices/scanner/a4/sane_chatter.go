package a4

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// chatter follows what scanimage says on its error output, of which it keeps
// only what tells how it went.
type chatter struct {
	count atomic.Int64 // pieces heard: a sign of life

	mu    sync.Mutex
	line  []byte
	word  string // the last complaint
	code  int    // the status it named last
	final bool   // it said its last word
	// gaveUp: it was hit by signals, perhaps of its own making, and then it
	// exits with 0 whatever happened.
	gaveUp bool
}

func (c *chatter) Write(b []byte) (int, error) {
	c.count.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range b {
		switch {
		case ch == '\n' || ch == '\r':
			c.heard(strings.TrimSpace(string(c.line)))
			c.line = c.line[:0]
		case len(c.line) < maxLine:
			c.line = append(c.line, ch)
		}
	}
	return len(b), nil
}

func (c *chatter) heard(line string) {
	if at := strings.LastIndex(line, sanePaged); at >= 0 {
		if n, err := strconv.Atoi(strings.TrimRight(line[at+len(sanePaged):], ")")); err == nil {
			c.code = n
		}
		return
	}
	switch {
	case strings.HasPrefix(line, saneDone):
		c.final = true
	case strings.HasPrefix(line, "scanimage: sane_"):
		c.word = printable(line)
		for code, words := range saneWords {
			if words != "" && strings.HasSuffix(line, words) {
				c.code = code
			}
		}
	case strings.HasPrefix(line, "scanimage: aborting"):
		c.gaveUp = true
	case strings.HasPrefix(line, "scanimage: rounded"), strings.HasPrefix(line, "scanimage: received signal"),
		strings.HasPrefix(line, "scanimage: trying to stop"):
	case strings.HasPrefix(line, "scanimage:"), strings.Contains(line, tooFewRows), strings.HasPrefix(line, "cannot open"):
		c.word = printable(line)
	}
}

// saneWords is how SANE names its statuses (sane_strstatus), by number.
var saneWords = [...]string{
	1: "Operation not supported", 2: "Operation was canceled", 3: "Device busy", 4: "Invalid argument", 5: "End of file reached",
	6: "Document feeder jammed", 7: "Document feeder out of documents", 8: "Scanner cover is open", 9: "Error during device I/O",
	10: "Out of memory", 11: "Access to resource has been denied",
}

// last is the last complaint.
func (c *chatter) last() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.word
}

// over tells that it has said its last word and should exit.
func (c *chatter) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.final
}

// status is the SANE status it named last; 5, the end of a page, is good.
// gaveUp says that its exit code says nothing.
func (c *chatter) status() (code int, gaveUp bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 5 {
		return 0, c.gaveUp
	}
	return c.code, c.gaveUp
}
