package provisioning_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/vietqr"
	"servicepoint/provisioning"
)

// keys are made once: hybrid ones take their time.
var (
	receiptKey         = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))
	recipient, another = newRecipient(), newRecipient()
)

func newRecipient() string {
	_, r, err := seal.NewRecipient()
	if err != nil {
		panic(err)
	}
	return r
}

// whole is a configuration as a technician writes it.
func whole() string {
	return `unit: DTH01-A
point:
  code: DTH01
  name: Điểm phục vụ Đại Thanh
  commune: "00664"
hotline: 1900 0000
printer:
  port: /dev/serial/by-id/printer
  baud: 115200
  flow: none
  profile: epson-tm-t82
scanner:
  port: /dev/serial/by-id/scanner
  baud: 115200
  line: rs232
centre:
  url: https://centre.example
  receipt_keys: [` + receiptKey + `]
  booking_keys: []
  recipients:
    - ` + recipient + `
    - ` + another + `
  hold: 72h
window:
  listen: 127.0.0.1:8460
desk:
  listen: 127.0.0.1:8461
catalog: ""
`
}

func load(t testing.TB, text string) (provisioning.Config, string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "unit.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := provisioning.LoadConfig(file)
	return c, file, err
}

func TestWholeConfig(t *testing.T) {
	c, _, err := load(t, whole())
	if err != nil {
		t.Fatal(err)
	}
	if c.Unit != "DTH01-A" || c.Point.Commune != "00664" || c.Centre.Hold != 72*time.Hour || c.Desk.Listen != "127.0.0.1:8461" || len(c.Centre.Recipients) != 2 {
		t.Errorf("got %+v", c)
	}
	if ring, err := c.ReceiptKeys(); err != nil || len(ring) != 1 {
		t.Errorf("receipt keys %v, %v", ring, err)
	}
	if keys, err := c.BookingKeys(); err != nil || len(keys) != 0 {
		t.Errorf("booking keys %v, %v", keys, err)
	}
}

// What is not said is what most units have.
func TestDefaults(t *testing.T) {
	text := whole()
	for _, line := range []string{"  baud: 115200\n", "  flow: none\n", "  line: rs232\n", "  hold: 72h\n", "window:\n  listen: 127.0.0.1:8460\n", "desk:\n  listen: 127.0.0.1:8461\n"} {
		text = strings.ReplaceAll(text, line, "")
	}
	c, _, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	if c.Printer.Baud != 115200 || c.Printer.Flow != "none" || c.Scanner.Baud != 115200 || c.Scanner.Line != "rs232" ||
		c.Centre.Hold != provisioning.DefaultHold || c.Window.Listen != "127.0.0.1:0" || c.Desk.Listen != "" {
		t.Errorf("got %+v", c)
	}
}

// payee is what a unit with an account for fees has on top, from line 29.
const payee = `payee:
  bin: "970405"
  account: "0011012345678"
  name: UBND xã Mẫu
`

func TestPayee(t *testing.T) {
	if c, _, err := load(t, whole()); err != nil || c.Payee != nil || c.FeePayee() != (kiosk.Payee{}) {
		t.Errorf("without one: %+v, %v", c.FeePayee(), err)
	}
	want := kiosk.Payee{BIN: "970405", Account: "0011012345678", Name: "UBND xã Mẫu"}
	for _, text := range []string{payee, strings.ReplaceAll(payee, `"`, "")} { // numbers keep their leading zeros either way
		c, _, err := load(t, whole()+text)
		if err != nil || c.FeePayee() != want {
			t.Errorf("%+v, %v", c.FeePayee(), err)
			continue
		}
		file := filepath.Join(t.TempDir(), "unit.yaml")
		if err := c.Write(file); err != nil {
			t.Fatal(err)
		}
		if again, err := provisioning.LoadConfig(file); err != nil || !cmp.Equal(c, again) {
			t.Errorf("%v\n%s", err, cmp.Diff(c, again))
		}
	}
	for _, c := range []struct {
		name, from, to string
		line, column   int
		says           string
	}{
		{"five digits", "970405", "97040", 30, 8, "payee.bin"},
		{"letters for a bank", "970405", "VCBVNX", 30, 8, "payee.bin"},
		{"no account", "0011012345678", "", 31, 12, "payee.account"},
		{"a long account", "0011012345678", strings.Repeat("1", 20), 31, 12, "payee.account"},
		{"a hyphen", "0011012345678", "0011-0123", 31, 12, "payee.account"},
		{"digits of another script", "0011012345678", "٠٠١١", 31, 12, "payee.account"},
		{"nobody", "UBND xã Mẫu", `" "`, 32, 9, "payee.name"},
		{"a hidden letter", "UBND xã Mẫu", `"UBND\u200b"`, 32, 9, "payee.name"},
		{"a long name", "UBND xã Mẫu", strings.Repeat("ủ", 71), 32, 9, "payee.name"},
		{"a name alone", "  bin: \"970405\"\n", "", 0, 0, "payee.bin"},
		{"an unknown key", "  name:", "  owner:", 32, 3, "owner"},
	} {
		text := strings.Replace(payee, c.from, c.to, 1)
		_, file, err := load(t, whole()+text)
		if !errors.Is(err, provisioning.ErrConfig) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		checkPlace(t, err, file, c.line, c.column)
	}
}

