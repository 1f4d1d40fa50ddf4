package vietqr

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/viet"
)

// fee is an invented fee of an invented account.
var fee = Payment{BIN: "970405", Account: "1500201112223", Amount: 15000, Bill: "KSK01-0000123", Purpose: "LePhi KSK01 0000123"}

const feeCode = "00020101021238570010A00000072701270006970405011315002011122230208QRIBFTTA53037045405150005802VN62400113KSK01-00001230819LePhi KSK01 00001236304413C"

func TestInvariant7Checksum(t *testing.T) {
	for text, want := range map[string]string{"123456789": "29B1", "": "FFFF", feeCode[:len(feeCode)-4]: "413C"} {
		if got := checksum(text); got != want {
			t.Errorf("checksum(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestInvariant7MakeToTheLetter(t *testing.T) {
	if got, err := Make(fee); err != nil || got != feeCode {
		t.Errorf("got  %s, %v\nwant %s", got, err, feeCode)
	}
	all := fee
	all.Card, all.Account, all.Name, all.City, all.Postcode = true, "9704031101234567", "UBND XA DAI THANH", "HA NOI", "100000"
	const want = "00020101021238600010A00000072701300006970405011697040311012345670208QRIBFTTC53037045405150005802VN" +
		"5917UBND XA DAI THANH6006HA NOI610610000062400113KSK01-00001230819LePhi KSK01 00001236304"
	if got, err := Make(all); err != nil || got != want+checksum(want) {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	bare := Payment{BIN: "970405", Account: "1", Amount: 1}
	if got, err := Make(bare); err != nil || strings.Contains(got, "5802VN62") {
		t.Errorf("%s, %v: empty data objects are left out", got, err)
	}
}

// The four examples of the NAPAS document.
func TestInvariant7ParseOfTheExamples(t *testing.T) {
	account := Payment{BIN: "970403", Account: "0011012345678"}
	card := Payment{BIN: "970403", Account: "9704031101234567", Card: true}
	owed := func(p Payment) Payment {
		p.Amount, p.Bill, p.Purpose = 180000, "NPS6869", "thanh toan don hang"
		return p
	}
	for text, want := range map[string]Parsed{
		"00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN63049E6F":                                                    {Payment: account},
		"00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52":                                                 {Payment: card},
		"00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62340107NPS68690819thanh toan don hang63042E2E":    {Payment: owed(account), Once: true},
		"00020101021238600010A00000072701300006970403011697040311012345670208QRIBFTTC530370454061800005802VN62340107NPS68690819thanh toan don hang6304A203": {Payment: owed(card), Once: true},
		feeCode: {Payment: fee, Once: true},
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
		if doubts := got.Doubts(); slices.Equal(doubts, []kiosk.Code{CodeOpen}) == got.Once {
			t.Errorf("%s: doubts %v", text, doubts)
		}
		if !got.Once {
			continue
		}
		if again, err := Make(got.Payment); err != nil || again != text {
			t.Errorf("%s is written as %s, %v", text, again, err)
		}
	}
}

// sum ends a code.
func sum(body string) string { return body + checksumField + checksum(body+checksumField) }

func TestInvariant7ParseTakesAnyOrder(t *testing.T) {
	text := sum("000201" + "62290804hoc6" + "0105B-001" + "0708MAY 0001" + "5802VN" + "5204" + "9399" + "540515000" + "5303704" +
		"3857" + "0208QRIBFTTA" + "0127" + "0113" + "1500201112223" + "0006970405" + "0010A000000727" + "010212")
	want := Parsed{
		Payment: Payment{BIN: "970405", Account: "1500201112223", Amount: 15000, Bill: "B-001", Purpose: "hoc6"}, Once: true,
		Extra: []Field{{"62.07", "MAY 0001"}, {"52", "9399"}},
	}
	for _, around := range []string{text, text + "\r\n", " " + text + " \n"} {
		got, err := Parse(around)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestInvariant7ParseRefuses(t *testing.T) {
	const payee = "38570010A00000072701270006970405011315002011122230208QRIBFTTA"
	const rest = "53037045802VN"
	for name, c := range map[string]struct {
		text string
		want kiosk.Code
	}{
		"nothing":                       {"", CodeMalformed},
		"only a checksum":               {sum(""), CodeMalformed},
		"an address":                    {"https://example.invalid/pay", CodeMalformed},
		"cut":                           {feeCode[:60], CodeMalformed},
		"checksum of another":           {feeCode[:len(feeCode)-4] + "413D", CodeChecksum},
		"checksum in lower case":        {feeCode[:len(feeCode)-4] + "413c", CodeChecksum},
		"something after it":            {feeCode + "x", CodeMalformed},
		"another version":               {sum("000202" + payee + rest), CodeMalformed},
		"version not first":             {sum("010212000201" + payee + rest), CodeMalformed},
		"checksum also in the middle":   {sum("0002016304ABCD" + payee + rest), CodeMalformed},
		"an identifier twice":           {sum("000201" + payee + rest + "540515000540515001"), CodeMalformed},
		"an identifier twice, deeper":   {sum("000201" + payee + rest + "62100101A0101B"), CodeMalformed},
		"a length beyond the end":       {sum("000201" + payee + rest + "6299A"), CodeMalformed},
		"a length beyond, deeper":       {sum("000201" + payee + rest + "62050109A"), CodeMalformed},
		"an empty data object":          {sum("000201" + payee + rest + "5900"), CodeMalformed},
		"no digits":                     {sum("000201" + payee + rest + "5A01A"), CodeMalformed},
		"neither 11 nor 12":             {sum("000201010213" + payee + rest), CodeMalformed},
		"letters with marks":            {sum("000201" + payee + rest + "5905L\u00ea A"), CodeMalformed},
		"too long":                      {sum("000201" + payee + rest + strings.Repeat("A", 512)), CodeMalformed},
		"no payee":                      {sum("000201" + rest), CodeForeign},
		"another scheme":                {sum("000201" + strings.Replace(payee, "0727", "0728", 1) + rest), CodeForeign},
		"no scheme":                     {sum("000201" + "38430127000697040501131500201112223" + "0208QRIBFTTA" + rest), CodeForeign},
		"a shop":                        {sum("000201" + strings.Replace(payee, "QRIBFTTA", "QRPUSH  ", 1) + rest), CodeForeign},
		"dollars":                       {sum("000201" + payee + "53038405802VN"), CodeForeign},
		"no currency":                   {sum("000201" + payee + "5802VN"), CodeForeign},
		"no country":                    {sum("000201" + payee + "5303704"), CodeForeign},
		"another country":               {sum("000201" + payee + "53037045802TH"), CodeForeign},
		"no account":                    {sum("000201" + "38400010A000000727" + "0110" + "0006970405" + "0208QRIBFTTA" + rest), CodeAccount},
		"no bank":                       {sum("000201" + "38230010A0000007270105" + "01011" + rest), CodeBank},
		"a bank of five digits":         {sum("000201" + "38320010A0000007270114" + "000597040" + "01011" + rest), CodeBank},
		"nought":                        {sum("000201" + payee + rest + "54010"), CodeAmount},
		"noughts":                       {sum("000201" + payee + rest + "5404000."), CodeAmount},
		"less than nought":              {sum("000201" + payee + rest + "5402-5"), CodeAmount},
		"a part of a đồng":              {sum("000201" + payee + rest + "5406150.50"), CodeAmount},
		"thousands with a comma":        {sum("000201" + payee + rest + "540615,000"), CodeAmount},
		"two points":                    {sum("000201" + payee + rest + "54051.0.0"), CodeAmount},
		"fourteen digits":               {sum("000201" + payee + rest + "541412345678901234"), CodeAmount},
		"a bill of 26":                  {sum("000201" + payee + rest + "62300126" + strings.Repeat("A", 26)), CodeText},
		"a name of 26":                  {sum("000201" + payee + rest + "5926" + strings.Repeat("A", 26)), CodeText},
		"a city of 16":                  {sum("000201" + payee + rest + "6016" + strings.Repeat("A", 16)), CodeText},
		"an account with another sign":  {sum("000201" + strings.Replace(payee, "1112223", "111-223", 1) + rest), CodeAccount},
		"a bank's number with a letter": {sum("000201" + strings.Replace(payee, "970405", "97O405", 1) + rest), CodeBank},
	} {
		if got, err := Parse(c.text); kiosk.CodeOf(err) != c.want || kiosk.KindOf(err) != kiosk.Invalid {
			t.Errorf("%s: %+v, %v; want %s", name, got, err, c.want)
		}
	}
	if got, err := Parse(sum("000201" + payee + rest + "540815000.00")); err != nil || got.Amount != 15000 {
		t.Errorf("noughts after the point: %v, %v", got.Amount, err)
	}
}

func TestInvariant7MakeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Payment)
		field  string
		want   kiosk.Code
	}{
		"no amount":              {func(p *Payment) { p.Amount = 0 }, "amount", CodeAmount},
		"less than nothing":      {func(p *Payment) { p.Amount = -1 }, "amount", CodeAmount},
		"fourteen digits":        {func(p *Payment) { p.Amount = 1e13 }, "amount", CodeAmount},
		"no bank":                {func(p *Payment) { p.BIN = "" }, "bin", CodeBank},
		"a bank of seven digits": {func(p *Payment) { p.BIN = "9704055" }, "bin", CodeBank},
		"letters for the bank":   {func(p *Payment) { p.BIN = "ABCDEF" }, "bin", CodeBank},
		"no account":             {func(p *Payment) { p.Account = "" }, "account", CodeAccount},
		"an account of twenty":   {func(p *Payment) { p.Account = strings.Repeat("1", 20) }, "account", CodeAccount},
		"blanks in an account":   {func(p *Payment) { p.Account = "1500 2011" }, "account", CodeAccount},
		"letters in a card":      {func(p *Payment) { p.Card, p.Account = true, "97040311O1234567" }, "account", CodeAccount},
		"a bill of 26":           {func(p *Payment) { p.Bill = strings.Repeat("A", 26) }, "bill", CodeText},
		"a purpose with marks":   {func(p *Payment) { p.Purpose = "Lệ phí" }, "purpose", CodeText},
		"a line end in a name":   {func(p *Payment) { p.Name = "A\nB" }, "name", CodeText},
		"not UTF-8 in a purpose": {func(p *Payment) { p.Purpose = "\xff" }, "purpose", CodeText},
		"a city of 16":           {func(p *Payment) { p.City = strings.Repeat("A", 16) }, "city", CodeText},
		"a postcode of 11":       {func(p *Payment) { p.Postcode = strings.Repeat("1", 11) }, "postcode", CodeText},
		"a control character":    {func(p *Payment) { p.Account = "\x7f" }, "account", CodeAccount},
	} {
		p := fee
		c.change(&p)
		text, err := Make(p)
		if e, ok := err.(*kiosk.Error); !ok || e.Kind != kiosk.Invalid || e.Code != c.want || len(e.Fields) != 1 || e.Fields[0] != (kiosk.FieldError{Field: c.field, Code: c.want}) {
			t.Errorf("%s: %q, %+v; want %s of %s", name, text, err, c.want, c.field)
		}
	}
}

// anyPayment draws a payment that can be written.
func anyPayment(r *rand.Rand) Payment {
	pick := func(from string, least, most int) string {
		b := make([]byte, least+r.IntN(most-least+1))
		for i := range b {
			b[i] = from[r.IntN(len(from))]
		}
		return string(b)
	}
	const digits = "0123456789"
	const letters = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	const signs = letters + " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	p := Payment{
		BIN: pick(digits, 6, 6), Account: pick(letters, 1, 19), Amount: 1 + int(r.Int64N(1e13-1)),
		Bill: pick(signs, 0, 25), Purpose: pick(signs, 0, 25), Name: pick(signs, 0, 25), City: pick(signs, 0, 15), Postcode: pick(signs, 0, 10),
	}
	if p.Card = r.IntN(2) == 0; p.Card {
		p.Account = pick(digits, 1, 19)
	}
	return p
}

func TestInvariant7RoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 5000 {
		p := anyPayment(r)
		text, err := Make(p)
		if err != nil {
			t.Fatalf("%+v: %v", p, err)
		}
		if len(text) > maxCode || !printable(text) {
			t.Fatalf("%+v: %d characters: %q", p, len(text), text)
		}
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("%+v: %s: %v", p, text, err)
		}
		if diff := cmp.Diff(Parsed{Payment: p, Once: true}, got); diff != "" {
			t.Fatalf("%s:\n%s", text, diff)
		}
	}
}

