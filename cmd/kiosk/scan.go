package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/devices"
	"servicepoint/devices/scanner"
	"servicepoint/devices/scanner/a4"
)

type scanFlags struct {
	lineFlags
	protocol string
	line     string
	url      string
	device   string
	folder   string
	count    int
	out      string
	dpi      int
	gray     bool
	duplex   bool
	patience time.Duration
}

// scanAnswer is what came of a scan, also of one that failed: the pages in it
// are whole, verified and on the disk.
type scanAnswer struct {
	Protocol string         `json:"protocol"`
	Pages    []scannedPage  `json:"pages"`
	Codes    []scannedCode  `json:"codes"`
	TookMS   int64          `json:"took_ms"`
	Error    *refusalReason `json:"error,omitempty"`

	err error
}

type scannedPage struct {
	File     string         `json:"file"`
	Bytes    int            `json:"bytes"`
	SHA256   string         `json:"sha256"`
	MIME     string         `json:"mime"`
	Width    int            `json:"width"`
	Height   int            `json:"height"`
	DPI      int            `json:"dpi"` // 0 if the device does not say
	Verified devices.Verify `json:"verified"`
	TookMS   int64          `json:"took_ms"`
}

// scannedCode is a code the device read on its own.
type scannedCode struct {
	File      string `json:"file,omitempty"`
	Symbology string `json:"symbology"`
	Bytes     int    `json:"bytes"`
	Text      string `json:"text"` // as it was read; what is no UTF-8 is replaced
}

func (a scanAnswer) refused() error { return a.err }

func scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan --out DIR --port P",
		Short: "Take pages from a scanner, or codes from a reader, into a folder",
		Long: `Take pages from a scanner into a folder, each checked as far as its wire allows:
shipped_twice (the device sent the same picture twice, byte for byte),
checksummed (every packet carried a checksum that held), decoded (the length is
right and the picture is whole).

A page under way is a file *.part; it gets its name when it is complete,
verified and on the disk. A transfer that failed leaves no picture. The exit
code is 0 only if as many pages as asked for lie in the folder.

With --protocol line the device only reads codes; each becomes a file
code-0001.txt. What a code says may be personal data: this command shows it,
the service never writes it to a log.`,
		Example: `  kiosk scan --port /dev/ttyACM0 --protocol honeywell --line cdc --out pages
  kiosk scan --protocol escl --url http://192.0.2.9/eSCL --count 0 --out pages
  kiosk scan --protocol sane --device test --count 0 --out pages --json`,
		Args: cobra.NoArgs,
	}
	f.lineFlags.add(cmd)
	f.addTranscript(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.protocol, "protocol", scanner.Honeywell, "honeywell, ssi, datalogic or line on a serial line; escl, sane or folder")
	fl.StringVar(&f.line, "line", scanner.RS232, "what guards the serial line: rs232 (nothing: raw pictures are sent twice) or cdc (USB does)")
	fl.StringVar(&f.url, "url", "", "escl: the scanner's address")
	fl.StringVar(&f.device, "device", "", "sane: the device's name, as scanimage -L lists it")
	fl.StringVar(&f.folder, "folder", "", "folder: where another machine puts its scans")
	fl.IntVar(&f.count, "count", 1, "pages or codes to take; 0 takes all that a feeder holds")
	fl.StringVar(&f.out, "out", "", "folder for the pages; made if missing")
	fl.IntVar(&f.dpi, "dpi", 0, "resolution, where the device lets one choose (0: 300)")
	fl.BoolVar(&f.gray, "gray", false, "without colour, where the device lets one choose")
	fl.BoolVar(&f.duplex, "duplex", false, "both sides")
	fl.DurationVar(&f.patience, "timeout", 5*time.Minute, "give up after so long")
	return answering(cmd, f.scan, func(out io.Writer, a scanAnswer) error { return a.tell(out) })
}

