package virtual

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// magellanPicture is the answer with a picture.
func magellanPicture(page []byte) string {
	n := len(page)
	return string([]byte{0x06, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) + string(page)
}

func TestMagellanTranscript(t *testing.T) {
	v, h, page := imager(t, ScannerConfig{Protocol: DatalogicProtocol})
	const take = "50 04 70 32 53 53"
	for _, step := range []struct{ word, say, want string }{
		{"", "50 04 70 39 53 53", "\x07"},       // no such size
		{"", "50 04 70 32 53 21", "\x07"},       // no such contrast
		{"", "50 06 70 32 53 53 48 54", "\x07"}, // no TIFF
		{"", "41 54 0D 50 50 04 71", ""},        // noise
		{"busy 2", take, "\x06\x00\x00\x00\x00"},
		{"", take, "\x06\x00\x00\x00\x00"},
		{"nak_first", take, "\x07"},
		{"truncate", take, magellanPicture(page)[:(5+len(page))/2]},
		{"length_negative", take, "\x06\xFF\xFF\xFF\x00" + string(page)},
		{"bomb", take, magellanPicture(bomb(page))},
		{"code_before X", take, "X\r" + magellanPicture(page)}, // the same sheet each time
	} {
		if step.word != "" {
			if err := v.Fault(step.word); err != nil {
				t.Fatal(err)
			}
		}
		h.say(step.say)
		if got := hear(t, h.f, len(step.want)); got != step.want {
			t.Fatalf("%s % s: got %.60q, want %.60q", step.word, step.say, got, step.want)
		}
	}
	h.say(take) // delivered: the pile is empty
	h.want("nothing there", "07")
	v.Feed(page)
	v.Fault("no_trigger")
	h.say("50 06 70 32 53 53 48 4A")
	h.silent("nobody pulls")
	v.Fault("trigger")
	if got := hear(t, h.f, 5+len(page)); got != magellanPicture(page) {
		t.Error("not the picture")
	}
	v.FeedCode("bare")
	if got := hear(t, h.f, 5); got != "bare\r" {
		t.Errorf("%q", got)
	}
	if err := v.Fault("checksum_bad"); err == nil {
		t.Error("a word of another protocol was taken")
	}
}

// While a picture is under way another one is put off.
func TestMagellanIsBusy(t *testing.T) {
	v, h, page := imager(t, ScannerConfig{Protocol: DatalogicProtocol})
	v.Feed(page)
	v.Fault("stall_mid 0.1")
	h.say("50 04 70 53 53 53")
	first := hear(t, h.f, 100)
	h.say("50 04 70 53 53 53")
	want := magellanPicture(page) + "\x06\x00\x00\x00\x00"
	if got := first + hear(t, h.f, len(want)-100); got != want {
		t.Errorf("%d bytes", len(got))
	}
}

// A code that is read while a picture is under way comes after it, whole.
func TestCodeWaitsForThePicture(t *testing.T) {
	for protocol, want := range map[string]func(page []byte) string{
		HoneywellProtocol: func(page []byte) string { return snapReply + block(page) + "code\r" },
		DatalogicProtocol: func(page []byte) string { return magellanPicture(page) + "code\r" },
	} {
		v, h, page := imager(t, ScannerConfig{Protocol: protocol})
		v.Fault("stall_mid 0.1")
		if protocol == DatalogicProtocol {
			h.say("50 04 70 53 53 53")
		} else {
			io.WriteString(h.f, "\x16M\r"+snapLine)
		}
		got := hear(t, h.f, 200)
		v.FeedCode("code")
		if got += hear(t, h.f, len(want(page))-len(got)); got != want(page) {
			t.Errorf("%s: %.60q … %q", protocol, got, got[len(got)-20:])
		}
	}
}

func TestLineScanner(t *testing.T) {
	v := startScanner(t, ScannerConfig{Protocol: LineProtocol})
	f := dial(t, v)
	io.WriteString(f, "\x16M\rDECHDR1!") // it hears nothing
	v.FeedCode("one\xFF")
	v.Fault("no_end")
	v.FeedCode("two")
	v.Fault("code three")
	if got := hear(t, f, 14); got != "one\xFF\rtwothree\r" {
		t.Errorf("%q", got)
	}
	v.Fault("mute")
	v.FeedCode("nobody hears")
	v.Fault("unmute")
	v.FeedCode("four")
	if got := hear(t, f, 5); got != "four\r" {
		t.Errorf("%q", got)
	}
	if err := v.Fault("truncate"); err == nil {
		t.Error("a code reader took a word about pictures")
	}
}

func TestScannerConfigIsChecked(t *testing.T) {
	for _, c := range []ScannerConfig{{Protocol: "morse"}, {Line: "wet"}, {Link: filepath.Join(t.TempDir(), "no", "dir")}} {
		if v, err := NewScanner(c); err == nil {
			v.Close()
			t.Errorf("%+v was taken", c)
		}
	}
}

// Files are laid on the pile in name order, once, when nobody writes to them.
func TestScannerFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("b.JPG", "two")
	write("a.jpeg", "one")
	write("c.png", "not this")
	write(".d.jpg", "nor this")
	write("e.jpg", "")
	v := startScanner(t, ScannerConfig{Dir: dir, Protocol: SSIProtocol})
	wait := func(n int) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); v.Queue() != n; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d sheets, want %d", v.Queue(), n)
			}
		}
	}
	wait(2)
	v.mu.Lock()
	got := string(v.pile[0].jpeg) + " " + string(v.pile[1].jpeg)
	v.mu.Unlock()
	if got != "one two" {
		t.Errorf("%q", got)
	}
	write("e.jpg", "three")
	wait(3)
}

