package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/store"
)

// check proves that the dossier came to its end once and whole.
func (w *crashWalk) check() {
	w.t.Helper()
	if w.lives == 1 {
		checkMemory(w.t, w.last.cmd.Process.Pid)
	}
	if !w.last.over() {
		w.last.stop()
	}
	if w.lives == 1 {
		w.journal, _ = w.last.events()
	}
	w.sweepOrphans()
	w.checkStore()
	if w.v.way == kiosk.ByCentre {
		w.checkCentre()
	} else if left := filesIn(w.t, w.path("centre/parcels")); len(left) > 0 {
		w.t.Errorf("the centre has parcels of a dossier that was filed in the portal: %v", left)
	}
	w.checkSlips()
}

// sweepOrphans proves that the spool is empty but for files that no row knows,
// which only a kill between file and row can leave, and that a later start
// sets those aside: pages to be forgotten, parcels for somebody to look at,
// never to be sent.
func (w *crashWalk) sweepOrphans() {
	left := filesIn(w.t, filepath.Join(w.state(), "spool"))
	if len(left) == 0 {
		return
	}
	if w.lives == 1 {
		w.t.Errorf("files left in the spool: %v", left)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range left {
		w.must(os.Chtimes(filepath.Join(w.state(), "spool", name), old, old))
	}
	w.serve(nil).stop()
	for _, name := range filesIn(w.t, filepath.Join(w.state(), "spool")) {
		if !strings.HasPrefix(name, "quarantine/") {
			w.t.Errorf("still in the spool: %s", name)
			continue
		}
		sent := w.path("centre/parcels/" + filepath.Base(name))
		if _, err := os.Stat(sent); !errors.Is(err, fs.ErrNotExist) {
			w.t.Errorf("a parcel set aside was sent: %s", name)
		}
		w.t.Logf("orphan set aside: %s", name)
	}
}

// checkStore reads what the unit wrote down.
func (w *crashWalk) checkStore() {
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(w.state(), "unit.db"), nil, slog.New(slog.DiscardHandler))
	w.must(err)
	defer s.Close()
	if err := s.CheckJournal(ctx); err != nil {
		w.t.Errorf("journal: %v", err)
	}
	events, err := s.EventsSince(ctx, 0, 10_000)
	w.must(err)
	w.checkPromises(events)
	count := map[kiosk.Code]int{}
	dossiers := map[kiosk.DossierID]bool{}
	for _, e := range events {
		count[e.Kind]++
		if e.Dossier != "" && e.Kind != "notice.told" { // is told before the dossier is there
			dossiers[e.Dossier] = true
		}
	}
	for _, kind := range []kiosk.Code{"ticket.taken", "dossier.opened", "dossier.wiped"} {
		if count[kind] != 1 {
			w.t.Errorf("%s stands %d times in the journal", kind, count[kind])
		}
	}
	if len(dossiers) != 1 || count["page.captured"] != len(papers) {
		w.t.Errorf("%d dossiers with %d pages", len(dossiers), count["page.captured"])
	}
	w.checkDossier(s)
	w.checkPrints(s)
}

// checkDossier proves that the dossier came to the end it was to come to.
func (w *crashWalk) checkDossier(s *store.Store) {
	ctx := context.Background()
	d, err := s.Dossier(ctx, kiosk.DossierID(filepath.Base(w.v.dossier)))
	w.must(err)
	if d.State != kiosk.Wiped || d.Way != w.v.way || string(d.LocalCode) != w.v.code {
		w.t.Errorf("dossier %s is %s by %q", d.LocalCode, d.State, d.Way)
	}
	receipts, err := s.Receipts(ctx, d.ID)
	w.must(err)
	accepted := 0
	for _, r := range receipts {
		if r.Level == kiosk.LevelAccepted {
			accepted++
		}
	}
	if w.v.way == kiosk.ByCentre && accepted != 1 || w.v.way == kiosk.ByAssisted && d.Official != officialCode {
		w.t.Errorf("%d receipts say accepted, official code %q", accepted, d.Official)
	}
	if w.v.way == kiosk.ByAssisted && w.v.filed != len(papers) {
		w.t.Errorf("%d of %d papers could be taken along to the portal", w.v.filed, len(papers))
	}
}

