package main

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/draw"

	"servicepoint/ui/webdriver"
)

// TestPictures takes the pictures of the documents from a running demo: with
// KIOSK_PICTURES=docs/pictures they are written there (make pictures).
func TestPictures(t *testing.T) {
	dir := os.Getenv("KIOSK_PICTURES")
	if dir == "" {
		t.Skip("KIOSK_PICTURES does not name a folder")
	}
	p := openByHand(t, webdriver.Open(t, webdriver.Chromium))
	p.atWindow()
	p.heads("Xin chào")
	start := p.Screenshot()
	p.press("Lấy số thứ tự")
	p.press("Số thường")
	p.press("Tôi chưa rõ")
	p.reads("Phiếu đã in xong")

	p.signIn()
	p.callAndServe()
	code := p.openDossier("Làm giấy khai sinh cho con")
	p.declareBirth()
	const paper = "Giấy chứng sinh"
	p.lay(1, 2)
	p.take(paper, "Chụp trang", 1)
	p.take(paper, "Chụp thêm trang", 2)
	p.Execute(nil, "scrollTo(0, 0)")
	desk := p.Screenshot()
	p.press("Kiểm tra hồ sơ")
	p.reviewAndConsent()
	p.press("Gửi về trung tâm")
	p.reads("Cơ quan đã tiếp nhận")
	p.printAssist(code)
	all := p.slips()
	slip := readPicture(t, all[len(all)-1])

	writePicture(t, filepath.Join(dir, "tour.png"), sideBySide(620, start, desk, slip))
}

// sideBySide puts pictures on a table, all of one height.
func sideBySide(height int, pictures ...image.Image) image.Image {
	const margin = 28
	width := margin
	for _, p := range pictures {
		width += p.Bounds().Dx()*height/p.Bounds().Dy() + margin
	}
	table := image.NewRGBA(image.Rect(0, 0, width, height+2*margin))
	draw.Draw(table, table.Bounds(), image.NewUniform(color.RGBA{0xd9, 0xd3, 0xc5, 0xff}), image.Point{}, draw.Src)
	at := image.Pt(margin, margin)
	for _, p := range pictures {
		spot := image.Rectangle{at, at.Add(image.Pt(p.Bounds().Dx()*height/p.Bounds().Dy(), height))}
		edge := image.NewUniform(color.RGBA{0x6c, 0x7f, 0x7b, 0xff})
		draw.Draw(table, spot.Inset(-1), edge, image.Point{}, draw.Src)
		draw.CatmullRom.Scale(table, spot, p, p.Bounds(), draw.Src, nil)
		at.X = spot.Max.X + margin
	}
	return table
}

func readPicture(t *testing.T, file string) image.Image {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func writePicture(t *testing.T, file string, img image.Image) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
