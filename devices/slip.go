package devices

// The text grid of a slip: one cell is 12 dots wide and 24 dots high, the
// classic "font A" of receipt printers.
const (
	CellWidth  = 12
	CellHeight = 24
)

// Glyph is one character cell, a row of 12 dots in the upper bits of each
// uint16 (bit 15 is the leftmost dot), top row first; a set bit prints black.
type Glyph [CellHeight]uint16

// Bitmap is a black-and-white picture, rows packed to whole bytes, most
// significant bit leftmost; a set bit prints black.
type Bitmap struct {
	Width, Height int // dots
	Bits          []byte
}

// Stride is the number of bytes in a row.
func (b Bitmap) Stride() int { return (b.Width + 7) / 8 }

// NewBitmap makes a white picture.
func NewBitmap(width, height int) Bitmap {
	b := Bitmap{Width: width, Height: height}
	b.Bits = make([]byte, b.Stride()*height)
	return b
}

// At reports whether a dot is black; dots outside are white.
func (b Bitmap) At(x, y int) bool {
	if x < 0 || y < 0 || x >= b.Width || y >= b.Height {
		return false
	}
	return b.Bits[y*b.Stride()+x/8]&(0x80>>(x%8)) != 0
}

// Set blackens a dot; dots outside are ignored.
func (b Bitmap) Set(x, y int) {
	if x < 0 || y < 0 || x >= b.Width || y >= b.Height {
		return
	}
	b.Bits[y*b.Stride()+x/8] |= 0x80 >> (x % 8)
}

// Row is one line of a slip: either cells of text or a raster block.
type Row struct {
	Cells  []uint16 // indices into Slip.Glyphs, left to right
	Scale  int      // 1 or 2: how many dots a glyph's dot is wide and high; 0 counts as 1
	Raster *Bitmap  // if set, the row is this picture and Cells is empty
	Indent int      // dots of white to the left
}

// Height is the row's height in dots.
func (r Row) Height() int {
	if r.Raster != nil {
		return r.Raster.Height
	}
	return CellHeight * max(1, r.Scale)
}

// Slip is what a receipt printer prints, as rows from top to bottom. Every
// encoding of it must give the picture that Paint gives.
type Slip struct {
	Width  int // dots across the paper: 576 for 80 mm, 384 for 58 mm
	Glyphs []Glyph
	Rows   []Row
}

// Paint draws the slip as the printer will.
func (s Slip) Paint() Bitmap {
	height := 0
	for _, r := range s.Rows {
		height += r.Height()
	}
	out := NewBitmap(s.Width, height)
	y := 0
	for _, r := range s.Rows {
		s.paintRow(out, r, y)
		y += r.Height()
	}
	return out
}

func (s Slip) paintRow(out Bitmap, r Row, top int) {
	if r.Raster != nil {
		for y := range r.Raster.Height {
			for x := range r.Raster.Width {
				if r.Raster.At(x, y) {
					out.Set(r.Indent+x, top+y)
				}
			}
		}
		return
	}
	scale := max(1, r.Scale)
	for i, cell := range r.Cells {
		left := r.Indent + i*CellWidth*scale
		for y := range CellHeight * scale {
			bits := s.Glyphs[cell][y/scale]
			for x := range CellWidth * scale {
				if bits&(0x8000>>(x/scale)) != 0 {
					out.Set(left+x, top+y)
				}
			}
		}
	}
}

// PrintLevel says what is known of a print, strongest last.
type PrintLevel string

// The levels of confirmation.
const (
	LevelUnknown   PrintLevel = "unknown"      // line or power lost, or no answer in time
	LevelSent      PrintLevel = "sent"         // all bytes taken, nothing to confirm with: a person must look
	LevelProcessed PrintLevel = "processed"    // an ordered status came back after the job
	LevelBody      PrintLevel = "body_printed" // the body's process ID came back, the cut's did not
	LevelPrinted   PrintLevel = "printed"      // both process IDs came back: it is on paper and cut
)

// Dot is a place on a slip, in dots from its upper left corner.
type Dot struct{ X, Y int }

// PrintResult is the outcome of one print, also when it failed.
type PrintResult struct {
	Level    PrintLevel
	Encoding Encoding
	Sent     int64 // bytes the line took
	Total    int64 // bytes of the job
	Changed  []Dot // dots printed inverted, lest the printer take them for a real-time command
}

// Encoding is how a slip was put into bytes.
type Encoding string

// The encodings. Both give the picture that Slip.Paint gives.
const (
	RasterEncoding Encoding = "raster" // as pictures
	GlyphEncoding  Encoding = "glyphs" // letters sent once, text as text
	PlainEncoding  Encoding = "plain"  // the emergency slip: the printer's own ASCII letters
)

// PrintPhase is where a print stands.
type PrintPhase string

// The phases of a print.
const (
	PhaseSending    PrintPhase = "sending"
	PhaseWaiting    PrintPhase = "waiting"    // for a person: see the cause
	PhaseConfirming PrintPhase = "confirming" // all bytes are out; the proof is due
)

// PrintProgress is told of each change of phase and from time to time of the
// bytes sent. cause says what a waiting print waits for.
type PrintProgress func(phase PrintPhase, cause Cause, done, total int64)
