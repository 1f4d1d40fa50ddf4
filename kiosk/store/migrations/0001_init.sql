-- What one unit knows. Times are nanoseconds since 1970 in UTC; NULL is
-- "never". States are the words of package kiosk. Order always comes from an
-- integer key, never from a time. Nothing personal stands here in the clear:
-- what is personal is encrypted (body, key) or a keyed sum (phone, no, last4).

-- One row for each revision of a dossier. A supplement is a further revision
-- under the same id and local code. The parcel columns are set by the sealing
-- and then never change.
CREATE TABLE dossier (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT    NOT NULL CHECK (id <> ''),
  revision        INTEGER NOT NULL CHECK (revision >= 1),
  local_code      TEXT    NOT NULL CHECK (local_code <> ''),
  point           TEXT    NOT NULL,
  procedure       TEXT    NOT NULL,
  catalog_version TEXT    NOT NULL,
  terms           TEXT    NOT NULL,              -- JSON: the procedure as it was stated on the day
  ticket          INTEGER NOT NULL,              -- 0 without one
  state           TEXT    NOT NULL,
  way             TEXT    NOT NULL DEFAULT '',   -- '' until handed over
  staff           TEXT    NOT NULL,
  opened_at       INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  official        TEXT    NOT NULL DEFAULT '',   -- the authority's code, opaque
  parcel_sha256   BLOB    CHECK (length(parcel_sha256) = 32),
  parcel_bytes    INTEGER,
  parcel_envelope BLOB,
  UNIQUE (id, revision),
  UNIQUE (local_code, revision)
) STRICT;
CREATE INDEX dossier_state ON dossier (state);

-- The last counter value given out for a point on a Hanoi day.
CREATE TABLE code_counter (
  point TEXT    NOT NULL,
  day   TEXT    NOT NULL,                        -- yyyy-mm-dd
  n     INTEGER NOT NULL,
  PRIMARY KEY (point, day)
) STRICT, WITHOUT ROWID;

