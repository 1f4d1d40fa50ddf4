package catalog

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"servicepoint/kiosk/viet"
)

var (
	wholePattern   = regexp.MustCompile(`^-?(0|[1-9]\d{0,14})$`)
	decimalPattern = regexp.MustCompile(`^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$`)
)

// quotedKeys are the fields with official codes: without quotes another program
// would take 1.10 for a number and make it 1.1.
var quotedKeys = map[string]bool{"code": true, "local_code": true, "component_code": true, "type_code": true}

// decoder puts a file's values into the types of the catalogue. Unlike the
// library's own it goes on after a mistake, knows where everything stands, takes
// every scalar for the text it was written as, and counts what aliases repeat.
type decoder struct {
	*source
	values int
	depth  int
}

// read is decode into what v points to.
func (d *decoder) read(n ast.Node, v any) { d.decode(n, reflect.ValueOf(v).Elem(), "") }

// decode puts a node into v; key is the key it stands under.
func (d *decoder) decode(n ast.Node, v reflect.Value, key string) {
	n, ok := d.plain(n)
	if !ok {
		return
	}
	d.depth++
	defer func() { d.depth-- }()
	if d.depth > maxNested {
		d.trouble(n, "too_deep", "max", maxNested)
		return
	}
	if custom, ok := v.Addr().Interface().(interface{ UnmarshalYAML(func(any) error) error }); ok {
		d.custom(n, key, custom.UnmarshalYAML)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.fields(n, v, key)
	case reflect.Map:
		d.mapping(n, v, key)
	case reflect.Slice:
		d.list(n, v, key)
	case reflect.Pointer:
		if !isNull(n) {
			v.Set(reflect.New(v.Type().Elem()))
			d.decode(n, v.Elem(), key)
		}
	default:
		d.scalar(n, v, key)
	}
}

// plain looks through anchors and aliases, and refuses what a catalogue has no
// use for.
func (d *decoder) plain(n ast.Node) (ast.Node, bool) {
	d.values++
	if d.values > maxValues {
		if d.values == maxValues+1 {
			d.trouble(n, "too_many", "max", maxValues)
		}
		return nil, false
	}
	for range maxNested {
		switch v := n.(type) {
		case *ast.AnchorNode:
			if d.anchors == nil {
				d.anchors = map[string]ast.Node{}
			}
			d.anchors[v.Name.GetToken().Value] = v.Value
			n = v.Value
		case *ast.AliasNode:
			name := v.Value.GetToken().Value
			target, ok := d.anchors[name]
			if !ok {
				d.trouble(n, "alias", "name", name)
				return nil, false
			}
			n = target
		case *ast.TagNode:
			d.trouble(n, "tag", "tag", v.Start.Value)
			return nil, false
		case *ast.MappingValueNode:
			return &ast.MappingNode{BaseNode: v.BaseNode, Start: v.Start, Values: []*ast.MappingValueNode{v}}, true
		default:
			return n, n != nil
		}
	}
	d.trouble(n, "too_deep", "max", maxNested)
	return nil, false
}

// custom lets a type try one way to read itself after the other. What is wrong
// with the way it tried last is what is told.
func (d *decoder) custom(n ast.Node, key string, unmarshal func(func(any) error) error) {
	before := len(d.problems)
	var last []*Error
	err := unmarshal(func(v any) error {
		d.decode(n, reflect.ValueOf(v).Elem(), key)
		last = slices.Clone(d.problems[before:])
		d.problems = d.problems[:before]
		if len(last) > 0 {
			return last[0]
		}
		return nil
	})
	if err != nil {
		d.problems = append(d.problems, last...)
	}
}

// keysOf lists the keys a type has, with the index of each one's field.
var keysOf = func() func(reflect.Type) map[string]int {
	var known sync.Map
	return func(t reflect.Type) map[string]int {
		if keys, ok := known.Load(t); ok {
			return keys.(map[string]int)
		}
		keys := map[string]int{}
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" && name != "-" {
				keys[name] = i
			}
		}
		known.Store(t, keys)
		return keys
	}
}()

func (d *decoder) fields(n ast.Node, v reflect.Value, key string) {
	m, ok := n.(*ast.MappingNode)
	switch {
	case isNull(n):
		return
	case !ok && key == "":
		d.trouble(n, "want_entries")
		return
	case !ok:
		d.trouble(n, "want_mapping", "key", key)
		return
	}
	keys := keysOf(v.Type())
	d.pairs(m, func(name string, pair *ast.MappingValueNode) {
		i, ok := keys[name]
		if !ok {
			d.unknown(pair.Key, name, keys)
			return
		}
		field := v.Field(i)
		if quotedKeys[name] && field.Kind() == reflect.String && !d.quoted(pair, name) {
			return
		}
		d.decode(pair.Value, field, name)
	})
}

