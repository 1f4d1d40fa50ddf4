// Package imaging looks at captured pages: whether a JPEG is whole, how large
// it is, what a person should be told about it before the paper goes back, and
// which QR codes it shows.
//
// It promises bounded work on any input (bytes, pixels, memory and time are
// limited before a pixel is decoded, panics of decoders are contained) and one
// decoded frame in memory at a time. What it finds is advice: thresholds are
// configuration and every measure is returned with the verdict. It never
// changes or keeps a page and never writes to a disk or a log.
package imaging