// Every mistake names file, line and column, and what is wrong.
func TestMistakesNameTheirPlace(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		line, column   int
		says           string
	}{
		{"unknown key", "hotline: 1900 0000", "hotlin: 1900 0000", 6, 1, "hotlin"},
		{"unknown key inside", "  flow: none", "  flw: none", 10, 3, "flw"},
		{"a word for a number", "  baud: 115200\n  flow", "  baud: fast\n  flow", 9, 9, ""},
		{"broken off", "  receipt_keys: [" + receiptKey + "]", "  receipt_keys: [" + receiptKey, 0, 0, ""},
		{"tab", "  name: Điểm", "\tname: Điểm", 0, 0, ""},
		{"twice", "hotline: 1900 0000", "unit: DTH01-B", 6, 1, "unit"},
		{"point code", "  code: DTH01", "  code: dth01", 3, 9, "point.code"},
		{"unit of another point", "unit: DTH01-A", "unit: MDI02-A", 1, 7, "unit"},
		{"unit without number", "unit: DTH01-A", "unit: DTH01", 1, 7, "unit"},
		{"no name", "  name: Điểm phục vụ Đại Thanh\n", "", 3, 3, "point.name"},
		{"commune of four digits", `"00664"`, `"0664"`, 5, 12, "point.commune"},
		{"flow", "flow: none", "flow: dtr", 10, 9, "printer.flow"},
		{"no rate", "  baud: 115200\n  line", "  baud: 0\n  line", 14, 9, "scanner.baud"},
		{"scanner line", "line: rs232", "line: usb", 15, 9, "scanner.line"},
		{"scanner of no kind", "line: rs232", "line: rs232\n  protocol: hmodem", 16, 13, "scanner.protocol"},
		{"a reader as a scanner", "line: rs232", "line: rs232\n  protocol: line", 16, 13, "reader"},
		{"escl without an address", "line: rs232", "line: rs232\n  protocol: escl", 13, 3, "scanner.url"},
		{"escl elsewhere", "line: rs232", "line: rs232\n  protocol: escl\n  url: ftp://192.0.2.9", 17, 8, "scanner.url"},
		{"folder from nowhere", "line: rs232", "line: rs232\n  protocol: folder\n  folder: scans", 17, 11, "scanner.folder"},
		{"no such id", "line: rs232", "line: rs232\n  usb: {vendor: epson}", 16, 17, "scanner.usb.vendor"},
		{"reader without a line", "line: rs232", "line: rs232\nreader:\n  baud: 9600", 17, 3, "reader.port"},
		{"reader of papers", "line: rs232", "line: rs232\nreader:\n  port: /dev/kiosk/reader\n  protocol: escl", 18, 13, "reader.protocol"},
		{"plain http", "url: https://centre.example", "url: http://centre.example", 17, 8, "https"},
		{"another scheme", "url: https://centre.example", "url: ftp://127.0.0.1", 17, 8, "https"},
		{"a path", "url: https://centre.example", "url: https://centre.example/kiosk", 17, 8, "origin"},
		{"a password", "url: https://centre.example", "url: https://u:secret@centre.example", 17, 8, "origin"},
		{"no centre", "url: https://centre.example", `url: ""`, 17, 8, "origin"},
		{"receipt key", receiptKey, "bm90IGEga2V5", 18, 18, "centre.receipt_keys[0]"},
		{"no receipt key", "[" + receiptKey + "]", "[]", 18, 17, "centre.receipt_keys"},
		{"booking key", "booking_keys: []", "booking_keys: [" + receiptKey + ", x]", 19, 64, "centre.booking_keys[1]"},
		{"no recovery key", "    - " + another + "\n", "", 21, 5, "recovery"},
		{"recipient", another, "age1qqqq", 22, 7, "centre.recipients[1]"},
		{"recipient twice", another, recipient, 22, 7, "twice"},
		{"hold", "hold: 72h", "hold: -1h", 23, 9, "centre.hold"},
		{"everybody's address", "listen: 127.0.0.1:8460", "listen: 0.0.0.0:8460", 25, 11, "loopback"},
		{"every address", "listen: 127.0.0.1:8461", `listen: ":8461"`, 27, 11, "loopback"},
		{"a name", "listen: 127.0.0.1:8461", "listen: localhost:8461", 27, 11, "loopback"},
		{"no port", "listen: 127.0.0.1:8460", "listen: 127.0.0.1", 25, 11, "port"},
		{"no window", "listen: 127.0.0.1:8460", `listen: ""`, 25, 11, "window.listen"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(whole(), c.from, c.to, 1)
			if text == whole() {
				t.Fatal("the mistake was not made")
			}
			_, file, err := load(t, text)
			if !errors.Is(err, provisioning.ErrConfig) {
				t.Fatalf("got %v", err)
			}
			checkPlace(t, err, file, c.line, c.column)
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v does not say %q", err, c.says)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%v tells a secret", err)
			}
		})
	}
}

