package webdriver

import (
	"fmt"
	"html"
	"image"
	"image/color"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"

// site is a small form under a strict content policy, like the kiosk's pages.
func site(t *testing.T) string {
	mux := http.NewServeMux()
	page := func(w http.ResponseWriter, body string) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="vi"><title>Thử</title><link rel="icon" href="data:,">
			<link rel="stylesheet" href="/s.css"><body><main>%s</main><script src="/s.js"></script></body></html>`, body)
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		page(w, `<h1>Khai thông tin</h1><form method="post" action="/said"><label for="name">Họ và tên</label>
			<input id="name" name="name" value="cũ"><button id="go">Tiếp tục</button></form>
			<p id="late" data-kind="slow"></p><button id="gone">Xoá</button>`)
	})
	mux.HandleFunc("POST /said", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/said?name="+strings.ReplaceAll(html.EscapeString(r.FormValue("name")), " ", "+"), http.StatusSeeOther)
	})
	mux.HandleFunc("GET /said", func(w http.ResponseWriter, r *http.Request) {
		page(w, `<h1>Xin chào</h1><output id="said">`+html.EscapeString(r.FormValue("name"))+`</output>`)
	})
	mux.HandleFunc("GET /faulty", func(w http.ResponseWriter, r *http.Request) {
		page(w, `<h1>Lỗi</h1><input id="nameless"><p class="pale">mờ</p>`)
	})
	mux.HandleFunc("GET /s.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, "body{background:#fff;color:#111}.pale{color:#ddd}")
	})
	mux.HandleFunc("GET /s.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `setTimeout(() => { const p = document.getElementById("late"); if (p) p.textContent = "đã đến" }, 150);
			document.getElementById("gone")?.addEventListener("click", e => e.target.remove())`)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestSession(t *testing.T) {
	url := site(t)
	Both(t, func(t *testing.T, s *Session) {
		s.Navigate(url + "/")
		if got := s.Text("h1"); got != "Khai thông tin" {
			t.Errorf("heading %q", got)
		}
		if s.Attr("#late", "data-kind") != "slow" || s.Attr("#late", "missing") != "" || s.Value("#name") != "cũ" {
			t.Error("attributes and values are not read as they stand")
		}
		s.WaitText("#late", "đã đến", Limit)
		s.Click("#gone")
		s.WaitGone("#gone", Limit)
		if s.Has("#gone") || s.Count("form input") != 1 {
			t.Error("elements are not counted right")
		}

		const name = "Nguyễn Thị Ước Ẩm"
		s.Type("#name", name)
		s.Press("#name", KeyEnter)
		s.WaitURL(`/said\?name=`, Limit)
		s.WaitFor("#said", Limit)
		if got := s.Text("#said"); got != name {
			t.Errorf("typed %q, the server answered %q", name, got)
		}
		s.Back()
		s.WaitFor("#name", Limit)
		s.Refresh()
		s.ForgetCookies()
		if !strings.Contains(s.Source(), "Khai thông tin") || !strings.HasPrefix(s.URL(), url) {
			t.Error("source and address do not fit")
		}
	})
}

func TestSizeScriptAndScreenshot(t *testing.T) {
	url := site(t)
	Both(t, func(t *testing.T, s *Session) {
		s.Navigate(url + "/")
		var width, height, sum int
		s.SetViewport(900, 700)
		s.Execute(&width, "return window.innerWidth")
		s.Execute(&height, "return window.innerHeight")
		s.Execute(&sum, "return arguments[0] + arguments[1]", 40, 2)
		if width != 900 || height != 700 || sum != 42 {
			t.Errorf("%d by %d, sum %d", width, height, sum)
		}
		if size := s.Screenshot().Bounds().Size(); size.X < 850 {
			t.Errorf("screenshot of %v", size)
		}
		s.Shot("page")
	})
}

func TestAxe(t *testing.T) {
	url := site(t)
	Both(t, func(t *testing.T, s *Session) {
		s.Navigate(url + "/")
		for _, v := range s.Axe() {
			t.Errorf("on the good page: %v", v)
		}
		s.Navigate(url + "/faulty")
		var ids []string
		for _, v := range s.Axe() {
			ids = append(ids, v.ID)
			if !strings.Contains(v.String(), v.ID) || len(v.Nodes) == 0 {
				t.Errorf("%+v", v)
			}
		}
		slices.Sort(ids)
		if want := []string{"color-contrast", "label"}; !slices.Equal(ids, want) {
			t.Errorf("on the faulty page axe found %q, want %q", ids, want)
		}
	})
}

func TestPollGivesUp(t *testing.T) {
	begin, asked := time.Now(), 0
	err := poll(80*time.Millisecond, func() error { asked++; return notYet("no") })
	if err == nil || asked < 2 || time.Since(begin) > 5*time.Second {
		t.Errorf("poll asked %d times in %v: %v", asked, time.Since(begin), err)
	}
	asked = 0
	err = poll(time.Hour, func() error { asked++; return &protocolError{Code: "invalid session id"} })
	if err == nil || asked != 1 {
		t.Errorf("a lasting error was asked %d times: %v", asked, err)
	}
}

func TestBlank(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	if !Blank(img) {
		t.Error("an empty picture is not called blank")
	}
	img.Set(7, 7, color.White)
	if Blank(img) {
		t.Error("a picture with one dot is called blank")
	}
}

func FuzzDecodeXWD(f *testing.F) {
	f.Add(make([]byte, 100))
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, b []byte) { _, _ = decodeXWD(b) })
}
