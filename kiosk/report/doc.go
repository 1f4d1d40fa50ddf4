// Package report makes papers of A4 that somebody can print: the declaration
// as it has been filled so far.
//
// It promises the same bytes for the same input, text that can be searched and
// copied, and on every page the words that tell it from an official form: what
// it makes helps a person to check and to copy, it is never handed in as the
// authority's own paper. It has no coat of arms, no motto and no place for a
// stamp.
//
// It reads nothing and keeps nothing: what it is given is personal data and
// goes into the paper alone.
package report
