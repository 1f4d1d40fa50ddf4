package webdriver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// Engine is a browser engine.
type Engine string

// The engines.
const (
	Chromium Engine = "chromium"
	WebKit   Engine = "webkit"
)

// startLimit is long because the first start on a cold machine reads a hundred
// megabytes of browser.
const startLimit = 60 * time.Second

// Both runs body once in each engine, as subtests named after them. With
// -short it skips; see Open for missing packages.
func Both(t *testing.T, body func(t *testing.T, s *Session)) {
	t.Helper()
	for _, e := range []Engine{Chromium, WebKit} {
		t.Run(string(e), func(t *testing.T) { body(t, Open(t, e)) })
	}
}

// Open starts a browser with an empty profile and ends it with the test. A
// missing package skips the test with the install line, or fails it where CI
// is set. With -short every test that asks for a browser is skipped.
func Open(t *testing.T, e Engine) *Session {
	t.Helper()
	if testing.Short() {
		t.Skip("a real browser: not with -short")
	}
	s := &Session{t: t, Engine: e, wire: wire{client: http.Client{Timeout: 2 * time.Minute}}}
	var caps map[string]any
	if e == WebKit {
		caps = s.startWebKit()
	} else {
		caps = s.startChromium()
	}
	var made struct{ SessionID string }
	body := map[string]any{"capabilities": map[string]any{"alwaysMatch": caps}}
	if err := s.wire.call(http.MethodPost, "/session", body, &made); err != nil {
		t.Fatalf("open %s: %v", e, err)
	}
	s.path = "/session/" + made.SessionID
	t.Cleanup(func() { _ = s.wire.call(http.MethodDelete, s.path, nil, nil) })
	s.SetViewport(1280, 800)
	return s
}

func (s *Session) startChromium() map[string]any {
	s.t.Helper()
	driver := Need(s.t, "chromedriver", "chromium-driver")
	binary := Need(s.t, "chromium", "chromium")
	args := []string{
		"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-dev-shm-usage", "--lang=vi", "--user-data-dir=" + s.t.TempDir(),
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox")
	}
	cmd := exec.Command(driver, "--port=0")
	lines, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	Start(s.t, cmd)
	port := scanFor(s.t, lines, regexp.MustCompile(`started successfully on port (\d+)`))
	s.wire.base = "http://127.0.0.1:" + port
	return map[string]any{
		"browserName":        "chrome",
		"goog:chromeOptions": map[string]any{"binary": binary, "args": args},
	}
}

func (s *Session) startWebKit() map[string]any {
	s.t.Helper()
	driver := Need(s.t, "WebKitWebDriver", "webkit2gtk-driver")
	found, _ := filepath.Glob("/usr/lib/*/webkit2gtk-4.1/MiniBrowser")
	if len(found) == 0 {
		missing(s.t, "libwebkit2gtk-4.1-0")
	}
	port := freePort(s.t)
	cmd := exec.Command(driver, "--host=127.0.0.1", "--port="+port)
	dir := s.t.TempDir()
	cmd.Env = append(os.Environ(), "DISPLAY="+newDisplay(s.t, "2048x2048").Name, "GDK_BACKEND=x11",
		"HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir, "LANG=C.UTF-8")
	Start(s.t, cmd)
	s.wire.base = "http://127.0.0.1:" + port
	err := poll(startLimit, func() error {
		if err := s.wire.call(http.MethodGet, "/status", nil, nil); errors.Is(err, syscall.ECONNREFUSED) {
			return &protocolError{Code: "no such element", Message: "the driver is not up yet"}
		} else {
			return err
		}
	})
	if err != nil {
		s.t.Fatalf("WebKitWebDriver: %v", err)
	}
	return map[string]any{
		"webkitgtk:browserOptions": map[string]any{"binary": found[0], "args": []string{"--automation"}},
	}
}

// Need gives the path of a program, or skips or fails the test by the rule of
// Open, naming the Debian package that holds it.
func Need(t *testing.T, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		missing(t, pkg)
	}
	return path
}

func missing(t *testing.T, pkg string) {
	t.Helper()
	line := "missing package: apt-get install --no-install-recommends " + pkg
	if os.Getenv("CI") != "" {
		t.Fatal(line)
	}
	t.Skip(line)
}

// Start runs a program until the end of the test, with all it starts.
func Start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
}

// scanFor reads lines until one matches and gives its first group; the rest is
// read and dropped so that the program never blocks.
func scanFor(t *testing.T, from io.Reader, pattern *regexp.Regexp) string {
	t.Helper()
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(from)
		for lines.Scan() {
			if m := pattern.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
				_, _ = io.Copy(io.Discard, from)
				return
			}
		}
	}()
	select {
	case v, ok := <-found:
		if ok {
			return v
		}
		t.Fatalf("the program ended without saying %q", pattern)
	case <-time.After(startLimit):
		t.Fatalf("the program did not say %q within %v", pattern, startLimit)
	}
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}
