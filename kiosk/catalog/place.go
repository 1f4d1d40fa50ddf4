package catalog

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// place leads to a value of a file, step by step from the top; nil is the top
// itself. It costs nothing to say before there is anything to report.
type place struct {
	up    *place
	key   string // of a mapping; empty: a list's
	index int
}

func (p *place) at(key string) *place { return &place{up: p, key: key} }
func (p *place) item(i int) *place    { return &place{up: p, index: i} }

// String writes the place as YAML paths are written: procedures[0].code.
func (p *place) String() string {
	switch {
	case p == nil:
		return ""
	case p.key == "":
		return fmt.Sprintf("%s[%d]", p.up, p.index)
	case p.up == nil:
		return p.key
	}
	return p.up.String() + "." + p.key
}

// find gives the value at a place, or the nearest thing around it that does
// stand in the file.
func (s *source) find(p *place) ast.Node {
	if p == nil {
		return s.body
	}
	around := s.find(p.up)
	if around == nil {
		return nil
	}
	var found ast.Node
	switch n := s.value(around).(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			if p.key != "" && keyText(v.Key) == p.key {
				found = v.Value
			}
		}
	case *ast.SequenceNode:
		if p.key == "" && p.index < len(n.Values) {
			found = n.Values[p.index]
		}
	}
	if found == nil || found.GetToken() == nil {
		return around
	}
	return found
}

// key finds where the key of a place stands.
func (s *source) key(p *place) ast.Node {
	around := s.find(p.up)
	if around == nil {
		return nil
	}
	if n, ok := s.value(around).(*ast.MappingNode); ok {
		for _, v := range n.Values {
			if keyText(v.Key) == p.key {
				return v.Key
			}
		}
	}
	return around
}

// value looks through an anchor and an alias to the value itself.
func (s *source) value(n ast.Node) ast.Node {
	for range maxNested {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.AliasNode:
			n = s.anchors[v.Value.GetToken().Value]
		case *ast.MappingValueNode:
			return &ast.MappingNode{Start: v.Start, Values: []*ast.MappingValueNode{v}}
		default:
			return n
		}
	}
	return nil
}

func keyText(k ast.MapKeyNode) string {
	if k == nil || k.GetToken() == nil {
		return ""
	}
	if s, ok := k.(*ast.StringNode); ok {
		return s.Value
	}
	return k.GetToken().Value
}

// begin is where a node begins in the file, both from 1: for a map or list in
// block style the token of the node itself is its first colon or dash.
func begin(n ast.Node) (line, column int) {
	t := firstToken(n)
	if t == nil || t.Position == nil {
		return 1, 1
	}
	return t.Position.Line, t.Position.Column
}

func firstToken(n ast.Node) *token.Token {
	switch v := n.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if len(v.Values) > 0 && !v.IsFlowStyle {
			return firstToken(v.Values[0])
		}
	case *ast.MappingValueNode:
		return v.Key.GetToken()
	case *ast.SequenceNode:
		if len(v.Values) > 0 && !v.IsFlowStyle && v.Values[0] != nil {
			return firstToken(v.Values[0])
		}
	}
	return n.GetToken()
}
