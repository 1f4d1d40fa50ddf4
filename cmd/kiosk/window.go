package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"servicepoint/kiosk/phrases"
	"servicepoint/ui/window"
)

func windowCommand() *cobra.Command {
	var runtime, url string
	o := window.Options{Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)), OnBeat: feedWatchdog}
	windowed := false
	cmd := &cobra.Command{
		Use: "window", Short: "Show the residents' page full screen, locked down", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.URL, o.Fullscreen = url, !windowed
			o.Notice.Title, o.Notice.Text = phrases.Explain(phrases.VI, "window.service_away")
			if url == "" {
				o.Reread = func() (string, error) { return readAnnouncement(runtime) }
				var err error
				if o.URL, err = o.Reread(); err != nil {
					return err
				}
			}
			return window.Show(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&runtime, "runtime", "/run/kiosk", "folder of window.json")
	cmd.Flags().StringVar(&url, "url", "", "page to show instead of the one in window.json")
	cmd.Flags().StringVar(&o.DataDir, "data", "", "folder for the browser's own files (default: a temporary one)")
	cmd.Flags().BoolVar(&windowed, "windowed", false, "an ordinary window instead of the full screen")
	cmd.Flags().BoolVar(&o.SandboxRequired, "sandbox", false, "refuse to start without the browser's sandbox")
	return cmd
}

// feedWatchdog tells systemd that the page lives. Without systemd it does
// nothing, and a notice that cannot be sent is what the watchdog is there for.
func feedWatchdog() {
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady+"\n"+daemon.SdNotifyWatchdog)
}

// readAnnouncement gives the address of the window's page in this boot of the
// service.
func readAnnouncement(dir string) (string, error) {
	var a announcement
	text, err := os.ReadFile(filepath.Join(dir, "window.json"))
	if err != nil {
		return "", fmt.Errorf("the service is not running yet: %w", err)
	}
	if err := json.Unmarshal(text, &a); err != nil || a.URL == "" {
		return "", errors.Join(errors.New("window.json names no page"), err)
	}
	return a.URL, nil
}
