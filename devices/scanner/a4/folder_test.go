package a4

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"servicepoint/devices"
)

// outcome is how one Scan went.
type outcome struct {
	got []devices.Sheet
	err error
}

// inFolder starts a Scan in a bubble of fake time, lets act do things while it
// runs, and gives how it went.
func inFolder(t *testing.T, s *Folder, r devices.ScanRequest, act func()) (o outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		stop := running(t, s)
		synctest.Wait()
		c := make(chan outcome, 1)
		go func() {
			got, err := scan(t.Context(), s, r)
			c <- outcome{got, err}
		}()
		synctest.Wait()
		if act != nil {
			act()
		}
		o = <-c
		time.Sleep(10 * time.Second) // the next look of an idle driver
		stop()
	})
	return o
}

func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// files lists the plain files below dir.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.Walk(dir, func(p string, i os.FileInfo, err error) error {
		if err == nil && i.Mode().IsRegular() {
			rel, _ := filepath.Rel(dir, p)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	if got := files(t, dir); !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func TestFolderTakesSheetsInOrder(t *testing.T) {
	dir, all := t.TempDir(), pictures(11)
	o := inFolder(t, &Folder{Dir: dir}, devices.ScanRequest{}, func() {
		for i, p := range all {
			write(t, dir, "scan"+strconv.Itoa(i+1)+".jpg", p)
			time.Sleep(900 * time.Millisecond)
		}
	})
	wantCause(t, o.err, "")
	wantSheets(t, o.got, all)
	wantFiles(t, dir)
}

func TestFolderGivesNothingOfAnEarlierScan(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "old.jpg", picture(1))
	write(t, dir, ".upload", picture(2))
	if err := os.Mkdir(filepath.Join(dir, takenDir), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, takenDir), "1.jpg", picture(3))
	s := &Folder{Dir: dir}
	var told []devices.Status
	s.OnStatus = func(st devices.Status) { told = append(told, st) }
	o := inFolder(t, s, devices.ScanRequest{Max: 1}, func() {
		for _, r := range [][2]string{{"old.jpg", "renamed.jpg"}, {".upload", "late.jpg"}} {
			if err := os.Rename(filepath.Join(dir, r[0]), filepath.Join(dir, r[1])); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Second)
		write(t, dir, "mine.jpg", picture(4))
		write(t, dir, "mine2.jpg", picture(5))
	})
	wantCause(t, o.err, "")
	wantSheets(t, o.got, [][]byte{picture(4)})
	wantFiles(t, dir, "late.jpg", "mine2.jpg", "rejected/1.jpg", "renamed.jpg")
	if !slices.ContainsFunc(told, func(st devices.Status) bool {
		return st.Ready && slices.Equal(st.Warnings, []devices.Cause{devices.Leftover, devices.Garbled})
	}) {
		t.Errorf("the leftovers were not reported: %+v", told)
	}
	if n, err := s.Clear(context.Background()); n != 4 || err != nil {
		t.Errorf("Clear: %d, %v", n, err)
	}
	wantFiles(t, dir)
}

func TestFolderPutsBackWhatIsNotKept(t *testing.T) {
	dir := t.TempDir()
	s := &Folder{Dir: dir}
	synctest.Test(t, func(t *testing.T) {
		stop := running(t, s)
		synctest.Wait()
		c := make(chan error, 1)
		go func() {
			c <- s.Scan(t.Context(), devices.ScanRequest{}, func(devices.Sheet) error { return errFull }, nil)
		}()
		synctest.Wait()
		write(t, dir, "a.jpg", picture(1))
		if err := <-c; err != errFull {
			t.Errorf("Scan gives %v, want keep's own error", err)
		}
		stop()
	})
	wantFiles(t, dir, "a.jpg")
}

func TestFolderEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	s := &Folder{Dir: dir}
	synctest.Test(t, func(t *testing.T) {
		running(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		began := time.Now()
		_, err := scan(ctx, s, devices.ScanRequest{})
		wantCause(t, err, devices.Cancelled)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 4*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestF59_FolderWithoutASheet(t *testing.T) {
	o := inFolder(t, &Folder{Dir: t.TempDir()}, devices.ScanRequest{}, nil)
	wantCause(t, o.err, devices.NoSheet)
}

func TestF60_PartialFileWaitsUntilItIsWhole(t *testing.T) {
	dir, p := t.TempDir(), picture(1)
	o := inFolder(t, &Folder{Dir: dir}, devices.ScanRequest{}, func() {
		for i := range 5 { // slower than the time for which a file has to stay as it is
			write(t, dir, "a.jpg", p[:len(p)*(i+1)/5])
			time.Sleep(6 * time.Second)
		}
	})
	wantCause(t, o.err, "")
	wantSheets(t, o.got, [][]byte{p})
	wantFiles(t, dir)
}

func TestF60_PartialFileThatNeverGrowsIsPutAside(t *testing.T) {
	dir, p := t.TempDir(), picture(1)
	o := inFolder(t, &Folder{Dir: dir}, devices.ScanRequest{}, func() {
		write(t, dir, "a.jpg", p[:len(p)-20])
		time.Sleep(time.Second)
		write(t, dir, "b.jpg", picture(2))
	})
	wantCause(t, o.err, devices.Truncated)
	wantSheets(t, o.got, [][]byte{picture(2)})
	wantFiles(t, dir, "rejected/a.jpg")
}

func TestF60_RenameOfAFinishedUpload(t *testing.T) {
	dir := t.TempDir()
	o := inFolder(t, &Folder{Dir: dir}, devices.ScanRequest{}, func() {
		write(t, dir, "a.jpg.part", picture(1))
		time.Sleep(10 * time.Second)
		if err := os.Rename(filepath.Join(dir, "a.jpg.part"), filepath.Join(dir, "a.jpg")); err != nil {
			t.Fatal(err)
		}
	})
	wantCause(t, o.err, "")
	wantSheets(t, o.got, [][]byte{picture(1)})
	wantFiles(t, dir)
}

func TestF60_RenameWhileItIsTaken(t *testing.T) {
	dir := t.TempDir()
	s, first := &Folder{Dir: dir}, true
	s.move = func(from, to string) error {
		if first { // somebody is quicker
			first = false
			if err := os.Rename(from, filepath.Join(dir, "other.jpg")); err != nil {
				t.Error(err)
			}
		}
		return os.Rename(from, to)
	}
	o := inFolder(t, s, devices.ScanRequest{}, func() { write(t, dir, "a.jpg", picture(1)) })
	wantCause(t, o.err, "")
	wantSheets(t, o.got, [][]byte{picture(1)})
	wantFiles(t, dir)
}

func TestF60_SameNameTwice(t *testing.T) {
	dir := t.TempDir()
	o := inFolder(t, &Folder{Dir: dir}, devices.ScanRequest{}, func() {
		for i := range 3 {
			write(t, dir, "scan.jpg", picture(i+1))
			time.Sleep(4 * time.Second)
		}
	})
	wantCause(t, o.err, "")
	wantSheets(t, o.got, pictures(3))
	wantFiles(t, dir)
}

func TestF60_SameNameReplacedWhileItIsTaken(t *testing.T) {
	dir := t.TempDir()
	s, first := &Folder{Dir: dir}, true
	s.move = func(from, to string) error {
		if first {
			first = false
			write(t, dir, "new", picture(2))
			if err := os.Rename(filepath.Join(dir, "new"), from); err != nil {
				t.Error(err)
			}
		}
		return os.Rename(from, to)
	}
	o := inFolder(t, s, devices.ScanRequest{}, func() { write(t, dir, "a.jpg", picture(1)) })
	wantCause(t, o.err, "")
	wantSheets(t, o.got, [][]byte{picture(2)}) // what was read and replaced is nobody's sheet
	wantFiles(t, dir)
}

func TestF60_DiskFullOnTheMove(t *testing.T) {
	dir := t.TempDir()
	s := &Folder{Dir: dir, move: func(from, to string) error {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.ENOSPC}
	}}
	o := inFolder(t, s, devices.ScanRequest{}, func() { write(t, dir, "a.jpg", picture(1)) })
	wantCause(t, o.err, devices.NoSpace)
	if bytes.Contains([]byte(o.err.Error()), []byte("a.jpg")) {
		t.Errorf("the error names the file: %v", o.err)
	}
	wantSheets(t, o.got, nil)
	wantFiles(t, dir, "a.jpg")
}

func TestF60_OtherKindsOfFilesArePutAside(t *testing.T) {
	dir := t.TempDir()
	o := inFolder(t, &Folder{Dir: dir}, devices.ScanRequest{}, func() {
		write(t, dir, "a.pdf", []byte("%PDF-1.7 something"))
		write(t, dir, "a.jpg", picture(1))
	})
	wantCause(t, o.err, devices.Garbled)
	wantSheets(t, o.got, [][]byte{picture(1)})
	wantFiles(t, dir, "rejected/a.pdf")
}

func TestFolderThatIsNotThere(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "file")
	write(t, filepath.Dir(plain), "file", nil)
	for dir, want := range map[string]devices.Cause{
		filepath.Join(t.TempDir(), "gone"): devices.Offline,
		plain:                              devices.NotALine,
	} {
		o := inFolder(t, &Folder{Dir: dir}, devices.ScanRequest{}, nil)
		wantCause(t, o.err, want)
	}
}

func TestByNumber(t *testing.T) {
	want := []string{"a", "a1", "a2b1", "a2b10", "a10", "a010b", "b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, byNumber)
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestFolderWritesNothingOver(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, rejectedDir), 0o700); err != nil {
		t.Fatal(err)
	}
	s := &Folder{Dir: dir}
	for _, text := range []string{"one", "two", "three"} {
		write(t, dir, "a.pdf", []byte(text))
		if err := s.put(filepath.Join(dir, "a.pdf"), rejectedDir, "a.pdf"); err != nil {
			t.Fatal(err)
		}
	}
	wantFiles(t, dir, "rejected/a-1.pdf", "rejected/a-2.pdf", "rejected/a.pdf")
}

func TestF60_RenameWhileTheFolderIsRead(t *testing.T) {
	mine, old := file{name: "a.jpg", id: fileID{1, 1}}, file{name: "b.jpg", id: fileID{1, 2}}
	w := &watch{s: &Folder{}, a: &ask{}, old: map[fileID]int{old.id: 0}, seen: map[fileID]*arrival{}}
	w.note([]file{mine, old})
	w.note(nil) // both are just being renamed
	mine.name, old.name = "c.jpg", "d.jpg"
	w.note([]file{mine, old})
	if len(w.seen) != 1 || w.seen[mine.id] == nil || w.seen[mine.id].missed != 0 || w.came != 1 {
		t.Errorf("seen %v, %d came", w.seen, w.came)
	}
	for range forgetAfter + 1 {
		w.note(nil)
	}
	if len(w.seen)+len(w.old) > 0 {
		t.Errorf("not forgotten: %v, %v", w.seen, w.old)
	}
}
