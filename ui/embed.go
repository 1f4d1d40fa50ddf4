package ui

import (
	"embed"
	"io/fs"
)

//go:embed all:static
var static embed.FS

// Static is the tree of style sheets, scripts and fonts. The fonts in vendor/
// are fetched by npm and may be missing.
func Static() fs.FS {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

//go:embed pages/*.html
var pageFiles embed.FS
