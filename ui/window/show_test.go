//go:build webview && linux && cgo

package window

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/ui/webdriver"
)

// TestMain lets the test program be the window itself: GTK wants a process's
// first thread, and a crash must not take the tests along.
func TestMain(m *testing.M) {
	url := os.Getenv("KIOSK_TEST_WINDOW")
	if url == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := Show(ctx, Options{
		URL: url, Fullscreen: true, DataDir: os.Getenv("KIOSK_TEST_DIR"), Silence: 8 * time.Second,
		Notice: Notice{Title: "Máy đang khởi động lại", Text: "Xin ông/bà chờ trong giây lát."},
		Log:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	// A fault in Go code must still become a panic that can be recovered.
	recovered := func() (ok bool) {
		defer func() { ok = recover() != nil }()
		var p *Options
		return p.Fullscreen
	}()
	maps, _ := os.ReadFile("/proc/self/maps")
	code := kiosk.Code("none")
	if err != nil {
		code = kiosk.CodeOf(err)
	}
	fmt.Printf("end err=%v recovered=%v webkit41=%v soup2=%v\n", code, recovered,
		strings.Contains(string(maps), "libwebkit2gtk-4.1.so"), strings.Contains(string(maps), "libsoup-2.4.so"))
}

// counter is the number of requests for one path, and how to wait for more.
type counter struct {
	n    atomic.Int64
	more chan struct{}
}

// stage is a service as the window sees it: pages that report back.
type stage struct {
	t    *testing.T
	srv  *httptest.Server
	seen map[string]*counter // by path
}

const stagePage = `<!doctype html><html lang="vi"><meta charset="utf-8"><title>%[1]s</title>
<body style="margin:0;background:#f7f4ee;color:#1c2530;font:24px/1.5 'Noto Sans',sans-serif">
<h1>Điểm phục vụ hành chính công · %[1]s</h1><p>Ộ ữ ặ ẫ Ỷ ợ</p>%[2]s
<script>
	const say = p => fetch(p, {method: "POST"});
	setInterval(() => fetch("/ui/alive"), 250);
	requestAnimationFrame(() => setTimeout(() => say("/painted%[3]s"), 0));
	try { window.webkit.messageHandlers.external.postMessage("x"); say("/handler") } catch {}
	addEventListener("click", e => e.target.id && say("/clicked/" + e.target.id));
</script>`

// button is a big target at a known place for the mouse.
func button(id string, top int, inner string) string {
	return fmt.Sprintf(`<div id="%s" style="position:absolute;left:100px;top:%dpx;width:400px;height:80px;background:#0b5d57;color:#fff">%s</div>`, id, top, inner)
}

func newStage(t *testing.T, outside string) *stage {
	s := &stage{t: t, seen: map[string]*counter{}}
	for _, p := range []string{"/painted", "/painted/ended", "/painted/second", "/handler", "/clicked/hang", "/ui/alive", "/end", "/popup", "/cookie", "/file.bin"} {
		s.seen[p] = &counter{more: make(chan struct{}, 1000)}
	}
	s.srv = httptest.NewServer(http.HandlerFunc(s.serve(outside)))
	t.Cleanup(s.srv.Close)
	return s
}

func (s *stage) serve(outside string) http.HandlerFunc {
	form := `<form method="post" action="/leave"><button style="width:400px;height:80px">Kết thúc</button></form>`
	first := button("outside", 200, `<a href="`+outside+`">ra ngoài</a>`) +
		button("popup", 300, `<a href="/popup" target="_blank">cửa sổ</a>`) +
		button("file", 400, `<a href="/file.bin">tệp</a>`) +
		button("next", 500, `<a href="/second">tiếp</a>`)
	second := button("hang", 200, "treo") + button("end", 300, form) +
		`<script>document.getElementById("hang").onclick = () => setTimeout(() => { for (;;); }, 300)</script>`
	return func(w http.ResponseWriter, r *http.Request) {
		if c := s.seen[r.URL.Path]; c != nil {
			c.n.Add(1)
			c.more <- struct{}{}
		}
		w.Header().Set("Cache-Control", "no-store")
		switch r.URL.Path {
		case "/enter":
			if _, err := r.Cookie("seat"); err == nil {
				s.seen["/cookie"].n.Add(1)
			}
			http.SetCookie(w, &http.Cookie{Name: "seat", Value: "1", MaxAge: 3600, HttpOnly: true, Path: "/"})
			http.Redirect(w, r, "/", http.StatusSeeOther)
		case "/":
			fmt.Fprintf(w, stagePage, "Bắt đầu", first, "")
		case "/second":
			fmt.Fprintf(w, stagePage, "Trang hai", second, "/second")
		case "/leave":
			http.Redirect(w, r, "/end", http.StatusSeeOther)
		case "/end":
			fmt.Fprintf(w, stagePage, "Đã kết thúc", "", "/ended")
		case "/file.bin":
			w.Header().Set("Content-Type", "application/octet-stream")
			fmt.Fprint(w, "bytes")
		}
	}
}

// want waits until a path has been asked for once more.
func (s *stage) want(path string) {
	s.t.Helper()
	select {
	case <-s.seen[path].more:
	case <-time.After(30 * time.Second):
		s.t.Fatalf("nothing asked for %s", path)
	}
}

// never fails if a path was ever asked for.
func (s *stage) never(path, why string) {
	s.t.Helper()
	if n := s.seen[path].n.Load(); n != 0 {
		s.t.Errorf("%s was asked for %d times: %s", path, n, why)
	}
}

// shown is the window in its own process on its own display.
type shown struct {
	t       *testing.T
	cmd     *exec.Cmd
	display webdriver.Display
	dir     string
	out     strings.Builder
}

func show(t *testing.T, url string) *shown {
	w := &shown{t: t, display: webdriver.NewDisplay(t), dir: t.TempDir()}
	w.cmd = exec.Command(os.Args[0])
	w.cmd.Env = append(os.Environ(), "KIOSK_TEST_WINDOW="+url, "KIOSK_TEST_DIR="+w.dir, "DISPLAY="+w.display.Name, "GDK_BACKEND=x11", "LANG=C.UTF-8")
	w.cmd.Stdout, w.cmd.Stderr = &w.out, &w.out
	webdriver.Start(t, w.cmd)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the window said:\n%s", w.out.String())
		}
	})
	return w
}