// A script's orders by sheet and command hit what they are meant for.
func TestScannerScript(t *testing.T) {
	v, h, page := imager(t, ScannerConfig{})
	v.Feed(page)
	script, err := ParseScript(strings.NewReader("sheet 2 truncate 50\ncommand 5 mute\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := script.Run(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	want := snapReply + block(page) + snapReply + block(page)[:len(block(page))/2]
	got := ask(t, h.f, snapLine, len(snapReply)+len(block(page)))
	if got += ask(t, h.f, snapLine, len(want)-len(got)); got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
	io.WriteString(h.f, "\x16M\rDECHDR1!") // the fifth command
	h.silent("muted")
	if err := v.Fault("unmute"); err != nil || v.Commands() != 5 || v.Sheets() != 2 {
		t.Errorf("%v, %d commands, %d sheets", err, v.Commands(), v.Sheets())
	}
}

// Every word of every protocol is taken, with and without its cable, and the
// imager goes on.
func TestScannerTakesEveryWord(t *testing.T) {
	for _, protocol := range []string{HoneywellProtocol, SSIProtocol, DatalogicProtocol, LineProtocol} {
		v := startScanner(t, ScannerConfig{Protocol: protocol})
		for _, w := range v.Words() {
			if err := v.Fault(w.Word); err != nil {
				t.Errorf("%s: %s: %v", protocol, w.Word, err)
			}
			if w.What == "" || w.Device == "" {
				t.Errorf("%s says not what it does", w.Word)
			}
			if w.Undo != "" {
				if err := v.Fault(w.Undo); err != nil {
					t.Errorf("%s: %s: %v", protocol, w.Undo, err)
				}
			}
		}
		if v.Path() == "" {
			t.Errorf("%s is left without a cable", protocol)
		}
	}
}

// A cable that comes out in the middle of a picture ends it; nothing of it
// comes out of the next cable.
func TestScannerUnpluggedMidPicture(t *testing.T) {
	for _, protocol := range []string{HoneywellProtocol, SSIProtocol, DatalogicProtocol} {
		link := filepath.Join(t.TempDir(), "scanner")
		v := startScanner(t, ScannerConfig{Link: link, Protocol: protocol})
		h := host{t, dial(t, v)}
		v.Feed(SampleImage(1, 50))
		v.Fault("stall_mid 0.05")
		switch protocol {
		case HoneywellProtocol:
			io.WriteString(h.f, "\x16M\r"+snapLine)
		case SSIProtocol:
			startSnapshot(h)
		case DatalogicProtocol:
			h.say("50 04 70 53 53 53")
		}
		hear(t, h.f, 100)
		if err := v.Fault("unplug"); err != nil {
			t.Fatal(err)
		}
		if err := v.Fault("plug"); err != nil {
			t.Fatal(err)
		}
		h = host{t, dial(t, v)}
		h.silent("after the plug")
		v.FeedCode("alive")
		if got := hear(t, h.f, 6); got != "alive\r" {
			t.Errorf("%s: %q", protocol, got)
		}
	}
}

// On any connection, in a time that is not the wall's.
func TestScannerOnAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		v, err := NewScanner(ScannerConfig{Conn: far, Protocol: SSIProtocol})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := v.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		read := func(n int) []byte {
			b := make([]byte, n)
			if _, err := io.ReadFull(near, b); err != nil {
				t.Fatal(err)
			}
			return b
		}
		near.Write(unhex(t, packeted))
		read(6)
		v.FeedCode("NR")
		start := time.Now()
		for range 3 {
			read(9)
		}
		if d := time.Since(start); d != 2*ackTime {
			t.Errorf("sent three times within %v", d)
		}
		near.Write(unhex(t, "00 41 54 0D")) // noise that looks like a long packet
		time.Sleep(ssiGap + time.Millisecond)
		near.Write(unhex(t, hostFlush))
		if got := read(6); !bytes.Equal(got, unhex(t, imagerAck)) {
			t.Errorf("% X", got)
		}
		v.Fault("drop_byte 0 up")
		near.Write(unhex(t, hostFlush))
		if got := read(5); !bytes.Equal(got, unhex(t, imagerAck)[1:]) {
			t.Errorf("% X", got)
		}
		v.Fault("unplug")
		if _, err := near.Read(make([]byte, 1)); err == nil {
			t.Error("the cable is still in")
		}
		if v.Fault("plug") == nil {
			t.Error("a connection was plugged in again")
		}
		cancel()
		wg.Wait()
		near.Close()
	})
}

