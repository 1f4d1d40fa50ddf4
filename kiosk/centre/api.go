package centre

import (
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

const (
	envelopeLimit = 64 << 10
	statusLimit   = 256 << 10
	statusBatch   = 500
	readTime      = 30 * time.Second // for the body of a small request
)

// Handler serves the units (/v1/, /files/) and the officers (/inbox/).
func (c *Centre) Handler() http.Handler {
	mux := http.NewServeMux()
	api := http.NewServeMux()
	api.HandleFunc("PUT /v1/dossiers/{id}/{rev}", c.putDossier)
	api.HandleFunc("GET /v1/dossiers/{id}/{rev}/receipt", c.getReceipt)
	api.HandleFunc("POST /v1/status", c.postStatus)
	api.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { answerCode(w, http.StatusNotFound, "no_such_path") })
	mux.Handle("/v1/", c.forUnits(inTime(api)))
	mux.Handle("/files/", c.forUnits(c.ownUploads(c.uploads)))
	mux.Handle("/inbox/", inTime(c.inbox()))
	mux.Handle("GET /{$}", http.RedirectHandler("/inbox/", http.StatusSeeOther))
	return mux
}

// inTime bounds the reading of a request's body.
func inTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A writer without deadlines (a test's recorder) is bounded by the test.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readTime))
		next.ServeHTTP(w, r)
	})
}

// putDossier takes an announcement: a signed outer envelope.
func (c *Centre) putDossier(w http.ResponseWriter, r *http.Request) {
	ctx, unit := r.Context(), unitOf(r.Context())
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, envelopeLimit))
	if err != nil {
		answerUnread(w, err)
		return
	}
	ring, err := c.keyring(ctx, unit, false)
	if err != nil {
		c.trouble(w, "announce", err)
		return
	}
	e, err := seal.ReadEnvelope(body, ring)
	switch code := kiosk.CodeOf(err); {
	case err == nil:
	case code == seal.CodeEnvelopeSigner || code == seal.CodeEnvelopeSignature:
		// A unit that cannot prove itself is an enrolment to be mended; its
		// dossiers must not be rejected for good because of it.
		answerCode(w, http.StatusForbidden, string(code))
		return
	default:
		answerCode(w, http.StatusUnprocessableEntity, string(code))
		return
	}
	key, ok := pathKey(r)
	switch {
	case e.Unit != unit:
		answerCode(w, http.StatusForbidden, "other_unit")
		return
	case !ok || e.Dossier != key.Dossier || e.Revision != key.Revision:
		answerCode(w, http.StatusUnprocessableEntity, "other_dossier")
		return
	}
	p, err := c.announced(ctx, e, body)
	if errors.Is(err, errConflict) {
		c.log().Warn("centre: conflicting parcel refused", "unit", unit, "dossier", key.Dossier, "rev", key.Revision)
		answerCode(w, http.StatusConflict, "conflict")
		return
	}
	if err != nil {
		c.trouble(w, "announce", err)
		return
	}
	c.answerAnnounced(w, r, p)
}

// answerAnnounced says whether the bytes are wanted.
func (c *Centre) answerAnnounced(w http.ResponseWriter, r *http.Request, p parcel) {
	signed, err := c.storedReceipt(r, p, kiosk.LevelStored)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		answerJSON(w, http.StatusOK, []byte(`{"answer":"upload"}`))
	case err != nil:
		c.trouble(w, "announce", err)
	default:
		// Put together by hand: the receipt goes out byte for byte.
		b := append([]byte(`{"answer":"exists","receipt":`), signed...)
		answerJSON(w, http.StatusOK, append(b, '}'))
	}
}

// storedReceipt gives a receipt, after making good what a crash may have left
// undone between the last byte and the receipt.
func (c *Centre) storedReceipt(r *http.Request, p parcel, level kiosk.Level) ([]byte, error) {
	if p.state == stateAnnounced {
		if err := c.heal(r.Context(), p); err != nil {
			return nil, err
		}
	}
	return c.receipt(r.Context(), p, level)
}

