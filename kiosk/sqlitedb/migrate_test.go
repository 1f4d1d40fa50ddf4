package sqlitedb

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"servicepoint/kiosk"
)

const addColumn = "ALTER TABLE t ADD COLUMN w TEXT;"

func TestMigrateFromEmptyAndOnward(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "unit.db")
	db := mustOpen(t, path, migrations(tableT))
	if err := insert(db, 1, "kept"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "backup")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty database was copied: %v", err)
	}
	db.Close()

	db = mustOpen(t, path, migrations(tableT, addColumn))
	defer db.Close()
	if v, err := db.version(t.Context()); v != 2 || err != nil {
		t.Errorf("version %d, %v", v, err)
	}
	if _, err := db.R.Exec("SELECT w FROM t"); err != nil {
		t.Errorf("new column: %v", err)
	}
	older := mustOpen(t, filepath.Join(dir, "backup", "unit-schema-0001.db"), migrations(tableT))
	defer older.Close()
	if n := count(t, older.R); n != 1 {
		t.Errorf("copy holds %d rows", n)
	}
}

func TestFailedMigrationLeavesTheOldSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "unit.db")
	db := mustOpen(t, path, migrations(tableT))
	if err := insert(db, 1, "kept"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for name, text := range map[string]string{
		"half": "CREATE TABLE u (id INTEGER); INSERT INTO nowhere VALUES (1);",
		"dangling": `CREATE TABLE c (t INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED);
			INSERT INTO c VALUES (99);`,
	} {
		if _, err := Open(t.Context(), path, migrations(tableT, text)); err == nil {
			t.Fatalf("%s: migrated", name)
		}
		db := mustOpen(t, path, migrations(tableT))
		var n int
		if err := db.R.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&n); n != 1 || err != nil {
			t.Errorf("%s: %d tables left, %v", name, n, err)
		}
		if n := count(t, db.R); n != 1 {
			t.Errorf("%s: %d rows left", name, n)
		}
		db.Close()
	}
}

func TestNewerSchemaIsRefusedByName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "unit.db")
	mustOpen(t, path, migrations(tableT, addColumn)).Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, migrations(tableT))
	wantCode(t, err, kiosk.Conflict, "store.newer_schema")
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the refused file changed, %v", err)
	}
}

func TestMigrationNames(t *testing.T) {
	for _, names := range [][]string{
		{"0002_a.sql"}, {"0001_a.sql", "0003_b.sql"}, {"0001_a.sql", "0001_b.sql"}, {"1_a.sql"}, {"0001_a.sql", "notes.txt"},
	} {
		m := fstest.MapFS{}
		for _, n := range names {
			m[n] = &fstest.MapFile{Data: []byte("SELECT 1")}
		}
		if _, err := steps(m); err == nil {
			t.Errorf("%v was taken", names)
		}
	}
}

func TestDamagedFileIsRefusedByName(t *testing.T) {
	dir := t.TempDir()
	noise := filepath.Join(dir, "noise.db")
	if err := os.WriteFile(noise, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), noise, migrations(tableT))
	wantCode(t, err, kiosk.Corrupt, "store.damaged")

	path := filepath.Join(dir, "unit.db")
	db := mustOpen(t, path, migrations(tableT))
	err = db.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range 200 {
			if _, err := tx.Exec("INSERT INTO t VALUES (?, ?)", i, strings.Repeat("x", 300)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 { // the header of the table's root page
		raw[4096+i] ^= 0xff
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, migrations(tableT))
	wantCode(t, err, kiosk.Corrupt, "store.damaged")
	if left, _ := os.ReadFile(path); !bytes.Equal(left, raw) {
		t.Error("the damaged file was changed")
	}
}

func TestRowsSurviveAnUncleanStop(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "unit.db")
	db := mustOpen(t, path, migrations(tableT))
	defer db.Close()
	if err := insert(db, 1, "kept"); err != nil {
		t.Fatal(err)
	}
	// What a power cut leaves: the file and its log, nobody having closed it.
	cut := filepath.Join(dir, "cut.db")
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(cut+suffix, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := mustOpen(t, cut, migrations(tableT))
	defer again.Close()
	if n := count(t, again.R); n != 1 {
		t.Errorf("%d rows after the cut", n)
	}
}

// An index that disagrees with its table is what the quick check does not see.
func TestUncleanStopIsCheckedThoroughly(t *testing.T) {
	m := migrations(tableT + "CREATE INDEX t_v ON t (v);")
	path := filepath.Join(t.TempDir(), "unit.db")
	db := mustOpen(t, path, m)
	if err := insert(db, 1, "needle"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const indexPage = 2 * 4096
	copy(raw[indexPage:], bytes.Replace(raw[indexPage:], []byte("needle"), []byte("noodle"), 1))
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path, m).Close() // a clean stop: quick check only
	if err := os.WriteFile(path+"-wal", []byte("a log cut short"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, m)
	wantCode(t, err, kiosk.Corrupt, "store.damaged")
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	db := mustOpen(t, filepath.Join(dir, "unit.db"), migrations(tableT))
	defer db.Close()
	to := filepath.Join(dir, "backup", "nightly.db")
	for i := 1; i <= 2; i++ { // the second replaces the first
		if err := insert(db, i, "x"); err != nil {
			t.Fatal(err)
		}
		if err := db.Backup(t.Context(), to); err != nil {
			t.Fatal(err)
		}
	}
	copied := mustOpen(t, to, migrations(tableT))
	if n := count(t, copied.R); n != 2 {
		t.Errorf("copy holds %d rows", n)
	}
	copied.Close()
	names, err := filepath.Glob(filepath.Join(dir, "backup", ".copy-*"))
	if len(names) != 0 || err != nil {
		t.Errorf("left behind: %v %v", names, err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("copy: %v %v", info, err)
	}
	if err := db.Backup(t.Context(), filepath.Join(dir, "unit.db", "x.db")); kiosk.CodeOf(err) != "store.failed" {
		t.Errorf("backup into a file: %v", err)
	}
}
