package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"servicepoint/devices/virtual"
	"servicepoint/kiosk/centre"
	"servicepoint/kiosk/seal"
	"servicepoint/provisioning"
)

// patience bounds every wait; nothing sleeps for that long when all is well.
const patience = 60 * time.Second

// until waits for a condition that nothing announces, such as a file.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("gave up waiting for %s", what)
		}
	}
}

// place is the world around one unit, which outlives its process: folders,
// the devices at the far end of the wires, the network and the centre.
type place struct {
	t        *testing.T
	dir      string
	config   provisioning.Config
	printer  *virtual.Printer
	scanner  *virtual.Scanner
	centre   *centre.Centre
	network  *cuttable
	slips    map[string]string      // what the QR of each slip says, by file
	sent     atomic.Int64           // bytes the units have sent to the centre
	onSent   atomic.Pointer[func()] // called once when sentMark is passed
	sentMark atomic.Int64
}

// The people of the place and their PINs.
const (
	clerkName, clerkPIN           = "Nhân viên Mẫu", "2468"
	technicianName, technicianPIN = "Kỹ thuật Mẫu", "1357"
)

// newPlace makes everything a unit needs to serve, the way a technician would.
func newPlace(t *testing.T, tune func(*provisioning.Config)) *place {
	t.Helper()
	p := &place{t: t, dir: t.TempDir(), slips: map[string]string{}}
	p.plugDevices()
	p.openCentre(tune)
	p.command("provision", "staff", "lan", "--name", clerkName, "--state", p.state()).feed(clerkPIN)
	p.command("provision", "staff", "minh", "--name", technicianName, "--role", "technician", "--state", p.state()).feed(technicianPIN)
	return p
}

func (p *place) state() string           { return filepath.Join(p.dir, "state") }
func (p *place) path(name string) string { return filepath.Join(p.dir, name) }

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// run keeps a part running until the test ends.
func (p *place) run(part func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- part(ctx) }()
	p.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			p.t.Errorf("the place: %v", err)
		}
	})
}

func (p *place) plugDevices() {
	p.must(os.MkdirAll(p.path("dev"), 0o700))
	var err error
	p.printer, err = virtual.NewPrinter(virtual.PrinterConfig{Dir: p.path("slips"), Link: p.path("dev/printer")})
	p.must(err)
	p.scanner, err = virtual.NewScanner(virtual.ScannerConfig{Link: p.path("dev/scanner")})
	p.must(err)
	p.run(p.printer.Run)
	p.run(p.scanner.Run)
}