// getReceipt gives the newest receipt.
func (c *Centre) getReceipt(w http.ResponseWriter, r *http.Request) {
	key, ok := pathKey(r)
	if !ok {
		answerCode(w, http.StatusBadRequest, "malformed")
		return
	}
	p, err := find(r.Context(), c.db.R, key)
	if errors.Is(err, sql.ErrNoRows) || err == nil && p.unit != unitOf(r.Context()) {
		answerCode(w, http.StatusNotFound, "unknown")
		return
	}
	if err != nil {
		c.trouble(w, "receipt", err)
		return
	}
	signed, err := c.storedReceipt(r, p, "")
	switch {
	case errors.Is(err, sql.ErrNoRows):
		answerCode(w, http.StatusNotFound, "not_yet")
	case err != nil:
		c.trouble(w, "receipt", err)
	default:
		answerJSON(w, http.StatusOK, signed)
	}
}

type statusParcel struct {
	Dossier  kiosk.DossierID `json:"dossier"`
	Revision int             `json:"rev"`
	Level    string          `json:"level,omitempty"`
}

type statusBody struct {
	Parcels []statusParcel `json:"parcels"`
}

// postStatus says how far each of at most 500 parcels has come; what the unit
// never announced is left out.
func (c *Centre) postStatus(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, statusLimit))
	if err != nil {
		answerUnread(w, err)
		return
	}
	asked, ok := parseStatus(body)
	if !ok {
		answerCode(w, http.StatusBadRequest, "malformed")
		return
	}
	said := statusBody{Parcels: []statusParcel{}}
	for _, a := range asked.Parcels {
		p, err := find(r.Context(), c.db.R, kiosk.ParcelKey{Dossier: a.Dossier, Revision: a.Revision})
		if errors.Is(err, sql.ErrNoRows) || err == nil && p.unit != unitOf(r.Context()) {
			continue
		}
		if err != nil {
			c.trouble(w, "status", err)
			return
		}
		a.Level = p.state
		said.Parcels = append(said.Parcels, a)
	}
	b, err := json.Marshal(said)
	if err != nil {
		c.trouble(w, "status", err)
		return
	}
	answerJSON(w, http.StatusOK, b)
}

// parseStatus reads a status question.
func parseStatus(b []byte) (asked statusBody, ok bool) {
	err := json.Unmarshal(b, &asked)
	return asked, err == nil && len(asked.Parcels) <= statusBatch
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,63}$`)

// pathKey reads {id} and {rev}.
func pathKey(r *http.Request) (kiosk.ParcelKey, bool) {
	return parseKey(r.PathValue("id"), r.PathValue("rev"))
}

func parseKey(id, rev string) (kiosk.ParcelKey, bool) {
	n, err := strconv.ParseUint(rev, 10, 31)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != rev || !idPattern.MatchString(id) {
		return kiosk.ParcelKey{}, false
	}
	return kiosk.ParcelKey{Dossier: kiosk.DossierID(id), Revision: int(n)}, true
}

func answerJSON(w http.ResponseWriter, status int, b []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a unit that has gone asks again
}

// answerCode answers with a code word; code is one of ours and needs no
// escaping.
func answerCode(w http.ResponseWriter, status int, code string) {
	answerJSON(w, status, []byte(`{"code":"`+code+`"}`))
}

// answerUnread answers a body that could not be read whole.
func answerUnread(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		answerCode(w, http.StatusRequestEntityTooLarge, "too_large")
		return
	}
	answerCode(w, http.StatusBadRequest, "unread")
}

// trouble answers with our own failure and logs it.
func (c *Centre) trouble(w http.ResponseWriter, step string, err error) {
	c.log().Error("centre: request failed", "step", step, "err", err)
	answerCode(w, http.StatusInternalServerError, "internal")
}
