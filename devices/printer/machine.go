package printer

import "servicepoint/devices"

// phase is where a printer stands, as far as the driver can know.
type phase byte

const (
	absent     phase = iota // no line to it
	opening                 // its line is being opened
	identify                // the line is open, its state is not known yet
	ready                   // nothing hinders a print
	printing                // a job's bytes are going out
	confirming              // all bytes of a job are out, the proof is due
	needsPaper              // side states: a job under way waits in them
	coverOpen
	cutterJam // or another fault of the mechanism that people can clear
	headHot   // recovers by itself
	stopped   // offline without saying why
	fatal     // nothing but switching it off helps
	mute      // it does not answer
)

var phaseNames = [...]string{
	absent: "absent", opening: "opening", identify: "identify", ready: "ready", printing: "printing",
	confirming: "confirming", needsPaper: "needs paper", coverOpen: "cover open", cutterJam: "cutter jam",
	headHot: "head hot", stopped: "stopped", fatal: "fatal", mute: "mute",
}

func (p phase) String() string { return phaseNames[p] }

// eventKind is what can happen to a printer.
type eventKind byte

const (
	seeks      eventKind = iota // the driver begins to open the line
	opened                      // the line is open
	gone                        // the line cannot be opened, or has failed
	heard                       // the printer told its state: event.said
	unanswered                  // it was asked often enough and said nothing
	begins                      // a job begins
	allOut                      // the line has taken the job's last byte
	ends                        // the job is over, however it went
	eventKinds                  // their number
)

type event struct {
	kind    eventKind
	said    state // of heard
	rubbish bool  // of unanswered: something came, but no answer
}

// machine is the printer's state machine. It is a value without effects:
// next gives the machine after an event, and an event that means nothing in
// the present state changes nothing. The zero value is an absent printer.
type machine struct {
	at   phase
	job  phase // printing or confirming while a job is under way, else ready
	said state // what it last said of itself

	deaf    bool // it did not answer when it was asked last,
	rubbish bool // but something came
}

func (m machine) next(e event) machine {
	switch {
	case e.kind == gone: // a job that was under way is over
		return machine{}
	case e.kind == seeks && m.at == absent:
		return machine{at: opening}
	case e.kind == opened && m.at == opening:
		return machine{at: identify, job: ready}
	case m.at == absent, m.at == opening:
		return m
	}
	switch e.kind {
	case heard:
		m.said, m.deaf, m.rubbish = e.said, false, false
	case unanswered:
		m.deaf, m.rubbish = true, e.rubbish
	case begins:
		if !m.mayBegin() {
			return m
		}
		m.job = printing
	case allOut:
		if m.job != printing {
			return m
		}
		m.job = confirming
	case ends:
		if m.at == identify {
			return m
		}
		m.job = ready
	default:
		return m
	}
	m.at = m.place()
	return m
}

// place finds the state from what is known. A side state wins over a job: it
// comes back to the job when the trouble is over.
func (m machine) place() phase {
	s := m.said
	switch {
	case m.deaf:
		return mute
	case s.fatal:
		return fatal
	case s.cover:
		return coverOpen
	case s.out, s.stopped:
		return needsPaper
	case s.cutter, s.mech: // both are mended with DLE ENQ
		return cutterJam
	case s.hot:
		return headHot
	case s.offline, s.trouble:
		return stopped
	}
	return m.job
}

// mayBegin reports whether a job may begin. A hot head does not hinder one: it
// only takes longer.
func (m machine) mayBegin() bool { return m.job == ready && (m.at == ready || m.at == headHot) }

// held reports whether the printer does not print just now, for a reason that
// it named: what was sent waits in its buffer.
func (m machine) held() bool {
	switch m.at {
	case needsPaper, coverOpen, cutterJam, headHot, stopped, fatal:
		return true
	}
	return false
}

// cause is what people are told about the state, empty if there is nothing to
// do. Of an absent printer its Fault tells more.
func (m machine) cause() devices.Cause {
	switch m.at {
	case absent, opening, identify, stopped:
		return devices.Offline
	case needsPaper:
		return devices.PaperOut
	case coverOpen:
		return devices.CoverOpen
	case cutterJam:
		if !m.said.cutter {
			return devices.Broken
		}
		return devices.Cutter
	case fatal:
		return devices.Broken
	case mute:
		if m.rubbish { // most often a line at another rate
			return devices.Garbled
		}
		return devices.Silent
	}
	return ""
}

// waits is what a job that cannot go on waits for.
func (m machine) waits() devices.Cause {
	if m.at == headHot {
		return devices.HeadHot
	}
	return m.cause()
}
