package idcard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"servicepoint/kiosk"
	"servicepoint/kiosk/viet"
)

// Invented people.
const (
	first = "001093012345||Nguyễn Văn Ánh|15081993|Nam|Tổ 3, Đại Thanh, Hà Nội|01042021"
	since = "001303000451|012345678|Trần Thị Hoà|09112003|Nữ|P.1203 CT8, Đại Thanh, Hà Nội|20082024||||"
)

var (
	now    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	anh    = Card{Number: "001093012345", Name: "Nguyễn Văn Ánh", Birth: "1993-08-15", Sex: Male, Address: "Tổ 3, Đại Thanh, Hà Nội", Issued: "2021-04-01"}
	hoa    = Card{Number: "001303000451", OldNumber: "012345678", Name: "Trần Thị Hoà", Birth: "2003-11-09", Sex: Female, Address: "P.1203 CT8, Đại Thanh, Hà Nội", Issued: "2024-08-20"}
	minh   = Card{Number: "001221004567", Name: "Lê Minh", Birth: "2021-02-03", Sex: Male, Address: "Đại Thanh", Issued: "2025-01-02"}
	tooBig = first + strings.Repeat("x", MaxBytes)
)

// legacy writes a text in code page 1258: the tones NFC cannot write there as
// one byte stand behind their letter.
func legacy(s string) []byte {
	var out []byte
	for _, r := range s {
		for _, part := range [][]rune{{r}, []rune(norm.NFD.String(string(r)))} {
			if len(part) == 3 { // letter, its own mark and the tone, in the order of their classes
				if part[1] == '\u0323' {
					part[1], part[2] = part[2], part[1]
				}
				part = append([]rune(norm.NFC.String(string(part[:2]))), part[2])
			}
			if b, err := charmap.Windows1258.NewEncoder().String(string(part)); err == nil {
				out = append(out, b...)
				break
			}
		}
	}
	return out
}

func with(c Card, codes ...kiosk.Code) Card {
	c.Warnings = codes
	return c
}

