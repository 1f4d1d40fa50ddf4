package staff

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/idcard"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
	"servicepoint/ui/kit"
)

// cardLife is how long a card that was read waits to be used.
const cardLife = 3 * time.Minute

// cardTray holds the last card read in this visit until it is used. It is in
// memory only and gone with the session; what the reader delivered is never in
// it.
type cardTray struct {
	mu   sync.Mutex
	id   kiosk.DossierID
	card idcard.Card
	at   time.Time
}

func (t *cardTray) put(id kiosk.DossierID, card idcard.Card, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.id, t.card, t.at = id, card, now
}

func (t *cardTray) drop() { t.put("", idcard.Card{}, time.Time{}) }

// of gives the card read for a dossier.
func (t *cardTray) of(id kiosk.DossierID, now time.Time) (idcard.Card, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.id != id || now.Sub(t.at) > cardLife {
		t.id, t.card = "", idcard.Card{}
		return idcard.Card{}, false
	}
	return t.card, true
}

// tray gives the session's tray.
func (s *seat) tray(c *fiber.Ctx) *cardTray {
	t, ok := kit.Kept[*cardTray](s.kit, c)
	if !ok {
		t = &cardTray{}
		kit.Keep(s.kit, c, t)
	}
	return t
}

// takesCard reports whether a card can answer any question of the form.
func takesCard(f catalog.Form) bool {
	return slices.ContainsFunc(f.Sections, func(s catalog.Section) bool {
		return slices.ContainsFunc(s.Questions, func(q catalog.Question) bool { return q.Card != "" })
	})
}

// cardHolder is a section that asks for what stands on somebody's card.
type cardHolder struct {
	ID    string
	Title string
}

// holders lists the sections that can be filled from a card as things stand.
func holders(w intake.Work) []cardHolder {
	asked := askedOf(w.Terms.Form, w.Draft.Declaration.Answers)
	var out []cardHolder
	for _, sec := range w.Terms.Form.Sections {
		if slices.ContainsFunc(sec.Questions, func(q catalog.Question) bool { return q.Card != "" && asked[q.ID] }) {
			out = append(out, cardHolder{sec.ID, sec.Title})
		}
	}
	return out
}

// cardRow is one question beside what the card says.
type cardRow struct {
	ID       string
	Label    string
	Card     string // what the card says, with numbers masked
	Now      string // what has been answered already, masked likewise
	Differs  bool   // it is replaced only if the clerk says so
	Answered bool   // the same stands there already

	value string
}

// cardRows compares a card with the answers of one section.
func cardRows(w intake.Work, of string, card idcard.Card) []cardRow {
	answers := w.Draft.Declaration.Answers
	asked := askedOf(w.Terms.Form, answers)
	clean, _ := w.Terms.Form.Check(answers, "")
	var rows []cardRow
	for _, sec := range w.Terms.Form.Sections {
		if sec.ID != of {
			continue
		}
		said := sec.FromCard(card)
		for _, q := range sec.Questions {
			v, given := said[q.ID]
			if !given || !asked[q.ID] {
				continue
			}
			now := viet.Clean(answers[q.ID])
			if clean[q.ID] != "" {
				now = clean[q.ID]
			}
			row := cardRow{ID: q.ID, Label: q.Label, value: v, Answered: now == v, Differs: now != "" && now != v}
			row.Card = hide(q, w.Terms.Form.Format(q, v))
			row.Now = hide(q, w.Terms.Form.Format(q, now))
			rows = append(rows, row)
		}
	}
	return rows
}

// hide masks the numbers of a card.
func hide(q catalog.Question, v string) string {
	switch q.Card {
	case "number":
		if v != "" {
			return idcard.Mask(v)
		}
	case "old_number":
		if n := len(v) - 3; n > 0 {
			return strings.Repeat("*", n) + v[n:]
		}
	}
	return v
}

type cardView struct {
	head
	Read    bool // a card lies on the tray
	Holders []cardHolder
	Of      cardHolder // whose card it is; empty: not said yet
	Rows    []cardRow
	Payload kit.Field
}

// CanFill reports whether the card says anything that is not there already.
func (v cardView) CanFill() bool {
	return slices.ContainsFunc(v.Rows, func(r cardRow) bool { return !r.Answered })
}

