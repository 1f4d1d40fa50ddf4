package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"servicepoint/devices"
)

// soon bounds a step that must not wait.
const soon = 30 * time.Millisecond

func TestF5_EOFMidReadIsOffline(t *testing.T) {
	leaks(t)
	c := newCord(t)
	l := mustOpen(t, c.port(t))
	wantWrite(t, c.far, []byte("half a mes"))
	wantRead(t, l, []byte("half a mes"))
	failed := make(chan error, 1)
	go func() {
		_, err := l.Read(make([]byte, 10))
		failed <- err
	}()
	c.unplug()
	wantFault(t, <-failed, devices.Offline)
	_, err := l.Read(make([]byte, 10))
	wantFault(t, err, devices.Offline) // and stays so
	if err := l.Close(); err != nil {
		t.Errorf("closing a device that has gone: %v", err)
	}
	if _, err := l.Read(make([]byte, 10)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a hangup is reported after our own Close: %v", err)
	}
}

func TestF6_EIOMidWriteIsOffline(t *testing.T) {
	leaks(t)
	c := newCord(t)
	l := mustOpen(t, c.port(t))
	type outcome struct {
		n   int
		err error
	}
	done := make(chan outcome, 1)
	job := countdown(1 << 20)
	go func() {
		n, err := l.Write(job)
		done <- outcome{n, err}
	}()
	wantRead(t, c.far, job[:5000])
	c.unplug()
	o := <-done
	wantFault(t, o.err, devices.Offline)
	if o.n < 5000 || o.n >= len(job) {
		t.Errorf("the write counts %d bytes", o.n)
	}
	_, err := l.Write(job)
	wantFault(t, err, devices.Offline)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestF7_WriteStallEndsAtItsDeadlineAndGoesOn(t *testing.T) {
	leaks(t)
	c := newCord(t)
	defer c.unplug()
	l := mustOpen(t, c.port(t))
	defer l.Close()
	job, sent := countdown(100_000), 0
	for range 3 { // a device that stalls for long is met with one deadline after the other
		begun := time.Now()
		l.SetWriteDeadline(begun.Add(soon))
		n, err := l.Write(job[sent:])
		sent += n
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a write into a full line: %v", err)
		}
		if took := time.Since(begun); took < soon || took > patience {
			t.Errorf("the deadline of %s came after %s", soon, took)
		}
	}
	if sent == 0 || sent == len(job) {
		t.Fatalf("%d bytes of %d went out", sent, len(job))
	}
	rest := make(chan error, 1)
	l.SetWriteDeadline(time.Time{})
	go func() {
		_, err := l.Write(job[sent:])
		rest <- err
	}()
	wantRead(t, c.far, job) // nothing lost, nothing twice
	if err := <-rest; err != nil {
		t.Error(err)
	}
}

func TestF8_OneByteAtATime(t *testing.T) {
	c := newCord(t)
	l := mustOpen(t, c.port(t))
	want := countdown(600)
	go func() {
		for i := range want {
			c.far.Write(want[i : i+1])
		}
	}()
	got := make([]byte, 0, len(want))
	for one := make([]byte, 1); len(got) < len(want); {
		n, err := l.Read(one)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, one[:n]...)
	}
	if !bytes.Equal(got, want) {
		t.Error("the bytes changed on the way")
	}
}

// The device comes back as another node; udev points the link there.
func TestF10_ReplugUnderANewNameWithinASecond(t *testing.T) {
	leaks(t)
	link := filepath.Join(t.TempDir(), "printer")
	first := newCord(t)
	aim(t, link, first.node)
	p := Port{Path: link, LockDir: t.TempDir()}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	appeared := p.Appeared(ctx)
	l := mustOpen(t, p)
	l.SetReadDeadline(time.Now().Add(patience))

	second := newCord(t) // before the first goes, or it would get the same number
	first.unplug()
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	_, err := l.Read(make([]byte, 1))
	wantFault(t, err, devices.Offline)
	l.Close()
	_, err = Open(t.Context(), p)
	wantFault(t, err, devices.Offline)

	begun := time.Now()
	aim(t, link, second.node)
	select {
	case <-appeared:
	case <-time.After(patience):
		t.Fatal("nobody told that the device is back")
	}
	l = mustOpen(t, p)
	if took := time.Since(begun); took > time.Second {
		t.Errorf("open again after %s", took)
	}
	wantWrite(t, l, []byte("hello"))
	wantRead(t, second.far, []byte("hello"))
	l.Close()
	second.unplug()
}

func TestF11_AnotherDeviceOnTheSameName(t *testing.T) {
	c := newCord(t)
	link := filepath.Join(t.TempDir(), "printer")
	aim(t, link, c.node)
	p := Port{Path: link, LockDir: t.TempDir(), Sys: fakeSys(t, c.rdev(t))}
	for _, c := range []struct {
		name   string
		expect func(*Port)
		wrong  bool
	}{
		{"anything", func(*Port) {}, false},
		{"its ids", func(p *Port) { p.Vendor, p.Product = "04B8", "0e03" }, false},
		{"its serial number", func(p *Port) { p.Serial = "J6FY012345" }, false},
		{"its socket, as udev has it", func(p *Port) { p.USBPath = "pci-0000:00:14.0-usb-0:3:1.0" }, false},
		{"its socket, as the kernel has it", func(p *Port) { p.USBPath = "1-3" }, false},
		{"another vendor", func(p *Port) { p.Vendor, p.Product = "0c2e", "0e03" }, true},
		{"another product", func(p *Port) { p.Vendor, p.Product = "04b8", "0202" }, true},
		{"another serial number", func(p *Port) { p.Vendor, p.Serial = "04b8", "J6FY999999" }, true},
		{"another socket", func(p *Port) { p.USBPath = "1-4" }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := p
			c.expect(&p)
			l, err := Open(t.Context(), p)
			if c.wrong {
				wantFault(t, err, devices.WrongDevice)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
		})
	}
	p.Sys, p.Vendor = t.TempDir(), "04b8" // not on USB at all
	_, err := Open(t.Context(), p)
	wantFault(t, err, devices.WrongDevice)
}

func BenchmarkPty(b *testing.B) {
	c := newCord(b)
	l := mustOpen(b, c.port(b))
	chunk := countdown(4096)
	b.SetBytes(int64(len(chunk)))
	done := make(chan error, 1)
	b.ResetTimer()
	go func() {
		_, err := io.CopyN(io.Discard, c.far, int64(b.N*len(chunk)))
		done <- err
	}()
	for range b.N {
		wantWrite(b, l, chunk)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}
