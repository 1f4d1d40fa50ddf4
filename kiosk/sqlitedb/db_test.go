package sqlitedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"modernc.org/sqlite"

	"servicepoint/kiosk"
)

func migrations(texts ...string) fs.FS {
	m := fstest.MapFS{}
	for i, text := range texts {
		m[fmt.Sprintf("%04d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

const tableT = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT;"

func mustOpen(t *testing.T, path string, m fs.FS) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, m)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func insert(db *DB, id int, v string) error {
	return db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO t VALUES (?, ?)", id, v)
		return err
	})
}

func count(t *testing.T, q *sql.DB) int {
	t.Helper()
	var n int
	if err := q.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func wantCode(t *testing.T, err error, kind kiosk.Kind, code kiosk.Code) {
	t.Helper()
	if kiosk.KindOf(err) != kind || kiosk.CodeOf(err) != code {
		t.Fatalf("got %v (%s), want %s %s", err, kiosk.KindOf(err), kind, code)
	}
}

func TestOpenWriteReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "đơn vị?1#%.db") // a name that would break a careless URI
	db := mustOpen(t, path, migrations(tableT))
	if err := insert(db, 1, "a"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, db.R); n != 1 {
		t.Errorf("reader sees %d rows", n)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there after Close: %v", err)
	}
	db = mustOpen(t, path, migrations(tableT))
	defer db.Close()
	if n := count(t, db.R); n != 1 {
		t.Errorf("%d rows after reopening", n)
	}
	if !sqlite.OFDLockingEnabled() {
		t.Log("this file system has no OFD locks; POSIX locks are in use")
	}
}

func TestSettingsStandOnEveryConnection(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "a.db"), migrations(tableT))
	defer db.Close()
	for _, p := range []struct {
		pool     *sql.DB
		readOnly bool
		conns    int
	}{{db.W, false, 1}, {db.R, true, readers}} {
		for range p.conns {
			conn, err := p.pool.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for _, s := range settings(p.readOnly) {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+s.name).Scan(&got); err != nil || got != s.want {
					t.Errorf("readOnly=%v %s = %q, %v; want %q", p.readOnly, s.name, got, err, s.want)
				}
			}
		}
	}
}

func TestWrongSettingIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	mustOpen(t, path, migrations(tableT)).Close()
	base, err := sqlite.NewConnector(strings.Replace(source(path, false), "_synchronous=FULL", "_synchronous=NORMAL", 1))
	if err != nil {
		t.Fatal(err)
	}
	q := sql.OpenDB(checked{base, settings(false)})
	defer q.Close()
	wantCode(t, q.Ping(), kiosk.Unavailable, "store.unsafe")

	base, err = sqlite.NewConnector(strings.Replace(source(path, false), "_synchronous=FULL", "_synchronous=FUL", 1))
	if err != nil {
		t.Fatal(err)
	}
	q2 := sql.OpenDB(checked{base, settings(false)})
	defer q2.Close()
	if q2.Ping() == nil {
		t.Error("a misspelt setting was taken")
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "a.db"), migrations(tableT))
	defer db.Close()
	_, err := db.R.Exec("INSERT INTO t VALUES (1, 'a')")
	wantCode(t, Explain(err), kiosk.Unavailable, "store.failed")
}

func TestWriteIsAllOrNothing(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "a.db"), migrations(tableT))
	defer db.Close()
	boom := errors.New("boom")
	half := func(end func()) error {
		return db.Write(t.Context(), func(tx *sql.Tx) error {
			if _, err := tx.Exec("INSERT INTO t VALUES (1, 'a')"); err != nil {
				return err
			}
			end()
			return boom
		})
	}
	if err := half(func() {}); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() { recover() }()
		half(func() { panic("out") })
	}()
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO t VALUES (1, 'a')")
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled write: %v", err)
	}
	if n := count(t, db.W); n != 0 {
		t.Fatalf("%d rows of a transaction that failed", n)
	}
	if err := insert(db, 1, "a"); err != nil { // the writer is free again
		t.Fatal(err)
	}
	if err := insert(db, 1, "b"); !IsDuplicate(err) {
		t.Errorf("duplicate: %v", err)
	}
	if IsDuplicate(nil) || IsDuplicate(boom) {
		t.Error("IsDuplicate of something else")
	}
}

func TestTwoWritersTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	a := mustOpen(t, path, migrations(tableT))
	defer a.Close()
	b := mustOpen(t, path, migrations(tableT))
	defer b.Close()
	const each = 15
	var wg sync.WaitGroup
	for i, db := range []*DB{a, b} {
		for j := range each {
			wg.Go(func() {
				if err := insert(db, 1+i*each+j, "x"); err != nil {
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
	}
	wg.Wait()
	if n := count(t, a.R); n != 2*each {
		t.Errorf("%d rows, want %d", n, 2*each)
	}
}

func TestExplain(t *testing.T) {
	plain := errors.New("plain")
	own := kiosk.Fail(kiosk.NotFound, "x.y", nil)
	for _, err := range []error{nil, plain, sql.ErrNoRows, context.Canceled, own, driver.ErrBadConn} {
		if got := Explain(err); got != err {
			t.Errorf("Explain(%v) = %v", err, got)
		}
	}
	wantCode(t, Explain(&fs.PathError{Op: "open", Path: "f", Err: syscall.ENOSPC}), kiosk.Unavailable, "store.full")
	wantCode(t, Explain(&fs.PathError{Op: "open", Path: "f", Err: syscall.EIO}), kiosk.Unavailable, "store.failed")
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "no", "a.db"), migrations(tableT))
	wantCode(t, err, kiosk.Unavailable, "store.failed")
}

func TestFullDatabase(t *testing.T) {
	db := mustOpen(t, filepath.Join(t.TempDir(), "a.db"), migrations(tableT))
	defer db.Close()
	if _, err := db.W.Exec("PRAGMA max_page_count = 8"); err != nil { // SQLite's own way to run out of room
		t.Fatal(err)
	}
	wantCode(t, insert(db, 1, strings.Repeat("x", 1<<16)), kiosk.Unavailable, "store.full")
	if err := insert(db, 2, "small"); err != nil {
		t.Errorf("after a full disk a small row does not fit: %v", err)
	}
	if n := count(t, db.R); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestBusyIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	a := mustOpen(t, path, migrations(tableT))
	defer a.Close()
	b := mustOpen(t, path, migrations(tableT))
	defer b.Close()
	if _, err := b.W.Exec("PRAGMA busy_timeout = 1"); err != nil { // do not wait five seconds here
		t.Fatal(err)
	}
	err := a.Write(t.Context(), func(*sql.Tx) error { return insert(b, 1, "x") })
	wantCode(t, err, kiosk.Busy, "store.busy")
}

// What was overwritten in the file does not stay in the log.
func TestFoldEmptiesTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "unit.db")
	db := mustOpen(t, path, migrations(tableT))
	defer db.Close()
	if err := insert(db, 1, "a key that is dropped"); err != nil {
		t.Fatal(err)
	}
	if log, err := os.ReadFile(path + "-wal"); err != nil || !strings.Contains(string(log), "dropped") {
		t.Fatalf("the log does not hold what was written: %v", err)
	}
	if done, err := db.Fold(t.Context()); err != nil || !done {
		t.Fatalf("%v, %v", done, err)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the log is not empty: %v", err)
	}
	if n := count(t, db.R); n != 1 {
		t.Errorf("%d rows after it", n)
	}
}
