package virtual

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// driver opens the line's node as a driver would.
func driver(t *testing.T, l *Line) *os.File {
	t.Helper()
	f, err := os.OpenFile(l.Path(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestLineKeepsItsLinkOverPlugs(t *testing.T) {
	l := &Line{Link: filepath.Join(t.TempDir(), "line")}
	defer l.Close()
	for range 3 {
		if err := l.Plug(); err != nil {
			t.Fatal(err)
		}
		if err := l.Plug(); err != nil { // nothing to do
			t.Fatal(err)
		}
		f := driver(t, l)
		if _, err := f.Write([]byte("\x00\r\n\x03\xff")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 5)
		if _, err := io.ReadFull(l, got); err != nil || string(got) != "\x00\r\n\x03\xff" {
			t.Fatalf("got % x, %v", got, err)
		}
		if err := l.Unplug(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(l.Link); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the link is still there: %v", err)
		}
	}
}

func TestLineUnpluggedFailsAtOnce(t *testing.T) {
	l := &Line{}
	if _, err := l.Read(make([]byte, 1)); err != ErrUnplugged {
		t.Errorf("Read = %v", err)
	}
	if _, err := l.Write([]byte("x")); err != ErrUnplugged {
		t.Errorf("Write = %v", err)
	}
	if l.Path() != "" {
		t.Errorf("Path = %q", l.Path())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := l.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait = %v", err)
	}
	waited := make(chan error)
	go func() { waited <- l.Wait(t.Context()) }()
	if err := l.Plug(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Errorf("Wait = %v", err)
	}
	read := make(chan error)
	go func() {
		_, err := l.Read(make([]byte, 1))
		read <- err
	}()
	l.Close()
	if err := <-read; err != ErrUnplugged {
		t.Errorf("a Read over the unplugging = %v", err)
	}
	if err := l.Plug(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Plug after Close = %v", err)
	}
}

func TestLineOutlivesItsDriver(t *testing.T) {
	l := &Line{}
	if err := l.Plug(); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 3 { // a driver that is restarted
		f := driver(t, l)
		f.Write([]byte("x"))
		if _, err := l.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	l.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := l.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("with nobody there: %v", err)
	}
}

func TestLinePacesToItsRate(t *testing.T) {
	l := &Line{Baud: 9600}
	if err := l.Plug(); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := driver(t, l)
	start := time.Now()
	go l.Write(make([]byte, 96))
	if _, err := io.ReadFull(f, make([]byte, 96)); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d < 80*time.Millisecond {
		t.Errorf("96 bytes at 9600 baud took %v", d)
	}
}

func TestWordsHaveTheirUndo(t *testing.T) {
	known := map[[2]string]bool{}
	for _, w := range Words() {
		known[[2]string{w.Device, w.Word}] = true
	}
	for _, w := range Words() {
		if w.Undo != "" && !known[[2]string{w.Device, w.Undo}] {
			t.Errorf("%s: %s is undone by %q, which nobody knows", w.Device, w.Word, w.Undo)
		}
	}
}
