package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"servicepoint/devices"
	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// answersJSON marks the commands made by answering: others have a report of
// their own under --json, with their failure in it.
const answersJSON = "answers-json"

// answering gives a command the flag --json. Its work gives one value: with
// the flag that value is printed as one JSON document, without it as text
// writes it for a person. What the work refuses is told by run.
func answering[T any](cmd *cobra.Command, work func(cmd *cobra.Command, args []string) (T, error), text func(out io.Writer, v T) error) *cobra.Command {
	asJSON := cmd.Flags().Bool("json", false, "print the answer as JSON")
	cmd.Annotations = map[string]string{answersJSON: ""}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := work(cmd, args)
		if err != nil {
			return err
		}
		if !*asJSON {
			return text(cmd.OutOrStdout(), v)
		}
		out := json.NewEncoder(cmd.OutOrStdout())
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(v)
	}
	return cmd
}

// refusal is what a program reads on standard output, with --json and exit
// code 1, in place of an answer.
type refusal struct {
	Error struct {
		Code    kiosk.Code `json:"code"`
		Message string     `json:"message"`
	} `json:"error"`
}

// refuse tells of an error: a person on standard error, and a program that
// asked for JSON on standard output.
func refuse(cmd *cobra.Command, err error) {
	fmt.Fprintln(cmd.ErrOrStderr(), "kiosk:", err)
	explain(cmd.ErrOrStderr(), err)
	_, answers := cmd.Annotations[answersJSON]
	if !answers || cmd.Flag("json").Value.String() != "true" || exitCode(err) != exitFailure {
		return
	}
	var r refusal
	r.Error.Code, r.Error.Message = codeOf(err), err.Error()
	if phrases.Has(phrases.VI, string(r.Error.Code)+".title") {
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
