package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/kiosk/centre"
	"servicepoint/kiosk/seal"
)

// centreCommand is the reference receiving centre: a folder with its database,
// its keys and what it received.
func centreCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "centre", Short: "The receiving centre: serve it, enrol units, add accounts"}
	cmd.PersistentFlags().StringVar(&dir, "dir", "/var/lib/kiosk-centre", "the centre's folder")
	cmd.AddCommand(centreInit(&dir), centreServe(&dir), centreUnit(&dir), centreAccount(&dir))
	return cmd
}

const (
	receiptKeyFile = "receipt.key"
	identitiesFile = "identities.txt"
)

// centreInit makes the centre's keys and prints what units are configured
// with. The recovery identity is printed once and kept nowhere.
func centreInit(dir *string) *cobra.Command {
	return &cobra.Command{
		Use: "init", Short: "Make the centre's keys; prints the recovery key once", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := os.MkdirAll(*dir, 0o700); err != nil {
				return err
			}
			k, err := newCentreKeys()
			if err != nil {
				return err
			}
			if err := errors.Join(
				writeSecret(filepath.Join(*dir, receiptKeyFile), base64.StdEncoding.EncodeToString(k.receipt.Key.Seed())),
				writeSecret(filepath.Join(*dir, identitiesFile), k.identity)); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "# Put these lines into unit.yaml of every unit:\ncentre:\n  receipt_keys: [%q]\n  recipients:\n    - %s\n    - %s\n",
				base64.StdEncoding.EncodeToString(k.receipt.Public()), k.recipients[0], k.recipients[1])
			_, err = fmt.Fprintf(out, "\n# Recovery key: write it down, lock it away, it is shown only now.\n# %s\n", k.recovery)
			return err
		},
	}
}

// centreKeys are what a new centre needs: the key it signs receipts with, the
// identity it opens parcels with, and the recovery identity for the safe.
type centreKeys struct {
	receipt            seal.Signer
	identity, recovery string
	recipients         []string // of both identities, as units are configured
}

func newCentreKeys() (k centreKeys, err error) {
	if k.receipt, err = seal.NewSigner(); err != nil {
		return k, err
	}
	for _, identity := range []*string{&k.identity, &k.recovery} {
		var recipient string
		if *identity, recipient, err = seal.NewRecipient(); err != nil {
			return k, err
		}
		k.recipients = append(k.recipients, recipient)
	}
	return k, nil
}

func writeSecret(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("the centre has keys already: %w", err)
	}
	_, err = f.WriteString(text + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

func openCentre(ctx context.Context, dir string, accept bool) (*centre.Centre, error) {
	text, err := os.ReadFile(filepath.Join(dir, receiptKeyFile))
	if err != nil {
		return nil, fmt.Errorf("the centre has no keys yet, run init: %w", err)
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s is not a key: %w", receiptKeyFile, err)
	}
	signer, err := seal.SignerFromSeed(seed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", receiptKeyFile, err)
	}
	identities, err := readLines(filepath.Join(dir, identitiesFile))
	if err != nil {
		return nil, err
	}
	return centre.Open(ctx, centre.Config{
		Dir: dir, Receipt: signer, Identities: identities, AutoAccept: accept, Now: time.Now,
		Log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	})
}

func readLines(file string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func centreServe(dir *string) *cobra.Command {
	var listen string
	var accept bool
	cmd := &cobra.Command{
		Use: "serve", Short: "Receive parcels; put a TLS proxy in front of it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			c, err := openCentre(ctx, *dir, accept)
			if err != nil {
				return err
			}
			l, err := net.Listen("tcp", listen)
			if err != nil {
				return errors.Join(err, c.Close())
			}
			fmt.Fprintf(cmd.OutOrStdout(), "centre on http://%s\n", l.Addr())
			server := &http.Server{Handler: c.Handler(), ReadHeaderTimeout: 10 * time.Second}
			stop := context.AfterFunc(ctx, func() { server.Close() })
			defer stop()
			ran := make(chan error, 1)
			go func() { ran <- c.Run(ctx) }()
			if err = server.Serve(l); errors.Is(err, http.ErrServerClosed) {
				err = nil
			}
			return errors.Join(err, <-ran, c.Close())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8462", "address to listen on")
	cmd.Flags().BoolVar(&accept, "accept", false, "accept by itself whatever verifies")
	return cmd
}

func centreUnit(dir *string) *cobra.Command {
	cmd := &cobra.Command{Use: "unit", Short: "Enrol and revoke units"}
	cmd.AddCommand(&cobra.Command{
		Use: "add UNIT PUBLIC-KEY", Short: "Enrol a unit; prints its token once", Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := base64.StdEncoding.DecodeString(args[1])
			if err != nil || len(key) != ed25519.PublicKeySize {
				return usageError{errors.New("the public key is not what `kiosk provision identity` printed")}
			}
			return withCentre(cmd, *dir, func(c *centre.Centre) error {
				token, err := c.AddUnit(cmd.Context(), kiosk.UnitID(args[0]), key)
				if err == nil {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
				}
				return err
			})
		},
	}, &cobra.Command{
		Use: "revoke UNIT", Short: "Take nothing more from a unit", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withCentre(cmd, *dir, func(c *centre.Centre) error { return c.RevokeUnit(cmd.Context(), kiosk.UnitID(args[0])) })
		},
	})
	return cmd
}

func centreAccount(dir *string) *cobra.Command {
	return &cobra.Command{
		Use: "account NAME", Short: "Add an officer or set a new password (read from standard input)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readLine(cmd)
			if err != nil {
				return err
			}
			return withCentre(cmd, *dir, func(c *centre.Centre) error {
				return c.AddAccount(cmd.Context(), args[0], password, centre.RoleOfficer)
			})
		},
	}
}

func withCentre(cmd *cobra.Command, dir string, do func(*centre.Centre) error) error {
	c, err := openCentre(cmd.Context(), dir, false)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}
