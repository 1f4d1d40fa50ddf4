-- What is to be paid at the counter. A slip names a dossier, an amount and the
-- account it is paid into, and nobody. What it is for and how much never
-- changes; only its state moves, and a confirmed one has the reference of the
-- bank's notice. moved_at and moved_by tell of the last step, the journal of
-- all of them.
CREATE TABLE fee_slip (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  reference TEXT    NOT NULL UNIQUE CHECK (reference <> ''),
  dossier   TEXT    NOT NULL,
  revision  INTEGER NOT NULL,
  n         INTEGER NOT NULL CHECK (n >= 1),      -- which slip of its dossier
  fee       TEXT    NOT NULL CHECK (fee <> ''),   -- the fee's id in the dossier's terms
  label     TEXT    NOT NULL,
  amount    INTEGER NOT NULL CHECK (amount >= 1), -- đồng
  bin       TEXT    NOT NULL,                     -- the payee as it stood then
  account   TEXT    NOT NULL,
  payee     TEXT    NOT NULL,
  state     TEXT    NOT NULL CHECK (state IN ('due', 'payment_claimed', 'payment_confirmed', 'void')),
  staff     TEXT    NOT NULL,
  made_at   INTEGER NOT NULL,
  moved_by  TEXT    NOT NULL DEFAULT '',
  moved_at  INTEGER,
  notice    TEXT    NOT NULL DEFAULT '',
  UNIQUE (dossier, n),
  CHECK ((state = 'payment_confirmed') = (notice <> '')),
  FOREIGN KEY (dossier, revision) REFERENCES dossier (id, revision)
) STRICT;
-- Nobody is asked twice for one fee, and no money that came in counts twice.
CREATE UNIQUE INDEX fee_once ON fee_slip (dossier, fee) WHERE state <> 'void';
CREATE UNIQUE INDEX fee_notice ON fee_slip (notice) WHERE notice <> '';

CREATE TRIGGER fee_slip_keeps_its_words BEFORE UPDATE ON fee_slip
WHEN NEW.reference IS NOT OLD.reference OR NEW.dossier IS NOT OLD.dossier OR NEW.n IS NOT OLD.n OR NEW.fee IS NOT OLD.fee
  OR NEW.amount IS NOT OLD.amount OR NEW.bin IS NOT OLD.bin OR NEW.account IS NOT OLD.account
BEGIN
  SELECT RAISE(ABORT, 'a fee slip keeps what it says');
END;
CREATE TRIGGER fee_slip_stays BEFORE DELETE ON fee_slip
BEGIN
  SELECT RAISE(ABORT, 'a fee slip stays');
END;

-- A dossier can have several fee slips: each has its own first print.
ALTER TABLE print_job ADD COLUMN fee TEXT NOT NULL DEFAULT '';
