package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/kiosk/catalog"
	"servicepoint/kiosk/phrases"
)

func catalogCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "catalog", Short: "Check, list and show the catalogue of procedures"}
	cmd.AddCommand(catalogCheckCommand(), catalogListCommand(), catalogSearchCommand(), catalogShowCommand(), catalogCopyCommand())
	return cmd
}

// copyAnswer says where the files are.
type copyAnswer struct {
	Dir   string   `json:"dir"`
	Files []string `json:"files"`
}

func catalogCopyCommand() *cobra.Command {
	return answering(&cobra.Command{
		Use: "copy DIR", Short: "Write the files of the built-in catalogue into a folder, to be changed there", Args: cobra.ExactArgs(1),
		Long: "Writes the files of the built-in catalogue into a folder, which is made if need be. A folder that\n" +
			"has catalogue files already is left as it is.",
	}, func(_ *cobra.Command, args []string) (copyAnswer, error) { return copyCatalog(args[0]) },
		func(out io.Writer, a copyAnswer) error {
			for _, name := range a.Files {
				fmt.Fprintln(out, filepath.Join(a.Dir, name))
			}
			return nil
		})
}

func copyCatalog(dir string) (copyAnswer, error) {
	names, err := fs.Glob(catalog.Files(), "*.yaml")
	if err != nil {
		return copyAnswer{}, fmt.Errorf("list the built-in catalogue: %w", err)
	}
	there, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(there) > 0 {
		return copyAnswer{}, kiosk.Fail(kiosk.Conflict, "catalog.folder_taken", err)
	}
	if err := os.CopyFS(dir, catalog.Files()); err != nil {
		return copyAnswer{}, kiosk.Fail(kiosk.Unavailable, "catalog.folder_closed", err)
	}
	return copyAnswer{Dir: dir, Files: names}, nil
}

// checkAnswer is what checking catalogue files came to.
type checkAnswer struct {
	Valid      bool           `json:"valid"`
	Errors     []catalogPlace `json:"errors"`
	Warnings   []catalogPlace `json:"warnings"`
	Procedures int            `json:"procedures"`
	Error      *refusalReason `json:"error,omitempty"` // as every refused command has it

	err error
}

// catalogPlace is one thing to look at in a catalogue file.
type catalogPlace struct {
	File    string     `json:"file"`
	Line    int        `json:"line"`
	Column  int        `json:"column"`
	Code    kiosk.Code `json:"code"`
	Message string     `json:"message"` // in Vietnamese

	line string
}

func (a checkAnswer) refused() error { return a.err }

func catalogCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check FILE…", Short: "Read catalogue files together and name every mistake", Args: cobra.MinimumNArgs(1),
		Long: "Reads files, and the *.yaml files of folders, together as one catalogue and names every mistake as\n" +
			"file:line:column, with what to write instead. What they refer to and do not hold themselves is\n" +
			"looked up in the built-in catalogue, or in the folder given with --base.",
	}
	base := cmd.Flags().String("base", "", "folder of the catalogue the files belong to; empty: the built-in one")
	return answering(cmd, func(_ *cobra.Command, args []string) (checkAnswer, error) {
		known, err := openCatalog(*base)
		if err != nil {
			return checkAnswer{}, err
		}
		return checkCatalog(args, known), nil
	}, printCheck)
}

// openCatalog reads the catalogue of a folder, the built-in one if dir is empty.
func openCatalog(dir string) (*catalog.Catalog, error) {
	if dir == "" {
		return catalog.Embedded()
	}
	c, err := catalog.LoadDir(dir)
	if err != nil {
		return nil, kiosk.Fail(kiosk.Invalid, "catalog.invalid", err)
	}
	return c, nil
}