func (w *shown) xdotool(args ...string) {
	w.t.Helper()
	cmd := exec.Command(webdriver.Need(w.t, "xdotool", "xdotool"), args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+w.display.Name)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("xdotool %v: %v: %s", args, err, out)
	}
}

// press clicks until the page says that it has noticed: a page that has just
// appeared may miss a click, as it would a finger.
func (w *shown) press(x, y int, s *stage, path string) {
	w.t.Helper()
	for range 10 {
		w.click(x, y)
		select {
		case <-s.seen[path].more:
			return
		case <-time.After(4 * time.Second):
		}
	}
	w.t.Fatalf("a click at %d,%d does not lead to %s", x, y, path)
}

func (w *shown) click(x, y int) {
	w.xdotool("mousemove", strconv.Itoa(x), strconv.Itoa(y), "click", "1")
}

// crashPage kills the browser's page process, which is a descendant of ours.
func (w *shown) crashPage() {
	w.t.Helper()
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(d))
		if line, _ := os.ReadFile(filepath.Join(d, "cmdline")); strings.Contains(strings.SplitN(string(line), "\x00", 2)[0], "WebKitWebProcess") && descends(pid, w.cmd.Process.Pid) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				w.t.Fatal(err)
			}
			return
		}
	}
	w.t.Fatal("no WebKitWebProcess found")
}

func descends(pid, from int) bool {
	for pid > 1 {
		if pid == from {
			return true
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return false
		}
		rest := string(b[strings.LastIndexByte(string(b), ')')+1:])
		pid, _ = strconv.Atoi(strings.Fields(rest)[1])
	}
	return false
}

