package catalog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"servicepoint/kiosk/calendar"
)

// DefaultEvery is how often a Shelf looks at its folder.
const DefaultEvery = 2 * time.Second

// Shelf holds the catalogue in use and takes up a new one when the folder
// changes. Until the folder has given a good one, the catalogue that ships with
// the program is in use.
type Shelf struct {
	Dir      string        // folder of *.yaml files; empty: only the embedded catalogue
	Every    time.Duration // 0: DefaultEvery
	Now      func() time.Time
	OnLoaded func(*Catalog) // called in Run after a catalogue was taken up; may be nil
	OnBroken func(error)    // called in Run when the folder's catalogue cannot be used; may be nil

	whole   atomic.Pointer[Catalog] // every version
	current atomic.Pointer[Catalog] // whole as it stands on its day
	seen    string                  // what the folder looked like when it was last read
	fromDir bool                    // a catalogue of the folder is or was in use
}

// Current gives the catalogue in use as it stands today, never nil. It does not
// change under the caller: ask again for every dossier.
func (s *Shelf) Current() *Catalog {
	all, today := s.all(), calendar.LocalDay(s.Now())
	if c := s.current.Load(); c != nil && c.all == all && c.day == today {
		return c
	}
	c := all.On(today)
	s.current.Store(c)
	return c
}

// all gives the catalogue in use with every version.
func (s *Shelf) all() *Catalog {
	if c := s.whole.Load(); c != nil {
		return c
	}
	c, err := Embedded()
	if err != nil {
		panic(fmt.Sprintf("the embedded catalogue is broken: %v", err)) // the tests of this package prevent it
	}
	return c
}

// Run reads the folder at once and then whenever it changes, until ctx ends.
func (s *Shelf) Run(ctx context.Context) error {
	if s.Dir == "" {
		<-ctx.Done()
		return nil
	}
	every := s.Every
	if every == 0 {
		every = DefaultEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		s.look()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look reads the folder if it has changed since it was read last. A folder
// without files is fine until it has given a catalogue: from then on it is a
// folder that somebody has lost.
func (s *Shelf) look() {
	state, empty := fingerprint(s.Dir)
	if state == s.seen {
		return
	}
	s.seen = state
	c, err := s.all(), error(nil)
	if !empty || s.fromDir {
		c, err = LoadDir(s.Dir)
		s.fromDir = s.fromDir || err == nil
	}
	if err != nil {
		if s.OnBroken != nil {
			s.OnBroken(err)
		}
		return
	}
	s.whole.Store(c)
	if s.OnLoaded != nil {
		s.OnLoaded(c)
	}
}

// fingerprint says what the folder looks like from outside: names, sizes and
// times of its files.
func fingerprint(dir string) (state string, empty bool) {
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err.Error(), false
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // gone since it was listed, or a link to nowhere
		}
		if err != nil {
			return err.Error(), false
		}
		state += fmt.Sprintf("%s %d %d\n", filepath.Base(name), info.Size(), info.ModTime().UnixNano())
	}
	return state, state == ""
}
