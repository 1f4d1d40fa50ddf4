package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// readers is how many connections may read at the same time.
const readers = 4

// DB is one open database. Everything that changes it goes through Write;
// everything that only looks goes through R.
type DB struct {
	W *sql.DB // one connection; every transaction takes the write lock at once
	R *sql.DB // at most four connections that cannot write

	path string
}

// Open opens the database at path and makes it if it is not there (0600, its
// folder must exist). It checks the whole file (more thoroughly if the last
// program was not closed properly) and then brings the schema up to the
// newest of migrations, see Migrate.
//
// Its errors are *kiosk.Error with one of Codes: store.damaged and
// store.newer_schema leave the file as it was.
func Open(ctx context.Context, path string, migrations fs.FS) (*DB, error) {
	db, err := open(ctx, path, migrations)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", Explain(err))
	}
	return db, nil
}

func open(ctx context.Context, path string, migrations fs.FS) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := demandFileLocks(); err != nil {
		return nil, err
	}
	// A log that was not folded back into the file means that the last
	// program did not get to Close.
	leftover, err := os.Stat(path + "-wal")
	unclean := err == nil && leftover.Size() > 0
	if err := create(path); err != nil {
		return nil, err
	}
	db := &DB{path: path}
	if db.W, err = pool(path, false); err != nil {
		return nil, err
	}
	if db.R, err = pool(path, true); err != nil {
		return nil, errors.Join(err, db.W.Close())
	}
	if err := db.ready(ctx, migrations, unclean); err != nil {
		return nil, errors.Join(err, db.R.Close(), db.W.Close())
	}
	return db, nil
}

// ready checks the file, migrates it and proves that readers work too.
func (db *DB) ready(ctx context.Context, migrations fs.FS, unclean bool) error {
	check := "quick_check"
	if unclean {
		check = "integrity_check"
	}
	if err := verify(ctx, db.W, check); err != nil {
		return err
	}
	if err := db.migrate(ctx, migrations); err != nil {
		return err
	}
	if err := db.R.PingContext(ctx); err != nil {
		return fmt.Errorf("open reader: %w", err)
	}
	return nil
}

// create makes an empty database file that nobody else may read. An existing
// file is not touched: SQLite alone opens it.
func create(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// demandFileLocks has SQLite take locks that survive an unrelated close of
// the same file in this process, where the kernel has them. The choice is the
// process's, so it is made before the first database is opened.
func demandFileLocks() error {
	_, err := sqlite.OFDLocking(true)
	if err != nil && !errors.Is(err, sqlite.ErrOFDLockingUnavailable) {
		return fmt.Errorf("file locks: %w", err)
	}
	return nil
}

// verify runs one of SQLite's own checks over the whole file.
func verify(ctx context.Context, q *sql.DB, check string) error {
	var answer string
	if err := q.QueryRowContext(ctx, "PRAGMA "+check+"(1)").Scan(&answer); err != nil {
		return fmt.Errorf("%s: %w", check, err)
	}
	if answer != "ok" {
		return damaged(fmt.Errorf("%s: %s", check, answer))
	}
	return nil
}

// Write runs fn in one transaction that holds the write lock from the start.
// When Write returns nil, what fn did is on the disk. When it returns an
// error, nothing of it happened. The transaction ends with fn: fn must not
// keep tx, and must not use W or Write itself.
//
// An error of fn is returned as it is unless it is SQLite's, see Explain.
func (db *DB) Write(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := db.W.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", Explain(err))
	}
	defer tx.Rollback() // after a commit this does nothing; after a panic it frees the writer
	if err := fn(tx); err != nil {
		return Explain(ended(ctx, err))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", Explain(ended(ctx, err)))
	}
	return nil
}

// ended names the reason for a transaction that database/sql rolled back by
// itself because ctx ended: otherwise only that it is over would be known.
func ended(ctx context.Context, err error) error {
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Fold brings the log back into the file and empties it, so that what was
// overwritten in the file is not left in the log. It reports whether it could:
// a query under way may still need the log.
func (db *DB) Fold(ctx context.Context) (bool, error) {
	var busy, frames, folded int
	if err := db.W.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &folded); err != nil {
		return false, fmt.Errorf("fold the log: %w", Explain(err))
	}
	return busy == 0, nil
}

// Close folds the log back into the file and closes every connection. It
// waits for queries that are under way.
func (db *DB) Close() error {
	err := db.R.Close()
	if _, e := db.W.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); e != nil {
		err = errors.Join(err, fmt.Errorf("checkpoint: %w", Explain(e)))
	}
	return errors.Join(err, db.W.Close())
}
