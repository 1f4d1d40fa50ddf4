package scanner

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// onBench runs a test with a driver on a scripted imager, in a bubble: none of
// its goroutines may be left at the end.
func onBench(t *testing.T, line string, script script, do func(t *testing.T, s *Scanner, d *scripted)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{script: script}
		do(t, start(t, d, line), d)
	})
}

// good ships page as it is.
func good(page []byte) script {
	return func(h host, line string) { h.send(reply(line), picture(page)) }
}

// wants scans once and checks what comes of it, "" being that very page.
func wants(t *testing.T, s *Scanner, page []byte, cause devices.Cause) {
	t.Helper()
	sheet, err := snap(s, t.Context(), nil)
	if got := causeOf(t, err); got != cause {
		t.Fatalf("cause %q, want %q (%v)", got, cause, err)
	}
	if cause == "" && !bytes.Equal(sheet.Bytes, page) {
		t.Fatalf("a sheet of %d bytes that is not the page of %d", len(sheet.Bytes), len(page))
	}
}

func TestF5_HangupMidReadThenSameLineAgain(t *testing.T) {
	page := testJPEG(t, 1)
	onBench(t, RS232, func(h host, line string) {
		if h.nth == 2 { // in the second shipment
			h.send(reply(line), picture(page)[:len(page)/2])
			h.conn.Close()
			return
		}
		good(page)(h, line)
	}, func(t *testing.T, s *Scanner, d *scripted) {
		wants(t, s, page, devices.Offline)
		wants(t, s, page, devices.Offline) // in the back-off: told at once
		time.Sleep(2 * time.Second)
		wants(t, s, page, "")
		if _, _, opened := d.seen(); opened != 2 {
			t.Errorf("opened %d times", opened)
		}
	})
}

// A far end that takes no bytes is told as silent; nothing waits for it.
func TestF7_FarEndTakesNoBytes(t *testing.T) {
	page := testJPEG(t, 1)
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{script: good(page)}
		opened := 0
		s := &Scanner{Line: RS232, Open: func(ctx context.Context) (wire.Link, error) {
			if opened++; opened > 2 {
				return d.open(ctx)
			}
			near, _ := net.Pipe() // whose other end nobody reads
			return near, nil
		}}
		run(t, s)
		from := time.Now()
		wants(t, s, page, devices.Silent)
		if took := time.Since(from); took > 5*time.Second {
			t.Errorf("told after %v", took)
		}
		time.Sleep(10 * time.Second)
		wants(t, s, page, "")
	})
}

func TestF8_OneByteReads(t *testing.T) {
	page := testJPEG(t, 1)
	onBench(t, RS232, func(h host, line string) {
		h.drip(decode("before"))
		h.drip(reply(line))
		h.drip(picture(page))
		h.drip(decode("after"))
	}, func(t *testing.T, s *Scanner, d *scripted) {
		wants(t, s, page, "")
		for _, want := range []string{"before", "after", "before", "after"} {
			if c := <-s.Codes(); string(c.Raw) != want {
				t.Errorf("code %q, want %q", c.Raw, want)
			}
		}
	})
}

func TestF9_CoalescedMessages(t *testing.T) {
	page := testJPEG(t, 1)
	onBench(t, RS232, func(h host, line string) {
		h.send(slices.Concat(decode("a"), decode("b"), reply(line), decode("c"), picture(page), decode("d")))
	}, func(t *testing.T, s *Scanner, d *scripted) {
		wants(t, s, page, "")
		for _, want := range "abcdabcd" {
			if c := <-s.Codes(); string(c.Raw) != string(want) {
				t.Errorf("code %q, want %q", c.Raw, want)
			}
		}
	})
}

func TestF12_WrongBaudIsToldAsGarbled(t *testing.T) {
	page := testJPEG(t, 1)
	r := rand.New(rand.NewPCG(12, 1))
	synctest.Test(t, func(t *testing.T) {
		var right atomic.Bool
		d := &scripted{script: good(page), noise: func(b []byte) []byte {
			if right.Load() {
				return b
			}
			out := make([]byte, 1+len(b)/3)
			for i := range out {
				out[i] = []byte{0x00, 0xFF, 0xFE, 0xF8, 0x80, 0xC0}[r.IntN(6)]
			}
			return out
		}}
		s := start(t, d, RS232)
		wants(t, s, page, devices.Garbled)
		if got := s.Status(); got.Ready || got.Cause != devices.Garbled {
			t.Errorf("status %+v", got)
		}
		right.Store(true)
		time.Sleep(15 * time.Second)
		wants(t, s, page, "")
		if len(s.Codes()) > 0 {
			t.Errorf("noise became %d codes", len(s.Codes()))
		}
	})
}

// flips gives what a line makes of bytes when each bit is wrong with chance p,
// until off.
func flips(r *rand.Rand, p float64, off *atomic.Bool) func([]byte) []byte {
	var mu sync.Mutex
	return func(b []byte) []byte {
		mu.Lock()
		defer mu.Unlock()
		if off.Load() {
			return b
		}
		b = bytes.Clone(b)
		for i := range b {
			for bit := range 8 {
				if r.Float64() < p {
					b[i] ^= 1 << bit
				}
			}
		}
		return b
	}
}