func TestInvariant8_EveryShapeOfTheCode(t *testing.T) {
	sixParts := anh
	sixParts.Issued = ""
	tests := []struct {
		name    string
		payload []byte
		want    Card
	}{
		{"7 parts", []byte(first), anh},
		{"11 parts", []byte(since), hoa},
		{"6 parts", []byte(strings.TrimSuffix(first, "|01042021")), with(sixParts, "idcard.issued_missing")},
		{"6 parts and a bar", []byte(strings.TrimSuffix(first, "01042021")), with(sixParts, "idcard.issued_missing")},
		{"a bar at the end", []byte(first + "|"), anh},
		{"8 parts", []byte(first + "|x"), anh},
		{"12 parts", []byte(first + "|||||"), anh},
		{"12 parts and a bar", []byte(first + "||||||"), anh},
		{"CR LF", []byte(first + "\r\n"), anh},
		{"tabs and blanks", []byte("\t " + first + " \t"), anh},
		{"STX and ETX", []byte("\x02" + first + "\x03"), anh},
		{"BOM", []byte("\ufeff" + first), anh},
		{"AIM prefix", []byte("]Q1" + first), anh},
		{"AIM prefix of a code that names its encoding", []byte("]Q3" + first), anh},
		{"AIM prefix, BOM and line end", []byte("]Q1\ufeff" + since + "\r"), hoa},
		{"BOM, AIM prefix and line end", []byte("\ufeff]Q1" + since + "\n"), hoa},
		{"NFD", []byte(norm.NFD.String(since)), hoa},
		{"blanks around the parts", []byte("001093012345 || Nguyễn  Văn\u00a0Ánh | 15081993 | Nam | Tổ 3, Đại Thanh, Hà Nội | 01042021"), anh},
		{"hidden characters", []byte(strings.ReplaceAll(first, "Văn", "\u200bVăn\u200e")), anh},
		{"code page 1258, 7 parts", legacy(first), anh},
		{"code page 1258, 11 parts", append([]byte("]Q1"), legacy(since+"\r\n")...), hoa},
		{"capitals", []byte(strings.Replace(since, "Nữ", "NỮ", 1)), hoa},
		{"a child's card with parts nobody asked for", []byte("001221004567||Lê Minh|03022021|Nam|Đại Thanh|02012025||Lê Văn Cha|Phạm Thị Mẹ|001999000111"), minh},
		{"a name with apostrophe and hyphen", []byte("066193000123||H'Hen Niê-Êban|01021993|Nữ|Buôn Ma Thuột|01042021"),
			Card{Number: "066193000123", Name: "H'Hen Niê-Êban", Birth: "1993-02-01", Sex: Female, Address: "Buôn Ma Thuột", Issued: "2021-04-01"}},
	}
	for _, tt := range tests {
		got, err := Parse(tt.payload, now)
		if diff := cmp.Diff(fields(tt.want), fields(got)); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

// fields is a card that shows itself.
func fields(c Card) any {
	type open Card
	return open(c)
}

func TestInvariant8_WhatIsRefused(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(first, old, new, 1) }
	tests := []struct {
		payload string
		code    kiosk.Code
	}{
		{"", "idcard.malformed"},
		{"|", "idcard.malformed"},
		{"https://example.com/", "idcard.malformed"},
		{"SP1.D.KSK01-261123-0001-A", "idcard.malformed"},
		{"001093012345||Nguyễn Văn Ánh|15081993|Nam", "idcard.malformed"},
		{first + "|||||||", "idcard.malformed"},
		{first + "||||||x", "idcard.malformed"},
		{tooBig, "idcard.too_long"},
		{swap("001093012345", "101093012345"), "idcard.number"},
		{swap("001093012345", "00109301234"), "idcard.number"},
		{swap("001093012345", "0010930123456"), "idcard.number"},
		{swap("001093012345", ""), "idcard.number"},
		{swap("001093012345", "00109301234O"), "idcard.number"},
		{swap("001093012345", "٠٠١٠٩٣٠١٢٣٤٥"), "idcard.number"},
		{swap("Nguyễn Văn Ánh", " \u200b"), "idcard.name"},
		{swap("15081993", "31022000"), "idcard.birth"},
		{swap("15081993", "29022001"), "idcard.birth"},
		{swap("15081993", "00081993"), "idcard.birth"},
		{swap("15081993", "15131993"), "idcard.birth"},
		{swap("15081993", "15081899"), "idcard.birth"},
		{swap("15081993", "15082400"), "idcard.birth"},
		{swap("15081993", "1508199"), "idcard.birth"},
		{swap("15081993", "15/08/1993"), "idcard.birth"},
		{swap("15081993", "1993"), "idcard.birth"},
		{swap("15081993", ""), "idcard.birth"},
		{swap("01042021", "31042021"), "idcard.issued"},
		{swap("01042021", "2021"), "idcard.issued"},
	}
	for _, tt := range tests {
		got, err := Parse([]byte(tt.payload), now)
		if kiosk.CodeOf(err) != tt.code || kiosk.KindOf(err) != kiosk.Invalid || !cmp.Equal(fields(got), fields(Card{})) {
			t.Errorf("%.60q: %v, want %s", tt.payload, err, tt.code)
		}
		if err != nil && err.Error() != string(tt.code) {
			t.Errorf("%.60q: the error says more than its code: %v", tt.payload, err)
		}
	}
	longest := first + strings.Repeat("x", MaxBytes-len(first)-len("|")-len("|")) // the room there is for other parts
	longest = strings.Replace(longest, "01042021x", "01042021||x", 1)
	for _, wrapped := range []string{longest, "]Q1\ufeff" + longest + "\r\n"} {
		if _, err := Parse([]byte(wrapped), now); err != nil || len(longest) != MaxBytes {
			t.Errorf("%d bytes: %v", len(longest), err)
		}
	}
}

func TestInvariant8_WhatIsWarnedOf(t *testing.T) {
	swap := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(first) }
	tests := []struct {
		payload string
		want    []kiosk.Code
	}{
		{first, nil},
		{since, nil},
		{swap("1993|", "2093|"), []kiosk.Code{"idcard.number_birth", "idcard.birth_future", "idcard.issued_before_birth"}},
		{swap("1993|", "1994|"), []kiosk.Code{"idcard.number_birth"}},
		{swap("001093", "001293"), []kiosk.Code{"idcard.number_birth"}},
		{swap("001093", "001193"), []kiosk.Code{"idcard.number_sex"}},
		{swap("Nam", "Nữ"), []kiosk.Code{"idcard.number_sex"}},
		{swap("Nam", "Nu"), []kiosk.Code{"idcard.sex_unknown"}},
		{swap("Nam", ""), []kiosk.Code{"idcard.sex_unknown"}},
		{swap("001093", "000093"), []kiosk.Code{"idcard.number_province"}},
		{swap("001093", "096093"), nil},
		{swap("001093", "097093"), []kiosk.Code{"idcard.number_province"}},
		{swap("||", "|12345678|"), []kiosk.Code{"idcard.old_number"}},
		{swap("||", "|x12345678|"), []kiosk.Code{"idcard.old_number"}},
		{swap("01042021", ""), []kiosk.Code{"idcard.issued_missing"}},
		{swap("01042021", "14081993"), []kiosk.Code{"idcard.issued_before_birth"}},
		{swap("01042021", "15081993"), nil},
		{swap("01042021", "23112026"), nil},
		{swap("01042021", "24112026"), []kiosk.Code{"idcard.issued_future"}},
		{swap("Nguyễn", "Nguy?n"), []kiosk.Code{"idcard.damaged"}},
		{swap("Nguyễn", "Nguy\ufffdn"), []kiosk.Code{"idcard.damaged"}},
		{swap("Nguyễn", "NguyÔn", "Văn", "V¨n", "Ánh", "¸nh"), []kiosk.Code{"idcard.damaged"}},        // TCVN3 taken for Latin-1
		{swap("Nguyễn Văn Ánh", "Nguyá»\u0085n VÄ\u0083n Ã\u0081nh"), []kiosk.Code{"idcard.damaged"}}, // UTF-8 taken for Latin-1
		{swap("Đại", "Ð?i"), []kiosk.Code{"idcard.damaged"}},
		{strings.NewReplacer("ầ", "?", "ị", "?", "à", "?", "ữ", "?", "Đ", "?", "ạ", "?", "ộ", "?").Replace(since), []kiosk.Code{"idcard.damaged", "idcard.sex_unknown"}},
	}
	for _, tt := range tests {
		got, err := Parse([]byte(tt.payload), now)
		if err != nil || !slices.Equal(got.Warnings, tt.want) {
			t.Errorf("%q: %q %v, want %q", tt.payload, got.Warnings, err, tt.want)
		}
	}
	// In Vietnam the day is seven hours ahead.
	evening := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	if got, _ := Parse([]byte(swap("01042021", "24112026")), evening); len(got.Warnings) > 0 {
		t.Errorf("a card of today: %q", got.Warnings)
	}
}

