//go:build !(webview && linux && cgo)

package window

import (
	"context"

	"servicepoint/kiosk"
)

// Built reports whether this program holds the browser.
const Built = false

// Show says that this program was built without the browser: a *kiosk.Error
// with CodeNotBuilt.
func Show(context.Context, Options) error {
	return kiosk.Fail(kiosk.Unavailable, CodeNotBuilt, nil)
}
