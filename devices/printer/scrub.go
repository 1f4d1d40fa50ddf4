package printer

import (
	"slices"

	"servicepoint/devices"
)

// span is a run of bytes in a stream that are dots and may be changed; all
// other bytes are commands and stay as they are.
type span struct {
	from, to int
	dots     func(i int, bit byte) []devices.Dot // where a dot of byte from+i prints on the slip; none if beside it
}

// scrub removes from a finished stream what a printer would take for a
// real-time command, which it obeys even inside a picture: a status request
// nobody made, a pulse to the drawer, a cleared buffer. One dot of one byte
// changes for each: the least significant of the middle byte that helps, or of
// a neighbour where the middle one is no picture. It gives the dots of the slip
// that print inverted, ordered by row.
//
// Commands start with ESC, FS, GS, a printable character or LF and hold no 10h
// followed by 04h, 05h or 14h, so that one of the three bytes is always a dot's.
func scrub(b []byte, spans []span) []devices.Dot {
	var changed []devices.Dot
	for i := 0; i+2 < len(b); i++ {
		if realtimeCommand(b[i], b[i+1], b[i+2]) {
			changed = append(changed, change(b, spans, i)...)
		}
	}
	return tidy(changed)
}

// change breaks the command at i and makes no other one.
func change(b []byte, spans []span, i int) []devices.Dot {
	at, with := 0, byte(0) // a bit to the right of the slip, if no better is found
	for _, j := range []int{i + 1, i, i + 2} {
		s := spanOf(spans, j)
		if s == nil {
			continue
		}
		for bit := byte(1); bit != 0; bit <<= 1 {
			b[j] ^= bit
			clean := quiet(b, j)
			b[j] ^= bit
			if !clean {
				continue
			}
			if dots := s.dots(j-s.from, bit); len(dots) > 0 {
				b[j] ^= bit
				return dots
			}
			if with == 0 {
				at, with = j, bit
			}
		}
	}
	b[at] ^= with
	return nil
}

// spanOf finds the dots that the byte at i belongs to.
func spanOf(spans []span, i int) *span {
	n, found := slices.BinarySearchFunc(spans, i, func(s span, i int) int {
		switch {
		case s.to <= i:
			return -1
		case s.from > i:
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	return &spans[n]
}

// quiet reports whether no command holds the byte at j.
func quiet(b []byte, j int) bool {
	for i := max(0, j-2); i <= j && i+2 < len(b); i++ {
		if realtimeCommand(b[i], b[i+1], b[i+2]) {
			return false
		}
	}
	return true
}

// tidy orders dots; one that was inverted twice is as it was meant.
func tidy(dots []devices.Dot) []devices.Dot {
	odd := map[devices.Dot]bool{}
	for _, d := range dots {
		odd[d] = !odd[d]
	}
	var out []devices.Dot
	for d, is := range odd {
		if is {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b devices.Dot) int {
		if a.Y != b.Y {
			return a.Y - b.Y
		}
		return a.X - b.X
	})
	return out
}

// realtimeCommand knows DLE EOT, DLE ENQ and the functions of DLE DC4 that do
// anything without further parameters to check.
func realtimeCommand(a, b, c byte) bool {
	if a != 0x10 {
		return false
	}
	switch b {
	case 0x04:
		return c >= 1 && c <= 8
	case 0x05:
		return c <= 2
	case 0x14:
		return c == 1 || c == 2 || c == 8
	}
	return false
}
