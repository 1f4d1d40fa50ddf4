package virtual

import (
	"bytes"
	"io"
	"math/bits"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// through sends bytes up a disturbed line in pieces and gives what arrives.
func through(t *testing.T, seed uint64, words []string, sent []byte, piece int) []byte {
	t.Helper()
	l := &Line{Seed: seed}
	order(t, l, words...)
	near, far := net.Pipe()
	conn := l.Disturb(far)
	go func() {
		for b := range slices.Chunk(sent, piece) {
			if n, err := conn.Write(b); n != len(b) || err != nil {
				t.Errorf("Write = %d, %v", n, err)
			}
		}
		order(t, l, "whole")
		time.Sleep(10 * time.Millisecond)
		far.Close()
	}()
	got, err := io.ReadAll(near)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func order(t *testing.T, l *Line, words ...string) {
	t.Helper()
	for _, w := range words {
		f := strings.Fields(w)
		if done, err := l.Fault(f[0], f[1:]...); !done || err != nil {
			t.Errorf("%s: %v, %v", w, done, err)
		}
	}
}

func TestNoiseIsAsOrderedAndTheSameForASeed(t *testing.T) {
	sent := bytes.Repeat([]byte("0123456789"), 10_000)
	a := through(t, 7, []string{"noise 1e-3"}, sent, 512)
	flipped := 0
	for i := range a {
		flipped += bits.OnesCount8(a[i] ^ sent[i])
	}
	if flipped < 600 || flipped > 1000 { // of 800,000 bits
		t.Errorf("%d bits flipped", flipped)
	}
	if b := through(t, 7, []string{"noise 1e-3"}, sent, 1000); !bytes.Equal(a, b) {
		t.Error("the same seed spoils other bytes if they come in other pieces")
	}
	if c := through(t, 8, []string{"noise 1e-3"}, sent, 512); bytes.Equal(a, c) {
		t.Error("another seed spoils the same bytes")
	}
	if d := through(t, 7, []string{"noise 1e-3", "quiet"}, sent, 512); !bytes.Equal(d, sent) {
		t.Error("quiet is not")
	}
}

func TestLineLosesDoublesAndZeroesBytes(t *testing.T) {
	for _, c := range []struct {
		words      []string
		sent, want string
	}{
		{[]string{"drop_byte"}, "abcd", "bcd"},
		{[]string{"drop_byte 2"}, "abcd", "abd"},
		{[]string{"drop_byte 2 down"}, "abcd", "abcd"},
		{[]string{"drop_byte 1 up", "drop_byte 2 up"}, "abcd", "ad"},
		{[]string{"double_byte 3"}, "abcd", "abcdd"},
		{[]string{"burst 1"}, "a" + strings.Repeat("b", 70), "a" + strings.Repeat("\x00", 64) + "bbbbbb"},
		{[]string{"burst 3 up"}, "abcd", "abc\x00"},
		{[]string{"at_probe"}, "abcd", "abcd"},
		{[]string{"drop_byte", "quiet"}, "abcd", "abcd"},
		{[]string{"coalesce 3"}, "abcdefgh", "abcdefgh"},
		{[]string{"wrong_baud 1"}, "abcd\x00\xff", "abcd\x00\xff"},
	} {
		for _, piece := range []int{1, 3, 100} {
			if c.words[0] == "wrong_baud 1" && piece == 3 {
				continue
			}
			if got := through(t, 1, c.words, []byte(c.sent), piece); string(got) != c.want {
				t.Errorf("%v of %q in pieces of %d: %q, want %q", c.words, c.sent, piece, got, c.want)
			}
		}
	}
}

func TestWrongBaudIsRubbishAlwaysTheSame(t *testing.T) {
	sent := []byte("\x1b@\x1dv0\x00\x10\x04\x01ABC")
	for _, ratio := range []string{"0.5", "2", "12", "0.0833", "1.5"} {
		a := through(t, 1, []string{"wrong_baud " + ratio}, sent, 100)
		b := through(t, 2, []string{"wrong_baud " + ratio}, sent, 100)
		if bytes.Equal(a, sent) || !bytes.Equal(a, b) || len(a) == 0 {
			t.Errorf("ratio %s: % x and % x", ratio, a, b)
		}
	}
}

func TestProbeIsHeardBeforeTheHost(t *testing.T) {
	l := &Line{}
	order(t, l, "at_probe")
	near, far := net.Pipe()
	defer near.Close()
	conn := l.Disturb(far)
	go near.Write([]byte("hello"))
	got := make([]byte, 14)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "AT\rAT\rAT\rhello" {
		t.Errorf("the device hears %q, %v", got, err)
	}
}

func TestCoalescedBytesComeTogetherOrLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Line{}
		order(t, l, "coalesce 4")
		near, far := net.Pipe()
		defer near.Close()
		conn := l.Disturb(far)
		go func() {
			for _, s := range []string{"a", "b", "c", "d", "e"} {
				conn.Write([]byte(s))
			}
		}()
		got := make([]byte, 16)
		if n, _ := near.Read(got); string(got[:n]) != "abcd" {
			t.Errorf("first %q", got[:n])
		}
		start := time.Now()
		if n, _ := near.Read(got); string(got[:n]) != "e" || time.Since(start) != heldFor {
			t.Errorf("then %q after %v", got[:n], time.Since(start))
		}
	})
}

func TestStalledLineMovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Line{}
		near, far := net.Pipe()
		defer near.Close()
		conn := l.Disturb(far)
		start := time.Now()
		order(t, l, "stall 30")
		go conn.Write([]byte("x"))
		if _, err := near.Read(make([]byte, 1)); err != nil || time.Since(start) != 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		order(t, l, "stall")
		go func() { time.Sleep(time.Hour); order(t, l, "go_on") }()
		go near.Write([]byte("y"))
		if _, err := conn.Read(make([]byte, 1)); err != nil || time.Since(start) != time.Hour+30*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestOneByteAtATime(t *testing.T) {
	l := &Line{}
	if err := l.Plug(); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	order(t, l, "one_byte")
	f := driver(t, l)
	go l.Write([]byte("abc"))
	for _, want := range []string{"a", "b", "c"} {
		got := make([]byte, 10)
		if n, err := f.Read(got); err != nil || string(got[:n]) != want {
			t.Errorf("got %q, %v", got[:n], err)
		}
	}
}

func TestReplugGivesAnotherNode(t *testing.T) {
	l := &Line{Link: t.TempDir() + "/line"}
	if err := l.Plug(); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	was, _ := os.Readlink(l.Link)
	f := driver(t, l)
	order(t, l, "replug")
	if _, err := f.Read(make([]byte, 1)); err == nil {
		t.Error("the old node lives")
	}
	now, err := os.Readlink(l.Link)
	if err != nil || now == was {
		t.Errorf("the node was %s and is %s, %v", was, now, err)
	}
	g := driver(t, l)
	go g.Write([]byte("x"))
	if _, err := l.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	order(t, l, "xoff")
	got := make([]byte, 1)
	if _, err := g.Read(got); err != nil || got[0] != 0x13 {
		t.Errorf("% x, %v", got, err)
	}
	order(t, l, "unplug", "unplug", "xon", "plug", "plug")
}

func TestUnplugEndsAStall(t *testing.T) {
	l := &Line{}
	if err := l.Plug(); err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	order(t, l, "stall")
	go func() {
		_, err := l.Read(make([]byte, 1))
		read <- err
	}()
	l.Close()
	if err := <-read; err != ErrUnplugged {
		t.Error(err)
	}
}
