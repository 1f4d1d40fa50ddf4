package kit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Stylesheet is the name of the one style sheet: every file of css/ in order,
// with the fonts that are there.
const Stylesheet = "kiosk.css"

// first is the order of the style files that others build on; all others
// follow by name.
var first = []string{"css/tokens.css", "css/base.css", "css/frame.css", "css/parts.css"}

// subsets are the pieces a font comes in, with the characters each is for.
var subsets = map[string]string{
	"latin":      "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
	"vietnamese": "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB",
}

// Assets are the static files under names that carry the hash of what is in
// them, so that browsers may keep them for ever.
type Assets struct {
	hashed map[string]string // name -> hashed name
	files  map[string][]byte // hashed name -> bytes
}

// NewAssets reads all files once. Fonts are optional: without vendor/ the
// pages use the system's.
func NewAssets(static fs.FS) (*Assets, error) {
	a := &Assets{hashed: map[string]string{}, files: map[string][]byte{}}
	styles := map[string][]byte{}
	err := fs.WalkDir(static, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		b, err := fs.ReadFile(static, name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".css" && strings.HasPrefix(name, "css/") {
			styles[name] = b
			return nil
		}
		a.add(name, b)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("kit: static files: %w", err)
	}
	a.add(Stylesheet, a.sheet(styles))
	return a, nil
}

func (a *Assets) add(name string, b []byte) {
	sum := sha256.Sum256(b)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.hashed[name], a.files[hashed] = hashed, b
}

// sheet joins the fonts that are there and the style files.
func (a *Assets) sheet(styles map[string][]byte) []byte {
	var out bytes.Buffer
	for _, weight := range []string{"400", "600", "700"} {
		for _, subset := range []string{"latin", "vietnamese"} {
			font := "vendor/be-vietnam-pro-" + subset + "-" + weight + "-normal.woff2"
			if hashed, ok := a.hashed[font]; ok {
				fmt.Fprintf(&out, "@font-face{font-family:'Be Vietnam Pro';font-weight:%s;font-display:block;src:url('/static/%s') format('woff2');unicode-range:%s}\n", weight, hashed, subsets[subset])
			}
		}
	}
	names := slices.SortedFunc(func(yield func(string) bool) {
		for name := range styles {
			if !yield(name) {
				return
			}
		}
	}, func(x, y string) int {
		if i, j := place(x), place(y); i != j {
			return i - j
		}
		return strings.Compare(x, y)
	})
	for _, name := range names {
		out.Write(styles[name])
		out.WriteByte('\n')
	}
	return out.Bytes()
}

func place(name string) int {
	if i := slices.Index(first, name); i >= 0 {
		return i
	}
	return len(first)
}

// Fonts are the addresses of the fonts that are there. Pages ask for them
// first: otherwise text stands without its accented letters for a moment.
func (a *Assets) Fonts() []string {
	var out []string
	for hashed := range a.files {
		if path.Ext(hashed) == ".woff2" {
			out = append(out, "/static/"+hashed)
		}
	}
	slices.Sort(out)
	return out
}

// URL gives the address of a static file, such as "js/frame.js".
func (a *Assets) URL(name string) (string, error) {
	hashed, ok := a.hashed[name]
	if !ok {
		return "", fmt.Errorf("kit: no static file %q", name)
	}
	return "/static/" + hashed, nil
}

// Serve answers GET /static/*.
func (a *Assets) Serve(c *fiber.Ctx) error {
	name := c.Params("*")
	b, ok := a.files[name]
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderContentType, mimeType(name))
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Send(b)
}

// mimeType does not ask the operating system, so that every machine answers
// alike.
func mimeType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// SeatStyle answers GET /seat.css: the panel's own measures, on which every
// size depends.
func (k *Kit) SeatStyle(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, mimeType(".css"))
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.SendString(fmt.Sprintf(":root{--mm:%.3fpx}\n", k.PxPerMM))
}
