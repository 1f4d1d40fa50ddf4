package scanner

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
)

// mishaps has the device and its line go wrong at random, each packet with
// chance in a thousand.
func mishaps(d *zebra, seed uint64, chance int) {
	r := rand.New(rand.NewPCG(seed, 1)) // of the sending side
	ears := rand.New(rand.NewPCG(seed, 2))
	hits := func() bool { return r.IntN(1000) < chance }
	d.tamper = func(_ int, b []byte) []byte {
		if !hits() {
			return b
		}
		at := r.IntN(len(b))
		switch r.IntN(9) {
		case 0:
			return nil
		case 1:
			b[at] ^= 1 << r.UintN(8)
		case 2:
			return slices.Delete(b, at, at+1)
		case 3:
			return slices.Insert(b, at, b[at])
		case 4:
			return b[:at]
		case 5:
			clear(b[at:min(at+64, len(b))])
		case 6:
			return slices.Concat([]byte("AT\r"), b)
		case 7:
			time.Sleep(time.Duration(r.IntN(4000)) * time.Millisecond)
		case 8:
			return slices.Concat(b, b)
		}
		return b
	}
	d.heard = func(_ int, b []byte) []byte {
		if ears.IntN(1000) < chance {
			return nil
		}
		return b
	}
	d.beside = func(d *zebra, _ string) {
		switch {
		case !hits():
		case r.IntN(4) == 0:
			d.hangUp()
		case r.IntN(2) == 0:
			d.packet(byte(r.UintN(256)), byte(r.UintN(4)), []byte{byte(r.UintN(256)), 1, 2, 3})
		default:
			d.message(0xF3, append([]byte{0x1C}, "code"...))
		}
	}
	d.refuse, d.deaf = map[string]byte{}, map[string]bool{}
	for _, name := range append([]string{"F7 01", "E4", "E5", ""}, setUpCommands...) {
		if hits() {
			d.refuse[name] = []byte{ssiResend, ssiContext, ssiDenied, ssiCancel, 0x55}[r.IntN(5)]
		}
		if hits() {
			d.deaf[name] = true
		}
	}
}

// sequence lets a driver live through some pictures and codes amid mishaps;
// afterwards all is well again.
func sequence(t *testing.T, seed uint64, s *Scanner, d *zebra) {
	r := rand.New(rand.NewPCG(seed, 0))
	page := d.page
	mishaps(d, seed, []int{5, 50, 300}[r.IntN(3)])
	d.meet()
	for range 1 + r.IntN(3) {
		ctx, cancel := context.WithCancel(t.Context())
		if r.IntN(4) == 0 {
			time.AfterFunc(time.Duration(r.IntN(1000))*time.Millisecond, cancel)
		}
		sheet, err := snap(s, ctx, nil)
		cancel()
		synctest.Wait()
		if f, ok := errors.AsType[*devices.Fault](err); err != nil && (!ok || !slices.Contains(Causes(), f.Cause)) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err == nil && !bytes.Equal(sheet.Bytes, page) {
			t.Fatalf("seed %d: a damaged sheet of %d bytes", seed, len(sheet.Bytes))
		}
		if r.IntN(2) == 0 {
			text := page[:r.IntN(600)]
			d.codes <- func() { d.message(0xF3, append([]byte{0x1C}, text...)) }
		}
		time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
	}
	synctest.Wait()
	d.tamper, d.heard, d.beside, d.refuse, d.deaf = nil, nil, nil, nil, nil
	d.meet()
	for range 20 { // what is under way ends, the back-off too
		if time.Sleep(10 * time.Second); s.Status().Ready {
			break
		}
	}
	for len(s.Codes()) > 0 {
		<-s.Codes()
	}
	synctest.Wait()
	d.read("after all")
	time.Sleep(3 * time.Second)
	sheet, err := snap(s, t.Context(), nil)
	if err != nil || !bytes.Equal(sheet.Bytes, page) || len(s.Codes()) == 0 {
		t.Fatalf("seed %d: at the end %v, %d codes, status %+v", seed, err, len(s.Codes()), s.Status())
	}
}

// TestSSIRandomEvents lives through random sequences of faults: none is a dead
// end, none gives out a damaged sheet, none leaves a goroutine. A failure names
// its seed; -seed N -sequences 1 repeats it.
func TestSSIRandomEvents(t *testing.T) {
	t.Parallel()
	n := *sequences
	if testing.Short() {
		n /= 10
	}
	t.Logf("seed %d, %d sequences", *seed, n)
	page := bigJPEG(t, 32, 32, 1)
	for i := range uint64(n) {
		synctest.Test(t, func(t *testing.T) {
			d := &zebra{page: page}
			s := &Scanner{Open: d.open, Protocol: SSI}
			run(t, s)
			time.Sleep(time.Second)
			synctest.Wait()
			sequence(t, *seed+i, s, d)
			synctest.Wait()
			d.hangUp()
		})
		if t.Failed() {
			return
		}
	}
}
