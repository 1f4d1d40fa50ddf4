// Package wire opens a serial line as a byte link with real deadlines.
//
// It promises that a Read or Write on a Link always ends: with bytes, at its
// deadline, when the Link is closed, or with a Fault when the device has gone.
// It holds the line against every other program, and it never interprets,
// buffers or repeats a byte.
package wire
