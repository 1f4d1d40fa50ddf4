package a4

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"servicepoint/devices"
)

// The bounds of what a device may say of itself.
const (
	maxXML    = 1 << 20
	maxDepth  = 32
	maxTokens = 50_000
	maxText   = 1 << 10 // of one element; more of it is not looked at
	maxList   = 64      // entries of one kind; more are not looked at
)

// caps is what a device's ScannerCapabilities say.
type caps struct {
	version, model          string
	platen, simplex, duplex *source
	common                  source // profiles that stand outside of a source
}

// source is one place where the device takes paper.
type source struct {
	maxWidth, maxHeight int // 1/300 inch, 0 if not said
	dpi                 []int
	low, high           int // a range of resolutions, 0 if there is none
	colours             []string
}

// status is what a device's ScannerStatus says.
type status struct {
	state string // Idle, Processing, Testing, Stopped, Down
	adf   string // without the prefix ScannerAdf, in lower case
	jobs  []jobInfo
}

type jobInfo struct {
	uri, state        string
	completed, toCome int // -1 if not said
}

// walk reads a small XML text and calls open at each start of an element and
// shut at each end, with the local names from the root on and the element's
// own text. It takes no document type, thus no entities, and nothing deep.
func walk(b []byte, open func(path []string), shut func(path []string, text string)) error {
	if len(b) > maxXML {
		return fmt.Errorf("more than %d bytes of XML", maxXML)
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = charset
	path, text := make([]string, 0, maxDepth), []byte(nil)
	for n := 0; ; n++ {
		t, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF) && len(path) == 0 && n > 0:
			return nil
		case err != nil:
			return err
		case n >= maxTokens:
			return fmt.Errorf("more than %d pieces of XML", maxTokens)
		}
		switch t := t.(type) {
		case xml.Directive:
			return errors.New("a document type in the XML")
		case xml.StartElement:
			if len(path) == maxDepth {
				return fmt.Errorf("XML nested deeper than %d", maxDepth)
			}
			path, text = append(path, t.Name.Local), text[:0]
			open(path)
		case xml.EndElement:
			if len(path) == 0 || path[len(path)-1] != t.Name.Local {
				return errors.New("an element of the XML ends that has not begun")
			}
			shut(path, strings.TrimSpace(string(text)))
			path, text = path[:len(path)-1], text[:0]
		case xml.CharData:
			text = append(text, t[:min(len(t), maxText-len(text))]...)
		}
	}
}

// charset lets the old single-byte encodings pass: what matters is ASCII.
func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "us-ascii", "iso-8859-1", "latin1", "windows-1252":
		b, err := io.ReadAll(io.LimitReader(in, maxXML))
		for i, c := range b {
			if c >= 0x80 {
				b[i] = '?'
			}
		}
		return bytes.NewReader(b), err
	}
	return nil, fmt.Errorf("XML in %.20q", name)
}

func readCaps(b []byte) (*caps, error) {
	c := &caps{}
	into := &c.common
	in := func(p **source) {
		if *p == nil {
			*p = &source{}
		}
		into = *p
	}
	err := walk(b, func(path []string) {
		switch path[len(path)-1] {
		case "PlatenInputCaps":
			in(&c.platen)
		case "AdfSimplexInputCaps":
			in(&c.simplex)
		case "AdfDuplexInputCaps":
			in(&c.duplex)
		}
	}, func(path []string, text string) {
		switch name := path[len(path)-1]; name {
		case "PlatenInputCaps", "AdfSimplexInputCaps", "AdfDuplexInputCaps":
			into = &c.common
		case "Version":
			if len(path) == 2 {
				c.version = text
			}
		case "MakeAndModel":
			c.model = printable(text)
		default:
			into.say(path, text)
		}
	})
	if err != nil {
		return nil, err
	}
	if c.platen == nil && c.simplex == nil && c.duplex == nil {
		return nil, errors.New("the capabilities name no place for paper")
	}
	for _, s := range []*source{c.platen, c.simplex, c.duplex} {
		if s != nil {
			s.complete(c.common)
		}
	}
	return c, nil
}

// say takes one element that lies within a source.
func (s *source) say(path []string, text string) {
	name, within := path[len(path)-1], ""
	if len(path) > 1 {
		within = path[len(path)-2]
	}
	n := number(text)
	switch {
	case name == "MaxWidth":
		s.maxWidth = max(0, n)
	case name == "MaxHeight":
		s.maxHeight = max(0, n)
	case name == "XResolution" && within == "DiscreteResolution" && n > 0 && len(s.dpi) < maxList:
		s.dpi = append(s.dpi, n)
	case name == "Min" && within == "XResolutionRange":
		s.low = max(0, n)
	case name == "Max" && within == "XResolutionRange":
		s.high = max(0, n)
	case name == "ColorMode" && len(s.colours) < maxList:
		s.colours = append(s.colours, text)
	}
}

