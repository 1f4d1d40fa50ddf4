-- Times are milliseconds since 1970 UTC. No column holds personal data.

CREATE TABLE units (
	id         TEXT PRIMARY KEY,
	token_hash BLOB NOT NULL UNIQUE,          -- SHA-256 of the bearer token
	added_at   INTEGER NOT NULL,
	revoked_at INTEGER
) STRICT;

-- A unit that is enrolled again keeps its older keys: parcels sealed with them
-- are still on their way.
CREATE TABLE unit_keys (
	key_id     TEXT NOT NULL,
	unit       TEXT NOT NULL REFERENCES units(id),
	public     BLOB NOT NULL,
	added_at   INTEGER NOT NULL,
	revoked_at INTEGER,
	PRIMARY KEY (unit, key_id)
) STRICT;

CREATE TABLE parcels (
	seq          INTEGER PRIMARY KEY AUTOINCREMENT,
	dossier      TEXT NOT NULL,
	revision     INTEGER NOT NULL CHECK (revision > 0),
	unit         TEXT NOT NULL REFERENCES units(id),
	sha256       BLOB NOT NULL CHECK (length(sha256) = 32),
	bytes        INTEGER NOT NULL CHECK (bytes > 0),
	envelope     BLOB NOT NULL,               -- the announcement as it came
	state        TEXT NOT NULL CHECK (state IN ('announced', 'stored', 'accepted', 'returned')),
	announced_at INTEGER NOT NULL,
	stored_at    INTEGER,
	opened_at    INTEGER,                     -- when it was opened and verified
	fault        TEXT NOT NULL DEFAULT '',    -- why it could not be opened
	local_code   TEXT NOT NULL DEFAULT '',
	procedure    TEXT NOT NULL DEFAULT '',
	official     TEXT NOT NULL DEFAULT '',
	reason       TEXT NOT NULL DEFAULT '',
	decided_by   TEXT NOT NULL DEFAULT '',
	UNIQUE (dossier, revision)
) STRICT;

CREATE INDEX parcels_unopened ON parcels(seq) WHERE state = 'stored' AND opened_at IS NULL;

CREATE TABLE uploads (
	id         TEXT PRIMARY KEY,              -- random; never made from the dossier
	parcel     INTEGER NOT NULL REFERENCES parcels(seq),
	created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX uploads_parcel ON uploads(parcel);

-- A receipt is decided in one transaction and signed after it; the envelope is
-- written once and given out unchanged ever after.
CREATE TABLE receipts (
	no       INTEGER PRIMARY KEY AUTOINCREMENT,
	parcel   INTEGER NOT NULL REFERENCES parcels(seq),
	level    TEXT NOT NULL CHECK (level IN ('stored', 'accepted', 'returned')),
	at       INTEGER NOT NULL,
	reason   TEXT NOT NULL DEFAULT '',
	official TEXT NOT NULL DEFAULT '',
	envelope BLOB,
	UNIQUE (parcel, level)
) STRICT;

CREATE TABLE accounts (
	name         TEXT PRIMARY KEY,
	role         TEXT NOT NULL CHECK (role IN ('officer', 'reader')),
	verifier     BLOB NOT NULL,
	failed       INTEGER NOT NULL DEFAULT 0,
	locked_until INTEGER NOT NULL DEFAULT 0,
	added_at     INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
	token_hash BLOB PRIMARY KEY,              -- SHA-256 of the cookie
	account    TEXT NOT NULL REFERENCES accounts(name),
	csrf       TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE journal (
	seq      INTEGER PRIMARY KEY AUTOINCREMENT,
	at       INTEGER NOT NULL,
	kind     TEXT NOT NULL,
	actor    TEXT NOT NULL,
	dossier  TEXT NOT NULL DEFAULT '',
	revision INTEGER NOT NULL DEFAULT 0,
	note     TEXT NOT NULL DEFAULT ''         -- a code or a number, nothing else
) STRICT;

CREATE TRIGGER journal_stands BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is not rewritten'); END;
CREATE TRIGGER journal_stays BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is not shortened'); END;
CREATE TRIGGER receipts_stand BEFORE UPDATE ON receipts WHEN OLD.envelope IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a signed receipt is not changed'); END;
