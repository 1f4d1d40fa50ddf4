package uplink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

// Client talks to one centre. It satisfies outbox.Carrier: all its errors are
// *kiosk.Setback. It is safe for use by several goroutines and must not be
// copied after first use.
type Client struct {
	Origin   string       // "https://host[:port]"; plain http only on loopback
	Token    string       // the unit's bearer token
	Unit     kiosk.UnitID // the unit receipts must name
	Receipts seal.Keyring // the centre's receipt keys, pinned when the unit was enrolled
	HTTP     *http.Client // its transport is used; nil means one with sane time-outs

	// Stall is how long a request may go without a single byte moving either
	// way; 0 means 60 s. The centre may need 20 s to free a locked upload and
	// hashes the whole parcel before it answers the last chunk, so a value
	// under 45 s is for tests.
	Stall time.Duration

	once sync.Once
	http *http.Client

	pace pace
}

const (
	dialTimeout  = 15 * time.Second
	stallDefault = 60 * time.Second
)

// doer gives the HTTP client to use: the caller's transport, but no redirects,
// no cookies and no overall time-out.
func (c *Client) doer() *http.Client {
	c.once.Do(func() {
		var transport http.RoundTripper
		if c.HTTP != nil {
			transport = c.HTTP.Transport
		}
		if transport == nil {
			transport = &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
				TLSHandshakeTimeout: dialTimeout,
				IdleConnTimeout:     time.Minute,
				ForceAttemptHTTP2:   true,
				DisableCompression:  true,
			}
		}
		c.http = &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	})
	return c.http
}

func (c *Client) stall() time.Duration {
	if c.Stall > 0 {
		return c.Stall
	}
	return stallDefault
}

// origin checks the configured origin: https, or http to this very machine.
func (c *Client) origin() (*url.URL, error) {
	u, err := url.Parse(c.Origin)
	switch {
	case err != nil:
		err = errors.New("origin does not parse")
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Path != "" && u.Path != "/"):
		err = errors.New("origin is not scheme://host[:port]")
	case u.Scheme == "https":
	case u.Scheme == "http" && loopback(u.Hostname()):
	default:
		err = errors.New("origin is not https")
	}
	if err != nil {
		return nil, setback(kiosk.PauseAll, CodeInsecure, err)
	}
	u.Path = ""
	return u, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// locate resolves an upload's address, as stated by the centre or by our own
// ledger, and refuses any that is not an upload at the origin.
func (c *Client) locate(address string) (string, error) {
	origin, err := c.origin()
	if err != nil {
		return "", err
	}
	ref, err := url.Parse(address)
	if err != nil || address == "" {
		return "", errors.New("upload address does not parse")
	}
	u := origin.JoinPath("/files/").ResolveReference(ref)
	if u.Scheme != origin.Scheme || u.Host != origin.Host || u.User != nil {
		return "", fmt.Errorf("upload address is at another host")
	}
	if len(u.Path) <= len("/files/") || u.Path[:len("/files/")] != "/files/" {
		return "", fmt.Errorf("upload address is not an upload")
	}
	u.Fragment = ""
	return u.String(), nil
}

// dossierURL gives the address of one revision at the centre.
func (c *Client) dossierURL(key kiosk.ParcelKey, more string) (string, error) {
	origin, err := c.origin()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s/v1/dossiers/%s/%d%s", origin, url.PathEscape(string(key.Dossier)), key.Revision, more), nil
}

func setback(remedy kiosk.Remedy, code kiosk.Code, err error) *kiosk.Setback {
	return &kiosk.Setback{Remedy: remedy, Code: code, Err: err}
}

// key names a parcel.
func key(p kiosk.Parcel) kiosk.ParcelKey {
	return kiosk.ParcelKey{Dossier: p.Dossier, Revision: p.Revision}
}

// stopped gives ctx's own end the shape of a Setback.
func stopped(ctx context.Context) *kiosk.Setback {
	return setback(kiosk.WaitForLink, CodeUnreachable, ctx.Err())
}
