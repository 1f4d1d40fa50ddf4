//go:build !(webview && linux && cgo)

package window

import (
	"testing"

	"servicepoint/kiosk"
)

func TestShowWithoutTheBrowser(t *testing.T) {
	err := Show(t.Context(), Options{URL: home})
	if kiosk.CodeOf(err) != CodeNotBuilt || kiosk.KindOf(err) != kiosk.Unavailable {
		t.Fatalf("Show = %v", err)
	}
}
