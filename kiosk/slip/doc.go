// Package slip lays out what the point prints for residents: the queue ticket,
// the assist slip (phiếu ghi nhận hỗ trợ) and the fee slip (phiếu phí, lệ phí).
//
// It promises that a slip is never wider than its paper, that every letter of
// Vietnamese is drawn, that its QR code can be read from thermal paper, and
// that three truths stand apart on it: kept on this machine, sent, accepted.
// Text is made of 12×24 cells, once or twice as large, which printers take as
// characters; what is drawn is drawn in squares of two dots where nobody sees
// it, as printers are told those in a quarter of the bytes.
//
// It never prints a person's name, number or address, never says more of a
// dossier than its state does, and never looks like the authority's own receipt
// (Mẫu 01 of TT 03/2025/TT-VPCP): every slip says that it is not one. A fee slip
// never has a code that pays something else than its letters say, and never
// calls money paid that nobody has confirmed.
package slip
