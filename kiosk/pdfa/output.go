package pdfa

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// output writes PDF objects, keeping the offset of each for the cross-reference
// table and a sum of everything for the file's identifier. Write errors stick
// in the bufio.Writer and come out at end.
type output struct {
	w       *bufio.Writer
	sum     hash.Hash
	at      int64
	offsets []int64 // by object number; object 0 is the free list's head
}

func newOutput(w io.Writer, objects int) *output {
	return &output{w: bufio.NewWriterSize(w, 64<<10), sum: sha256.New(), offsets: make([]int64, objects)}
}

func (o *output) Write(p []byte) (int, error) {
	o.sum.Write(p)
	n, err := o.w.Write(p)
	o.at += int64(n)
	return n, err
}

func (o *output) text(format string, a ...any) { fmt.Fprintf(o, format, a...) }

func (o *output) begin(n int) {
	o.offsets[n] = o.at
	o.text("%d 0 obj\n", n)
}

// object writes one object whose body is text.
func (o *output) object(n int, format string, a ...any) {
	o.begin(n)
	o.text(format, a...)
	o.text("\nendobj\n")
}

// stream writes one stream; entries are more entries of its dictionary.
func (o *output) stream(n int, entries string, body []byte) {
	o.begin(n)
	o.text("<<%s/Length %d>>\nstream\n%s\nendstream\nendobj\n", entries, len(body), body)
}

// end writes the cross-reference table and the trailer (ISO 32000-1, 7.5.4 and
// 7.5.5). The identifier is made of the bytes before it: the same document has
// the same one.
func (o *output) end() error {
	xref := o.at
	o.text("xref\n0 %d\n0000000000 65535 f \n", len(o.offsets))
	for _, at := range o.offsets[1:] {
		o.text("%010d 00000 n \n", at)
	}
	id := o.sum.Sum(nil)[:16]
	o.text("trailer\n<</Size %d/Root 1 0 R/Info 5 0 R/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n", len(o.offsets), id, id, xref)
	return o.w.Flush()
}
