package pdfa

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"servicepoint/kiosk"
)

// What can be wrong with a picture or a document.
const (
	CodeNotJPEG     kiosk.Code = "pdfa.not_jpeg"     // the bytes are no JPEG that could be parsed
	CodeUnsupported kiosk.Code = "pdfa.unsupported"  // a JPEG that PDF/A viewers would not all show alike: CMYK, RGB, 12 bit, lossless
	CodeDiffers     kiosk.Code = "pdfa.differs"      // size, pixels or colours are not those the Page states
	CodeBadDocument kiosk.Code = "pdfa.bad_document" // the Document itself makes no sense
)

// Codes lists every code this package puts into an error.
func Codes() []kiosk.Code {
	return []kiosk.Code{CodeNotJPEG, CodeUnsupported, CodeDiffers, CodeBadDocument}
}

// MaxPages is how many pages one document may have.
const MaxPages = 1000

// Document is one PDF.
type Document struct {
	Title   string    // what the paper is, never whose; may be empty
	Part    int       // the part of ISO 19005 it claims: 1 or 2; 0 means 2
	Created time.Time // written as UTC; left out if zero
	Pages   []Page    // at least one
}

// Page is one picture on one page.
type Page struct {
	Open   func() (io.ReadCloser, error) // the JPEG; called once
	Size   int64                         // its bytes
	Width  int                           // pixels
	Height int                           // pixels
	DPI    int                           // dots an inch; 0 (not known) fits the picture onto A4
	Rotate int                           // degrees clockwise that a viewer turns it: 0, 90, 180 or 270
	Gray   bool                          // the JPEG has one component
}

// Write writes the document to w as it goes. A picture that is not what its
// Page states, or that PDF/A cannot hold unchanged, is Corrupt; a document that
// makes no sense is Internal, pdfa.bad_document. After an error what reached w
// is no PDF.
func Write(w io.Writer, d Document) error {
	if d.Part == 0 {
		d.Part = 2
	}
	if err := d.check(); err != nil {
		return kiosk.Fail(kiosk.Internal, CodeBadDocument, err)
	}
	o := newOutput(w, pageObjects+3*len(d.Pages))
	o.text("%%PDF-1.4\n%%\xE2\xE3\xCF\xD3\n")
	d.writeFrame(o)
	head := new(bytes.Buffer) // the start of one JPEG at a time
	in := bufio.NewReaderSize(nil, 64<<10)
	for i, p := range d.Pages {
		if err := p.write(o, pageObjects+3*i, in, head); err != nil {
			return fmt.Errorf("pdf page %d: %w", i+1, err)
		}
	}
	if err := o.end(); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	return nil
}

func (d Document) check() error {
	if d.Part != 1 && d.Part != 2 {
		return fmt.Errorf("part %d", d.Part)
	}
	if len(d.Pages) < 1 || len(d.Pages) > MaxPages {
		return fmt.Errorf("%d pages", len(d.Pages))
	}
	for i, p := range d.Pages {
		if p.Open == nil || p.Size < 1 || p.Width < 1 || p.Height < 1 || p.DPI < 0 {
			return fmt.Errorf("page %d is incomplete", i+1)
		}
		if p.Rotate != 0 && p.Rotate != 90 && p.Rotate != 180 && p.Rotate != 270 {
			return fmt.Errorf("page %d is turned by %d degrees", i+1, p.Rotate)
		}
	}
	return nil
}

// write puts one page, its content and its picture into the objects n, n+1 and
// n+2.
func (p Page) write(o *output, n int, in *bufio.Reader, head *bytes.Buffer) (err error) {
	r, err := p.Open()
	if err != nil {
		return fmt.Errorf("open picture: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	in.Reset(r)
	head.Reset()
	f, err := readFrame(in, head)
	if err != nil {
		return err
	}
	if f.width != p.Width || f.height != p.Height || (f.components == 1) != p.Gray {
		return kiosk.Fail(kiosk.Corrupt, CodeDiffers, fmt.Errorf("the picture has %d×%d pixels of %d components", f.width, f.height, f.components))
	}
	l := p.layout()
	turn := ""
	if p.Rotate != 0 {
		turn = fmt.Sprintf("/Rotate %d", p.Rotate)
	}
	o.object(n, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]%s/Resources<</XObject<</I %d 0 R>>>>/Contents %d 0 R>>",
		num(l.pageW), num(l.pageH), turn, n+2, n+1)
	draw := fmt.Sprintf("q %s 0 0 %s %s %s cm /I Do Q", num(l.w), num(l.h), num(l.x), num(l.y))
	o.stream(n+1, "", []byte(draw))
	colours := "DeviceRGB"
	if p.Gray {
		colours = "DeviceGray"
	}
	o.begin(n + 2)
	o.text("<</Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent 8/Filter/DCTDecode/Length %d>>\nstream\n",
		p.Width, p.Height, colours, p.Size)
	if err := copyPicture(o, p.Size, head, in); err != nil {
		return err
	}
	o.text("\nendstream\nendobj\n")
	return nil
}

// copyPicture copies exactly size bytes: those already read and the rest. It
// reads to the end, where an encrypted source says that it was whole.
func copyPicture(o *output, size int64, head *bytes.Buffer, rest *bufio.Reader) error {
	differs := func(format string, a ...any) error {
		return kiosk.Fail(kiosk.Corrupt, CodeDiffers, fmt.Errorf(format, a...))
	}
	if int64(head.Len()) > size {
		return differs("the picture's header is longer than %d bytes", size)
	}
	left := size - int64(head.Len())
	if _, err := head.WriteTo(o); err != nil {
		return err
	}
	switch n, err := io.CopyN(o, rest, left); {
	case err == io.EOF:
		return differs("the picture ends %d bytes early", left-n)
	case err != nil:
		return err
	}
	switch _, err := rest.ReadByte(); {
	case err == nil:
		return differs("the picture is longer than %d bytes", size)
	case err != io.EOF:
		return err
	}
	return nil
}
