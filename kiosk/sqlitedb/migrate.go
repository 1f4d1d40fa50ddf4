package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"servicepoint/kiosk"
)

// step is one migration: the SQL that takes the schema from version-1 to
// version.
type step struct {
	version int
	name    string
	text    string
}

var stepName = regexp.MustCompile(`^(\d{4})_[a-z0-9_]+\.sql$`)

// steps reads NNNN_name.sql files, which must count 0001, 0002, … without a
// gap, so that the number of files is the newest version.
func steps(migrations fs.FS) ([]step, error) {
	entries, err := fs.ReadDir(migrations, ".") // sorted by name
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	var all []step
	for _, e := range entries {
		m := stepName.FindStringSubmatch(e.Name())
		if m == nil {
			return nil, fmt.Errorf("migration %q is not named NNNN_name.sql", e.Name())
		}
		version, err := strconv.Atoi(m[1])
		if err != nil || version != len(all)+1 {
			return nil, fmt.Errorf("migration %q: want number %04d", e.Name(), len(all)+1)
		}
		text, err := fs.ReadFile(migrations, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read migrations: %w", err)
		}
		all = append(all, step{version, e.Name(), string(text)})
	}
	return all, nil
}

// migrate takes the schema to the newest version, one transaction a step. A
// database that already has a schema is copied first, into the folder backup
// beside it. One from a newer program is refused and left alone.
func (db *DB) migrate(ctx context.Context, migrations fs.FS) error {
	all, err := steps(migrations)
	if err != nil {
		return err
	}
	version, err := db.version(ctx)
	if err != nil {
		return err
	}
	if version > len(all) {
		return kiosk.Fail(kiosk.Conflict, codeNewer, fmt.Errorf("schema is version %d, this program knows %d", version, len(all)))
	}
	if version > 0 && version < len(all) {
		base := strings.TrimSuffix(filepath.Base(db.path), filepath.Ext(db.path))
		copyTo := filepath.Join(filepath.Dir(db.path), "backup", fmt.Sprintf("%s-schema-%04d.db", base, version))
		if err := db.Backup(ctx, copyTo); err != nil {
			return fmt.Errorf("copy before migrating: %w", err)
		}
	}
	for _, s := range all[version:] {
		if err := db.Write(ctx, func(tx *sql.Tx) error { return apply(ctx, tx, s) }); err != nil {
			return fmt.Errorf("migration %s: %w", s.name, err)
		}
	}
	return nil
}

// apply runs one step and its version number. Foreign keys are looked at when
// the step is done, so that it may rebuild a table.
func apply(ctx context.Context, tx *sql.Tx, s step) error {
	for _, text := range []string{"PRAGMA defer_foreign_keys = 1", s.text} {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	rows, err := tx.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	broken := rows.Next()
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if broken {
		return errors.New("leaves rows that point nowhere")
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", s.version))
	return err
}

func (db *DB) version(ctx context.Context) (int, error) {
	var v int
	if err := db.W.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return v, nil
}

// Backup writes a copy of the database as it stands to path, checked and
// synced before it gets that name; an older copy of the same name is
// replaced. The folder is made if need be. Free pages are not copied, so
// nothing deleted comes along. Writers wait meanwhile.
func (db *DB) Backup(ctx context.Context, path string) error {
	if err := db.backup(ctx, path); err != nil {
		return fmt.Errorf("backup: %w", Explain(err))
	}
	return nil
}

func (db *DB) backup(ctx context.Context, path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".copy-*") // 0600 and empty, as VACUUM INTO wants it
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return err
	}
	if _, err := db.W.ExecContext(ctx, "VACUUM INTO ?", tmp.Name()); err != nil {
		return err
	}
	if err := checkCopy(ctx, tmp.Name()); err != nil {
		return err
	}
	f, err := os.OpenFile(tmp.Name(), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncFolder(dir)
}

// checkCopy opens the copy, and nothing else, read-only.
func checkCopy(ctx context.Context, path string) error {
	q, err := sql.Open("sqlite", "file:"+escapePath(path)+"?mode=ro&_query_only=1")
	if err != nil {
		return err
	}
	return errors.Join(verify(ctx, q, "quick_check"), q.Close())
}
