package printer

import (
	"strings"
	"testing"

	"servicepoint/devices"
)

func TestPlainSlip(t *testing.T) {
	lines := []string{
		"KHONG PHAI GIAY TIEP NHAN", "", "DTH01 261123 0042 V",
		"tab\tand\x00control\x1b@\x10\x04\x01 letters, Việt \x7f\xff",
		strings.Repeat("word ", 30), strings.Repeat("x", 100),
	}
	for _, pr := range Profiles() {
		j, err := encodePlain(pr, lines, "000A", "000B")
		if err != nil {
			t.Fatal(err)
		}
		p, err := Reprint(pr.Width, j)
		if err != nil {
			t.Fatal(err)
		}
		columns := pr.Width / devices.CellWidth
		got := strings.Split(strings.TrimSuffix(p.plain, "\n"), "\n")
		for _, l := range got {
			if len(l) > columns {
				t.Errorf("%s: %d letters in %q", pr.Name, len(l), l)
			}
		}
		if got[0] != lines[0] || got[1] != "" || got[2] != lines[2] {
			t.Errorf("%s: %q", pr.Name, got)
		}
		if text := strings.Join(got, " "); !strings.Contains(text, "tab andcontrol@ letters, Vi?t ?") {
			t.Errorf("%s: %q", pr.Name, text)
		}
		if text := strings.ReplaceAll(strings.Join(got, ""), " ", ""); !strings.HasSuffix(text, strings.Repeat("word", 30)+strings.Repeat("x", 100)) {
			t.Errorf("%s: letters are lost: %q", pr.Name, text)
		}
		if j.encoding != devices.PlainEncoding || p.cuts != 1 || len(p.ids) > 0 != pr.ProcessID || hidden(jobBytes(j)) > 0 {
			t.Errorf("%s: %s, %d cuts, IDs %v", pr.Name, j.encoding, p.cuts, p.ids)
		}
		for _, part := range j.parts {
			if pr.Window > 0 && len(part.bytes) > pr.Window/2 {
				t.Errorf("%s: a part of %d bytes", pr.Name, len(part.bytes))
			}
		}
	}
}

func TestPlainSlipRefuses(t *testing.T) {
	pr := profileOf(t, "clone-58")
	for name, lines := range map[string][]string{"nothing": nil, "too much": {strings.Repeat("x", 32*maxPlainLines+1)}} {
		if _, err := encodePlain(pr, lines, "000A", "000B"); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	pr.Width = 0
	if _, err := encodePlain(pr, []string{"x"}, "000A", "000B"); err == nil {
		t.Error("a profile without dots was taken")
	}
}

func FuzzPlainSlip(f *testing.F) {
	f.Add("KHONG PHAI GIAY TIEP NHAN\nDTH01", byte(0))
	f.Add("\x10\x14\x01\x1b@\x1dV\x00", byte(3))
	f.Fuzz(func(t *testing.T, text string, which byte) {
		all := Profiles()
		pr := all[int(which)%len(all)]
		j, err := encodePlain(pr, strings.Split(text, "\n"), "000A", "000B")
		if err != nil {
			return
		}
		if p, err := Reprint(pr.Width, j); err != nil || p.cuts != 1 {
			t.Errorf("%d cuts, %v", p.cuts, err)
		}
	})
}
