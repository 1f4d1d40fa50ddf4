package seal

import (
	"errors"
	"io"
	"math"
)

const (
	// maxHeader bounds the age header, which age reads line by line without a
	// bound of its own: room for some thirty hybrid recipients.
	maxHeader = 64 << 10
	unlimited = math.MaxInt64
)

var errTooLong = errors.New("more bytes than the format allows")

// source is the outside reader under a decryption. It bounds how much is read
// and remembers how reading ended, so that a failing disk is never mistaken for
// a damaged parcel.
type source struct {
	r      io.Reader
	left   int64 // bytes that may still be read
	ended  bool  // io.EOF was seen
	failed error // the first other error
}

func (s *source) Read(p []byte) (int, error) {
	if s.failed != nil {
		return 0, s.failed
	}
	if s.left <= 0 && len(p) > 0 {
		// One byte past the bound tells "exactly full" from "too long".
		p = p[:1]
	} else if int64(len(p)) > s.left {
		p = p[:s.left]
	}
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if s.left < 0 {
		s.failed = errTooLong
		return 0, errTooLong
	}
	switch {
	case err == io.EOF:
		s.ended = true
	case err != nil:
		s.failed = err
	}
	return n, err
}
