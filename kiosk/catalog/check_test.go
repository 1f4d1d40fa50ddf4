package catalog

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"servicepoint/kiosk/phrases"
)

// A mistake changes one thing in a good catalogue.
type mistake struct {
	name, file, old, new string
	want                 string // file:line:column: part of the sentence
}

// made gives the files with the mistake in them.
func (m mistake) made(t *testing.T) map[string]string {
	t.Helper()
	files := goodFiles()
	if !strings.Contains(files[m.file], m.old) {
		t.Fatalf("%s does not contain %q", m.file, m.old)
	}
	files[m.file] = strings.Replace(files[m.file], m.old, m.new, 1)
	return files
}

func wantProblem(t *testing.T, r Report, want string) {
	t.Helper()
	if r.Catalog != nil || len(r.Problems) == 0 {
		t.Fatal("loaded")
	}
	var all []string
	for _, e := range r.Problems {
		all = append(all, e.Error())
		for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
			if !phrases.Has(lang, string(e.Code)) || strings.Contains(e.Say(lang), "{") {
				t.Errorf("%s says %q", lang, e.Say(lang))
			}
		}
		if !strings.Contains(strings.ToLower(e.Say(phrases.VI)), "hãy ") {
			t.Errorf("%q does not say what to do", e.Say(phrases.VI))
		}
		if e.File == "" || e.Line == 0 || e.Column == 0 {
			t.Errorf("no place: %+v", e)
		}
	}
	if !strings.Contains(strings.Join(all, "\n"), want) {
		t.Errorf("got  %s\nwant %s", strings.Join(all, "\n     "), want)
	}
}

