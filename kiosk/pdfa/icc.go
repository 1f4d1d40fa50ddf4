package pdfa

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
)

// curvePoints is how finely the profile states the sRGB tone curve: fine
// enough that the straight lines between its points are nowhere off by a whole
// step of 256 (TestCurve), coarse enough for small files.
const curvePoints = 32

// sRGB makes an ICC version 2 matrix/TRC monitor profile of sRGB (ICC.1:2001-04;
// IEC 61966-2-1), adapted to the D50 of the connection space.
func sRGB() []byte {
	type tag struct {
		names []string
		data  []byte
	}
	tags := []tag{
		{[]string{"desc"}, descTag("sRGB")},
		{[]string{"cprt"}, append([]byte("text\x00\x00\x00\x00"), "CC0\x00"...)},
		{[]string{"wtpt"}, xyzTag(0.9642, 1, 0.8249)},
		{[]string{"rXYZ"}, xyzTag(0.4360747, 0.2225045, 0.0139322)},
		{[]string{"gXYZ"}, xyzTag(0.3850649, 0.7168786, 0.0971045)},
		{[]string{"bXYZ"}, xyzTag(0.1430804, 0.0606169, 0.7141733)},
		{[]string{"rTRC", "gTRC", "bTRC"}, curveTag()}, // one curve for all three
	}
	count := 0
	for _, t := range tags {
		count += len(t.names)
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(count))
	var data []byte
	start := 128 + 4 + 12*count
	for _, t := range tags {
		for _, name := range t.names {
			table = append(table, name...)
			table = binary.BigEndian.AppendUint32(table, uint32(start+len(data)))
			table = binary.BigEndian.AppendUint32(table, uint32(len(t.data)))
		}
		data = append(data, t.data...)
		data = append(data, make([]byte, -len(data)&3)...)
	}
	profile := append(iccHeader(start+len(data)), table...)
	return append(profile, data...)
}

func iccHeader(size int) []byte {
	h := make([]byte, 128)
	binary.BigEndian.PutUint32(h[0:], uint32(size))
	binary.BigEndian.PutUint32(h[8:], 0x02100000) // version 2.1
	copy(h[12:], "mntrRGB XYZ ")
	for i, v := range []uint16{2026, 1, 1} { // the profile's own date, not a document's
		binary.BigEndian.PutUint16(h[24+2*i:], v)
	}
	copy(h[36:], "acsp")
	putXYZ(h[68:], 0.9642, 1, 0.8249) // illuminant of the connection space
	return h
}

func putXYZ(b []byte, values ...float64) {
	for i, v := range values {
		binary.BigEndian.PutUint32(b[4*i:], uint32(math.Round(v*65536)))
	}
}

func xyzTag(x, y, z float64) []byte {
	b := make([]byte, 20)
	copy(b, "XYZ ")
	putXYZ(b[8:], x, y, z)
	return b
}

// descTag is a textDescriptionType with its ASCII part only.
func descTag(s string) []byte {
	b := append([]byte("desc\x00\x00\x00\x00"), 0, 0, 0, byte(len(s)+1))
	b = append(b, s...)
	return append(b, make([]byte, 1+8+3+67)...)
}

func curveTag() []byte {
	b := append([]byte("curv\x00\x00\x00\x00"), 0, 0, curvePoints>>8, curvePoints&0xFF)
	for i := range curvePoints {
		v := float64(i) / (curvePoints - 1)
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(math.Round(v*65535)))
	}
	return b
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	z, _ := zlib.NewWriterLevel(&out, zlib.BestCompression) // the level is valid
	z.Write(b)                                              // a bytes.Buffer never fails
	z.Close()
	return out.Bytes()
}
