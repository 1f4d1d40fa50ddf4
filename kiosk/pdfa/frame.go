package pdfa

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
)

// The objects every document has: catalog, page tree, metadata, colour profile
// and information. pageObjects is the number of the first page's first object.
const pageObjects = 6

// writeFrame writes all that is not a page.
func (d Document) writeFrame(o *output) {
	o.object(1, "<</Type/Catalog/Pages 2 0 R/Metadata 3 0 R/OutputIntents[<</S/GTS_PDFA1"+
		"/OutputConditionIdentifier(sRGB)/Info(sRGB)/DestOutputProfile 4 0 R>>]>>")
	o.begin(2)
	o.text("<</Type/Pages/Count %d/Kids[", len(d.Pages))
	for i := range d.Pages {
		o.text("%d 0 R ", pageObjects+3*i)
	}
	o.text("]>>\nendobj\n")
	// The metadata must stay readable without any filter (ISO 19005-1, 6.7.2).
	o.stream(3, "/Type/Metadata/Subtype/XML", d.xmp())
	o.stream(4, "/N 3/Filter/FlateDecode", deflate(sRGB()))
	o.object(5, "%s", d.info())
}

// title gives the title as it may stand in metadata: printable, on one line, at
// most 120 characters.
func (d Document) title() string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, d.Title)
	runes := []rune(strings.TrimSpace(clean))
	return strings.TrimSpace(string(runes[:min(len(runes), 120)]))
}

// info is the information dictionary; it says what the XMP says, as ISO
// 19005-1, 6.7.3 demands.
func (d Document) info() string {
	var b strings.Builder
	b.WriteString("<<")
	if t := d.title(); t != "" {
		b.WriteString("/Title<FEFF")
		for _, u := range utf16.Encode([]rune(t)) {
			fmt.Fprintf(&b, "%04X", u)
		}
		b.WriteString(">")
	}
	if !d.Created.IsZero() {
		fmt.Fprintf(&b, "/CreationDate(D:%s)", d.Created.UTC().Format("20060102150405Z"))
	}
	b.WriteString(">>")
	return b.String()
}

// xmp is the metadata packet with the PDF/A identification (ISO 19005-1, 6.7.11
// and ISO 19005-2, 6.6.4).
func (d Document) xmp() []byte {
	var b bytes.Buffer
	b.WriteString("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/"`)
	fmt.Fprintf(&b, ` pdfaid:part="%d" pdfaid:conformance="B"`, d.Part)
	if !d.Created.IsZero() {
		fmt.Fprintf(&b, ` xmp:CreateDate="%s"`, d.Created.UTC().Format("2006-01-02T15:04:05Z"))
	}
	b.WriteString(">")
	if t := d.title(); t != "" {
		b.WriteString(`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">`)
		xml.EscapeText(&b, []byte(t)) // a bytes.Buffer never fails
		b.WriteString(`</rdf:li></rdf:Alt></dc:title>`)
	}
	b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
	return b.Bytes()
}
