// Package a4 drives scanners that take whole sheets of paper: ESCL speaks to a
// document scanner over HTTP (Mopria eSCL, also called AirScan), SANE runs the
// program scanimage, Folder takes what another machine scans into a folder.
//
// It promises that a Sheet is a complete JPEG which was decoded from its first
// to its last line, that sheets come in the order in which the device gave
// them, that the next sheet is not asked for before the last one is kept, and
// that a scan which ends early says why and leaves nothing of it behind: no
// job on the device, no process, no file. It holds one page in memory at a
// time. It never follows a device to another host, never changes a byte of a
// page, never gives a sheet of an earlier scan to a later one, and never
// writes names of files or what lies on a page to the log.
package a4
