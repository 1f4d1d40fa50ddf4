package virtual

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// The name spaces of eSCL.
const (
	nsScan = "http://schemas.hp.com/imaging/escl/2011/05/03"
	nsPWG  = "http://www.pwg.org/schemas/2010/12/sm"
)

// scanSettings is what a client asks for; names must be in their name spaces.
type scanSettings struct {
	XMLName     xml.Name `xml:"http://schemas.hp.com/imaging/escl/2011/05/03 ScanSettings"`
	Version     string   `xml:"http://www.pwg.org/schemas/2010/12/sm Version"`
	Intent      string   `xml:"http://schemas.hp.com/imaging/escl/2011/05/03 Intent"`
	InputSource string   `xml:"http://www.pwg.org/schemas/2010/12/sm InputSource"`
	ColorMode   string   `xml:"http://schemas.hp.com/imaging/escl/2011/05/03 ColorMode"`
	X           *int     `xml:"http://schemas.hp.com/imaging/escl/2011/05/03 XResolution"`
	Y           *int     `xml:"http://schemas.hp.com/imaging/escl/2011/05/03 YResolution"`
	Format      string   `xml:"http://www.pwg.org/schemas/2010/12/sm DocumentFormat"`
	FormatExt   string   `xml:"http://schemas.hp.com/imaging/escl/2011/05/03 DocumentFormatExt"`
	Duplex      bool     `xml:"http://schemas.hp.com/imaging/escl/2011/05/03 Duplex"`

	Regions []struct {
		Units  string `xml:"http://www.pwg.org/schemas/2010/12/sm ContentRegionUnits"`
		Width  int    `xml:"http://www.pwg.org/schemas/2010/12/sm Width"`
		Height int    `xml:"http://www.pwg.org/schemas/2010/12/sm Height"`
		X      int    `xml:"http://www.pwg.org/schemas/2010/12/sm XOffset"`
		Y      int    `xml:"http://www.pwg.org/schemas/2010/12/sm YOffset"`
	} `xml:"http://www.pwg.org/schemas/2010/12/sm ScanRegions>ScanRegion"`
}

// The scanner's abilities; widths and heights are in 1/300 inch.
const (
	esclWidth  = 2550
	esclHeight = 3508
)

var (
	esclDPI    = []int{75, 150, 200, 300, 600}
	esclColors = []string{"", "BlackAndWhite1", "Grayscale8", "RGB24"}
)

func (s scanSettings) feeder() bool { return s.InputSource == "Feeder" }

// check tells what of the settings the scanner does not have.
func (s scanSettings) check(e *ESCL) error {
	switch s.InputSource {
	case "Feeder":
		if e.NoFeeder {
			return fmt.Errorf("there is no feeder")
		}
	case "Platen", "":
		if e.NoPlaten {
			return fmt.Errorf("there is no glass")
		}
	default:
		return fmt.Errorf("no source %q", s.InputSource)
	}
	if s.Duplex && (e.NoDuplex || !s.feeder()) {
		return fmt.Errorf("only one side")
	}
	if s.Version == "" {
		return fmt.Errorf("no version")
	}
	if !slices.Contains(esclColors, s.ColorMode) {
		return fmt.Errorf("no color mode %q", s.ColorMode)
	}
	if (s.X == nil) != (s.Y == nil) || s.X != nil && (*s.X != *s.Y || !slices.Contains(esclDPI, *s.X)) {
		return fmt.Errorf("not this resolution")
	}
	for _, format := range []string{s.Format, s.FormatExt} {
		if format != "" && format != "image/jpeg" {
			return fmt.Errorf("no format %q", format)
		}
	}
	for _, r := range s.Regions {
		if r.Units != "escl:ThreeHundredthsOfInches" || r.Width <= 0 || r.Height <= 0 || r.X < 0 || r.Y < 0 ||
			r.X+r.Width > esclWidth || r.Y+r.Height > esclHeight {
			return fmt.Errorf("not this region")
		}
	}
	return nil
}

// describe sends a document about the scanner.
func (e *ESCL) describe(w http.ResponseWriter, document string) {
	w.Header().Set("Content-Type", "text/xml")
	if _, hit := e.take("xml_bomb"); hit {
		xmlBomb(w)
		return
	}
	if _, hit := e.take("xml_broken"); hit {
		document = document[:len(document)*2/3]
	}
	_, _ = io.WriteString(w, document) // a client that has gone needs no answer
}

// xmlBomb sends entities that grow, then elements within elements without end,
// up to 64 MiB.
func xmlBomb(w io.Writer) {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\"?>\n<!DOCTYPE scan [\n<!ENTITY a0 \"lol\">\n")
	for i := range 9 {
		fmt.Fprintf(&b, "<!ENTITY a%d \"%s\">\n", i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	fmt.Fprintf(&b, "]>\n<scan:ScannerStatus xmlns:scan=%q xmlns:pwg=%q>", nsScan, nsPWG)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return
	}
	deep := strings.Repeat("<scan:Jobs>", 1<<20/len("<scan:Jobs>"))
	for range 64 {
		if _, err := io.WriteString(w, deep); err != nil {
			return // the client has had enough
		}
	}
	_, _ = io.WriteString(w, "&a9;") // as above
}