func TestBrokenFiles(t *testing.T) {
	for _, tt := range []mistake{
		{"unknown key", "b.yaml", "field: civil_status", "feild: civil_status", `b.yaml:6:5: Ở đây không có khóa «feild», có phải «field»?`},
		{"unknown key, nothing near", "b.yaml", "field: civil_status", "banana: 1", `b.yaml:6:5: Ở đây không có khóa «banana»; hãy ghi một trong các khóa: id, code, local_code, name, plain_name,`},
		{"unknown key at the top", "a.yaml", "schema: 1", "schema: 1\nversion: 3", `a.yaml:2:1: Ở đây không có khóa «version»`},
		{"key twice", "b.yaml", "field: civil_status", "field: civil_status\n    field: land", `b.yaml:7:5: Khóa «field» đã có ở dòng 6`},
		{"not YAML", "b.yaml", "field: civil_status", "field: [x", "b.yaml:7:5: Không đọc được theo cách viết YAML"},
		{"a tab", "b.yaml", "    field: civil_status", "\tfield: civil_status", "b.yaml:6:1: Không đọc được theo cách viết YAML"},
		{"words for a number", "b.yaml", "amount: 5000", "amount: nhiều", "b.yaml:23:49: «nhiều» không dùng được cho amount; hãy ghi một số nguyên"},
		{"points in a number", "b.yaml", "amount: 5000", "amount: 5.000", "b.yaml:23:49: «5.000» không dùng được cho amount"},
		{"octal", "b.yaml", "amount: 5000", "amount: 05000", "«05000» không dùng được cho amount"},
		{"quoted number", "b.yaml", "amount: 5000", `amount: "5000"`, "«5000» không dùng được cho amount"},
		{"a number too big", "b.yaml", "amount: 5000", "amount: 99999999999999999999", "không dùng được cho amount"},
		{"a comma", "b.yaml", "value: 6.5", `value: "6,5"`, "«6,5» không dùng được cho value; hãy ghi một số"},
		{"yes is no bool", "c.yaml", "type: name", "type: name, required: yes", "«yes» không dùng được cho required; hãy ghi true"},
		{"list for a text", "b.yaml", "name: Thủ tục", "name: [a]", "b.yaml:4:11: «name» là một đoạn chữ"},
		{"text for a list", "b.yaml", "facts:\n", "channels: online\n    facts:\n", "b.yaml:11:15: «channels» là một danh sách"},
		{"text for a mapping", "a.yaml", `{id: test, version: "1"}`, "hanoi", "a.yaml:2:10: «catalog» gồm các cặp"},
		{"text for a file", "a.yaml", goodHead, "hello\n", "a.yaml:1:1: Tệp danh mục gồm các mục"},
		{"list for a file", "a.yaml", goodHead, "- a\n", "a.yaml:1:3: Tệp danh mục gồm các mục"},
		{"list for a choice", "b.yaml", "{id: x, label: X}", "[x]", "b.yaml:13:56: «values» gồm các cặp"},
		{"tag", "b.yaml", "name: Thủ tục", "name: !!str Thủ tục", "b.yaml:4:11: Danh mục không dùng dấu kiểu «!!str»"},
		{"alias of nothing", "b.yaml", "name: Thủ tục", "name: *x", "b.yaml:4:11: Không có chỗ nào đặt tên «&x»"},
		{"two documents", "a.yaml", "schema: 1", "---\nschema: 1\n---\n", "a.yaml:3:1: Mỗi tệp chỉ có một tài liệu YAML"},
		{"empty file", "a.yaml", goodHead, "# nothing\n", "a.yaml:1:1: Tệp chưa có nội dung"},
		{"not UTF-8", "b.yaml", "name: Thủ tục", "name: Th\xfa t\xfac", "b.yaml:4:13: Chỗ này có byte không phải UTF-8"},
		{"UTF-16", "a.yaml", "schema", "\xff\xfes\x00", "a.yaml:1:1: Chỗ này có byte không phải UTF-8"},
		{"too deep", "a.yaml", "schema: 1", "schema: " + strings.Repeat("[", 40), "lồng nhau quá 32 tầng"},
		{"too deep by dashes", "a.yaml", "schema: 1", "schema:\n  " + strings.Repeat("- ", 40), "lồng nhau quá 32 tầng"},
		{"bare code", "b.yaml", `"1.10"`, "1.10", `b.yaml:3:11: code phải nằm trong dấu nháy, để 1.10 không thành 1.1; hãy ghi code: "1.10".`},
		{"no code", "b.yaml", `"1.10"`, "", "b.yaml:3:10: code phải nằm trong dấu nháy"},

		{"schema of the future", "a.yaml", "schema: 1", "schema: 2", "a.yaml:1:9: schema 2 chưa có"},
		{"two heads", "c.yaml", "forms:", "schema: 1\ncatalog: {id: x, version: \"2\"}\nforms:", "c.yaml:2:10: Phần đầu (schema, catalog) đã có trong a.yaml"},
		{"no head", "a.yaml", "schema: 1\ncatalog: {id: test, version: \"1\"}\n", "", "Chưa tệp nào có phần đầu"},
		{"no version", "a.yaml", `version: "1"`, `version: ""`, "a.yaml:2:30: Thiếu version"},
		{"no id of the catalogue", "a.yaml", `id: test, `, ``, "a.yaml:2:10: Thiếu id"},
		{"two calendars", "c.yaml", "forms:", "calendar: {timezone: x}\nforms:", "c.yaml:1:1: Lịch làm việc (calendar) đã có trong a.yaml"},
		{"no calendar", "a.yaml", goodCalendar, "", "Chưa tệp nào có lịch làm việc"},
		{"calendar", "a.yaml", `"08:00-11:30"`, `"8-11h30"`, `a.yaml:5:36: Khoảng giờ chưa dùng được ("8-11h30"`},
		{"calendar's day", "a.yaml", "2026-12-31", "31/12/2026", `a.yaml:6:18: Ngày này chưa dùng được ("31/12/2026"`},
		{"unknown calendar", "a.yaml", "name: Xã", "name: Xã, calendar: polce", "a.yaml:8:30: Không có lịch làm việc «polce»"},
		{"authority without name", "a.yaml", "name: Xã", `name: ""`, "a.yaml:8:16: Thiếu name"},
		{"authority twice", "c.yaml", "forms:", "authorities: {ward: {name: Phường}}\nforms:", "c.yaml:1:15: Đã có cơ quan «ward» tại a.yaml:8:3"},

		{"unknown authority", "b.yaml", "receiving: ward", "receiving: mars", `b.yaml:7:16: Không có cơ quan «mars»; hãy ghi một trong: ward`},
		{"unknown authority, one near", "b.yaml", "competent: ward", "competent: wrad", `b.yaml:8:16: Không có cơ quan «wrad»; hãy ghi «ward»`},
		{"unknown form", "b.yaml", "    form: f", "    form: longer", `b.yaml:10:11: Không có tờ khai «longer»; hãy ghi một trong: f`},
		{"unknown field", "b.yaml", "civil_status", "sport", `b.yaml:6:12: «sport» không dùng được cho field; hãy ghi một trong: civil_status, residence, certification, land, social, business`},
		{"unknown capability", "b.yaml", "full_assist", "half", `b.yaml:9:17: «half» không dùng được cho capability`},
		{"unknown channel", "b.yaml", "facts:\n", "channels: [fax]\n    facts:\n", `b.yaml:11:16: «fax» không dùng được cho channels; hãy ghi một trong: online, direct, postal`},
		{"unknown system", "b.yaml", "facts:\n", "submit_to: fax\n    facts:\n", `b.yaml:11:16: «fax» không dùng được cho submit_to; hãy ghi một trong: national_portal, city_system, ministry_system`},
		{"unknown level", "b.yaml", "facts:\n", "online_level: 4\n    facts:\n", `b.yaml:11:19: «4» không dùng được cho online_level; hãy ghi một trong: partial, full`},
		{"unknown certainty", "b.yaml", "certainty: verified", "certainty: sure", `«sure» không dùng được cho certainty; hãy ghi một trong: verified, partial, unverified`},
		{"present is a list of ids", "b.yaml", "facts:\n", "presence: {who: [Cha mẹ]}\n    facts:\n", `b.yaml:11:22: «Cha mẹ» không làm mã được`},
		{"no slug", "b.yaml", "id: p", "id: Thủ tục", `b.yaml:2:9: «Thủ tục» không làm mã được`},
		{"fill_form without form", "b.yaml", "role: fill_form, form: f", "role: fill_form", `b.yaml:18:9: Không có tờ khai «»; hãy ghi một trong: f`},
		{"period", "b.yaml", "facts:\n", "effective: {from: 2027-01-01, to: 2026-01-01}\n    facts:\n", "b.yaml:11:39: Ngày cuối 2026-01-01 đứng trước ngày đầu 2027-01-01"},
		{"day", "b.yaml", "facts:\n", "effective: {from: 1/3/2027}\n    facts:\n", `b.yaml:11:23: «1/3/2027» không phải một ngày; hãy ghi năm-tháng-ngày`},
		{"limit", "b.yaml", "facts:\n", "limits: {max_file_bytes: -1, formats: [doc]}\n    facts:\n", `«doc» không dùng được cho formats; hãy ghi một trong: pdf, jpg`},
		{"source without reference", "b.yaml", "fees:\n", "sources: [{what: phí}]\n    fees:\n", `b.yaml:22:15: Thiếu ref`},

		{"unknown fact", "b.yaml", "fact: b, eq", "fact: zzz, eq", `b.yaml:15:56: Chưa khai báo câu hỏi «zzz»; hãy ghi nó vào facts, hoặc dùng một trong: b, e`},
		{"value that is not offered", "b.yaml", `eq: "true"`, "eq: maybe", `b.yaml:15:63: «maybe» không dùng được cho eq; hãy ghi một trong: true, false`},
		{"illegal value in a list", "b.yaml", `{fact: b, eq: "true"}`, "{fact: e, in: [x, z]}", `b.yaml:15:67: «z» không dùng được cho in; hãy ghi một trong: x, y`},
		{"no operator", "b.yaml", `fact: b, eq: "true"`, "fact: b", "b.yaml:15:49: Điều kiện chưa có phép so sánh"},
		{"both operators", "b.yaml", `eq: "true"`, `eq: "true", in: ["false"]`, "b.yaml:15:71: Một điều kiện chỉ có một phép so sánh"},
		{"both operators, the other way round", "b.yaml", `eq: "true"`, `in: ["false"], eq: "true"`, "b.yaml:15:74: Một điều kiện chỉ có một phép so sánh"},
		{"another operator", "b.yaml", `eq: "true"`, `not: "true"`, "b.yaml:15:59: Ở đây không có khóa «not»"},
		{"enum of one", "b.yaml", "values: [{id: x, label: X}, {id: y, label: Y}]", "values: [{id: x, label: X}]", "b.yaml:13:55: Câu hỏi kiểu enum cần ít nhất hai lựa chọn"},
		{"bool with values", "b.yaml", `type: bool, ask: "Có không?"`, `type: bool, ask: "Có không?", values: [{id: x, label: X}]`, "b.yaml:12:47: Câu hỏi kiểu bool chỉ có Có và Không"},
		{"fact of another type", "b.yaml", `type: bool`, `type: number`, "b.yaml:12:23: «number» không dùng được cho type; hãy ghi một trong: bool, enum"},

		{"paper twice", "b.yaml", "id: two,", "id: one,", `b.yaml:17:14: Mã «one» đã dùng ở phía trên`},
		{"scanned though only shown", "b.yaml", "name: Thẻ, role: present", "name: Thẻ, role: present, scan: required", "b.yaml:19:52: Giấy tờ chỉ xuất trình thì không quét"},
		{"three sides", "b.yaml", "name: Thẻ,", "name: Thẻ, sides: 3,", "b.yaml:19:38: «3» không dùng được cho sides; hãy ghi một trong: 1, 2"},
		{"purple", "b.yaml", "name: Thẻ,", "name: Thẻ, colour: purple,", "«purple» không dùng được cho colour; hãy ghi một trong: colour, gray"},
		{"some_of", "b.yaml", "type: one_of", "type: some_of", "«some_of» không dùng được cho type; hãy ghi một trong: all_of, one_of"},
		{"minus one paper", "b.yaml", "name: Thẻ,", "name: Thẻ, copy: -1,", "copy không được âm"},

		{"third of a day", "b.yaml", "value: 6.5", "value: 0.3", "b.yaml:21:32: 0.3 không phải một thời hạn"},
		{"half a month", "b.yaml", "value: 6.5, unit: working_day", "value: 0.5, unit: month", "b.yaml:21:32: 0.5 tháng không tính ra ngày được"},
		{"no unit", "b.yaml", "value: 6.5, unit: working_day", "value: 6.5", "Thiếu unit; hãy ghi một trong: working_hour, working_day, calendar_day, month"},
		{"cutoff", "b.yaml", "value: 6.5", `value: 1, same_day_cutoff: "15h"`, `b.yaml:21:52: «15h» không phải giờ trong ngày`},
		{"cutoff of hours", "b.yaml", "value: 6.5, unit: working_day", `value: 1, unit: working_hour, same_day_cutoff: "15:00"`, `b.yaml:21:55: same_day_cutoff chỉ dùng với thời hạn tính bằng ngày`},
		{"negative amount", "b.yaml", "amount: 5000", "amount: -1", "b.yaml:23:49: amount không được âm"},
		{"amount and percent", "b.yaml", "amount: 5000", "amount: 1, percent: 2", "b.yaml:23:52: Một khoản hoặc là số tiền, hoặc là phần trăm"},
		{"percent", "b.yaml", "amount: 5000", "percent: 200", "200 không phải phần trăm dùng được"},
		{"at most", "b.yaml", "amount: 5000", "amount: 1, at_most: -5", "at_most không được âm"},
		{"unknown exemption", "b.yaml", "amount: 5000", "exempt: x", `b.yaml:23:49: Không có diện miễn, giảm «x»`},
		{"fee's channel", "b.yaml", "amount: 5000", "amount: 1, channel: fax", `«fax» không dùng được cho channel`},
		{"fee's collector", "b.yaml", "amount: 5000", "amount: 1, collector: me", `«me» không dùng được cho collector; hãy ghi một trong: counter, portal`},
		{"fee's day", "b.yaml", "amount: 5000", "amount: 1, from: 2026-13-01", `«2026-13-01» không phải một ngày`},
		{"fee's period", "b.yaml", "amount: 5000", "amount: 1, from: 2026-12-01, to: 2026-11-30", `Ngày cuối 2026-11-30 đứng trước ngày đầu 2026-12-01`},
		{"fee twice", "b.yaml", "amount: 5000}", "amount: 5000}\n      - {id: a, unit: case, amount: 1, from: 2026-01-01}", "b.yaml:24:14: Đã có khoản «a» trong cùng thời gian"},

		{"choice without values", "c.yaml", "type: name", "type: choice", "Câu hỏi kiểu choice cần các lựa chọn"},
		{"values without choice", "c.yaml", "type: name", "type: name, values: [{id: a, label: A}]", "values chỉ dùng cho câu hỏi kiểu choice"},
		{"unknown type", "c.yaml", "type: name", "type: colour", `c.yaml:8:42: «colour» không dùng được cho type`},
		{"filled twice", "c.yaml", "fills: applicant.personal_no", "fills: applicant.name", "applicant.name đã lấy từ một câu hỏi phía trên"},
		{"nobody's form", "c.yaml", ", fills: applicant.personal_no", "", "c.yaml:5:9: Tờ khai chưa hỏi họ tên hoặc số định danh"},
		{"fact and question share an id", "c.yaml", "id: name,", "id: b,", `c.yaml:8:18: Mã «b» trùng với một câu hỏi tình huống`},
		{"question twice", "c.yaml", "id: no,", "id: name,", `c.yaml:9:18: Mã «name» đã dùng ở phía trên`},
		{"part of the card", "c.yaml", "type: name", "type: name, card: face", "«face» không dùng được cho card; hãy ghi một trong: number, old_number, name, birth, sex, address, issued"},
		{"the card's birthday is a date", "c.yaml", "type: name", "type: name, card: birth", "hãy ghi type: date"},
		{"range of a name", "c.yaml", "type: name", "type: name, max: 3", "max chỉ dùng cho câu hỏi kiểu number"},
		{"range", "c.yaml", "questions:", "questions:\n          - {id: n, label: Số, type: number, min: 5, max: 2}", "c.yaml:8:59: max 2 nhỏ hơn min 5"},
		{"pattern", "c.yaml", "questions:", "questions:\n          - {id: n, label: Số, type: text, pattern: \"[\"}", "c.yaml:8:53: Mẫu kiểm tra chưa dùng được (error parsing regexp"},
		{"pattern of a date", "c.yaml", "questions:", "questions:\n          - {id: n, label: Số, type: date, pattern: \"1\"}", "pattern chỉ dùng cho câu hỏi kiểu text"},
		{"not after", "c.yaml", "questions:", "questions:\n          - {id: n, label: Số, type: date, not_after: tomorrow}", "«tomorrow» không dùng được cho not_after; hãy ghi một trong: today"},
		{"not after, of a text", "c.yaml", "questions:", "questions:\n          - {id: n, label: Số, type: text, not_after: today}", "not_after chỉ dùng cho câu hỏi kiểu date"},
		{"visible by a later question", "c.yaml", "type: name", "type: name, visible_when: {fact: later, eq: x}", "c.yaml:8:69: Phía trên không có câu hỏi «later»"},
		{"visible by a text", "c.yaml", "type: personal_no", "type: personal_no, visible_when: {fact: name, eq: x}", "Câu hỏi «name» không có sẵn lựa chọn"},
		{"visible by a value that is not offered", "c.yaml", "type: personal_no", "type: personal_no, visible_when: {fact: e, eq: z}", "«z» không dùng được cho eq; hãy ghi một trong: x, y"},
		{"visible by two operators", "c.yaml", "type: personal_no", "type: personal_no, visible_when: {fact: b, eq: true, in: [false]}", "Một điều kiện chỉ có một phép so sánh"},
		{"unknown section", "c.yaml", "sections:\n", "sections:\n      - {use: nowhere}\n", "c.yaml:5:15: Không có phần tờ khai «nowhere»"},
		{"section with more than use", "c.yaml", "forms:", "sections: [{id: s, title: S}]\nforms:\n  - {id: g, name: G, sections: [{use: s, title: T}]}", "c.yaml:3:34: Phần dùng lại chỉ ghi mỗi use"},
		{"section that uses a section", "c.yaml", "forms:", "sections: [{id: s, title: S, use: s}]\nforms:", "use chỉ dùng trong tờ khai"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantProblem(t, report(tt.made(t)), tt.want) })
	}
}