-- Numbers the unit counts for itself: 'parcel' orders its parcels, whatever
-- the clock says.
CREATE TABLE unit_counter (
  name TEXT    PRIMARY KEY,
  n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The encrypted part of a dossier while it is made. Deleting the row drops
-- the key, after which no page of the draft can be read any more.
CREATE TABLE draft (
  dossier  TEXT    NOT NULL,
  revision INTEGER NOT NULL,
  key      BLOB    NOT NULL,                     -- wrapped
  body     BLOB    NOT NULL,                     -- encrypted
  PRIMARY KEY (dossier, revision),
  FOREIGN KEY (dossier, revision) REFERENCES dossier (id, revision)
) STRICT;

-- Every page ever taken. n orders the current ones, 1, 2, 3 … without a gap;
-- replaced and rejected ones keep the n they had. wiped_at is set once the
-- file is gone.
CREATE TABLE page (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  dossier     TEXT    NOT NULL,
  revision    INTEGER NOT NULL,
  n           INTEGER NOT NULL,
  status      TEXT    NOT NULL DEFAULT 'current' CHECK (status IN ('current', 'replaced', 'rejected')),
  requirement TEXT    NOT NULL,
  plain       BLOB    NOT NULL CHECK (length(plain) = 32),
  cipher      BLOB    NOT NULL UNIQUE CHECK (length(cipher) = 32),
  bytes       INTEGER NOT NULL,
  mime        TEXT    NOT NULL,
  width       INTEGER NOT NULL,
  height      INTEGER NOT NULL,
  dpi         INTEGER NOT NULL,
  gray        INTEGER NOT NULL,                  -- 1: one component only
  verified    TEXT    NOT NULL,
  defects     TEXT    NOT NULL,                  -- JSON list of codes
  override    TEXT    NOT NULL DEFAULT '',
  captured_at INTEGER NOT NULL,
  replaced_by INTEGER REFERENCES page (id),
  wiped_at    INTEGER,
  FOREIGN KEY (dossier, revision) REFERENCES dossier (id, revision)
) STRICT;
CREATE UNIQUE INDEX page_order ON page (dossier, revision, n) WHERE status = 'current';
CREATE INDEX page_file ON page (dossier, revision) WHERE wiped_at IS NULL;

-- A parcel's way to the centre. wiping_at is the mark that must be there
-- before the file goes.
CREATE TABLE outbox (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  dossier     TEXT    NOT NULL,
  revision    INTEGER NOT NULL,
  upload_url  TEXT    NOT NULL DEFAULT '',
  attempts    INTEGER NOT NULL DEFAULT 0,
  last_code   TEXT    NOT NULL DEFAULT '',
  sealed_at   INTEGER NOT NULL,
  changed_at  INTEGER NOT NULL,
  accepted_at INTEGER,
  wiping_at   INTEGER,
  UNIQUE (dossier, revision),
  FOREIGN KEY (dossier, revision) REFERENCES dossier (id, revision)
) STRICT;

-- Every receipt, as the centre signed it.
CREATE TABLE receipt (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  dossier  TEXT    NOT NULL,
  revision INTEGER NOT NULL,
  level    TEXT    NOT NULL,
  no       TEXT    NOT NULL,
  unit     TEXT    NOT NULL,
  at       INTEGER NOT NULL,                     -- the centre's time
  key_id   TEXT    NOT NULL,
  reason   TEXT    NOT NULL,
  official TEXT    NOT NULL,
  envelope BLOB    NOT NULL,
  UNIQUE (dossier, revision, level, no),
  FOREIGN KEY (dossier, revision) REFERENCES dossier (id, revision)
) STRICT;

-- The little that outlives the seal, under a key of its own.
CREATE TABLE case_record (
  dossier  TEXT    NOT NULL,
  revision INTEGER NOT NULL,
  key      BLOB    NOT NULL,                     -- wrapped
  body     BLOB    NOT NULL,                     -- encrypted
  phone    BLOB,                                 -- keyed sums
  no       BLOB,
  last4    BLOB,
  PRIMARY KEY (dossier, revision),
  FOREIGN KEY (dossier, revision) REFERENCES dossier (id, revision)
) STRICT;
CREATE INDEX case_phone ON case_record (phone) WHERE phone IS NOT NULL;
CREATE INDEX case_no ON case_record (no) WHERE no IS NOT NULL;
CREATE INDEX case_last4 ON case_record (last4) WHERE last4 IS NOT NULL;

-- Registrations ahead. They name nobody.
CREATE TABLE booking (
  id        TEXT    PRIMARY KEY CHECK (id <> ''),
  point     TEXT    NOT NULL,
  procedure TEXT    NOT NULL,
  slot      INTEGER,
  class     TEXT    NOT NULL,
  expires   INTEGER,
  used_at   INTEGER
) STRICT;

-- The line of each day.
CREATE TABLE ticket (
  day       TEXT    NOT NULL CHECK (length(day) = 10),
  no        INTEGER NOT NULL CHECK (no >= 1),
  class     TEXT    NOT NULL,
  procedure TEXT    NOT NULL,
  booking   TEXT    UNIQUE REFERENCES booking (id),
  state     TEXT    NOT NULL,
  absences  INTEGER NOT NULL,
  taken_at  INTEGER NOT NULL,
  called_at INTEGER,
  called_by TEXT    NOT NULL,
  PRIMARY KEY (day, no)
) STRICT, WITHOUT ROWID;

-- Who may sign in; pin is a verifier, never a PIN.
CREATE TABLE staff (
  id   TEXT PRIMARY KEY CHECK (id <> ''),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  pin  BLOB NOT NULL
) STRICT;

-- Tries that are counted, by what they are counted for.
CREATE TABLE lockout (
  key    TEXT    PRIMARY KEY,
  failed INTEGER NOT NULL,
  until  INTEGER
) STRICT;

-- Slips on their way to paper. day is the Hanoi day, because ticket numbers
-- begin again every morning.
CREATE TABLE print_job (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  kind    TEXT    NOT NULL,
  dossier TEXT    NOT NULL,
  day     TEXT    NOT NULL,
  ticket  INTEGER NOT NULL,
  copy    INTEGER NOT NULL,
  state   TEXT    NOT NULL,
  cause   TEXT    NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX print_subject ON print_job (kind, dossier, day, ticket);

-- The journal. hash seals the line and, through prev_hash, all lines before.
CREATE TABLE event (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  dossier   TEXT    NOT NULL,
  kind      TEXT    NOT NULL CHECK (kind <> ''),
  actor     TEXT    NOT NULL,
  note      TEXT    NOT NULL,
  prev_hash BLOB    NOT NULL,
  hash      BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX event_dossier ON event (dossier, seq) WHERE dossier <> '';

CREATE TRIGGER event_keeps_lines BEFORE UPDATE ON event
BEGIN
  SELECT RAISE(ABORT, 'the journal only grows');
END;
CREATE TRIGGER event_loses_nothing BEFORE DELETE ON event
BEGIN
  SELECT RAISE(ABORT, 'the journal only grows');
END;
-- REPLACE would delete without asking the trigger above.
CREATE TRIGGER event_replaces_nothing BEFORE INSERT ON event
WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq)
BEGIN
  SELECT RAISE(ABORT, 'the journal only grows');
END;
