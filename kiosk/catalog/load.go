package catalog

import (
	"cmp"
	"embed"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"servicepoint/kiosk/calendar"
)

//go:embed data/*.yaml
var data embed.FS

var embedded = sync.OnceValues(func() (*Catalog, error) {
	r := readFolder(data, "data", "data")
	return r.Catalog, r.Err()
})

// Embedded gives the catalogue that ships with the program.
func Embedded() (*Catalog, error) { return embedded() }

// Files are the files of the catalogue that ships with the program, for an
// operator to begin with.
func Files() fs.FS {
	sub, err := fs.Sub(data, "data")
	if err != nil {
		panic(err) // only for a path that is none
	}
	return sub
}

// LoadFile reads a catalogue that stands in one file. The error holds an *Error
// for every problem, which name the file without its folder.
func LoadFile(path string) (*Catalog, error) {
	r := readAsOne([]named{{os.DirFS(filepath.Dir(path)), filepath.Base(path), filepath.Base(path)}}, nil)
	return r.Catalog, r.Err()
}

// LoadDir reads all *.yaml files of a folder as one catalogue; exactly one of
// them carries schema and catalog, one the calendar. The error holds an *Error
// for every problem, which name the files without their folder.
func LoadDir(dir string) (*Catalog, error) {
	r := readFolder(os.DirFS(dir), ".", "")
	return r.Catalog, r.Err()
}

// Check reads files, and the *.yaml files of folders, together as one
// catalogue and says everything there is to say of them, by the names they were
// given. What they refer to and do not hold themselves may stand in base. A
// single folder with a head is meant to be a catalogue in use: what it would
// lack without the base is a warning.
func Check(paths []string, base *Catalog) Report {
	var files []named
	var r Report
	for _, p := range paths {
		fsys := os.DirFS(filepath.Dir(p))
		if info, err := os.Stat(p); err != nil || !info.IsDir() {
			files = append(files, named{fsys, filepath.Base(p), p})
			continue
		}
		inside, err := folder(os.DirFS(p), ".", p)
		if err != nil {
			r.Problems = append(r.Problems, err)
		}
		files = append(files, inside...)
	}
	if len(files) > 0 {
		problems := r.Problems
		r = readAsOne(files, base)
		r.Problems = append(problems, r.Problems...)
	}
	if len(r.Problems) > 0 {
		r.Catalog = nil
		return r
	}
	if base != nil && len(paths) == 1 && len(files) > 0 && files[0].called != paths[0] && r.Catalog.Schema != 0 {
		for _, e := range readAsOne(files, nil).Problems {
			lacking := *e
			lacking.Code, lacking.Args = problemCode("incomplete"), []any{"detail", e}
			r.Warnings = append(r.Warnings, &lacking)
		}
		r.Warnings = inOrder(r.Warnings)
	}
	return r
}

// named is one file to read, and what it is called in what is told of it.
type named struct {
	fsys         fs.FS
	name, called string
}

// folder lists the catalogue files of a folder.
func folder(fsys fs.FS, dir, called string) ([]named, *Error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil || len(names) == 0 {
		return nil, &Error{File: cmp.Or(called, "."), Code: problemCode("no_files")}
	}
	var files []named
	for _, name := range names {
		files = append(files, named{fsys, name, filepath.Join(called, path.Base(name))})
	}
	return files, nil
}

func readFolder(fsys fs.FS, dir, called string) Report {
	files, err := folder(fsys, dir, called)
	if err != nil {
		return Report{Problems: []*Error{err}}
	}
	return readAsOne(files, nil)
}

