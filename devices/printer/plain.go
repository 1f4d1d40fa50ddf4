package printer

import (
	"errors"
	"fmt"
	"strings"

	"servicepoint/devices"
)

const (
	// plainRows is what a line of the printer's own letters takes, at the
	// sixth of an inch that printers start with.
	plainRows = 34
	// maxPlainLines bounds an emergency slip to about half a metre of paper.
	maxPlainLines = 100
)

// encodePlain writes the emergency slip: bare ASCII in the printer's own
// letters, for when no slip can be drawn. Anything else prints as ?, control
// characters not at all; lines that are too long are wrapped.
func encodePlain(pr Profile, lines []string, body, cut string) (*job, error) {
	if err := pr.bounds(); err != nil {
		return nil, fmt.Errorf("encode emergency slip: profile %q is out of bounds: %w", pr.Name, err)
	}
	columns := pr.Width / devices.CellWidth
	if columns < 1 {
		return nil, fmt.Errorf("encode emergency slip: no letter fits on %d dots", pr.Width)
	}
	var content []chunk
	for _, l := range lines {
		for _, s := range wrapPlain(bare(l), columns) {
			content = append(content, chunk{bytes: append([]byte(s), '\n'), rows: plainRows})
		}
	}
	switch {
	case len(content) == 0:
		return nil, errors.New("encode emergency slip: it says nothing")
	case len(content) > maxPlainLines:
		return nil, fmt.Errorf("encode emergency slip: %d lines", len(content))
	}
	return assemble(pr, devices.PlainEncoding, content, body, cut), nil
}

// bare keeps what every printer prints alike.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < 0x20, r == 0x7f:
			return -1
		case r > 0x7e:
			return '?'
		}
		return r
	}, s)
}

// wrapPlain breaks a line between words where it can. An empty line stays one.
func wrapPlain(s string, width int) []string {
	var out []string
	for len(s) > width {
		at, next := width, width
		if i := strings.LastIndexByte(s[:width+1], ' '); i > 0 {
			at, next = i, i+1
		}
		out = append(out, strings.TrimRight(s[:at], " "))
		s = s[next:]
	}
	return append(out, strings.TrimRight(s, " "))
}
