package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/devices"
)

// ticking is a clock that goes a millisecond further at each look.
func ticking() func() time.Time {
	at := time.Date(2026, 3, 2, 8, 15, 0, 0, time.FixedZone("ICT", 7*3600))
	return func() time.Time {
		at = at.Add(time.Millisecond)
		return at
	}
}

const visit = `2026-03-02T01:15:00.001Z > 1b 40 48 69  |.@Hi|
2026-03-02T01:15:00.002Z < 12 7c  |.||
2026-03-02T01:15:00.003Z ! read: deadline
2026-03-02T01:15:00.004Z > 61 62 63 64  |abcd|
2026-03-02T01:15:00.005Z ! write: 1 of 4 bytes taken: deadline
2026-03-02T01:15:00.006Z > 62 63 64  |bcd|
2026-03-02T01:15:00.007Z < 06  |.|
2026-03-02T01:15:00.008Z ! read: offline (p): read line: EOF
2026-03-02T01:15:00.009Z ! close
`

// acted is a link whose calls go as the test says.
type acted struct {
	Link
	reads []func(p []byte) (int, error)
	takes []int
}

func (a *acted) Read(p []byte) (int, error) {
	f := a.reads[0]
	a.reads = a.reads[1:]
	return f(p)
}

func (a *acted) Write(p []byte) (int, error) {
	n := a.takes[0]
	a.takes = a.takes[1:]
	if n < len(p) {
		return n, os.ErrDeadlineExceeded
	}
	return n, nil
}

func (a *acted) Close() error { return nil }

func gives(s string, err error) func([]byte) (int, error) {
	return func(p []byte) (int, error) { return copy(p, s), err }
}

