package outbox_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/centre"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/uplink"
)

// wire is the network between unit and centre: a listener whose connections
// can be cut after a number of bytes, once for every number given.
type wire struct {
	net.Listener
	mu   sync.Mutex
	cuts []int64 // bytes from the unit until the line breaks; the next connection takes the next
}

func (w *wire) Accept() (net.Conn, error) {
	c, err := w.Listener.Accept()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	left := int64(-1)
	if len(w.cuts) > 0 {
		left, w.cuts = w.cuts[0], w.cuts[1:]
	}
	return &line{Conn: c, left: left}, nil
}

func (w *wire) cut(at ...int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cuts = append(w.cuts, at...)
}

type line struct {
	net.Conn
	left int64 // bytes until the cut; negative for none
}

var errCut = errors.New("the line was cut")

func (l *line) Read(p []byte) (int, error) {
	if l.left < 0 {
		return l.Conn.Read(p)
	}
	if l.left == 0 {
		l.Conn.Close()
		return 0, errCut
	}
	n, err := l.Conn.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// world is a unit's outbox and a real centre with a bad network between them.
type world struct {
	t       *testing.T
	dir     string // of the centre
	config  centre.Config
	centre  *centre.Centre
	server  *httptest.Server
	wire    *wire
	meddle  atomic.Pointer[func(http.Handler) http.Handler]
	stop    func() // ends the centre's Run
	unit    seal.Signer
	to      string // recipient
	ledger  *ledger
	files   files
	client  *uplink.Client
	runner  *outbox.Runner
	endRun  func()
	raised  sync.Map
	parcels int
	hold    time.Duration
}

const unitName = "DTH01-A"

func newWorld(t *testing.T, auto bool) *world {
	t.Helper()
	identity, recipient, err := seal.NewRecipient()
	if err != nil {
		t.Fatal(err)
	}
	receipts, err := seal.NewSigner()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: t.TempDir(), to: recipient, ledger: &ledger{wiping: map[kiosk.ParcelKey]bool{}}, files: files{t.TempDir()}}
	w.config = centre.Config{Dir: w.dir, Receipt: receipts, Identities: []string{identity}, AutoAccept: auto}
	if w.unit, err = seal.NewSigner(); err != nil {
		t.Fatal(err)
	}
	w.openCentre("127.0.0.1:0")
	token, err := w.centre.AddUnit(t.Context(), unitName, w.unit.Public())
	if err != nil {
		t.Fatal(err)
	}
	w.client = &uplink.Client{Origin: w.server.URL, Token: token, Unit: unitName, Receipts: seal.NewKeyring(receipts.Public()),
		HTTP: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(func() { w.stopRunner(); w.closeCentre() })
	return w
}

func (w *world) openCentre(address string) {
	w.t.Helper()
	c, err := centre.Open(context.Background(), w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.centre, w.wire = c, &wire{Listener: l}
	inner := c.Handler()
	w.server = &httptest.Server{Listener: w.wire, Config: &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if m := w.meddle.Load(); m != nil {
			(*m)(inner).ServeHTTP(rw, r)
			return
		}
		inner.ServeHTTP(rw, r)
	})}}
	w.server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = c.Run(ctx) }()
	w.stop = func() { cancel(); <-done }
}

func (w *world) closeCentre() {
	if w.centre == nil {
		return
	}
	w.server.CloseClientConnections()
	w.server.Close()
	w.stop()
	if err := w.centre.Close(); err != nil {
		w.t.Error(err)
	}
	w.centre = nil
}

// restartCentre ends the centre and starts another over the same folder and
// address.
func (w *world) restartCentre() {
	address := w.server.Listener.Addr().String()
	w.closeCentre()
	w.openCentre(address)
}

// seal makes a parcel of about n bytes, puts it in the outbox and names it.
func (w *world) seal(n int) kiosk.ParcelKey {
	w.t.Helper()
	w.parcels++
	it := w.sealed(kiosk.DossierID(fmt.Sprintf("0193a0b2-7c1e-7d3a-9a55-%012d", w.parcels)), n)
	w.ledger.add(it)
	return it.ParcelKey
}

