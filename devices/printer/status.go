package printer

import (
	"fmt"

	"servicepoint/devices"
)

// state is what the printer last said of itself.
type state struct {
	offline  bool // for any reason
	cover    bool
	stopped  bool // printing stopped at the end of the paper
	trouble  bool // an error that byte 3 explains
	mech     bool
	cutter   bool
	fatal    bool
	hot      bool // recovers by itself
	near     bool
	out      bool
	silent   bool // asked, and did not answer
	realtime [4]byte
}

// realtimeByte takes the answer to DLE EOT n.
func (s *state) realtimeByte(n, b byte) {
	switch n {
	case 1:
		s.offline = b&0x08 != 0
	case 2:
		s.cover, s.stopped, s.trouble = b&0x04 != 0, b&0x20 != 0, b&0x40 != 0
	case 3:
		s.mech, s.cutter, s.fatal, s.hot = b&0x04 != 0, b&0x08 != 0, b&0x20 != 0, b&0x40 != 0
	case 4:
		s.near, s.out = b&0x0c != 0, b&0x60 != 0
	default:
		return
	}
	s.realtime[n-1] = b
	s.silent = false
}

// autoBytes takes the four bytes of automatic status, which tell everything.
func (s *state) autoBytes(b []byte) {
	s.offline, s.cover = b[0]&0x08 != 0, b[0]&0x20 != 0
	s.mech, s.cutter, s.fatal, s.hot = b[1]&0x04 != 0, b[1]&0x08 != 0, b[1]&0x20 != 0, b[1]&0x40 != 0
	s.trouble = s.mech || s.cutter || s.fatal || s.hot
	s.near, s.out = b[2]&0x03 != 0, b[2]&0x0c != 0
	s.stopped = s.out
	s.silent = false
}

// held reports whether the printer does not print just now, for a reason that
// it named: what was sent waits in its buffer.
func (s *state) held() bool {
	return s.offline || s.cover || s.stopped || s.out || s.trouble || s.mech || s.cutter || s.fatal || s.hot
}

// cause is why the printer is not ready, empty if it is. A hot head is not a
// cause: a job sent meanwhile only takes longer.
func (s *state) cause() devices.Cause {
	switch {
	case s.silent:
		return devices.Silent
	case s.fatal:
		return devices.Broken
	case s.cover:
		return devices.CoverOpen
	case s.out, s.stopped:
		return devices.PaperOut
	case s.cutter:
		return devices.Cutter
	case s.mech:
		return devices.Broken
	case s.hot:
		return ""
	case s.offline, s.trouble:
		return devices.Offline
	}
	return ""
}

// why is cause, or for a printer that only cools its head, HeadHot.
func (s *state) why() devices.Cause {
	if c := s.cause(); c != "" || !s.hot {
		return c
	}
	return devices.HeadHot
}

func (s *state) status(profile string) devices.Status {
	out := devices.Status{Device: devices.PrinterDevice, Cause: s.cause()}
	out.Ready = out.Cause == ""
	if s.near && !s.out {
		out.Warnings = append(out.Warnings, devices.PaperLow)
	}
	if s.hot {
		out.Warnings = append(out.Warnings, devices.HeadHot)
	}
	out.Detail = fmt.Sprintf("%s, status % x", profile, s.realtime)
	return out
}

// Causes lists every cause this package reports in a Fault or a Status.
func Causes() []devices.Cause {
	return []devices.Cause{
		devices.Offline, devices.Denied, devices.Occupied, devices.Silent, devices.PaperOut, devices.PaperLow,
		devices.CoverOpen, devices.Cutter, devices.HeadHot, devices.Broken, devices.Unconfirmed, devices.Cancelled,
	}
}
