package scanner

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

const (
	writeLimit   = 2 * time.Second
	replyLimit   = time.Second            // to a handshake
	handshakes   = 3                      // tries before the device counts as silent
	quietLimit   = 200 * time.Millisecond // a stream this long silent is between messages
	discardLimit = 30 * time.Second       // beyond what a message under way needs
	defaultBaud  = 115200
)

// handshake asks for framed codes: DECHDR1 puts a header with a length before
// each. "!" stores it only until power-off, which spares the device's flash.
const handshake = "DECHDR1!"

// prefix begins a line of menu commands: SYN M CR.
const prefix = "\x16M\r"

// errForgot marks a device that has lost the handshake and nothing else.
var errForgot = errors.New("the device forgot the handshake")

// errTimer is what step gives when the caller's timer has fired.
var errTimer = errors.New("timer")

// session is one opened line. All methods but pump run on one goroutine.
type session struct {
	s      *Scanner
	link   wire.Link
	in     demux
	events []event // found and not yet taken
	chunks chan chunk
	done   chan struct{}
	pumped sync.WaitGroup
	quiet  *time.Timer // runs while the demultiplexer's patience is limited
}

type chunk struct {
	bytes []byte // valid until the next chunk is taken
	err   error
}

func newSession(s *Scanner, link wire.Link) *session {
	x := &session{s: s, link: link, chunks: make(chan chunk), done: make(chan struct{}), quiet: time.NewTimer(time.Hour)}
	x.quiet.Stop()
	x.pumped.Go(x.pump)
	return x
}

func (x *session) close() {
	close(x.done)
	x.link.Close() // frees pump's Read; nothing is lost by a failed close
	x.pumped.Wait()
	x.quiet.Stop()
}

// pump reads the line. Two buffers do: while one is looked at the other fills.
func (x *session) pump() {
	bufs := [2][]byte{make([]byte, 16<<10), make([]byte, 16<<10)}
	for i := 0; ; i ^= 1 {
		n, err := x.link.Read(bufs[i])
		if n == 0 && err == nil {
			continue
		}
		select {
		case x.chunks <- chunk{bufs[i][:n], err}:
		case <-x.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// step waits for one thing to happen: bytes, which become events; a pause that
// the stream may not have; an ask; the timer (errTimer); the context's end.
// Any other error is a *devices.Fault of a dead line.
func (x *session) step(ctx context.Context, timer <-chan time.Time, asks <-chan *ask) (*ask, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-x.chunks:
		x.in.feed(c.bytes, x.found)
		if c.err != nil {
			return nil, lineFault(c.err)
		}
		x.quiet.Stop()
		if d := x.in.patience(); d > 0 {
			x.quiet.Reset(d)
		}
	case <-x.quiet.C:
		x.in.silence(x.found)
	case a := <-asks:
		return a, nil
	case <-timer:
		return nil, errTimer
	}
	return nil, nil
}

// found takes what the demultiplexer finds; codes go out at once.
func (x *session) found(e event) {
	if e.kind == gotCode {
		x.s.deliver(e.code)
		if !e.unframed {
			return
		}
	}
	x.events = append(x.events, e)
}

// take gives the oldest event, if there is one.
func (x *session) take() (event, bool) {
	if len(x.events) == 0 {
		return event{}, false
	}
	e := x.events[0]
	x.events[0] = event{} // it may hold a picture
	x.events = x.events[1:]
	return e, true
}

func lineFault(err error) *devices.Fault {
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		f := *f
		f.Device = devices.ScannerDevice
		return &f
	}
	if errors.Is(err, io.EOF) {
		return fail(devices.Offline, "the line hung up", err)
	}
	return fail(devices.Offline, "the line broke", err)
}

// send writes one line of commands and awaits its reply.
func (x *session) send(line string, wantPicture bool) *devices.Fault {
	x.in.await(line, wantPicture)
	if err := x.link.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return lineFault(err)
	}
	if _, err := io.WriteString(x.link, prefix+line); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fail(devices.Silent, "the device takes no bytes", err)
		}
		return lineFault(err)
	}
	return nil
}

// serve brings the imager to a known state and then does what is asked until
// the line breaks, the device stops answering or the context ends.
func (x *session) serve(ctx context.Context) (worked bool, fault *devices.Fault) {
	if fault := x.resync(ctx); fault != nil {
		return false, fault
	}
	x.s.set(nil)
	cool := time.NewTimer(0)
	defer cool.Stop()
	asks := (<-chan *ask)(nil) // nil while cooling down
	for {
		a, err := x.step(ctx, cool.C, asks)
		switch {
		case errors.Is(err, errTimer):
			asks = x.s.asks
		case err != nil:
			return true, asFault(err)
		}
		fault, rest := x.strayed(), time.Duration(0)
		if a != nil {
			fault, rest = x.answer(ctx, a)
		}
		if fault == nil {
			continue
		}
		if fault := x.restore(ctx, fault); fault != nil {
			return true, fault
		}
		if rest > 0 {
			asks = nil
			cool.Reset(rest)
		}
	}
}

