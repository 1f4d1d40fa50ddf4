package main

import (
	"path/filepath"
	"testing"
)

// TestTheGalleryHasEveryRoom: a package of screens that is not exhibited would
// not be looked at by the tests of looks either.
func TestTheGalleryHasEveryRoom(t *testing.T) {
	shown := map[string]bool{}
	for _, c := range newGallery().Collections {
		shown[c.Name] = true
	}
	folders, err := filepath.Glob("../../ui/*/pages")
	if err != nil || len(folders) == 0 {
		t.Fatal(folders, err)
	}
	for _, f := range append(folders, "../../ui/pages") {
		if name := filepath.Base(filepath.Dir(f)); !shown[name] {
			t.Errorf("the screens of %s are not in the demo's gallery", name)
		}
	}
}
