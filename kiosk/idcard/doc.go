// Package idcard reads the QR code of a Vietnamese identity card, so that
// nobody has to type what stands on the card, and checks a personal number
// against the birth date and the sex that are given beside it.
//
// It promises to take what readers make of the code: with a byte order mark,
// line ends or an AIM prefix around it, decomposed letters, or in Windows code
// page 1258. What it keeps is the card's seven fields; parts beyond them, which
// may name parents or a cancelled number, are kept nowhere.
//
// The code is not signed: it never proves who somebody is. Nothing of it is
// ever in an error, and a Card prints as "[card]".
package idcard
