// Package postal reads the numbers on things sent by post: UPU S10, two
// letters for the service, eight digits, a check digit and the country.
//
// It promises that a number is kept as it was read, tidied but otherwise whole,
// and that a number somebody could have on a real letter is never refused:
// the post's own numbers look like S10 and sometimes fail its check, so what is
// odd is said, not forbidden.
//
// It never asks anybody where a letter is.
package postal
