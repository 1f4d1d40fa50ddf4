// Package phrases holds every sentence a person sees or holds, in Vietnamese
// and in English, by code.
//
// It promises that both languages have the same codes with the same
// placeholders, that all text is NFC, and that every code of a trouble has two
// sentences: "<code>.title" says what is the matter and "<code>.do" says what
// to do now. Where a resident should do something else than staff,
// "<code>.resident" says what.
//
// The files are <language>/<area>.json, each one flat object with its codes in
// order. {name} stands for an argument; {n|page|pages} chooses a word by
// whether the argument n is 1. Text is plain: whoever shows it escapes it.
//
// It never decides what to say, never reads a setting and never fails in front
// of a person: a missing English sentence is said in Vietnamese with a mark, a
// code without any sentence is shown as itself.
package phrases
