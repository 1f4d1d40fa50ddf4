package seal

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"time"

	"servicepoint/kiosk"
)

// FormatVersion is the one version of parcels and envelopes so far.
const FormatVersion = 1

// The bounds of a parcel. Write refuses to pass them, Open refuses what does.
const (
	MaxPages  = 300
	MaxBytes  = 200 << 20 // of all files together, without the manifest
	MaxSealed = 224 << 20 // of the sealed file

	maxManifest   = 4 << 20
	maxDocuments  = 200
	maxRecipients = 8
)

// ClockState says what the unit's clock was set by when the dossier was sealed.
type ClockState string

// The states of the clock.
const (
	ClockNTP     ClockState = "ntp"
	ClockGSM     ClockState = "gsm"
	ClockRTC     ClockState = "rtc"
	ClockUnknown ClockState = "unknown"
)

// Manifest says everything about a parcel that is not a picture. It is personal
// data and is only ever found inside the sealed file.
type Manifest struct {
	FormatVersion int             `json:"format_version"` // set by Write
	Dossier       kiosk.DossierID `json:"dossier_id"`
	Revision      int             `json:"revision"`             // from 1
	Supersedes    int             `json:"supersedes,omitempty"` // the revision this one completes, 0 for none
	LocalCode     kiosk.LocalCode `json:"local_code"`
	Unit          kiosk.UnitID    `json:"device_id"`
	UnitSeq       int64           `json:"device_seq"` // same as the envelope's
	Point         kiosk.PointCode `json:"point_id"`
	Centre        string          `json:"centre_id,omitempty"`
	Staff         kiosk.StaffID   `json:"staff_id"`
	Procedure     Procedure       `json:"procedure"`

	OpenedAt   time.Time  `json:"opened_at"`
	SealedAt   time.Time  `json:"sealed_at"`
	ClockState ClockState `json:"clock_state"`
	BootID     string     `json:"boot_id,omitempty"`        // the boot SealedMonoMS counts from
	SealedMono int64      `json:"sealed_mono_ms,omitempty"` // milliseconds since that boot

	Applicant   kiosk.Applicant   `json:"applicant"`
	Declaration kiosk.Declaration `json:"declaration"`
	Consent     kiosk.Consent     `json:"consent"`
	Waivers     []kiosk.Waiver    `json:"waivers,omitempty"`
	Documents   []Document        `json:"documents"`

	Recipients []string `json:"recipients"` // RecipientKeyID of each, set by Write
	AppVersion string   `json:"app_version"`
}

// LogValue keeps the manifest out of every log.
func (Manifest) LogValue() slog.Value { return slog.StringValue("[manifest]") }

// Procedure is the procedure as the catalogue stated it when the dossier was
// opened.
type Procedure struct {
	ID             kiosk.ProcedureID `json:"id"`
	Code           string            `json:"code"` // the authority's code, opaque
	Name           string            `json:"name"`
	CatalogVersion string            `json:"catalog_version"`
}

// Document is one paper: either new in this revision (pages, and the PDF made
// of them) or carried over from an earlier one.
type Document struct {
	Requirement   kiosk.RequirementID `json:"requirement"`
	ComponentCode string              `json:"component_code,omitempty"` // the authority's code of the paper
	Name          string              `json:"name"`                     // as the authority calls the paper
	File          string              `json:"file,omitempty"`           // DocumentName of the PDF, empty if none was made
	SHA256        kiosk.Digest        `json:"sha256,omitzero"`
	Bytes         int64               `json:"bytes,omitempty"`
	Pages         []Page              `json:"pages,omitempty"`
	Carried       *Carried            `json:"carried,omitempty"`
}

// Carried points at a document of an earlier revision. The centre refuses one
// that it cannot find.
type Carried struct {
	Revision int          `json:"rev"`
	SHA256   kiosk.Digest `json:"sha256"` // of that revision's PDF, or of its first page if it had none
}

// Page is one image as it left the scanner.
type Page struct {
	N          int          `json:"n"` // order in the dossier, from 1
	SHA256     kiosk.Digest `json:"sha256"`
	Size       int64        `json:"size"`
	MIME       string       `json:"mime"` // "image/jpeg"
	DPI        int          `json:"dpi"`  // 0 if the scanner did not say
	Width      int          `json:"w"`
	Height     int          `json:"h"`
	Verified   string       `json:"verified,omitempty"` // how the transfer was checked
	Defects    []kiosk.Code `json:"defects,omitempty"`
	Override   string       `json:"override,omitempty"` // why findings were accepted
	CapturedAt time.Time    `json:"captured_at,omitzero"`
}

// File gives the page's name in the parcel.
func (p Page) File() string { return PageName(p.N, p.SHA256) }

// PageName names a page in the parcel: "pages/0001-<sha256>.jpg".
func PageName(n int, sum kiosk.Digest) string { return fmt.Sprintf("pages/%04d-%s.jpg", n, sum) }

