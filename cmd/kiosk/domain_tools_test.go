package main

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestDomainCode(t *testing.T) {
	for _, row := range table(t, "codes.txt", 4) {
		typed, valid, normal, warns := row[0][:len(row[0])-1], strings.TrimSpace(row[1]), strings.TrimSpace(row[2]), strings.TrimSpace(row[3])
		t.Run(typed, func(t *testing.T) {
			v := wantAnswer(t, ask(t, "", "tool", "code", "--json", typed))
			wantKeys(t, v, "valid", "kind", "normalised", "warnings")
			if valid != "-" && v["valid"] != (valid == "true") {
				t.Errorf("valid %v, want %s", v["valid"], valid)
			}
			if normal != "-" && v["normalised"] != normal {
				t.Errorf("normalised %v, want %s", v["normalised"], normal)
			}
			if got := warned(t, v); warns != "?" && got != (warns == "yes") {
				t.Errorf("warnings %v, want %s", v["warnings"], warns)
			}
		})
	}
}

// Every single wrong character and every two swapped neighbours are caught.
func TestDomainCodeTypingErrors(t *testing.T) {
	const right, alphabet = "DTH01-261123-0042-V", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*!./- "
	accepted := func(s string) bool {
		a := ask(t, "", "tool", "code", "--json", s)
		return a.code == exitFine && a.fields(t)["valid"] == true
	}
	for i := range right {
		if right[i] == '-' {
			continue
		}
		for _, c := range []byte(alphabet) {
			if wrong := right[:i] + string(c) + right[i+1:]; c != right[i] && accepted(wrong) {
				t.Errorf("%s is taken for right", wrong)
			}
		}
		j := i + 1
		for j < len(right) && right[j] == '-' {
			j++
		}
		if j < len(right) && right[i] != right[j] {
			b := []byte(right)
			if b[i], b[j] = b[j], b[i]; accepted(string(b)) {
				t.Errorf("%s is taken for right", b)
			}
		}
	}
}

func TestDomainIDCard(t *testing.T) {
	const anh = "001093012345||Nguyễn Văn Ánh|15081993|Nam|Tổ 3, Đại Thanh, Hà Nội|01042021"
	const hoa = "001303000451|012345678|Trần Thị Hoà|09112003|Nữ|P.1203 CT8, Đại Thanh, Hà Nội|20082024||||"
	anhIs := []string{"001093012345", "", "Nguyễn Văn Ánh", "1993-08-15", "Nam", "Tổ 3, Đại Thanh, Hà Nội", "2021-04-01"}
	hoaIs := []string{"001303000451", "012345678", "Trần Thị Hoà", "2003-11-09", "Nữ", "P.1203 CT8, Đại Thanh, Hà Nội", "2024-08-20"}
	anhWithout := slices.Concat(anhIs[:6], []string{""})
	for _, test := range []struct {
		name, payload string
		want          []string
		warns         string // no, yes; empty leaves it open
	}{
		{"7 parts", anh, anhIs, "no"},
		{"600 bytes", long(600), nil, "no"},
		{"11 parts", hoa, hoaIs, "no"},
		{"6 parts", strings.TrimSuffix(anh, "|01042021"), anhWithout, ""},
		{"6 parts, bar at the end", strings.TrimSuffix(anh, "01042021"), anhWithout, ""},
		{"7 parts, bar at the end", anh + "|", anhIs, "no"},
		{"11 parts filled", strings.TrimSuffix(hoa, "||||") + "|Trần Văn Cha|Lê Thị Mẹ||001303999999", hoaIs, "no"},
		{"CR LF", anh + "\r\n", anhIs, "no"},
		{"LF", anh + "\n", anhIs, "no"},
		{"BOM", "\uFEFF" + anh, anhIs, "no"},
		{"AIM prefix", "]Q1" + anh + "\r", anhIs, "no"},
		{"BOM, AIM prefix, CR LF", "\uFEFF]Q1" + hoa + "\r\n", hoaIs, "no"},
		{"NFD", norm.NFD.String(hoa), hoaIs, "no"},
		{"apostrophe and hyphen", strings.Replace(anh, "Nguyễn Văn Ánh", "H'Hen-Niê", 1), slices.Concat(anhIs[:2], []string{"H'Hen-Niê"}, anhIs[3:]), "no"},
		{"Windows-1258", "001303000451|012345678|Tr\xe2\xccn Thi\xf2 Ho\xe0|09112003|N\xfd\xde|P.1203 CT8, \xd0a\xf2i Thanh, H\xe0 N\xf4\xf2i|20082024||||", hoaIs, "no"},
		{"year of birth not the number's", strings.Replace(anh, "15081993", "15081994", 1), slices.Concat(anhIs[:3], []string{"1994-08-15"}, anhIs[4:]), "yes"},
		{"century not the number's", strings.Replace(anh, "15081993", "15082093", 1), nil, "yes"},
		{"sex not the number's", strings.Replace(anh, "|Nam|", "|Nữ|", 1), slices.Concat(anhIs[:4], []string{"Nữ"}, anhIs[5:]), "yes"},
		{"question marks", strings.Replace(anh, "Nguyễn Văn Ánh", "Nguy?n V?n Ánh", 1), nil, "yes"},
		{"U+FFFD", strings.Replace(anh, "Nguyễn Văn Ánh", "Nguy\uFFFDn Văn Ánh", 1), nil, "yes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := ask(t, test.payload, "tool", "idcard", "--json")
			v := wantAnswer(t, a)
			keys := []string{"number", "old_number", "name", "birth", "sex", "address", "issued"}
			for i, want := range test.want {
				if got := v[keys[i]]; got != want && (want != "" || got != nil) {
					t.Errorf("%s %q, want %q", keys[i], got, want)
				}
			}
			wantKeys(t, v, append(keys, "warnings")...)
			if got := warned(t, v); test.warns != "" && got != (test.warns == "yes") {
				t.Errorf("warnings %v", v["warnings"])
			}
			if strings.Contains(a.out, "Cha") || strings.Contains(a.out, "999999") {
				t.Errorf("a part nobody asked for is passed on: %s", a.out)
			}
			silent(t, a.err)
		})
	}
}

