// Package systemd holds the files that make a Debian machine a unit: the two
// services, their users, their folders and the rules for their devices, for
// provisioning to install and for people to read.
//
// It promises that every setting that restricts a service stands with its
// reason, and that the files are accepted by systemd's own checkers. It never
// installs anything itself.
package systemd

import "embed"

// Files holds every file of this folder under its own name.
//
//go:embed *.service *.sysusers *.tmpfiles *.rules
var Files embed.FS
