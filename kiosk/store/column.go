package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"servicepoint/kiosk"
)

// row is one result row, of a query or of a single-row query.
type row interface{ Scan(dest ...any) error }

func isNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// nanos is how a time is stored: nanoseconds in UTC, NULL for the zero time.
func nanos(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}

// instant reads a stored time into t.
type instant struct{ t *time.Time }

func (c instant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*c.t = time.Time{}
	case int64:
		*c.t = time.Unix(0, v).UTC()
	default:
		return fmt.Errorf("a time stored as %T", v)
	}
	return nil
}

// digest reads a stored sum into d; NULL is the zero digest.
type digest struct{ d *kiosk.Digest }

func (c digest) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*c.d = kiosk.Digest{}
	case []byte:
		if len(v) != len(c.d) {
			return fmt.Errorf("a sum of %d bytes", len(v))
		}
		copy(c.d[:], v)
	default:
		return fmt.Errorf("a sum stored as %T", v)
	}
	return nil
}

// codes reads a JSON list of codes; an empty one is nil.
type codes struct{ list *[]kiosk.Code }

func (c codes) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("codes stored as %T", v)
	}
	*c.list = nil
	return json.Unmarshal([]byte(s), c.list)
}

// blob keeps an empty or missing value NULL instead of an empty one.
func blob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// filled keeps a value that may be empty but not NULL.
func filled(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// note packs codes and numbers for a journal line.
func note(v map[string]any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: a note of our own does not encode: %v", err)) // only codes and numbers go in
	}
	return b
}
