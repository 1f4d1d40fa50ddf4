// Package printer drives a receipt printer that speaks ESC/POS and proves what
// it printed.
//
// No two makers agree on a code page for Vietnamese: a slip goes out as a
// picture, or as letters that the printer is taught first. The package promises
// that a print is reported with the strongest level of proof the printer gives
// and never with a stronger one, that it waits for paper instead of failing,
// and that it never sends a job twice: whether an unconfirmed slip is printed
// again is for people to decide. A slip that was broken off never hangs on the
// next one.
//
// How a printer stands is one value, machine, with one transition function;
// everything that moves bytes is beside it. One goroutine, that of Run, talks
// to the printer; all other calls are handed to it.
//
// The commands are those of the Epson ESC/POS command reference; replies are
// told apart as in the Citizen CT-S310 manual, section 5.3.
package printer
