// Package intake holds the counter's use cases: book ahead, check in, take a
// ticket, call, open a dossier, declare, capture pages, review, consent, hand
// over to the centre or file in the portal, ask for fees, print slips,
// sign in.
//
// It promises that nothing is called saved before it is durable, that every
// step is one of kiosk.Steps and leaves a journal event, that personal data
// leave it only encrypted, and that a slip says only what is true when it is
// laid out. It knows no database, no spool, no driver and no screen: the world
// stands behind the small interfaces of ports.go.
package intake
