package a4

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"servicepoint/devices"
)

func TestSANEOptionsOfManyMakers(t *testing.T) {
	for _, c := range []struct {
		list string
		r    devices.ScanRequest
		want string
	}{
		{"--source Flatbed|ADF|ADF Duplex [Flatbed]\n--mode Color|Gray [Color]\n--resolution 75|150|300|600dpi [75]\n-x 0..215.9mm [215.9]\n-y 0..297.18mm [297.18]",
			devices.ScanRequest{Duplex: true, Max: 4}, "--batch-count=4 --source=ADF Duplex --mode=Color --resolution=300 -x 210 -y 297"},
		{"--source ADF Front|ADF Back|ADF Duplex [ADF Front]\n--mode Lineart|Halftone|Gray|Color [Lineart]\n--resolution 50..600dpi (in steps of 1) [600]\n--page-width 0..224.846mm (in steps of 0.0211639) [215.872]\n-x 0..203.29mm [203]",
			devices.ScanRequest{Gray: true}, "--source=ADF Front --mode=Gray --resolution=300 --page-width=210 -x 203.2"},
		{"--source FlatBed|Automatic Document Feeder(left aligned)|Automatic Document Feeder(left aligned,Duplex) [FlatBed]\n--mode 24bit Color[Fast]|True Gray [24bit Color[Fast]]\n--resolution 100|200|400dpi [200]",
			devices.ScanRequest{DPI: 200}, "--source=Automatic Document Feeder(left aligned) --mode=24bit Color[Fast] --resolution=200"},
		{"--source Flatbed|Automatic Document Feeder [Flatbed]\n--adf-mode Simplex|Duplex [Simplex]\n--depth 1|8|16 [16]",
			devices.ScanRequest{Duplex: true}, "--source=Automatic Document Feeder --adf-mode=Duplex --depth=8"},
		{"--source ADF|Flatbed [inactive]\n--resolution 300dpi [300]", devices.ScanRequest{}, "--batch-count=1 --resolution=300"},
	} {
		o := readOptions([]byte(c.list))
		from, fault := o.choose("", c.r.Duplex)
		if fault != nil {
			t.Errorf("%s: %v", c.list, fault)
			continue
		}
		got := o.arguments("", from, c.r)[5:]
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.list, s, c.want)
		}
	}
}

func FuzzSANEOptions(f *testing.F) {
	f.Add([]byte("All options specific to device `test':\n    --source Flatbed|ADF [Flatbed] [advanced]\n  -x 0..200mm (in steps of 1) [80]\n--resolution 1..1200dpi [50]"))
	f.Add([]byte("--duplex[=(yes|no)] [no]\n--resolution auto||1e309|NaN|-3dpi [x]\n--a [b]\n- []\n-- [=]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		o := readOptions(b)
		for _, duplex := range []bool{false, true} {
			from, fault := o.choose("", duplex)
			if fault != nil {
				continue
			}
			for _, a := range o.arguments("", from, devices.ScanRequest{Duplex: duplex}) {
				if strings.ContainsAny(a, "\n\x00") || a == "" {
					t.Errorf("argument %q", a)
				}
			}
		}
		if !slices.IsSorted(o.dpi()) {
			t.Error("resolutions out of order")
		}
		_ = fmt.Sprint(o.nearest(300))
	})
}

func FuzzSANEChatter(f *testing.F) {
	f.Add([]byte("Scanning page 1\rProgress: 3.2%\rscanimage: sane_read: Device busy\nScanned page 1. (scanner status = 3)\nBatch terminated, 1 page scanned\n"))
	f.Add([]byte("scanimage: aborting\n\xff\x00(scanner status = 99999999999999999999)\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c chatter
		for piece := range slices.Chunk(b, 7) {
			if n, err := c.Write(piece); n != len(piece) || err != nil {
				t.Fatal(n, err)
			}
		}
		if strings.ContainsAny(c.last(), "\n\x00") || len(c.last()) > 200 {
			t.Errorf("complaint %q", c.last())
		}
		code, _ := c.status()
		_ = saneFault(code, c.last())
	})
}
