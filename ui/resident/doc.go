// Package resident holds the screens a resident meets at the touch screen:
// start, check in with a booking, take a number, find a procedure in their own
// words and read what to bring, follow a matter of land by questions, look up a
// word, and ask for a person.
//
// It promises one question on a screen, the same words on screen and slip, a
// number that stands even when the printer does not print, and nothing of one
// visit on the screens of the next. What the catalogue does not know for
// certain is shown as "ask staff", never as a fact; a search that is not sure
// says so and offers a person.
//
// It never asks who somebody is, and puts nothing a person typed into an
// address.
package resident