// checkPrints proves that no slip was printed but what was asked for.
func (w *crashWalk) checkPrints(s *store.Store) {
	jobs, err := s.Prints(context.Background(), 1000)
	w.must(err)
	if papers := len(w.paper()); papers > len(jobs) {
		w.t.Errorf("%d slips came out for %d print jobs", papers, len(jobs))
	}
	assists := 0
	for _, j := range jobs {
		if j.Kind == "assist" {
			assists++
		}
		if j.State == kiosk.PrintQueued || j.State == kiosk.PrintSending || j.State == kiosk.PrintConfirming {
			w.t.Errorf("print job %d is still %s", j.ID, j.State)
		}
	}
	if assists > w.v.asked || len(jobs) > assists+1 {
		w.t.Errorf("%d print jobs, %d assist slips, %d asked for", len(jobs), assists, w.v.asked)
	}
}

// checkPromises proves that every step a life said it had taken outlived it.
func (w *crashWalk) checkPromises(events []kiosk.Event) {
	for i, l := range w.all {
		l.mu.Lock()
		for _, x := range l.lines {
			if x.Msg == "journal" && (x.Seq > int64(len(events)) || string(events[x.Seq-1].Kind) != x.Event) {
				w.t.Errorf("life %d said step %d was %s, and it is not in the journal", i+1, x.Seq, x.Event)
			}
		}
		l.mu.Unlock()
	}
}

// checkCentre proves that exactly one parcel arrived and that it holds every
// sheet exactly once, byte for byte.
func (w *crashWalk) checkCentre() {
	parcels := filesIn(w.t, w.path("centre/parcels"))
	kept, err := filepath.Glob(w.path("centre/kept/*/*"))
	w.must(err)
	id := kiosk.DossierID(filepath.Base(w.v.dossier))
	if len(parcels) != 1 || len(kept) != 1 || kept[0] != w.centre.KeptDir(id, 1) {
		w.t.Fatalf("the centre has parcels %v, dossiers %v", parcels, kept)
	}
	text, err := os.ReadFile(filepath.Join(kept[0], "manifest.json"))
	w.must(err)
	var m seal.Manifest
	w.must(json.Unmarshal(text, &m))
	if string(m.LocalCode) != w.v.code {
		w.t.Errorf("the parcel says %s, the screen said %s", m.LocalCode, w.v.code)
	}
	if m.Applicant.Name != answers["applicant_name"] {
		w.t.Errorf("the parcel's applicant is not who was typed in")
	}
	var want, named, there []string
	for _, sheet := range sheets() {
		want = append(want, sumOf(sheet))
	}
	for _, doc := range m.Documents {
		pdf, err := os.ReadFile(filepath.Join(kept[0], doc.File))
		w.must(err)
		for _, page := range doc.Pages {
			named = append(named, page.SHA256.String())
			jpeg, err := os.ReadFile(filepath.Join(kept[0], page.File()))
			w.must(err)
			there = append(there, sumOf(jpeg))
			if !bytes.Contains(pdf, jpeg) {
				w.t.Errorf("%s does not hold page %d as it was scanned", doc.File, page.N)
			}
		}
	}
	for _, list := range [][]string{want, named, there} {
		slices.Sort(list)
	}
	if !slices.Equal(want, named) || !slices.Equal(want, there) {
		w.t.Errorf("sheets  %v\nnamed   %v\narrived %v", want, named, there)
	}
}

// checkSlips proves that no slip came out by itself.
func (w *crashWalk) checkSlips() {
	assist := 0
	for _, text := range w.paper() {
		if strings.HasPrefix(text, "SP1.D.") {
			assist++
		}
	}
	if assist == 0 || assist > w.v.asked {
		w.t.Errorf("%d assist slips on paper, asked for %d times", assist, w.v.asked)
	}
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// filesIn lists the files under a folder, relative to it.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// checkMemory reads how much memory the service holds.
func checkMemory(t *testing.T, pid int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	kb := map[string]int{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		var n int
		if _, err := fmt.Sscanf(rest, "%d kB", &n); err == nil {
			kb[name] = n
		}
	}
	t.Logf("VmRSS %d MB (RssAnon %d, RssFile %d)", kb["VmRSS"]>>10, kb["RssAnon"]>>10, kb["RssFile"]>>10)
	if kb["VmRSS"] > 80<<10 && !underRace {
		t.Errorf("the service holds %d MB, more than 80", kb["VmRSS"]>>10)
	}
}
