package sqlitedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"modernc.org/sqlite"

	"servicepoint/kiosk"
)

// setting is one PRAGMA that every connection must report with this value.
type setting struct{ name, want string }

// settings are what durability and privacy stand on. The log is synced at
// every commit (2 is FULL): with less, a power cut takes rows that were
// already reported as kept. secure_delete overwrites what is deleted.
// mmap_size 0 keeps a failing disk an error instead of a signal. cache_size is
// in KiB when negative.
func settings(readOnly bool) []setting {
	queryOnly := "0"
	if readOnly {
		queryOnly = "1"
	}
	return []setting{
		{"synchronous", "2"},
		{"journal_mode", "wal"},
		{"busy_timeout", "5000"},
		{"foreign_keys", "1"},
		{"secure_delete", "1"},
		{"trusted_schema", "0"},
		{"wal_autocheckpoint", "256"},
		{"journal_size_limit", "8388608"},
		{"mmap_size", "0"},
		{"cache_size", "-4096"},
		{"cell_size_check", "1"},
		{"query_only", queryOnly},
	}
}

// source is the driver's name for the database. Settings that have a key of
// their own are checked by the driver before anything happens; the others go
// as plain PRAGMA text, which is why they are read back.
func source(path string, readOnly bool) string {
	q := url.Values{
		"_txlock":       {"immediate"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_busy_timeout": {"5000"},
		"_foreign_keys": {"on"},
		"_defensive":    {"1"},
		"_dqs":          {"0"},
		"_error_rc":     {"1"},
		"_pragma": {
			"secure_delete(1)", "trusted_schema(0)", "wal_autocheckpoint(256)", "journal_size_limit(8388608)",
			"mmap_size(0)", "cache_size(-4096)", "cell_size_check(1)",
		},
	}
	if readOnly {
		q.Set("_query_only", "1")
	}
	return "file:" + escapePath(path) + "?" + q.Encode()
}

func escapePath(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// pool opens the writer's single connection or the readers' few.
func pool(path string, readOnly bool) (*sql.DB, error) {
	base, err := sqlite.NewConnector(source(path, readOnly))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(checked{base, settings(readOnly)})
	n := 1
	if readOnly {
		n = readers
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// checked reads the settings back on every connection the pool ever makes,
// so that one made again after a failure cannot slip through with others.
type checked struct {
	driver.Connector
	want []setting
}

func (c checked) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range c.want {
		got, err := readSetting(ctx, conn, s.name)
		if err == nil && got != s.want {
			err = kiosk.Fail(kiosk.Unavailable, codeUnsafe, fmt.Errorf("%s is %q, not %q", s.name, got, s.want))
		}
		if err != nil {
			conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

func readSetting(ctx context.Context, conn driver.Conn, name string) (string, error) {
	rows, err := conn.(driver.QueryerContext).QueryContext(ctx, "PRAGMA "+name, nil)
	if err != nil {
		return "", fmt.Errorf("read %s back: %w", name, err)
	}
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	switch err := rows.Next(row); {
	case err == io.EOF:
		return "", fmt.Errorf("read %s back: no answer", name)
	case err != nil:
		return "", fmt.Errorf("read %s back: %w", name, err)
	}
	switch v := row[0].(type) {
	case int64:
		return strconv.FormatInt(v, 10), nil
	case string:
		return v, nil
	}
	return fmt.Sprint(row[0]), nil
}
