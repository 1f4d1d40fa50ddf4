package report

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/font/sfnt"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
)

var update = flag.Bool("update", false, "write the golden files anew")

// at is a Monday, 9:15 in Hanoi.
var at = time.Date(2026, 11, 23, 2, 15, 0, 0, time.UTC)

// household is a form with every kind of question.
func household() catalog.Form {
	sex := []catalog.Choice{{ID: "male", Label: "Nam"}, {ID: "female", Label: "Nữ"}}
	return catalog.Form{ID: "household", Name: "Tờ khai thử của một gia đình", Sections: []catalog.Section{
		{ID: "applicant", Title: "Người yêu cầu", Questions: []catalog.Question{
			{ID: "name", Label: "Họ và tên", Type: catalog.TypeName}, {ID: "no", Label: "Số định danh cá nhân", Type: catalog.TypePersonalNo},
			{ID: "born", Label: "Ngày sinh", Type: catalog.TypeDate}, {ID: "sex", Label: "Giới tính", Type: catalog.TypeChoice, Values: sex},
			{ID: "home", Label: "Nơi cư trú", Type: catalog.TypeAddress}, {ID: "phone", Label: "Số điện thoại", Type: catalog.TypePhone},
			{ID: "married", Label: "Đã đăng ký kết hôn", Type: catalog.TypeBool},
			{ID: "spouse", Label: "Họ và tên vợ hoặc chồng", Type: catalog.TypeName, VisibleWhen: &catalog.When{Fact: "married", Eq: "true"}},
		}},
		{ID: "late", Title: "Đăng ký quá hạn", Questions: []catalog.Question{{ID: "reason", Label: "Lý do", Type: catalog.TypeText, VisibleWhen: &catalog.When{Fact: "on_time", Eq: "false"}}}},
		{ID: "child", Title: "Người được khai sinh", Questions: []catalog.Question{
			{ID: "child_name", Label: "Họ, chữ đệm, tên của người được khai sinh, viết bằng chữ in hoa có dấu", Type: catalog.TypeName},
			{ID: "child_born", Label: "Ngày sinh", Type: catalog.TypeDate}, {ID: "child_sex", Label: "Giới tính", Type: catalog.TypeChoice, Values: sex},
			{ID: "kin", Label: "Quan hệ với người được khai sinh", Type: catalog.TypeChoice, Values: []catalog.Choice{
				{ID: "a", Label: "Cha hoặc mẹ"}, {ID: "b", Label: "Ông, bà nội hoặc ngoại, anh chị em ruột"}, {ID: "c", Label: "Người giám hộ"}, {ID: "d", Label: "Người được ủy quyền bằng văn bản có chứng thực của cơ quan có thẩm quyền nơi cư trú"}}},
			{ID: "weight", Label: "Cân nặng khi sinh (gam)", Type: catalog.TypeNumber}, {ID: "place", Label: "Nơi sinh", Type: catalog.TypeAddress},
		}},
	}}
}

func sample() DeclarationSheet {
	return DeclarationSheet{
		LocalCode: "DTH01-261123-0007-K", Point: "Điểm phục vụ hành chính công Đông Thành", Procedure: "Đăng ký khai sinh", Form: household(), At: at,
		Answers: kiosk.Answers{
			"name": "Nguyễn Thị Ước Ẩm", "weight": "ba cân", "no": "001190000123", "born": "1990-09-02", "sex": "female", "phone": "+84912345678", "married": "true", "on_time": "true", "reason": "không được in ra",
			"home": "Phòng 1203, tòa nhà CT8, khu đô thị Đông Thành, tổ dân phố số 7, xã Đông Thành, thành phố Hà Nội (gần trường tiểu học Đông Thành)",
		},
	}
}

func made(t testing.TB, d DeclarationSheet) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Declaration(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// read gives the text of the pages as poppler reads it, laid out.
func read(t *testing.T, pdf []byte) []string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("pdftotext is missing: apt-get install poppler-utils")
		}
		t.Skip("pdftotext is missing: apt-get install poppler-utils")
	}
	file := filepath.Join(t.TempDir(), "sheet.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("pdftotext", "-layout", "-enc", "UTF-8", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	pages := strings.Split(string(text), "\f")
	return pages[:len(pages)-1]
}

