package kit

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
)

//go:embed icons/*.svg
var iconFiles embed.FS

// icon gives a drawing to stand beside words; it says nothing by itself, so it
// is hidden from readers. The drawings are lucide's, see icons/LICENSE.
func icon(name string) (template.HTML, error) {
	b, err := fs.ReadFile(iconFiles, "icons/"+name+".svg")
	if err != nil {
		return "", fmt.Errorf("kit: no icon %q", name)
	}
	return template.HTML(strings.Replace(strings.TrimSpace(string(b)), "<svg ", `<svg class="icon" aria-hidden="true" focusable="false" `, 1)), nil
}

// QR draws a QR code with its quiet zone of four modules; label is what a
// reader says for it. The matrix comes from package qr.
func QR(matrix [][]bool, label string) template.HTML {
	const quiet = 4
	size := len(matrix) + 2*quiet
	var path strings.Builder
	for y, row := range matrix {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			run := 1
			for x+run < len(row) && row[x+run] {
				run++
			}
			fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			x += run
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path class="qr-ground" d="M0 0h%dv%dh-%dz"/><path class="qr-ink" d="%s"/></svg>`,
		template.HTMLEscapeString(label), size, size, size, size, size, path.String()))
}
