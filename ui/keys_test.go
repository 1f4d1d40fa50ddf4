package ui_test

import (
	"testing"
	"testing/fstest"

	"github.com/gofiber/fiber/v2"

	"servicepoint/ui/kit"
	"servicepoint/ui/webdriver"
)

const keysPage = `{{define "main"}}
<label for="f-name">Họ tên</label><input id="f-name" type="text" data-keys="name" maxlength="40">
<label for="f-code">Mã</label><input id="f-code" type="text" data-keys="code" maxlength="4">{{end}}`

// TestTheScreenHasItsKeyboard types a name with every kind of key, and a code
// that ends at its length, by touch alone.
func TestTheScreenHasItsKeyboard(t *testing.T) {
	webdriver.Both(t, func(t *testing.T, b *webdriver.Session) {
		mount := func(r fiber.Router, k *kit.Kit) error {
			pages, err := k.Pages(fstest.MapFS{"keys.html": {Data: []byte(keysPage)}})
			if err != nil {
				return err
			}
			r.Get("/", func(c *fiber.Ctx) error { return pages.Show(c, "keys", kit.Page{Title: kit.Words("Bàn phím")}) })
			return nil
		}
		b.Navigate(serve(t, mount) + "/enter?t=" + token)
		b.SetViewport(1280, 800)
		press := func(keys ...string) {
			for _, key := range keys {
				b.Click(`//div[@class="keys"]//button[text()="` + key + `"]`)
			}
		}
		b.Click("#f-name + .keys-open")
		press("đ", "ă", "n", "g", "Cách", "t", "h", "i", "Cách", "h", "o", "a", "à", "x", "Xóa")
		if got := b.Value("#f-name"); got != "Đăng Thi Hoà" {
			t.Errorf("the name reads %q", got)
		}
		b.Shot("keyboard")
		var small int
		b.Execute(&small, `return [...document.querySelectorAll(".keys .key")].filter((k) => k.getBoundingClientRect().height < 50 || k.getBoundingClientRect().width < 50).length`)
		if small > 0 {
			t.Errorf("%d keys are smaller than 12.7 mm", small)
		}
		b.Click("#f-code + .keys-open")
		press("T", "H", "7", "O", "9", "Xong")
		if got := b.Value("#f-code"); got != "TH7O" {
			t.Errorf("the code reads %q", got)
		}
		if b.Has(".keys") {
			t.Error("the keyboard is still up")
		}
		if found := b.Axe(); len(found) > 0 {
			t.Errorf("axe: %v", found)
		}
	})
}
