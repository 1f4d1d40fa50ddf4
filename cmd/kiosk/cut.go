package main

import (
	"net"
	"sync"
)

// cuttable is a listener whose network can be cut: connections are dropped
// and new ones are closed at once, as if the cable had been pulled behind the
// far switch. It belongs to the demo's centre, never to a unit.
type cuttable struct {
	net.Listener

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]struct{}
}

func (c *cuttable) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		cut := c.cut
		if !cut {
			if c.conns == nil {
				c.conns = map[net.Conn]struct{}{}
			}
			c.conns[conn] = struct{}{}
		}
		c.mu.Unlock()
		if cut {
			conn.Close()
			continue
		}
		return &cutConn{Conn: conn, from: c}, nil
	}
}

// SetCut cuts the network or mends it.
func (c *cuttable) SetCut(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	if !cut {
		return
	}
	for conn := range c.conns {
		conn.Close()
	}
}

// IsCut reports whether the network is cut.
func (c *cuttable) IsCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

type cutConn struct {
	net.Conn
	from *cuttable
}

func (c *cutConn) Close() error {
	c.from.mu.Lock()
	delete(c.from.conns, c.Conn)
	c.from.mu.Unlock()
	return c.Conn.Close()
}