// fuzzEar feeds a personality what a host might send, in two pieces.
func fuzzEar(f *testing.F, protocol string) {
	page := whitePage()
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		near, far := net.Pipe()
		defer near.Close()
		v, err := NewScanner(ScannerConfig{Conn: far, Protocol: protocol})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		v.Feed(page)
		at := min(int(cut), len(b))
		v.heard(b[:at])
		v.heard(b[at:])
		v.FeedCode("code")
		if len(v.queue) > maxMessages {
			t.Fatalf("%d messages wait", len(v.queue))
		}
		size := 0
		for _, m := range v.queue {
			for _, p := range m.parts {
				size += len(p.bytes)
			}
		}
		if size > maxMessages*(2*len(page)+maxMenuLine) {
			t.Fatalf("%d bytes to say to %d", size, len(b))
		}
	})
}

func FuzzHoneywellEar(f *testing.F) {
	f.Add([]byte("\x16M\rDECHDR1!\x16M\rIMGSNP1L;IMGSHP2P6F75J1S.\x16T\r"), uint8(9))
	f.Add([]byte("\x16M\rIMGSNP1L1T,SHP6F1ir!\x16M\rDEC?,*!"), uint8(0))
	fuzzEar(f, HoneywellProtocol)
}

func FuzzSSIEar(f *testing.F) {
	for _, s := range []string{packeted, hostSnap + hostStart + hostAck, hostResend + hostCancel, "04 99 04 00 FF 5F", "07 C6 04 00 FF F0 01 FD 3F"} {
		f.Add(unhex(f, s), uint8(3))
	}
	fuzzEar(f, SSIProtocol)
}

func FuzzMagellanEar(f *testing.F) {
	f.Add([]byte("PP\x04p2SSP\x06p2SSHJ"), uint8(4))
	fuzzEar(f, DatalogicProtocol)
}
