package main

import (
	"context"
	"fmt"
	"time"

	"servicepoint/devices"
	"servicepoint/kiosk"
)

// walkOptions is one dossier taken from booking to the end without a screen.
type walkOptions struct {
	Way       kiosk.Way
	Procedure kiosk.ProcedureID
	Feed      []string // JPEG files laid on the scanner; empty: two sample pages
	Out       string   // folder the files are left in
}

// walked is what one walk did. Paths are relative to the out folder.
type walked struct {
	LocalCode kiosk.LocalCode    `json:"local_code"`
	Way       kiosk.Way          `json:"way"`
	Procedure kiosk.ProcedureID  `json:"procedure"`
	Ticket    int                `json:"ticket"`
	Pages     []walkedPage       `json:"pages"`
	Documents []walkedFile       `json:"documents"`
	Parcel    *walkedFile        `json:"parcel"` // none when filed in the portal
	Receipt   walkedReceipt      `json:"receipt"`
	Official  kiosk.OfficialCode `json:"official_code,omitempty"`
	Slip      walkedSlip         `json:"slip"`
	Wiped     bool               `json:"wiped"`
	MS        map[string]int64   `json:"ms"`
}

type walkedPage struct {
	SHA256  kiosk.Digest `json:"sha256"`
	Bytes   int64        `json:"bytes"`
	Defects []kiosk.Code `json:"defects"`
}

type walkedFile struct {
	File   string       `json:"file"`
	SHA256 kiosk.Digest `json:"sha256"`
	Bytes  int64        `json:"bytes"`
	Pages  int          `json:"pages,omitempty"`
}

type walkedReceipt struct {
	Level kiosk.Level `json:"level"`
	No    string      `json:"no"`
}

type walkedSlip struct {
	Level devices.PrintLevel `json:"level"`
	Bytes int64              `json:"bytes"`
	PNG   string             `json:"png"`
}

// walk is one walk under way.
type walk struct {
	walkOptions
	*demo
	did     walked
	ticket  kiosk.Ticket
	dossier kiosk.Dossier
	staff   kiosk.StaffID
	say     func(step string, took time.Duration, note string)
}

type walkStep struct {
	name string
	do   func(context.Context) (note string, err error)
}

// run takes every step; the first that did not really happen is the error.
func (w *walk) run(ctx context.Context) error {
	w.staff = demoStaff[0].ID
	w.did = walked{Way: w.Way, Procedure: w.Procedure, Pages: []walkedPage{}, Documents: []walkedFile{}, MS: map[string]int64{}}
	steps := []walkStep{
		{"ready", w.ready}, {"book", w.book}, {"check_in", w.checkIn}, {"ticket", w.printTicket}, {"call", w.call},
		{"declare", w.declare}, {"capture", w.capture}, {"review", w.review}, {"consent", w.consent},
	}
	if w.Way == kiosk.ByCentre {
		steps = append(steps, walkStep{"seal", w.seal}, walkStep{"carry", w.carry}, walkStep{"documents", w.fetch})
	} else {
		steps = append(steps, walkStep{"prepare", w.prepare}, walkStep{"file", w.file})
	}
	steps = append(steps, walkStep{"slip", w.slip}, walkStep{"wipe", w.wipe})
	began := time.Now()
	for _, s := range steps {
		from := time.Now()
		note, err := s.do(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		took := time.Since(from)
		w.did.MS[s.name] = took.Milliseconds()
		w.say(s.name, took, note)
	}
	w.did.MS["total"] = time.Since(began).Milliseconds()
	return nil
}
