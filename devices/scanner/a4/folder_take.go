package a4

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"servicepoint/devices"
)

// forgetAfter is for how many rounds a file may be missing.
const forgetAfter = 4

// watch is one Scan of a folder.
type watch struct {
	s     *Folder
	a     *ask
	old   map[fileID]int // lay there before; rounds for which it was not seen
	seen  map[fileID]*arrival
	came  int            // arrivals so far
	kept  int            // sheets
	last  time.Time      // when something arrived or changed
	spoil *devices.Fault // of the first file that had to be rejected
}

// arrival is a file that came during the scan.
type arrival struct {
	file
	n      int       // in the order of arrival
	since  time.Time // it is as it is
	misfit bool      // it was looked at as it is, and is not whole
	missed int       // rounds for which it was not seen
}

// take implements maker: it hands on what arrives until Max, or until nothing
// more does.
func (s *Folder) take(ctx context.Context, a *ask) (end func(), err error) {
	if fault := s.ready(); fault != nil {
		return nil, fault
	}
	files, err := list(s.Dir)
	if err != nil {
		return nil, fail(fileCause(err), "the folder", bare(err))
	}
	w := &watch{s: s, a: a, old: map[fileID]int{}, seen: map[fileID]*arrival{}, last: s.now()}
	for _, f := range files {
		w.old[f.id] = 0
	}
	ticks := time.NewTicker(folderPoll)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticks.C:
		}
		if err := w.round(ctx); err != nil {
			return nil, err
		}
		switch {
		case a.request.Max > 0 && w.kept >= a.request.Max:
			return nil, w.outcome()
		case len(w.seen) > 0:
			continue
		case w.came == 0 && s.now().Sub(w.last) >= or(s.Patience, folderPatience):
			return nil, w.outcome()
		case w.came > 0 && s.now().Sub(w.last) >= or(s.Quiet, folderQuiet):
			return nil, w.outcome()
		}
	}
}

// outcome says how a scan that came to its end went: a file that had to be
// rejected is a sheet that somebody misses.
func (w *watch) outcome() error {
	switch {
	case w.spoil != nil:
		return w.spoil
	case w.kept == 0:
		return fail(devices.NoSheet, "no sheet came into the folder", nil)
	}
	return nil
}

// round looks at the folder once and hands on what is complete, in the order
// of arrival: a sheet waits for the one before it.
func (w *watch) round(ctx context.Context) error {
	files, err := list(w.s.Dir)
	if err != nil {
		return fail(fileCause(err), "the folder", bare(err))
	}
	w.note(files)
	waiting := make([]*arrival, 0, len(w.seen))
	for _, f := range w.seen {
		waiting = append(waiting, f)
	}
	slices.SortFunc(waiting, func(a, b *arrival) int { return cmp.Compare(a.n, b.n) })
	for _, f := range waiting {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		done, err := w.try(f)
		if err != nil || !done {
			return err
		}
		delete(w.seen, f.id) // it left the folder, and a file to come may get its number
		w.last = w.s.now()
		if w.a.request.Max > 0 && w.kept >= w.a.request.Max {
			return nil
		}
	}
	return nil
}

// note compares the folder with what is known of it.
func (w *watch) note(files []file) {
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(a.changed.Compare(b.changed), byNumber(stem(a.name), stem(b.name)))
	})
	now, here := w.s.now(), map[fileID]bool{}
	for _, f := range files {
		here[f.id] = true
		known := w.seen[f.id]
		_, old := w.old[f.id]
		switch {
		case old, f.hidden():
		case known == nil:
			w.came++
			w.seen[f.id] = &arrival{file: f, n: w.came, since: now}
			w.last = now
		case known.file != f:
			known.file, known.since, known.misfit = f, now, false
			w.last = now
			w.a.tell(f.size, 0)
		}
	}
	// A file that is renamed while the folder is read is in no list, so one
	// that is missing is waited for. One that is gone for good gives its number
	// to a file to come.
	for id, f := range w.seen {
		if f.missed++; here[id] {
			f.missed = 0
		} else if f.missed > forgetAfter {
			delete(w.seen, id)
			w.last = now
		}
	}
	for id := range w.old {
		if w.old[id]++; here[id] {
			w.old[id] = 0
		} else if w.old[id] > forgetAfter {
			delete(w.old, id)
		}
	}
}

