// Package staff holds the clerk's screens: sign in, the line, a dossier from
// its declaration to the hand-over, filing in the portal together with the
// resident, the outbox, and finding a dossier again.
//
// It promises that a clerk can leave at any page and go on later, that every
// change answers with See Other, that a state is called what it is (nothing is
// "sent" before it is), and that every page works without scripts; scripts only
// add what moves: progress, copying, pages that follow what happens.
//
// It never puts personal data into an address, keeps a scan or a found dossier
// beyond the visit, or decides anything that package intake decides.
package staff
