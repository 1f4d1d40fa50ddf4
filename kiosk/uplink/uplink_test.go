package uplink

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

const (
	testUnit    = "DTH01-A"
	testDossier = "0193a0b2-7c1e-7d3a-9a55-0a1b2c3d4e5f"
)

// parcelOf gives a parcel of n bytes; what it holds does not matter here.
func parcelOf(n int) (kiosk.Parcel, []byte) {
	b := bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n]
	return kiosk.Parcel{Dossier: testDossier, Revision: 1, SHA256: sha256.Sum256(b), Bytes: int64(n), Envelope: []byte(`{"payload":""}`)}, b
}

func signer(t *testing.T) seal.Signer {
	t.Helper()
	s, err := seal.NewSigner()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func receiptFor(p kiosk.Parcel) kiosk.Receipt {
	return kiosk.Receipt{No: "R1", Level: kiosk.LevelStored, Unit: testUnit, Dossier: p.Dossier, Revision: p.Revision,
		SHA256: p.SHA256, Bytes: p.Bytes, At: time.Unix(1_800_000_000, 0).UTC()}
}

func sign(t *testing.T, r kiosk.Receipt, s seal.Signer) []byte {
	t.Helper()
	b, err := seal.SignReceipt(r, s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// client talks to a server that answers with h.
func client(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &Client{Origin: s.URL, Token: "token", Unit: testUnit, HTTP: s.Client()}
}

func wantSetback(t *testing.T, err error, remedy kiosk.Remedy, code kiosk.Code) *kiosk.Setback {
	t.Helper()
	s, ok := errors.AsType[*kiosk.Setback](err)
	if !ok || s.Remedy != remedy || s.Code != code {
		t.Fatalf("got %#v (%v), want remedy %s, code %s", err, err, remedy, code)
	}
	return s
}

// answering answers every request alike.
func answering(status int, header map[string]string, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var (
	asJSON = map[string]string{"Content-Type": "application/json"}
	asHTML = map[string]string{"Content-Type": "text/html; charset=utf-8"}
)

func with(h map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	for k, v := range h {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func TestAnnounceRemedies(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		remedy kiosk.Remedy
		code   kiosk.Code
		wish   time.Duration
	}{
		{"unauthorised", 401, asJSON, `{"code":"unauthorised"}`, kiosk.PauseAll, CodeRefused, 0},
		{"revoked", 403, asJSON, `{"code":"revoked"}`, kiosk.PauseAll, CodeRefused, 0},
		{"conflict", 409, asJSON, `{"code":"conflict"}`, kiosk.Alarm, CodeConflict, 0},
		{"too large", 413, asJSON, `{"code":"too_large"}`, kiosk.GiveUp, CodeRejected, 0},
		{"media", 415, asJSON, `{}`, kiosk.GiveUp, CodeRejected, 0},
		{"refused", 422, asJSON, `{"code":"envelope.malformed"}`, kiosk.GiveUp, CodeRejected, 0},
		{"unknown path", 404, asJSON, `{"code":"no_such_path"}`, kiosk.RetryLater, CodeBadAnswer, 0},
		{"too many", 429, with(asJSON, "Retry-After", "7"), `{}`, kiosk.WaitForLink, CodeBusy, 7 * time.Second},
		{"down for repair", 503, with(asHTML, "Retry-After", "999999"), `<html>`, kiosk.WaitForLink, CodeBusy, time.Hour},
		{"gateway", 502, asHTML, `<html>`, kiosk.WaitForLink, CodeUnreachable, 0},
		{"full", 507, with(asJSON, "Retry-After", "60"), `{}`, kiosk.RetryLater, CodeBusy, time.Minute},
		{"own failure", 500, asJSON, `{"code":"internal"}`, kiosk.RetryLater, CodeBadAnswer, 0},
		{"captive portal", 200, asHTML, `<html>Sign in to the Wi-Fi</html>`, kiosk.WaitForLink, CodeCaptive, 0},
		{"captive refusal", 403, asHTML, `<html>`, kiosk.WaitForLink, CodeCaptive, 0},
		{"captive 511", 511, asHTML, `<html>`, kiosk.WaitForLink, CodeCaptive, 0},
		{"proxy's own limit", 413, asHTML, `<html>`, kiosk.RetryLater, CodeBadAnswer, 0},
		{"nonsense", 200, asJSON, `{"answer":"perhaps"}`, kiosk.RetryLater, CodeBadAnswer, 0},
		{"exists without receipt", 200, asJSON, `{"answer":"exists"}`, kiosk.RetryLater, CodeBadAnswer, 0},
		{"too long", 200, asJSON, `"` + strings.Repeat("x", answerLimit+1) + `"`, kiosk.RetryLater, CodeBadAnswer, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := parcelOf(100)
			_, _, err := client(t, answering(c.status, c.header, c.body)).Announce(t.Context(), p)
			if s := wantSetback(t, err, c.remedy, c.code); s.RetryAfter != c.wish {
				t.Errorf("wish %v, want %v", s.RetryAfter, c.wish)
			}
		})
	}
}

func TestRedirectsAreNeverFollowed(t *testing.T) {
	strangers := 0
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { strangers++ }))
	defer stranger.Close()
	p, b := parcelOf(100)
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, stranger.URL, http.StatusTemporaryRedirect)
	})
	_, _, err := c.Announce(t.Context(), p)
	wantSetback(t, err, kiosk.WaitForLink, CodeCaptive)
	_, err = c.Create(t.Context(), p)
	wantSetback(t, err, kiosk.WaitForLink, CodeCaptive)
	err = c.Carry(t.Context(), c.Origin+"/files/x", p, bytes.NewReader(b), func(int64) {})
	wantSetback(t, err, kiosk.WaitForLink, CodeCaptive)
	_, err = c.Levels(t.Context(), nil)
	wantSetback(t, err, kiosk.WaitForLink, CodeCaptive)
	if strangers != 0 {
		t.Errorf("the redirect was followed %d times", strangers)
	}
}