// readAsOne reads files as one catalogue.
func readAsOne(files []named, base *Catalog) Report {
	sources := make([]*source, len(files))
	var wait sync.WaitGroup
	for i, f := range files { // reading YAML is what takes the time
		wait.Go(func() { sources[i] = readSource(f.fsys, f.name, f.called) })
	}
	wait.Wait()
	var r Report
	for _, s := range sources {
		r.Problems = append(r.Problems, s.problems...)
	}
	if len(r.Problems) > 0 { // references into what could not be read would all seem broken
		r.Problems = inOrder(r.Problems)
		return r
	}
	c := merge(sources, base)
	k := newChecker(c, base)
	k.head(sources)
	k.calendar(sources)
	k.unique(sources)
	k.versions(sources)
	for _, s := range sources {
		k.source = s
		k.parts()
	}
	r.Problems, r.Warnings = inOrder(k.problems), inOrder(k.warnings)
	if len(r.Problems) == 0 {
		r.Catalog = c
	}
	return r
}

// merge puts the files together; what is given twice is told by unique.
func merge(sources []*source, base *Catalog) *Catalog {
	all := &Catalog{Authorities: map[string]Authority{}, Exemptions: map[string]Exemption{}}
	for _, s := range sources {
		s.part.settle()
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
	all.useSections(base)
	all.spellOutExemptions(base)
	return all
}

// isHead reports whether the file says which catalogue this is.
func (s *source) isHead() bool { return s.part.Head != Head{} }

func (s *source) hasCalendar() bool { return hasCalendar(s.part.Calendar) }

func hasCalendar(c calendar.Calendar) bool {
	return c.Timezone != "" || len(c.Sessions) > 0 || len(c.Overrides) > 0 || len(c.Holidays) > 0 || len(c.MakeupWorkdays) > 0 || c.ValidThrough != ""
}

// settle writes down what is meant where a file says nothing.
func (c *Catalog) settle() {
	for key, a := range c.Authorities {
		a.Calendar = cmp.Or(a.Calendar, calendar.Default)
		c.Authorities[key] = a
	}
	for key, e := range c.Exemptions {
		e.Certainty.settle()
		c.Exemptions[key] = e
	}
	for i := range c.Procedures {
		c.Procedures[i].settle()
	}
	for i := range c.Forms {
		c.Forms[i].Certainty.settle()
	}
	for i := range c.Situations {
		c.Situations[i].Certainty.settle()
	}
}

// settle: what nobody has vouched for is not verified.
func (c *Certainty) settle() { *c = cmp.Or(*c, Unverified) }

func (p *Procedure) settle() {
	p.PlainName = cmp.Or(p.PlainName, p.Name)
	p.Certainty.settle()
	for i := range p.Documents {
		d := &p.Documents[i]
		d.Certainty.settle()
		if d.Group.ID == "" {
			d.Group.Type = cmp.Or(d.Group.Type, "all_of")
		}
		d.Scan = cmp.Or(d.Scan, map[string]string{RoleSubmit: "required", RolePresent: "never", RoleFillForm: "optional"}[d.Role])
	}
	for i := range p.Durations {
		p.Durations[i].Certainty.settle()
	}
	for i := range p.Fees {
		p.Fees[i].Certainty.settle()
	}
	for i := range p.Sources {
		p.Sources[i].Certainty.settle()
	}
}

// useSections puts the catalogue's own sections, or those of the base, where
// forms use them.
func (c *Catalog) useSections(base *Catalog) {
	for _, f := range c.Forms {
		for i, s := range f.Sections {
			if s.Use == "" {
				continue
			}
			shared, ok := c.section(s.Use)
			if !ok && base != nil {
				shared, ok = base.section(s.Use)
			}
			if ok {
				shared.Use = s.Use
				f.Sections[i] = shared
			}
		}
	}
}

// spellOutExemptions writes with each fee who does not pay it, so that it is
// kept with a dossier's terms.
func (c *Catalog) spellOutExemptions(base *Catalog) {
	for _, p := range c.Procedures {
		for i := range p.Fees {
			f := &p.Fees[i]
			if e, ok := c.Exemptions[f.Exempt]; ok {
				f.Exemption = e
			} else if base != nil {
				f.Exemption = base.Exemptions[f.Exempt]
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
