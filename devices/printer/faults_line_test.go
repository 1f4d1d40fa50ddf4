package printer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/wire"
)

// inBubble runs a test with a driver and a virtual printer in fake time. That
// it returns proves that no goroutine is left.
func inBubble(t *testing.T, profile string, edit func(*pair), do func(t *testing.T, p *pair)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, profile, edit)
		defer p.stop()
		do(t, p)
	})
}

// printsWell is what must hold after every fault: the next slip comes out, once
// and alone.
func (p *pair) printsWell(t *testing.T) {
	t.Helper()
	p.files()
	slip := someSlip(p.Profile.Width, 99)
	res, err := p.Print(t.Context(), slip, nil)
	wantResult(t, res, err, p.Profile.Promises(), "")
	files := p.files()
	if len(files) == 0 {
		t.Fatal("no slip came out")
	}
	mustEqual(t, slip, files[len(files)-1])
}

// onLine lets a test stand between the driver and its line.
func onLine(p *pair, wrap func(wire.Link) wire.Link) {
	open := p.Printer.Open
	p.Printer.Open = func(ctx context.Context) (wire.Link, error) {
		l, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return wrap(l), nil
	}
}

// brokenLink fails after so many bytes written.
type brokenLink struct {
	wire.Link
	left int
	err  error
}

func (l *brokenLink) Write(b []byte) (int, error) {
	n, err := l.Link.Write(b[:min(len(b), max(0, l.left))])
	if l.left -= n; err == nil && n < len(b) {
		l.Link.Close()
		return n, l.err
	}
	return n, err
}

func TestF5_LineEndsMidJob(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		time.AfterFunc(300*time.Millisecond, func() { p.far.Fault("unplug") })
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Offline)
		time.Sleep(10 * time.Second)
		p.printsWell(t)
	})
}

func TestF6_WriteFailsMidJob(t *testing.T) {
	var broken bool
	inBubble(t, "clone-80", func(p *pair) {
		onLine(p, func(l wire.Link) wire.Link {
			if broken {
				return l
			}
			broken = true
			return &brokenLink{Link: l, left: 3000, err: &devices.Fault{Cause: devices.Offline, Err: syscall.EIO}}
		})
	}, func(t *testing.T, p *pair) {
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Offline)
		if !errors.Is(err, syscall.EIO) || res.Sent == 0 || res.Sent >= res.Total {
			t.Errorf("%v, %d of %d bytes", err, res.Sent, res.Total)
		}
		time.Sleep(10 * time.Second)
		p.printsWell(t)
	})
}

func TestF7_LineStallsAndGoesOn(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80"} {
		inBubble(t, profile, nil, func(t *testing.T, p *pair) {
			time.AfterFunc(300*time.Millisecond, func() { p.far.Fault("stall 20") })
			slip := someSlip(576, 3)
			res, err := p.Print(t.Context(), slip, nil)
			if err == nil {
				wantResult(t, res, err, p.Profile.Promises(), "")
			} else { // a question went unanswered
				wantResult(t, res, err, devices.LevelUnknown, devices.Silent)
			}
			time.Sleep(30 * time.Second)
			if n := len(p.files()); n > 1 {
				t.Errorf("%d slips came out", n)
			}
			p.printsWell(t)
		})
	}
}

func TestF7_LineStallsFor30Seconds(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		time.AfterFunc(100*time.Millisecond, func() { p.far.Fault("stall") })
		start := time.Now()
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Silent)
		if d := time.Since(start); d > 45*time.Second {
			t.Errorf("given up after %v", d)
		}
		if !p.sawCause(devices.Silent) {
			t.Error("nobody was told")
		}
		p.far.Fault("go_on")
		time.Sleep(time.Minute)
		p.printsWell(t)
	})
}

func TestF8_AnswersComeByteByByte(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("one_byte")
		p.printsWell(t)
	})
}

func TestF9_AnswersComeTogether(t *testing.T) {
	inBubble(t, "epson-tm-t20", nil, func(t *testing.T, p *pair) {
		p.far.Fault("coalesce 64")
		p.printsWell(t)
	})
}

func TestF12_WrongLineRate(t *testing.T) {
	inBubble(t, "epson-tm-t20", func(p *pair) {
		p.tamper = func(b []byte) []byte { // framing errors all over
			if p.isGarbled() {
				return bytes.Repeat([]byte{0xfe, 0x80}, len(b))
			}
			return b
		}
		p.setGarbled(true)
	}, func(t *testing.T, p *pair) {
		time.Sleep(5 * time.Second)
		res, err := p.Print(t.Context(), someSlip(576, 1), nil)
		wantResult(t, res, err, "", devices.Garbled)
		if res.Sent != 0 {
			t.Errorf("%d bytes were sent", res.Sent)
		}
		if s := p.Status(); s.Cause != devices.Garbled {
			t.Errorf("status %+v", s)
		}
		p.setGarbled(false)
		time.Sleep(5 * time.Second)
		p.printsWell(t)
	})
}

