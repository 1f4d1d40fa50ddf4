package main

import (
	"context"

	"servicepoint/devices/printer"
)

// printerPanel gives the clerk's page its hands on the printer.
type printerPanel struct{ *printer.Printer }

func (p printerPanel) Resume(ctx context.Context) error { return p.Recover(ctx, printer.Resume) }

func (p printerPanel) Discard(ctx context.Context) error { return p.Recover(ctx, printer.Discard) }
