package centre

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

// dossierBody is one dossier as an officer sees it. What stands in Manifest is
// personal data: it is shown and nothing else.
type dossierBody struct {
	row
	Reason    kiosk.Code
	FaultCode kiosk.Code
	Official  kiosk.OfficialCode
	DecidedBy string
	Manifest  *seal.Manifest // nil until opened
	Answers   []answerLine
	Papers    []paperLine
	MayDecide bool
	Reasons   []kiosk.Code
	Typed     string // official code as typed, when it should be confirmed
	Trouble   string
}

type paperLine struct {
	Name    string
	Path    string // of the PDF, empty if there is none
	Pages   []pageLink
	Carried int // the revision it comes from, 0 if it is new
}

type pageLink struct {
	N    int
	Path string
}

// parcelOf finds the stored parcel of the path.
func (d *desk) parcelOf(r *http.Request) (parcel, error) {
	key, ok := pathKey(r)
	if !ok {
		return parcel{}, kiosk.Fail(kiosk.NotFound, CodeNoDossier, nil)
	}
	p, err := find(r.Context(), d.db.R, key)
	if errors.Is(err, sql.ErrNoRows) || err == nil && p.state == stateAnnounced {
		return parcel{}, kiosk.Fail(kiosk.NotFound, CodeNoDossier, nil)
	}
	return p, err
}

// dossier shows one dossier; that it was looked at is in the journal first.
func (d *desk) dossier(w http.ResponseWriter, r *http.Request, s session) {
	p, err := d.parcelOf(r)
	if err == nil {
		err = d.noteAlone(r.Context(), entry{kind: "dossier.viewed", actor: s.account, key: p.key})
	}
	if err != nil {
		d.failed(w, s, "show dossier", err)
		return
	}
	d.showDossier(w, s, http.StatusOK, p, dossierBody{})
}

// showDossier fills body and shows it.
func (d *desk) showDossier(w http.ResponseWriter, s session, status int, p parcel, body dossierBody) {
	body.row = row{
		Path: path(p.key), LocalCode: p.localCode, Procedure: p.procedure, Revision: p.key.Revision,
		Received: whenText(p.storedAt), State: p.state,
	}
	body.Reason, body.FaultCode, body.Official, body.DecidedBy = p.reason, p.fault, p.official, p.decidedBy
	body.MayDecide = s.role == RoleOfficer && p.state == stateStored
	body.Reasons = reasons
	if p.opened {
		m, err := d.manifest(p.key)
		if err != nil {
			d.failed(w, s, "show dossier", err)
			return
		}
		body.Manifest = &m
		body.Answers = answerLines(m)
		for i, doc := range m.Documents {
			body.Papers = append(body.Papers, d.paperLine(p.key, i, doc))
		}
	}
	d.show(w, status, "dossier.html", frame{Title: "Hồ sơ " + string(p.localCode), Account: s.account, CSRF: s.csrf, Body: body})
}

// paperLine joins a carried paper with the revision it lies in.
func (d *desk) paperLine(key kiosk.ParcelKey, i int, doc seal.Document) paperLine {
	line := paperLine{Name: doc.Name}
	if doc.Carried != nil {
		line.Carried = doc.Carried.Revision
	}
	key, doc, i, err := d.resolve(key, i, doc)
	if err != nil {
		return line // shown without a link; the parcel was checked when it was opened
	}
	base := fmt.Sprintf("%s/papers/%d", path(key), i+1)
	if doc.File != "" {
		line.Path = base
	}
	for k := range doc.Pages {
		line.Pages = append(line.Pages, pageLink{k + 1, fmt.Sprintf("%s/pages/%d", base, k+1)})
	}
	return line
}

// resolve follows a carried document to where its files lie: the revision, the
// document there and its place in that manifest.
func (d *desk) resolve(key kiosk.ParcelKey, i int, doc seal.Document) (kiosk.ParcelKey, seal.Document, int, error) {
	if doc.Carried == nil {
		return key, doc, i, nil
	}
	key.Revision = doc.Carried.Revision
	old, err := d.manifest(key)
	if err != nil {
		return key, doc, i, err
	}
	found, ok := carriedFrom(old, doc)
	if !ok {
		return key, doc, i, kiosk.Fail(kiosk.Corrupt, ReasonDangling, nil)
	}
	at := slices.IndexFunc(old.Documents, func(o seal.Document) bool { return o.Requirement == found.Requirement && o.SHA256 == found.SHA256 })
	return key, found, at, nil
}