// long is a card's text of so many bytes.
func long(bytes int) string {
	const before, after = "001093012345||Nguyễn Văn Ánh|15081993|Nam|", "|01042021"
	return before + strings.Repeat("x", bytes-len(before+after)) + after
}

func TestDomainIDCardRefuses(t *testing.T) {
	const anh = "001093012345||Nguyễn Văn Ánh|15081993|Nam|Tổ 3, Đại Thanh, Hà Nội|01042021"
	for name, payload := range map[string]string{
		"empty": "", "blank": " \r\n", "one word": "Nguyễn", "bars only": "||||||",
		"5 parts":           "001093012345||Nguyễn Văn Ánh|15081993|Nam",
		"13 parts":          anh + "|a|b|c|d|e|f",
		"11 digits":         anh[1:],
		"13 digits":         "0" + anh,
		"letter in number":  strings.Replace(anh, "001093012345", "00109301234O", 1),
		"no such date":      strings.Replace(anh, "15081993", "31022000", 1),
		"29 February 2001":  strings.Replace(anh, "15081993", "29022001", 1),
		"month first":       strings.Replace(anh, "15081993", "12311993", 1),
		"date as ISO":       strings.Replace(anh, "15081993", "1993-08-15", 1),
		"no date":           strings.Replace(anh, "15081993", "", 1),
		"601 bytes":         long(601),
		"very many":         anh + strings.Repeat("x", 1<<20),
		"a web address":     "https://example.vn/?c=001093012345",
		"a local code":      "SP1.D.DTH01-261123-0042-V",
		"random bytes":      "\x00\xff\x10\x80|\x07\xfe",
		"random with parts": "\xff|\xfe|\xfd|\xfc|\xfb|\xfa|\xf9",
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, payload, "tool", "idcard", "--json")
			wantRefused(t, a)
			silent(t, a.err)
			silent(t, a.out)
		})
	}
	if a := ask(t, anh, "tool", "idcard", "--json", anh); a.code != exitUsage {
		t.Errorf("a payload as an argument: exit %d, want 2", a.code)
	}
}

// silent wants nothing of a card in what is told about it.
func silent(t *testing.T, told string) {
	t.Helper()
	for _, part := range []string{"001093", "001303", "012345678", "Nguy", "Ánh", "Trần", "Hoà", "1508", "0911", "1993", "31022000", "CT8"} {
		if strings.Contains(told, part) {
			t.Errorf("%q of the card is told: %s", part, told)
		}
	}
}

