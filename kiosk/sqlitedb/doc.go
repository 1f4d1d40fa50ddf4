// Package sqlitedb opens one SQLite database the way this product needs it:
// write-ahead log, every commit synced before it is reported, one writer, a
// few read-only readers, numbered migrations.
//
// It promises that a commit it has reported survives a power cut, that every
// connection runs with exactly the settings demanded (they are read back, and
// a connection that has other ones is refused), that a file found damaged or
// written by a newer program is refused by name and left as it is, and that a
// database with rows in it is copied before its schema changes.
//
// It never opens the database file other than through SQLite, never attaches a
// second database, never repairs and never deletes anything but its own
// temporary files. It knows no table. A second process is kept out by the
// program's own lock, not here.
package sqlitedb
