package centre

import (
	"bytes"
	"context"
	"crypto/tls"
	"database/sql"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/viet"
)

const (
	cookieName = "centre_session"
	pageRows   = 50
	formLimit  = 16 << 10

	// Nothing from elsewhere, nothing inline, no script at all.
	pagePolicy  = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	paperPolicy = "frame-ancestors 'self'"
)

//go:embed pages/*.html pages/style.css
var pageFiles embed.FS

// pages are the templates; one that does not parse is a mistake of ours that
// the first test finds.
func pages() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"reason": reasonText, "state": stateText, "when": whenText, "phone": viet.ShowPhone,
	}).ParseFS(pageFiles, "pages/*.html"))
}

// inbox is the officers' part. Every path but the sign-in wants a session.
func (c *Centre) inbox() http.Handler {
	d := &desk{Centre: c, pages: pages()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /inbox/style.css", d.style)
	mux.HandleFunc("GET /inbox/sign-in", d.signInPage)
	mux.HandleFunc("POST /inbox/sign-in", d.signInForm)
	mux.HandleFunc("POST /inbox/sign-out", d.known(d.signOutForm))
	mux.HandleFunc("GET /inbox/{$}", d.known(d.list))
	mux.HandleFunc("GET /inbox/dossiers/{id}/{rev}", d.known(d.dossier))
	mux.HandleFunc("GET /inbox/dossiers/{id}/{rev}/papers/{n}", d.known(d.paper))
	mux.HandleFunc("GET /inbox/dossiers/{id}/{rev}/papers/{n}/pages/{k}", d.known(d.paper))
	mux.HandleFunc("POST /inbox/dossiers/{id}/{rev}/accept", d.known(d.accept))
	mux.HandleFunc("POST /inbox/dossiers/{id}/{rev}/return", d.known(d.giveBack))
	return http.NewCrossOriginProtection().Handler(hardened(mux))
}

// hardened sets what every answer of the inbox carries.
func hardened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		r.Body = http.MaxBytesReader(w, r.Body, formLimit)
		next.ServeHTTP(w, r)
	})
}

// desk is the inbox with its pages.
type desk struct {
	*Centre
	pages *template.Template
}

// frame is what every page is given.
type frame struct {
	Title   string
	Account string // empty before sign-in
	CSRF    string
	Body    any
}

// show writes a page whole or not at all.
func (d *desk) show(w http.ResponseWriter, status int, name string, f frame) {
	var b bytes.Buffer
	if err := d.pages.ExecuteTemplate(&b, name, f); err != nil {
		d.log().Error("centre: page", "page", name, "err", err)
		http.Error(w, "500", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// notice shows one sentence.
func (d *desk) notice(w http.ResponseWriter, s session, status int, sentence string) {
	d.show(w, status, "notice.html", frame{Title: "Thông báo", Account: s.account, CSRF: s.csrf, Body: sentence})
}

// failed shows an error: what the officer can know of it, the rest is logged.
func (d *desk) failed(w http.ResponseWriter, s session, step string, err error) {
	switch kiosk.CodeOf(err) {
	case CodeNoDossier:
		d.notice(w, s, http.StatusNotFound, "Không có hồ sơ này.")
	case CodeDecided:
		d.notice(w, s, http.StatusConflict, "Hồ sơ này đã được xử lý rồi.")
	case CodeNotOpened:
		d.notice(w, s, http.StatusConflict, "Hồ sơ này chưa được mở và kiểm tra xong.")
	default:
		d.log().Error("centre: inbox", "step", step, "err", err)
		d.notice(w, s, http.StatusInternalServerError, "Hệ thống gặp lỗi. Vui lòng thử lại; nếu vẫn lỗi, báo kỹ thuật viên.")
	}
}

func (d *desk) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, pageFiles, "pages/style.css")
}

// known lets signed-in officers through, and forms only with their token.
func (d *desk) known(next func(http.ResponseWriter, *http.Request, session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(cookieName)
		if err != nil {
			http.Redirect(w, r, "/inbox/sign-in", http.StatusSeeOther)
			return
		}
		s, err := d.resume(r.Context(), cookie.Value)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			http.Redirect(w, r, "/inbox/sign-in", http.StatusSeeOther)
		case err != nil:
			d.failed(w, session{}, "resume session", err)
		case r.Method == http.MethodPost && !s.allows(r.PostFormValue("csrf")):
			d.notice(w, s, http.StatusForbidden, "Trang đã cũ. Vui lòng mở lại và thử lần nữa.")
		default:
			next(w, r, s)
		}
	}
}

