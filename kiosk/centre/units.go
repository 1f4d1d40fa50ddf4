package centre

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

var unitPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,63}$`)

// AddUnit enrols a unit with the public half of its signing key and gives the
// token it proves itself with (256 bits); only the token's sum is kept. A unit
// enrolled again gets a new token and one key more, and is no longer revoked;
// keys that were revoked stay so, and a token for one of them would never work:
// that is a Conflict, centre.key_revoked.
func (c *Centre) AddUnit(ctx context.Context, unit kiosk.UnitID, signKey ed25519.PublicKey) (token string, err error) {
	if !unitPattern.MatchString(string(unit)) || len(signKey) != ed25519.PublicKeySize {
		return "", kiosk.Fail(kiosk.Invalid, CodeBadUnit, nil)
	}
	token = newToken()
	sum := sha256.Sum256([]byte(token))
	now := millis(c.now())
	err = c.db.Write(ctx, func(tx *sql.Tx) error {
		var revoked int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM unit_keys WHERE unit = ? AND key_id = ? AND revoked_at IS NOT NULL`,
			unit, seal.KeyIDOf(signKey)).Scan(&revoked); err != nil {
			return err
		}
		if revoked > 0 {
			return kiosk.Fail(kiosk.Conflict, CodeKeyRevoked, nil)
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO units(id, token_hash, added_at) VALUES(?, ?, ?)
			ON CONFLICT(id) DO UPDATE SET token_hash = excluded.token_hash, revoked_at = NULL`,
			unit, sum[:], now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO unit_keys(key_id, unit, public, added_at) VALUES(?, ?, ?, ?)
			ON CONFLICT(unit, key_id) DO NOTHING`,
			seal.KeyIDOf(signKey), unit, []byte(signKey), now); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "unit.added", actor: string(unit), note: seal.KeyIDOf(signKey)})
	})
	if err != nil {
		return "", fmt.Errorf("add unit: %w", err)
	}
	return token, nil
}

// RevokeUnit refuses a unit and all its keys from now on. What it has stored
// stays.
func (c *Centre) RevokeUnit(ctx context.Context, unit kiosk.UnitID) error {
	now := millis(c.now())
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE units SET revoked_at = ? WHERE id = ?`, now, unit)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, kiosk.Fail(kiosk.NotFound, CodeNoUnit, nil))
		}
		if _, err := tx.ExecContext(ctx, `UPDATE unit_keys SET revoked_at = ? WHERE unit = ? AND revoked_at IS NULL`, now, unit); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "unit.revoked", actor: string(unit)})
	})
	if err != nil {
		return fmt.Errorf("revoke unit: %w", err)
	}
	return nil
}

// Unit is one enrolled unit.
type Unit struct {
	ID      kiosk.UnitID
	Revoked bool
}

// Units lists the enrolled units by name.
func (c *Centre) Units(ctx context.Context) ([]Unit, error) {
	rows, err := c.db.R.QueryContext(ctx, `SELECT id, revoked_at IS NOT NULL FROM units ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list units: %w", err)
	}
	defer rows.Close()
	var units []Unit
	for rows.Next() {
		var u Unit
		if err := rows.Scan(&u.ID, &u.Revoked); err != nil {
			return nil, fmt.Errorf("list units: %w", err)
		}
		units = append(units, u)
	}
	return units, rows.Err()
}

// keyring gives a unit's keys. Those revoked are only good for parcels that
// were announced before.
func (c *Centre) keyring(ctx context.Context, unit kiosk.UnitID, revoked bool) (seal.Keyring, error) {
	rows, err := c.db.R.QueryContext(ctx, `SELECT key_id, public FROM unit_keys WHERE unit = ? AND (? OR revoked_at IS NULL)`, unit, revoked)
	if err != nil {
		return nil, fmt.Errorf("unit keys: %w", err)
	}
	defer rows.Close()
	ring := seal.Keyring{}
	for rows.Next() {
		var id string
		var public []byte
		if err := rows.Scan(&id, &public); err != nil {
			return nil, fmt.Errorf("unit keys: %w", err)
		}
		ring[id] = ed25519.PublicKey(public)
	}
	return ring, rows.Err()
}

type unitKey struct{} // of the context: the unit a request comes from

func unitOf(ctx context.Context) kiosk.UnitID {
	u, _ := ctx.Value(unitKey{}).(kiosk.UnitID)
	return u
}

// forUnits lets only enrolled units through: 401 without a known token, 403
// for a revoked unit.
func (c *Centre) forUnits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/files/") {
			w.Header().Set("Tus-Resumable", "1.0.0") // so that the refusal is known to be ours
		}
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		sum := sha256.Sum256([]byte(token))
		var unit kiosk.UnitID
		var revoked bool
		err := c.db.R.QueryRowContext(r.Context(), `SELECT id, revoked_at IS NOT NULL FROM units WHERE token_hash = ?`, sum[:]).Scan(&unit, &revoked)
		switch {
		case !ok || errors.Is(err, sql.ErrNoRows):
			answerCode(w, http.StatusUnauthorized, "unauthorised")
		case err != nil:
			c.trouble(w, "authenticate", err)
		case revoked:
			answerCode(w, http.StatusForbidden, "revoked")
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), unitKey{}, unit)))
		}
	})
}

// newToken gives 256 random bits as text.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
