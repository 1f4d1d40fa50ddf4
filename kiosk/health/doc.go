// Package health keeps the board of Conditions: lasting states of the unit that
// people should know of, such as a printer without paper, a link that is down,
// or a resident who asked for help.
//
// It promises that a Condition is on the board exactly once, with the time it
// began, from Raise until Clear, and that a watcher always ends up with the
// newest board however slow it is.
//
// It never does I/O, never starts a goroutine, never holds a sentence for
// people or personal data, and never decides what to do about a Condition.
package health
