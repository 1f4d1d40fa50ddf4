package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
)

// answersJSON marks the commands made by answering: others have a report of
// their own under --json, with their failure in it.
const answersJSON = "answers-json"

// answering gives a command the flag --json. Its work gives one value: with
// the flag that value is printed as one JSON document, without it as text
// writes it for a person. What the work refuses is told by run. A value that
// is itself the report of a refusal says so by a method refused; it has the
// key error in it.
func answering[T any](cmd *cobra.Command, work func(cmd *cobra.Command, args []string) (T, error), text func(out io.Writer, v T) error) *cobra.Command {
	asJSON := cmd.Flags().Bool("json", false, "print the answer as JSON")
	cmd.Annotations = map[string]string{answersJSON: ""}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := work(cmd, args)
		if err != nil {
			return err
		}
		err = nil
		if *asJSON {
			err = writeJSON(cmd.OutOrStdout(), v)
		} else {
			err = text(cmd.OutOrStdout(), v)
		}
		if r, ok := any(v).(interface{ refused() error }); ok && err == nil && r.refused() != nil {
			return reported{r.refused()}
		}
		return err
	}
	return cmd
}

// writeJSON writes one value for a program, and so that a person can read it.
func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// reported is an error that the answer printed has in it already.
type reported struct{ error }

func (r reported) Unwrap() error { return r.error }

// refusal is what a program reads on standard output, with --json and exit
// code 1, in place of an answer.
type refusal struct {
	Error refusalReason `json:"error"`
}

type refusalReason struct {
	Code    kiosk.Code `json:"code"`
	Message string     `json:"message"`
}

// refuse tells of an error: a person on standard error, and a program that
// asked for JSON on standard output.
func refuse(cmd *cobra.Command, err error) {
	fmt.Fprintln(cmd.ErrOrStderr(), "kiosk:", err)
	explain(cmd.ErrOrStderr(), err)
	_, answers := cmd.Annotations[answersJSON]
	_, done := errors.AsType[reported](err)
	if !answers || done || cmd.Flag("json").Value.String() != "true" || exitCode(err) != exitFailure {
		return
	}
	var r refusal
	r.Error.Code, r.Error.Message = codeOf(err), err.Error()
	if says, ok := errors.AsType[*catalog.Error](err); ok {
		r.Error.Message = says.Error() // lists what would do
	} else if phrases.Has(phrases.VI, string(r.Error.Code)+".title") {
		title, do := phrases.Explain(phrases.VI, r.Error.Code)
		r.Error.Message = title + " " + do
	}
	out := json.NewEncoder(cmd.OutOrStdout())
	out.SetEscapeHTML(false)
	_ = out.Encode(r) // whoever reads has the exit code as well
}

// explain adds to a coded error what a person is told about it on the screens,
// so that whoever reads the terminal knows what to do.
func explain(out io.Writer, err error) {
	code := codeOf(err)
	for _, lang := range []phrases.Lang{phrases.VI, phrases.EN} {
		if code != "internal" && phrases.Has(lang, string(code)+".title") {
			title, do := phrases.Explain(lang, code)
			fmt.Fprintln(out, " ", title, do)
		}
	}
}

func codeOf(err error) kiosk.Code {
	if fault, ok := errors.AsType[*devices.Fault](err); ok {
		return kiosk.Code(fault.Code())
	}
	return kiosk.CodeOf(err)
}
