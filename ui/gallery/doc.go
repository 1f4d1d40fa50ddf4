// Package gallery shows every screen in every state with invented data: each
// on an address of its own, rendered by its own templates in the real frame.
// It is the shortest tour of the screens, and what the tests of looks and
// accessibility walk through.
//
// It promises that an exhibit stands still: its scripts do not run, it leads
// nowhere by itself, and sending its form shows it again. It is mounted by the
// demo alone, reads no dossier and talks to no device.
package gallery