// checkPlace wants "<file>:<line>:<column>:" in the error; 0 is any.
func checkPlace(t *testing.T, err error, file string, line, column int) {
	t.Helper()
	_, rest, ok := strings.Cut(err.Error(), file+":")
	var l, k int
	if n, _ := fmt.Sscanf(rest, "%d:%d:", &l, &k); !ok || n != 2 || l < 1 || k < 1 {
		t.Fatalf("%v names no place", err)
	}
	if line > 0 && l != line || column > 0 && k != column {
		t.Errorf("%v; want line %d, column %d", err, line, column)
	}
}

func TestFilesThatAreNoConfig(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n---\n", "- a\n- b\n", "just words\n", "\x00\x01", whole() + "---\n" + whole()} {
		if _, file, err := load(t, text); !errors.Is(err, provisioning.ErrConfig) {
			t.Errorf("%.20q: %v", text, err)
		} else {
			checkPlace(t, err, file, 0, 0)
		}
	}
	if _, err := provisioning.LoadConfig(filepath.Join(t.TempDir(), "unit.yaml")); !errors.Is(err, provisioning.ErrConfig) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestLoopbackInBothFamiliesAndHTTP(t *testing.T) {
	for from, to := range map[string]string{
		"listen: 127.0.0.1:8460":      `listen: "[::1]:8460"`,
		"listen: 127.0.0.1:8461":      "listen: 127.8.9.10:0",
		"url: https://centre.example": "url: http://127.0.0.1:8462",
	} {
		if _, _, err := load(t, strings.Replace(whole(), from, to, 1)); err != nil {
			t.Errorf("%s: %v", to, err)
		}
	}
}

func TestConfigRoundTrip(t *testing.T) {
	c, _, err := load(t, whole())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "unit.yaml")
	if err := c.Write(file); err != nil {
		t.Fatal(err)
	}
	again, err := provisioning.LoadConfig(file)
	if err != nil || !cmp.Equal(c, again) {
		t.Errorf("%v\n%s", err, cmp.Diff(c, again))
	}
}

// What is taken keeps the promises, whatever the file says.
func FuzzLoadConfig(f *testing.F) {
	f.Add(whole())
	f.Add(whole() + payee)
	f.Add("unit: [")
	f.Add("window:\n")
	f.Add("a: &x\n  b: *x\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, file, err := load(t, text)
		if err != nil {
			if !errors.Is(err, provisioning.ErrConfig) {
				t.Fatalf("%v is not about the configuration", err)
			}
			checkPlace(t, err, file, 0, 0)
			return
		}
		for _, seat := range []string{c.Window.Listen, c.Desk.Listen} {
			if host, _, err := net.SplitHostPort(seat); seat != "" && (err != nil || !net.ParseIP(host).IsLoopback()) {
				t.Errorf("a seat listens on %q", seat)
			}
		}
		if u, err := url.Parse(c.Centre.URL); err != nil || u.Scheme != "https" && !net.ParseIP(u.Hostname()).IsLoopback() {
			t.Errorf("the centre is %q", c.Centre.URL)
		}
		if p := c.FeePayee(); c.Payee != nil {
			if _, err := vietqr.Make(vietqr.Payment{BIN: p.BIN, Account: p.Account, Amount: 1}); err != nil || strings.TrimSpace(p.Name) == "" {
				t.Errorf("fees are paid to %+v: %v", p, err)
			}
		}
		if c.Window.Listen == "" || len(c.Centre.Recipients) < 2 || seal.CheckRecipients(c.Centre.Recipients) != nil {
			t.Errorf("taken: %+v", c)
		}
	})
}
