package catalog

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// firstToken is where a node begins in the file: for a map or list in block
// style the token of the node itself is its first colon or dash.
func firstToken(n ast.Node) *token.Token {
	switch v := n.(type) {
	case *ast.MappingNode:
		if len(v.Values) > 0 && !v.IsFlowStyle {
			return firstToken(v.Values[0])
		}
	case *ast.MappingValueNode:
		return v.Key.GetToken()
	case *ast.SequenceNode:
		if len(v.Values) > 0 && !v.IsFlowStyle {
			return firstToken(v.Values[0])
		}
	}
	return n.GetToken()
}

// lastStep is the index where the last step of a YAML path begins.
func lastStep(path string) int { return strings.LastIndexAny(path, ".[") }

// quotedKeys are the fields with official codes: without quotes YAML would take
// 1.10 for a number and make it 1.1.
var quotedKeys = map[string]bool{"code": true, "local_code": true, "component_code": true, "type_code": true}

// unquoted finds official codes that are not written in quotes.
type unquoted struct {
	found func(key string, t *token.Token)
}

// Visit implements ast.Visitor.
func (u unquoted) Visit(n ast.Node) ast.Visitor {
	pair, ok := n.(*ast.MappingValueNode)
	if !ok || pair.Key == nil || pair.Value == nil {
		return u
	}
	key := pair.Key.String()
	if !quotedKeys[key] {
		return u
	}
	t := pair.Value.GetToken()
	if t != nil && (t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType) {
		return u
	}
	if t == nil || t.Position == nil {
		t = pair.Key.GetToken()
	}
	u.found(key, t)
	return u
}

func (k *checker) codesAreQuoted() {
	ast.Walk(unquoted{found: func(key string, t *token.Token) {
		k.problems = append(k.problems, &Error{
			File: k.source.name, Line: t.Position.Line, Column: t.Position.Column,
			Problem: fmt.Sprintf("%s must be written in quotes, as \"1.001193\"", key),
		})
	}}, k.source.tree.Docs[0].Body)
}