// strayed looks at what came unasked: a stream out of step, or a bare code,
// which tells that the device has forgotten the handshake.
func (x *session) strayed() (fault *devices.Fault) {
	for {
		e, ok := x.take()
		if !ok {
			return fault
		}
		switch {
		case e.kind == gotLost:
			fault = fail(e.cause, e.detail, nil)
		case e.kind == gotCode && fault == nil:
			fault = fail(devices.Garbled, "a code came unframed", errForgot)
		}
	}
}

// answer serves one ask. A fault means that the device has to be brought back
// to a known state, rest how long it is to be left alone afterwards.
func (x *session) answer(ctx context.Context, a *ask) (fault *devices.Fault, rest time.Duration) {
	both, cancel := context.WithCancel(a.ctx)
	defer context.AfterFunc(ctx, cancel)()
	defer cancel()
	sheet, fault := x.snap(both, a.progress)
	if fault == nil {
		x.s.Log.Info("sheet taken", "bytes", len(sheet.Bytes), "verified", sheet.Verified, "took", sheet.Took)
		a.answer <- answer{sheet: sheet}
		return nil, 0
	}
	a.answer <- answer{fault: fault}
	if fault.Cause == devices.NoSheet || fault.Cause == devices.Cancelled {
		return fault, 0
	}
	return fault, coolDown
}

// restore resyncs after fault and keeps the status true meanwhile. It gives
// the fault that makes the line unusable, if there is one.
func (x *session) restore(ctx context.Context, fault *devices.Fault) *devices.Fault {
	if fault.Cause == devices.Offline {
		return fault
	}
	switch {
	case fault.Cause == devices.NoSheet, fault.Cause == devices.Cancelled:
	case errors.Is(fault, errForgot):
		x.s.Log.Info("scanner shakes hands again", "because", errForgot)
	default:
		x.s.set(fault)
	}
	if fault := x.resync(ctx); fault != nil {
		return fault
	}
	x.s.set(nil)
	return nil
}

// resync brings the stream between two messages and shakes hands. Since the
// device does one thing after another, its answer also proves that nothing
// asked for earlier can still come.
func (x *session) resync(ctx context.Context) *devices.Fault {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for try := range handshakes {
		if fault := x.discard(ctx); fault != nil {
			return fault
		}
		if fault := x.send(handshake, false); fault != nil {
			return fault
		}
		timer.Reset(replyLimit)
		statuses, fault := x.reply(ctx, timer.C)
		switch {
		case fault != nil:
			return fault
		case statuses == nil:
			continue
		case statuses[0] != ack:
			return fail(devices.Garbled, "the device refuses framed codes (DECHDR1)", nil)
		}
		if try > 0 { // an earlier try's answer may be on its way
			return x.discard(ctx)
		}
		return nil
	}
	return fail(devices.Silent, "no answer to DECHDR1", nil)
}

// reply waits for the awaited reply; nil statuses mean that none came or that
// the stream is out of step.
func (x *session) reply(ctx context.Context, timer <-chan time.Time) ([]byte, *devices.Fault) {
	for {
		for e, ok := x.take(); ok; e, ok = x.take() {
			switch e.kind {
			case gotReply:
				return e.statuses, nil
			case gotLost:
				return nil, nil
			}
		}
		_, err := x.step(ctx, timer, nil)
		if errors.Is(err, errTimer) {
			return nil, nil
		}
		if err != nil {
			return nil, asFault(err)
		}
	}
}

// discard throws away what arrives until nothing does. What is thrown away is
// never looked at: codes among it may belong to somebody who has left.
func (x *session) discard(ctx context.Context) *devices.Fault {
	limit := time.NewTimer(discardLimit + x.transfer(x.in.size-x.in.done))
	defer limit.Stop()
	x.quiet.Stop()
	silent := time.NewTimer(quietLimit)
	defer silent.Stop()
	for {
		select {
		case <-ctx.Done():
			return asFault(ctx.Err())
		case c := <-x.chunks:
			if c.err != nil {
				return lineFault(c.err)
			}
			silent.Reset(quietLimit)
		case <-silent.C:
			x.in.reset()
			x.events = nil
			return nil
		case <-limit.C:
			return fail(devices.Garbled, "the line never falls silent", nil)
		}
	}
}

// transfer is the time n bytes may take on the line: half as long again as
// they need.
func (x *session) transfer(n int) time.Duration {
	baud := x.s.Baud
	if baud <= 0 {
		baud = defaultBaud
	}
	return time.Duration(max(0, n)) * 15 * time.Second / time.Duration(baud)
}

// asFault names what step gives.
func asFault(err error) *devices.Fault {
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		return f
	}
	return fail(devices.Cancelled, "", err)
}
