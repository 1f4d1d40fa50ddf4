package printer

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sync"

	"servicepoint/devices"
)

// Profile is what the driver has to know of a printer's model.
type Profile struct {
	Name          string           `json:"name"`
	Title         string           `json:"title"`           // for a technician who has to choose
	Models        []string         `json:"models"`          // known to fit
	Width         int              `json:"dots"`            // printable dots, at most 2040
	DPI           int              `json:"dpi"`             // dots to the inch
	Band          int              `json:"band"`            // rows sent in one picture command, 1 to 255
	BytesPerRow   int              `json:"bytes_per_row"`   // the most that a picture command takes; 0 is no limit
	RowsPerSecond int              `json:"rows_per_second"` // slowest printing and feeding speed
	Feed          bool             `json:"feed"`            // ESC J and ESC 3 count dots; without it white is sent as a picture
	SetUnits      bool             `json:"set_units"`       // GS P must say first that they count dots
	Realtime      bool             `json:"realtime"`        // answers DLE EOT; without it the state is never known
	AutoStatus    bool             `json:"auto_status"`     // GS a: tells changes of its state unasked
	ProcessID     bool             `json:"process_id"`      // GS ( H function 48: tells what has been printed
	Queued        bool             `json:"queued"`          // GS r: answers in the order of the data
	Window        int              `json:"window"`          // bytes that may be on the way without such an answer; 0 is no limit
	Cutter        string           `json:"cutter"`          // full, partial, feed_partial or tear
	QR            bool             `json:"qr"`              // draws QR codes by itself; ours are pictures all the same
	Encoding      devices.Encoding `json:"encoding"`        // the best that it understands; empty counts as raster
	GlyphCodes    int              `json:"glyph_codes"`     // characters that can be defined (ESC &), 20h among them
	Notes         string           `json:"notes"`           // for a technician who has to choose

	Cut []byte `json:"-"` // ends a slip

	exposed bool // its line may lose bytes: whatever holds a picture's bytes is asked for at once
}

// Promises is the level that a good print reaches on this printer.
func (pr Profile) Promises() devices.PrintLevel {
	switch {
	case pr.ProcessID:
		return devices.LevelPrinted
	case pr.Queued:
		return devices.LevelProcessed
	}
	return devices.LevelSent
}

//go:embed profiles.json
var profilesFile []byte

// known are the profiles of the file. The file is part of the program: one that
// cannot be read is a mistake of the build, and a test finds it.
var known = sync.OnceValue(func() []Profile {
	all, err := readProfiles(profilesFile)
	if err != nil {
		panic(err)
	}
	return all
})

// Profiles lists the models the driver knows, the one for a printer of the kind
// most points have first.
//
// A printer that tells nothing unasked must be asked, and it hears a question
// only while its buffer has room. Two parts of a job fit into the 4 kB that
// such printers have, and no more than that is let out at once: see Window.
func Profiles() []Profile {
	all := slices.Clone(known())
	for i := range all {
		all[i].Models = slices.Clone(all[i].Models)
		all[i].Cut = slices.Clone(all[i].Cut)
	}
	return all
}

// ProfileNamed finds one of Profiles.
func ProfileNamed(name string) (Profile, bool) {
	all := Profiles()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return all[i], true
}

// readProfiles reads a list of profiles and accepts nothing that it does not
// know or that is out of bounds.
func readProfiles(b []byte) ([]Profile, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var all []Profile
	if err := d.Decode(&all); err != nil {
		return nil, fmt.Errorf("printer profiles: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("printer profiles: something follows the list")
	}
	if len(all) == 0 {
		return nil, errors.New("printer profiles: none")
	}
	names := map[string]bool{}
	for i := range all {
		pr := &all[i]
		if err := pr.check(); err != nil {
			return nil, fmt.Errorf("printer profile %q: %w", pr.Name, err)
		}
		if names[pr.Name] {
			return nil, fmt.Errorf("printer profile %q: twice", pr.Name)
		}
		names[pr.Name] = true
		pr.Cut = slices.Clone(cuts[pr.Cutter])
	}
	return all, nil
}

// cuts are the commands that end a slip. A printer with a tear bar takes the
// same command as one with a cutter: it feeds to the bar and cuts nothing.
var cuts = map[string][]byte{
	"full":         {0x1d, 'V', 0},
	"partial":      {0x1d, 'V', 1},
	"feed_partial": {0x1d, 'V', 66, 0},
	"tear":         {0x1d, 'V', 66, 0},
}

var profileName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// check says what of a profile read from a file is out of bounds.
func (pr Profile) check() error {
	within := func(n, least, most int) bool { return least <= n && n <= most }
	switch {
	case !profileName.MatchString(pr.Name):
		return errors.New("the name is not of small letters, digits and single hyphens")
	case pr.Title == "":
		return errors.New("no title")
	case !within(pr.DPI, 100, 400):
		return fmt.Errorf("dpi %d", pr.DPI)
	case !within(pr.BytesPerRow, (pr.Width+7)/8, 256):
		return fmt.Errorf("bytes_per_row %d for %d dots", pr.BytesPerRow, pr.Width)
	case !within(pr.Band, 8, 255):
		return fmt.Errorf("band %d", pr.Band)
	case !within(pr.RowsPerSecond, 50, 4000):
		return fmt.Errorf("rows_per_second %d", pr.RowsPerSecond)
	case cuts[pr.Cutter] == nil:
		return fmt.Errorf("cutter %q", pr.Cutter)
	case pr.Window > 0 && !pr.Queued:
		return errors.New("a window without answers to queued questions")
	case pr.SetUnits && (!pr.Feed || pr.DPI > 255):
		return errors.New("set_units without feed, or more dots to the inch than GS P takes")
	case pr.AutoStatus && !pr.Realtime:
		return errors.New("automatic status without an answer to DLE EOT")
	case pr.Encoding != devices.RasterEncoding && pr.Encoding != devices.GlyphEncoding:
		return fmt.Errorf("encoding %q", pr.Encoding)
	case pr.Encoding == devices.GlyphEncoding && (pr.GlyphCodes < 2 || !pr.Feed):
		return errors.New("glyphs without codes for them, or with feeds of an unknown unit")
	}
	return pr.bounds()
}

// bounds says whether jobs can be made for a profile, also for one that a
// program has put together by itself.
func (pr Profile) bounds() error {
	switch {
	case pr.Width < 8 || pr.Width > 2040: // wider, and a header could hold a real-time command
		return fmt.Errorf("%d dots", pr.Width)
	case pr.Band < 1 || pr.Band > 255:
		return fmt.Errorf("band %d", pr.Band)
	case pr.RowsPerSecond < 1:
		return fmt.Errorf("rows_per_second %d", pr.RowsPerSecond)
	case pr.GlyphCodes < 0 || pr.GlyphCodes > 95:
		return fmt.Errorf("glyph_codes %d", pr.GlyphCodes)
	case pr.Window < 0 || pr.Window > 1<<20 || pr.Window > 0 && pr.partLimit() < leastPart+pr.Width/8:
		return fmt.Errorf("window %d", pr.Window)
	}
	return nil
}

// leastPart is what a part needs beside one row of dots: a definition of one
// letter and the words around.
const leastPart = 64

// partLimit is the most bytes a part of a job takes. Two parts must fit into
// the window. Without one, a part is what the line carries in half a second and
// a bit, or the largest picture command.
func (pr Profile) partLimit() int {
	if pr.Window > 0 {
		return pr.Window / 2
	}
	return max(2048, rasterHead+pr.Band*((pr.Width+7)/8))
}