func (p *place) openCentre(tune func(*provisioning.Config)) {
	ctx := context.Background()
	signer, err := seal.NewSigner()
	p.must(err)
	identity, recipient, err := seal.NewRecipient()
	p.must(err)
	_, recovery, err := seal.NewRecipient()
	p.must(err)
	p.centre, err = centre.Open(ctx, centre.Config{
		Dir: p.path("centre"), Receipt: signer, Identities: []string{identity}, AutoAccept: true, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	p.must(err)
	p.t.Cleanup(func() { p.must(p.centre.Close()) })
	p.run(p.centre.Run)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(err)
	p.network = &cuttable{Listener: &counting{l, p}}
	server := &http.Server{Handler: p.centre.Handler()}
	p.run(func(ctx context.Context) error {
		context.AfterFunc(ctx, func() { server.Close() })
		if err := server.Serve(p.network); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	p.enrol("http://"+l.Addr().String(), signer, []string{recipient, recovery}, tune)
}

// enrol makes the unit's keys and configuration and tells the centre of it.
func (p *place) enrol(origin string, receipt seal.Signer, recipients []string, tune func(*provisioning.Config)) {
	keys := filepath.Join(p.state(), "credentials")
	id, err := provisioning.CreateIdentity(keys)
	p.must(err)
	public, err := base64.StdEncoding.DecodeString(id.PublicKey())
	p.must(err)
	p.config = demoConfig("epson-tm-t20")
	p.config.Hotline = "1900 0000"
	p.config.Printer.Port, p.config.Scanner.Port = p.printer.Path(), p.scanner.Path()
	p.config.Window.Listen, p.config.Desk.Listen = "127.0.0.1:0", "127.0.0.1:0"
	p.config.Centre.URL, p.config.Centre.Recipients = origin, recipients
	p.config.Centre.ReceiptKeys = []string{base64.StdEncoding.EncodeToString(receipt.Public())}
	if tune != nil {
		tune(&p.config)
	}
	token, err := p.centre.AddUnit(context.Background(), p.config.Unit, public)
	p.must(err)
	p.must(provisioning.StoreToken(keys, token))
	p.must(os.MkdirAll(p.path("config"), 0o700))
	p.must(p.config.Write(p.path("config/unit.yaml")))
}

// command is the program with these arguments.
type command struct {
	*exec.Cmd
	t *testing.T
}

func (p *place) command(args ...string) command {
	c := exec.Command("kiosk", args...) // TestMain makes it this very binary
	c.Env = append(os.Environ(), "CREDENTIALS_DIRECTORY=", "NOTIFY_SOCKET=")
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return command{c, p.t}
}

// feed runs the program to its end with one line on its standard input.
func (c command) feed(line string) {
	c.t.Helper()
	c.Stdin = strings.NewReader(line + "\n")
	if out, err := c.CombinedOutput(); err != nil {
		c.t.Fatalf("kiosk %s: %v\n%s", strings.Join(c.Args[1:], " "), err, out)
	}
}

// logLine is what the tests want to know of a line of the service's log.
type logLine struct {
	Msg   string `json:"msg"`
	Event string `json:"event"`
	Seq   int64  `json:"seq"`
	Ready bool   `json:"ready"`
	raw   string
}

// life is one process of the service, from its start to its end.
type life struct {
	announcement
	p         *place
	cmd       command
	onJournal func(n int) // called for the n-th journal line of this life, from 1
	ended     chan struct{}

	mu      sync.Mutex
	lines   []logLine
	journal []string      // kinds, in order
	more    chan struct{} // closed at the next line
}

// serve starts the service and waits until it can be used: pages announced,
// both devices ready.
func (p *place) serve(onJournal func(*life, int)) *life {
	p.t.Helper()
	l := p.launch(onJournal)
	l.awaitLine("the printer", func(x logLine) bool { return x.Msg == "printer status" && x.Ready })
	l.awaitLine("the scanner", func(x logLine) bool { return x.Msg == "scanner ready" })
	return l
}

// launch starts the service and waits for the address of its pages.
func (p *place) launch(onJournal func(*life, int)) *life {
	p.t.Helper()
	l := &life{p: p, ended: make(chan struct{}), more: make(chan struct{})}
	if onJournal != nil {
		l.onJournal = func(n int) { onJournal(l, n) }
	}
	window := p.path("run/window.json")
	if err := os.Remove(window); err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Fatal(err)
	}
	l.cmd = p.command("serve", "--state", p.state(), "--config", p.path("config"), "--runtime", p.path("run"))
	stderr, err := l.cmd.StderrPipe()
	p.must(err)
	p.must(l.cmd.Start())
	p.t.Cleanup(l.kill)
	go func() {
		l.read(bufio.NewScanner(stderr))
		l.cmd.Wait()
		close(l.ended)
	}()
	until(p.t, "window.json", func() bool {
		text, err := os.ReadFile(window)
		return err == nil && json.Unmarshal(text, &l.announcement) == nil || l.over()
	})
	if l.over() && l.URL == "" {
		p.t.Fatalf("the service did not start:\n%s", l.log())
	}
	return l
}

func (l *life) read(lines *bufio.Scanner) {
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		x := logLine{raw: lines.Text()}
		if json.Unmarshal(lines.Bytes(), &x) != nil {
			x = logLine{raw: lines.Text()} // a panic, say
		}
		l.mu.Lock()
		l.lines = append(l.lines, x)
		if x.Msg == "journal" {
			l.journal = append(l.journal, x.Event)
		}
		n := len(l.journal)
		close(l.more)
		l.more = make(chan struct{})
		l.mu.Unlock()
		if x.Msg == "journal" && l.onJournal != nil {
			l.onJournal(n)
		}
	}
}

func (l *life) over() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// kill is the power cut: SIGKILL, and the process is gone when it returns.
func (l *life) kill() {
	l.cmd.Process.Signal(syscall.SIGKILL)
	<-l.ended
}

// stop ends the service the way systemd does; it must end well.
func (l *life) stop() {
	l.p.t.Helper()
	l.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-l.ended:
	case <-time.After(patience):
		l.p.t.Fatalf("the service does not stop:\n%s", l.log())
	}
	if code := l.cmd.ProcessState.ExitCode(); code != exitFine {
		l.p.t.Errorf("the service ended with %d:\n%s", code, l.log())
	}
}

// events gives the journal lines of this life so far, and a channel that is
// closed when the log says more.
func (l *life) events() ([]string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.journal, l.more
}

// awaitLine waits for a line of the log, said already or not yet. It comes
// back without one when the process has ended.
func (l *life) awaitLine(what string, is func(logLine) bool) (found logLine) {
	l.p.t.Helper()
	deadline := time.After(patience)
	for seen := 0; ; {
		l.mu.Lock()
		lines, more := l.lines, l.more
		l.mu.Unlock()
		for ; seen < len(lines); seen++ {
			if is(lines[seen]) {
				return lines[seen]
			}
		}
		select {
		case <-more:
		case <-l.ended:
			return logLine{}
		case <-deadline:
			l.p.t.Fatalf("gave up waiting for %s:\n%s", what, l.log())
		}
	}
}

func (l *life) log() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, x := range l.lines {
		fmt.Fprintln(&b, x.raw)
	}
	return b.String()
}

// counting counts what comes in through a listener.
type counting struct {
	net.Listener
	p *place
}

func (c *counting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countingConn{conn, c.p}, nil
}

type countingConn struct {
	net.Conn
	p *place
}

func (c *countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if total := c.p.sent.Add(int64(n)); c.p.sentMark.Load() > 0 && total >= c.p.sentMark.Load() {
		if do := c.p.onSent.Swap(nil); do != nil {
			(*do)()
		}
	}
	return n, err
}