// pairs goes through a mapping's keys, each once.
func (d *decoder) pairs(m *ast.MappingNode, each func(name string, pair *ast.MappingValueNode)) {
	seen := map[string]ast.Node{}
	for _, pair := range m.Values {
		name := keyText(pair.Key)
		if first, twice := seen[name]; twice {
			line, _ := begin(first)
			d.trouble(pair.Key, "key_twice", "key", name, "line", line)
			continue
		}
		seen[name] = pair.Key
		each(name, pair)
	}
}

func (d *decoder) unknown(n ast.Node, name string, keys map[string]int) {
	allowed := make([]string, len(keys))
	for k, i := range keys { // in the order of the type, which is that of the documentation
		allowed[slices.Index(sortedByIndex(keys), i)] = k
	}
	if meant := near(name, allowed); meant != "" {
		d.trouble(n, "unknown_key_near", "key", name, "near", meant, "allowed", allowed)
		return
	}
	d.trouble(n, "unknown_key", "key", name, "allowed", allowed)
}

func sortedByIndex(keys map[string]int) []int {
	var all []int
	for _, i := range keys {
		all = append(all, i)
	}
	slices.Sort(all)
	return all
}

// quoted checks that an official code is written in quotes.
func (d *decoder) quoted(pair *ast.MappingValueNode, key string) bool {
	n, ok := d.plain(pair.Value)
	if !ok {
		return false
	}
	t := n.GetToken()
	if t != nil && (t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType) {
		return true
	}
	text := ""
	if t != nil && !isNull(n) {
		text = t.Value
	}
	d.trouble(n, "quotes", "key", key, "text", text)
	return false
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, key string) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		if !isNull(n) {
			d.trouble(n, "want_mapping", "key", key)
		}
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(m.Values)))
	d.pairs(m, func(name string, pair *ast.MappingValueNode) {
		e := reflect.New(v.Type().Elem()).Elem()
		d.decode(pair.Value, e, name)
		v.SetMapIndex(reflect.ValueOf(name), e)
	})
}

func (d *decoder) list(n ast.Node, v reflect.Value, key string) {
	l, ok := n.(*ast.SequenceNode)
	if !ok {
		if !isNull(n) {
			d.trouble(n, "want_list", "key", key)
		}
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(l.Values), len(l.Values)))
	for i, e := range l.Values {
		d.decode(e, v.Index(i), key)
	}
}

// scalar reads a text, a number or true and false; what is not written counts
// as not given.
func (d *decoder) scalar(n ast.Node, v reflect.Value, key string) {
	if isNull(n) {
		return
	}
	text, quoted, ok := written(n)
	if !ok {
		d.trouble(n, "want_text", "key", key)
		return
	}
	switch v.Kind() {
	case reflect.String:
		if b, isBool := n.(*ast.BoolNode); isBool {
			text = strconv.FormatBool(b.Value)
		}
		v.SetString(tidy(text, key))
	case reflect.Bool:
		b, isBool := n.(*ast.BoolNode)
		if !isBool {
			d.trouble(n, "want_bool", "key", key, "text", text)
			return
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, 64)
		if quoted || err != nil || !wholePattern.MatchString(text) {
			d.trouble(n, "want_number", "key", key, "text", text)
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if quoted || err != nil || !decimalPattern.MatchString(text) {
			d.trouble(n, "want_decimal", "key", key, "text", text)
			return
		}
		v.SetFloat(f)
	default:
		panic("catalog: no way to read a " + v.Type().String())
	}
}

// written gives a scalar as it stands in the file.
func written(n ast.Node) (text string, quoted, ok bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		t := v.Token
		return v.Value, t != nil && (t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType), true
	case *ast.LiteralNode:
		return v.Value.Value, true, true
	case *ast.MappingNode, *ast.SequenceNode, *ast.MappingKeyNode, nil:
		return "", false, false
	case ast.ScalarNode:
		if t := n.GetToken(); t != nil {
			return strings.TrimSpace(t.Value), false, true
		}
	}
	return "", false, false
}

// tidy gives text in the form it is stored in. Cleaning is dear and almost
// never needed: what it could change is looked for first. A pattern keeps its
// blanks.
func tidy(text, key string) string {
	if key == "pattern" {
		return text
	}
	blank := true // at the beginning, or after a blank
	for _, r := range text {
		if r == ' ' && blank || !usual(r) {
			return viet.Clean(text)
		}
		blank = r == ' '
	}
	if blank && text != "" {
		return viet.Clean(text)
	}
	return text
}

// usual reports letters and signs that cleaning never changes.
func usual(r rune) bool {
	switch {
	case r < 0x7F:
		return r >= ' '
	case r <= 0x1B0: // up to ư
		return r > 0xA0 && r != 0xAD
	case r < 0x2000:
		return r >= 0x1EA0 && r <= 0x1EF9 // Vietnamese letters with tone marks
	}
	return r >= 0x2013 && r <= 0x2026 // dashes, quotation marks, …
}
