package kiosk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Invariant 2: no step skips consent, the seal or the authority's answer.
func TestInvariant2StepsSkipNothing(t *testing.T) {
	must := []struct{ before, after State }{
		{Declared, Reviewed}, {Reviewed, Consented}, {Consented, Sealed}, {Consented, Prepared},
		{Prepared, Filing}, {Accepted, Wiped},
	}
	for _, m := range must {
		if !CanStep(m.before, m.after) {
			t.Errorf("%s cannot become %s", m.before, m.after)
		}
	}
	for from, tos := range Steps {
		for _, to := range tos {
			switch to {
			case Sealed, Prepared:
				if from != Consented && (from != Filing || to != Prepared) {
					t.Errorf("%s becomes %s without consent", from, to)
				}
			case Accepted:
				if from != Stored && from != Filing {
					t.Errorf("%s becomes accepted without the authority", from)
				}
			case Wiped:
				if from.InOutbox() && from != Accepted {
					t.Errorf("%s is wiped while the parcel is under way", from)
				}
			}
		}
	}
}

func TestEveryStateIsReachableAndKnown(t *testing.T) {
	seen := map[State]bool{Open: true}
	for todo := []State{Open}; len(todo) > 0; {
		from := todo[0]
		todo = todo[1:]
		for _, to := range Steps[from] {
			if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	for from := range Steps {
		if !seen[from] {
			t.Errorf("%s cannot be reached", from)
		}
	}
	if len(Steps[Wiped]) != 0 {
		t.Error("wiped is not the end")
	}
}

// Personal data cannot reach a log by accident.
func TestNounsKeepPeopleOutOfLogs(t *testing.T) {
	const name = "Nguyễn Văn Mẫu"
	who := Applicant{Name: name, PersonalNo: "001090000001"}
	form := Declaration{Answers: Answers{"name": name}}
	for _, noun := range []any{who, form, CaseRecord{Applicant: who}, Draft{Applicant: who, Declaration: form}} {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("noun", "it", noun)
		slog.New(slog.NewTextHandler(&log, nil)).Info("noun", "it", noun)
		if strings.Contains(log.String(), "Mẫu") || strings.Contains(log.String(), "0010900") {
			t.Errorf("%T is in the log: %s", noun, log.String())
		}
	}
}

func TestDigestReadsBack(t *testing.T) {
	d := Digest{1, 2, 3}
	text, err := json.Marshal(map[string]Digest{"d": d})
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]Digest
	if err := json.Unmarshal(text, &back); err != nil || back["d"] != d {
		t.Fatalf("%s became %v, %v", text, back, err)
	}
	for _, s := range []string{"", "zz", strings.Repeat("g", 64)} {
		if _, err := ParseDigest(s); err == nil {
			t.Errorf("%q is a digest", s)
		}
	}
}

func TestCodeAndKindComeThroughWrapping(t *testing.T) {
	err := fmt.Errorf("step: %w", Fail(Conflict, "dossier.moved_on", errors.New("cause")))
	if KindOf(err) != Conflict || CodeOf(err) != "dossier.moved_on" {
		t.Errorf("got %s, %s", KindOf(err), CodeOf(err))
	}
	if KindOf(errors.New("x")) != Internal || CodeOf(errors.New("x")) != "internal" {
		t.Error("a strange error is not internal")
	}
}
