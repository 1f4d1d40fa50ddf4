// Package printer drives a receipt printer that speaks ESC/POS and proves what
// it printed.
//
// A slip goes out as a picture, never as text: no two makers agree on a code
// page for Vietnamese. The package promises that a print is reported with the
// strongest level of proof the printer gives and never with a stronger one,
// that it waits for paper instead of failing, and that it never sends a job
// twice: whether an unconfirmed slip is printed again is for people to decide.
//
// The commands are those of the Epson ESC/POS command reference; replies are
// told apart as in the Citizen CT-S310 manual, section 5.3.
package printer