// capabilities is the document ScannerCapabilities.
func (e *ESCL) capabilities() string {
	model := e.Model
	if model == "" {
		model = "Virtual Document Scanner"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scan:ScannerCapabilities xmlns:scan=%q xmlns:pwg=%q>", nsScan, nsPWG)
	b.WriteString("<pwg:Version>2.63</pwg:Version><pwg:MakeAndModel>")
	_ = xml.EscapeText(&b, []byte(model)) // a builder takes every byte
	b.WriteString("</pwg:MakeAndModel><pwg:SerialNumber>V0001</pwg:SerialNumber>")
	if !e.NoPlaten {
		b.WriteString("<scan:Platen><scan:PlatenInputCaps>" + inputCaps() + "</scan:PlatenInputCaps></scan:Platen>")
	}
	if !e.NoFeeder {
		b.WriteString("<scan:Adf><scan:AdfSimplexInputCaps>" + inputCaps() + "</scan:AdfSimplexInputCaps>")
		if !e.NoDuplex {
			b.WriteString("<scan:AdfDuplexInputCaps>" + inputCaps() + "</scan:AdfDuplexInputCaps>")
		}
		b.WriteString("<scan:FeederCapacity>50</scan:FeederCapacity><scan:AdfOptions><scan:AdfOption>DetectPaperLoaded</scan:AdfOption>")
		if !e.NoDuplex {
			b.WriteString("<scan:AdfOption>Duplex</scan:AdfOption>")
		}
		b.WriteString("</scan:AdfOptions></scan:Adf>")
	}
	b.WriteString("</scan:ScannerCapabilities>\n")
	return b.String()
}

// inputCaps is what one source can do.
func inputCaps() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>%d</scan:MaxWidth>", esclWidth)
	fmt.Fprintf(&b, "<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>%d</scan:MaxHeight>", esclHeight)
	b.WriteString("<scan:MaxScanRegions>1</scan:MaxScanRegions><scan:SettingProfiles><scan:SettingProfile><scan:ColorModes>")
	for _, c := range esclColors[1:] {
		fmt.Fprintf(&b, "<scan:ColorMode>%s</scan:ColorMode>", c)
	}
	b.WriteString("</scan:ColorModes><scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>" +
		"<scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt></scan:DocumentFormats>" +
		"<scan:SupportedResolutions><scan:DiscreteResolutions>")
	for _, dpi := range esclDPI {
		fmt.Fprintf(&b, "<scan:DiscreteResolution><scan:XResolution>%d</scan:XResolution><scan:YResolution>%d</scan:YResolution></scan:DiscreteResolution>", dpi, dpi)
	}
	b.WriteString("</scan:DiscreteResolutions></scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>" +
		"<scan:SupportedIntents><scan:Intent>Document</scan:Intent><scan:Intent>Photo</scan:Intent></scan:SupportedIntents>")
	return b.String()
}

// status is the document ScannerStatus.
func (e *ESCL) status() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	state, adf := "Idle", "ScannerAdfEmpty"
	if len(e.pile) > 0 {
		adf = "ScannerAdfLoaded"
	}
	switch e.trouble() {
	case "jam":
		state, adf = "Stopped", "ScannerAdfJam"
	case "cover_open":
		state, adf = "Stopped", "ScannerAdfDoorOpen"
	case "empty":
		adf = "ScannerAdfEmpty"
	}
	var jobs strings.Builder
	for _, j := range slices.Backward(e.jobs) {
		if !j.deleted && j.state == "Processing" && state == "Idle" {
			state = "Processing"
		}
		fmt.Fprintf(&jobs, "<scan:JobInfo><pwg:JobUri>%sScanJobs/%s</pwg:JobUri><pwg:JobUuid>urn:uuid:%s</pwg:JobUuid>"+
			"<scan:Age>1</scan:Age><pwg:ImagesCompleted>%d</pwg:ImagesCompleted><pwg:JobState>%s</pwg:JobState></scan:JobInfo>",
			esclRoot, j.id, j.id, j.sent, j.state)
	}
	out := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scan:ScannerStatus xmlns:scan=%q xmlns:pwg=%q>"+
		"<pwg:Version>2.63</pwg:Version><pwg:State>%s</pwg:State>", nsScan, nsPWG, state)
	if !e.NoFeeder {
		out += "<scan:AdfState>" + adf + "</scan:AdfState>"
	}
	if jobs.Len() > 0 {
		out += "<scan:Jobs>" + jobs.String() + "</scan:Jobs>"
	}
	return out + "</scan:ScannerStatus>\n"
}
