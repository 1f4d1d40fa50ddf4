package centre

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

func TestAnswerLines(t *testing.T) {
	m := seal.Manifest{Procedure: seal.Procedure{ID: "birth-registration"}, Declaration: kiosk.Declaration{Form: "birth-registration", Answers: kiosk.Answers{
		"applicant_name": "Nguyễn Văn Mẫu", "applicant_birth": "1990-08-15", "applicant_phone": "+84912345678", "applicant_sex": "female",
		"within_60_days": "true", "birth_case": "never_heard_of", "applicant_email": "", "field_of_old": "còn đây",
	}}}
	want := []answerLine{
		{"Trẻ được đăng ký trong vòng 60 ngày kể từ ngày sinh?", "Có"}, {"Trẻ thuộc trường hợp nào?", "never_heard_of"},
		{"Họ và tên", "Nguyễn Văn Mẫu"}, {"Ngày sinh", "15/08/1990"}, {"Giới tính", "Nữ"}, {"Số điện thoại", "0912 345 678"},
		{"field_of_old", "còn đây"},
	}
	if diff := cmp.Diff(want, answerLines(m)); diff != "" {
		t.Error(diff)
	}
	m.Procedure.ID, m.Declaration.Form = "gone", "gone"
	if got := answerLines(m); len(got) != len(m.Declaration.Answers) {
		t.Errorf("of an unknown form %d of %d answers are shown: %v", len(got), len(m.Declaration.Answers), got)
	}
}
