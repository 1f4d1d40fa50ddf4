package a4

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"servicepoint/devices"
)

// reply is the answer to a small question.
type reply struct {
	code   int
	header http.Header
	body   []byte
}

// errBroken marks a page whose transfer broke off.
var errBroken = errors.New("the transfer broke off")

// small asks a question with a small answer, or a device that moves slowly.
func (s *ESCL) small(ctx context.Context, method string, u *url.URL, body []byte, limit time.Duration) (*reply, error) {
	if err := s.connect(); err != nil {
		return nil, fail(devices.NotALine, "the address of the scanner", err)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fail(devices.NotALine, "the address of the scanner", err)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "text/xml")
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, netFault(err)
	}
	defer resp.Body.Close()
	r := &reply{code: resp.StatusCode, header: resp.Header}
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, maxXML+1))
	if err != nil {
		return nil, netFault(err)
	}
	return r, nil
}

// get reads one of the two XML texts, without patience.
func (s *ESCL) get(ctx context.Context, name string) ([]byte, error) {
	if err := s.connect(); err != nil {
		return nil, fail(devices.NotALine, "the address of the scanner", err)
	}
	r, err := s.small(ctx, http.MethodGet, s.base.JoinPath(name), nil, answerLimit)
	if err != nil {
		return nil, err
	}
	switch r.code {
	case http.StatusOK:
		return r.body, nil
	case http.StatusNotFound, http.StatusGone:
		return nil, fail(devices.WrongDevice, "no eSCL scanner answers there", nil)
	}
	return nil, codeFault(r.code)
}

// codeFault names an HTTP status that has no meaning of its own.
func codeFault(code int) *devices.Fault {
	said := fmt.Sprintf("it answers %d", code)
	switch {
	case code == http.StatusServiceUnavailable:
		return fail(devices.Occupied, said, nil)
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return fail(devices.Denied, said, nil)
	case code >= 300 && code < 400:
		return fail(devices.Garbled, said+": it sends to another address, which is not followed", nil)
	case code >= 400:
		return fail(devices.Refused, said, nil)
	}
	return fail(devices.Garbled, said, nil)
}

// netFault names what keeps an answer from coming.
func netFault(err error) *devices.Fault {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fail(devices.WrongDevice, "its certificate is not known", err)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return fail(devices.Offline, "it cannot be reached", err)
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return fail(devices.Offline, "it cannot be found", err)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return fail(devices.Silent, "no answer", err)
	case strings.Contains(err.Error(), "malformed"), strings.Contains(err.Error(), "gave HTTP response to HTTPS"):
		return fail(devices.Garbled, "no HTTP", err)
	}
	return fail(devices.Offline, "the connection broke", err)
}

// budget is the patience with one thing a busy device has to do.
type budget struct{ left time.Duration }

// wait lets a busy device have the pause it asks for, or says Occupied.
func (b *budget) wait(ctx context.Context, h http.Header, now time.Time) error {
	pause := time.Second
	if after := h.Get("Retry-After"); after != "" {
		if n, err := strconv.Atoi(after); err == nil {
			pause = time.Duration(min(max(n, 1), int(longestPause/time.Second))) * time.Second
		} else if at, err := http.ParseTime(after); err == nil {
			pause = min(max(at.Sub(now), time.Second), longestPause)
		}
	}
	if b.left <= 0 {
		return fail(devices.Occupied, "it stays busy", nil)
	}
	pause = min(pause, b.left)
	b.left -= pause
	return rest(ctx, pause)
}

// page is the answer to NextDocument: a page, or a code that says why not.
type page struct {
	code   int
	header http.Header
	bytes  []byte
}

// fetch asks for the next page. A transfer that breaks off is errBroken.
func (s *ESCL) fetch(ctx context.Context, u *url.URL, a *ask) (*page, error) {
	ctx, cancel := context.WithTimeout(ctx, longestPage)
	defer cancel()
	stall := time.AfterFunc(pageLimit, cancel)
	defer stall.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fail(devices.Garbled, "a Location that is no address", err)
	}
	req.Header.Set("Accept", "image/jpeg")
	resp, err := s.client.Do(req)
	if err != nil {
		if f := netFault(err); f.Cause == devices.Garbled || f.Cause == devices.WrongDevice {
			return nil, f
		}
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	defer resp.Body.Close()
	p := &page{code: resp.StatusCode, header: resp.Header}
	if resp.StatusCode != http.StatusOK {
		return p, nil
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if said := resp.Header.Get("Content-Type"); said != "" && (err != nil || kind != "image/jpeg" && kind != "image/jpg" && kind != "image/pjpeg") {
		return nil, fail(devices.Garbled, "a page of the kind "+printable(said), nil)
	}
	if resp.ContentLength > maxPage {
		return nil, fail(devices.TooLarge, fmt.Sprintf("a page of %d bytes", resp.ContentLength), nil)
	}
	p.bytes, err = receive(resp, a, func() { stall.Reset(stallLimit) })
	if err != nil {
		return nil, err
	}
	return p, nil
}

// receive reads a page and calls alive for each piece of it.
func receive(resp *http.Response, a *ask, alive func()) ([]byte, error) {
	total := max(0, resp.ContentLength)
	buf := make([]byte, 0, max(total, 256<<10)+1)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := resp.Body.Read(buf[len(buf):min(cap(buf), len(buf)+64<<10)])
		buf = buf[:len(buf)+n]
		if n > 0 {
			alive()
			a.tell(int64(len(buf)), total)
		}
		switch {
		case len(buf) > maxPage:
			return nil, fail(devices.TooLarge, "a page that does not end", nil)
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return nil, fmt.Errorf("%w: %w", errBroken, err)
		}
	}
}
