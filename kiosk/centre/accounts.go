package centre

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"servicepoint/kiosk"
)

// The roles of an account.
const (
	RoleOfficer = "officer" // reads dossiers and decides on them
	RoleReader  = "reader"  // only reads
)

const (
	wrongTries  = 5                // wrong passwords in a row until an account is locked
	lockTime    = 15 * time.Minute // for how long
	idleTime    = 30 * time.Minute // a session nobody uses ends
	sessionTime = 10 * time.Hour   // any session ends
	passwordMin = 8                // characters
	passwordMax = 256
)

var accountPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,31}$`)

// AddAccount lets a person sign in to the inbox; an account of that name gets
// the new password and role, and its sessions end. Names are lower-case ASCII.
func (c *Centre) AddAccount(ctx context.Context, name, password, role string) error {
	if !accountPattern.MatchString(name) || role != RoleOfficer && role != RoleReader {
		return kiosk.Fail(kiosk.Invalid, CodeBadAccount, nil)
	}
	if n := utf8.RuneCountInString(password); n < passwordMin || n > passwordMax {
		return kiosk.Fail(kiosk.Invalid, CodeWeakPassword, nil)
	}
	verifier := c.vault.HashPIN(password)
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO accounts(name, role, verifier, added_at) VALUES(?, ?, ?, ?)
			ON CONFLICT(name) DO UPDATE SET role = excluded.role, verifier = excluded.verifier, failed = 0, locked_until = 0`,
			name, role, verifier, millis(c.now())); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE account = ?`, name); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "account.added", actor: name, note: role})
	})
	if err != nil {
		return fmt.Errorf("add account: %w", err)
	}
	return nil
}

// Why a sign-in is refused. A wrong name and a wrong password look alike.
var (
	errWrong  = errors.New("wrong name or password")
	errLocked = errors.New("account is locked")
)

// signIn checks a password and gives the cookie of a new session. A name that
// does not exist costs as much time as a wrong password.
func (c *Centre) signIn(ctx context.Context, name, password string) (cookie string, err error) {
	select {
	case c.signIns <- struct{}{}: // each check takes 19 MiB
		defer func() { <-c.signIns }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	var verifier []byte
	var locked int64
	err = c.db.R.QueryRowContext(ctx, `SELECT verifier, locked_until FROM accounts WHERE name = ?`, name).Scan(&verifier, &locked)
	if errors.Is(err, sql.ErrNoRows) {
		c.vault.HashPIN(password)
		return "", errWrong
	}
	if err != nil {
		return "", fmt.Errorf("find account: %w", err)
	}
	if millis(c.now()) < locked {
		return "", errLocked
	}
	if len(password) > 4*passwordMax || !c.vault.CheckPIN(password, verifier) {
		return "", c.wrongPassword(ctx, name)
	}
	return c.newSession(ctx, name)
}

// wrongPassword counts and locks.
func (c *Centre) wrongPassword(ctx context.Context, name string) error {
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		var failed int
		if err := tx.QueryRowContext(ctx, `UPDATE accounts SET failed = failed + 1 WHERE name = ? RETURNING failed`, name).Scan(&failed); err != nil {
			return err
		}
		if failed < wrongTries {
			return c.note(ctx, tx, entry{kind: "account.wrong", actor: name})
		}
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET failed = 0, locked_until = ? WHERE name = ?`, millis(c.now().Add(lockTime)), name); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "account.locked", actor: name})
	})
	if err != nil {
		return fmt.Errorf("count wrong password: %w", err)
	}
	return errWrong
}

func (c *Centre) newSession(ctx context.Context, name string) (string, error) {
	cookie, csrf, now := newToken(), newToken(), millis(c.now())
	sum := sha256.Sum256([]byte(cookie))
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		for _, q := range []struct {
			text string
			args []any
		}{
			{`UPDATE accounts SET failed = 0, locked_until = 0 WHERE name = ?`, []any{name}},
			{`DELETE FROM sessions WHERE seen_at < ? OR created_at < ?`, []any{now - idleTime.Milliseconds(), now - sessionTime.Milliseconds()}},
			{`INSERT INTO sessions(token_hash, account, csrf, created_at, seen_at) VALUES(?, ?, ?, ?, ?)`, []any{sum[:], name, csrf, now, now}},
		} {
			if _, err := tx.ExecContext(ctx, q.text, q.args...); err != nil {
				return err
			}
		}
		return c.note(ctx, tx, entry{kind: "account.signed_in", actor: name})
	})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return cookie, nil
}

// session is who a request comes from.
type session struct {
	account string
	role    string
	csrf    string
	sum     []byte // of the cookie
}

// resume finds the session of a cookie and keeps it alive; sql.ErrNoRows if
// there is none or its time is over.
func (c *Centre) resume(ctx context.Context, cookie string) (session, error) {
	sum := sha256.Sum256([]byte(cookie))
	s := session{sum: sum[:]}
	now := millis(c.now())
	var seen int64
	err := c.db.R.QueryRowContext(ctx, `
		SELECT account, role, csrf, seen_at FROM sessions JOIN accounts ON name = account
		WHERE token_hash = ? AND seen_at >= ? AND created_at >= ?`,
		s.sum, now-idleTime.Milliseconds(), now-sessionTime.Milliseconds()).Scan(&s.account, &s.role, &s.csrf, &seen)
	if err != nil || now-seen < time.Minute.Milliseconds() {
		return s, err
	}
	err = c.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET seen_at = ? WHERE token_hash = ?`, now, s.sum)
		return err
	})
	return s, err
}

func (c *Centre) signOut(ctx context.Context, s session) error {
	return c.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = ?`, s.sum); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "account.signed_out", actor: s.account})
	})
}

// allows reports whether a form came from one of this session's pages.
func (s session) allows(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.csrf)) == 1
}
