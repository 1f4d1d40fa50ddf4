package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"servicepoint/provisioning"
)

type serveFlags struct{ state, config, runtime, credentials string }

func serveCommand() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the service: database, devices, outbox and the local pages", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.state, "state", "/var/lib/kiosk", "folder of the database and the spool")
	cmd.Flags().StringVar(&f.config, "config", "/etc/kiosk", "folder of unit.yaml")
	cmd.Flags().StringVar(&f.runtime, "runtime", "/run/kiosk", "folder window.json is written to")
	cmd.Flags().StringVar(&f.credentials, "credentials", os.Getenv("CREDENTIALS_DIRECTORY"), "folder of the unit's keys (default: <state>/credentials)")
	return cmd
}

func serve(ctx context.Context, f serveFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	u, err := assemble(ctx, o)
	if err != nil {
		return err
	}
	if err := u.announce(f.runtime); err != nil {
		return errors.Join(err, u.Close())
	}
	_, err = daemon.SdNotify(false, daemon.SdNotifyReady)
	if err != nil {
		o.Log.Warn("systemd not told", "err", err)
	}
	return errors.Join(u.Run(ctx), u.Close())
}

func (f serveFlags) options() (options, error) {
	config, err := provisioning.LoadConfig(filepath.Join(f.config, "unit.yaml"))
	if err != nil {
		return options{}, err
	}
	if f.credentials == "" {
		f.credentials = filepath.Join(f.state, "credentials")
	}
	identity, err := provisioning.LoadIdentity(f.credentials)
	if err != nil {
		return options{}, err
	}
	return options{
		Config: config, Identity: identity, State: f.state, HTTP: &http.Client{},
		Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)), Now: time.Now,
	}, nil
}

// announcement is what window.json holds: how the window finds its page, and
// the token of this boot.
type announcement struct {
	URL  string `json:"url"`
	Desk string `json:"desk,omitempty"`
}

// announce writes window.json for the window's user alone to read.
func (u *unit) announce(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("announce the window's page: %w", err)
	}
	text, err := json.Marshal(announcement{URL: u.screens.WindowURL(), Desk: u.screens.DeskURL()})
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "window.json")
	if err := os.WriteFile(file+".new", text, 0o640); err != nil {
		return fmt.Errorf("announce the window's page: %w", err)
	}
	return os.Rename(file+".new", file)
}