func TestCheckNumber(t *testing.T) {
	tests := []struct {
		number, birth, sex string
		want               []kiosk.Code
	}{
		{"001093012345", "1993-08-15", Male, nil},
		{"001193012345", "1993-08-15", Female, nil},
		{"001203012345", "2003-08-15", Male, nil},
		{"001303012345", "2003-08-15", Female, nil},
		{"001450012345", "2150-01-01", Male, nil},
		{"001550012345", "2150-01-01", Female, nil},
		{"001650012345", "2250-01-01", Male, nil},
		{"001750012345", "2250-01-01", Female, nil},
		{"001850012345", "2350-01-01", Male, nil},
		{"001950012345", "2350-01-01", Female, nil},
		{"001093012345", "", "", nil},
		{"001093012345", "1993-08-15", "", nil},
		{"001093012345", "", Female, []kiosk.Code{"idcard.number_sex"}},
		{"001093012345", "2093-08-15", Male, []kiosk.Code{"idcard.number_birth"}},
		{"099193012345", "1994-08-15", Male, []kiosk.Code{"idcard.number_province", "idcard.number_birth", "idcard.number_sex"}},
		{"", "", "", []kiosk.Code{"idcard.number"}},
		{"101093012345", "1993-08-15", Male, []kiosk.Code{"idcard.number"}},
		{"012345678", "", "", []kiosk.Code{"idcard.number"}},
	}
	for _, tt := range tests {
		if got := CheckNumber(tt.number, tt.birth, tt.sex); !slices.Equal(got, tt.want) {
			t.Errorf("%s %s %s: %q, want %q", tt.number, tt.birth, tt.sex, got, tt.want)
		}
	}
}

