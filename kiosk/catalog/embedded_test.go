package catalog

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
	"servicepoint/kiosk/viet"
)

func shipped(t testing.TB) *Catalog {
	t.Helper()
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEmbedded(t *testing.T) {
	c := shipped(t)
	for id, code := range map[kiosk.ProcedureID]string{
		"birth-registration": "1.001193", "land-transfer": "1.013831", "temporary-residence": "1.004194",
	} {
		p, ok := c.Procedure(id)
		if !ok || p.Code != code || len(p.Documents) == 0 || len(p.Sources) == 0 {
			t.Errorf("%s: %+v", id, p)
		}
		if f, ok := c.Form(p.Form); !ok || f.Certainty != Unverified {
			t.Errorf("%s: form %q: %+v", id, p.Form, f)
		}
	}
	for _, p := range c.Procedures {
		if len(p.Sources) == 0 {
			t.Errorf("%s has no source", p.ID)
		}
	}
}

// TestEmbeddedHasNoWarning: whoever checks a change of theirs sees only their
// own warnings.
func TestEmbeddedHasNoWarning(t *testing.T) {
	for _, w := range readFolder(data, "data", "data").Warnings {
		t.Error(w)
	}
}

// TestEmbeddedTextIsClean holds for everything a person reads.
func TestEmbeddedTextIsClean(t *testing.T) {
	raw, err := json.Marshal(shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	var any any
	if err := json.Unmarshal(raw, &any); err != nil {
		t.Fatal(err)
	}
	eachText(any, func(s string) {
		if viet.Clean(s) != s {
			t.Errorf("%q is not clean", s)
		}
	})
}

func eachText(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			eachText(e, f)
		}
	case map[string]any:
		for _, e := range v {
			eachText(e, f)
		}
	}
}

// TestTermsOutliveTheCatalogue: a dossier keeps its procedure as JSON.
func TestTermsOutliveTheCatalogue(t *testing.T) {
	for _, p := range shipped(t).Procedures {
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Procedure
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Errorf("%s changed (-want +got):\n%s", p.ID, diff)
		}
	}
}
