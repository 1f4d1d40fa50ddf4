package guide

import (
	"servicepoint/kiosk"
	"servicepoint/kiosk/viet"
)

// Query gives what a person typed as it is kept for the length of a visit:
// cleaned. Blanks and signs alone ask nothing and are refused as guide.empty.
func Query(text string) (string, error) {
	if len(asked(text)) == 0 {
		return "", kiosk.Fail(kiosk.Invalid, "guide.empty", nil)
	}
	return viet.Clean(text), nil
}

// Codes lists every code this package gives.
func Codes() []kiosk.Code { return []kiosk.Code{"guide.empty"} }
