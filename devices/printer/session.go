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
	writeSlice = 250 * time.Millisecond // how often a stalled write looks around
	lateness   = 300 * time.Millisecond // how long to let answers nobody waits for come in
)

// session is the conversation over one open link. All of it belongs to the
// goroutine of Run, but for read.
type session struct {
	link    wire.Link
	profile Profile
	baud    int
	changed func(machine) // told after each change of m

	replies chan reply
	stop    chan struct{}
	readErr error // set before replies is closed

	m    machine
	gone *devices.Fault // why the link is of no use any more

	carry    []byte    // the rest of a command that must go out first
	lineFree time.Time // when the line has carried all that was written

	now     state     // answers taken in since m was told
	asked   []byte    // the DLE EOT numbers not answered yet, oldest first; all the same
	askedAt time.Time // when the line has carried the last of them
	auto    bool      // automatic status has arrived on this link
	autoNow bool      // and the printer is held up, says the last of it
	owed    int       // GS r requests not answered yet
	strays  int       // messages that are in no manual, since it was last reset
	surplus int       // answers to GS r that were not asked for, likewise
	answers int       // answers to GS r, likewise
	texts   []string  // answers to GS I
	ids     []string  // process IDs of no job

	body, cut         string // process IDs of the job on its way
	bodyDone, cutDone bool
}

func newSession(link wire.Link, pr Profile, baud int, changed func(machine)) *session {
	s := &session{
		link: link, profile: pr, baud: baud, changed: changed,
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

func cancelled(ctx context.Context) error {
	f := newFault(devices.Cancelled, "")
	f.Err = context.Cause(ctx)
	return f
}

// see takes an event to the state machine and tells of what it changed.
func (s *session) see(e event) {
	before := s.m
	if s.m = s.m.next(e); s.m != before {
		s.changed(s.m)
	}
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
		s.now.autoBytes(r.data)
		s.see(event{kind: heard, said: s.now})
		s.autoNow = s.m.held()
	case queuedReply:
		s.answer(r.data[0])
	case blockReply:
		if len(r.data) == 5 && r.data[0] == 0x22 {
			s.confirm(string(r.data[1:]))
			return
		}
		s.strays++
	case textReply:
		s.texts = append(s.texts, string(r.data))
	default:
		s.strays++
	}
}

// answer takes the answer to GS r. Its bits come in pairs and the others are
// off: a status byte with one bit turned over must not pass for a proof.
func (s *session) answer(b byte) {
	switch {
	case b&0xf0 != 0 || b&1 != b>>1&1 || b>>2&1 != b>>3&1:
		s.strays++
	case s.owed == 0:
		s.surplus++
	default:
		s.owed--
		s.answers++
	}
}

// confirm takes a process ID. Only this job's two count: an earlier job's may
// arrive late. The cut's ID confirms the body too, for a printer that could
// not send keeps only the latest.
func (s *session) confirm(id string) {
	switch {
	case id == s.cut && id != "":
		s.bodyDone, s.cutDone = true, true
	case id == s.body && id != "":
		s.bodyDone = true
	default:
		s.ids = append(s.ids[:min(len(s.ids), 7)], id)
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

func never() bool { return false }

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
		s.loaded(n)
		if err != nil {
			return 0, s.writeError(err)
		}
	}
	n, err := s.link.Write(b)
	s.loaded(n)
	return n, s.writeError(err)
}

// loaded counts bytes that are on the line now.
func (s *session) loaded(n int) {
	if now := time.Now(); s.lineFree.Before(now) {
		s.lineFree = now
	}
	s.lineFree = s.lineFree.Add(s.lineTime(int64(n)))
}

// lineTime is how long so many bytes are on the line.
func (s *session) lineTime(n int64) time.Duration {
	if s.baud <= 0 {
		return 0
	}
	return time.Duration(n) * 10 * time.Second / time.Duration(s.baud)
}

func (s *session) printTime(rows int) time.Duration {
	return time.Duration(rows) * time.Second / time.Duration(max(1, s.profile.RowsPerSecond))
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
