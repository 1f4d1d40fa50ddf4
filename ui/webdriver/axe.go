package webdriver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Violation is one accessibility rule a page breaks.
type Violation struct {
	ID     string // axe-core's name of the rule, e.g. "color-contrast"
	Impact string // "minor" to "critical"
	Help   string // what the rule asks for
	Nodes  []struct {
		Target         []any  // CSS selectors
		HTML           string // the element
		FailureSummary string
	}
}

func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n  %v %s\n    %s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
	}
	return b.String()
}

// axeTags are the rule sets of WCAG 2.2, levels A and AA.
var axeTags = []string{"wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"}

// axeLooks are the rules of these sets that ask for colours and measures; all
// others ask for the document alone.
var axeLooks = []string{"color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"}

// Axe checks the page with axe-core and gives what it finds against. The
// checker comes from node_modules (make assets); without it the rule of Open
// for missing packages holds.
func (s *Session) Axe() []Violation {
	s.t.Helper()
	return s.axe("tag", axeTags)
}

// AxeLooks checks only what colours and measures change: enough for a page
// that Axe has checked, once it is shown in another size or on another ground.
func (s *Session) AxeLooks() []Violation {
	s.t.Helper()
	return s.axe("rule", axeLooks)
}

func (s *Session) axe(kind string, values []string) []Violation {
	s.t.Helper()
	var there bool
	s.must("look for axe-core", s.execute("sync", &there, "return typeof axe === 'object'", nil))
	if !there {
		s.must("load axe-core", s.execute("sync", nil, axeSource(s.t)+"\n;window.axe=axe;return true", nil))
	}
	var found struct {
		Error      string
		Violations []Violation
	}
	s.must("run axe-core", s.execute("async", &found, `
		const done = arguments[arguments.length - 1];
		axe.run(document, {runOnly: {type: arguments[0], values: arguments[1]}, resultTypes: ["violations"]})
			.then(r => done({violations: r.violations}), e => done({error: String(e)}));`, []any{kind, values}))
	if found.Error != "" {
		s.t.Fatalf("axe-core: %s", found.Error)
	}
	return found.Violations
}

// axeSource reads the checker from the repository's node_modules.
func axeSource(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		b, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
		if err == nil {
			return string(b)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	if os.Getenv("CI") != "" {
		t.Fatal("axe-core is missing: make assets")
	}
	t.Skip("axe-core is missing: make assets")
	return ""
}