// DocumentName names the PDF of the n-th document: "documents/01-<slug>.pdf".
// Characters of the requirement's id that a name may not have become '_'.
func DocumentName(n int, id kiosk.RequirementID) string {
	slug := notSlug.ReplaceAllString(string(id), "_")
	return fmt.Sprintf("documents/%02d-%s.pdf", n, slug[:min(len(slug), 40)])
}

// File is one file a manifest lists.
type File struct {
	Name   string
	Size   int64
	SHA256 kiosk.Digest
}

// Files lists every file of the parcel: the pages in manifest order, then the
// PDFs.
func (m Manifest) Files() []File {
	var pages, pdfs []File
	for _, d := range m.Documents {
		for _, p := range d.Pages {
			pages = append(pages, File{p.File(), p.Size, p.SHA256})
		}
		if d.File != "" {
			pdfs = append(pdfs, File{d.File, d.Bytes, d.SHA256})
		}
	}
	return append(pages, pdfs...)
}

var (
	idPattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,63}$`)
	filePattern = regexp.MustCompile(`^documents/[A-Za-z0-9][A-Za-z0-9_-]{0,62}\.pdf$`)
	notSlug     = regexp.MustCompile(`[^A-Za-z0-9_-]`)
)

// parseManifest reads and checks the bytes of manifest.json.
func parseManifest(b []byte) (Manifest, error) {
	var v struct {
		FormatVersion int `json:"format_version"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return Manifest{}, corrupt(CodeBadManifest, err)
	}
	if v.FormatVersion != FormatVersion {
		return Manifest{}, corrupt(CodeUnknownVersion, fmt.Errorf("format version %d", v.FormatVersion))
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return Manifest{}, corrupt(CodeBadManifest, errors.New("a field has the wrong type")) // json's error may quote a value
	}
	return m, m.check()
}

// check holds the rules of the format that JSON types do not.
func (m Manifest) check() error {
	bad := func(format string, a ...any) error { return corrupt(CodeBadManifest, fmt.Errorf(format, a...)) }
	clocks := []ClockState{ClockNTP, ClockGSM, ClockRTC, ClockUnknown}
	switch {
	case !idPattern.MatchString(string(m.Dossier)):
		return bad("dossier id is malformed")
	case !idPattern.MatchString(string(m.Unit)):
		return bad("unit id is malformed")
	case m.Revision < 1 || m.Supersedes < 0 || m.Supersedes >= m.Revision:
		return bad("revision %d supersedes %d", m.Revision, m.Supersedes)
	case m.SealedAt.IsZero():
		return bad("no sealing time")
	case !slices.Contains(clocks, m.ClockState):
		return bad("clock state %q", m.ClockState)
	case len(m.Recipients) < 1 || len(m.Recipients) > maxRecipients:
		return bad("%d recipients", len(m.Recipients))
	case len(m.Documents) > maxDocuments:
		return corrupt(CodeTooLarge, fmt.Errorf("%d documents", len(m.Documents)))
	}
	for i, d := range m.Documents {
		if err := d.check(m.Revision); err != nil {
			return fmt.Errorf("document %d: %w", i+1, err)
		}
	}
	return checkFiles(m)
}

func (d Document) check(revision int) error {
	isNew := len(d.Pages) > 0 || d.File != ""
	switch {
	case d.Requirement == "":
		return corrupt(CodeBadManifest, errors.New("no requirement"))
	case isNew == (d.Carried != nil):
		return corrupt(CodeBadManifest, errors.New("neither new nor carried, or both"))
	case d.Carried != nil && (d.Carried.Revision < 1 || d.Carried.Revision >= revision || d.Carried.SHA256.IsZero()):
		return corrupt(CodeBadManifest, fmt.Errorf("carried from revision %d", d.Carried.Revision))
	case d.File != "" && !filePattern.MatchString(d.File):
		return corrupt(CodeBadName, nil)
	}
	for _, p := range d.Pages {
		if p.MIME != "image/jpeg" || p.N < 1 || p.N > 9999 || p.Width < 1 || p.Height < 1 || p.DPI < 0 {
			return corrupt(CodeBadManifest, fmt.Errorf("page %d is malformed", p.N))
		}
	}
	return nil
}

func checkFiles(m Manifest) error {
	var pages int
	var total int64
	for _, d := range m.Documents {
		pages += len(d.Pages)
	}
	if pages > MaxPages {
		return corrupt(CodeTooLarge, fmt.Errorf("%d pages", pages))
	}
	seen := map[string]bool{}
	for _, f := range m.Files() {
		if f.SHA256.IsZero() || f.Size < 1 {
			return corrupt(CodeBadManifest, errors.New("a file has no sum or size"))
		}
		if f.Size > MaxBytes || total+f.Size > MaxBytes {
			return corrupt(CodeTooLarge, fmt.Errorf("more than %d bytes", MaxBytes))
		}
		total += f.Size
		if seen[f.Name] {
			return corrupt(CodeBadManifest, errors.New("a file is listed twice"))
		}
		seen[f.Name] = true
	}
	return nil
}
