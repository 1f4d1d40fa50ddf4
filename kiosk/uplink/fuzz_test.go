package uplink

import (
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
)

func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		`{"answer":"upload"}`, `{"answer":"exists","receipt":{"payload":"e30="}}`, `{"answer":"exists","receipt":null}`,
		`{"parcels":[{"dossier":"d","rev":1,"level":"stored"}]}`, `{"parcels":[{"dossier":"d","rev":1,"level":"announced"}]}`,
		`{"code":"not_yet"}`, `{"code":"\u0000"}`, `[]`, `null`, ``, "\xff", `{"parcels":[]}`, "5", "18446744073709551616", "Mon, 23 Nov 2026 05:01:00 GMT",
	} {
		f.Add([]byte(s))
	}
	asked := []kiosk.ParcelKey{{Dossier: "d", Revision: 1}}
	f.Fuzz(func(t *testing.T, b []byte) {
		word, receipt, err := parseAnswer(b)
		if err == nil && word != kiosk.WantUpload && (word != kiosk.Exists || len(receipt) == 0) {
			t.Errorf("answer %q with %d bytes of receipt", word, len(receipt))
		}
		levels, err := parseLevels(b, asked)
		for k, l := range levels {
			if err != nil || k != asked[0] || l != "" && l != kiosk.LevelStored && l != kiosk.LevelAccepted && l != kiosk.LevelReturned {
				t.Errorf("level %q of %v, %v", l, k, err)
			}
		}
		if code := parseCode(b); code != "" && !codePattern.MatchString(string(code)) {
			t.Errorf("code %q", code)
		}
		if n, err := parseOffset(string(b)); err == nil && n < 0 {
			t.Errorf("offset %d", n)
		}
		if d := retryAfter(string(b), time.Unix(0, 0)); d < 0 || d > wishLimit {
			t.Errorf("wish %v", d)
		}
	})
}

func FuzzLocate(f *testing.F) {
	for _, s := range []string{"/files/abc", "abc", "//evil.example/files/a", "http://127.0.0.1:80@evil.example/files/a", "\\\\evil", "/files/%2e%2e/v1", "?a", "#b"} {
		f.Add(s)
	}
	c := &Client{Origin: "http://127.0.0.1:8080"}
	f.Fuzz(func(t *testing.T, address string) {
		u, err := c.locate(address)
		if err == nil && !strings.HasPrefix(u, "http://127.0.0.1:8080/files/") {
			t.Errorf("%q leads to %q", address, u)
		}
	})
}
