package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Direction says who spoke.
type Direction byte

// The directions, as a transcript writes them.
const (
	FromDevice Direction = '<'
	ToDevice   Direction = '>'
	Remark     Direction = '!' // not a byte on the line: opened, closed, a deadline, an error
)

// Entry is one line of a transcript: the bytes of one Read or Write, or a
// remark on the line.
type Entry struct {
	At    time.Time
	Dir   Direction
	Bytes []byte // empty for a Remark
	Note  string // of a Remark
}

// Transcript is what passed on a line, in order.
//
// It holds what was scanned and printed, and with it names, numbers and
// addresses of people: it is personal data, to be kept as short as it is
// needed and never sent on with a log.
type Transcript []Entry

// stamp is RFC 3339 with milliseconds, in UTC.
const stamp = "2006-01-02T15:04:05.000Z07:00"

// String is the entry as a transcript has it, without the end of the line:
//
//	2026-03-02T08:15:00.123Z > 1b 40 48 69  |.@Hi|
//	2026-03-02T08:15:00.130Z ! read: deadline
func (e Entry) String() string {
	head := e.At.UTC().Format(stamp) + " " + string(rune(e.Dir)) + " "
	if e.Dir == Remark {
		return head + printable(e.Note)
	}
	return fmt.Sprintf("%s% x  |%s|", head, e.Bytes, e.Text())
}

// Text shows the bytes as ASCII, a dot for each that is none.
func (e Entry) Text() string {
	text := make([]byte, len(e.Bytes))
	for i, b := range e.Bytes {
		if text[i] = b; b < ' ' || b > '~' {
			text[i] = '.'
		}
	}
	return string(text)
}

// printable makes a text fit into one line of any terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}

// maxTranscriptLine bounds a line that is read back: a Write of a picture is
// one line, three letters and one a byte.
const maxTranscriptLine = 16 << 20

// tookPart is how a Tap remarks on a Write that was cut short.
var tookPart = regexp.MustCompile(`^write: (\d+) of (\d+) bytes taken`)

// ReadTranscript reads back what Tap wrote. Empty lines and lines that begin
// with # are passed over, the column of text as well, and a Write that was cut
// short is given as far as it went. The error names the line.
func ReadTranscript(r io.Reader) (Transcript, error) {
	var t Transcript
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxTranscriptLine)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		e, err := parseEntry(string(line))
		if err != nil {
			return nil, fmt.Errorf("transcript, line %d: %w", n, err)
		}
		if e.Dir == Remark {
			t.cut(e.Note)
		}
		t = append(t, e)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("transcript, line %d: %w", n+1, err)
	}
	return t, nil
}

func parseEntry(line string) (e Entry, err error) {
	at, rest, _ := strings.Cut(line, " ")
	e.At, err = time.Parse(time.RFC3339Nano, at)
	if e.At = e.At.UTC(); err != nil || e.At.Year() < 1 || e.At.Year() > 9999 {
		return e, errors.New("it does not begin with a time such as 2026-03-02T08:15:00.123Z")
	}
	dir, rest, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	switch dir {
	case string(FromDevice), string(ToDevice):
		e.Dir = Direction(dir[0])
		digits, _, _ := strings.Cut(rest, "|")
		if e.Bytes, err = hex.DecodeString(strings.Join(strings.Fields(digits), "")); err != nil {
			return e, fmt.Errorf("the bytes: %w", err)
		}
	case string(Remark):
		e.Dir, e.Note = Remark, strings.TrimSpace(printable(rest))
	default:
		return e, fmt.Errorf("%q stands after the time, instead of <, > or the mark of a remark", printable(dir))
	}
	return e, nil
}

// cut shortens the Write that a remark says was cut short. Several times in a
// row can only be of several Writes.
func (t Transcript) cut(note string) {
	m := tookPart.FindStringSubmatch(note)
	if m == nil {
		return
	}
	took, _ := strconv.Atoi(m[1])
	of, _ := strconv.Atoi(m[2])
	for i := len(t) - 1; i >= 0; i-- {
		if t[i].Dir == ToDevice {
			if len(t[i].Bytes) == of && took < of {
				t[i].Bytes = t[i].Bytes[:took]
			}
			return
		}
	}
}

// Tapped gives an opener whose links are tapped, with a remark on each
// opening. See Tap.
func Tapped(o Opener, w io.Writer) Opener {
	rec := &recorder{w: w, now: time.Now}
	return func(ctx context.Context) (Link, error) {
		l, err := o(ctx)
		if err != nil {
			rec.remark("open: " + reason(err))
			return nil, err
		}
		rec.remark("open")
		return &tap{Link: l, rec: rec}, nil
	}
}
