package main

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// page is what a person without scripts sees of a page.
type page struct {
	address *url.URL
	path    string
	status  int
	title   string // the h1
	text    string // everything to read, blanks collapsed
	markup  string
	forms   []*form    // in order
	links   []*control // with an address
	marks   map[string][]*control
}

// control is an element with its attributes; text is what stands inside.
type control struct {
	name    string
	attrs   map[string]string
	text    string
	options []string // of a select; its choice is its attribute value
}

func (c *control) has(attr string) bool { _, ok := c.attrs[attr]; return ok }

type form struct {
	*control
	controls []*control
}

// field gives the controls of that name, several for radio buttons.
func (f *form) field(name string) (all []*control) {
	for _, c := range f.controls {
		if c.attrs["name"] == name && c.name != "button" {
			all = append(all, c)
		}
	}
	return all
}

// fill puts a value in a field as a person could: typed, or chosen among what
// is offered.
func (f *form) fill(name, value string) error {
	taken := false
	for _, c := range f.field(name) {
		switch {
		case c.attrs["type"] == "radio" || c.attrs["type"] == "checkbox":
			delete(c.attrs, "checked")
			if c.attrs["value"] == value {
				c.attrs["checked"], taken = "", true
			}
		case c.name == "select" && !slices.Contains(c.options, value):
		default:
			c.attrs["value"], taken = value, true
		}
	}
	if !taken {
		return fmt.Errorf("no field %q takes %q", name, value)
	}
	return nil
}

// values is what a browser sends when button is clicked.
func (f *form) values(button *control) url.Values {
	v := url.Values{}
	for _, c := range f.controls {
		kind := c.attrs["type"]
		switch {
		case c.attrs["name"] == "" || c.has("disabled"), c.name == "button" && c != button,
			(kind == "radio" || kind == "checkbox") && !c.has("checked"):
		default:
			v.Add(c.attrs["name"], c.attrs["value"])
		}
	}
	return v
}

// form gives the first form that has a field of that name.
func (p *page) form(field string) (*form, error) {
	for _, f := range p.forms {
		if len(f.field(field)) > 0 {
			return f, nil
		}
	}
	return nil, fmt.Errorf("no form with a field %q at %s: %s", field, p.path, p.text)
}

// mark gives the first element that carries this mark, nil without one.
func (p *page) mark(name string) *control {
	if all := p.marks[name]; len(all) > 0 {
		return all[0]
	}
	return nil
}

// marksLike lists the elements whose mark begins so.
func (p *page) marksLike(prefix string) (all []*control) {
	for name, some := range p.marks {
		if strings.HasPrefix(name, prefix) {
			all = append(all, some...)
		}
	}
	return all
}

var (
	tagPattern  = regexp.MustCompile(`(?s)<!--.*?-->|<!doctype[^>]*>|<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>"']|"[^"]*"|'[^']*')*)>`)
	attrPattern = regexp.MustCompile(`([a-zA-Z_:][-a-zA-Z0-9_:.]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?`)
	blanks      = regexp.MustCompile(`\s+`)
)

// void elements have no inside.
var void = map[string]bool{"input": true, "br": true, "img": true, "link": true, "meta": true, "hr": true, "option": false}

// readPage reads the markup this program writes: well nested, every attribute
// quoted.
func readPage(markup string) *page {
	r := &pageReader{page: &page{markup: markup, marks: map[string][]*control{}}}
	rest := markup
	for {
		at := tagPattern.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		r.words(rest[:at[0]])
		tag := rest[at[0]:at[1]]
		if at[4] >= 0 {
			name := strings.ToLower(rest[at[4]:at[5]])
			if at[3] > at[2] {
				r.end(name)
			} else {
				r.begin(name, rest[at[6]:at[7]], strings.HasSuffix(tag, "/>"))
			}
		}
		rest = rest[at[1]:]
	}
	r.words(rest)
	r.page.text = strings.TrimSpace(blanks.ReplaceAllString(r.all.String(), " "))
	return r.page
}

type pageReader struct {
	page *page
	open []*control
	form *form
	all  strings.Builder
}

func (r *pageReader) words(text string) {
	for _, c := range r.open {
		if c.name == "script" || c.name == "style" || c.name == "head" {
			return
		}
	}
	text = html.UnescapeString(text)
	r.all.WriteString(text)
	for _, c := range r.open {
		c.text += text
	}
}

func (r *pageReader) begin(name, attrs string, closed bool) {
	c := &control{name: name, attrs: map[string]string{}}
	for _, m := range attrPattern.FindAllStringSubmatch(attrs, -1) {
		c.attrs[strings.ToLower(m[1])] = html.UnescapeString(m[2] + m[3] + m[4])
	}
	if mark := c.attrs["data-test"]; mark != "" {
		r.page.marks[mark] = append(r.page.marks[mark], c)
	}
	switch name {
	case "form":
		r.form = &form{control: c}
		r.page.forms = append(r.page.forms, r.form)
	case "input", "button", "select", "textarea":
		if r.form != nil {
			r.form.controls = append(r.form.controls, c)
		}
	case "option":
		r.option(c)
	case "a":
		r.page.links = append(r.page.links, c)
	}
	if !closed && !void[name] {
		r.open = append(r.open, c)
	}
	r.all.WriteString(" ")
}

// option belongs to the select around it; the first one is chosen unless
// another one is.
func (r *pageReader) option(c *control) {
	for i := len(r.open) - 1; i >= 0; i-- {
		if s := r.open[i]; s.name == "select" {
			s.options = append(s.options, c.attrs["value"])
			if len(s.options) == 1 || c.has("selected") {
				s.attrs["value"] = c.attrs["value"]
			}
			return
		}
	}
}

func (r *pageReader) end(name string) {
	for i := len(r.open) - 1; i >= 0; i-- {
		c := r.open[i]
		if c.name != name {
			continue
		}
		c.text = strings.TrimSpace(blanks.ReplaceAllString(c.text, " "))
		switch name {
		case "h1":
			r.page.title = c.text
		case "textarea":
			c.attrs["value"] = c.text
		case "form":
			r.form = nil
		}
		r.open = r.open[:i]
		return
	}
}
