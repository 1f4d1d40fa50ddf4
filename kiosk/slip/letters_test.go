package slip

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"servicepoint/devices"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
)

// vietnamese is every letter with every tone, both cases.
const vietnamese = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz" +
	"AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬBCDĐEÈẺẼÉẸÊỀỂỄẾỆFGHIÌỈĨÍỊJKLMNOÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢPQRSTUÙỦŨÚỤƯỪỬỮỨỰVWXYỲỶỸÝỴZ" +
	"0123456789₫.,;:!?()/-–'\"«»“”…·✓□"

// everyText is all that can stand on a slip: its phrases in both languages, the
// catalogue that ships, and the alphabet.
func everyText(t testing.TB) []string {
	t.Helper()
	texts := []string{vietnamese, point}
	for _, code := range phrases.Codes() {
		if strings.HasPrefix(code, "slip.") {
			texts = append(texts, phrases.Say(phrases.VI, code), phrases.Say(phrases.EN, code))
		}
	}
	c, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return append(texts, string(raw))
}

func TestEveryLetterIsDrawn(t *testing.T) {
	p, err := newPen()
	if err != nil {
		t.Fatal(err)
	}
	var missing []rune
	for _, text := range everyText(t) {
		for _, r := range text {
			if r != '\n' && !p.has(r) && !slices.Contains(missing, r) {
				missing = append(missing, r)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("the font lacks %q", string(missing))
	}
}

// TestNoLetterLeavesItsCell draws every letter on a larger field and wants ink
// in the cell only: marks cut off would turn one word into another. Large
// letters are stamped side by side, so their horns may lean on the next one.
func TestNoLetterLeavesItsCell(t *testing.T) {
	p, err := newPen()
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]size{"body": bodySize, "title": sizeOf(24), "code": sizeOf(27), "narrow": sizeOf(17)} {
		if testing.Short() && name != "body" {
			continue
		}
		for _, bold := range []bool{false, true} {
			for _, r := range vietnamese {
				field := devices.NewBitmap(3*s.width, 3*s.height)
				if err := p.letter(field, s.width, s.height, s, bold, r); err != nil {
					t.Fatal(err)
				}
				ink := 0
				for y := range field.Height {
					for x := range field.Width {
						if !field.At(x, y) {
							continue
						}
						ink++
						if name == "body" && (x < s.width || x >= 2*s.width) || y < s.height || y >= 2*s.height {
							t.Errorf("%s, bold %v: %c has ink at %d, %d of its %d×%d cell", name, bold, r, x-s.width, y-s.height, s.width, s.height)
						}
					}
				}
				if ink == 0 {
					t.Errorf("%s, bold %v: %c has no ink", name, bold, r)
				}
			}
		}
	}
}

// TestLettersDiffer: no two letters of the alphabet print the same.
func TestLettersDiffer(t *testing.T) {
	p := newPage(Wide)
	for _, bold := range []bool{false, true} {
		seen := map[devices.Glyph]rune{}
		for _, r := range vietnamese {
			g := mustGlyph(t, p, bold, r)
			if other, twice := seen[g]; twice && other != r {
				t.Errorf("bold %v: %c prints like %c", bold, r, other)
			}
			seen[g] = r
		}
	}
}

func TestDigitsFitTheirSize(t *testing.T) {
	p, err := newPen()
	if err != nil {
		t.Fatal(err)
	}
	s := digitSize(115)
	for _, r := range "0123456789" {
		field := devices.NewBitmap(s.width, 3*s.height)
		if err := p.letter(field, 0, s.height, s, true, r); err != nil {
			t.Fatal(err)
		}
		for y := range field.Height {
			for x := range field.Width {
				if field.At(x, y) && (y < s.height || y >= 2*s.height) {
					t.Fatalf("%c has ink at row %d of %d", r, y-s.height, s.height)
				}
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  []string
	}{
		{"", 10, nil},
		{"một hai ba", 7, []string{"một hai", "ba"}},
		{"một hai ba", 6, []string{"một", "hai ba"}},
		{"DTH01-261123", 5, []string{"DTH01", "-2611", "23"}},
		{"a DTH01-26", 5, []string{"a", "DTH01", "-26"}},
		{"ab", 0, []string{"a", "b"}},
	} {
		if got := wrap(tt.in, tt.width); !slices.Equal(got, tt.want) {
			t.Errorf("wrap(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
	if got, want := balance("Không phải giấy tiếp nhận hồ sơ của cơ quan nhà nước", 44), []string{"Không phải giấy tiếp nhận", "hồ sơ của cơ quan nhà nước"}; !slices.Equal(got, want) {
		t.Errorf("balance = %q, want %q", got, want)
	}
	if got := balance(strings.Repeat("x", 30), 20); len(got) != 2 || len(got[0]) != 20 {
		t.Errorf("a long word balanced: %q", got)
	}
}