// others are good entries of the other kinds.
const others = `exemptions:
  poor: {text: Hộ nghèo được miễn., facts: [poor_household], certainty: verified}
communes:
  - {code: "00004", name: Ba Đình, kind: ward, from: 2025-07-01, to: 2026-06-30}
  - {code: "00004", name: Ba Đình Mới, kind: ward, from: 2026-07-01, formerly: [Ba Đình]}
synonyms:
  - [sổ đỏ, giấy chứng nhận]
terms:
  - {term: Thửa đất, plain: Mảnh đất có ranh giới.}
situations:
  - id: paper-sale
    field: land
    title: Mua bán giấy tay
    says: [giấy viết tay]
    facts: [{id: a, type: bool, ask: A?}, {id: c, type: enum, ask: C?, values: [{id: x, label: X}, {id: y, label: Y}]}]
    outcomes:
      - {when: [{fact: a, eq: true}], procedures: [p], decides: ward}
      - {when: [{fact: a, eq: false}, {fact: c, in: [x, y]}], procedures: []}
`

func TestOtherParts(t *testing.T) {
	good := func() map[string]string { f := goodFiles(); f["d.yaml"] = others; return f }
	if r := report(good()); r.Err() != nil || len(r.Warnings) > 0 {
		t.Fatal(r.Err(), r.Warnings)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"four digits", `"00004"`, `"0004"`, "d.yaml:4:12: «0004» không phải mã xã, phường"},
		{"bare digits", `"00004"`, `00004`, "d.yaml:4:12: code phải nằm trong dấu nháy"},
		{"one number for two communes", ", to: 2026-06-30", "", `d.yaml:5:12: Mã "00004" đã có ở một mục khác trong cùng thời gian`},
		{"kind", "kind: ward, from: 2025", "kind: phường, from: 2025", "«phường» không dùng được cho kind; hãy ghi một trong: ward, commune"},
		{"no name", "name: Ba Đình,", "", "Thiếu name"},
		{"commune's day", "from: 2025-07-01", "from: 1/7/2025", "«1/7/2025» không phải một ngày"},
		{"empty former name", "formerly: [Ba Đình]", `formerly: [""]`, "Thiếu formerly"},
		{"lonely synonym", "[sổ đỏ, giấy chứng nhận]", "[sổ đỏ]", "d.yaml:7:5: Một nhóm từ đồng nghĩa có ít nhất hai từ"},
		{"term without words", "plain: Mảnh đất có ranh giới.", "", "Thiếu plain"},
		{"verified exemption without text", "text: Hộ nghèo được miễn., ", "", "Thiếu text"},
		{"exemption's fact", "poor_household", "Hộ nghèo", "d.yaml:2:45: «Hộ nghèo» không làm mã được"},
		{"exemption's name", "poor: {", "Hộ nghèo: {", "d.yaml:2:3: «Hộ nghèo» không làm mã được"},
		{"situation's id", "paper-sale", "Giấy tay", "d.yaml:11:9: «Giấy tay» không làm mã được"},
		{"situation's field", "field: land", "field: sea", "«sea» không dùng được cho field"},
		{"situation's fact", "{fact: a, eq: true}", "{fact: zzz, eq: true}", "Chưa khai báo câu hỏi «zzz»"},
		{"situation's value", "{fact: a, eq: true}", "{fact: a, eq: có}", "«có» không dùng được cho eq; hãy ghi một trong: true, false"},
		{"situation's procedure", "procedures: [p]", "procedures: [unheard-of]", "Không có thủ tục «unheard-of»; hãy ghi một trong: p"},
		{"who decides", "decides: ward", "decides: court", "Không có cơ quan «court»"},
		{"situation twice", "situations:", "situations:\n  - {id: paper-sale, field: land, title: A, outcomes: [{note: b}]}", "d.yaml:12:9: Đã có tình huống «paper-sale» tại d.yaml:11:10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := good()
			if !strings.Contains(others, tt.old) {
				t.Fatalf("no %q", tt.old)
			}
			files["d.yaml"] = strings.Replace(others, tt.old, tt.new, 1)
			wantProblem(t, report(files), tt.want)
		})
	}
	files := good()
	files["d.yaml"] = "situations:\n  - {id: s, field: land, title: S, outcomes: []}\n"
	wantProblem(t, report(files), "d.yaml:2:46: Tình huống chưa dẫn đến đâu")
}

