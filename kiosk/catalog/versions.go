package catalog

import (
	"slices"

	"servicepoint/kiosk"
)

// Holds reports whether a Hanoi day (yyyy-mm-dd) lies in the period; the empty
// day lies in every period.
func (p Period) Holds(day string) bool {
	return day == "" || p.From <= day && (p.To == "" || day <= p.To)
}

// meets reports whether two periods have a day in common.
func (p Period) meets(o Period) bool {
	return (p.To == "" || o.From <= p.To) && (o.To == "" || p.From <= o.To)
}

// InForce reports whether the procedure stands as stated on a Hanoi day.
func (p Procedure) InForce(day string) bool { return p.Effective.Holds(day) }

// Day is the Hanoi day the catalogue was asked for with On or AsOf; empty if it
// was not.
func (c *Catalog) Day() string { return c.day }

// On gives the catalogue as it stands on a Hanoi day: of each procedure the one
// version in force. Where the law has moved on and nobody has written the next
// version yet, the last one stays, so that people still find the procedure, with
// every figure Unverified; its InForce says that nothing may be opened under it.
// A procedure whose first version is still to come is left out.
func (c *Catalog) On(day string) *Catalog {
	then := *c
	then.all, then.day, then.Procedures = c, day, nil
	at := map[kiosk.ProcedureID]int{}
	for _, p := range c.Procedures {
		if p.Effective.From > day {
			continue
		}
		i, seen := at[p.ID]
		switch {
		case !seen:
			at[p.ID] = len(then.Procedures)
			then.Procedures = append(then.Procedures, p)
		case p.Effective.From > then.Procedures[i].Effective.From:
			then.Procedures[i] = p
		}
	}
	for i, p := range then.Procedures {
		if !p.InForce(day) {
			then.Procedures[i] = p.stale()
		}
	}
	return &then
}

// AsOf gives the catalogue with every procedure as it is stated, in force or
// not, for a Hanoi day. It is for the version a dossier keeps to its end: only
// what has a period of its own, a fee, is looked for by the day.
func (c *Catalog) AsOf(day string) *Catalog {
	then := *c
	then.day = day
	return &then
}

// stale gives the procedure with every statement of it taken back to
// Unverified: all that may be told of a version no longer in force.
func (p Procedure) stale() Procedure {
	p.Certainty = Unverified
	p.Documents, p.Durations, p.Fees = slices.Clone(p.Documents), slices.Clone(p.Durations), slices.Clone(p.Fees)
	for i := range p.Documents {
		p.Documents[i].Certainty = Unverified
	}
	for i := range p.Durations {
		p.Durations[i].Certainty = Unverified
	}
	for i := range p.Fees {
		p.Fees[i].Certainty, p.Fees[i].Exemption.Certainty = Unverified, Unverified
	}
	return p
}

// Closed says why no dossier can be opened for a procedure on the catalogue's
// day: the code of the reason, empty if one can be.
func (c *Catalog) Closed(p Procedure) kiosk.Code {
	switch {
	case p.Capability == "handoff":
		return "procedure.handoff"
	case p.Capability == "precheck_only":
		return "procedure.precheck"
	case !p.InForce(c.day):
		return "procedure.not_in_force"
	}
	return ""
}
