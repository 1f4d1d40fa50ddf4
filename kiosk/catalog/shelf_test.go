package catalog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestShelf(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // the calls come from Run's goroutine
		var loaded []string
		var broken []error
		s := &Shelf{
			Now: time.Now,
			Dir: dir,
			OnLoaded: func(c *Catalog) {
				mu.Lock()
				defer mu.Unlock()
				loaded = append(loaded, c.Head.Version)
			},
			OnBroken: func(err error) {
				mu.Lock()
				defer mu.Unlock()
				broken = append(broken, err)
			},
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		step := func(what, version string, loads, breaks int) {
			t.Helper()
			time.Sleep(DefaultEvery)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if got := s.Current().Head.Version; got != version || len(loaded) != loads || len(broken) != breaks {
				t.Errorf("%s: version %q, loaded %q, broken %v; want %q, %d, %d", what, got, loaded, broken, version, loads, breaks)
			}
		}
		ships := shipped(t).Head.Version
		step("an empty folder", ships, 0, 0)
		write(t, dir, "a.yaml", goodHead+goodProcedure+goodForm)
		step("a good file", "1", 1, 0)
		step("nothing changed", "1", 1, 0)
		write(t, dir, "a.yaml", goodHead+goodProcedure+goodForm+"speling: mistake\n")
		step("a broken file", "1", 1, 1)
		step("still broken, said once", "1", 1, 1)
		write(t, dir, "a.yaml", strings.Replace(goodHead, `"1"`, `"1.1"`, 1)+goodProcedure+goodForm)
		step("good again", "1.1", 2, 1)
		if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
			t.Error(err)
		}
		step("the folder was emptied", "1.1", 2, 2)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if e, ok := errors.AsType[*Error](broken[0]); !ok || e.File != "a.yaml" || e.Line == 0 || e.Column == 0 {
			t.Errorf("no place in %v", broken[0])
		}
	})
}

func TestShelfBrokenFromTheStart(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", "schema: [")
	var broken, loaded int
	s := &Shelf{Dir: dir, Now: time.Now, OnBroken: func(error) { broken++ }, OnLoaded: func(*Catalog) { loaded++ }}
	s.look()
	s.look()
	if broken != 1 || s.all() != shipped(t) {
		t.Errorf("broken %d times, catalogue %s", broken, s.Current().Head.ID)
	}
	if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	s.look()
	if broken != 1 || loaded != 1 || s.all() != shipped(t) {
		t.Errorf("after the broken file went: broken %d times, loaded %d times", broken, loaded)
	}
}

// A restart while a file of the folder is broken must not bring back the
// figures the program shipped with.
func TestInvariant6_BrokenFolderAfterARestart(t *testing.T) {
	dir, kept := t.TempDir(), filepath.Join(t.TempDir(), "catalog.json")
	write(t, dir, "a.yaml", goodHead+goodProcedure+goodForm)
	before := &Shelf{Dir: dir, Kept: kept, Now: time.Now, OnBroken: func(err error) { t.Error(err) }}
	before.look()
	good := before.all()

	write(t, dir, "a.yaml", "schema: [")
	var broken int
	after := &Shelf{Dir: dir, Kept: kept, Now: time.Now, OnBroken: func(error) { broken++ }}
	after.look()
	if diff := cmp.Diff(good, after.all(), cmpopts.IgnoreUnexported(Catalog{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Section{}, "Use")); diff != "" || broken != 1 {
		t.Errorf("told %d times; the catalogue changed (-before +after):\n%s", broken, diff)
	}
	if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	broken = 0
	emptied := &Shelf{Dir: dir, Kept: kept, Now: time.Now, OnBroken: func(error) { broken++ }}
	emptied.look()
	if emptied.all().Head != good.Head || broken != 1 {
		t.Errorf("the folder is gone after a restart: told %d times, catalogue %q", broken, emptied.all().Head.Version)
	}
	write(t, dir, "a.yaml", "schema: [")
	if err := os.WriteFile(kept, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	lost := &Shelf{Dir: dir, Kept: kept, Now: time.Now}
	lost.look()
	if lost.all() != shipped(t) {
		t.Error("a damaged copy was taken up")
	}
}

func TestShelfWithoutFolder(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &Shelf{Now: time.Now}
	if err := s.Run(ctx); err != nil || s.all() != shipped(t) {
		t.Errorf("%v, %s", err, s.Current().Head.ID)
	}
}