func TestDeclarationReadsAsItShould(t *testing.T) {
	pages := read(t, made(t, sample()))
	got := strings.Join(pages, "\f")
	golden := filepath.Join("testdata", "declaration.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the sheet reads otherwise (-want +got); look at it, then run with -update:\n%s", diff)
	}
	for _, wanted := range []string{"02/09/1990", "0912 345 678", "Nữ", "Có", "Họ và tên vợ hoặc chồng"} {
		if !strings.Contains(got, wanted) {
			t.Errorf("the sheet does not say %q", wanted)
		}
	}
	for _, unwanted := range []string{"không được in ra", "quá hạn", "female", "+84"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("the sheet says %q", unwanted)
		}
	}
}

func TestDeclarationIsTheSameEveryTime(t *testing.T) {
	first := made(t, sample())
	for range 5 {
		if !bytes.Equal(first, made(t, sample())) {
			t.Fatal("the same sheet gives other bytes")
		}
	}
	for _, secret := range []string{"001190000123", "Ước"} {
		if bytes.Contains(first[:1000], []byte(secret)) {
			t.Errorf("the head of the file holds %q", secret)
		}
	}
}

// Sixty questions, one of them with an answer longer than a page: every page
// says that it is a draft and which it is, and nothing is lost.
func TestDeclarationOverManyPages(t *testing.T) {
	d := sample()
	d.Form.Sections, d.Answers = nil, kiosk.Answers{"q1_3": strings.TrimSpace(strings.Repeat("nghiêng ", 700)), "q2_4": strings.Repeat("Ŵ", 300)}
	for s := range 6 {
		section := catalog.Section{ID: fmt.Sprint("s", s), Title: fmt.Sprint("Phần ", s)}
		for n := range 10 {
			section.Questions = append(section.Questions, catalog.Question{ID: fmt.Sprintf("q%d_%d", s, n), Label: fmt.Sprintf("Câu hỏi %d.%d của phần này", s, n), Type: []string{catalog.TypeText, catalog.TypeAddress, catalog.TypeDate}[n%3]})
		}
		d.Form.Sections = append(d.Form.Sections, section)
	}
	pages := read(t, made(t, d))
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages {
		for _, want := range []string{"BẢN NHÁP HỖ TRỢ – KHÔNG PHẢI BIỂU MẪU CHÍNH THỨC", fmt.Sprintf("Trang %d/%d", i+1, len(pages)), "DTH01-261123-0007-K", "Điểm phục vụ hành chính công Đông Thành"} {
			if !strings.Contains(page, want) {
				t.Errorf("page %d does not say %q", i+1, want)
			}
		}
	}
	all := strings.Join(pages, "")
	for s := range 6 {
		for n := range 10 {
			if want := fmt.Sprintf("Câu hỏi %d.%d của", s, n); !strings.Contains(all, want) {
				t.Errorf("%q is not there", want)
			}
		}
	}
	if n := strings.Count(all, "nghiêng"); n != 700 {
		t.Errorf("%d of 700 words are there", n)
	}
	if n := strings.Count(all, "Ŵ"); n != 300 {
		t.Errorf("%d of 300 letters are there", n)
	}
}

// Every letter that the sheet may set is in both fonts.
func TestEveryLetterIsInTheFonts(t *testing.T) {
	for name, file := range map[string][]byte{"regular": regularFile, "bold": boldFile} {
		parsed, err := sfnt.Parse(file)
		if err != nil {
			t.Fatal(err)
		}
		var buf sfnt.Buffer
		for r := rune(0); r < 0x3000; r++ {
			if i, err := parsed.GlyphIndex(&buf, r); unicode.Is(letters, r) && (err != nil || i == 0) {
				t.Errorf("%s has no %q (%U)", name, r, r)
			}
		}
	}
	for _, r := range "aàảãáạăằẳẵắặâầẩẫấậđeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ" {
		for _, r := range []rune{r, unicode.ToUpper(r)} {
			if !unicode.Is(letters, r) {
				t.Errorf("%q is not printed", r)
			}
		}
	}
}

func FuzzDeclaration(f *testing.F) {
	f.Add("Nguyễn", "Họ và tên", "x")
	f.Add("😀\xff\x00 語", "\uffff", strings.Repeat("W", 5000))
	f.Fuzz(func(t *testing.T, answer, label, address string) {
		d := sample()
		d.Answers["name"], d.Answers["home"], d.Point, d.Procedure = answer, address, label, answer
		d.Form.Sections[0].Title, d.Form.Sections[0].Questions[0].Label = label, label
		if err := Declaration(io.Discard, d); err != nil {
			t.Fatal(err)
		}
	})
}