func TestF13_BitFlipsNeverReachASheet(t *testing.T) {
	page := samplePicture(200, 140, 75, true, 1)
	for _, p := range []float64{1e-5, 1e-4} {
		t.Run(fmt.Sprint(p), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var off atomic.Bool
				d := &scripted{script: good(page), noise: flips(rand.New(rand.NewPCG(13, uint64(1e9*p))), p, &off)}
				s := start(t, d, RS232)
				taken, refused := 0, map[devices.Cause]int{}
				const trials = 300
				for range trials {
					sheet, err := snap(s, t.Context(), nil)
					if err != nil {
						refused[causeOf(t, err)]++
						time.Sleep(10 * time.Second)
						continue
					}
					if taken++; !bytes.Equal(sheet.Bytes, page) {
						t.Fatalf("a damaged sheet was accepted after %d good ones", taken-1)
					}
				}
				t.Logf("%d bits a shipment: %d of %d taken, none damaged; refused %v", 8*len(page), taken, trials, refused)
				if taken == 0 && p < 1e-4 {
					t.Error("nothing came through")
				}
				off.Store(true)
				time.Sleep(time.Minute)
				wants(t, s, page, "")
			})
		})
	}
}

// spoilOnce ships a spoilt picture first and good ones afterwards, over both
// kinds of line.
func spoilOnce(t *testing.T, spoil func(b []byte) []byte) {
	t.Helper()
	page := samplePicture(160, 120, 75, true, 1)
	for _, line := range []string{RS232, CDC} {
		onBench(t, line, func(h host, line string) {
			if h.nth == 1 {
				h.send(reply(line), spoil(picture(page)))
				return
			}
			good(page)(h, line)
		}, func(t *testing.T, s *Scanner, d *scripted) {
			wants(t, s, page, "")
			lines, _, _ := d.seen()
			if len(lines) < 2 || letter(lines[1]) != "r" {
				t.Errorf("after a spoilt shipment: %q", lines)
			}
		})
	}
}

func TestF14_DroppedByteIsShippedAgain(t *testing.T) {
	for _, at := range []int{3, 12, 25, 1000} {
		spoilOnce(t, func(b []byte) []byte { return slices.Delete(b, at, at+1) })
	}
}

func TestF15_DoubledByteIsShippedAgain(t *testing.T) {
	for _, at := range []int{12, 25, 1000} {
		spoilOnce(t, func(b []byte) []byte { return slices.Insert(b, at, b[at]) })
	}
}

func TestF16_ZeroedBurstNeverReachesASheet(t *testing.T) {
	page := samplePicture(320, 240, 75, true, 1)
	r := rand.New(rand.NewPCG(16, 1))
	onBench(t, RS232, func(h host, line string) {
		p := picture(page)
		if h.nth%2 == 1 {
			at := r.IntN(len(p) - 64)
			clear(p[at : at+64])
		}
		h.send(reply(line), p)
	}, func(t *testing.T, s *Scanner, d *scripted) {
		for range 50 {
			sheet, err := snap(s, t.Context(), nil)
			if err == nil && !bytes.Equal(sheet.Bytes, page) {
				t.Fatal("a damaged sheet was accepted")
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestF19_ProbeNoiseAtTheStart(t *testing.T) {
	page := testJPEG(t, 1)
	synctest.Test(t, func(t *testing.T) {
		d := &scripted{script: good(page)}
		s := &Scanner{Open: d.open, Line: RS232}
		run(t, s)
		go d.host().send([]byte("AT\rATE1 E0\r~x\xF0ERROR\r\n"))
		time.Sleep(time.Second)
		wants(t, s, page, "")
		if n := len(s.Codes()); n > 0 {
			t.Errorf("noise became %d codes", n)
		}
	})
}

// Run ends at once wherever it is told to.
func TestF20_StoppedAnywhere(t *testing.T) {
	page := testJPEG(t, 1)
	for _, protocol := range []string{Honeywell, Line, Datalogic} {
		for ms := range 120 {
			synctest.Test(t, func(t *testing.T) {
				d := &scripted{script: func(h host, line string) {
					h.send(reply(line))
					time.Sleep(200 * time.Millisecond)
					h.send(picture(page)[:len(page)/2])
					time.Sleep(200 * time.Millisecond)
					h.send(picture(page)[len(page)/2:])
				}}
				s := &Scanner{Open: d.open, Protocol: protocol}
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				wg.Go(func() {
					if err := s.Run(ctx); err != nil {
						t.Errorf("Run: %v", err)
					}
				})
				wg.Go(func() {
					if _, err := snap(s, ctx, nil); err == nil {
						t.Error("a picture nobody can have taken")
					}
				})
				time.Sleep(time.Duration(ms) * 5 * time.Millisecond)
				from := time.Now()
				cancel()
				wg.Wait()
				if took := time.Since(from); took > 0 {
					t.Errorf("%s, told after %d ms: ended %v later", protocol, 5*ms, took)
				}
				time.Sleep(time.Second) // for the script
			})
		}
	}
}