// tlv reads a QR payload's outermost values, in the order they stand.
func tlv(t *testing.T, s string) (ids []string, values map[string]string) {
	t.Helper()
	values = map[string]string{}
	for len(s) > 0 {
		if len(s) < 4 {
			t.Fatalf("torn value %q", s)
		}
		n := int(s[2]-'0')*10 + int(s[3]-'0')
		if len(s) < 4+n {
			t.Fatalf("torn value %q", s)
		}
		ids, values[s[:2]], s = append(ids, s[:2]), s[4:4+n], s[4+n:]
	}
	return ids, values
}

func sealed(body string) string {
	const hex = "0123456789ABCDEF"
	r := uint16(0xFFFF)
	for _, b := range []byte(body + "6304") {
		r ^= uint16(b) << 8
		for range 8 {
			if r&0x8000 != 0 {
				r = r<<1 ^ 0x1021
			} else {
				r <<= 1
			}
		}
	}
	return body + "6304" + string([]byte{hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15]})
}

func makeVietQR(more ...string) []string {
	args := []string{"tool", "vietqr", "make", "--json", "--bin", "970405", "--account", "1500201112223"}
	return append(args, more...)
}

func TestDomainVietQRMake(t *testing.T) {
	const own = "00020101021238570010A00000072701270006970405011315002011122230208QRIBFTTA53037045405150005802VN62400113KSK01-00001230819LePhi KSK01 00001236304413C"
	v := wantAnswer(t, ask(t, "", makeVietQR("--amount", "15000", "--bill", "KSK01-0000123", "--purpose", "LePhi KSK01 0000123")...))
	wantKeys(t, v, "payload")
	if v["payload"] != own {
		t.Errorf("payload\n%v, want\n%s", v["payload"], own)
	}
	for _, test := range []struct{ name, purpose, payee, wantPurpose, wantPayee string }{
		{"Vietnamese", "Lệ phí Đại Thanh", "Điểm phục vụ", "Le phi Dai Thanh", "Diem phuc vu"},
		{"25 characters", "abcdefghijklmnopqrstuvwxy", "", "abcdefghijklmnopqrstuvwxy", ""},
		{"26 characters", "abcdefghijklmnopqrstuvwxyz", "", "abcdefghijklmnopqrstuvwxy", ""},
		{"what ASCII has not", "Phí 5€ ✓", "", "Phi 5", ""},
		{"NFD", norm.NFD.String("Lệ phí hộ tịch"), "", "Le phi ho tich", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := makeVietQR("--amount", "8000", "--bill", "KSK01-0000124", "--purpose", test.purpose)
			if test.payee != "" {
				args = append(args, "--name", test.payee)
			}
			payload := wantAnswer(t, ask(t, "", args...))["payload"].(string)
			ids, values := tlv(t, payload)
			if ids[0] != "00" || ids[len(ids)-1] != "63" || payload != sealed(payload[:len(payload)-8]) {
				t.Errorf("payload %s: ids %v", payload, ids)
			}
			if _, extra := tlv(t, values["62"]); extra["08"] != test.wantPurpose || extra["01"] != "KSK01-0000124" {
				t.Errorf("62 is %v, want purpose %q", extra, test.wantPurpose)
			}
			if values["59"] != test.wantPayee || values["54"] != "8000" || values["01"] != "12" || values["53"] != "704" || values["58"] != "VN" {
				t.Errorf("values %v", values)
			}
			back := texts(wantAnswer(t, ask(t, "", "tool", "vietqr", "parse", "--json", payload)))
			for _, want := range []string{"970405", "1500201112223", "8000", "KSK01-0000124", test.wantPurpose, test.wantPayee} {
				if want != "" && !slices.Contains(back, want) {
					t.Errorf("parse gives %v, which has no %q", back, want)
				}
			}
		})
	}
}