func TestOriginMustBeHTTPS(t *testing.T) {
	p, _ := parcelOf(1)
	for _, origin := range []string{"http://centre.example", "ftp://127.0.0.1", "centre.example", "https://user@centre.example", "https://centre.example/path", ""} {
		_, _, err := (&Client{Origin: origin}).Announce(t.Context(), p)
		wantSetback(t, err, kiosk.PauseAll, CodeInsecure)
	}
	for _, origin := range []string{"https://centre.example", "https://centre.example:8443/", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"} {
		if _, err := (&Client{Origin: origin}).origin(); err != nil {
			t.Errorf("%s is refused: %v", origin, err)
		}
	}
}

func TestUntrustedCertificate(t *testing.T) {
	s := httptest.NewUnstartedServer(answering(200, asJSON, `{"answer":"upload"}`))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of our refusal
	s.StartTLS()
	defer s.Close()
	p, _ := parcelOf(1)
	_, _, err := (&Client{Origin: s.URL}).Announce(t.Context(), p)
	wantSetback(t, err, kiosk.WaitForLink, CodeUntrusted)
	if word, _, err := (&Client{Origin: s.URL, HTTP: s.Client()}).Announce(t.Context(), p); err != nil || word != kiosk.WantUpload {
		t.Errorf("with the right certificate: %v, %v", word, err)
	}
	// A login page that speaks plain HTTP where TLS is expected.
	plain := httptest.NewServer(answering(200, asHTML, `<html>`))
	defer plain.Close()
	_, _, err = (&Client{Origin: strings.Replace(plain.URL, "http:", "https:", 1)}).Announce(t.Context(), p)
	wantSetback(t, err, kiosk.WaitForLink, CodeCaptive)
}

func TestNobodyListens(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	p, _ := parcelOf(1)
	_, _, err := (&Client{Origin: s.URL}).Announce(t.Context(), p)
	got := wantSetback(t, err, kiosk.WaitForLink, CodeUnreachable)
	if strings.Contains(got.Error(), "/v1/") {
		t.Errorf("the error tells the address: %v", got)
	}
}

func TestReceiptsMustBeBelievable(t *testing.T) {
	p, _ := parcelOf(1000)
	centre, stranger := signer(t), signer(t)
	change := func(f func(*kiosk.Receipt)) []byte {
		r := receiptFor(p)
		f(&r)
		return sign(t, r, centre)
	}
	good := sign(t, receiptFor(p), centre)
	for _, c := range []struct {
		name string
		body []byte
	}{
		{"forged", sign(t, receiptFor(p), stranger)},
		{"bent", bytes.Replace(good, []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1)},
		{"no envelope", []byte(`{}`)},
		{"other unit", change(func(r *kiosk.Receipt) { r.Unit = "DTH01-B" })},
		{"other dossier", change(func(r *kiosk.Receipt) { r.Dossier = "0193a0b2-7c1e-7d3a-9a55-000000000000" })},
		{"other revision", change(func(r *kiosk.Receipt) { r.Revision = 2 })},
		{"other bytes", change(func(r *kiosk.Receipt) { r.SHA256[0] ^= 1 })},
		{"other size", change(func(r *kiosk.Receipt) { r.Bytes++ })},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := client(t, answering(200, asJSON, string(c.body)))
			cl.Receipts = seal.NewKeyring(centre.Public())
			_, err := cl.Receipt(t.Context(), p)
			wantSetback(t, err, kiosk.Alarm, CodeBadReceipt)
			cl = client(t, answering(200, asJSON, `{"answer":"exists","receipt":`+string(c.body)+`}`))
			cl.Receipts = seal.NewKeyring(centre.Public())
			_, _, err = cl.Announce(t.Context(), p)
			wantSetback(t, err, kiosk.Alarm, CodeBadReceipt)
		})
	}
	cl := client(t, answering(200, asJSON, string(good)))
	cl.Receipts = seal.NewKeyring(centre.Public())
	r, err := cl.Receipt(t.Context(), p)
	if err != nil || r.Level != kiosk.LevelStored || !bytes.Equal(r.Envelope, good) {
		t.Errorf("a good receipt: %+v, %v", r, err)
	}
}

