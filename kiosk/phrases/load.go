package phrases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
)

// Load reads <language>/<area>.json of every language and merges the areas. A
// code that occurs twice in one language is an error, so is a file that is not
// one flat object of strings.
func Load(fsys fs.FS) (*Book, error) {
	b := &Book{said: map[Lang]map[string]string{}}
	for _, lang := range []Lang{VI, EN} {
		said := map[string]string{}
		names, err := fs.Glob(fsys, string(lang)+"/*.json")
		if err != nil {
			return nil, fmt.Errorf("phrases: list %s: %w", lang, err)
		}
		for _, name := range names {
			pairs, err := readArea(fsys, name)
			if err != nil {
				return nil, err
			}
			for _, p := range pairs {
				if _, twice := said[p.code]; twice {
					return nil, fmt.Errorf("phrases: %s: code %q occurs twice in this language", name, p.code)
				}
				said[p.code] = p.text
			}
		}
		b.said[lang] = said
	}
	return b, nil
}

// pair is one sentence as it stands in a file.
type pair struct{ code, text string }

// readArea reads one file token by token, since a map would hide a code that
// occurs twice.
func readArea(fsys fs.FS, name string) ([]pair, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("phrases: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("phrases: %s: want one object of codes and sentences (%v)", name, err)
	}
	var pairs []pair
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("phrases: %s: %w", name, err)
		}
		var p pair
		p.code, _ = key.(string) // a key is always a string
		if err := d.Decode(&p.text); err != nil {
			return nil, fmt.Errorf("phrases: %s: %q: %w", name, p.code, err)
		}
		pairs = append(pairs, p)
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("phrases: %s: %w", name, err)
	}
	return pairs, nil
}