func (f *scanFlags) scan(cmd *cobra.Command, _ []string) (scanAnswer, error) {
	switch {
	case f.out == "":
		return scanAnswer{}, usageError{errors.New("--out is missing: name a folder for the pages")}
	case f.count < 0:
		return scanAnswer{}, usageError{fmt.Errorf("--count %d is no number of pages", f.count)}
	}
	device, done, err := f.fit()
	if err != nil {
		return scanAnswer{}, err
	}
	defer done()
	if err := os.MkdirAll(f.out, 0o700); err != nil {
		return scanAnswer{}, usageError{fmt.Errorf("--out: %w", err)}
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.patience)
	defer cancel()
	start := time.Now()
	a := scanAnswer{Protocol: f.protocol, Pages: []scannedPage{}, Codes: []scannedCode{}}
	line := newProgressLine(cmd)
	err = attend(ctx, device.Run, func(ctx context.Context) error {
		defer line.end()
		if f.protocol == scanner.Line {
			return f.readCodes(ctx, device, line, &a)
		}
		return f.takePages(ctx, device, line, &a)
	})
	a.TookMS = time.Since(start).Milliseconds()
	a.Error, a.err = reasonOf(err), ended(err)
	return a, nil
}

// fit makes the driver the flags ask for.
func (f *scanFlags) fit() (devices.Scanner, func() error, error) {
	nothing := func() error { return nil }
	missing := func(flag string) error { return usageError{fmt.Errorf("--protocol %s needs --%s", f.protocol, flag)} }
	switch f.protocol {
	case "escl":
		if f.url == "" {
			return nil, nil, missing("url")
		}
		return &a4.ESCL{URL: f.url}, nothing, nil
	case "sane":
		return &a4.SANE{Device: f.device}, nothing, nil
	case "folder":
		if f.folder == "" {
			return nil, nil, missing("folder")
		}
		return &a4.Folder{Dir: f.folder}, nothing, nil
	case scanner.Honeywell, scanner.SSI, scanner.Datalogic, scanner.Line:
		return f.fitImager()
	}
	return nil, nil, usageError{fmt.Errorf("--protocol %q must be honeywell, ssi, datalogic, line, escl, sane or folder", f.protocol)}
}

func (f *scanFlags) fitImager() (devices.Scanner, func() error, error) {
	if f.line != scanner.RS232 && f.line != scanner.CDC {
		return nil, nil, usageError{fmt.Errorf("--line %q must be rs232 or cdc", f.line)}
	}
	port, err := f.wirePort()
	if err != nil {
		return nil, nil, err
	}
	open, done, err := f.open(port)
	if err != nil {
		return nil, nil, err
	}
	return &scanner.Scanner{Open: open, Protocol: f.protocol, Line: f.line, Baud: f.baud}, done, nil
}

// takePages scans until there are as many pages as asked for; an imager takes
// one at a time.
func (f *scanFlags) takePages(ctx context.Context, device devices.Scanner, line *progressLine, a *scanAnswer) error {
	for {
		had := len(a.Pages)
		if err := f.takeStack(ctx, device, line, a); err != nil {
			return err
		}
		f.noteCodes(device, a)
		if f.count == 0 || len(a.Pages) >= f.count || len(a.Pages) == had {
			return nil
		}
	}
}

// takeStack is one scan: each page that comes is on the disk before the next.
func (f *scanFlags) takeStack(ctx context.Context, device devices.Scanner, line *progressLine, a *scanAnswer) error {
	part, err := newPart(f.out, len(a.Pages)+1)
	if err != nil {
		return err
	}
	defer func() { part.drop() }()
	line.step("page %d: waiting for the scanner", len(a.Pages)+1)
	want := devices.ScanRequest{DPI: f.dpi, Gray: f.gray, Duplex: f.duplex}
	if f.count > 0 {
		want.Max = f.count - len(a.Pages)
	}
	return device.Scan(ctx, want, func(s devices.Sheet) error {
		page, err := part.keep(s)
		if err != nil {
			return err
		}
		a.Pages = append(a.Pages, page)
		line.step("page %d: %d bytes, %s, %s", len(a.Pages), page.Bytes, page.Verified, page.File)
		part, err = newPart(f.out, len(a.Pages)+1)
		return err
	}, func(done, total int64) { line.count("page %d: %d of %d bytes", len(a.Pages)+1, done, total) })
}

// noteCodes takes what the device read on its own meanwhile.
func (f *scanFlags) noteCodes(device devices.Scanner, a *scanAnswer) {
	for {
		select {
		case c := <-device.Codes():
			a.Codes = append(a.Codes, scannedCode{Symbology: c.Symbology, Bytes: len(c.Raw), Text: string(c.Raw)})
		default:
			return
		}
	}
}

