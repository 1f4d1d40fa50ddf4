package printer_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
)

func isID(b []byte) bool { return len(b) == 7 && b[0] == 0x37 }

func TestLateProcessIDDoesNotConfirmTheNextJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var held []byte
		late := false
		p := newPair(t, "epson-tm-t20", func(p *pair) {
			p.tamper = func(b []byte) []byte {
				switch {
				case isID(b) && !late: // the first job's IDs do not arrive in time
					held = append(held, b...)
					return []byte{}
				case isID(b): // the second job's neither, but the first's do now
					return slices.Clone(held)
				}
				return b
			}
		})
		defer p.stop()
		res, err := p.Print(t.Context(), someSlip(576, 1), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Unconfirmed)
		late = true
		res, err = p.Print(t.Context(), someSlip(576, 2), nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Unconfirmed)
	})
}

func TestLateOrderedStatusDoesNotConfirmTheNextJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		job, answers, whole := 0, 0, 0
		p := newPair(t, "clone-58", func(p *pair) {
			p.tamper = func(b []byte) []byte {
				if len(b) != 1 || b[0]&0x90 != 0 {
					return b
				}
				answers++
				switch {
				case job == 1 && answers == whole: // the proof of job 1 comes late
					return []byte{}
				case job == 2 && answers == 1:
					return []byte{0, b[0]}
				}
				return b
			}
		})
		defer p.stop()
		slip := someSlip(384, 1)
		res, err := p.Print(t.Context(), slip, nil) // a first job asks once more
		wantResult(t, res, err, devices.LevelProcessed, "")
		answers = 0
		res, err = p.Print(t.Context(), slip, nil)
		wantResult(t, res, err, devices.LevelProcessed, "")

		job, answers, whole = 1, 0, answers
		res, err = p.Print(t.Context(), slip, nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.Unconfirmed)

		job, answers = 2, 0
		rows := slip.Paint().Height
		p.far.FaultAfter(rows-1, "paper_out") // job 2 cannot be processed
		p.MaxPause = time.Minute
		res, err = p.Print(t.Context(), slip, nil)
		wantResult(t, res, err, devices.LevelUnknown, devices.PaperOut)
	})
}

func TestOnlyTheLastIDArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := 0
		p := newPair(t, "epson-tm-t20", func(p *pair) {
			p.tamper = func(b []byte) []byte {
				if isID(b) {
					if ids++; ids == 1 {
						return []byte{}
					}
				}
				return b
			}
		})
		defer p.stop()
		res, err := p.Print(t.Context(), someSlip(576, 1), nil)
		wantResult(t, res, err, devices.LevelPrinted, "")
	})
}

func TestLineLostBetweenBodyAndCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := 0
		p := newPair(t, "epson-tm-t20", func(p *pair) {
			p.tamper = func(b []byte) []byte {
				if isID(b) {
					if ids++; ids == 2 {
						return nil
					}
				}
				return b
			}
		})
		defer p.stop()
		res, err := p.Print(t.Context(), someSlip(576, 1), nil)
		wantResult(t, res, err, devices.LevelBody, devices.Offline)
	})
}

func TestStatusAndFlowControlInEveryGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, "epson-tm-t20", func(p *pair) {
			p.tamper = func(b []byte) []byte {
				auto := []byte{0x10, 0x13, 0x00, 0x11, 0x00, 0x13, 0x11, 0x00}
				out := slices.Clone(auto)
				if isID(b) {
					b = bytes.Join([][]byte{b[:3], b[3:]}, []byte{0x13, 0x11})
				}
				return append(append(out, b...), auto...)
			}
		})
		defer p.stop()
		for i := range 3 {
			res, err := p.Print(t.Context(), someSlip(576, uint64(i)), nil)
			wantResult(t, res, err, devices.LevelPrinted, "")
		}
	})
}

func TestNoiseIsNeverProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, "epson-tm-t20", func(p *pair) {
			p.tamper = func(b []byte) []byte { // a wrong line rate
				for i := range b {
					b[i] |= 0x80
				}
				return b
			}
		})
		defer p.stop()
		time.Sleep(5 * time.Second)
		res, err := p.Print(t.Context(), someSlip(576, 1), nil)
		wantResult(t, res, err, "", devices.Garbled)
	})
}