func TestWarnings(t *testing.T) {
	for _, tt := range []mistake{
		{"lonely alternative", "b.yaml", "id: two, name: Hai, role: submit, scan: required, group: {type: one_of, id: g}", "id: two, name: Hai, role: submit", "b.yaml:16:67: Nhóm chọn một «g» chỉ có một giấy tờ"},
		{"days without an amount", "b.yaml", "      - {id: a, label: Phí, unit: case, amount: 5000}\n", "      - {id: a, label: Phí, unit: case, amount: 5000, to: 2026-11-30}\n      - {id: a, label: Phí, unit: case, amount: 6000, from: 2026-12-02}\n", "b.yaml:24:61: Khoản «a» không có mức nào sau ngày 2026-11-30 và trước ngày 2026-12-02"},
		{"value without label", "b.yaml", "[{id: x, label: X}, {id: y, label: Y}]", "[x, {id: y, label: Y}]", "b.yaml:13:56: Người dân sẽ đọc thấy mã «x»"},
		{"answers that lead nowhere", "c.yaml", "forms:", "situations:\n  - {id: s, field: land, title: S, facts: [{id: a, type: bool, ask: A?}], outcomes: [{when: [{fact: a, eq: true}]}]}\nforms:", "c.yaml:2:85: Có câu trả lời không dẫn đến đâu (a = false)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := report(tt.made(t))
			if r.Err() != nil || r.Catalog == nil {
				t.Fatal(r.Err())
			}
			if len(r.Warnings) != 1 || !strings.HasPrefix(r.Warnings[0].Error(), tt.want) {
				t.Errorf("warns %v, want %s", r.Warnings, tt.want)
			}
		})
	}
}

