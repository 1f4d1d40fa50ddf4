package uplink

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"servicepoint/kiosk"
)

// statusSpoilt is the status by which the centre says that a finished upload
// has another sum than was announced. The upload cannot be mended.
const statusSpoilt = 460

// resyncs is how often one Carry asks for the offset again after a mismatch.
const resyncs = 3

// Create opens an upload (tus 1.0.0, creation extension) and gives its address.
// The metadata are ids and a sum in ASCII, never personal data.
func (c *Client) Create(ctx context.Context, p kiosk.Parcel) (string, error) {
	origin, err := c.origin()
	if err != nil {
		return "", err
	}
	a, err := c.exchange(ctx, request{
		method: http.MethodPost, url: origin.String() + "/files/", tus: true,
		header: map[string]string{
			"Upload-Length":   strconv.FormatInt(p.Bytes, 10),
			"Upload-Metadata": metadata(p),
		},
	})
	if err != nil {
		return "", err
	}
	if a.genuine && a.status == http.StatusConflict {
		return "", setback(kiosk.StartOver, CodeUploadGone, fmt.Errorf("status %d", a.status))
	}
	if !a.genuine || a.status != http.StatusCreated {
		return "", notAnUpload(a.refusal())
	}
	u, err := c.locate(a.header.Get("Location"))
	if err != nil {
		return "", setback(kiosk.RetryLater, CodeBadAnswer, err)
	}
	return u, nil
}

func metadata(p kiosk.Parcel) string {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return fmt.Sprintf("dossier %s,rev %s,sha256 %s",
		b64(string(p.Dossier)), b64(strconv.Itoa(p.Revision)), b64(p.SHA256.String()))
}

// Carry sends what the centre lacks of the upload at address, chunk by chunk,
// and calls progress with every offset the centre confirms. It may be called
// again after any error: the centre's offset decides where it goes on.
//
// A line that breaks after the centre has answered once counts against this
// parcel (RetryLater) and not against the network: else one parcel that
// something on the way cannot bear would keep all others waiting.
func (c *Client) Carry(ctx context.Context, address string, p kiosk.Parcel, src io.ReaderAt, progress func(int64)) error {
	u, err := c.locate(address)
	if s, ok := errors.AsType[*kiosk.Setback](err); ok {
		return s
	}
	if err != nil {
		return setback(kiosk.StartOver, CodeUploadGone, err)
	}
	for try := 0; ; try++ {
		offset, err := c.offset(ctx, u, p)
		if err != nil {
			return err
		}
		progress(offset)
		again, err := c.send(ctx, u, p, src, offset, progress)
		if !again || try == resyncs {
			return err
		}
	}
}

// offset asks how much of the upload the centre has.
func (c *Client) offset(ctx context.Context, u string, p kiosk.Parcel) (int64, error) {
	a, err := c.exchange(ctx, request{method: http.MethodHead, url: u, tus: true})
	if err != nil {
		return 0, err
	}
	if !a.genuine || a.status != http.StatusOK && a.status != http.StatusNoContent {
		return 0, a.refusal()
	}
	offset, err := parseOffset(a.header.Get("Upload-Offset"))
	if err != nil {
		return 0, setback(kiosk.RetryLater, CodeBadAnswer, err)
	}
	size, err := parseOffset(a.header.Get("Upload-Length"))
	if err != nil || size != p.Bytes || offset > size {
		return 0, setback(kiosk.StartOver, CodeUploadGone, errors.New("the upload is of another size"))
	}
	return offset, nil
}

// send sends chunks from offset on. again means that the centre stands at
// another offset than we thought and should be asked.
func (c *Client) send(ctx context.Context, u string, p kiosk.Parcel, src io.ReaderAt, offset int64, progress func(int64)) (again bool, err error) {
	for offset < p.Bytes {
		if ctx.Err() != nil {
			return false, stopped(ctx)
		}
		n := min(c.pace.next(), p.Bytes-offset)
		start := time.Now()
		a, err := c.exchange(ctx, request{
			method: http.MethodPatch, url: u, tus: true,
			header: map[string]string{
				"Content-Type":  "application/offset+octet-stream",
				"Upload-Offset": strconv.FormatInt(offset, 10),
			},
			body: io.NewSectionReader(src, offset, n), length: n,
		})
		if err != nil {
			c.pace.slower()
			return false, brokenLine(ctx, err)
		}
		confirmed, again, err := c.confirmed(a, p, src, offset, n)
		if err != nil {
			return again, err
		}
		c.pace.sent(n, time.Since(start))
		offset = confirmed
		progress(offset)
	}
	return false, nil
}

// confirmed reads the answer to a chunk of n bytes at offset.
func (c *Client) confirmed(a answer, p kiosk.Parcel, src io.ReaderAt, offset, n int64) (to int64, again bool, err error) {
	switch {
	case a.genuine && a.status == http.StatusConflict:
		return 0, true, setback(kiosk.RetryLater, CodeBadAnswer, errors.New("the centre stands at another offset"))
	case a.genuine && a.status == statusSpoilt:
		return 0, false, spoilt(p, src)
	case a.status == http.StatusRequestEntityTooLarge && !a.genuine:
		c.pace.slower()
		return 0, false, a.refusal()
	case !a.genuine || a.status != http.StatusNoContent && a.status != http.StatusOK:
		return 0, false, a.refusal()
	}
	to, err = parseOffset(a.header.Get("Upload-Offset"))
	if err != nil {
		return 0, false, setback(kiosk.RetryLater, CodeBadAnswer, err)
	}
	if to <= offset || to > offset+n {
		return 0, false, setback(kiosk.RetryLater, CodeBadAnswer, errors.New("the centre confirms bytes that were not sent"))
	}
	return to, false, nil
}

// spoilt tells whether the upload or our own file has the wrong bytes.
func spoilt(p kiosk.Parcel, src io.ReaderAt) *kiosk.Setback {
	sum := sha256.New()
	n, err := io.Copy(sum, io.NewSectionReader(src, 0, p.Bytes))
	switch {
	case err != nil:
		return setback(kiosk.RetryLater, CodeLocalRead, err)
	case n != p.Bytes || kiosk.Digest(sum.Sum(nil)) != p.SHA256:
		return setback(kiosk.GiveUp, CodeDamaged, errors.New("the file is not what was sealed"))
	}
	return setback(kiosk.StartOver, CodeUploadGone, errors.New("the upload arrived with another sum"))
}

// brokenLine makes a line that broke under a chunk the parcel's own trouble,
// unless we are stopping.
func brokenLine(ctx context.Context, err error) error {
	s, ok := errors.AsType[*kiosk.Setback](err)
	if ok && ctx.Err() == nil && s.Remedy == kiosk.WaitForLink {
		s.Remedy = kiosk.RetryLater
	}
	return err
}
