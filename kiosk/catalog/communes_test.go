package catalog

import (
	"regexp"
	"strings"
	"testing"
)

// pilots are the ten communes the service points began in.
var pilots = map[string]string{
	"Phú Xuyên": "10273", "Phúc Lộc": "09739", "Đại Xuyên": "10342", "Đông Anh": "00454", "Vân Đình": "10354",
	"Đông Ngạc": "00602", "Phú Diễn": "00619", "Hồng Hà": "00097", "Chương Mỹ": "10015", "Kiến Hưng": "09552",
}

func TestInvariant16_Communes(t *testing.T) {
	c := shipped(t)
	kinds, codes, pilot := map[string]int{}, map[string]bool{}, 0
	five := regexp.MustCompile(`^[0-9]{5}$`)
	for _, u := range c.Communes {
		if !five.MatchString(u.Code) || codes[u.Code] {
			t.Errorf("%q of %s is not five digits, or taken", u.Code, u.Name)
		}
		codes[u.Code] = true
		kinds[u.Kind]++
		if u.Pilot {
			pilot++
		}
		if got := c.FindCommunes(u.Name); len(got) == 0 || got[0].Code != u.Code {
			t.Errorf("%s is found as %v", u.Name, got)
		}
		if got, ok := c.Commune(u.Code); !ok || got.Name != u.Name {
			t.Errorf("%s is %v", u.Code, got)
		}
	}
	if len(c.Communes) != 126 || kinds["ward"] != 51 || kinds["commune"] != 75 || pilot != len(pilots) {
		t.Errorf("%d communes, %v, %d pilots", len(c.Communes), kinds, pilot)
	}
}

func TestInvariant16_PilotsByName(t *testing.T) {
	c := shipped(t)
	for name, code := range pilots {
		for _, typed := range []string{name, strings.ToUpper(name), "phường " + name, "Xã " + name, "P." + name, "x. " + name} {
			if got := c.FindCommunes(typed); len(got) != 1 || got[0].Code != code || !got[0].Pilot {
				t.Errorf("%q: %v", typed, got)
			}
		}
	}
}

func TestInvariant16_BothToneStyles(t *testing.T) {
	c := shipped(t)
	for _, names := range [][]string{
		{"Yên Hoà", "Yên Hòa", "yen hoa", "phường Yên Hòa"}, {"Ứng Hoà", "Ứng Hòa", "Xã Ứng Hòa"}, {"Hoà Lạc", "Hòa Lạc"},
		{"Dương Hoà", "Dương Hòa"}, {"Vân Đình", "Va\u0302n \u0110i\u0300nh", "vân ðình"}, {"Văn Miếu - Quốc Tử Giám", "van mieu quoc tu giam", "Phường Văn Miếu – Quốc Tử Giám"},
	} {
		want := c.FindCommunes(names[0])
		if len(want) != 1 {
			t.Fatalf("%s: %v", names[0], want)
		}
		for _, name := range names[1:] {
			if got := c.FindCommunes(name); len(got) != 1 || got[0].Code != want[0].Code {
				t.Errorf("%q: %v, want %v", name, got, want)
			}
		}
	}
}

func TestFindCommunes(t *testing.T) {
	c := &Catalog{Communes: []Commune{
		{Code: "00001", Name: "Phương Liệt", Kind: "ward"}, {Code: "00002", Name: "Liệt", Kind: "commune"},
		{Code: "00003", Name: "Cũ", Kind: "ward", From: "2025-07-01", To: "2026-06-30"},
		{Code: "00003", Name: "Mới", Kind: "ward", From: "2026-07-01", Formerly: []string{"Cũ"}},
		{Code: "00004", Name: "Hoa", Kind: "ward"}, {Code: "00005", Name: "Hóa", Kind: "ward"},
	}}
	for typed, want := range map[string]string{
		"Phương Liệt": "00001", "phường Phương Liệt": "00001", "phường Liệt": "00001", "xã liệt": "00002", "x.Liệt": "00002", "Mới": "00003", "cũ": "00003 00003",
		"hoa": "00004 00005", "hóa": "00005 00004", "": "", "phường": "", "Liệ": "", "quận Liệt": "",
	} {
		var got []string
		for _, u := range c.FindCommunes(typed) {
			got = append(got, u.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", typed, got, want)
		}
	}
	for day, want := range map[string]string{"": "Mới", "2026-06-30": "Cũ", "2026-07-01": "Mới", "2020-01-01": "Mới"} {
		then := *c
		then.day = day
		if got, ok := then.Commune("00003"); !ok || got.Name != want {
			t.Errorf("on %q: %v", day, got)
		}
	}
	if _, ok := c.Commune("3"); ok {
		t.Error("found a commune that is none")
	}
}
