package virtual

import (
	"encoding/binary"
	"time"
)

// The opcodes of Simple Serial Interface that this imager knows.
const (
	opSegment      = 0x73 // part of a long code, by newer imagers
	opSegmentAck   = 0x74
	opAskRevision  = 0xA3
	opRevision     = 0xA4
	opImage        = 0xB1
	opVideo        = 0xB4
	opLightOff     = 0xC0
	opLightOn      = 0xC1
	opAimOff       = 0xC4
	opAimOn        = 0xC5
	opParam        = 0xC6 // both ways
	opAskParam     = 0xC7
	opDefaults     = 0xC8
	opAck          = 0xD0
	opNak          = 0xD1
	opFlush        = 0xD2
	opAskAbilities = 0xD3
	opAbilities    = 0xD4
	opStart        = 0xE4
	opStop         = 0xE5
	opBeep         = 0xE6
	opEnable       = 0xE9
	opDisable      = 0xEA
	opDecode       = 0xF3
	opMode         = 0xF7
)

// What an acknowledgement says: the causes of a NAK, and two of our own.
const (
	ssiAcked  = 0x00
	ssiResend = 0x01
	ssiBad    = 0x02 // cannot be done now
	ssiDenied = 0x06
	ssiCancel = 0x0A
	ssiSilent = 0xFF // nothing was said in time
)

// The bits of a packet's status.
const (
	ssiAgain     = 0x01 // sent again
	ssiMore      = 0x02 // another packet of this message follows
	ssiPermanent = 0x08 // the change is to survive power-off
)

// The parameters that change what this imager does.
const (
	paramHandshake = 0x9F // acknowledge in software; on from the factory
	paramPacketed  = 0xEE // codes come in packets; off from the factory
)

// ssiGap is the silence within a packet after which its beginning is forgotten.
const ssiGap = 500 * time.Millisecond

// ssiQR is the code type of a QR code.
const ssiQR = 0x1C

// ssiPacket frames one packet of the imager: length (of all but the checksum),
// opcode, source (00), status, data, and 10000h less the sum of all these.
func ssiPacket(op, status byte, data []byte) []byte {
	b := append([]byte{byte(4 + len(data)), op, 0, status}, data...)
	return binary.BigEndian.AppendUint16(b, ssiSum(b))
}

func ssiSum(b []byte) (sum uint16) {
	for _, c := range b {
		sum -= uint16(c)
	}
	return sum
}

// ssiSound tells whether a packet's checksum holds.
func ssiSound(pkt []byte) bool {
	n := len(pkt) - 2
	return ssiSum(pkt[:n]) == binary.BigEndian.Uint16(pkt[n:])
}