// complete fills what a source does not say itself from the common profiles.
func (s *source) complete(common source) {
	if len(s.dpi) == 0 && s.high == 0 {
		s.dpi, s.low, s.high = common.dpi, common.low, common.high
	}
	if len(s.colours) == 0 {
		s.colours = common.colours
	}
	slices.Sort(s.dpi)
	s.dpi = slices.Compact(s.dpi)
}

// nearest is the resolution offered that comes nearest to dpi; of two the
// finer one.
func (s *source) nearest(dpi int) int {
	best := 0
	for _, d := range s.dpi {
		if best == 0 || abs(d-dpi) <= abs(best-dpi) {
			best = d
		}
	}
	switch {
	case best > 0:
		return best
	case s.high > 0:
		return min(max(dpi, s.low), s.high)
	}
	return dpi
}

// colour is the device's name for what is wanted.
func (s *source) colour(gray bool) string {
	want := []string{"RGB24", "Grayscale8"}
	if gray {
		slices.Reverse(want)
	}
	for _, w := range want {
		if len(s.colours) == 0 || slices.Contains(s.colours, w) {
			return w
		}
	}
	return want[0]
}

func readStatus(b []byte) (*status, error) {
	s, found := &status{}, false
	err := walk(b, func(path []string) {
		found = found || len(path) == 1 && path[0] == "ScannerStatus"
		if path[len(path)-1] == "JobInfo" && len(s.jobs) < maxList {
			s.jobs = append(s.jobs, jobInfo{completed: -1, toCome: -1})
		}
	}, func(path []string, text string) {
		switch name := path[len(path)-1]; {
		case name == "State" && len(path) == 2:
			s.state = text
		case name == "AdfState":
			s.adf = strings.ToLower(text)
			if i := strings.Index(s.adf, "adf"); i >= 0 {
				s.adf = s.adf[i+len("adf"):]
			}
		case len(s.jobs) > 0 && slices.Contains(path, "JobInfo"):
			s.jobs[len(s.jobs)-1].say(name, text)
		}
	})
	if err == nil && !found {
		err = errors.New("this is no ScannerStatus")
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (j *jobInfo) say(name, text string) {
	switch name {
	case "JobUri":
		j.uri = text
	case "JobState":
		j.state = text
	case "ImagesCompleted":
		j.completed = number(text)
	case "ImagesToTransfer":
		j.toCome = number(text)
	}
}

// fault is what the status says against scanning. With feeder false what the
// feeder says is left out.
func (s *status) fault(feeder bool) *devices.Fault {
	said := "the scanner says " + printable(s.state)
	if feeder {
		said = "the feeder says " + printable(s.adf)
		switch {
		case s.adf == "", s.adf == "empty", s.adf == "loaded", s.adf == "processing":
		case strings.Contains(s.adf, "open"): // HatchOpen, DoorOpen, CoverOpen
			return fail(devices.CoverOpen, said, nil)
		default: // Jam, Mispick, MultipickDetected, DuplexPageTooShort, InputTrayFailed, …
			return fail(devices.Jam, said, nil)
		}
	}
	switch s.state {
	case "Down":
		return fail(devices.Broken, said, nil)
	case "Stopped":
		return fail(devices.Refused, said, nil)
	}
	return nil
}

// settings writes the ScanSettings of one job.
func (c *caps) settings(s *source, feeder bool, r devices.ScanRequest) []byte {
	width, height := 2480, 3508 // A4 in 1/300 inch
	if s.maxWidth > 0 {
		width = min(width, s.maxWidth)
	}
	if s.maxHeight > 0 {
		height = min(height, s.maxHeight)
	}
	version := c.version
	if version == "" || len(version) > 8 || strings.Trim(version, "0123456789.") != "" {
		version = "2.0"
	}
	from, sides := "Platen", ""
	if feeder {
		from = "Feeder"
		sides = fmt.Sprintf("\n  <scan:Duplex>%t</scan:Duplex>", r.Duplex)
	}
	dpi := s.nearest(asked(r.DPI))
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
  <pwg:Version>%s</pwg:Version>
  <scan:Intent>Document</scan:Intent>
  <pwg:ScanRegions>
    <pwg:ScanRegion>
      <pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>
      <pwg:XOffset>0</pwg:XOffset>
      <pwg:YOffset>0</pwg:YOffset>
      <pwg:Width>%d</pwg:Width>
      <pwg:Height>%d</pwg:Height>
    </pwg:ScanRegion>
  </pwg:ScanRegions>
  <pwg:InputSource>%s</pwg:InputSource>%s
  <scan:ColorMode>%s</scan:ColorMode>
  <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
  <scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>
  <scan:XResolution>%d</scan:XResolution>
  <scan:YResolution>%d</scan:YResolution>
</scan:ScanSettings>
`, version, width, height, from, sides, s.colour(r.Gray), dpi, dpi)
}

func asked(dpi int) int {
	if dpi <= 0 {
		return wantDPI
	}
	return dpi
}

// number reads a count; what is none is -1.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1_000_000 {
		return -1
	}
	return n
}

func abs(n int) int { return max(n, -n) }

// printable makes what a device says fit for one line of a log.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "")
	}
	return strings.TrimSpace(s)
}
