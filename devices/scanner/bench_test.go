package scanner_test

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/scanner"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// shipper answers a Honeywell host as fast as its line goes: at so many baud,
// on a schedule that forgives no lateness, or at once for 0.
type shipper struct {
	line io.ReadWriter
	page []byte
	baud int
}

func (s shipper) run() {
	buf := make([]byte, 256)
	var heard []byte
	for {
		n, err := s.line.Read(buf)
		if err != nil {
			return
		}
		heard = append(heard, buf[:n]...)
		if !bytes.HasSuffix(heard, []byte("!")) {
			continue
		}
		command := bytes.TrimPrefix(heard, []byte("\x16M\r"))
		answer := bytes.ReplaceAll(bytes.ReplaceAll(command, []byte(";"), []byte("\x06;")), []byte("!"), []byte("\x06!"))
		answer = append([]byte(nil), answer...)
		if at := bytes.Index(command, []byte("IMGSHP")); at >= 0 {
			payload := len(command) - 1 - at + 1 + len(s.page)
			answer = append(answer, 0x16, 0xFE, byte(payload), byte(payload>>8), byte(payload>>16), byte(payload>>24), '\r')
			answer = append(append(answer, command[at:len(command)-1]...), 0x1D)
		}
		heard = heard[:0]
		if s.send(answer, time.Now()); bytes.Contains(answer, []byte{0x16, 0xFE}) {
			s.send(s.page, time.Now())
		}
	}
}

func (s shipper) send(b []byte, start time.Time) {
	step := len(b)
	if s.baud > 0 {
		step = s.baud / 10 / 200 // 5 ms
	}
	for sent := 0; sent < len(b); {
		n := min(step, len(b)-sent)
		if _, err := s.line.Write(b[sent : sent+n]); err != nil {
			return
		}
		if sent += n; s.baud > 0 {
			time.Sleep(time.Until(start.Add(time.Duration(sent) * 10 * time.Second / time.Duration(s.baud))))
		}
	}
}

func noisePage(b testing.TB, size int) []byte {
	b.Helper()
	// Noise of this quality takes about 0.58 bytes a dot.
	side := 8
	for side*side*58/100 < size {
		side += 8
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, noise(side, side), nil); err != nil {
		b.Fatal(err)
	}
	return buf.Bytes()
}

// ready runs the driver until the benchmark ends.
func ready(b testing.TB, s *scanner.Scanner) {
	b.Helper()
	up := make(chan struct{}, 10)
	s.OnStatus = func(st devices.Status) {
		if st.Ready {
			up <- struct{}{}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { s.Run(ctx) })
	b.Cleanup(func() { cancel(); wg.Wait() })
	<-up
}

func scan(b testing.TB, s *scanner.Scanner, page []byte) {
	b.Helper()
	err := s.Scan(b.Context(), devices.ScanRequest{}, func(sheet devices.Sheet) error {
		if !bytes.Equal(sheet.Bytes, page) {
			b.Error("not the page")
		}
		return nil
	}, nil)
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkShipment measures how much of the line's time a sheet takes, on a
// pseudo-terminal paced to the rate: line% is the time the bytes of the needed
// shipments take on the line, as a share of the time Scan took.
func BenchmarkShipment(b *testing.B) {
	page := noisePage(b, 100_000)
	for _, baud := range []int{115200, 460800, 921600} {
		for line, shipments := range map[string]int{scanner.CDC: 1, scanner.RS232: 2} {
			b.Run(fmt.Sprintf("%s/%d", line, baud), func(b *testing.B) {
				far := &virtual.Line{}
				if err := far.Plug(); err != nil {
					b.Fatal(err)
				}
				defer far.Close()
				go shipper{line: far, page: page, baud: baud}.run()
				s := &scanner.Scanner{Open: wire.Port{Path: far.Path()}.Opener(), Line: line, Baud: baud}
				ready(b, s)
				b.SetBytes(int64(len(page)))
				b.ReportAllocs()
				for b.Loop() {
					scan(b, s, page)
				}
				ideal := time.Duration(b.N*shipments*len(page)) * 10 * time.Second / time.Duration(baud)
				b.ReportMetric(100*ideal.Seconds()/b.Elapsed().Seconds(), "line%")
			})
		}
	}
}

// BenchmarkSheetMemory measures what a sheet costs in memory, as a multiple of
// its own size.
func BenchmarkSheetMemory(b *testing.B) {
	for _, size := range []int{100_000, 1_000_000, 4_000_000} {
		for _, line := range []string{scanner.CDC, scanner.RS232} {
			b.Run(fmt.Sprintf("%s/%dkB", line, size/1000), func(b *testing.B) {
				page := noisePage(b, size)
				s := &scanner.Scanner{Line: line, Open: func(context.Context) (wire.Link, error) {
					near, far := net.Pipe()
					go shipper{line: far, page: page}.run()
					return near, nil
				}}
				ready(b, s)
				b.SetBytes(int64(len(page)))
				b.ReportAllocs()
				for b.Loop() {
					scan(b, s, page)
				}
			})
		}
	}
}
