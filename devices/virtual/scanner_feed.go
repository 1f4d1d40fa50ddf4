package virtual

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// folderPeriod is how often the feed folder is looked at. A file is taken once
// two looks saw it alike: nobody writes to it any more.
const folderPeriod = 300 * time.Millisecond

// feedFolder lays the JPEG files of the folder on the pile, in name order. A
// file that changes later is another sheet.
func (v *Scanner) feedFolder(ctx context.Context) {
	type look struct {
		size  int64
		at    time.Time
		taken bool
	}
	seen := map[string]look{}
	for {
		entries, _ := os.ReadDir(v.dir) // gone for a moment: the next look sees
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || !isJPEGName(e.Name()) {
				continue
			}
			now, was := look{size: info.Size(), at: info.ModTime()}, seen[e.Name()]
			if was.size != now.size || !was.at.Equal(now.at) {
				seen[e.Name()] = now
				continue
			}
			if was.taken || now.size == 0 {
				continue
			}
			if b, err := os.ReadFile(filepath.Join(v.dir, e.Name())); err == nil {
				v.Feed(b)
				was.taken = true
				seen[e.Name()] = was
			}
		}
		if !pause(ctx, folderPeriod) {
			return
		}
	}
}

func isJPEGName(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return (ext == ".jpg" || ext == ".jpeg") && !strings.HasPrefix(name, ".")
}
