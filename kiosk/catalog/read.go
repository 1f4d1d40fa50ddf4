package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a file may be. No catalogue comes near; the bounds keep a file that is
// no catalogue from taking the machine's time and memory.
const (
	maxFile   = 2_000_000 // bytes
	maxNested = 32        // mappings and lists within each other
	maxKeys   = 1000      // of one mapping in block style
	maxValues = 500_000   // of a file, whatever an alias repeats counted again
	maxTold   = 500       // problems of a file, or of all files' rules: who has more corrects these first
)

// source is one file: what it says and where it says it.
type source struct {
	name     string
	body     ast.Node
	anchors  map[string]ast.Node
	part     Catalog
	problems []*Error
}

// trouble records a problem at a node of the file.
func (s *source) trouble(n ast.Node, code string, args ...any) {
	if len(s.problems) >= maxTold {
		return
	}
	line, column := begin(n)
	s.problems = append(s.problems, &Error{File: s.name, Line: line, Column: column, Code: problemCode(code), Args: args})
}

// readSource reads one file; called is its name in what is told of it.
func readSource(fsys fs.FS, name, called string) *source {
	s := &source{name: called}
	raw, err := readAll(fsys, name)
	switch {
	case err != nil:
		s.whole(0, 0, "unreadable", "cause", cause(err))
	case len(raw) > maxFile:
		s.whole(0, 0, "too_big", "max", maxFile)
	default:
		s.parse(raw)
	}
	return s
}

// whole records a problem of the file as a whole.
func (s *source) whole(line, column int, code string, args ...any) {
	s.problems = append(s.problems, &Error{File: s.name, Line: line, Column: column, Code: problemCode(code), Args: args})
}

func readAll(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// cause is the reason without the path, which is named already.
func cause(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// parse reads the text strictly. The YAML library may panic on input nobody
// foresaw; an operator's slip must not stop the point, so that is a problem as
// any other.
func (s *source) parse(raw []byte) {
	defer func() {
		if r := recover(); r != nil {
			s.whole(1, 1, "syntax", "detail", fmt.Sprint(r))
		}
	}()
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	if !utf8.Valid(raw) {
		line, column := firstInvalid(raw)
		s.whole(line, column, "not_utf8")
		return
	}
	tokens := lexer.Tokenize(strings.ReplaceAll(string(raw), "\r\n", "\n"))
	if !s.bounded(tokens) {
		return
	}
	tree, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	switch {
	case err != nil:
		s.syntax(err)
	case len(tree.Docs) == 0 || len(tree.Docs) == 1 && isNull(tree.Docs[0].Body):
		s.whole(1, 1, "empty")
	case len(tree.Docs) > 1:
		line, column := begin(tree.Docs[1])
		if dashes := tree.Docs[1].Start; dashes != nil {
			line, column = dashes.Position.Line, dashes.Position.Column
		}
		s.whole(line, column, "documents")
	default:
		s.body = tree.Docs[0].Body
		d := decoder{source: s}
		d.read(s.body, &s.part)
	}
}

// firstInvalid is where the first byte stands that is not UTF-8.
func firstInvalid(raw []byte) (line, column int) {
	line, column = 1, 1
	for len(raw) > 0 {
		r, n := utf8.DecodeRune(raw)
		if r == utf8.RuneError && n <= 1 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		raw = raw[n:]
	}
	return line, column
}

func (s *source) syntax(err error) {
	line, column, detail := 1, 1, err.Error()
	if y, ok := errors.AsType[yaml.Error](err); ok {
		detail = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
	}
	s.whole(line, column, "syntax", "detail", detail)
}

// bounded looks for what the parser would not come back from: it calls itself
// for every level, and for every key of a mapping.
func (s *source) bounded(tokens token.Tokens) bool {
	type level struct{ column, keys int }
	var blocks []level
	flow, headers, lastLine := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.DocumentHeaderType:
			headers++
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		}
		nests := t.Type == token.SequenceEntryType || t.Type == token.MappingKeyType || t.Type == token.TagType || t.Type == token.AnchorType
		if flow <= 0 && t.Type != token.CommentType && (nests || t.Position.Line != lastLine) {
			for len(blocks) > 0 && blocks[len(blocks)-1].column > t.Position.Column {
				blocks = blocks[:len(blocks)-1]
			}
			if len(blocks) == 0 || blocks[len(blocks)-1].column < t.Position.Column {
				blocks = append(blocks, level{column: t.Position.Column})
			}
			if t.Type != token.SequenceEntryType {
				blocks[len(blocks)-1].keys++
			}
			lastLine = t.Position.Line
		}
		at := func(code string, args ...any) bool {
			s.whole(t.Position.Line, t.Position.Column, code, args...)
			return false
		}
		switch {
		case headers > 1:
			return at("documents")
		case flow+len(blocks) > maxNested:
			return at("too_deep", "max", maxNested)
		case len(blocks) > 0 && blocks[len(blocks)-1].keys > maxKeys:
			return at("too_many", "max", maxKeys)
		}
	}
	return true
}

func isNull(n ast.Node) bool {
	if n == nil {
		return true
	}
	_, null := n.(*ast.NullNode)
	return null
}
