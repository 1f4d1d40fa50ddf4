//go:build !race

package main

const (
	underRace   = false
	sampleKills = 6
)