func cardViewOf(h head, of string, card *idcard.Card) cardView {
	v := cardView{head: h, Holders: holders(h.Work), Payload: kit.Field{ID: "payload", Kind: kit.TextField, Label: kit.Say("staff.card.payload"), Hint: kit.Say("staff.card.payload_hint"), MaxRunes: idcard.MaxBytes}}
	if card == nil {
		return v
	}
	v.Read = true
	i := slices.IndexFunc(v.Holders, func(x cardHolder) bool { return x.ID == of })
	if len(v.Holders) == 1 {
		i = 0
	}
	if i >= 0 {
		v.Of = v.Holders[i]
		v.Rows = cardRows(h.Work, v.Of.ID, *card)
	}
	return v
}

func (v cardView) page(status int, notices []kit.Notice) kit.Page {
	return kit.Page{Title: kit.Say("staff.card.title"), Lead: kit.Say("staff.card.lead"), Back: v.Path + "/form", Status: status, Notices: notices, Data: v}
}

func (s *seat) cardPage(c *fiber.Ctx) error { return s.showCard(c, "", 0) }

// showCard asks for a card, or shows the one that was read.
func (s *seat) showCard(c *fiber.Ctx, wrong kiosk.Code, status int) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	var notices []kit.Notice
	var read *idcard.Card
	if card, ok := s.tray(c).of(w.ID, s.kit.Now()); ok {
		read = &card
		for _, code := range card.Warnings {
			notices = append(notices, s.kit.Notice(c, kit.Careful, code))
		}
	}
	v := cardViewOf(headOf(w, "form"), c.Query("of"), read)
	v.Payload.Error = wrong
	return s.show(c, "card", v.page(status, notices))
}

// takeCard reads a pasted code, fills the form from the card that was read, or
// forgets it.
func (s *seat) takeCard(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	tray := s.tray(c)
	switch c.FormValue("do") {
	case "fill":
		return s.fillFromCard(c, w, tray)
	case "drop":
		tray.drop()
		return s.kit.See(c, base(w.ID)+"/form")
	}
	card, err := idcard.Parse([]byte(c.FormValue("payload")), s.kit.Now())
	if kiosk.KindOf(err) == kiosk.Invalid {
		return s.showCard(c, kiosk.CodeOf(err), fiber.StatusUnprocessableEntity)
	} else if err != nil {
		return err
	}
	tray.put(w.ID, card, s.kit.Now())
	return s.kit.See(c, base(w.ID)+"/card")
}

// fillFromCard puts what the card says into empty fields, and in place of other
// answers where the clerk has ticked that.
func (s *seat) fillFromCard(c *fiber.Ctx, w intake.Work, tray *cardTray) error {
	card, ok := tray.of(w.ID, s.kit.Now())
	of := c.FormValue("of")
	if !ok || !slices.ContainsFunc(holders(w), func(x cardHolder) bool { return x.ID == of }) {
		return s.kit.See(c, base(w.ID)+"/card")
	}
	changes := kiosk.Answers{}
	for _, row := range cardRows(w, of, card) {
		if !row.Answered && (!row.Differs || c.FormValue("replace-"+row.ID) == "yes") {
			changes[row.ID] = row.value
		}
	}
	if err := s.Desk.Amend(s.kit.Ctx(c), w.ID, s.who(c), changes); err != nil && kiosk.KindOf(err) != kiosk.Invalid {
		return err
	}
	tray.drop()
	s.tell(c, s.kit.Notice(c, kit.Good, "staff.card.filled", "n", len(changes)))
	return s.kit.See(c, base(w.ID)+"/form")
}

// cardScan tells the page that a card has been read. The stream never carries
// anything of it.
func (s *seat) cardScan(c *fiber.Ctx) error {
	id, lang, tray := kiosk.DossierID(c.Params("id")), s.kit.Session(c).Settings.Lang, s.tray(c)
	return s.kit.Stream(c, func(ctx context.Context) <-chan kit.Event {
		out := make(chan kit.Event)
		in := s.Codes(ctx)
		go func() {
			defer close(out)
			s.readCards(ctx, in, out, lang, func(card idcard.Card) { tray.put(id, card, s.kit.Now()) })
		}()
		return out
	})
}

// readCards keeps every card among the codes and says of any other code what
// is the matter with it.
func (s *seat) readCards(ctx context.Context, in <-chan devices.Code, out chan<- kit.Event, lang phrases.Lang, keep func(idcard.Card)) {
	for {
		select {
		case <-ctx.Done():
			return
		case raw, open := <-in:
			if !open {
				return
			}
			event := kit.Event{Name: "card"}
			if card, err := idcard.Parse(raw.Raw, s.kit.Now()); err != nil {
				event = kit.Event{Name: "refused", Data: phrases.Say(lang, string(kiosk.CodeOf(err))+".title")}
			} else {
				keep(card)
			}
			if !send(ctx, out, event) {
				return
			}
		}
	}
}
