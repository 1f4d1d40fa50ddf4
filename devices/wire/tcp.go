package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"servicepoint/devices"
)

const (
	tcpPrefix  = "tcp:"
	tcpDefault = "9100"
)

// splitAddress takes HOST, HOST:PORT, [IPv6] or [IPv6]:PORT.
func splitAddress(address string) (host, port string, err error) {
	host, port = address, tcpDefault
	if strings.HasPrefix(address, "[") && strings.HasSuffix(address, "]") {
		host = address[1 : len(address)-1]
	} else if strings.Contains(address, ":") {
		if host, port, err = net.SplitHostPort(address); err != nil {
			return "", "", err
		}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", "", fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	if host == "" || strings.ContainsAny(host, "/ []") {
		return "", "", fmt.Errorf("%q is no host", host)
	}
	return host, port, nil
}

// openTCP connects to the first address of the host that answers. Each is
// locked before it is called: most printers talk to one caller at a time and
// make the next one wait.
func openTCP(ctx context.Context, p Port, address string) (Link, error) {
	host, port, err := splitAddress(address)
	if err != nil {
		return nil, refused(p, devices.NotALine, "no address: "+err.Error())
	}
	if p.Flow == FlowDSR || p.Vendor+p.Product+p.Serial+p.USBPath != "" {
		return nil, refused(p, devices.Refused, "a network line has no DSR and is no USB device")
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fault(p, "find address", err)
	}
	err = errors.New("the name has no address")
	for i, ip := range ips {
		var l Link
		if l, err = dial(ctx, p, net.JoinHostPort(ip.Unmap().String(), port), len(ips)-i); err == nil {
			return l, nil
		}
		if f, ok := errors.AsType[*devices.Fault](err); ok {
			return nil, f
		}
	}
	return nil, fault(p, "connect", err)
}

// dial calls one address and leaves time for as many as are left.
func dial(ctx context.Context, p Port, address string, left int) (Link, error) {
	held, err := p.hold("kiosk-tcp-" + url.QueryEscape(canonical(address)) + ".lock")
	if err != nil {
		return nil, err
	}
	// Without keep-alive an idle line stays silent: what has gone is found by
	// the driver's own question, not by an error nobody waits for.
	d := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: false}, KeepAlive: -1}
	if end, ok := ctx.Deadline(); ok {
		d.Timeout = time.Until(end) / time.Duration(left)
	}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		if held != nil {
			held.Close()
		}
		return nil, err
	}
	return &tcpLink{conn: conn.(*net.TCPConn), held: held, path: p.Path}, nil
}

// canonical writes an address in one way.
func canonical(address string) string {
	if a, err := netip.ParseAddrPort(address); err == nil {
		return a.String()
	}
	return address
}

// tcpLink is a connection to a device's port.
type tcpLink struct {
	conn *net.TCPConn
	held io.Closer // the lock file; may be nil
	path string

	closing atomic.Bool
	once    sync.Once
	closed  error
}

func (l *tcpLink) Read(p []byte) (int, error) {
	n, err := l.conn.Read(p)
	return n, l.explain("read", err)
}

func (l *tcpLink) Write(p []byte) (int, error) {
	n, err := l.conn.Write(p)
	return n, l.explain("write", err)
}

// Pending gives the bytes that the device's side has not acknowledged.
func (l *tcpLink) Pending() (int, error) {
	n, err := outputQueue(l.conn)
	return n, l.explain("ask for pending output", err)
}

func (l *tcpLink) SetReadDeadline(t time.Time) error {
	return l.explain("set deadline of", l.conn.SetReadDeadline(t))
}

func (l *tcpLink) SetWriteDeadline(t time.Time) error {
	return l.explain("set deadline of", l.conn.SetWriteDeadline(t))
}

// Close lets the last bytes go out for a short grace and drops the rest: left
// to the system they would be printed whenever the device takes them, perhaps
// after the job was given up and sent again.
func (l *tcpLink) Close() error {
	l.once.Do(func() {
		l.closing.Store(true)
		long := time.Unix(1, 0)
		_ = l.conn.SetDeadline(long)
		drain(func() (int, error) { return outputQueue(l.conn) }, func() { _ = l.conn.SetLinger(0) })
		l.closed = l.conn.Close()
		if l.held != nil {
			l.closed = errors.Join(l.closed, l.held.Close())
		}
	})
	return l.closed
}

func (l *tcpLink) explain(step string, err error) error {
	switch {
	case err == nil:
		return nil
	case l.closing.Load(), errors.Is(err, net.ErrClosed):
		return os.ErrClosed
	case errors.Is(err, os.ErrDeadlineExceeded):
		return os.ErrDeadlineExceeded
	}
	return gone(l.path, step, err)
}