// try hands a file on if it is complete, or puts it aside if it never will
// be; done says that nothing is to be waited for any more.
func (w *watch) try(f *arrival) (done bool, err error) {
	age := w.s.now().Sub(f.since)
	late := age >= folderGiveUp
	if f.missed > 0 || age < or(w.s.Settle, folderSettle) || (f.misfit || unfinished(f.name)) && !late {
		return false, nil
	}
	path := filepath.Join(w.s.Dir, f.name)
	raw, err := readPage(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // the next round sees what became of it
	}
	var sheet devices.Sheet
	fault, ok := errors.AsType[*devices.Fault](err)
	if !ok {
		sheet, fault = newSheet(w.kept+1, raw, 0, age)
	}
	switch {
	case fault == nil && unfinished(f.name):
		fault = fail(devices.Garbled, "a file whose name says that it is not finished", nil)
	case fault != nil && fault.Cause != devices.Garbled && fault.Cause != devices.TooLarge && fault.Cause != devices.Truncated:
		return false, fault
	case fault != nil && fault.Cause != devices.TooLarge && !late && (len(raw) < 4 || raw[0] == 0 || fault.Cause == devices.Truncated):
		f.misfit = true // perhaps the rest is yet to come
		return false, nil
	}
	if fault != nil {
		return w.reject(path, f, fault)
	}
	return w.give(path, f, sheet)
}

// reject puts a file aside that is no sheet.
func (w *watch) reject(path string, f *arrival, fault *devices.Fault) (bool, error) {
	if err := w.s.put(path, rejectedDir, f.name); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		return false, fail(fileCause(err), "moving a file", bare(err))
	}
	if w.spoil == nil {
		w.spoil = fault
	}
	w.s.desk.log.Warn("a file in the scan folder is no sheet", "err", fault)
	return true, nil
}

// give moves a sheet out of the folder, hands it on and deletes it. What was
// moved must be what was read, else it is put back and looked at anew.
func (w *watch) give(path string, f *arrival, sheet devices.Sheet) (bool, error) {
	taken := filepath.Join(w.s.Dir, takenDir, strconv.Itoa(f.n)+".jpg")
	if err := w.s.rename(path, taken); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return false, nil
		}
		return false, fail(fileCause(err), "moving a sheet", bare(err))
	}
	now, err := stat(taken)
	if err != nil || now.id != f.id || now.size != f.size || !now.changed.Equal(f.changed) || now.size != int64(len(sheet.Bytes)) {
		if err := w.s.put(taken, "", f.name); err != nil {
			return false, fail(fileCause(err), "putting a sheet back", bare(err))
		}
		return false, nil
	}
	w.a.tell(f.size, f.size)
	if err := w.a.hand(sheet); err != nil {
		if back := w.s.put(taken, "", f.name); back != nil {
			w.s.desk.log.Error("a sheet could not be put back into the scan folder", "err", bare(back))
		}
		return false, err
	}
	w.kept++
	if err := os.Remove(taken); err != nil { // goes to "rejected" at the next look
		w.s.desk.log.Error("a sheet could not be deleted from the scan folder", "err", bare(err))
	}
	return true, nil
}

// unfinished tells the names under which programs write what is not complete.
func unfinished(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".part", ".tmp", ".temp", ".filepart", ".partial", ".crdownload", ".writing":
		return true
	}
	return false
}

// stem is a name without its ending.
func stem(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }

// byNumber puts scan2 before scan10.
func byNumber(a, b string) int {
	for {
		i, j := digit(a), digit(b)
		if c := cmp.Compare(a[:i], b[:j]); c != 0 || i == len(a) || j == len(b) {
			return cmp.Or(c, cmp.Compare(len(a)-i, len(b)-j))
		}
		a, b = a[i:], b[j:]
		i, j = len(a)-len(strings.TrimLeft(a, "0123456789")), len(b)-len(strings.TrimLeft(b, "0123456789"))
		x, y := strings.TrimLeft(a[:i], "0"), strings.TrimLeft(b[:j], "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
}

// digit is the place of the first digit, or the end.
func digit(s string) int {
	if i := strings.IndexAny(s, "0123456789"); i >= 0 {
		return i
	}
	return len(s)
}