// wantPicture waits until the screen holds the colours at the places named and
// keeps a picture of it; a page's own word that it has painted comes a moment
// before.
func (w *shown) wantPicture(name string, at map[image.Point]color.RGBA) {
	w.t.Helper()
	deadline := time.After(30 * time.Second)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	img, err := w.display.Picture()
	for err != nil || webdriver.Blank(img) || !holds(img, at) {
		select {
		case <-deadline:
			w.t.Fatalf("%s: the screen does not show the page (%v)", name, err)
		case <-again.C:
		}
		img, err = w.display.Picture()
	}
	f, err := os.Create(filepath.Join(w.t.ArtifactDir(), name+".png"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		w.t.Fatal(err)
	}
}

func holds(img image.Image, at map[image.Point]color.RGBA) bool {
	for p, want := range at {
		if img.At(p.X, p.Y) != want {
			return false
		}
	}
	return true
}

// The colours of the pages, from corner to corner.
var (
	paper = color.RGBA{0xf7, 0xf4, 0xee, 0xff}
	green = color.RGBA{0x0b, 0x5d, 0x57, 0xff}
)

func (w *shown) end() string {
	w.t.Helper()
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	if err := w.cmd.Wait(); err != nil {
		w.t.Errorf("the window ended with %v", err)
	}
	return w.out.String()
}

// outsider is a server of another origin that must never be asked anything.
func outsider(t *testing.T) (url string, asked *atomic.Int64) {
	asked = new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

func TestWindow(t *testing.T) {
	if testing.Short() {
		t.Skip("a real window: not with -short")
	}
	outside, asked := outsider(t)
	s := newStage(t, outside)
	w := show(t, s.srv.URL+"/enter?t=secret")
	s.want("/painted")
	s.want("/ui/alive")
	w.wantPicture("start", map[image.Point]color.RGBA{{2, 2}: paper, {490, 210}: green, {490, 570}: green, {1278, 798}: paper})

	// Nothing leads out: another origin, a new window, a download, keys. The
	// navigation inside comes last, so the others had their chance before it.
	w.press(110, 415, s, "/file.bin")
	w.click(110, 215)
	w.click(110, 315)
	w.xdotool("key", "alt+F4", "ctrl+shift+i", "F5", "F12", "ctrl+p", "alt+Left")
	w.press(110, 515, s, "/painted/second")
	s.never("/popup", "a new window was opened")
	s.never("/handler", "a page reached the script-message handler")
	if n := asked.Load(); n != 0 {
		t.Errorf("the other origin was asked %d times", n)
	}

	// A crashed page comes back at the start; its cookie is still there.
	w.crashPage()
	s.want("/painted")

	// A hung page is noticed and replaced.
	w.press(110, 515, s, "/painted/second")
	w.press(300, 240, s, "/clicked/hang")
	s.want("/painted")

	// The end of a session wipes: the service is told, the browser forgets.
	w.press(110, 515, s, "/painted/second")
	before := s.seen["/cookie"].n.Load()
	if before == 0 {
		t.Error("the cookie did not come along when the page was restarted")
	}
	w.press(300, 340, s, "/end")
	s.want("/painted")
	if after := s.seen["/cookie"].n.Load(); after != before {
		t.Error("the cookie outlived the wipe")
	}
	s.never("/painted/ended", "the page after the end was shown")

	out := w.end()
	if !strings.Contains(out, "end err=none recovered=true webkit41=true soup2=false") {
		t.Errorf("last words: %s", out)
	}
	if strings.Contains(out, "secret") {
		t.Error("the boot token stands in the log")
	}
	leftInside(t, w.dir)
}

// leftInside makes sure the browser's folder was really the one it used.
func leftInside(t *testing.T, dir string) {
	t.Helper()
	n := 0
	_ = filepath.WalkDir(dir, func(string, fs.DirEntry, error) error { n++; return nil })
	if n < 4 {
		t.Errorf("the browser's folder holds %d entries", n)
	}
}

func TestWindowWaitsForTheService(t *testing.T) {
	if testing.Short() {
		t.Skip("a real window: not with -short")
	}
	// An address nobody listens on, until the service comes up.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	w := show(t, "http://"+address+"/enter")
	w.wantPicture("waiting", map[image.Point]color.RGBA{{2, 2}: paper, {1278, 798}: paper})

	s := newStage(t, "http://"+address)
	l, err = net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	late := &http.Server{Handler: s.srv.Config.Handler}
	go func() { _ = late.Serve(l) }()
	t.Cleanup(func() { late.Close() })
	s.want("/painted")
	w.end()
}

func TestWindowWithoutADisplay(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "KIOSK_TEST_WINDOW=http://127.0.0.1:9/", "DISPLAY=", "WAYLAND_DISPLAY=", "KIOSK_TEST_DIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "end err=window.no_display") {
		t.Errorf("%v: %s", err, out)
	}
}
