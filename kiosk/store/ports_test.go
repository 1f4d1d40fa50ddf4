package store_test

import (
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/store"
)

// The store is what intake and outbox ask for.
var (
	_ intake.Tickets   = (*store.Store)(nil)
	_ intake.Dossiers  = (*store.Store)(nil)
	_ intake.Drafts    = (*store.Store)(nil)
	_ intake.Pages     = (*store.Store)(nil)
	_ intake.Handovers = (*store.Store)(nil)
	_ intake.Cases     = (*store.Store)(nil)
	_ intake.Accounts  = (*store.Store)(nil)
	_ intake.Journal   = (*store.Store)(nil)
	_ intake.Slips     = (*store.Store)(nil)
	_ intake.FeeSlips  = (*store.Store)(nil)
	_ outbox.Ledger    = (*store.Store)(nil)
	_ outbox.Answers   = (*store.Store)(nil)
)
