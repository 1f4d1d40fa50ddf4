// Package wire opens a line to a device as a byte link with real deadlines: a
// serial line, a USB printer's node, or a TCP address.
//
// It promises that a Read or Write on a Link always ends: with bytes, at its
// deadline, when the Link is closed, or with a Fault when the device has gone.
// It holds the line against every other program, opens no other device than
// the one that is expected, and tells when a device that was away may have
// come. It never interprets, buffers or repeats a byte, and what passed is
// written down only where somebody asked for a transcript.
package wire
