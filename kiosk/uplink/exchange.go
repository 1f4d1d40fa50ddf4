package uplink

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"servicepoint/kiosk"
)

const (
	answerLimit = 256 << 10 // bytes of an answer that are read; a status of 500 parcels is far below
	wishLimit   = time.Hour // longest Retry-After that is passed on
	tusVersion  = "1.0.0"
)

var errStalled = errors.New("no byte moved for too long")

// request is one question to the centre.
type request struct {
	method, url string
	header      map[string]string
	body        io.Reader // nil for none
	length      int64
	tus         bool // part of an upload: answers carry Tus-Resumable
}

// answer is what came back, read to its end.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	genuine bool // the centre's own: by Tus-Resumable, or JSON from the API
}

// exchange sends one request and reads the answer, watching that bytes keep
// moving. An error is a *kiosk.Setback: whatever HTTP said is no error here.
func (c *Client) exchange(ctx context.Context, q request) (answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dog := time.AfterFunc(c.stall(), func() { cancel(errStalled) })
	defer dog.Stop()
	alive := func() { dog.Reset(c.stall()) }

	var body *watched
	var reader io.Reader
	if q.body != nil {
		body = &watched{r: q.body, moved: alive}
		reader = body
	}
	req, err := http.NewRequestWithContext(ctx, q.method, q.url, reader)
	if err != nil {
		return answer{}, setback(kiosk.RetryLater, CodeBadAnswer, err)
	}
	req.ContentLength = q.length
	req.Header.Set("Authorization", "Bearer "+c.Token)
	if q.tus {
		req.Header.Set("Tus-Resumable", tusVersion)
	}
	for k, v := range q.header {
		req.Header.Set(k, v)
	}
	resp, err := c.doer().Do(req)
	if err != nil {
		return answer{}, body.blame(ctx, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(&watched{r: resp.Body, moved: alive}, answerLimit+1))
	if err != nil {
		return answer{}, body.blame(ctx, err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: text}
	if q.tus {
		a.genuine = resp.Header.Get("Tus-Resumable") == tusVersion
	} else {
		media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		a.genuine = err == nil && media == "application/json"
	}
	if len(text) > answerLimit {
		return answer{}, setback(kiosk.RetryLater, CodeBadAnswer, errors.New("the answer is too long"))
	}
	return a, nil
}

// watched tells the watchdog that bytes moved and remembers a source that
// cannot be read, which is not the network's fault.
type watched struct {
	r     io.Reader
	moved func()

	mu  sync.Mutex // the transport may still read while its error is looked at
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.moved()
	}
	if err != nil && err != io.EOF {
		w.mu.Lock()
		w.err = err
		w.mu.Unlock()
	}
	return n, err
}

func (w *watched) failed() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// blame turns a failed exchange into a Setback. A nil body cannot be at fault.
func (w *watched) blame(ctx context.Context, err error) *kiosk.Setback {
	if own := w.failed(); own != nil && errors.Is(err, own) {
		return setback(kiosk.RetryLater, CodeLocalRead, own)
	}
	if cause := context.Cause(ctx); cause != nil {
		return setback(kiosk.WaitForLink, CodeUnreachable, cause)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the address is nobody's business in a log
	}
	return setback(kiosk.WaitForLink, transportCode(err), err)
}

func transportCode(err error) kiosk.Code {
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, hostname := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case unverified || authority || hostname || invalid:
		return CodeUntrusted
	case notTLS || errors.Is(err, http.ErrSchemeMismatch):
		return CodeCaptive
	}
	return CodeUnreachable
}

// refusal gives the remedy for an answer that is not the hoped-for one. It
// covers what means the same everywhere; the callers look at what is special
// to their step first.
func (a answer) refusal() *kiosk.Setback {
	s := setback(kiosk.RetryLater, CodeBadAnswer, fmt.Errorf("status %d%s", a.status, a.said()))
	s.RetryAfter = retryAfter(a.header.Get("Retry-After"), time.Now())
	switch a.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		s.Remedy, s.Code = kiosk.WaitForLink, CodeBusy
		return s
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		s.Remedy, s.Code = kiosk.WaitForLink, CodeUnreachable
		return s
	case http.StatusInsufficientStorage, http.StatusLocked:
		s.Code = CodeBusy
		return s
	}
	if !a.genuine {
		// Something between us and the centre speaks. A body that is too
		// large for it says nothing about the network, an error of its own
		// may pass; anything else is a wall in front of the network.
		if a.status != http.StatusRequestEntityTooLarge && a.status < 500 || a.status == http.StatusNetworkAuthenticationRequired {
			s.Remedy, s.Code = kiosk.WaitForLink, CodeCaptive
		}
		return s
	}
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		s.Remedy, s.Code = kiosk.PauseAll, CodeRefused
	case http.StatusNotFound, http.StatusGone:
		s.Remedy, s.Code = kiosk.StartOver, CodeUploadGone
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		s.Remedy, s.Code = kiosk.GiveUp, CodeRejected
	}
	return s
}

// said gives the centre's code word, if it sent one.
func (a answer) said() string {
	if code := parseCode(a.body); a.genuine && code != "" {
		return " " + string(code)
	}
	return ""
}

// retryAfter reads the header (RFC 9110 §10.2.3): seconds or a date. What does
// not parse, or lies in the past, is no wish.
func retryAfter(header string, now time.Time) time.Duration {
	if header == "" {
		return 0
	}
	if n, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, wishLimit)
	}
	t, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(t.Sub(now), 0), wishLimit)
}

// bytesBody gives a request's body and length.
func bytesBody(b []byte) (io.Reader, int64) { return bytes.NewReader(b), int64(len(b)) }
