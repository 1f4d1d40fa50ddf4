package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
)

// shown is one procedure as the catalogue states it for a day, a channel and
// the facts given. What is not certain is not in it: the text says whom to ask.
type shown struct {
	ID          kiosk.ProcedureID `json:"id"`
	Code        string            `json:"code"`
	Name        string            `json:"name"`
	PlainName   string            `json:"plain_name"`
	Field       string            `json:"field"`
	Effective   catalog.Period    `json:"effective"`
	On          string            `json:"on"`
	InForce     bool              `json:"in_force"` // false: the version stands here, nothing is opened under it
	Certainty   catalog.Certainty `json:"certainty"`
	Capability  string            `json:"capability"`
	Receiving   shownAuthority    `json:"receiving"`
	Competent   shownAuthority    `json:"competent"`
	Presence    catalog.Presence  `json:"presence"`
	Channels    []string          `json:"channels"`
	Channel     string            `json:"channel"` // the one asked for; empty: all
	SubmitTo    string            `json:"submit_to"`
	OnlineLevel string            `json:"online_level"`
	Facts       []shownFact       `json:"facts"`
	Checklist   []shownDocument   `json:"checklist"`
	Fees        []shownFee        `json:"fees"`
	Duration    shownDuration     `json:"duration"`
	Result      catalog.Result    `json:"result"`
	Limits      catalog.Limits    `json:"limits"`
	Form        string            `json:"form"`
	Sources     []catalog.Source  `json:"sources"`
}

type shownAuthority struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type shownFact struct {
	ID     string           `json:"id"`
	Type   string           `json:"type"`
	Ask    string           `json:"ask"`
	Values []catalog.Choice `json:"values"`
	Answer string           `json:"answer"` // empty: not given
}

type shownDocument struct {
	ID         kiosk.RequirementID `json:"id"`
	Name       string              `json:"name"`
	Applies    catalog.Applies     `json:"applies"`
	Role       string              `json:"role"`
	Group      catalog.Group       `json:"group"`
	Original   int                 `json:"original"`
	Copy       int                 `json:"copy"`
	Copies     string              `json:"copies"` // the two in words
	Scan       string              `json:"scan"`
	WaivedWhen string              `json:"waived_when"`
	Form       string              `json:"form"`
	Certainty  catalog.Certainty   `json:"certainty"`
}

type shownFee struct {
	ID        string            `json:"id"`
	Label     string            `json:"label"`
	Amount    *int              `json:"amount,omitempty"` // đồng; only what is certain
	Percent   *float64          `json:"percent,omitempty"`
	AtMost    int               `json:"at_most,omitempty"`
	Unit      string            `json:"unit"`
	Text      string            `json:"text"`
	Known     bool              `json:"known"`
	Exempt    string            `json:"exempt"`
	Applies   catalog.Applies   `json:"applies"`
	Channel   string            `json:"channel"`
	From      string            `json:"from"`
	To        string            `json:"to"`
	Payer     string            `json:"payer"`
	Collector string            `json:"collector"`
	Certainty catalog.Certainty `json:"certainty"`
}

type shownDuration struct {
	Text  string      `json:"text"`
	Cases []shownCase `json:"cases"`
}

type shownCase struct {
	Case      string            `json:"case"`
	Text      string            `json:"text"`
	Known     bool              `json:"known"`
	Value     *float64          `json:"value,omitempty"` // only what is certain
	Unit      string            `json:"unit,omitempty"`
	Cutoff    string            `json:"same_day_cutoff,omitempty"`
	Certainty catalog.Certainty `json:"certainty"`
}

// asking is what to show of the catalogue.
type asking struct {
	dir, on, channel string
	facts            []string
}

func catalogShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show what a procedure asks for, takes and costs", Args: cobra.ExactArgs(1),
		Long: "Shows a procedure: papers, fees and time under the facts given, on a day and a channel. Without\n" +
			"--fact everything that may apply is shown, without --channel the fees of all channels.",
	}
	var a asking
	cmd.Flags().StringArrayVar(&a.facts, "fact", nil, "a fact and its value, as submitter=parent; may be given several times")
	cmd.Flags().StringVar(&a.on, "on", "", "the day, as 2026-11-23; empty: today")
	cmd.Flags().StringVar(&a.channel, "channel", "", "only this channel: "+strings.Join(catalog.Channels(), ", "))
	cmd.Flags().StringVar(&a.dir, "dir", "", "folder of the catalogue; empty: the built-in one")
	return answering(cmd, func(cmd *cobra.Command, args []string) (shown, error) {
		if !cmd.Flags().Changed("on") {
			a.on = calendar.LocalDay(time.Now())
		}
		return a.show(kiosk.ProcedureID(args[0]))
	}, printShown)
}