// TestF13_FlippedAnswersProveNothing flips bits of what the printer says, far
// more than a line does. A slip that is said to be out is out.
func TestF13_FlippedAnswersProveNothing(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80"} {
		for seed := range uint64(60) {
			rng := rand.New(rand.NewPCG(seed, 0))
			inBubble(t, profile, func(p *pair) {
				p.MaxPause = 20 * time.Second
				p.tamper = func(b []byte) []byte {
					for i := range b {
						if rng.IntN(12) == 0 {
							b[i] ^= 1 << rng.IntN(8)
						}
					}
					return b
				}
			}, func(t *testing.T, p *pair) {
				if seed%2 == 0 { // the slip cannot come out
					p.far.FaultAfter(50, "paper_out")
				}
				slip := someSlip(576, seed)
				res, _ := p.Print(t.Context(), slip, nil)
				files := p.files()
				said := res.Level == devices.LevelPrinted || res.Level == devices.LevelProcessed
				if said && len(files) != 1 {
					t.Errorf("seed %d: %s, and %d slips are out", seed, res.Level, len(files))
				}
			})
		}
	}
}

// deadLink is a line that the device holds up for ever: XOFF without XON, or
// CTS low. It takes so many bytes and then none.
type deadLink struct {
	wire.Link
	mu   sync.Mutex
	left int
	end  time.Time
}

func (l *deadLink) SetWriteDeadline(t time.Time) error {
	l.end = t
	return l.Link.SetWriteDeadline(t)
}

func (l *deadLink) Write(b []byte) (int, error) {
	l.mu.Lock()
	n := min(len(b), l.left)
	l.left -= n
	l.mu.Unlock()
	n, err := l.Link.Write(b[:n])
	if err == nil && n < len(b) {
		time.Sleep(time.Until(l.end))
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

func (l *deadLink) free() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = 1 << 30
}

func heldForEver(t *testing.T, say []byte) {
	t.Helper()
	var dead *deadLink
	inBubble(t, "epson-tm-t20", func(p *pair) {
		onLine(p, func(l wire.Link) wire.Link { dead = &deadLink{Link: l, left: 3000}; return dead })
		p.tamper = func(b []byte) []byte { return append(b, say...) }
	}, func(t *testing.T, p *pair) {
		start := time.Now()
		res, err := p.Print(t.Context(), someSlip(576, 3), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Silent)
		if d := time.Since(start); d < 30*time.Second || d > 40*time.Second {
			t.Errorf("given up after %v", d)
		}
		dead.free()
		time.Sleep(20 * time.Second)
		p.printsWell(t)
	})
}

func TestF17_XOFFWithoutXON(t *testing.T)  { heldForEver(t, []byte{0x13}) }
func TestF18_BusyLineForEver(t *testing.T) { heldForEver(t, nil) }

func TestF19_ModemProbeBeforeTheSlip(t *testing.T) {
	for _, profile := range []string{"epson-tm-t20", "clone-80", "mute-58"} {
		inBubble(t, profile, nil, func(t *testing.T, p *pair) {
			p.far.Fault("at_probe")
			time.Sleep(3 * time.Second)
			slip := someSlip(p.Profile.Width, 5)
			res, err := p.Print(t.Context(), slip, nil)
			wantResult(t, res, err, p.Profile.Promises(), "")
			time.Sleep(10 * time.Second)
			files := p.files()
			if len(files) != 1 {
				t.Fatalf("%d slips came out", len(files))
			}
			mustEqual(t, slip, files[0])
		})
	}
}

// TestF20_StoppedAtAnyMoment ends the driver at every stage of a job, in its
// reads and in its writes.
func TestF20_StoppedAtAnyMoment(t *testing.T) {
	for ms := 0; ms < 1500; ms += 23 {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, "epson-tm-t20", nil)
			time.AfterFunc(time.Duration(ms)*time.Millisecond, p.stop)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			res, err := p.Print(ctx, someSlip(576, 3), nil)
			if err == nil && res.Level != devices.LevelPrinted || err != nil && res.Level == devices.LevelPrinted {
				t.Errorf("after %d ms: %+v, %v", ms, res, err)
			}
			time.Sleep(2 * time.Minute)
		})
	}
}

// TestF20_ClosedInEveryCall closes a link under a read and a write.
func TestF20_ClosedInEveryCall(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	p := &printer.Printer{Profile: printer.Profiles()[0], Open: func(context.Context) (wire.Link, error) { return near, nil }}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { p.Run(ctx); close(done) }()
	io.ReadFull(far, make([]byte, 1)) // it writes, and it reads
	cancel()
	<-done
	if _, err := near.Write([]byte{0}); err == nil {
		t.Error("the link is still open")
	}
}