// A number made for a person fits them, and no other century, year or sex.
func TestInvariant8_NumberFitsItsPersonOnly(t *testing.T) {
	for year := firstYear; year <= lastYear; year++ {
		for s, sex := range []string{Male, Female} {
			number := fmt.Sprintf("%03d%d%02d%06d", 1+year%lastProvince, (year-firstCentury)/100*2+s, year%100, year)
			birth := fmt.Sprintf("%d-08-15", year)
			if got := CheckNumber(number, birth, sex); got != nil {
				t.Fatalf("%s %s %s: %q", number, birth, sex, got)
			}
			other := []string{Female, Male}[s]
			for _, away := range []int{1, 100, 400} {
				birth := fmt.Sprintf("%d-08-15", firstYear+(year-firstYear+away)%500)
				if got := CheckNumber(number, birth, other); !slices.Equal(got, []kiosk.Code{"idcard.number_birth", "idcard.number_sex"}) {
					t.Fatalf("%s %s %s: %q", number, birth, other, got)
				}
			}
		}
	}
}

// Nothing of a card is ever printed by accident.
func TestInvariant8_NeverInALogOrAnError(t *testing.T) {
	c, err := Parse([]byte(since), now)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("read", "card", c, "pointer", &c, slog.Any("any", any(c)))
	}
	holder := struct {
		Card  Card
		Cards []Card
	}{c, []Card{c}}
	fmt.Fprintf(&out, "%v %+v %#v %s %q %v %+v %#v %+v", c, c, c, c, c, &c, holder, holder, []*Card{&c})
	fmt.Fprintln(&out, fmt.Errorf("read %v: %w", c, refuse("idcard.birth")))
	for _, field := range []string{c.Number, c.OldNumber, c.Name, "Hoà", c.Birth, "CT8", c.Issued} {
		if strings.Contains(out.String(), field) {
			t.Errorf("%s got out:\n%s", field, out.String())
		}
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{"001093012345": "0010*****345", "": "************", "12345": "************", "101093012345": "************"} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// What was read is clean and can be written and read once more.
func FuzzParse(f *testing.F) {
	for _, s := range []string{first, since, "]Q1\ufeff" + first + "\r\n", norm.NFD.String(since), string(legacy(since)), strings.ReplaceAll(first, "ễ", "?"), "", "|||||||", tooBig} {
		f.Add([]byte(s))
	}
	all := Codes()
	f.Fuzz(func(t *testing.T, payload []byte) {
		kept := bytes.Clone(payload)
		c, err := Parse(payload, now)
		if !bytes.Equal(kept, payload) {
			t.Fatal("the payload was written to")
		}
		if err != nil {
			if kiosk.KindOf(err) != kiosk.Invalid || !slices.Contains(all, kiosk.CodeOf(err)) || err.Error() != string(kiosk.CodeOf(err)) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		for _, code := range c.Warnings {
			if !slices.Contains(all, code) {
				t.Errorf("the warning %s is not listed", code)
			}
		}
		turned := func(day string) string {
			if day == "" {
				return ""
			}
			return day[8:] + day[5:7] + day[:4]
		}
		for _, s := range []string{c.Name, c.Address} {
			if viet.Clean(s) != s {
				t.Errorf("%q is not clean", s)
			}
		}
		again, err := Parse([]byte(strings.Join([]string{c.Number, c.OldNumber, c.Name, turned(c.Birth), c.Sex, c.Address, turned(c.Issued)}, "|")), now)
		if kiosk.CodeOf(err) == "idcard.too_long" { // code page 1258 is shorter
			return
		}
		c.Warnings = slices.DeleteFunc(c.Warnings, func(code kiosk.Code) bool { return code == "idcard.old_number" }) // what was wrong is left out
		if err != nil || !slices.Equal(c.Warnings, again.Warnings) {
			t.Fatalf("%v, warnings %q and %q", err, c.Warnings, again.Warnings)
		}
		c.Warnings, again.Warnings = nil, nil
		if a, _ := json.Marshal(c); !cmp.Equal(fields(c), fields(again)) {
			t.Errorf("read again it is another card than %s", a)
		}
	})
}
