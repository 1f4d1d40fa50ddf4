//go:build race

package main

// Under the race detector the database is thirty times slower.
const (
	underRace   = true
	sampleKills = 1
)
