package centre

import (
	"context"
	"log/slog"

	tusslog "golang.org/x/exp/slog"
)

// tusLogger passes tusd's warnings and errors on to log. tusd still speaks the
// experimental slog; what it says at Info is one line a request, which nobody
// needs.
func tusLogger(log *slog.Logger) *tusslog.Logger { return tusslog.New(tusHandler{log}) }

type tusHandler struct{ log *slog.Logger }

func (tusHandler) Enabled(_ context.Context, l tusslog.Level) bool { return l >= tusslog.LevelWarn }

func (h tusHandler) Handle(ctx context.Context, r tusslog.Record) error {
	args := []any{"event", r.Message}
	r.Attrs(func(a tusslog.Attr) bool {
		args = append(args, a.Key, a.Value.String())
		return true
	})
	h.log.Log(ctx, slog.Level(r.Level), "centre: upload handler", args...)
	return nil
}

func (h tusHandler) WithAttrs([]tusslog.Attr) tusslog.Handler { return h }
func (h tusHandler) WithGroup(string) tusslog.Handler         { return h }