// show answers for one procedure.
func (a asking) show(id kiosk.ProcedureID) (shown, error) {
	facts, err := pairs(a.facts)
	if err != nil {
		return shown{}, err
	}
	if _, err := time.Parse(time.DateOnly, a.on); err != nil {
		return shown{}, kiosk.Fail(kiosk.Invalid, "catalog.day", &catalog.Error{Code: "catalog.problem.day", Args: []any{"text", a.on}})
	}
	if a.channel != "" && !slices.Contains(catalog.Channels(), a.channel) {
		return shown{}, refuseWord("catalog.channel", "channel", a.channel, catalog.Channels())
	}
	all, err := openCatalog(a.dir)
	if err != nil {
		return shown{}, err
	}
	c := all.On(a.on)
	p, ok := c.Procedure(id)
	if !ok {
		return shown{}, noProcedure(all, id)
	}
	if err := p.RefuseFacts(facts); err != nil {
		return shown{}, err
	}
	return a.of(c, p, facts), nil
}

// pairs reads facts as they stand on the command line.
func pairs(given []string) (kiosk.Answers, error) {
	facts := kiosk.Answers{}
	for _, pair := range given {
		id, value, ok := strings.Cut(pair, "=")
		if !ok || id == "" {
			return nil, usageError{fmt.Errorf("--fact %q is not a fact and its value, as submitter=parent", pair)}
		}
		facts[id] = value
	}
	return facts, nil
}

// noProcedure says which procedures there are, or from when on there is this one.
func noProcedure(all *catalog.Catalog, id kiosk.ProcedureID) error {
	if p, ok := all.Procedure(id); ok {
		return kiosk.Fail(kiosk.Invalid, "catalog.not_yet", &catalog.Error{
			Code: "catalog.problem.not_yet", Args: []any{"id", id, "from", p.Effective.From},
		})
	}
	return all.NoProcedure(id)
}

func (a asking) of(c *catalog.Catalog, p catalog.Procedure, facts kiosk.Answers) shown {
	s := shown{
		ID: p.ID, Code: p.OfficialName(), Name: p.Name, PlainName: p.PlainName, Field: p.Field,
		Effective: p.Effective, On: a.on, InForce: p.InForce(a.on), Certainty: p.Certainty, Capability: p.Capability,
		Receiving: shownAuthority{p.Receiving, c.Authorities[p.Receiving].Name}, Competent: shownAuthority{p.Competent, c.Authorities[p.Competent].Name},
		Presence: p.Presence, Channels: list(p.Channels), Channel: a.channel, SubmitTo: p.SubmitTo, OnlineLevel: p.Online,
		Facts: []shownFact{}, Checklist: []shownDocument{}, Fees: []shownFee{},
		Duration: shownDuration{Text: p.DurationText(phrases.VI), Cases: []shownCase{}},
		Result:   p.Result, Limits: p.Limits, Form: p.Form, Sources: list(p.Sources),
	}
	s.Presence.Who, s.Limits.Formats = list(s.Presence.Who), list(s.Limits.Formats)
	for _, f := range p.Facts {
		s.Facts = append(s.Facts, shownFact{f.ID, f.Type, f.Ask, f.Choices(phrases.VI), facts[f.ID]})
	}
	for _, d := range p.Checklist(facts) {
		s.Checklist = append(s.Checklist, shownDocument{
			ID: d.ID, Name: d.Name, Applies: d.Applies, Role: d.Role, Group: d.Group, Original: d.Original, Copy: d.Copy,
			Copies: d.CopiesText(phrases.VI), Scan: d.Scan, WaivedWhen: d.WaivedWhen, Form: d.Form, Certainty: d.Certainty,
		})
	}
	for _, l := range c.FeeLines(phrases.VI, p, facts, a.channel) {
		s.Fees = append(s.Fees, feeShown(l))
	}
	for _, d := range p.Durations {
		s.Duration.Cases = append(s.Duration.Cases, caseShown(d))
	}
	return s
}

// list is never null for those who read JSON.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func feeShown(l catalog.FeeLine) shownFee {
	f := l.Fee
	s := shownFee{
		ID: f.ID, Label: f.Label, Unit: f.Unit, Text: l.Text, Known: l.Known, Exempt: l.Exempt, Applies: l.Applies,
		Channel: f.Channel, From: f.From, To: f.To, Payer: f.Payer, Collector: f.Collector, Certainty: f.Certainty,
	}
	if l.Known {
		s.Amount, s.Percent, s.AtMost = f.Amount, f.Percent, f.AtMost
	}
	return s
}

func caseShown(d catalog.Duration) shownCase {
	s := shownCase{Case: d.Case, Text: d.Say(phrases.VI), Known: d.Known(), Certainty: d.Certainty}
	if s.Known {
		s.Value, s.Unit, s.Cutoff = d.Value, d.Unit, d.SameDayCutoff
	}
	return s
}
