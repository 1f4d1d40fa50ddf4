package provisioning

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
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
	Reader  *ReaderConfig `yaml:"reader,omitempty"` // a code reader beside a scanner that reads no codes
	Centre  CentreConfig  `yaml:"centre"`
	Window  ListenConfig  `yaml:"window"`
	Desk    ListenConfig  `yaml:"desk"`
	Catalog string        `yaml:"catalog"` // folder of catalogue files, empty: the built-in ones
	Payee   *PayeeConfig  `yaml:"payee,omitempty"`
}

// PayeeConfig is the account that fees taken at the counter are paid into; a
// unit without one shows no payment code. A swapped account is the obvious
// fraud, so its name and number stand in plain letters wherever the code does.
// Nothing signs this file: until configurations arrive signed, whoever can
// write it can change the account, and its rights are all that guards it.
type PayeeConfig struct {
	BIN     string `yaml:"bin"`     // the bank: six digits
	Account string `yaml:"account"` // up to 19 letters and digits
	Name    string `yaml:"name"`    // the owner as their bank shows it
}

// PointConfig names the room the unit stands in.
type PointConfig struct {
	Code    kiosk.PointCode `yaml:"code"`
	Name    string          `yaml:"name"`
	Commune string          `yaml:"commune"` // five digits
}

// PrinterConfig is the receipt printer and its line.
type PrinterConfig struct {
	Port    string `yaml:"port"` // device node, /dev/usb/lp0, or tcp:HOST:PORT
	Baud    int    `yaml:"baud"`
	Flow    string `yaml:"flow"` // none | rtscts | xonxoff | dsr
	Profile string `yaml:"profile"`

	USB *USBConfig `yaml:"usb,omitempty"` // the device that is expected there
}

// USBConfig is the USB device that has to hang on a line: what is empty may be
// anything. Another device there is refused, not talked to.
type USBConfig struct {
	Vendor  string `yaml:"vendor,omitempty"`  // four hexadecimal digits
	Product string `yaml:"product,omitempty"` // four hexadecimal digits
	Serial  string `yaml:"serial,omitempty"`
	Path    string `yaml:"path,omitempty"` // the socket: udev's ID_PATH, or the kernel's name such as 1-3
}

// The scanners a unit can have.
const (
	ScannerHoneywell = "honeywell" // serial imagers
	ScannerSSI       = "ssi"
	ScannerDatalogic = "datalogic"
	ScannerESCL      = "escl"   // document scanner on the network, or on USB through ipp-usb
	ScannerSANE      = "sane"   // whatever scanimage drives
	ScannerFolder    = "folder" // another machine scans into a folder
	ReaderLine       = "line"   // a reader that sends codes as plain lines
)

// ScannerConfig is the scanner for papers and where it is.
type ScannerConfig struct {
	Protocol string `yaml:"protocol,omitempty"` // honeywell if empty
	Port     string `yaml:"port,omitempty"`     // serial imagers: device node or tcp:HOST:PORT
	Baud     int    `yaml:"baud,omitempty"`
	Flow     string `yaml:"flow,omitempty"` // none | rtscts | xonxoff | dsr
	Line     string `yaml:"line,omitempty"` // rs232 (raw images are shipped twice) | cdc

	USB *USBConfig `yaml:"usb,omitempty"` // the imager that is expected on its line

	URL    string `yaml:"url,omitempty"`    // escl: such as http://192.0.2.9/eSCL
	Device string `yaml:"device,omitempty"` // sane: the name scanimage -L lists; empty is its first
	Folder string `yaml:"folder,omitempty"` // folder: where the scans arrive
}

// Serial reports whether the scanner is an imager on a line of bytes.
func (c ScannerConfig) Serial() bool {
	switch c.Protocol {
	case ScannerESCL, ScannerSANE, ScannerFolder:
		return false
	}
	return true
}

// ReaderConfig is a code reader on a line of its own.
type ReaderConfig struct {
	Protocol string `yaml:"protocol,omitempty"` // line (if empty) | honeywell | ssi | datalogic
	Port     string `yaml:"port"`
	Baud     int    `yaml:"baud,omitempty"` // 0 is 9600, what readers are shipped with
	Flow     string `yaml:"flow,omitempty"` // none | rtscts | xonxoff | dsr

	USB *USBConfig `yaml:"usb,omitempty"`
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

// Write stores the configuration as unit.yaml.
func (c Config) Write(file string) error {
	text, err := yaml.Marshal(c)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return os.WriteFile(file, text, 0o640)
}

// FeePayee gives the account fees are paid into; the zero Payee is none.
func (c Config) FeePayee() kiosk.Payee {
	if c.Payee == nil {
		return kiosk.Payee{}
	}
	return kiosk.Payee{BIN: c.Payee.BIN, Account: c.Payee.Account, Name: c.Payee.Name}
}

// ReceiptKeys gives the pinned keys the centre signs receipts with.
func (c Config) ReceiptKeys() (seal.Keyring, error) {
	keys, _, err := publicKeys(c.Centre.ReceiptKeys)
	if err != nil {
		return nil, fmt.Errorf("centre.receipt_keys: %w", err)
	}
	if len(keys) == 0 {
		return nil, errors.New("centre.receipt_keys names no key")
	}
	return seal.NewKeyring(keys...), nil
}

// BookingKeys gives the keys whose bookings count at this point.
func (c Config) BookingKeys() ([]ed25519.PublicKey, error) {
	keys, _, err := publicKeys(c.Centre.BookingKeys)
	if err != nil {
		return nil, fmt.Errorf("centre.booking_keys: %w", err)
	}
	return keys, nil
}

// publicKeys reads keys; with an error comes which of them it is.
func publicKeys(texts []string) (keys []ed25519.PublicKey, bad int, err error) {
	for i, text := range texts {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return nil, i, fmt.Errorf("%q is not an Ed25519 public key in base64", text)
		}
		keys = append(keys, raw)
	}
	return keys, 0, nil
}
