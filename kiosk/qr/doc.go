// Package qr holds the grammar of the QR codes this program makes, and draws
// them.
//
//	SP1.T.<point>-<yymmdd>-<number>   a ticket
//	SP1.D.<local code>                a dossier
//	SP1.R.<code>                      a return after a supplement request
//	SP1.S.<code>                      a status page
//	SP1.E.<code>                      an enrolment
//	SP1.B.<base32>                    a booking, signed, at most 300 characters
//
// It promises that what it writes it reads back, in capitals only, so that the
// picture uses the dense alphanumeric mode of ISO/IEC 18004.
//
// No code ever holds a name, a number of a person or anything else by which a
// resident could be known.
package qr