func TestDomainVietQRMakeRefuses(t *testing.T) {
	ordinary := []string{"--bill", "KSK01-0000123", "--purpose", "Le phi"}
	for name, args := range map[string][]string{
		"amount 0":            append(makeVietQR("--amount", "0"), ordinary...),
		"amount below 0":      append(makeVietQR("--amount=-5000"), ordinary...),
		"amount of 14 digits": append(makeVietQR("--amount", "10000000000000"), ordinary...),
		"bank of 5 digits":    append([]string{"tool", "vietqr", "make", "--json", "--bin", "97040", "--account", "1", "--amount", "5000"}, ordinary...),
		"bank of letters":     append([]string{"tool", "vietqr", "make", "--json", "--bin", "VIETCB", "--account", "1", "--amount", "5000"}, ordinary...),
		"account too long":    append([]string{"tool", "vietqr", "make", "--json", "--bin", "970405", "--account", "12345678901234567890", "--amount", "5000"}, ordinary...),
		"account empty":       append([]string{"tool", "vietqr", "make", "--json", "--bin", "970405", "--account", "", "--amount", "5000"}, ordinary...),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, ask(t, "", args...)) })
	}
	for name, args := range map[string][]string{
		"no flags": {"tool", "vietqr", "make", "--json"}, "a word too many": append(makeVietQR("--amount", "5000", "x"), ordinary...),
		"no text": {"tool", "vietqr", "parse", "--json"},
	} {
		if a := ask(t, "", args...); a.code != exitUsage {
			t.Errorf("%s: exit %d, want 2", name, a.code)
		}
	}
}

func TestDomainVietQRParse(t *testing.T) {
	const body = "00020101021238570010A00000072701270006970405011315002011122230208QRIBFTTA53037045405150005802VN62400113KSK01-00001230819LePhi KSK01 0000123"
	for name, payload := range map[string]string{
		"own":               sealed(body),
		"to an account":     "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN62340107NPS68690819thanh toan don hang63042E2E",
		"static, to a card": "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52",
		"another order":     sealed("0002015802VN53037045405150000102" + "1238570010A00000072701270006970405011315002011122230208QRIBFTTA"),
	} {
		t.Run(name, func(t *testing.T) {
			all := texts(wantAnswer(t, ask(t, "", "tool", "vietqr", "parse", "--json", payload)))
			if !slices.Contains(all, "970405") && !slices.Contains(all, "970403") {
				t.Errorf("no bank in %v", all)
			}
		})
	}
	right := sealed(body)
	for name, payload := range map[string]string{
		"wrong CRC":           right[:len(right)-1] + "D",
		"changed amount":      strings.Replace(right, "15000", "95000", 1),
		"changed account":     strings.Replace(right, "1500201112223", "1500201112224", 1),
		"00 not first":        sealed("010212000201" + body[12:]),
		"nothing after CRC":   right + "5802VN",
		"CRC not at the end":  right[:len(right)-8] + right[len(right)-8:] + "0000",
		"no CRC":              body,
		"twice 54":            sealed(body + "540515000"),
		"twice 58":            sealed(body + "5802VN"),
		"length beyond end":   sealed(body + "5999Tran"),
		"length not digits":   sealed(body + "59A1X"),
		"amount 0":            sealed(strings.Replace(body, "540515000", "54010", 1)),
		"amount in words":     sealed(strings.Replace(body, "540515000", "5405nghin", 1)),
		"amount with commas":  sealed(strings.Replace(body, "540515000", "540615,000", 1)),
		"amount two points":   sealed(strings.Replace(body, "540515000", "54051.0.0", 1)),
		"another scheme":      sealed(strings.Replace(body, "A000000727", "A000000999", 1)),
		"bank of letters":     sealed(strings.Replace(body, "970405", "97O4O5", 1)),
		"not ASCII":           sealed(strings.Replace(body, "LePhi KSK01 0000123", "LêPhi KSK01 000012", 1)),
		"cut":                 right[:60],
		"empty":               "",
		"text":                "hello",
		"an address":          "https://example.vn",
		"foreign money":       sealed(strings.Replace(body, "5303704", "5303840", 1)),
		"version not 01":      sealed(strings.Replace(body, "000201", "000202", 1)),
		"no bank block":       sealed("00020101021253037045405150005802VN"),
		"account of 20 signs": sealed(strings.Replace(body, "3857"+"0010A000000727"+"0127"+"0006970405"+"0113"+"1500201112223", "3864"+"0010A000000727"+"0134"+"0006970405"+"0120"+"15002011122231234567", 1)),
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, ask(t, "", "tool", "vietqr", "parse", "--json", payload)) })
	}
}

