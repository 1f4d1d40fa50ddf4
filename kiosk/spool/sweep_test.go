package spool

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

// knows is what rows know: the sums of these contents.
func knows(contents ...string) func(kiosk.Digest) bool {
	return func(d kiosk.Digest) bool {
		return slices.ContainsFunc(contents, func(c string) bool { return digestOf(c) == d })
	}
}

// age makes a file look older.
func age(t *testing.T, s *Spool, file string, by time.Duration) {
	t.Helper()
	at := time.Now().Add(-by)
	if err := os.Chtimes(filepath.Join(s.Dir, file), at, at); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, s *Spool) []string {
	t.Helper()
	var all []string
	for path := range tree(t, s) {
		all = append(all, path)
	}
	slices.Sort(all)
	return all
}

func sorted(s ...string) []string { slices.Sort(s); return s }

func write(t *testing.T, s *Spool, file string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.Dir, file), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSweep(t *testing.T) {
	s := open(t)
	for _, c := range []string{"known", "young", "old"} {
		putPage(t, s, "page "+c)
		putParcel(t, s, "parcel "+c)
	}
	write(t, s, "tmp/unfinished")
	write(t, s, "pages/notes.txt")
	write(t, s, "parcels/"+digestOf("lonely").String()+".env")
	for _, f := range []string{
		pageFile("page known"), pageFile("page old"), parcelFile("parcel known"), envFile("parcel known"),
		parcelFile("parcel old"), envFile("parcel old"), envFile("lonely"), "pages/notes.txt",
	} {
		age(t, s, f, 2*time.Hour)
	}
	sweep := func() Swept {
		t.Helper()
		swept, err := s.Sweep(t.Context(), knows("page known"), knows("parcel known"))
		if err != nil {
			t.Fatal(err)
		}
		return swept
	}
	if diff := cmp.Diff(Swept{Tmp: 1, Pages: 2, Parcels: 1, Orphans: 1}, sweep()); diff != "" {
		t.Error(diff)
	}
	want := sorted(
		pageFile("page known"), pageFile("page young"), aside(pageFile("page old")), "quarantine/notes.txt",
		parcelFile("parcel known"), envFile("parcel known"), parcelFile("parcel young"), envFile("parcel young"),
		aside(parcelFile("parcel old")), aside(envFile("parcel old")),
	)
	if diff := cmp.Diff(want, names(t, s)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Swept{}, sweep()); diff != "" {
		t.Errorf("a second sweep: %s", diff)
	}

	// After seven days the page goes, the parcel stays for somebody to look at.
	s.Now = func() time.Time { return time.Now().Add(8 * 24 * time.Hour) }
	swept, err := s.Sweep(t.Context(), knows("page known", "page young"), knows("parcel known", "parcel young"))
	if diff := cmp.Diff(Swept{Expired: 1}, swept); diff != "" || err != nil {
		t.Error(diff, err)
	}
	want = slices.DeleteFunc(want, func(n string) bool { return n == aside(pageFile("page old")) })
	if diff := cmp.Diff(want, names(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestSweepPutsBackWhatARowKnowsAfterAll(t *testing.T) {
	s := open(t)
	page, parcel := putPage(t, s, "page"), putParcel(t, s, "parcel")
	before := names(t, s)
	for _, f := range before {
		age(t, s, f, 2*time.Hour)
	}
	for _, step := range []struct {
		keep bool
		want Swept
	}{{false, Swept{Pages: 1, Parcels: 1}}, {true, Swept{Restored: 3}}} {
		swept, err := s.Sweep(t.Context(), always(step.keep), always(step.keep))
		if diff := cmp.Diff(step.want, swept); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	if diff := cmp.Diff(before, names(t, s)); diff != "" {
		t.Error(diff)
	}
	if s.CheckPage(t.Context(), page) != nil || s.CheckParcel(t.Context(), parcel) != nil {
		t.Error("not whole any more")
	}
}

// A sweep that was cut off between the parcel and its sidecar is finished by
// the next one.
func TestSweepCutOff(t *testing.T) {
	s := open(t)
	parcel := putParcel(t, s, "parcel")
	age(t, s, envFile("parcel"), 2*time.Hour)
	if err := os.Rename(filepath.Join(s.Dir, parcelFile("parcel")), filepath.Join(s.Dir, aside(parcelFile("parcel")))); err != nil {
		t.Fatal(err)
	}
	if swept, err := s.Sweep(t.Context(), always(false), always(false)); err != nil || swept != (Swept{}) {
		t.Errorf("%+v %v", swept, err)
	}
	if diff := cmp.Diff(sorted(aside(parcelFile("parcel")), aside(envFile("parcel"))), names(t, s)); diff != "" {
		t.Error(diff)
	}
	if err := s.WipeParcel(parcel); err != nil || len(names(t, s)) != 0 {
		t.Errorf("a parcel set aside is not wiped: %v %v", names(t, s), err)
	}
}

func TestSweepStopsWhenAsked(t *testing.T) {
	s := open(t)
	write(t, s, "tmp/unfinished")
	ctx, cancel := cancelled(t)
	defer cancel()
	if _, err := s.Sweep(ctx, always(false), always(false)); err == nil {
		t.Error("went on")
	}
	if err := os.RemoveAll(filepath.Join(s.Dir, tmpDir)); err != nil {
		t.Fatal(err)
	}
	_, err := s.Sweep(t.Context(), always(false), always(false))
	wantCode(t, err, kiosk.NotFound, "spool.missing")
}

func cancelled(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}
