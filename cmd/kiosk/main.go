// Command kiosk is the machine that stands in the common room of an apartment
// block: the service that scans, prints, keeps and carries dossiers, the
// window residents touch, the receiving centre, and the tools around them. It
// is the composition root: the only package that knows all the others, and it
// holds no rule of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/provisioning"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// Exit codes are part of the contract with systemd and scripts, see
// docs/contracts.md.
const (
	exitFine        = 0
	exitFailure     = 1
	exitUsage       = 2
	exitFindings    = 3
	exitNotEnrolled = 4
	exitLocked      = 5
)

func run(ctx context.Context, args []string) int {
	limitMemory()
	root := &cobra.Command{
		Use:           "kiosk",
		Short:         "Software of a public-administration service point",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(serveCommand(), windowCommand(), demoCommand(), emulateCommand(), sniffCommand(), centreCommand(), provisionCommand(), catalogCommand(), toolCommand(), printCommand(), scanCommand(), versionCommand())
	root.SetArgs(args)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	strict(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !stopped(err) {
		refuse(cmd, err)
	}
	return exitCode(err)
}

// strict makes every word a command does not know wrong use of it; left alone,
// cobra prints the help instead and calls it done.
func strict(cmd *cobra.Command) {
	if cmd.HasSubCommands() && !cmd.Runnable() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("%s knows no command %q", cmd.CommandPath(), args[0])}
			}
			return cmd.Help()
		}
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
}

// usageError is a wrong use of the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// unfinished is work that was to be done to its end: broken off by a signal it
// has failed, while a service that is told to stop has not.
type unfinished struct{ error }

func (e unfinished) Unwrap() error { return e.error }

// stopped reports whether a service ended because it was told to.
func stopped(err error) bool {
	_, failed := errors.AsType[unfinished](err)
	return errors.Is(err, context.Canceled) && !failed
}

func exitCode(err error) int {
	_, usage := errors.AsType[usageError](err)
	switch {
	case err == nil, stopped(err):
		return exitFine
	case usage, errors.Is(err, provisioning.ErrConfig):
		return exitUsage
	case errors.Is(err, provisioning.ErrNotEnrolled):
		return exitNotEnrolled
	case kiosk.CodeOf(err) == "unit.locked":
		return exitLocked
	}
	return exitFailure
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), version) },
	}
}
