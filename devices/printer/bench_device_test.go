package printer_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/printer"
	"servicepoint/devices/virtual"
	"servicepoint/devices/wire"
)

// clocked notes when bytes arrive at the far end.
type clocked struct {
	*virtual.Line
	mu   sync.Mutex
	at   []time.Time
	n    []int
	from int // the first note of the job
}

func (c *clocked) Read(b []byte) (int, error) {
	n, err := c.Line.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > 0 {
		if c.from < 0 && b[0] == 0x1b { // ESC @ begins a job; questions begin otherwise
			c.from = len(c.at)
		}
		c.at, c.n = append(c.at, time.Now()), append(c.n, n)
	}
	return n, err
}

func (c *clocked) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.n, c.from = nil, nil, -1
}

// took is the time from the first byte of a job to its last.
func (c *clocked) took(total int64, baud int) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from < 0 {
		return 0
	}
	begin := c.at[c.from].Add(-time.Duration(c.n[c.from]) * 10 * time.Second / time.Duration(baud))
	count, last := int64(0), begin
	for i := c.from; i < len(c.at); i++ {
		if count >= total && c.at[i].Sub(last) > 200*time.Millisecond {
			break // a question after the job
		}
		count, last = count+int64(c.n[i]), c.at[i]
	}
	return last.Sub(begin)
}

// BenchmarkSlipLine prints on a paced pseudo-terminal with flow control and
// reports how much of the line's rate a slip uses: the time that its bytes need
// at that rate, by the time from its first byte to its last.
func BenchmarkSlipLine(b *testing.B) {
	for _, baud := range []int{115200, 19200} {
		for _, pr := range printer.Profiles() {
			far := -1
			all := virtual.PrinterProfiles()
			for i, v := range all {
				if v.Name == pr.Name {
					far = i
				}
			}
			if far >= 0 {
				b.Run(fmt.Sprintf("%s/%d", pr.Name, baud), func(b *testing.B) { benchLine(b, pr, all[far], baud) })
			}
		}
	}
}

func benchLine(b *testing.B, pr printer.Profile, model virtual.PrinterProfile, baud int) {
	far, err := virtual.NewPrinter(virtual.PrinterConfig{Dir: b.TempDir(), Profile: model, Flow: virtual.FlowRTSCTS})
	if err != nil {
		b.Fatal(err)
	}
	line := &clocked{Line: &virtual.Line{Link: filepath.Join(b.TempDir(), "printer"), Baud: baud}}
	if err := line.Plug(); err != nil {
		b.Fatal(err)
	}
	p := &printer.Printer{Open: wire.Port{Path: line.Path(), Baud: baud}.Opener(), Profile: pr, Baud: baud, Flow: wire.FlowRTSCTS}
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { far.Serve(line) })
	running.Go(func() { p.Run(ctx) })
	defer running.Wait()
	defer line.Close()
	defer far.Close()
	defer cancel()
	slip := someSlip(pr.Width&^7, 7)
	for range 50 {
		if p.Status().Ready {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if _, err := p.Print(ctx, devices.Slip{Width: 8, Rows: []devices.Row{{}}}, nil); err != nil { // the first job of a process asks more
		b.Fatal(err)
	}
	var bytes int64
	var took time.Duration
	for b.Loop() {
		line.start()
		res, err := p.Print(ctx, slip, nil)
		if err != nil {
			b.Fatal(err)
		}
		bytes, took = bytes+res.Total, took+line.took(res.Total, baud)
	}
	b.ReportMetric(float64(bytes)*10/float64(baud)/took.Seconds()*100, "%line")
	b.ReportMetric(float64(bytes)/float64(b.N), "B/slip")
}
