package catalog

import (
	"bytes"
	"context"
	"encoding/json"
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
// the program is in use. The last good one of the folder outlives a restart.
type Shelf struct {
	Dir      string        // folder of *.yaml files; empty: only the embedded catalogue
	Kept     string        // file for the last good catalogue of Dir; empty: it is not kept
	Every    time.Duration // 0: DefaultEvery
	Now      func() time.Time
	OnLoaded func(*Catalog) // called in Run after a catalogue was taken up; may be nil
	OnBroken func(error)    // called in Run when the folder's catalogue cannot be used, or not be kept; may be nil

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
	if s.whole.Load() == nil {
		s.takeKept()
	}
	c, err := s.all(), error(nil)
	if !empty || s.fromDir {
		c, err = LoadDir(s.Dir)
	}
	if err != nil {
		s.broken(err)
		return
	}
	s.whole.Store(c)
	if s.OnLoaded != nil {
		s.OnLoaded(c)
	}
	if !empty {
		s.fromDir = true
		if err := s.keep(c); err != nil {
			s.broken(fmt.Errorf("keep the catalogue: %w", err))
		}
	}
}

func (s *Shelf) broken(err error) {
	if s.OnBroken != nil {
		s.OnBroken(err)
	}
}

// keep writes a good catalogue of the folder down, whole or not at all.
func (s *Shelf) keep(c *Catalog) error {
	if s.Kept == "" {
		return nil
	}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	tmp := s.Kept + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, s.Kept)
}

// takeKept takes up what keep wrote before the last restart. Without it, or
// with one another version of the program wrote, the embedded catalogue stays.
func (s *Shelf) takeKept() {
	b, err := os.ReadFile(s.Kept)
	if err != nil {
		return
	}
	read := json.NewDecoder(bytes.NewReader(b))
	read.DisallowUnknownFields()
	c := new(Catalog)
	if read.Decode(c) == nil && len(c.Procedures) > 0 {
		s.whole.Store(c)
		s.fromDir = true
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
