package provisioning

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// LoadConfig reads a unit.yaml. Mistakes name file, line and column; unknown
// keys are mistakes.
func LoadConfig(file string) (Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	c, line, column, err := parseConfig(text)
	if err != nil {
		return Config{}, fmt.Errorf("%w: %s:%d:%d: %w", ErrConfig, file, line, column, err)
	}
	return c, nil
}

// parseConfig reads the text of a configuration; with an error comes where it
// is. The YAML library may panic on input nobody foresaw; a technician's slip
// must not look like a crash.
func parseConfig(text []byte) (c Config, line, column int, err error) {
	defer func() {
		if r := recover(); r != nil {
			c, line, column, err = Config{}, 1, 1, fmt.Errorf("cannot be read as YAML: %v", r)
		}
	}()
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		line, column, err = placed(err)
		return Config{}, line, column, err
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return Config{}, 1, 1, errors.New("must hold exactly one YAML document")
	}
	c = Config{
		Printer: PrinterConfig{Baud: 115200, Flow: "none"},
		Scanner: ScannerConfig{Baud: 115200, Line: "rs232"},
		Centre:  CentreConfig{Hold: DefaultHold},
		Window:  ListenConfig{Listen: "127.0.0.1:0"},
	}
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		line, column, err = placed(err)
		return Config{}, line, column, err
	}
	if err := c.Check(); err != nil {
		line, column = 1, 1
		if m, ok := errors.AsType[*mistake](err); ok {
			line, column = placeOf(tree, m.key)
		}
		return Config{}, line, column, err
	}
	return c, 0, 0, nil
}

// placed takes the place out of an error of the YAML library.
func placed(err error) (line, column int, _ error) {
	y, ok := errors.AsType[yaml.Error](err)
	if !ok {
		return 1, 1, err
	}
	line, column = 1, 1
	if t := y.GetToken(); t != nil && t.Position != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	return line, column, errors.New(y.GetMessage())
}

// placeOf finds where a key's value stands in the file, or the nearest thing
// around it that does.
func placeOf(tree *ast.File, key string) (line, column int) {
	for key != "" {
		if p, err := yaml.PathString("$." + key); err == nil {
			if n, err := p.FilterFile(tree); err == nil && n != nil {
				if t := firstToken(n); t != nil && t.Position != nil {
					return t.Position.Line, t.Position.Column
				}
			}
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return 1, 1
}

// firstToken is where a node begins: the token of a map itself is its first
// colon.
func firstToken(n ast.Node) *token.Token {
	switch v := n.(type) {
	case *ast.MappingNode:
		if len(v.Values) > 0 && !v.IsFlowStyle {
			return firstToken(v.Values[0])
		}
	case *ast.MappingValueNode:
		return v.Key.GetToken()
	}
	return n.GetToken()
}
