package printer

import (
	"fmt"

	"servicepoint/devices"
)

// state is what a printer says of itself in one breath: its answers to DLE EOT
// 1 to 4, or the four bytes of automatic status.
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
	realtime [4]byte // for the technician
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
}

// autoBytes takes the four bytes of automatic status, which tell everything.
func (s *state) autoBytes(b []byte) {
	s.offline, s.cover = b[0]&0x08 != 0, b[0]&0x20 != 0
	s.mech, s.cutter, s.fatal, s.hot = b[1]&0x04 != 0, b[1]&0x08 != 0, b[1]&0x20 != 0, b[1]&0x40 != 0
	s.trouble = s.mech || s.cutter || s.fatal || s.hot
	s.near, s.out = b[2]&0x03 != 0, b[2]&0x0c != 0
	s.stopped = s.out
}

// detail shows the state to a technician.
func (m machine) detail(profile string) string {
	return fmt.Sprintf("%s, %s, status % x", profile, m.at, m.said.realtime)
}

// status is what the rest of the house is told. While a job is under way the
// printer counts as ready: it will take the next one.
func (m machine) status(profile string) devices.Status {
	out := devices.Status{Device: devices.PrinterDevice, Cause: m.cause(), Detail: fmt.Sprintf("%s, status % x", profile, m.said.realtime)}
	out.Ready = out.Cause == ""
	if m.said.near && !m.said.out {
		out.Warnings = append(out.Warnings, devices.PaperLow)
	}
	if m.said.hot {
		out.Warnings = append(out.Warnings, devices.HeadHot)
	}
	return out
}

// Causes lists every cause this package reports in a Fault or a Status.
func Causes() []devices.Cause {
	return []devices.Cause{
		devices.Offline, devices.WrongDevice, devices.Denied, devices.Occupied, devices.NotALine, devices.Silent, devices.Garbled,
		devices.PaperOut, devices.PaperLow, devices.CoverOpen, devices.Cutter, devices.HeadHot, devices.Broken,
		devices.TooWide, devices.Refused, devices.Overrun, devices.Unconfirmed, devices.Cancelled,
	}
}
