package kit

import "servicepoint/kiosk/catalog"

// ResultForms says in which forms an authority gives a result.
func ResultForms(r catalog.Result) []Text {
	var forms []Text
	if r.Paper {
		forms = append(forms, Say("resident.result.paper"))
	}
	if r.Digital {
		forms = append(forms, Say("resident.result.digital"))
	}
	return forms
}
