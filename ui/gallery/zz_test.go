package gallery_test

import ("testing"; "os"; "strings"; "fmt"; "servicepoint/ui/webdriver")

func TestZZ(t *testing.T) {
	only := os.Getenv("ZZ")
	s := webdriver.Open(t, webdriver.Engine(os.Getenv("ENG")))
	origin, all := open(t, s)
	w, h := 1280, 800
	if os.Getenv("PORT") != "" { w, h = 1080, 1920 }
	s.SetViewport(w, h)
	for _, v := range all {
		if only != "" && !strings.Contains(v.address, only) { continue }
		s.Navigate(origin + v.address)
		if z := os.Getenv("SIZE"); z != "" { s.Execute(nil, "document.documentElement.dataset.size=arguments[0]", z) }
		if z := os.Getenv("GROUND"); z != "" { s.Execute(nil, "document.documentElement.dataset.ground=arguments[0]", z) }
		fmt.Println(s.Shot(strings.ReplaceAll(strings.TrimPrefix(v.address, "/gallery/"), "/", "-")))
	}
}