func (w *world) sealed(id kiosk.DossierID, n int) kiosk.OutboxItem {
	w.t.Helper()
	page := make([]byte, n)
	rand.Read(page)
	sum := kiosk.Digest(sha256.Sum256(page))
	m := seal.Manifest{
		Dossier: id, Revision: 1, LocalCode: "DTH01-261123-0042-V", Unit: unitName, UnitSeq: int64(w.parcels), Point: "DTH01", Staff: "s1",
		Procedure: seal.Procedure{ID: "birth-registration", Name: "Đăng ký khai sinh"},
		SealedAt:  time.Now().UTC(), ClockState: seal.ClockNTP,
		Applicant: kiosk.Applicant{Name: "Nguyễn Thị Thử"},
		Documents: []seal.Document{{Requirement: "birth_proof", Name: "Giấy chứng sinh",
			Pages: []seal.Page{{N: 1, SHA256: sum, Size: int64(n), MIME: "image/jpeg", DPI: 300, Width: 10, Height: 10}}}},
	}
	content := seal.Content{Name: m.Documents[0].Pages[0].File(), Size: int64(n), SHA256: sum,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(page)), nil }}
	var b bytes.Buffer
	if err := seal.Write(&b, m, []seal.Content{content}, w.unit, []string{w.to}); err != nil {
		w.t.Fatal(err)
	}
	p := kiosk.Parcel{Dossier: id, Revision: 1, SHA256: sha256.Sum256(b.Bytes()), Bytes: int64(b.Len())}
	var err error
	p.Envelope, err = seal.SignEnvelope(seal.Envelope{Unit: unitName, Dossier: id, Revision: 1, SHA256: p.SHA256, Bytes: p.Bytes,
		RecipientKeyIDs: seal.RecipientKeyIDs([]string{w.to}), UnitSeq: m.UnitSeq}, w.unit)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(w.files.path(p.SHA256), b.Bytes(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return kiosk.OutboxItem{ParcelKey: kiosk.ParcelKey{Dossier: id, Revision: 1}, State: kiosk.Sealed, Parcel: p, SealedAt: time.Now()}
}

// run starts the outbox.
func (w *world) run() *outbox.Runner {
	w.t.Helper()
	w.runner = &outbox.Runner{Ledger: w.ledger, Answers: w.ledger, Files: w.files, Carrier: w.client, Poll: 200 * time.Millisecond, Hold: w.hold,
		OnCondition: func(code kiosk.Code, on bool) { w.raised.Store(code, on) }}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.runner.Run(ctx) }()
	w.endRun = func() { cancel(); <-done }
	return w.runner
}

func (w *world) stopRunner() {
	if w.endRun != nil {
		w.endRun()
		w.endRun = nil
	}
}

// until waits for cond and keeps telling the outbox not to wait for its
// back-offs.
func (w *world) until(what string, cond func() bool) {
	w.t.Helper()
	limit := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
			w.runner.TryNow()
		case <-limit:
			w.t.Fatalf("never: %s; status %+v; steps %v", what, w.runner.Status(), w.ledger.taken())
		}
	}
}

func (w *world) untilState(key kiosk.ParcelKey, s kiosk.State) {
	w.t.Helper()
	w.until(string(s), func() bool { return w.ledger.item(key).State == s })
}

// keptOnce checks that the centre has exactly what was sealed.
func (w *world) keptOnce(key kiosk.ParcelKey) {
	w.t.Helper()
	p := w.ledger.item(key).Parcel
	b, err := os.ReadFile(filepath.Join(w.dir, "parcels", p.SHA256.String()+".sealed"))
	if err != nil || sha256.Sum256(b) != p.SHA256 {
		w.t.Errorf("the centre's parcel: %d bytes, %v", len(b), err)
	}
	left, err := os.ReadDir(filepath.Join(w.dir, "uploads"))
	if err != nil || len(left) != 0 {
		w.t.Errorf("uploads left at the centre: %v, %v", left, err)
	}
}

func (w *world) wiped(key kiosk.ParcelKey) bool {
	_, err := os.Stat(w.files.path(w.ledger.item(key).Parcel.SHA256))
	return errors.Is(err, fs.ErrNotExist)
}

// between puts a handler between unit and centre; nil takes it away.
func (w *world) between(m func(next http.Handler) http.Handler) {
	if m == nil {
		w.meddle.Store(nil)
		return
	}
	w.meddle.Store(&m)
}
