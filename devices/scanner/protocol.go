package scanner

import (
	"context"
	"fmt"
	"time"

	"servicepoint/devices"
)

// The protocols a Scanner speaks.
const (
	Honeywell = "honeywell" // menu commands, IMGSNP and IMGSHP; what an empty Protocol means
	SSI       = "ssi"       // Zebra's Simple Serial Interface
	Line      = "line"      // a reader that sends each code as a line and takes no pictures
	Datalogic = "datalogic" // Magellan's picture command beside plain lines
)

// talk is one protocol on one open line, made anew each time the line opens.
// All its methods run on the goroutine that owns the device. It writes and
// waits through its session; the session gives it bytes and silences from
// within step, so what those lead to has to be kept by the talk itself until
// the method that called step looks at it.
type talk interface {
	// feed takes the next bytes of the line apart. b may be reused afterwards.
	// Codes go to session.code at once; everything else waits for the method
	// that runs, or for strayed. It must not write to the line and not step.
	feed(b []byte)

	// patience is how long the present state may last without a byte; 0 is
	// for ever. It is asked after each feed and each silence.
	patience() time.Duration

	// silence tells that patience has run out.
	silence()

	// resync brings the stream between two messages and shakes hands, after
	// opening and after each fault. Nothing that was asked for earlier may
	// come after it. Its fault closes the line.
	resync(ctx context.Context) *devices.Fault

	// snap takes one picture and gives it once it is whole and verified, with
	// N, MIME, DPI and Verified set; Took is filled in. After a fault, resync
	// is called next. ctx ends when the asker or the driver gives up.
	snap(ctx context.Context, r devices.ScanRequest, progress devices.Progress) (devices.Sheet, *devices.Fault)

	// strayed gives what came unasked and needs a resync, nil if nothing did,
	// and forgets it.
	strayed() *devices.Fault

	// capabilities is what the device can do as far as is known by now. It is
	// asked after each resync, and once of a talk that never gets a line.
	capabilities() devices.Capabilities
}

// newTalk makes the talk of the session's protocol.
func newTalk(x *session) (talk, error) {
	switch x.s.Protocol {
	case "", Honeywell:
		return &honeywell{x: x}, nil
	case SSI:
		return &ssi{x: x}, nil
	case Line:
		return &plain{x: x}, nil
	case Datalogic:
		return &magellan{x: x}, nil
	}
	return nil, fmt.Errorf("scanner: unknown protocol %q", x.s.Protocol)
}
