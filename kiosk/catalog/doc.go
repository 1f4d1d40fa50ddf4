// Package catalog holds what the point can help with: the procedures, the
// papers each asks for, the facts those depend on, times, fees and the forms of
// the declarations. It is data in YAML, made and corrected by people who do not
// program, one file for each field.
//
// It promises that a catalogue in use has been checked as a whole: nothing
// unknown stands in it, every reference leads somewhere, and what is wrong in a
// file is named with file, line and column. A broken file never replaces a good
// catalogue. A figure that is not Verified is never given out as a fact: the
// resident reads «hỏi nhân viên» instead.
//
// It never holds a fee, a form field or a legal sentence without a source, and
// never changes a catalogue once it has been loaded: a dossier keeps the terms
// it was opened under. Callers do not change what they are given either.
package catalog