type signInBody struct{ Name, Trouble string }

func (d *desk) signInPage(w http.ResponseWriter, r *http.Request) {
	d.show(w, http.StatusOK, "sign-in.html", frame{Title: "Đăng nhập", Body: signInBody{}})
}

func (d *desk) signInForm(w http.ResponseWriter, r *http.Request) {
	name := strings.ToLower(strings.TrimSpace(r.PostFormValue("name")))
	cookie, err := d.signIn(r.Context(), name, r.PostFormValue("password"))
	body := signInBody{Name: name}
	switch {
	case errors.Is(err, errWrong):
		body.Trouble = "Tên hoặc mật khẩu không đúng."
	case errors.Is(err, errLocked):
		body.Trouble = "Tài khoản đang tạm khóa vì nhập sai nhiều lần. Vui lòng thử lại sau 15 phút."
	case err != nil:
		d.failed(w, session{}, "sign in", err)
		return
	default:
		http.SetCookie(w, &http.Cookie{
			Name: cookieName, Value: cookie, Path: "/inbox/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
			Secure: secure(r.TLS, d.cfg.PublicURL),
		})
		http.Redirect(w, r, "/inbox/", http.StatusSeeOther)
		return
	}
	d.show(w, http.StatusUnauthorized, "sign-in.html", frame{Title: "Đăng nhập", Body: body})
}

// secure reports whether the browser reaches us by https, here or at a proxy.
func secure(state *tls.ConnectionState, public string) bool {
	return state != nil || strings.HasPrefix(public, "https://")
}

func (d *desk) signOutForm(w http.ResponseWriter, r *http.Request, s session) {
	if err := d.signOut(r.Context(), s); err != nil {
		d.failed(w, s, "sign out", err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/inbox/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/inbox/sign-in", http.StatusSeeOther)
}

type listBody struct {
	Rows   []row
	Before int64 // where the next page goes on, 0 if this is the last
}

// row is one dossier in the list.
type row struct {
	Path      string
	LocalCode kiosk.LocalCode
	Procedure string
	Revision  int
	Received  string
	State     string
	Fault     bool
}

func (d *desk) list(w http.ResponseWriter, r *http.Request, s session) {
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || before <= 0 {
		before = 1 << 62
	}
	body, err := d.listBefore(r.Context(), before)
	if err != nil {
		d.failed(w, s, "list", err)
		return
	}
	d.show(w, http.StatusOK, "list.html", frame{Title: "Hộp tiếp nhận", Account: s.account, CSRF: s.csrf, Body: body})
}

// listBefore lists what was received, newest first.
func (d *desk) listBefore(ctx context.Context, before int64) (listBody, error) {
	found, err := parcels(d.db.R.QueryContext(ctx,
		`SELECT `+parcelColumns+` FROM parcels WHERE state != 'announced' AND seq < ? ORDER BY seq DESC LIMIT ?`, before, pageRows+1))
	if err != nil {
		return listBody{}, err
	}
	var body listBody
	if len(found) > pageRows {
		found = found[:pageRows]
		body.Before = found[pageRows-1].seq
	}
	for _, p := range found {
		body.Rows = append(body.Rows, row{
			Path: path(p.key), LocalCode: p.localCode, Procedure: p.procedure, Revision: p.key.Revision,
			Received: whenText(p.storedAt), State: p.state, Fault: p.fault != "",
		})
	}
	return body, nil
}

func path(key kiosk.ParcelKey) string {
	return "/inbox/dossiers/" + string(key.Dossier) + "/" + strconv.Itoa(key.Revision)
}
