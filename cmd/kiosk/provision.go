package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"log/slog"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/store"
	"servicepoint/provisioning"
)

func provisionCommand() *cobra.Command {
	var state string
	cmd := &cobra.Command{Use: "provision", Short: "Make this machine a unit: keys, token, staff"}
	cmd.PersistentFlags().StringVar(&state, "state", "/var/lib/kiosk", "folder of the database and the keys")
	cmd.AddCommand(&cobra.Command{
		Use: "identity", Short: "Make the unit's keys and print the public one for the centre", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			id, err := provisioning.CreateIdentity(filepath.Join(state, "credentials"))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), id.PublicKey())
			return err
		},
	}, &cobra.Command{
		Use: "token", Short: "Keep the token the centre gave for this unit (read from standard input)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			token, err := readLine(cmd)
			if err != nil {
				return err
			}
			return provisioning.StoreToken(filepath.Join(state, "credentials"), token)
		},
	}, staffCommand(&state))
	return cmd
}

func staffCommand(state *string) *cobra.Command {
	var s kiosk.Staff
	cmd := &cobra.Command{
		Use: "staff ID", Short: "Add a person or change their PIN (read from standard input)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.ID = kiosk.StaffID(args[0])
			pin, err := readLine(cmd)
			if err != nil {
				return err
			}
			return addStaff(cmd, *state, s, pin)
		},
	}
	cmd.Flags().StringVar(&s.Name, "name", "", "name shown on the sign-in screen")
	cmd.Flags().StringVar(&s.Role, "role", kiosk.RoleClerk, "clerk or technician")
	return cmd
}

func addStaff(cmd *cobra.Command, state string, s kiosk.Staff, pin string) error {
	if len(pin) < 4 || strings.Trim(pin, "0123456789") != "" {
		return usageError{errors.New("a PIN has at least four digits and nothing else")}
	}
	if s.Role != kiosk.RoleClerk && s.Role != kiosk.RoleTechnician {
		return usageError{fmt.Errorf("role %q is neither %s nor %s", s.Role, kiosk.RoleClerk, kiosk.RoleTechnician)}
	}
	if s.Name == "" {
		s.Name = string(s.ID)
	}
	identity, err := provisioning.LoadIdentity(filepath.Join(state, "credentials"))
	if err != nil && identity.Credential == nil {
		return err
	}
	lock, err := lockState(state)
	if err != nil {
		return err
	}
	defer lock.Close()
	vault, err := seal.NewVault(identity.Credential)
	if err != nil {
		return err
	}
	db, err := store.Open(cmd.Context(), filepath.Join(state, "unit.db"), time.Now, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	return errors.Join(db.AddStaff(cmd.Context(), s, vault.HashPIN(pin)), db.Close())
}

func readLine(cmd *cobra.Command) (string, error) {
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	line = strings.TrimSpace(line)
	if line == "" {
		return "", usageError{errors.Join(errors.New("nothing on standard input"), err)}
	}
	return line, nil
}
