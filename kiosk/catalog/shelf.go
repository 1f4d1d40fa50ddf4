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
	OnLoaded func(*Catalog) // called in Open and Run after a catalogue was taken up; may be nil
	OnBroken func(error)    // called in Open and Run when the folder's catalogue cannot be used, or not be kept; may be nil

	whole   atomic.Pointer[Catalog] // every version
	current atomic.Pointer[Catalog] // whole as it stands on its day
	seen    string                  // what the folder looked like when it was last read
	looked  bool                    // the folder has been read
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

// Open reads the folder once, so that nothing is asked of a catalogue that is
// about to be replaced. Without it Run does that as its first work.
func (s *Shelf) Open() {
	if s.Dir != "" {
		s.look()
	}
}

// Run reads the folder whenever it changes, until ctx ends.
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
	if s.looked && state == s.seen {
		return
	}
	s.seen = state
	if !s.looked {
		s.takeKept()
		s.looked = true
		if empty && !s.fromDir {
			return // nothing was ever put there
		}
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
	return replaceFile(s.Kept, b)
}

// replaceFile writes a file whole or not at all, also through a power cut.
func replaceFile(path string, b []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
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
