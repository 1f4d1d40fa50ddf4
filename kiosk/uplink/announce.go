package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

const statusBatch = 500 // parcels in one status question

// Announce offers a parcel by its outer envelope. With kiosk.Exists the receipt
// is the one the centre gave when it stored the parcel.
func (c *Client) Announce(ctx context.Context, p kiosk.Parcel) (kiosk.Answer, *kiosk.Receipt, error) {
	u, err := c.dossierURL(key(p), "")
	if err != nil {
		return "", nil, err
	}
	q := request{method: http.MethodPut, url: u, header: map[string]string{"Content-Type": "application/json"}}
	q.body, q.length = bytesBody(p.Envelope)
	a, err := c.exchange(ctx, q)
	if err != nil {
		return "", nil, err
	}
	if a.genuine && a.status == http.StatusConflict {
		return "", nil, setback(kiosk.Alarm, CodeConflict, fmt.Errorf("status %d%s", a.status, a.said()))
	}
	if !a.genuine || a.status != http.StatusOK {
		return "", nil, notAnUpload(a.refusal())
	}
	word, signed, err := parseAnswer(a.body)
	if err != nil {
		return "", nil, setback(kiosk.RetryLater, CodeBadAnswer, err)
	}
	if word == kiosk.WantUpload {
		return word, nil, nil
	}
	r, err := c.believe(signed, p)
	if err != nil {
		return "", nil, err
	}
	return word, r, nil
}

// Receipt asks for the newest receipt. A parcel that the centre has not stored
// yet has none; one it has never heard of is StartOver.
func (c *Client) Receipt(ctx context.Context, p kiosk.Parcel) (*kiosk.Receipt, error) {
	u, err := c.dossierURL(key(p), "/receipt")
	if err != nil {
		return nil, err
	}
	a, err := c.exchange(ctx, request{method: http.MethodGet, url: u})
	if err != nil {
		return nil, err
	}
	if a.genuine && a.status == http.StatusNotFound {
		switch code := parseCode(a.body); code {
		case "not_yet":
			return nil, nil
		case "unknown":
			return nil, setback(kiosk.StartOver, CodeUploadGone, errors.New("the centre does not know the parcel"))
		}
		return nil, setback(kiosk.RetryLater, CodeBadAnswer, fmt.Errorf("status %d without a code", a.status))
	}
	if !a.genuine || a.status != http.StatusOK {
		return nil, notAnUpload(a.refusal())
	}
	return c.believe(a.body, p)
}

// Levels asks how far the centre has come with many parcels.
func (c *Client) Levels(ctx context.Context, keys []kiosk.ParcelKey) (map[kiosk.ParcelKey]kiosk.Level, error) {
	levels := make(map[kiosk.ParcelKey]kiosk.Level, len(keys))
	for first := true; first || len(keys) > 0; first = false {
		n := min(len(keys), statusBatch)
		if err := c.levels(ctx, keys[:n], levels); err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return levels, nil
}

func (c *Client) levels(ctx context.Context, keys []kiosk.ParcelKey, into map[kiosk.ParcelKey]kiosk.Level) error {
	origin, err := c.origin()
	if err != nil {
		return err
	}
	list := statusList{Parcels: make([]parcelLevel, len(keys))}
	for i, k := range keys {
		list.Parcels[i] = parcelLevel{Dossier: k.Dossier, Revision: k.Revision}
	}
	body, err := json.Marshal(list)
	if err != nil {
		return setback(kiosk.RetryLater, CodeBadAnswer, err)
	}
	q := request{method: http.MethodPost, url: origin.String() + "/v1/status", header: map[string]string{"Content-Type": "application/json"}}
	q.body, q.length = bytesBody(body)
	a, err := c.exchange(ctx, q)
	if err != nil {
		return err
	}
	if !a.genuine || a.status != http.StatusOK {
		return notAnUpload(a.refusal())
	}
	found, err := parseLevels(a.body, slices.Clone(keys))
	if err != nil {
		return setback(kiosk.RetryLater, CodeBadAnswer, err)
	}
	for k, l := range found {
		into[k] = l
	}
	return nil
}

// notAnUpload keeps a 404 of the API from being taken for a lost upload.
func notAnUpload(s *kiosk.Setback) *kiosk.Setback {
	if s.Remedy == kiosk.StartOver {
		s.Remedy, s.Code = kiosk.RetryLater, CodeBadAnswer
	}
	return s
}

// believe verifies a receipt: signed by a pinned key and naming exactly this
// parcel. Anything else is for a person to look into.
func (c *Client) believe(signed []byte, p kiosk.Parcel) (*kiosk.Receipt, error) {
	r, err := seal.ReadReceipt(signed, c.Receipts)
	switch {
	case err != nil:
	case r.Unit != c.Unit:
		err = errors.New("the receipt names another unit")
	case r.Dossier != p.Dossier:
		err = errors.New("the receipt names another dossier")
	case r.Revision != p.Revision:
		err = errors.New("the receipt names another revision")
	case r.SHA256 != p.SHA256:
		err = errors.New("the receipt names other bytes")
	case r.Bytes != p.Bytes:
		err = errors.New("the receipt names another size")
	}
	if err != nil {
		return nil, setback(kiosk.Alarm, CodeBadReceipt, err)
	}
	return &r, nil
}
