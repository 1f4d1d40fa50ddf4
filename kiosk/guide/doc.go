// Package guide answers what people ask in their own words: which procedure
// they mean, which questions lead from a situation they describe to procedures,
// and what a word of the land office means. All of it comes from the catalogue.
//
// It promises that a text finds the same procedures typed with accents or
// without, in NFC or NFD, in any case, with common slips of the keyboard, with
// words run together or apart; that scores lie between 0 and 1, falling; and
// that it says so when it does not know, so that a person can be offered.
//
// It never keeps or logs what was asked, and states no rule of its own.
package guide
