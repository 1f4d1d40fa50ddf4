//go:build !race

package main

const (
	underRace   = false
	sampleKills = 4 // besides those within the upload and between file and row
)
