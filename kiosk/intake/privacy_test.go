package intake_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"servicepoint/kiosk"
	"servicepoint/kiosk/intake"
)

// canaries is an invented person whose every answer can be told from anything
// else that a file or the log may hold.
var canaries = kiosk.Answers{
	"applicant_name": "Kanariya Vàng Một", "applicant_no": "098765432109", "applicant_birth": "17/03/1971", "applicant_residence": "Ngõ Kanari Hai, Đại Thanh",
	"applicant_phone": "0987123454", "applicant_email": "kanari.ba@example.invalid", "subject_name": "Kanariya Xanh Bốn", "subject_no": "087654321098",
	"delivery_address": "Ngách Kanari Năm, Hà Nội",
}

const canaryReason = "Kanari Sáu mang giấy sau"

// traces lists every way a canary could stand in a file.
func traces() map[string][]byte {
	words := []string{canaryReason, "Kanari", "kanari", "+84987123454", "987123454", "1971-03-17", "5432109"}
	for _, v := range canaries {
		words = append(words, v)
	}
	all := map[string][]byte{}
	for _, w := range words {
		escaped, _ := json.Marshal(w)
		all[w] = []byte(w)
		all[w+" (JSON)"] = bytes.Trim(escaped, `"`)
		all[w+" (hex)"] = []byte(hex.EncodeToString([]byte(w)))
		all[w+" (base64)"] = []byte(base64.RawStdEncoding.EncodeToString([]byte(w))[:len(w)*8/6])
	}
	return all
}

// lookFor fails for every trace of the canaries and of the sheets.
func lookFor(t testing.TB, where string, b []byte) {
	t.Helper()
	for name, trace := range traces() {
		if bytes.Contains(b, trace) {
			t.Errorf("%s holds %q", where, name)
		}
	}
	for n := range 2 {
		if bytes.Contains(b, sample(n)[2000:2064]) {
			t.Errorf("%s holds a picture in the clear", where)
		}
	}
}

func (p *point) lookEverywhere(moment string) {
	p.t.Helper()
	files := 0
	must(p.t, filepath.WalkDir(p.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		files++
		lookFor(p.t, moment+": "+e.Name(), b)
		lookFor(p.t, moment+": the name of a file", []byte(path))
		return err
	}))
	if files == 0 {
		p.t.Error("no files were looked at")
	}
	lookFor(p.t, moment+": the log", p.log.Bytes())
}

// No personal data stand anywhere in the clear: not in the database, its log,
// the spool, the journal, the log, at any moment of either way.
func TestNothingPersonalLiesInTheClear(t *testing.T) {
	for _, way := range []kiosk.Way{kiosk.ByCentre, kiosk.ByAssisted} {
		t.Run(string(way), func(t *testing.T) {
			p := newPoint(t)
			p.runPress()
			id := p.canaryDossier()
			p.lookEverywhere("while it is made")
			if way == kiosk.ByCentre {
				_, err := p.desk.HandOver(t.Context(), id, clerk)
				must(t, err)
			} else {
				p.fileByHand(id)
			}
			p.lookEverywhere("handed over")
			p.printed(p.desk.PrintAssist(t.Context(), id))
			for _, query := range []string{"0987123454", "098765432109", "2109", "Kanariya Vàng Một"} {
				_, err := p.desk.Find(t.Context(), query, clerk)
				must(t, err)
			}
			_, err := p.desk.Case(t.Context(), id, clerk)
			must(t, err)
			given := p.canaryDossier()
			must(t, p.desk.Abandon(t.Context(), given, clerk, "resident.left"))
			p.lookEverywhere("looked at again")
			must(t, p.store.Close())
			p.lookEverywhere("closed")
		})
	}
}

// canaryDossier makes a dossier full of canaries, with every mistake on the
// way that could make something talk.
func (p *point) canaryDossier() kiosk.DossierID {
	t := p.t
	t.Helper()
	id := p.begin()
	answers := good("submitter", "authorised")
	for field, v := range canaries {
		answers[field] = v
	}
	wrong := kiosk.Answers{}
	for field, v := range answers {
		wrong[field] = v
	}
	wrong["applicant_no"], wrong["applicant_phone"] = "98765432109", "Kanari"
	if err := p.desk.Declare(t.Context(), id, clerk, wrong); err == nil {
		t.Fatal("a wrong number was taken")
	} else {
		lookFor(t, "the error", []byte(err.Error()))
	}
	must(t, p.desk.Keep(t.Context(), id, clerk, answers))
	must(t, p.desk.Declare(t.Context(), id, clerk, answers))
	p.capture(id, "birth_proof", sample(0))
	p.capture(id, "birth_proof", sample(1))
	if _, err := p.tryCapture(id, "birth_proof", sample(0)[:len(sample(0))/2]); err == nil {
		t.Fatal("half a picture was taken")
	}
	p.override(id)
	must(t, p.desk.Waive(t.Context(), id, clerk, "authorisation", canaryReason))
	must(t, p.desk.Review(t.Context(), id, clerk))
	p.consent(id)
	p.desk.Log.Info("the nouns themselves", "work", p.work(id).Draft, "applicant", p.work(id).Draft.Applicant)
	return id
}

func (p *point) fileByHand(id kiosk.DossierID) {
	t := p.t
	t.Helper()
	out, err := p.desk.Prepare(t.Context(), id, clerk)
	must(t, err)
	for _, f := range out.Files {
		lookFor(t, "a file's name", []byte(f.Name))
		p.pdf(id, f.Name)
	}
	p.lookEverywhere("prepared")
	must(t, p.desk.BeginFiling(t.Context(), id, clerk))
	must(t, p.desk.File(t.Context(), id, clerk, intake.OfficialEntry{Code: portalCode, Again: portalCode}))
}

// The look itself finds what there is to find.
func TestTheLookFinds(t *testing.T) {
	p := newPoint(t)
	must(t, os.WriteFile(filepath.Join(p.dir, "note"), []byte("… Kanari …"), 0o600))
	b, err := os.ReadFile(filepath.Join(p.dir, "note"))
	must(t, err)
	found := 0
	for _, trace := range traces() {
		if bytes.Contains(b, trace) {
			found++
		}
	}
	if found == 0 {
		t.Error("a canary in the open is not seen")
	}
}

// Invariant 13: a dropped key is gone from the database and its log, not only
// from their rows.
func TestInvariant13DroppedKeyLeavesNoTrace(t *testing.T) {
	for name, drop := range map[string]func(p *point, id kiosk.DossierID){
		"handed over": func(p *point, id kiosk.DossierID) {
			_, err := p.desk.HandOver(p.t.Context(), id, clerk)
			must(p.t, err)
		},
		"given up": func(p *point, id kiosk.DossierID) {
			must(p.t, p.desk.Abandon(p.t.Context(), id, clerk, "resident.left"))
		},
		"filed": func(p *point, id kiosk.DossierID) { p.fileByHand(id) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPoint(t)
			id := p.canaryDossier()
			key, draft, err := p.store.Draft(t.Context(), id)
			must(t, err)
			drop(p, id) // and the unit runs on
			must(t, filepath.WalkDir(p.dir, func(path string, e fs.DirEntry, err error) error {
				if err != nil || !e.Type().IsRegular() {
					return err
				}
				b, err := os.ReadFile(path)
				if bytes.Contains(b, key) || bytes.Contains(b, draft[:64]) || bytes.Contains(b, draft[len(draft)-64:]) {
					t.Errorf("%s still holds the dropped key or draft", e.Name())
				}
				return err
			}))
		})
	}
}
