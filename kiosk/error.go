package kiosk

import (
	"errors"
	"fmt"
)

// Kind says what sort of trouble an error is; the screens choose status and
// tone by it. Kinds are stored as text, so they only ever grow.
type Kind string

// The kinds of trouble.
const (
	Invalid     Kind = "invalid"     // the input can be corrected by the person who gave it
	NotFound    Kind = "not_found"   // the thing named does not exist (any more)
	Conflict    Kind = "conflict"    // the thing has moved on since it was shown
	Forbidden   Kind = "forbidden"   // this person or seat may not do it
	Busy        Kind = "busy"        // somebody else holds it right now
	Unavailable Kind = "unavailable" // a device, the network or the centre does not answer
	Corrupt     Kind = "corrupt"     // bytes are not what was stored or announced
	Internal    Kind = "internal"    // our own mistake
)

// Code is a dotted word that names one trouble or one sentence ("page.blank",
// "printer.paper_out"). Package phrases holds what a person reads for it.
type Code string

// Error is a trouble that a person will be told about. It carries a code and,
// for forms, the fields concerned; it never carries a sentence for people nor
// personal data.
type Error struct {
	Kind   Kind
	Code   Code
	Fields []FieldError // for forms: every field that needs correction, in form order
	Err    error        // the cause, for the log
}

// FieldError is one field that needs correction and why.
type FieldError struct {
	Field string // the field's id in the form
	Code  Code
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.Err)
	}
	return string(e.Code)
}

func (e *Error) Unwrap() error { return e.Err }

// Fail makes an Error; err may be nil.
func Fail(kind Kind, code Code, err error) *Error { return &Error{Kind: kind, Code: code, Err: err} }

// CodeOf gives the code of the first Error in err's chain, or "internal".
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return "internal"
}

// KindOf gives the kind of the first Error in err's chain, or Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
