package printer

// replyKind tells the printer's messages apart.
type replyKind byte

const (
	strayReply    replyKind = iota // bytes that are in no manual
	realtimeReply                  // one byte, for DLE EOT
	autoReply                      // four bytes of automatic status
	queuedReply                    // one byte, for GS r
	blockReply                     // 37h … 00h: for GS ( H, without the two
	textReply                      // 5Fh … 00h: for GS I, without the two
)

// reply is one message; data is the message without its framing.
type reply struct {
	kind replyKind
	data []byte
}

// maxBlock bounds the blocks that end with a 00h, in case it never comes.
const maxBlock = 80

const (
	xon  = 0x11
	xoff = 0x13
)

// classifier cuts the stream of bytes into messages by their first byte. The
// zero value stands at the start of a message.
type classifier struct {
	open bool // within a message
	kind replyKind
	data []byte
}

// add takes a byte and calls emit for every message that is complete with it.
// XON and XOFF may come anywhere and are no messages.
func (c *classifier) add(b byte, emit func(reply)) {
	if b == xon || b == xoff {
		return
	}
	if !c.open {
		c.first(b, emit)
		return
	}
	switch {
	case c.kind == autoReply && b&0x90 == 0:
		c.data = append(c.data, b)
		if len(c.data) == 4 {
			c.end(c.kind, emit)
		}
	case c.kind != autoReply && b == 0:
		c.end(c.kind, emit)
	case c.kind != autoReply && b >= 0x20 && b < 0x7f && len(c.data) < maxBlock:
		c.data = append(c.data, b)
	default: // the message broke off, and b starts another
		c.end(strayReply, emit)
		c.first(b, emit)
	}
}

func (c *classifier) first(b byte, emit func(reply)) {
	switch {
	case b == 0x37:
		c.begin(blockReply)
	case b == 0x5f:
		c.begin(textReply)
	case b&0x93 == 0x12:
		emit(reply{realtimeReply, []byte{b}})
	case b&0x93 == 0x10:
		c.begin(autoReply)
		c.data = append(c.data, b)
	case b&0x90 == 0:
		emit(reply{queuedReply, []byte{b}})
	default:
		emit(reply{strayReply, []byte{b}})
	}
}

func (c *classifier) begin(k replyKind) { c.open, c.kind, c.data = true, k, nil }

func (c *classifier) end(k replyKind, emit func(reply)) {
	emit(reply{k, c.data})
	*c = classifier{}
}