func TestDomainS10(t *testing.T) {
	for _, test := range []struct {
		typed, value string
		warns        bool
	}{
		{"EB123456785VN", "EB123456785VN", false},
		{"RR473124829GB", "RR473124829GB", false},
		{"eb123456785vn", "EB123456785VN", false},
		{"EB 12345678 5 VN", "EB123456785VN", false},
		{" eb 123 456 785 vn ", "EB123456785VN", false},
		{"EB111111115VN", "EB111111115VN", false}, // the sum leaves 0: 11 becomes 5
		{"EB500000070VN", "EB500000070VN", false}, // the sum leaves 1: 10 becomes 0
		{"EB123456789VN", "EB123456789VN", true},
		{"EB123456784VN", "EB123456784VN", true},
		{"EB213456785VN", "EB213456785VN", true},
	} {
		t.Run(test.typed, func(t *testing.T) {
			v := wantAnswer(t, ask(t, "", "tool", "s10", "--json", test.typed))
			if warned(t, v) != test.warns {
				t.Errorf("warnings %v", v["warnings"])
			}
			if !slices.Contains(texts(v), test.value) {
				t.Errorf("%v does not give %s", v, test.value)
			}
		})
	}
	wantRefused(t, ask(t, "", "tool", "s10", "--json", ""))
	if a := ask(t, "", "tool", "s10", "--json"); a.code != exitUsage {
		t.Errorf("no code: exit %d, want 2", a.code)
	}
}

func TestDomainFold(t *testing.T) {
	for _, test := range []struct{ typed, want string }{
		{"Đặng Thị Hoà", "dang thi hoa"}, {"dang thi hòa", "dang thi hoa"}, {norm.NFD.String("Đặng Thị Hoà"), "dang thi hoa"},
		{"ĐÔNG ANH", "dong anh"}, {"Ðông Anh", "dong anh"}, {"\u0189ông Anh", "dong anh"},
		{"Yên Hoà", "yen hoa"}, {"Ứng Hòa", "ung hoa"}, {"uý", "uy"}, {"úy", "uy"},
		{"  Trần\u00a0 Văn\u200b  Ế \u200e", "tran van e"}, {"\ufeffNguyễn Hữu Đức", "nguyen huu duc"},
		{"ẮẰẲẴẶ ƠỚỜỞỠỢ ƯỨỪỬỮỰ ỲÝỶỸỴ", "aaaaa oooooo uuuuuu yyyyy"},
	} {
		v := wantAnswer(t, ask(t, "", "tool", "fold", "--json", test.typed))
		if !slices.Contains(texts(v), test.want) {
			t.Errorf("fold(%q) = %v, want %q", test.typed, v, test.want)
		}
		warned(t, v)
	}
}

func TestDomainPhone(t *testing.T) {
	for typed, want := range map[string]string{
		"0912345678": "+84912345678", "+84912345678": "+84912345678", "0084912345678": "+84912345678", "84912345678": "+84912345678",
		"0912 345 678": "+84912345678", "0912.345.678": "+84912345678", "+84 912 345 678": "+84912345678", "+84.912.345.678": "+84912345678",
		"0084 912 345 678": "+84912345678", " 0912345678 ": "+84912345678", "091\u00a0234\u00a05678": "+84912345678",
		"0312345678": "+84312345678", "0512345678": "+84512345678", "0712345678": "+84712345678", "0812345678": "+84812345678",
		"02438253536": "+842438253536", "024 3825 3536": "+842438253536", "+84 24 3825 3536": "+842438253536", "024.3825.3536": "+842438253536",
		"842438253536": "+842438253536", "02838291234": "+842838291234", "02033825353": "+842033825353",
	} {
		v := wantAnswer(t, ask(t, "", "tool", "phone", "--json", typed))
		if !slices.Contains(texts(v), want) {
			t.Errorf("phone(%q) = %v, want %s", typed, v, want)
		}
		if warned(t, v) {
			t.Errorf("phone(%q) warns: %v", typed, v["warnings"])
		}
	}
	if v := wantAnswer(t, ask(t, "", "tool", "phone", "--json", "+84912345678")); !slices.Contains(texts(v), "0912 345 678") {
		t.Logf("open: the form shown to people is not part of %v", v)
	}
	for _, typed := range []string{
		"", " ", "0123456789", "0612345678", "0412345678", "091234567", "09123456789", "0243825353", "024382535361",
		"912345678", "+85912345678", "abc", "0912x45678", "+", "113", "++84912345678", "0084", "+1 202 555 0123",
	} {
		t.Run("refuses "+typed, func(t *testing.T) {
			a := ask(t, "", "tool", "phone", "--json", typed)
			wantRefused(t, a)
			if len(typed) > 6 && strings.Contains(a.err, typed) {
				t.Errorf("the number is told: %s", a.err)
			}
		})
	}
}