// One bit, one character or a swap of neighbours that went wrong on the way is
// found, wherever it is.
func TestInvariant7DamageIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	for _, p := range append([]Payment{fee}, anyPayment(r), anyPayment(r), anyPayment(r)) {
		text, err := Make(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(text) {
			for bit := range 8 {
				b := []byte(text)
				b[i] ^= 1 << bit
				if got, err := Parse(string(b)); err == nil {
					t.Fatalf("%q with a bit turned at %d reads as %+v", b, i, got)
				}
			}
			for c := byte(' '); c <= '~'; c++ {
				if wrong := text[:i] + string(c) + text[i+1:]; wrong != text {
					if got, err := Parse(wrong); err == nil {
						t.Fatalf("%q reads as %+v", wrong, got)
					}
				}
			}
			if i > 0 && text[i] != text[i-1] {
				wrong := text[:i-1] + text[i:i+1] + text[i-1:i] + text[i+1:]
				if got, err := Parse(wrong); err == nil {
					t.Fatalf("%q reads as %+v", wrong, got)
				}
			}
		}
	}
}

func TestInvariant7Text(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"", 25, ""},
		{"Lệ phí hộ tịch", 25, "Le phi ho tich"},
		{"LỆ PHÍ ĐẤT ĐAI", 25, "LE PHI DAT DAI"},
		{"Le\u0323\u0302 phi\u0301", 25, "Le phi"},
		{"Ủy ban nhân dân xã Đại Thanh, Hà Nội", 25, "Uy ban nhan dan xa Dai Th"},
		{"Trung tâm Phục vụ hành chính công", 9, "Trung tam"},
		{"Trung tâm Phục vụ hành chính công", 10, "Trung tam"}, // no blank at the end
		{" LePhi\u00a0 KSK01\r\n0000123 ", 25, "LePhi KSK01 0000123"},
		{"phí – 01\u2011A\u22122", 25, "phi - 01-A-2"},
		{"phí 漢字 €5 \u200b\x00\xff", 25, "phi 5"},
		{"漢字", 25, ""},
		{"abc", 0, ""},
		{"abc", -1, ""},
	} {
		if got := Text(c.in, c.limit); got != c.want {
			t.Errorf("Text(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

// The letters are those package viet folds, with their case kept.
func TestTextAgreesWithFolding(t *testing.T) {
	seen := 0
	for r := rune(0xC0); r < 0x1F00; r++ {
		if got := Text(string(r), 9); unicode.IsLetter(r) && got != "" {
			seen++
			if want := viet.Fold(string(r)); strings.ToLower(got) != want || (got == strings.ToUpper(got)) != (string(r) == strings.ToUpper(string(r))) {
				t.Errorf("Text(%q) = %q, folded it is %q", r, got, want)
			}
		}
	}
	if want := 134 + 2; seen < want { // marked letters of the alphabet, and ð with Ð
		t.Errorf("%d letters are known, want at least %d", seen, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{feeCode, sum("000201" + "38570010A00000072701270006970405011315002011122230208QRIBFTTA" + "53037045802VN"), sum("000201"), "6304", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{s, sum(s)} { // chance does not find a checksum
			p, err := Parse(text)
			if err != nil {
				if !slices.Contains(Codes(), kiosk.CodeOf(err)) {
					t.Fatalf("%q: %v", text, err)
				}
				continue
			}
			if p.Amount == 0 {
				continue
			}
			again, err := Make(p.Payment)
			if err != nil {
				t.Fatalf("%q reads as %+v, which cannot be written: %v", text, p, err)
			}
			if got, err := Parse(again); err != nil || got.Payment != p.Payment {
				t.Fatalf("%q reads as %+v, written %q, %v", text, p, again, err)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("Lệ phí – đất đai", 25)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		got := Text(s, limit)
		if len(got) > max(0, limit) || !printable(got) || got != Text(got, limit) {
			t.Fatalf("Text(%q, %d) = %q", s, limit, got)
		}
	})
}
