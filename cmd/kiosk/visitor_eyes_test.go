package main

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"servicepoint/kiosk/imaging"
	"servicepoint/kiosk/qr"
)

// slipOnPaper looks into the printer's tray for the dossier's slip.
func (v *visitor) slipOnPaper() bool {
	for _, text := range v.p.paper() {
		if text == qr.Text('D', v.code) {
			return true
		}
	}
	return false
}

// paper reads the QR of every slip that has come out of the printer, "" for
// one without.
func (p *place) paper() (texts []string) {
	files, err := filepath.Glob(p.path("slips/*.png"))
	p.must(err)
	for _, name := range files {
		text, known := p.slips[name]
		if !known {
			f, err := os.Open(name)
			p.must(err)
			img, err := png.Decode(f)
			f.Close()
			if err != nil {
				continue // is being painted
			}
			found, err := imaging.ReadQR(img)
			p.must(err)
			text = strings.Join(found, " ")
			p.slips[name] = text
		}
		texts = append(texts, text)
	}
	return texts
}

var (
	qrPattern  = regexp.MustCompile(`viewBox="0 0 (\d+) \d+".*?class="qr-ink" d="([^"]*)"`)
	runPattern = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1`)
)

// readScreenQR reads the QR that a page draws, the way a telephone would.
func readScreenQR(markup string) (string, error) {
	m := qrPattern.FindStringSubmatch(markup)
	if m == nil {
		return "", errors.New("no QR on the screen")
	}
	const dots = 8 // a module
	side, _ := strconv.Atoi(m[1])
	img := image.NewGray(image.Rect(0, 0, side*dots, side*dots))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for _, run := range runPattern.FindAllStringSubmatch(m[2], -1) {
		x, _ := strconv.Atoi(run[1])
		y, _ := strconv.Atoi(run[2])
		n, _ := strconv.Atoi(run[3])
		for dy := range dots {
			for dx := range n * dots {
				img.SetGray(x*dots+dx, y*dots+dy, color.Gray{})
			}
		}
	}
	texts, err := imaging.ReadQR(img)
	if err != nil || len(texts) != 1 {
		return "", fmt.Errorf("the screen's QR does not read: %v %w", texts, err)
	}
	return texts[0], nil
}