func TestNoReceiptYet(t *testing.T) {
	p, _ := parcelOf(1)
	if r, err := client(t, answering(404, asJSON, `{"code":"not_yet"}`)).Receipt(t.Context(), p); r != nil || err != nil {
		t.Errorf("not yet: %v, %v", r, err)
	}
	_, err := client(t, answering(404, asJSON, `{"code":"unknown"}`)).Receipt(t.Context(), p)
	wantSetback(t, err, kiosk.StartOver, CodeUploadGone)
	_, err = client(t, answering(404, asJSON, `{}`)).Receipt(t.Context(), p)
	wantSetback(t, err, kiosk.RetryLater, CodeBadAnswer)
	_, err = client(t, answering(404, asHTML, `<html>`)).Receipt(t.Context(), p)
	wantSetback(t, err, kiosk.WaitForLink, CodeCaptive)
}

func TestLevelsInBatches(t *testing.T) {
	var sizes []int
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		var l statusList
		if err := json.NewDecoder(r.Body).Decode(&l); err != nil {
			t.Error(err)
		}
		sizes = append(sizes, len(l.Parcels))
		for i := range l.Parcels {
			l.Parcels[i].Level = "accepted"
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(l)
	})
	keys := make([]kiosk.ParcelKey, 1201)
	for i := range keys {
		keys[i] = kiosk.ParcelKey{Dossier: kiosk.DossierID(fmt.Sprint("d", i)), Revision: 1}
	}
	levels, err := c.Levels(t.Context(), keys)
	if err != nil || len(levels) != len(keys) || fmt.Sprint(sizes) != "[500 500 201]" {
		t.Errorf("%d levels in %v: %v", len(levels), sizes, err)
	}
	if levels, err := c.Levels(t.Context(), nil); err != nil || len(levels) != 0 {
		t.Errorf("asking for nothing: %v, %v", levels, err)
	}
}

func TestLocationIsPinned(t *testing.T) {
	p, _ := parcelOf(10)
	for _, c := range []struct {
		location string
		ok       bool
	}{
		{"/files/abc", true},
		{"abc", true},
		{"ORIGIN/files/abc", true},
		{"http://centre.evil.example/files/abc", false},
		{"//centre.evil.example/files/abc", false},
		{"ORIGIN@evil.example/files/abc", false},
		{"https://127.0.0.1/files/abc", false},
		{"ORIGIN/elsewhere/abc", false},
		{"/files/", false},
		{"/files/../v1/status", false},
		{"", false},
		{"http://%zz", false},
	} {
		var s *httptest.Server
		s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Tus-Resumable", "1.0.0")
			w.Header().Set("Location", strings.Replace(c.location, "ORIGIN", s.URL, 1))
			w.WriteHeader(http.StatusCreated)
		}))
		u, err := (&Client{Origin: s.URL}).Create(t.Context(), p)
		if c.ok && (err != nil || u != s.URL+"/files/abc") {
			t.Errorf("%q: %q, %v", c.location, u, err)
		}
		if !c.ok {
			wantSetback(t, err, kiosk.RetryLater, CodeBadAnswer)
		}
		s.Close()
	}
	// The same holds for an address from our own ledger.
	err := (&Client{Origin: "http://127.0.0.1:1"}).Carry(t.Context(), "http://evil.example/files/abc", p, nil, nil)
	wantSetback(t, err, kiosk.StartOver, CodeUploadGone)
}

func TestPace(t *testing.T) {
	var p pace
	if n := p.next(); n != chunkStart {
		t.Fatalf("starts at %d", n)
	}
	for range 10 {
		p.sent(p.next(), 10*time.Millisecond)
	}
	if n := p.next(); n != chunkMax {
		t.Errorf("a fast line gets %d", n)
	}
	p.sent(100, time.Millisecond) // the short end of a parcel
	if n := p.next(); n != chunkMax {
		t.Errorf("the short end changed the size to %d", n)
	}
	for range 10 {
		p.sent(p.next(), 5*time.Minute)
	}
	if n := p.next(); n != chunkMin {
		t.Errorf("a slow line gets %d", n)
	}
	p.sent(chunkMin, chunkAim)
	if n := p.next(); n != chunkMin {
		t.Errorf("a line at the aim gets %d", n)
	}
	p = pace{size: chunkMax}
	p.slower()
	if n := p.next(); n != chunkMax/2 {
		t.Errorf("after a failure %d", n)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "5": 5 * time.Second, "3600": time.Hour, "4294967295": time.Hour, "99999999999": 0,
		"-5": 0, "5.5": 0, "soon": 0,
		"Mon, 23 Nov 2026 05:01:00 GMT": time.Minute,
		"Mon, 23 Nov 2026 04:00:00 GMT": 0,
		"Mon, 23 Nov 2028 04:00:00 GMT": time.Hour,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func TestCodesAreListedOnce(t *testing.T) {
	seen := map[kiosk.Code]bool{}
	for _, c := range Codes() {
		if seen[c] {
			t.Errorf("%s twice", c)
		}
		seen[c] = true
	}
}
