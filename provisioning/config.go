package provisioning

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

// Config is a unit's configuration as it stands in unit.yaml. Secrets are not
// in it: see Identity.
type Config struct {
	Unit    kiosk.UnitID  `yaml:"unit"`
	Point   PointConfig   `yaml:"point"`
	Hotline string        `yaml:"hotline"`
	Printer PrinterConfig `yaml:"printer"`
	Scanner ScannerConfig `yaml:"scanner"`
	Centre  CentreConfig  `yaml:"centre"`
	Window  ListenConfig  `yaml:"window"`
	Desk    ListenConfig  `yaml:"desk"`
	Catalog string        `yaml:"catalog"` // folder of catalogue files, empty: the built-in ones
}

// PointConfig names the room the unit stands in.
type PointConfig struct {
	Code    kiosk.PointCode `yaml:"code"`
	Name    string          `yaml:"name"`
	Commune string          `yaml:"commune"` // five digits
}

// PrinterConfig is the receipt printer and its line.
type PrinterConfig struct {
	Port    string `yaml:"port"`
	Baud    int    `yaml:"baud"`
	Flow    string `yaml:"flow"` // none | rtscts | xonxoff
	Profile string `yaml:"profile"`
}

// ScannerConfig is the document scanner and its line.
type ScannerConfig struct {
	Port string `yaml:"port"`
	Baud int    `yaml:"baud"`
	Line string `yaml:"line"` // rs232 (images are shipped twice) | cdc
}

// CentreConfig is the receiving centre and the keys pinned for it.
type CentreConfig struct {
	URL         string        `yaml:"url"`
	ReceiptKeys []string      `yaml:"receipt_keys"` // Ed25519 public keys, base64
	BookingKeys []string      `yaml:"booking_keys"` // Ed25519 public keys, base64
	Recipients  []string      `yaml:"recipients"`   // age recipients: the centre's and the recovery key's
	Hold        time.Duration `yaml:"hold"`         // how long an accepted parcel is kept
}

// ListenConfig is one seat's listener; Listen is empty when the seat is off.
type ListenConfig struct {
	Listen string `yaml:"listen"` // host:port; only loopback
}

// DefaultHold is how long an accepted parcel is kept on the unit.
const DefaultHold = 72 * time.Hour

// ErrConfig is in the chain of every error about a configuration's content.
var ErrConfig = errors.New("unit configuration")

// LoadConfig reads a unit.yaml. Mistakes name file, line and column; unknown
// keys are mistakes.
func LoadConfig(file string) (Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	c := Config{
		Printer: PrinterConfig{Baud: 115200, Flow: "none"},
		Scanner: ScannerConfig{Baud: 115200, Line: "rs232"},
		Centre:  CentreConfig{Hold: DefaultHold},
		Window:  ListenConfig{Listen: "127.0.0.1:0"},
	}
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return Config{}, fmt.Errorf("%w: %s: %s", ErrConfig, file, yaml.FormatError(err, false, true))
	}
	if err := c.Check(); err != nil {
		return Config{}, fmt.Errorf("%w: %s: %w", ErrConfig, file, err)
	}
	return c, nil
}

// Write stores the configuration as unit.yaml.
func (c Config) Write(file string) error {
	text, err := yaml.Marshal(c)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return os.WriteFile(file, text, 0o640)
}

var (
	unitPattern    = regexp.MustCompile(`^[A-Z0-9]{3,6}-[A-Z0-9]{1,4}$`)
	pointPattern   = regexp.MustCompile(`^[A-Z0-9]{3,6}$`)
	communePattern = regexp.MustCompile(`^\d{5}$`)
)

// Check reports the first thing that does not hold together.
func (c Config) Check() error {
	switch {
	case !pointPattern.MatchString(string(c.Point.Code)):
		return fmt.Errorf("point.code %q must be 3 to 6 of A-Z and 0-9", c.Point.Code)
	case !unitPattern.MatchString(string(c.Unit)):
		return fmt.Errorf("unit %q must be the point's code, a hyphen and up to 4 letters or digits", c.Unit)
	case c.Point.Name == "":
		return errors.New("point.name is missing")
	case !communePattern.MatchString(c.Point.Commune):
		return fmt.Errorf("point.commune %q must have five digits", c.Point.Commune)
	case len(c.Centre.Recipients) < 2:
		return errors.New("centre.recipients must name the centre's key and the recovery key")
	}
	for _, seat := range []ListenConfig{c.Window, c.Desk} {
		if err := seat.check(); err != nil {
			return err
		}
	}
	if err := checkOrigin(c.Centre.URL); err != nil {
		return err
	}
	_, err := c.ReceiptKeys()
	return err
}

func (l ListenConfig) check() error {
	if l.Listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(l.Listen)
	if err != nil {
		return fmt.Errorf("listen %q: %w", l.Listen, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("listen %q: a seat listens on loopback only", l.Listen)
	}
	return nil
}

func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || (u.Path != "" && u.Path != "/") {
		return fmt.Errorf("centre.url %q must be an origin such as https://centre.example", origin)
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("centre.url %q must be https", origin)
	}
	return nil
}

// ReceiptKeys gives the pinned keys the centre signs receipts with.
func (c Config) ReceiptKeys() (seal.Keyring, error) {
	ring := seal.Keyring{}
	for _, text := range c.Centre.ReceiptKeys {
		key, err := publicKey(text)
		if err != nil {
			return nil, fmt.Errorf("centre.receipt_keys: %w", err)
		}
		ring[seal.KeyIDOf(key)] = key
	}
	if len(ring) == 0 {
		return nil, errors.New("centre.receipt_keys names no key")
	}
	return ring, nil
}

// BookingKeys gives the keys whose bookings count at this point.
func (c Config) BookingKeys() ([]ed25519.PublicKey, error) {
	var keys []ed25519.PublicKey
	for _, text := range c.Centre.BookingKeys {
		key, err := publicKey(text)
		if err != nil {
			return nil, fmt.Errorf("centre.booking_keys: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func publicKey(text string) (ed25519.PublicKey, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%q is not an Ed25519 public key in base64", text)
	}
	return raw, nil
}
