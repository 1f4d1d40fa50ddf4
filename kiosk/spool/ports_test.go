package spool_test

import (
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/outbox"
	"servicepoint/kiosk/spool"
)

// The spool is what intake and outbox ask for.
var (
	_ intake.Spool = (*spool.Spool)(nil)
	_ outbox.Files = (*spool.Spool)(nil)
)