func checkCatalog(paths []string, base *catalog.Catalog) checkAnswer {
	r := catalog.Check(paths, base)
	a := checkAnswer{Valid: len(r.Problems) == 0, Errors: catalogPlaces(r.Problems), Warnings: catalogPlaces(r.Warnings)}
	if err := r.Err(); err != nil {
		a.err = kiosk.Fail(kiosk.Invalid, "catalog.invalid", err)
		a.Error = &refusalReason{Code: "catalog.invalid", Message: err.Error()}
		return a
	}
	a.Procedures = len(r.Catalog.Procedures)
	return a
}

func catalogPlaces(list []*catalog.Error) []catalogPlace {
	places := []catalogPlace{}
	for _, e := range list {
		places = append(places, catalogPlace{
			File: e.File, Line: e.Line, Column: e.Column, Code: e.Code, Message: e.Say(phrases.VI), line: e.Error(),
		})
	}
	return places
}

func printCheck(out io.Writer, a checkAnswer) error {
	for _, e := range a.Errors {
		fmt.Fprintln(out, e.line)
	}
	for _, w := range a.Warnings {
		fmt.Fprintln(out, phrases.Say(phrases.VI, "cli.catalog.warning", "line", w.line))
	}
	code := "cli.catalog.good"
	if !a.Valid {
		code = "cli.catalog.bad"
	}
	_, err := fmt.Fprintln(out, phrases.Say(phrases.VI, code, "errors", len(a.Errors), "warnings", len(a.Warnings), "procedures", a.Procedures))
	return err
}

// listed is one version of a procedure in a list.
type listed struct {
	ID         kiosk.ProcedureID `json:"id"`
	Code       string            `json:"code"`
	Name       string            `json:"name"`
	PlainName  string            `json:"plain_name"`
	Field      string            `json:"field"`
	Capability string            `json:"capability"`
	Certainty  catalog.Certainty `json:"certainty"`
	Effective  catalog.Period    `json:"effective"`
}

func catalogListCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the procedures, every version of each", Args: cobra.NoArgs}
	dir := cmd.Flags().String("dir", "", "folder of the catalogue; empty: the built-in one")
	field := cmd.Flags().String("field", "", "only this field: "+strings.Join(catalog.Fields(), ", "))
	return answering(cmd, func(_ *cobra.Command, _ []string) ([]listed, error) {
		if *field != "" && !slices.Contains(catalog.Fields(), *field) {
			return nil, refuseWord("catalog.field", "field", *field, catalog.Fields())
		}
		c, err := openCatalog(*dir)
		if err != nil {
			return nil, err
		}
		list := []listed{}
		for _, p := range c.Procedures {
			if *field == "" || p.Field == *field {
				list = append(list, listed{p.ID, p.OfficialName(), p.Name, p.PlainName, p.Field, p.Capability, p.Certainty, p.Effective})
			}
		}
		return list, nil
	}, printList)
}

func printList(out io.Writer, list []listed) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, p := range list {
		name := p.Name
		if span := periodText(p.Effective); span != "" {
			name += " (" + span + ")"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.ID, p.Code, p.Field, p.Certainty, name)
	}
	return w.Flush()
}

// periodText says a period in Vietnamese, nothing for one that is open.
func periodText(p catalog.Period) string {
	switch {
	case p.From != "" && p.To != "":
		return phrases.Say(phrases.VI, "cli.catalog.from_to", "from", p.From, "to", p.To)
	case p.From != "":
		return phrases.Say(phrases.VI, "cli.catalog.from", "from", p.From)
	case p.To != "":
		return phrases.Say(phrases.VI, "cli.catalog.to", "to", p.To)
	}
	return ""
}

// refuseWord refuses a word that is not among those allowed, and lists them.
func refuseWord(code kiosk.Code, key, text string, allowed []string) error {
	return kiosk.Fail(kiosk.Invalid, code, &catalog.Error{
		Code: "catalog.problem.one_of", Args: []any{"key", key, "text", text, "allowed", allowed},
	})
}

// wrap breaks a text into lines of at most width characters, at blanks.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
