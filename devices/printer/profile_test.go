package printer

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"servicepoint/devices"
)

func TestProfiles(t *testing.T) {
	all := Profiles()
	for i, name := range []string{"epson-tm-t20", "clone-80", "clone-58", "mute-58"} {
		if all[i].Name != name {
			t.Errorf("profile %d is %s, want %s", i, all[i].Name, name)
		}
	}
	widths := map[int]bool{}
	for _, pr := range all {
		widths[pr.Width] = true
		if len(pr.Cut) == 0 || pr.partLimit() < leastPart {
			t.Errorf("%s: cut % x, parts of %d bytes", pr.Name, pr.Cut, pr.partLimit())
		}
	}
	for _, width := range []int{384, 416, 432, 512, 546, 576, 640} {
		if !widths[width] {
			t.Errorf("no profile for a head of %d dots", width)
		}
	}
	all[0].Cut[0], all[0].Models[0] = 0, "x"
	if again := Profiles()[0]; again.Cut[0] == 0 || again.Models[0] == "x" {
		t.Error("who changes a profile changes it for all")
	}
	if _, ok := ProfileNamed("epson"); ok {
		t.Error("a profile that is not there")
	}
}

func TestPromises(t *testing.T) {
	for name, level := range map[string]devices.PrintLevel{
		"epson-tm-t20": devices.LevelPrinted, "rongta-80": devices.LevelPrinted, "epson-tm-t88iii": devices.LevelProcessed,
		"clone-80": devices.LevelProcessed, "clone-58": devices.LevelProcessed, "mute-58": devices.LevelSent,
	} {
		if got := profileOf(t, name).Promises(); got != level {
			t.Errorf("%s promises %s, want %s", name, got, level)
		}
	}
	if got := (Profile{Realtime: true}).Promises(); got != devices.LevelSent {
		t.Errorf("a printer that only answers at once promises %s", got)
	}
}

// TestProfilesAreReadStrictly changes one value at a time of a good profile.
func TestProfilesAreReadStrictly(t *testing.T) {
	read := func(edit func(map[string]any)) error {
		var one map[string]any
		b, err := json.Marshal(profileOf(t, "clone-80"))
		if err == nil {
			err = json.Unmarshal(b, &one)
		}
		if err != nil {
			t.Fatal(err)
		}
		edit(one)
		b, err = json.Marshal([]any{one})
		if err != nil {
			t.Fatal(err)
		}
		_, err = readProfiles(b)
		return err
	}
	if err := read(func(map[string]any) {}); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	for key, values := range map[string][]any{
		"name":            {"", "Clone 80", "clone--80", "-x"},
		"title":           {""},
		"dots":            {0, 7, 2041, -576, 5.5, "576"},
		"dpi":             {0, 99, 401},
		"band":            {0, 7, 256},
		"bytes_per_row":   {71, 257},
		"rows_per_second": {0, 49, 4001},
		"window":          {-1, 1, 100, 1<<20 + 1},
		"cutter":          {"", "axe"},
		"encoding":        {"", "plain", "glyphs"}, // clone-80 has no codes
		"glyph_codes":     {-1, 96},
		"queued":          {false}, // it has a window
		"realtime":        {"yes"},
		"auto_status":     {1},
		"colour":          {"red"},
	} {
		for _, v := range values {
			if read(func(m map[string]any) { m[key] = v }) == nil {
				t.Errorf("%s %v was taken", key, v)
			}
		}
	}
	both := func(a, b string, v, w any) error {
		return read(func(m map[string]any) { m[a], m[b] = v, w })
	}
	if both("encoding", "glyph_codes", "glyphs", 95) != nil {
		t.Error("glyphs with codes were refused")
	}
	if both("auto_status", "realtime", true, false) == nil || both("set_units", "feed", true, false) == nil {
		t.Error("values that exclude each other were taken")
	}
}

func TestProfilesAreOneList(t *testing.T) {
	b, err := json.Marshal(Profiles())
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for name, bad := range map[string]string{
		"nothing": "", "no list": "{}", "an empty list": "[]", "more behind": text + "[]",
		"a name twice": strings.Replace(text, `"clone-58"`, `"clone-80"`, 1),
	} {
		if _, err := readProfiles([]byte(bad)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzProfiles(f *testing.F) {
	f.Add(profilesFile)
	f.Add([]byte(`[{"name":"x","dots":576}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, err := readProfiles(b)
		if err != nil {
			return
		}
		for _, pr := range all {
			if _, err := encode(pr, devices.Slip{Width: pr.Width}, "000A", "000B"); err != nil {
				t.Errorf("%s was read, but %v", pr.Name, err)
			}
			if !slices.Contains([]devices.PrintLevel{devices.LevelPrinted, devices.LevelProcessed, devices.LevelSent}, pr.Promises()) {
				t.Errorf("%s promises %s", pr.Name, pr.Promises())
			}
		}
	})
}
