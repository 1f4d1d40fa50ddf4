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
	replyLimit   = time.Second             // to a handshake
	handshakes   = 3                       // tries before the device counts as silent
	firstByte    = 3 * time.Second         // for the device to answer, and to begin the picture
	slack        = 2 * time.Second         // on top of the time a picture needs on the line
	stall        = 1500 * time.Millisecond // a message may pause this long
	quietLimit   = 200 * time.Millisecond  // a stream this long silent is between messages
	discardLimit = 30 * time.Second        // beyond what a message under way needs
	defaultBaud  = 115200
)

// errForgot marks a device that has lost the handshake and nothing else.
var errForgot = errors.New("the device forgot the handshake")

// errTimer is what step gives when the caller's timer has fired.
var errTimer = errors.New("timer")

// session is one opened line and the talk on it. All methods but pump run on
// one goroutine.
type session struct {
	s      *Scanner
	link   wire.Link
	talk   talk
	chunks chan chunk
	done   chan struct{}
	pumped sync.WaitGroup
	quiet  *time.Timer // runs while the talk's patience is limited
}

type chunk struct {
	bytes []byte // valid until the next chunk is taken
	err   error
}

func newSession(s *Scanner, link wire.Link) (*session, error) {
	x := &session{s: s, link: link, chunks: make(chan chunk), done: make(chan struct{}), quiet: time.NewTimer(time.Hour)}
	x.quiet.Stop()
	t, err := newTalk(x)
	if err != nil {
		link.Close()
		return nil, err
	}
	x.talk = t
	x.pumped.Go(x.pump)
	return x, nil
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
		for n == 0 && err == nil { // into the same buffer: the other may still be looked at
			n, err = x.link.Read(bufs[i])
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

// step waits for one thing to happen: bytes, which go to the talk; a pause
// that the stream may not have; an ask (asks may be nil); the timer (errTimer;
// it may be nil); the context's end (its error). Any other error is a
// *devices.Fault of a dead line; asFault makes a fault of all but errTimer.
func (x *session) step(ctx context.Context, timer <-chan time.Time, asks <-chan *ask) (*ask, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-x.chunks:
		x.talk.feed(c.bytes)
		if c.err != nil {
			return nil, lineFault(c.err)
		}
		x.listen()
	case <-x.quiet.C:
		x.talk.silence()
		x.listen()
	case a := <-asks:
		return a, nil
	case <-timer:
		return nil, errTimer
	}
	return nil, nil
}

// listen sets the timer that tells the talk of a silence.
func (x *session) listen() {
	x.quiet.Stop()
	if d := x.talk.patience(); d > 0 {
		x.quiet.Reset(d)
	}
}

// write sends b within writeLimit.
func (x *session) write(b []byte) *devices.Fault {
	if err := x.link.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return lineFault(err)
	}
	if _, err := x.link.Write(b); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fail(devices.Silent, "the device takes no bytes", err)
		}
		return lineFault(err)
	}
	return nil
}

// discard throws away what arrives until nothing does; pending is how many
// bytes of a message under way are still expected. What is thrown away is never
// looked at: codes among it may belong to somebody who has left. The talk
// forgets its half messages afterwards, by itself.
func (x *session) discard(ctx context.Context, pending int) *devices.Fault {
	limit := time.NewTimer(discardLimit + x.transfer(pending))
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
			return nil
		case <-limit.C:
			return fail(devices.Garbled, "the line never falls silent", nil)
		}
	}
}

// code hands on a code the device has read; Raw must not change any more.
func (x *session) code(c devices.Code) { x.s.deliver(c) }

// transfer is the time n bytes may take on the line: half as long again as
// they need.
func (x *session) transfer(n int) time.Duration {
	baud := x.s.Baud
	if baud <= 0 {
		baud = defaultBaud
	}
	return time.Duration(max(0, n)) * 15 * time.Second / time.Duration(baud)
}

// serve brings the device to a known state and then does what is asked until
// the line breaks, the device stops answering or the context ends.
func (x *session) serve(ctx context.Context) (worked bool, fault *devices.Fault) {
	if fault := x.talk.resync(ctx); fault != nil {
		return false, fault
	}
	x.ready()
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
		fault, rest := x.talk.strayed(), time.Duration(0)
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

// ready tells what the device can do, then that it may be asked.
func (x *session) ready() {
	x.s.know(x.talk.capabilities())
	x.s.set(nil)
}

// answer serves one ask. A fault means that the device has to be brought back
// to a known state, rest how long it is to be left alone afterwards.
func (x *session) answer(ctx context.Context, a *ask) (fault *devices.Fault, rest time.Duration) {
	both, cancel := context.WithCancel(a.ctx)
	defer context.AfterFunc(ctx, cancel)()
	defer cancel()
	start := time.Now()
	sheet, fault := x.talk.snap(both, a.request, a.progress)
	if fault == nil {
		sheet.Took = time.Since(start)
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
	if fault := x.talk.resync(ctx); fault != nil {
		return fault
	}
	x.ready()
	return nil
}

// counted reports one shipment's progress as a part of all that are needed, in
// steps of at least a hundredth.
func counted(progress devices.Progress, before, need int) func(done, size int) {
	if progress == nil {
		return func(int, int) {}
	}
	last := -1
	return func(done, size int) {
		if last >= 0 && done < size && done-last < size/100 {
			return
		}
		last = done
		progress(int64(before)*int64(size)+int64(done), int64(need)*int64(size))
	}
}

func lineFault(err error) *devices.Fault {
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		return f
	}
	if errors.Is(err, io.EOF) {
		return fail(devices.Offline, "the line hung up", err)
	}
	return fail(devices.Offline, "the line broke", err)
}

// asFault names what step gives.
func asFault(err error) *devices.Fault {
	if f, ok := errors.AsType[*devices.Fault](err); ok {
		return f
	}
	return fail(devices.Cancelled, "", err)
}
