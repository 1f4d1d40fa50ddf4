package slip

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk/phrases"
)

func TestEmergencySlip(t *testing.T) {
	got := Emergency(EmergencyInfo{PointCode: "DTH01", LocalCode: "DTH01-261123-0042-V", At: at, Hotline: "1022"}, Layout{Width: Narrow, Demo: true, Reprint: 2})
	want := []string{
		"DEMO BAN THU, KHONG CO GIA TRI", "IN LAI LAN 2", "DIEM PHUC VU HANH CHINH CONG CONG DONG", "DTH01", "",
		"Ma ho so tai diem phuc vu", "DTH01 261123 0042 V", "08:15 23/11/2026", "Can ho tro, moi goi 1022", "",
		"KHONG PHAI GIAY TIEP NHAN HO SO CUA CO QUAN NHA NUOC", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = Emergency(EmergencyInfo{PointCode: "DTH01", No: 42, At: at}, Layout{})
	want = []string{
		"DIEM PHUC VU HANH CHINH CONG CONG DONG", "DTH01", "", "SO THU TU 42", "08:15 23/11/2026", "",
		"KHONG PHAI GIAY TIEP NHAN HO SO CUA CO QUAN NHA NUOC", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEmergencySlipIsBare: whatever is in the configuration and in the
// phrases, only what every printer has a letter for comes out.
func TestEmergencySlipIsBare(t *testing.T) {
	odd := "1022 hoặc 0̣24\x1b@\x10\x14\x01 đường dây nóng Đ e\u0302\u0323 ệ \U0001f4de\n" + strings.Repeat("ữ", 500)
	for _, lang := range []phrases.Lang{phrases.VI, phrases.EN, phrases.Pseudo} {
		lines := Emergency(EmergencyInfo{PointCode: "DTH01", LocalCode: "DTH01-261123-0042-V", No: 7, At: at, Hotline: odd}, Layout{Lang: lang, Demo: true, Reprint: 1})
		for _, l := range lines {
			if len(l) > 2*mostBare || strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%s: %q", lang, l)
			}
		}
		if text := strings.Join(lines, "\n"); lang == phrases.VI && !strings.Contains(text, "1022 hoac 024@ duong day nong D e e u") {
			t.Errorf("%q", text)
		}
	}
}