func TestTapWritesWhatPasses(t *testing.T) {
	var out bytes.Buffer
	l := Tap(&acted{
		reads: []func([]byte) (int, error){
			gives("\x12|", nil), gives("", os.ErrDeadlineExceeded), gives("", os.ErrDeadlineExceeded),
			gives("\x06", gone("p", "read", io.EOF)), gives("", os.ErrClosed),
		},
		takes: []int{4, 1, 3},
	}, &out, ticking())
	buf := make([]byte, 10)
	l.Write([]byte("\x1b@Hi"))
	l.Read(buf)
	l.Read(buf)
	l.Read(buf) // a driver that polls: said once
	n, _ := l.Write([]byte("abcd"))
	l.Write([]byte("abcd")[n:])
	l.Read(buf)
	l.Close()
	l.Read(buf)
	if diff := cmp.Diff(visit, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestReadTranscript(t *testing.T) {
	got, err := ReadTranscript(strings.NewReader("# a visit\n\n" + visit))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 9 || string(got[0].Bytes) != "\x1b@Hi" || string(got[1].Bytes) != "\x12|" || got[8].Note != "close" {
		t.Fatalf("%+v", got)
	}
	if string(got[3].Bytes) != "a" { // the rest was written again
		t.Errorf("a write that was cut short is %q", got[3].Bytes)
	}
	if at := got[0].At; !at.Equal(time.Date(2026, 3, 2, 1, 15, 0, 1e6, time.UTC)) {
		t.Errorf("at %s", at)
	}
	for _, bad := range []string{
		"yesterday < 00", "2026-03-02T01:15:00.001Z", "2026-03-02T01:15:00.001Z ? 00", "2026-03-02T01:15:00.001Z < 0", "2026-03-02T01:15:00.001Z > 1b 4g",
	} {
		if _, err := ReadTranscript(strings.NewReader(visit + bad + "\n")); err == nil || !strings.Contains(err.Error(), "line 10") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTranscriptPlaysTheDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script, err := ReadTranscript(strings.NewReader(visit))
		if err != nil {
			t.Fatal(err)
		}
		r := script.Replay()
		r.SetReadDeadline(time.Now().Add(time.Minute))
		if n, err := r.Read(make([]byte, 9)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("the device spoke before it was asked: %d, %v", n, err)
		}
		r.SetReadDeadline(time.Time{})
		read := make(chan string)
		go func() {
			buf := make([]byte, 9)
			for {
				n, err := r.Read(buf)
				if err != nil {
					read <- err.Error()
					return
				}
				read <- string(buf[:n])
			}
		}()
		wantWrite(t, r, []byte("\x1b@"))
		synctest.Wait()
		select {
		case got := <-read:
			t.Fatalf("half a question was answered %q", got)
		default:
		}
		wantWrite(t, r, []byte("Hi"))
		if got := <-read; got != "\x12|" {
			t.Errorf("answer %q", got)
		}
		wantWrite(t, r, []byte("abcd"))
		if got := <-read; got != "\x06" {
			t.Errorf("answer %q", got)
		}
		if host, device := r.Left(); host != 0 || device != 0 || r.Err() != nil {
			t.Errorf("%d and %d left, %v", host, device, r.Err())
		}
		r.Close()
		if got := <-read; got != os.ErrClosed.Error() {
			t.Errorf("Read after Close: %s", got)
		}
	})
}

func TestReplayTellsWhereTheHostDiffers(t *testing.T) {
	script, _ := ReadTranscript(strings.NewReader(visit))
	r := script.Replay()
	n, err := r.Write([]byte("\x1b@HI"))
	d, ok := errors.AsType[*Difference](err)
	if n != 3 || !ok || d.At != 3 || d.Got[0] != 'I' || d.Want[0] != 'i' || r.Err() != error(d) {
		t.Fatalf("%d, %v", n, err)
	}
	if _, err := r.Read(make([]byte, 1)); err != error(d) {
		t.Errorf("Read goes on: %v", err)
	}
	r = script.Replay()
	wantWrite(t, r, []byte("\x1b@Hiabcd"))
	if _, err := r.Write([]byte("more")); err == nil {
		t.Error("more than the transcript has was taken")
	}
}

// What a driver did on a real line is what its replay wants of it.
func TestTapOfAPtyReplays(t *testing.T) {
	c := newCord(t)
	var out bytes.Buffer
	open := Tapped(c.port(t).Opener(), &out)
	driver := func(t *testing.T, l Link) {
		wantWrite(t, l, []byte{0x10, 0x04, 1})
		wantRead(t, l, []byte{0x12})
		wantWrite(t, l, countdown(3000))
		wantRead(t, l, []byte("done"))
	}
	go func() {
		io.ReadFull(c.far, make([]byte, 3))
		c.far.Write([]byte{0x12})
		io.ReadFull(c.far, make([]byte, 3000))
		c.far.Write([]byte("done"))
	}()
	l, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := l.(PendingLink).Pending(); n != 0 || err != nil {
		t.Errorf("a tapped line hides what it can: %d, %v", n, err)
	}
	if _, err := l.(ModemLink).Modem(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("modem bits: %v", err)
	}
	if _, err := open(t.Context()); err == nil {
		t.Error("opened twice")
	}
	driver(t, l)
	l.Close()
	text := out.String()
	script, err := ReadTranscript(&out)
	if err != nil {
		t.Fatal(err)
	}
	r := script.Replay()
	driver(t, r)
	if host, device := r.Left(); host+device != 0 {
		t.Errorf("%d and %d left", host, device)
	}
	if !strings.Contains(text, " ! open\n") || !strings.Contains(text, " ! open: occupied") || !strings.HasSuffix(text, " ! close\n") {
		t.Errorf("the transcript has no remarks on opening:\n%.300s", text)
	}
}

// A full disk ends the transcript and not the line.
func TestTapThatCannotWriteDoesNotDisturb(t *testing.T) {
	l := Tap(&acted{takes: []int{1, 1}, reads: []func([]byte) (int, error){gives("ok", nil)}}, full{}, time.Now)
	wantWrite(t, l, []byte("a"))
	wantWrite(t, l, []byte("b"))
	wantRead(t, l, []byte("ok"))
	if _, err := l.(PendingLink).Pending(); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTappedTellsWhyItDidNotOpen(t *testing.T) {
	var out bytes.Buffer
	none := Port{Path: t.TempDir() + "/none", LockDir: t.TempDir()}
	_, err := Tapped(none.Opener(), &out)(context.Background())
	wantFault(t, err, devices.Offline)
	if !strings.Contains(out.String(), "! open: offline") {
		t.Error(out.String())
	}
}

func FuzzReadTranscript(f *testing.F) {
	f.Add(visit)
	f.Add("0000-01-01T00:00:00+01:00 ! before the first year")
	f.Add("# nothing\n\n")
	f.Add("2026-03-02T01:15:00+07:00 < 0102 03\r\n2026-03-02T01:15:00Z ! write: 0 of 0 bytes taken\n")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := ReadTranscript(strings.NewReader(text))
		if err != nil {
			return
		}
		var again strings.Builder
		for _, e := range script {
			again.WriteString(e.String() + "\n")
		}
		second, err := ReadTranscript(strings.NewReader(again.String()))
		if err != nil {
			t.Fatalf("what was read is not what can be written: %v\n%s", err, again.String())
		}
		var host, device []byte
		for i, e := range second {
			if e.Dir != script[i].Dir || e.Note != script[i].Note || !bytes.Equal(e.Bytes, script[i].Bytes) {
				t.Fatalf("entry %d: %+v became %+v", i, script[i], e)
			}
			switch e.Dir {
			case ToDevice:
				host = append(host, e.Bytes...)
			case FromDevice:
				device = append(device, e.Bytes...)
			}
		}
		r := second.Replay()
		wantWrite(t, r, host)
		wantRead(t, r, device)
	})
}
