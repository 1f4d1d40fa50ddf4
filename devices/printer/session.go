package printer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"servicepoint/devices"
	"servicepoint/devices/wire"
)

const (
	askTimeout = 500 * time.Millisecond // for one DLE EOT
	askTries   = 3
	writeSlice = 250 * time.Millisecond // how often a stalled write looks around
	stallShown = 2 * time.Second        // a write without progress is worth telling
	stallMax   = 30 * time.Second       // and without a reason given up
	lateness   = 300 * time.Millisecond // how long to let answers nobody waits for come in
)

// session is the conversation over one open link. All of it belongs to the
// goroutine of Run, but for read.
type session struct {
	link    wire.Link
	profile Profile
	changed func(state) // told after each change of now

	replies chan reply
	stop    chan struct{}
	readErr error // set before replies is closed

	now   state
	gone  *devices.Fault // why the link is of no use any more
	carry []byte         // the rest of a command that must go out first
	asked []byte         // the DLE EOT numbers not answered yet, oldest first
	lost  bool           // an answer may still come that nobody waits for
	auto  bool           // automatic status has arrived on this link
	owed  int            // GS r requests not answered yet

	body, cut         string // process IDs of the job on its way
	bodyDone, cutDone bool
	answers           int // GS r answers since the job began
}

func newSession(link wire.Link, pr Profile, changed func(state)) *session {
	s := &session{
		link: link, profile: pr, changed: changed,
		replies: make(chan reply, 64), stop: make(chan struct{}),
	}
	go s.read()
	return s
}

// read cuts what arrives into replies until the link fails.
func (s *session) read() {
	defer close(s.replies)
	var c classifier
	b := make([]byte, 256)
	for {
		n, err := s.link.Read(b)
		for _, x := range b[:n] {
			c.add(x, func(r reply) {
				select {
				case s.replies <- r:
				case <-s.stop:
				}
			})
		}
		if err != nil {
			s.readErr = err
			return
		}
	}
}

// close ends the conversation and waits for its reader.
func (s *session) close() {
	s.link.Close()
	close(s.stop)
	for range s.replies { // until read has closed it
	}
}

// fail marks the link as gone.
func (s *session) fail(step string, err error) error {
	if s.gone == nil {
		s.gone = faultOf(step, err)
	}
	return s.gone
}

// faultOf puts the printer's name on what the link said.
func faultOf(step string, err error) *devices.Fault {
	out := &devices.Fault{Device: devices.PrinterDevice, Cause: devices.Offline, Err: fmt.Errorf("%s: %w", step, err)}
	var f *devices.Fault
	if errors.As(err, &f) {
		if f.Device != "" {
			return f
		}
		out.Cause, out.Detail = f.Cause, f.Detail
	}
	return out
}

func newFault(cause devices.Cause, detail string) *devices.Fault {
	return &devices.Fault{Device: devices.PrinterDevice, Cause: cause, Detail: detail}
}

// handle takes one message into account.
func (s *session) handle(r reply) {
	switch r.kind {
	case realtimeReply: // told about when all four are in: see poll
		if len(s.asked) > 0 {
			s.now.realtimeByte(s.asked[0], r.data[0])
			s.asked = s.asked[1:]
		}
	case autoReply:
		s.auto = true
		before := s.now
		s.now.autoBytes(r.data)
		if s.now != before {
			s.changed(s.now)
		}
	case queuedReply:
		s.owed = max(0, s.owed-1)
		s.answers++
	case blockReply:
		if len(r.data) == 5 && r.data[0] == 0x22 {
			s.confirm(string(r.data[1:]))
		}
	}
}

// confirm takes a process ID. Only this job's two count: an earlier job's may
// arrive late. The cut's ID confirms the body too, for a printer that could
// not send keeps only the latest.
func (s *session) confirm(id string) {
	switch {
	case id == "": // no job is on its way
	case id == s.cut:
		s.bodyDone, s.cutDone = true, true
	case id == s.body:
		s.bodyDone = true
	}
}

// await handles replies until done holds (true) or the time is over (false).
// It fails when the link does or the context ends.
func (s *session) await(ctx context.Context, d time.Duration, done func() bool) (bool, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		if done() {
			return true, nil
		}
		select {
		case r, ok := <-s.replies:
			if !ok {
				return false, s.fail("read from printer", s.readErr)
			}
			s.handle(r)
		case <-ctx.Done():
			return false, cancelled(ctx)
		case <-timer.C:
			return done(), nil
		}
	}
}

// catchUp handles what has arrived already.
func (s *session) catchUp() error {
	for {
		select {
		case r, ok := <-s.replies:
			if !ok {
				return s.fail("read from printer", s.readErr)
			}
			s.handle(r)
		default:
			return nil
		}
	}
}

func cancelled(ctx context.Context) error {
	f := newFault(devices.Cancelled, "")
	f.Err = context.Cause(ctx)
	return f
}

func never() bool { return false }

// put writes within the time given, and after what an earlier put left over.
// It returns how many bytes of b went out; too few come with
// os.ErrDeadlineExceeded, and the caller must see to the rest.
func (s *session) put(b []byte, within time.Duration) (int, error) {
	if err := s.link.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return 0, s.fail("write to printer", err)
	}
	for len(s.carry) > 0 {
		n, err := s.link.Write(s.carry)
		s.carry = s.carry[n:]
		if err != nil {
			return 0, s.writeError(err)
		}
	}
	n, err := s.link.Write(b)
	return n, s.writeError(err)
}

func (s *session) writeError(err error) error {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return s.fail("write to printer", err)
}

// order sends a short command whole, now or before the next one.
func (s *session) order(b ...byte) (sent bool, err error) {
	n, err := s.put(b, askTimeout)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if n > 0 {
			s.carry = b[n:]
		}
		return n > 0, nil
	}
	return err == nil, err
}

// ask sends DLE EOT n and reports whether an answer came. It must be called
// between two commands only.
func (s *session) ask(ctx context.Context, n byte, tries int) (bool, error) {
	if s.lost {
		s.asked = s.asked[:0]
		if _, err := s.await(ctx, lateness, never); err != nil {
			return false, err
		}
		s.lost = false
	}
	s.asked = s.asked[:0]
	answered, sent := false, 0
	for try := 0; try < tries && !answered; try++ {
		out, err := s.order(0x10, 0x04, n)
		if err != nil {
			return false, err
		}
		if out {
			s.asked = append(s.asked, n)
			sent++
		}
		all, err := s.await(ctx, askTimeout, func() bool { return sent > 0 && len(s.asked) == 0 })
		if err != nil {
			return false, err
		}
		answered = all || len(s.asked) < sent
	}
	s.lost = len(s.asked) > 0
	return answered, nil
}

// poll asks for the whole state. A printer without DLE EOT counts as answering.
func (s *session) poll(ctx context.Context, tries int) (bool, error) {
	if !s.profile.Realtime {
		return true, nil
	}
	before, answered := s.now, true
	for n := byte(1); n <= 4 && answered; n++ {
		var err error
		if answered, err = s.ask(ctx, n, tries); err != nil {
			return false, err
		}
	}
	if !answered {
		s.now.silent = true
	}
	if s.now != before {
		s.changed(s.now)
	}
	return answered, nil
}
