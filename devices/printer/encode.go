package printer

import (
	"fmt"

	"servicepoint/devices"
)

// minFeed is the number of white rows from which feeding them is worth
// breaking a picture in two.
const minFeed = 8

// part is a run of whole commands: the driver may ask for the printer's state
// between two parts and nowhere else.
type part struct {
	bytes []byte
	rows  int
	asks  bool // ends with GS r, which will be answered
}

// job is a slip on its way: its parts in order and the process IDs that mark
// the end of its body and its cut.
type job struct {
	parts     []part
	body, cut string
	rows      int
	size      int64
	largest   int // bytes in the longest part
}

func (j *job) add(asks bool, rows int, bytes ...byte) {
	if asks {
		bytes = append(bytes, queuedRequest...)
	}
	j.parts = append(j.parts, part{bytes: bytes, rows: rows, asks: asks})
	j.rows += rows
	j.size += int64(len(bytes))
	j.largest = max(j.largest, len(bytes))
}

// encode writes the slip as commands. The printed dots are those of
// Slip.Paint, but for the single dots that scrub had to change.
func encode(pr Profile, slip devices.Slip, body, cut string) (*job, error) {
	if slip.Width > pr.Width || slip.Width < 1 {
		return nil, fmt.Errorf("encode slip: %d dots wide for a printer of %d", slip.Width, pr.Width)
	}
	if pr.Width > 2040 || pr.Band < 1 || pr.Band > 255 || pr.RowsPerSecond < 1 {
		return nil, fmt.Errorf("encode slip: profile %q is out of bounds", pr.Name)
	}
	j := &job{body: body, cut: cut}
	start := []byte{0x1b, '@', 0x1c, '.'} // clear modes; clones start in Chinese mode
	if pr.AutoStatus {
		start = append(start, autoStatusOn...) // ESC @ has turned it off
	}
	j.add(false, 0, start...)
	j.addPicture(pr, slip.Paint())
	if pr.ProcessID {
		j.add(false, 0, processID(body)...)
	}
	end := append([]byte(nil), pr.Cut...)
	if pr.ProcessID {
		end = append(end, processID(cut)...)
	}
	j.add(pr.Queued && !pr.ProcessID, 0, end...)
	return j, nil
}

var (
	autoStatusOn  = []byte{0x1d, 'a', 0x0e} // online, errors, paper
	queuedRequest = []byte{0x1d, 'r', 1}
)

// processID asks for an ID of four characters to come back once everything
// before it is on paper.
func processID(id string) []byte {
	return append([]byte{0x1d, '(', 'H', 6, 0, 0x30, 0x30}, id...)
}

// addPicture sends rows with dots as pictures and the white between as feeds.
// A feed goes in one part with the picture after it.
func (j *job) addPicture(pr Profile, pic devices.Bitmap) {
	for y := 0; y < pic.Height; {
		white := 0
		for y+white < pic.Height && used(pic, y+white) == 0 {
			white++
		}
		var b []byte
		for rest := white; rest > 0; rest -= 255 {
			b = append(b, 0x1b, 'J', byte(min(rest, 255)))
		}
		rows := bandHeight(pic, y+white, pr.Band)
		if rows > 0 {
			b = append(b, band(pic, y+white, rows)...)
		}
		j.add(pr.Queued && pr.Window > 0, white+rows, b...)
		y += white + rows
	}
}

// bandHeight is how many rows from y on go into one picture: up to limit, and
// not into a gap that is fed.
func bandHeight(pic devices.Bitmap, y, limit int) int {
	rows, white := 0, 0
	for rows+white < limit && y+rows+white < pic.Height && white < minFeed {
		if used(pic, y+rows+white) == 0 {
			white++
			continue
		}
		rows, white = rows+white+1, 0
	}
	return rows
}

// used is the number of bytes of a row up to its last black dot.
func used(pic devices.Bitmap, y int) int {
	row := pic.Bits[y*pic.Stride() : (y+1)*pic.Stride()]
	n := len(row)
	for n > 0 && row[n-1] == 0 {
		n--
	}
	return n
}

// band is GS v 0 with the white to the right left away.
func band(pic devices.Bitmap, top, rows int) []byte {
	width := 0
	for y := top; y < top+rows; y++ {
		width = max(width, used(pic, y))
	}
	out := make([]byte, 0, 8+width*rows)
	out = append(out, 0x1d, 'v', '0', 0, byte(width), byte(width>>8), byte(rows), byte(rows>>8))
	head := len(out)
	for y := top; y < top+rows; y++ {
		at := y * pic.Stride()
		out = append(out, pic.Bits[at:at+width]...)
	}
	scrub(out[head:])
	return out
}

// scrub removes what a printer would take for a real-time command, which it
// obeys even inside a picture: a status request nobody made, a pulse to the
// drawer, a cleared buffer. One dot of the middle byte changes. Commands
// around a picture start with 1Bh or 1Dh and have no 10h followed by 04h, 05h
// or 14h, so none can lie across a picture's border.
func scrub(dots []byte) {
	for i := 0; i+2 < len(dots); i++ {
		if !realtimeCommand(dots[i], dots[i+1], dots[i+2]) {
			continue
		}
		for bit := byte(1); bit != 0; bit <<= 1 {
			next := dots[i+1] ^ bit
			if next != 0x10 && !realtimeCommand(dots[i], next, dots[i+2]) {
				dots[i+1] = next
				break
			}
		}
	}
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

// idText writes a counter as four base-36 characters.
func idText(n uint32) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var b [4]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = digits[n%36]
		n /= 36
	}
	return string(b[:])
}
