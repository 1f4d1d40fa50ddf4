package webdriver

import "testing"

func TestLocatorsByWords(t *testing.T) {
	for selector, want := range map[string]string{
		Button("Tiếp tục"):           `//*[self::button or self::a][not(@aria-hidden)][not(ancestor::dialog)][contains(normalize-space(.),"Tiếp tục")]`,
		Field(`Giấy "hồng"`):         `//*[@id=//label[contains(normalize-space(.),'Giấy "hồng"')]/@for]`,
		Box("Ngày sinh", "Năm"):      `//fieldset[legend[contains(normalize-space(.),"Ngày sinh")]]//label[contains(normalize-space(.),"Năm")]//input`,
		Within("li", "một", "//img"): `//li[contains(normalize-space(.),"một")]//img`,
	} {
		if selector != want {
			t.Errorf("%s\nwant %s", selector, want)
		}
		if l := locator(selector); l["using"] != "xpath" {
			t.Errorf("%s is looked for as %s", selector, l["using"])
		}
	}
	if l := locator("main > h1"); l["using"] != "css selector" || l["value"] != "main > h1" {
		t.Error(l)
	}
}
