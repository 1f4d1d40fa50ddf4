package printer

import "servicepoint/devices"

// Encoded is a job for the tests outside of the package.
type Encoded struct {
	Encoding devices.Encoding
	Bytes    []byte
	Parts    [][]byte
	Changed  []devices.Dot
	job      *job
}

// Encode is encode for the tests outside of the package.
func Encode(pr Profile, slip devices.Slip) (Encoded, error) {
	j, err := encode(pr, slip, "000A", "000B")
	if err != nil {
		return Encoded{}, err
	}
	e := Encoded{Encoding: j.encoding, Bytes: jobBytes(j), Changed: j.changed, job: j}
	for _, p := range j.parts {
		e.Parts = append(e.Parts, p.bytes)
	}
	return e, nil
}

// Check compares what a job prints with the slip, by a reader of our own.
func (e Encoded) Check(slip devices.Slip, width int) error { return Compare(slip, width, e.job) }

// AnySlip is a slip at random, full of what must be scrubbed.
var AnySlip = anySlip
