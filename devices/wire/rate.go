package wire

import "strings"

// Rate is the line's bits a second, 0 where a wire has no such thing: on the
// network and on USB's printer class.
func (p Port) Rate() int {
	if strings.HasPrefix(p.Path, tcpPrefix) || strings.HasPrefix(p.Path, "/dev/usb/lp") {
		return 0
	}
	if n, err := find(p); err == nil && n.class == printerLine {
		return 0
	}
	if p.Baud == 0 {
		return 115200
	}
	return p.Baud
}