func TestVersionsOfAProcedure(t *testing.T) {
	second := strings.ReplaceAll(goodProcedure, "    facts:\n", "    effective: {from: 2027-03-01}\n    facts:\n")
	files := goodFiles()
	files["b.yaml"] = strings.Replace(goodProcedure, "    facts:\n", "    effective: {to: 2027-02-28}\n    facts:\n", 1)
	files["d.yaml"] = second
	r := report(files)
	if r.Err() != nil || len(r.Catalog.Procedures) != 2 {
		t.Fatal(r.Err())
	}
	files["b.yaml"] = strings.Replace(files["b.yaml"], "2027-02-28", "2027-03-01", 1)
	wantProblem(t, report(files), "d.yaml:11:16: Hai phiên bản của thủ tục «p» cùng có hiệu lực, bản kia tại b.yaml:11:16; hãy ghi effective")
	files["b.yaml"] = goodProcedure
	wantProblem(t, report(files), "bản kia tại b.yaml:2:5")
}

// TestFactOfEveryUser: a form may depend on a fact only if whoever fills it in
// has been asked.
func TestFactOfEveryUser(t *testing.T) {
	files := goodFiles()
	files["c.yaml"] = strings.Replace(goodForm, "type: personal_no", "type: personal_no, visible_when: {fact: e, eq: x}", 1)
	if err := report(files).Err(); err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(goodProcedure, "id: p", "id: other", 1)
	files["d.yaml"] = strings.Replace(other, "id: e,", "id: other,", 1)
	wantProblem(t, report(files), "c.yaml:9:73: Chỉ một số thủ tục dùng tờ khai này có tình huống «e»")
}

