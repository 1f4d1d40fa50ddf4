// Package virtual is the far end of each wire: a printer that draws its slips
// into PNG files, a scanner that feeds pictures, both on real pseudo-terminals,
// with faults on order.
//
// It is written from the manuals of the devices and shares no code with the
// drivers, so that a driver's mistake cannot be mirrored here. A driver cannot
// tell a Line from a serial port: it opens a node, writes, reads and meets
// hangups. The package never imports a driver and never runs in a service
// point: only the demonstration, the emulate command and tests link it.
package virtual
