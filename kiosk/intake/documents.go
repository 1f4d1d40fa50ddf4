package intake

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/pdfa"
	"servicepoint/kiosk/seal"
)

// PreparedFile is one PDF of a dossier, ready for the portal.
type PreparedFile struct {
	Name        string // ASCII, without personal data
	Requirement kiosk.RequirementID
	Title       string // the paper's name
	Component   string // the portal's component code, may be empty
	Part, Parts int    // 1 of 1 unless the paper had to be split
	Pages       int
	Bytes       int64
	SHA256      kiosk.Digest
	OverLimit   bool // a single page alone is larger than the portal takes

	pages []kiosk.Page
}

// bundle is one paper with its pages.
type bundle struct {
	seq   int // place among the papers that have pages, from 1
	doc   catalog.Document
	pages []kiosk.Page
}

// bundles groups a dossier's pages by paper, in portal order.
func (w Work) bundles() []bundle {
	var all []bundle
	for _, doc := range w.Terms.Procedure.Documents {
		if pages := w.PagesOf(doc.ID); len(pages) > 0 {
			all = append(all, bundle{seq: len(all) + 1, doc: doc, pages: pages})
		}
	}
	return all
}

// fileName names one PDF: <local code>_<nn>_<paper>_p<part>.pdf.
func fileName(code kiosk.LocalCode, b bundle, part int) string {
	return fmt.Sprintf("%s_%02d_%s_p%d.pdf", code, b.seq, strings.ReplaceAll(string(b.doc.ID), "_", "-"), part)
}

// files lays the dossier's papers out as PDFs, each at most limit bytes:
// papers are split between pages rather than made worse. limit 0 means none.
// Writing the same files again gives the same bytes.
func (d *Desk) files(w Work, key *seal.Key, limit int64) ([]PreparedFile, error) {
	var files []PreparedFile
	for _, b := range w.bundles() {
		parts := splitPages(b.pages, limit)
		for i, pages := range parts {
			f := PreparedFile{
				Name: fileName(w.LocalCode, b, i+1), Requirement: b.doc.ID, Title: b.doc.Name, Component: b.doc.ComponentCode,
				Part: i + 1, Parts: len(parts), Pages: len(pages), pages: pages,
			}
			sum := sha256.New()
			count := countingWriter{w: sum}
			if err := d.writePDF(&count, w, key, f); err != nil {
				return nil, err
			}
			f.Bytes = count.n
			sum.Sum(f.SHA256[:0])
			f.OverLimit = limit > 0 && f.Bytes > limit
			files = append(files, f)
		}
	}
	return files, nil
}

// pdfOverhead is more than the PDF adds to the JPEG bytes of one page.
const pdfOverhead = 4096

// splitPages cuts pages into runs that stay within limit bytes.
func splitPages(pages []kiosk.Page, limit int64) [][]kiosk.Page {
	var parts [][]kiosk.Page
	var size int64
	for i, p := range pages {
		if i == 0 || (limit > 0 && size+p.Bytes+pdfOverhead > limit) {
			parts, size = append(parts, nil), pdfOverhead
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], p)
		size += p.Bytes + pdfOverhead
	}
	return parts
}

func (d *Desk) writePDF(dst io.Writer, w Work, key *seal.Key, f PreparedFile) error {
	doc := pdfa.Document{Title: strings.TrimSuffix(f.Name, ".pdf"), Created: w.OpenedAt.UTC().Truncate(time.Second)}
	for _, p := range f.pages {
		doc.Pages = append(doc.Pages, pdfa.Page{
			Open: func() (io.ReadCloser, error) { return d.openPage(key, p) },
			Size: p.Bytes, Width: p.Width, Height: p.Height, DPI: p.DPI, Gray: p.Gray,
		})
	}
	if err := pdfa.Write(dst, doc); err != nil {
		return fmt.Errorf("write %s: %w", f.Name, err)
	}
	return nil
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// WriteFile writes one prepared PDF to dst while the draft key lives.
func (d *Desk) WriteFile(ctx context.Context, id kiosk.DossierID, name string, dst io.Writer) error {
	w, key, err := d.open(ctx, id)
	if err != nil {
		return err
	}
	if key == nil {
		return kiosk.Fail(kiosk.NotFound, "draft.gone", nil)
	}
	files, err := d.files(w, key, w.Terms.Procedure.Limits.MaxFileBytes)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name == name {
			return d.writePDF(dst, w, key, f)
		}
	}
	return kiosk.Fail(kiosk.NotFound, "file.unknown", nil)
}