// readCodes takes codes from a device that reads nothing else.
func (f *scanFlags) readCodes(ctx context.Context, device devices.Scanner, line *progressLine, a *scanAnswer) error {
	line.step("hold a code in front of the reader")
	for len(a.Codes) < max(1, f.count) {
		select {
		case c := <-device.Codes():
			name, err := keepCode(f.out, len(a.Codes)+1, c.Raw)
			if err != nil {
				return err
			}
			a.Codes = append(a.Codes, scannedCode{File: name, Symbology: c.Symbology, Bytes: len(c.Raw), Text: string(c.Raw)})
			line.step("code %d: %d bytes", len(a.Codes), len(c.Raw))
		case <-ctx.Done():
			if s := device.Status(); s.Cause != "" {
				return &devices.Fault{Device: devices.ScannerDevice, Cause: s.Cause, Detail: s.Detail, Err: ctx.Err()}
			}
			return &devices.Fault{Device: devices.ScannerDevice, Cause: devices.Cancelled, Err: ctx.Err()}
		}
	}
	return nil
}

func (a scanAnswer) tell(out io.Writer) error {
	for _, p := range a.Pages {
		if _, err := fmt.Fprintf(out, "%s  %d bytes, %d×%d, %s\n", p.File, p.Bytes, p.Width, p.Height, p.Verified); err != nil {
			return err
		}
	}
	for _, c := range a.Codes {
		if _, err := fmt.Fprintf(out, "code %s %q\n", c.Symbology, c.Text); err != nil {
			return err
		}
	}
	return nil
}

// part is the file of a page under way.
type part struct {
	dir, name string
	file      *os.File // nil once it is kept or dropped
}

// newPart makes page-0001.jpg.part, or the next number that is free.
func newPart(dir string, n int) (*part, error) {
	for ; ; n++ {
		name := fmt.Sprintf("page-%04d.jpg", n)
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			continue
		}
		file, err := os.OpenFile(filepath.Join(dir, name+".part"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return nil, fmt.Errorf("make file for page: %w", err)
		}
		return &part{dir, name, file}, nil
	}
}

// keep makes the part a page: bytes, sync, name, folder.
func (p *part) keep(s devices.Sheet) (scannedPage, error) {
	defer p.drop()
	page := scannedPage{File: p.name, Bytes: len(s.Bytes), MIME: s.MIME, DPI: s.DPI, Verified: s.Verified, TookMS: s.Took.Milliseconds()}
	page.SHA256 = fmt.Sprintf("%x", sha256.Sum256(s.Bytes))
	if size, err := jpeg.DecodeConfig(bytes.NewReader(s.Bytes)); err == nil {
		page.Width, page.Height = size.Width, size.Height
	}
	_, err := p.file.Write(s.Bytes)
	if err == nil {
		err = p.file.Sync()
	}
	if err == nil {
		err = os.Rename(p.file.Name(), filepath.Join(p.dir, p.name))
	}
	if err == nil {
		err = syncFolder(p.dir)
	}
	if errors.Is(err, syscall.ENOSPC) {
		return scannedPage{}, &devices.Fault{Device: devices.ScannerDevice, Cause: devices.NoSpace, Detail: p.dir, Err: err}
	}
	if err != nil {
		return scannedPage{}, fmt.Errorf("keep page: %w", err)
	}
	return page, nil
}

// drop closes the part and takes away what has not become a page.
func (p *part) drop() {
	if p.file == nil {
		return
	}
	p.file.Close()
	os.Remove(p.file.Name()) // gone already if it was kept
	p.file = nil
}

// keepCode writes what a code says to code-0001.txt, or the next number that is
// free.
func keepCode(dir string, n int, content []byte) (name string, err error) {
	for ; ; n++ {
		name = fmt.Sprintf("code-%04d.txt", n)
		file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			_, err = file.Write(content)
			err = errors.Join(err, file.Sync(), file.Close(), syncFolder(dir))
		}
		if err != nil {
			return "", fmt.Errorf("keep code: %w", err)
		}
		return name, nil
	}
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
