package slip

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// TestTruths says for every state and way what the slip claims. It must never
// claim more than the state proves.
func TestTruths(t *testing.T) {
	const kept, sent, sending, notSent = "slip.truth.kept", "slip.truth.sent", "slip.truth.sending", "slip.truth.not_sent"
	const filed, notFiled = "slip.truth.filed", "slip.truth.not_filed"
	const accepted, noCode, notAccepted = "slip.truth.accepted", "slip.truth.accepted_no_code", "slip.truth.not_accepted"
	holds := map[string]bool{kept: true, sent: true, filed: true, accepted: true, noCode: true}
	tests := []struct {
		state    kiosk.State
		way      kiosk.Way
		official kiosk.OfficialCode
		want     []string
		next     string
	}{
		{kiosk.Open, "", "", []string{kept, notSent, notAccepted}, "slip.next.draft"},
		{kiosk.Consented, "", "", []string{kept, notSent, notAccepted}, "slip.next.draft"},
		{kiosk.Sealed, kiosk.ByCentre, "", []string{kept, notSent, notAccepted}, "slip.next.centre"},
		{kiosk.Announced, kiosk.ByCentre, "", []string{kept, notSent, notAccepted}, "slip.next.centre"},
		{kiosk.Uploading, kiosk.ByCentre, "", []string{kept, sending, notAccepted}, "slip.next.centre"},
		{kiosk.Sent, kiosk.ByCentre, "", []string{kept, sending, notAccepted}, "slip.next.centre"},
		{kiosk.Stored, kiosk.ByCentre, "", []string{kept, sent, notAccepted}, "slip.next.checking"},
		{kiosk.Accepted, kiosk.ByCentre, "", []string{kept, sent, noCode}, "slip.next.accepted"},
		{kiosk.Accepted, kiosk.ByCentre, "H26-1", []string{kept, sent, accepted}, "slip.next.accepted"},
		{kiosk.Wiped, kiosk.ByCentre, "H26-1", []string{"slip.truth.not_kept", sent, accepted}, "slip.next.closed"},
		{kiosk.Wiped, kiosk.ByCentre, "", []string{"slip.truth.not_kept"}, "slip.next.closed"},
		{kiosk.Prepared, kiosk.ByAssisted, "", []string{kept, notFiled, notAccepted}, "slip.next.assisted"},
		{kiosk.Filing, kiosk.ByAssisted, "", []string{kept, notFiled, notAccepted}, "slip.next.assisted"},
		{kiosk.Accepted, kiosk.ByAssisted, "H26-1", []string{kept, filed, accepted}, "slip.next.accepted"},
		{kiosk.Returned, kiosk.ByCentre, "", []string{kept, sent, notAccepted}, "slip.next.returned"},
		{kiosk.Rejected, kiosk.ByCentre, "", []string{kept, notAccepted}, "slip.next.returned"},
		{kiosk.Abandoned, kiosk.ByAssisted, "", []string{kept, notFiled, notAccepted}, "slip.next.abandoned"},
		{kiosk.Damaged, kiosk.ByCentre, "", []string{notAccepted}, "slip.next.damaged"},
	}
	for _, tt := range tests {
		a := AssistInfo{State: tt.state, Way: tt.way, Official: tt.official}
		var got []string
		for _, truth := range truthsOf(a) {
			got = append(got, truth.code)
			if truth.holds != holds[truth.code] {
				t.Errorf("%s by %s: %s is marked %v", tt.state, tt.way, truth.code, truth.holds)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s by %s (-want +got):\n%s", tt.state, tt.way, diff)
		}
		if next(a) != tt.next {
			t.Errorf("%s: next is %s, want %s", tt.state, next(a), tt.next)
		}
	}
}

// TestEveryPhraseIsThere: some codes are put together or chosen, so that nobody
// would see one missing.
func TestEveryPhraseIsThere(t *testing.T) {
	for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
		for _, c := range kiosk.Classes {
			if !phrases.Has(lang, "slip.class."+string(c)) {
				t.Errorf("%s: no name for the class %s", lang, c)
			}
		}
		for state := range kiosk.Steps {
			for _, way := range []kiosk.Way{"", kiosk.ByCentre, kiosk.ByAssisted} {
				a := AssistInfo{State: state, Way: way}
				for _, code := range []string{next(a), originals(a)} {
					if !phrases.Has(lang, code) {
						t.Errorf("%s: no phrase %s", lang, code)
					}
				}
				for _, truth := range truthsOf(a) {
					if !phrases.Has(lang, truth.code) {
						t.Errorf("%s: no phrase %s", lang, truth.code)
					}
				}
			}
		}
	}
}
