package scanner

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

// zebra is the far end of SSI, written from the tables of commands: it sends a
// packet, waits for its answer and sends it twice more if it must.
type zebra struct {
	page   []byte
	kind   byte                         // of the preamble, 0 is JPEG
	size   int                          // what the preamble says, if not 0
	patch  func(body []byte) []byte     // changes preamble and picture
	refuse map[string]byte              // NAK of a command such as "C6 FF EE 01"
	deaf   map[string]bool              // commands it does not answer; "" is all
	tamper func(n int, b []byte) []byte // what becomes of the nth packet sent
	heard  func(n int, b []byte) []byte // what becomes of the nth packet received
	write  func(w io.Writer, b []byte)  // how bytes go out; nil is at once
	beside func(d *zebra, at string)    // called "before", "during" and "after" a picture

	serving sync.WaitGroup

	mu       sync.Mutex
	conn     io.ReadWriteCloser
	codes    chan func()
	commands []string // as they came, in hex
	sent     int
	got      int
	opened   int
	mode     byte
	inbox    chan []byte
	backlog  [][]byte
	batch    []byte // bytes held back to go with the next ones
}

func (d *zebra) open(context.Context) (wire.Link, error) {
	near, far := net.Pipe()
	d.attach(far)
	return near, nil
}

// attach serves one connection, after the one before has ended.
func (d *zebra) attach(conn io.ReadWriteCloser) {
	d.serving.Wait()
	d.mu.Lock()
	d.conn = conn
	d.opened++
	d.mode = 0
	d.inbox, d.backlog = make(chan []byte, 4096), nil
	if d.codes == nil {
		d.codes = make(chan func(), 100)
	}
	d.mu.Unlock()
	inbox, codes := d.inbox, d.codes
	d.serving.Go(func() { d.listen(conn, inbox) })
	d.serving.Go(func() { d.run(inbox, codes) })
}

// listen cuts what the host sends into packets; what is none is skipped.
func (d *zebra) listen(conn io.Reader, inbox chan<- []byte) {
	defer close(inbox)
	var in []byte
	var last time.Time
	buf := make([]byte, 512)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		d.meet()
		if time.Since(last) > 200*time.Millisecond {
			in = in[:0]
		}
		last = time.Now()
		for in = append(in, buf[:n]...); len(in) > 0; {
			total := int(in[0]) + 2
			if in[0] >= 4 && len(in) < total {
				break
			}
			if in[0] < 4 || packSum(in[:total-2]) != binary.BigEndian.Uint16(in[total-2:]) {
				in = in[1:]
				continue
			}
			p := bytes.Clone(in[:total])
			in = in[total:]
			if d.got++; d.heard != nil {
				p = d.heard(d.got, p)
			}
			if p != nil {
				inbox <- p
			}
		}
	}
}

func packSum(b []byte) uint16 {
	sum := 0x10000
	for _, c := range b {
		sum -= int(c)
	}
	return uint16(sum)
}

// pack is a packet from the device.
func pack(op, status byte, data ...byte) []byte {
	b := append([]byte{byte(4 + len(data)), op, 0, status}, data...)
	return binary.BigEndian.AppendUint16(b, packSum(b))
}

func (d *zebra) run(inbox <-chan []byte, codes <-chan func()) {
	for {
		if len(d.backlog) > 0 {
			p := d.backlog[0]
			d.backlog = d.backlog[1:]
			d.obey(p)
			continue
		}
		select {
		case p, ok := <-inbox:
			if !ok {
				return
			}
			d.obey(p)
		case do := <-codes:
			do()
		}
	}
}

func (d *zebra) send(b []byte) {
	d.meet()
	if d.sent++; d.tamper != nil {
		b = d.tamper(d.sent, bytes.Clone(b))
	}
	b = append(d.batch, b...)
	d.batch = nil
	if d.write != nil {
		d.write(d.conn, b)
		return
	}
	d.conn.Write(b)
}

func (d *zebra) obey(p []byte) {
	d.meet()
	if p[1] == 0xD0 || p[1] == 0xD1 || p[1] == 0x74 {
		return // late
	}
	name := strings.TrimSpace(fmt.Sprintf("%02X % X", p[1], p[4:len(p)-2]))
	d.mu.Lock()
	d.commands = append(d.commands, name)
	d.mu.Unlock()
	if d.deaf[name] || d.deaf[""] {
		return
	}
	if why, ok := d.refuse[name]; ok {
		d.send(pack(0xD1, 0, why))
		return
	}
	switch p[1] {
	case 0xA3:
		d.message(0xA4, []byte("VS-1 REV A\x00\x01"))
	case 0xE4:
		if d.beside != nil && d.mode == 1 {
			d.beside(d, "before")
		}
		d.send(pack(0xD0, 0))
		if d.mode == 1 {
			d.ship()
			if d.beside != nil {
				d.beside(d, "after")
			}
		}
	case 0xF7:
		d.mode = p[4]
		d.send(pack(0xD0, 0))
	default:
		d.send(pack(0xD0, 0))
	}
}

