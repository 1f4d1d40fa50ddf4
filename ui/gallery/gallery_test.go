package gallery_test

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/jpeg"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/ui"
	"servicepoint/ui/dock"
	"servicepoint/ui/gallery"
	"servicepoint/ui/kit"
	"servicepoint/ui/resident"
	"servicepoint/ui/staff"
	"servicepoint/ui/technician"
	"servicepoint/ui/uitest"
)

const token = "a-boot-token-of-some-length"

// collections are the exhibits of every package of screens.
func collections() []kit.Collection {
	return []kit.Collection{ui.Exhibits(), resident.Exhibits(), staff.Exhibits(), technician.Exhibits(), dock.Exhibits(), gallery.Exhibits()}
}

// specimen is a sheet of paper with a few lines on it.
func specimen(t *testing.T) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 620, 877))
	for i := range img.Pix {
		img.Pix[i] = 250
	}
	for y := 80; y < 800; y += 40 {
		for x := 60; x < 560; x++ {
			img.SetGray(x, y, color.Gray{40})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// newServer is a window seat with nothing but the gallery, and its exhibits.
func newServer(t *testing.T, host string) (*ui.Server, []kit.Collection) {
	t.Helper()
	all, paper := collections(), specimen(t)
	g := &gallery.Gallery{Collections: all, Specimen: func() []byte { return paper }}
	s, err := ui.New(ui.Config{Seat: kit.Window, Hosts: []string{host}, Token: token, Point: "Điểm phục vụ Đông Thành", Place: "Tầng 3, Nhà sinh hoạt cộng đồng",
		Home: "/gallery", Demo: true, Mounts: []ui.Mount{g.Mount}})
	if err != nil {
		t.Fatal(err)
	}
	return s, all
}

func untold(kit.Tone, kiosk.Code, ...any) kit.Notice { return kit.Notice{} }

// each gives every exhibit with its address.
func each(all []kit.Collection, visit func(address string, from kit.Collection, e kit.Exhibit)) {
	for _, from := range all {
		for _, e := range from.Exhibits(untold, phrases.VI) {
			visit("/gallery/"+from.Name+"/"+e.Name, from, e)
		}
	}
}

func TestEveryPageIsExhibited(t *testing.T) {
	shown := map[string]bool{}
	each(collections(), func(_ string, from kit.Collection, e kit.Exhibit) { shown[from.Name+"/"+e.Screen] = true })
	files, _ := filepath.Glob("../*/pages/*.html")
	own, _ := filepath.Glob("../pages/*.html")
	for _, file := range append(files, own...) {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		from := filepath.Base(filepath.Dir(filepath.Dir(file)))
		if from == ".." {
			from = "ui"
		}
		if !strings.HasPrefix(name, "_") && !shown[from+"/"+name] {
			t.Errorf("%s: no exhibit shows it; add one in %s/exhibits.go", file, from)
		}
	}
}

func TestExhibitsAreSaidInEveryLanguage(t *testing.T) {
	const host = "127.0.0.1:8080"
	server, all := newServer(t, host)
	for _, lang := range []string{"vi", "en", "xx"} {
		b := &uitest.Browser{App: server.App, Host: host, Fail: t.Fatal}
		b.Enter(token)
		index := b.Post("/settings", url.Values{"lang": {lang}, "back": {"/gallery"}})
		seen := map[string]bool{}
		each(all, func(address string, from kit.Collection, e kit.Exhibit) {
			page := b.Get(address)
			want := cmp.Or(e.Page.Status, page.Status)
			if missing := page.Missing(); len(missing) > 0 || page.Status != want || page.Status >= 400 && e.Page.Status == 0 && e.Screen != "error" {
				t.Errorf("%s in %s: status %d, unsaid %v", address, lang, page.Status, missing)
			}
			if !page.Has(`data-seat="`+string(from.Seat)+`"`) || lang == "xx" && !page.Has("[") {
				t.Errorf("%s in %s: not the frame of its seat", address, lang)
			}
			if !index.Has(`href="` + address + `"`) {
				t.Errorf("the index does not list %s", address)
			}
			if seen[address] || !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(e.Name) {
				t.Errorf("%s: a name that is taken or does not fit an address", address)
			}
			seen[address] = true
		})
	}
}

func TestExhibitsStandStill(t *testing.T) {
	const host = "127.0.0.1:8080"
	server, all := newServer(t, host)
	b := &uitest.Browser{App: server.App, Host: host, Fail: t.Fatal}
	b.Enter(token)
	each(all, func(address string, _ kit.Collection, e kit.Exhibit) {
		page := b.Get(address)
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src") {
			t.Errorf("%s may run scripts: %s", address, policy)
		}
		if page.Has("data-then") {
			t.Errorf("%s leads on by itself", address)
		}
	})
	if page := b.Post("/gallery/resident/find", url.Values{"query": {"x"}}); page.Path != "/gallery/resident/find" || page.Status != 200 {
		t.Error("a form leads to", page.Path, page.Status)
	}
	for _, none := range []string{"/gallery/resident/none", "/gallery/none/start"} {
		if page := b.Get(none); page.Status != 404 {
			t.Error(none, page.Status)
		}
	}
	if page := b.Get(kit.Specimen); page.Header.Get("Content-Type") != "image/jpeg" {
		t.Error(page.Header)
	}
}
