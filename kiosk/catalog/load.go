package catalog

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile is the size of the biggest file that is read, in bytes.
const maxFile = 2_000_000

//go:embed data/*.yaml
var data embed.FS

var embedded = sync.OnceValues(func() (*Catalog, error) {
	sub, err := fs.Sub(data, "data")
	if err != nil {
		return nil, err
	}
	return loadFS(sub)
})

// Error is one thing that is wrong in a catalogue file. Line and Column count
// from 1 and are 0 where the trouble has no place. Problem is for the person
// who wrote the file, in English.
type Error struct {
	File         string
	Line, Column int
	Problem      string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Problem)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
}

// Embedded gives the catalogue that ships with the program.
func Embedded() (*Catalog, error) { return embedded() }

// LoadFile reads a catalogue that stands in one file. Errors are *Error, joined
// if there are several.
func LoadFile(path string) (*Catalog, error) {
	return loadFiles(os.DirFS(filepath.Dir(path)), []string{filepath.Base(path)})
}

// LoadDir reads all *.yaml files of a folder as one catalogue. Exactly one of
// them carries schema, id and version. Errors are *Error, joined if there are
// several.
func LoadDir(dir string) (*Catalog, error) { return loadFS(os.DirFS(dir)) }

func loadFS(fsys fs.FS) (*Catalog, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	if len(names) == 0 {
		return nil, &Error{File: ".", Problem: "the folder has no *.yaml file"}
	}
	return loadFiles(fsys, names)
}

func loadFiles(fsys fs.FS, names []string) (*Catalog, error) {
	var sources []*source
	var problems []error
	for _, name := range names {
		s, err := readSource(fsys, name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		sources = append(sources, s)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...) // references into an unread file would all seem broken
	}
	c := merge(sources)
	k := &checker{all: c}
	k.head(sources)
	k.unique(sources)
	for _, s := range sources {
		k.source = s
		k.codesAreQuoted()
		k.parts()
	}
	if len(k.problems) > 0 {
		slices.SortStableFunc(k.problems, byPlace)
		return nil, errors.Join(k.problems...)
	}
	return c, nil
}

// byPlace orders problems as a person goes through the files.
func byPlace(a, b error) int {
	x, _ := errors.AsType[*Error](a)
	y, _ := errors.AsType[*Error](b)
	return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
}

// source is one file: what it says and where it says it.
type source struct {
	name string
	tree *ast.File
	part Catalog
}

func readSource(fsys fs.FS, name string) (*source, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, &Error{File: name, Problem: "cannot be opened: " + cause(err)}
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &Error{File: name, Problem: "cannot be read: " + cause(err)}
	}
	if len(raw) > maxFile {
		return nil, &Error{File: name, Problem: fmt.Sprintf("is bigger than %d bytes", maxFile)}
	}
	return parse(name, raw)
}

// cause is the reason without the path, which Error names already.
func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// parse reads one file strictly. The YAML library may panic on input nobody
// foresaw; an operator's slip must not stop the point, so that is an error as
// well.
func parse(name string, raw []byte) (s *source, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, &Error{File: name, Problem: fmt.Sprintf("cannot be read as YAML: %v", r)}
		}
	}()
	s = &source{name: name}
	if s.tree, err = parser.ParseBytes(raw, 0); err != nil {
		return nil, asError(name, err)
	}
	if len(s.tree.Docs) != 1 || s.tree.Docs[0].Body == nil {
		return nil, &Error{File: name, Line: 1, Column: 1, Problem: "must hold exactly one YAML document"}
	}
	if err := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(&s.part); err != nil {
		return nil, asError(name, err)
	}
	return s, nil
}

func asError(name string, err error) error {
	e := &Error{File: name, Problem: err.Error()}
	if y, ok := errors.AsType[yaml.Error](err); ok {
		e.Problem = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			e.Line, e.Column = t.Position.Line, t.Position.Column
		}
	}
	return e
}

// at finds the place of a YAML path such as "$.procedures[0].code", or of the
// nearest thing around it that does stand in the file.
func (s *source) at(path string) (line, column int) {
	for path != "" {
		if p, err := yaml.PathString(path); err == nil {
			if n, err := p.FilterFile(s.tree); err == nil && n != nil && n.GetToken() != nil {
				pos := firstToken(n).Position
				return pos.Line, pos.Column
			}
		}
		path = path[:max(0, lastStep(path))]
	}
	return 1, 1
}

// merge puts the files together; what is given twice is told by unique.
func merge(sources []*source) *Catalog {
	all := &Catalog{Authorities: map[string]Authority{}, Exemptions: map[string]Exemption{}}
	for _, s := range sources {
		p := s.part
		if s.isHead() {
			all.Schema, all.Head = p.Schema, p.Head
		}
		if s.hasCalendar() {
			all.Calendar = p.Calendar
		}
		maps.Copy(all.Authorities, p.Authorities)
		maps.Copy(all.Exemptions, p.Exemptions)
		all.Communes = append(all.Communes, p.Communes...)
		all.Procedures = append(all.Procedures, p.Procedures...)
		all.Sections = append(all.Sections, p.Sections...)
		all.Forms = append(all.Forms, p.Forms...)
		all.Synonyms = append(all.Synonyms, p.Synonyms...)
		all.Situations = append(all.Situations, p.Situations...)
		all.Terms = append(all.Terms, p.Terms...)
	}
	all.useSections()
	return all
}

// isHead reports whether the file says which catalogue this is.
func (s *source) isHead() bool { return s.part.Schema != 0 || s.part.Head != Head{} }

func (s *source) hasCalendar() bool {
	return s.part.Calendar.Timezone != "" || len(s.part.Calendar.Sessions) > 0
}

// useSections puts the catalogue's own sections where forms use them.
func (c *Catalog) useSections() {
	for _, f := range c.Forms {
		for i, s := range f.Sections {
			shared, ok := c.section(s.Use)
			if ok && s.Use != "" {
				shared.Use = s.Use
				f.Sections[i] = shared
			}
		}
	}
}

func (c *Catalog) section(id string) (Section, bool) {
	i := slices.IndexFunc(c.Sections, func(s Section) bool { return s.ID == id })
	if i < 0 {
		return Section{}, false
	}
	return c.Sections[i], true
}
