package provisioning

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/vietqr"
)

// mistake is one value that does not hold together with the rest; key is
// where it stands, as in "centre.receipt_keys[0]".
type mistake struct{ key, problem string }

func (m *mistake) Error() string { return m.key + ": " + m.problem }

func wrong(key, format string, args ...any) *mistake {
	return &mistake{key, fmt.Sprintf(format, args...)}
}

var (
	unitPattern    = regexp.MustCompile(`^[A-Z0-9]{1,4}$`)
	pointPattern   = regexp.MustCompile(`^[A-Z0-9]{3,6}$`)
	communePattern = regexp.MustCompile(`^\d{5}$`)
	usbPattern     = regexp.MustCompile(`^[0-9A-Fa-f]{4}$`)
	binPattern     = regexp.MustCompile(`^[0-9]{6}$`)
	accountPattern = regexp.MustCompile(fmt.Sprintf(`^[0-9A-Za-z]{1,%d}$`, vietqr.MaxAccount))
)

// Check reports the first thing that does not hold together.
func (c Config) Check() error {
	for _, part := range []func(Config) *mistake{checkPoint, checkLines, checkSeats, checkCentre, checkPayee} {
		if m := part(c); m != nil {
			return m
		}
	}
	return nil
}

func checkPoint(c Config) *mistake {
	of, isOf := strings.CutPrefix(string(c.Unit), string(c.Point.Code)+"-")
	switch {
	case !pointPattern.MatchString(string(c.Point.Code)):
		return wrong("point.code", "%q must be 3 to 6 of A-Z and 0-9", c.Point.Code)
	case !isOf || !unitPattern.MatchString(of):
		return wrong("unit", "%q must be the point's code, a hyphen and up to 4 letters or digits, such as %s-A", c.Unit, c.Point.Code)
	case strings.TrimSpace(c.Point.Name) == "":
		return wrong("point.name", "is missing")
	case !communePattern.MatchString(c.Point.Commune):
		return wrong("point.commune", "%q must have five digits", c.Point.Commune)
	}
	return nil
}

func checkLines(c Config) *mistake {
	if c.Printer.Baud <= 0 {
		return wrong("printer.baud", "%d is no rate", c.Printer.Baud)
	}
	if m := checkFlow("printer.flow", c.Printer.Flow); m != nil {
		return m
	}
	if m := checkUSB("printer.usb", c.Printer.USB); m != nil {
		return m
	}
	if m := checkUSB("scanner.usb", c.Scanner.USB); m != nil {
		return m
	}
	if m := checkScanner(c.Scanner); m != nil || c.Reader == nil {
		return m
	}
	return checkReader(*c.Reader)
}

func checkUSB(key string, c *USBConfig) *mistake {
	if c == nil {
		return nil
	}
	for _, id := range []struct{ name, value string }{{"vendor", c.Vendor}, {"product", c.Product}} {
		if id.value != "" && !usbPattern.MatchString(id.value) {
			return wrong(key+"."+id.name, "%q must be four hexadecimal digits, as lsusb shows them", id.value)
		}
	}
	return nil
}

func checkFlow(key, flow string) *mistake {
	if !slices.Contains([]string{"", "none", "rtscts", "xonxoff", "dsr"}, flow) {
		return wrong(key, "%q must be none, rtscts, xonxoff or dsr", flow)
	}
	return nil
}

func checkScanner(c ScannerConfig) *mistake {
	switch c.Protocol {
	case "", ScannerHoneywell, ScannerSSI, ScannerDatalogic:
	case ScannerESCL:
		if u, err := url.Parse(c.URL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
			return wrong("scanner.url", "%q must be the scanner's address, such as http://192.0.2.9/eSCL", c.URL)
		}
	case ScannerSANE:
	case ScannerFolder:
		if !filepath.IsAbs(c.Folder) {
			return wrong("scanner.folder", "%q must be a folder's full path", c.Folder)
		}
	case ReaderLine:
		return wrong("scanner.protocol", "a reader of codes takes no pictures of papers; it belongs under reader")
	default:
		return wrong("scanner.protocol", "%q must be honeywell, ssi, datalogic, escl, sane or folder", c.Protocol)
	}
	switch {
	case c.Baud <= 0:
		return wrong("scanner.baud", "%d is no rate", c.Baud)
	case !slices.Contains([]string{"rs232", "cdc"}, c.Line):
		return wrong("scanner.line", "%q must be rs232 or cdc", c.Line)
	}
	return checkFlow("scanner.flow", c.Flow)
}