// paper gives one paper's PDF or one of its pages, to be shown in the browser.
func (d *desk) paper(w http.ResponseWriter, r *http.Request, s session) {
	p, err := d.parcelOf(r)
	if err != nil {
		d.failed(w, s, "show paper", err)
		return
	}
	name, media, err := d.paperFile(p, r.PathValue("n"), r.PathValue("k"))
	if err == nil {
		err = d.noteAlone(r.Context(), entry{kind: "paper.viewed", actor: s.account, key: p.key, note: r.PathValue("n")})
	}
	if err != nil {
		d.failed(w, s, "show paper", err)
		return
	}
	root, err := os.OpenRoot(d.KeptDir(p.key.Dossier, p.key.Revision))
	if err != nil {
		d.failed(w, s, "show paper", err)
		return
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		d.failed(w, s, "show paper", err)
		return
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", "inline")
	h.Set("Content-Security-Policy", paperPolicy)
	http.ServeContent(w, r, "", time.Time{}, f)
}

// paperFile names the file of paper n (from 1), or of its page k if k is set.
func (d *desk) paperFile(p parcel, n, k string) (name, media string, err error) {
	gone := kiosk.Fail(kiosk.NotFound, CodeNoDossier, nil)
	if !p.opened {
		return "", "", gone
	}
	m, err := d.manifest(p.key)
	if err != nil {
		return "", "", err
	}
	i, err := strconv.Atoi(n)
	if err != nil || i < 1 || i > len(m.Documents) {
		return "", "", gone
	}
	doc := m.Documents[i-1]
	if k == "" {
		if doc.File == "" {
			return "", "", gone
		}
		return doc.File, "application/pdf", nil
	}
	j, err := strconv.Atoi(k)
	if err != nil || j < 1 || j > len(doc.Pages) {
		return "", "", gone
	}
	return doc.Pages[j-1].File(), "image/jpeg", nil
}

// accept takes the authority's code as the officer typed it. An unusual one is
// asked about once.
func (d *desk) accept(w http.ResponseWriter, r *http.Request, s session) {
	p, ok := d.deciding(w, r, s)
	if !ok {
		return
	}
	typed := r.PostFormValue("official")
	code, usual, err := kiosk.ParseOfficialCode(typed)
	if err != nil {
		d.showDossier(w, s, http.StatusUnprocessableEntity, p, dossierBody{Trouble: "Vui lòng nhập mã hồ sơ do hệ thống của cơ quan cấp."})
		return
	}
	if !usual && r.PostFormValue("confirmed") != string(code) {
		d.showDossier(w, s, http.StatusUnprocessableEntity, p, dossierBody{Typed: string(code),
			Trouble: "Mã này có dạng lạ. Nếu đúng là mã của cơ quan, bấm tiếp nhận lần nữa."})
		return
	}
	d.decided(w, r, s, p, decision{level: kiosk.LevelAccepted, official: code, by: s.account})
}

// giveBack returns a dossier with a reason.
func (d *desk) giveBack(w http.ResponseWriter, r *http.Request, s session) {
	p, ok := d.deciding(w, r, s)
	if !ok {
		return
	}
	reason := kiosk.Code(r.PostFormValue("reason"))
	if !slices.Contains(reasons, reason) {
		d.showDossier(w, s, http.StatusUnprocessableEntity, p, dossierBody{Trouble: "Vui lòng chọn lý do trả lại."})
		return
	}
	d.decided(w, r, s, p, decision{level: kiosk.LevelReturned, reason: reason, by: s.account})
}

// deciding finds the parcel to decide on, for officers only.
func (d *desk) deciding(w http.ResponseWriter, r *http.Request, s session) (parcel, bool) {
	if s.role != RoleOfficer {
		d.notice(w, s, http.StatusForbidden, "Tài khoản này chỉ được xem.")
		return parcel{}, false
	}
	p, err := d.parcelOf(r)
	if err != nil {
		d.failed(w, s, "decide", err)
		return parcel{}, false
	}
	return p, true
}

func (d *desk) decided(w http.ResponseWriter, r *http.Request, s session, p parcel, how decision) {
	if err := d.decide(r.Context(), p.key, how); err != nil {
		d.failed(w, s, "decide", err)
		return
	}
	http.Redirect(w, r, path(p.key), http.StatusSeeOther)
}

// whenText shows a time in Hanoi.
func whenText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(kiosk.Hanoi).Format("15:04 02/01/2006")
}

func stateText(state string) string {
	switch state {
	case stateStored:
		return "Đã nhận, chờ xử lý"
	case stateAccepted:
		return "Đã tiếp nhận"
	case stateReturned:
		return "Đã trả lại"
	}
	return state
}

func reasonText(reason kiosk.Code) string {
	switch reason {
	case ReasonUnreadable:
		return "Có trang không đọc được"
	case ReasonMissing:
		return "Thiếu giấy tờ"
	case ReasonWrongPaper:
		return "Giấy tờ không đúng loại được yêu cầu"
	case ReasonDeclaration:
		return "Tờ khai cần sửa"
	case ReasonElsewhere:
		return "Thuộc thẩm quyền cơ quan khác"
	case ReasonWithdrawn:
		return "Người nộp xin rút"
	case ReasonBroken:
		return "Gói hồ sơ hỏng, không mở được"
	case ReasonDangling:
		return "Thiếu lần nộp trước mà hồ sơ này bổ sung"
	}
	return string(reason)
}