func (d *zebra) ship() {
	kind := d.kind
	if kind == 0 {
		kind = 0x31
	}
	size := len(d.page)
	if d.size != 0 {
		size = d.size
	}
	body := binary.BigEndian.AppendUint32(nil, uint32(size))
	body = append(append(body, 0, 96, 0, 64, kind, 8), d.page...)
	if d.patch != nil {
		body = d.patch(body)
	}
	for len(body) > 0 {
		n := min(251, len(body))
		status := byte(0)
		if n < len(body) {
			status = 2
		}
		if d.packet(0xB1, status, body[:n]) != 0xD0 {
			return
		}
		if body = body[n:]; len(body) > 0 && d.beside != nil {
			d.beside(d, "during")
		}
	}
}

// message sends data in as many packets as it needs.
func (d *zebra) message(op byte, data []byte) {
	for {
		n := min(251, len(data))
		status := byte(0)
		if n < len(data) {
			status = 2
		}
		if d.packet(op, status, data[:n]) != 0xD0 || n == len(data) {
			return
		}
		data = data[n:]
	}
}

// packet sends one packet until it is acknowledged and gives the answer.
func (d *zebra) packet(op, status byte, data []byte) byte {
	answer := byte(0)
	for try := range 3 {
		if try > 0 {
			status |= 1
		}
		d.send(pack(op, status, data...))
		if answer = d.answer(); answer == 0xD0 || answer == 0x0A || answer == 0xFF {
			break
		}
	}
	return answer
}

// answer waits for what the host says to a packet: D0, 1 or 0A for the reasons
// of a NAK, 0 for nothing, FF for another command.
func (d *zebra) answer() byte {
	defer d.meet()
	select {
	case p, ok := <-d.inbox:
		switch {
		case !ok:
			return 0xFF
		case p[1] == 0xD0 || p[1] == 0x74:
			return 0xD0
		case p[1] == 0xD1:
			return p[4]
		}
		d.backlog = append(d.backlog, p)
		return 0xFF
	case <-time.After(2 * time.Second):
		return 0
	}
}

func (d *zebra) seen() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.commands)
}

// told counts the commands of that name.
func (d *zebra) told(name string) (n int) {
	for _, c := range d.seen() {
		if c == name {
			n++
		}
	}
	return n
}

// hangUp breaks the line.
func (d *zebra) hangUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conn.Close()
}

// meet orders what the test has changed, while the device waited, before what
// the device does next.
func (d *zebra) meet() {
	d.mu.Lock()
	defer d.mu.Unlock()
}

// idle lets time pass and the device come to rest.
func (d *zebra) idle(rest time.Duration) {
	d.meet()
	time.Sleep(rest)
	synctest.Wait()
}

// read has the device read a code while it has nothing else to do.
func (d *zebra) read(text string) {
	d.codes <- func() { d.message(0xF3, append([]byte{0x1C}, text...)) }
}

// onZebra runs a test with a driver on the device, in a bubble: none of its
// goroutines may be left at the end.
func onZebra(t *testing.T, d *zebra, do func(t *testing.T, s *Scanner)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &Scanner{Open: d.open, Protocol: SSI}
		run(t, s)
		time.Sleep(time.Second) // the set-up
		synctest.Wait()
		do(t, s)
		t.Cleanup(func() { synctest.Wait(); d.hangUp() })
	})
}

// sheetIs scans once and checks what comes of it, "" being page.
func sheetIs(t *testing.T, s *Scanner, page []byte, cause devices.Cause) {
	t.Helper()
	sheet, err := snap(s, t.Context(), nil)
	synctest.Wait() // the device is the test's again
	if got := causeOf(t, err); got != cause {
		t.Fatalf("cause %q, want %q (%v)", got, cause, err)
	}
	if cause != "" {
		return
	}
	if !bytes.Equal(sheet.Bytes, page) || sheet.Verified != devices.Checksummed || sheet.N != 1 || sheet.MIME != "image/jpeg" {
		t.Fatalf("a sheet of %d bytes, %s, N %d, %s; the page has %d", len(sheet.Bytes), sheet.Verified, sheet.N, sheet.MIME, len(page))
	}
}

// codesAre takes the codes that have come and compares them.
func codesAre(t *testing.T, s *Scanner, want ...string) {
	t.Helper()
	synctest.Wait()
	var got []string
	for len(s.Codes()) > 0 {
		got = append(got, string((<-s.Codes()).Raw))
	}
	if !slices.Equal(got, want) {
		t.Errorf("codes %q, want %q", got, want)
	}
}

func ready(t *testing.T, s *Scanner) {
	t.Helper()
	synctest.Wait()
	if got := s.Status(); !got.Ready {
		t.Errorf("status %+v", got)
	}
}