func checkReader(c ReaderConfig) *mistake {
	switch {
	case !slices.Contains([]string{"", ReaderLine, ScannerHoneywell, ScannerSSI, ScannerDatalogic}, c.Protocol):
		return wrong("reader.protocol", "%q must be line, honeywell, ssi or datalogic", c.Protocol)
	case c.Port == "":
		return wrong("reader.port", "is missing")
	case c.Baud < 0:
		return wrong("reader.baud", "%d is no rate", c.Baud)
	}
	if m := checkUSB("reader.usb", c.USB); m != nil {
		return m
	}
	return checkFlow("reader.flow", c.Flow)
}

func checkSeats(c Config) *mistake {
	// The residents' seat cannot be off: nobody would know the point is there.
	if c.Window.Listen == "" {
		return wrong("window.listen", "is missing")
	}
	if m := c.Window.check("window.listen"); m != nil || c.Desk.Listen == "" {
		return m
	}
	return c.Desk.check("desk.listen")
}

func (l ListenConfig) check(key string) *mistake {
	host, port, err := net.SplitHostPort(l.Listen)
	if err != nil || port == "" {
		return wrong(key, "%q must be an address and a port such as 127.0.0.1:8460", l.Listen)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return wrong(key, "%q: a seat listens on loopback only", l.Listen)
	}
	return nil
}

func checkCentre(c Config) *mistake {
	if m := checkOrigin(c.Centre.URL); m != nil {
		return m
	}
	for _, keys := range []struct {
		at    string
		texts []string
	}{{"centre.receipt_keys", c.Centre.ReceiptKeys}, {"centre.booking_keys", c.Centre.BookingKeys}} {
		if _, i, err := publicKeys(keys.texts); err != nil {
			return wrong(fmt.Sprintf("%s[%d]", keys.at, i), "%v", err)
		}
	}
	switch {
	case len(c.Centre.ReceiptKeys) == 0:
		return wrong("centre.receipt_keys", "names no key")
	case len(c.Centre.Recipients) < 2:
		return wrong("centre.recipients", "must name the centre's key and the recovery key")
	case c.Centre.Hold < 0:
		return wrong("centre.hold", "%s is before the acceptance", c.Centre.Hold)
	}
	for i, r := range c.Centre.Recipients {
		if err := seal.CheckRecipients([]string{r}); err != nil {
			return wrong(fmt.Sprintf("centre.recipients[%d]", i), "is not a hybrid age recipient")
		}
		if slices.Contains(c.Centre.Recipients[:i], r) {
			return wrong(fmt.Sprintf("centre.recipients[%d]", i), "is named twice")
		}
	}
	if err := seal.CheckRecipients(c.Centre.Recipients); err != nil {
		return wrong("centre.recipients", "%v", err)
	}
	return nil
}

// longestPayee is how long the name of an account's owner may be, in letters:
// three lines of the narrow paper.
const longestPayee = 70

func checkPayee(c Config) *mistake {
	if c.Payee == nil {
		return nil
	}
	p := *c.Payee
	switch {
	case !binPattern.MatchString(p.BIN):
		return wrong("payee.bin", "%q must have six digits", p.BIN)
	case !accountPattern.MatchString(p.Account):
		return wrong("payee.account", "must be up to %d letters and digits without blanks", vietqr.MaxAccount)
	case strings.TrimSpace(p.Name) == "" || utf8.RuneCountInString(p.Name) > longestPayee || strings.ContainsFunc(p.Name, unprintable):
		return wrong("payee.name", "must name the account's owner in up to %d letters", longestPayee)
	}
	return nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

func checkOrigin(origin string) *mistake {
	u, err := url.Parse(origin)
	plain := err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && (u.Path == "" || u.Path == "/")
	if !plain {
		return wrong("centre.url", "must be an origin such as https://centre.example, without path, name or password")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || ip == nil || !ip.IsLoopback()) {
		return wrong("centre.url", "%q must be https", origin)
	}
	return nil
}