// TestEveryKeyIsExplained: the operators' page has every key there is.
func TestEveryKeyIsExplained(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "catalog.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var look func(reflect.Type)
	look = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer:
			look(typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ] {
			return
		}
		seen[typ] = true
		for key, i := range keysOf(typ) {
			if !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("%s: the key %s is not explained", typ, key)
			}
			look(typ.Field(i).Type)
		}
	}
	look(reflect.TypeFor[Catalog]())
	for _, words := range [][]string{fields, capabilities, channels, systems, onlineLevels, roles, scans, colours, timeUnits, feeUnits, collectors, formats, fillTargets, cardParts, kinds, types, factTypes, certainties} {
		for _, w := range words {
			if !strings.Contains(string(page), w+"`") {
				t.Errorf("the word %s is not explained", w)
			}
		}
	}
}

// TestManyMistakes: a file that is no catalogue is told so in few words.
func TestManyMistakes(t *testing.T) {
	r := report(map[string]string{"a.yaml": "synonyms:\n" + strings.Repeat("- a\n", 3*maxTold)})
	if len(r.Problems) != maxTold {
		t.Errorf("%d problems", len(r.Problems))
	}
	files := goodFiles()
	files["d.yaml"] = "synonyms:\n" + strings.Repeat("- [a]\n", 3*maxTold)
	if r := report(files); len(r.Problems) != maxTold {
		t.Errorf("%d problems", len(r.Problems))
	}
}
