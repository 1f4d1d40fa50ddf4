package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/kiosk/calendar"
	"servicepoint/kiosk/guide"
	"servicepoint/kiosk/phrases"
)

// searchAnswer is what a text finds; where it is not confident, the screens
// offer a person beside it.
type searchAnswer struct {
	Confident bool          `json:"confident"`
	Results   []searchFound `json:"results"`
}

type searchFound struct {
	ID        kiosk.ProcedureID `json:"id"`
	Name      string            `json:"name"`
	Score     float64           `json:"score"` // 0 to 1
	Situation string            `json:"-"`     // whose questions tell whether it is this one
}

func catalogSearchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "search WORDS…", Short: "Find procedures by what people type", Args: cobra.MinimumNArgs(1),
		Long: "Finds procedures the way the screens do: with or without accents, with typing errors, by everyday\n" +
			"words and by situations. At most 10 results, best first. An answer that is not confident lists\n" +
			"what is near, if anything is.",
	}
	dir := cmd.Flags().String("dir", "", "folder of the catalogue; empty: the built-in one")
	return answering(cmd, func(_ *cobra.Command, args []string) (searchAnswer, error) {
		query, err := guide.Query(strings.Join(args, " "))
		if err != nil {
			return searchAnswer{}, err
		}
		c, err := openCatalog(*dir)
		if err != nil {
			return searchAnswer{}, err
		}
		found := guide.New(c.On(calendar.LocalDay(time.Now()))).Search(query)
		a := searchAnswer{Confident: found.Confident, Results: []searchFound{}}
		for _, r := range found.Results {
			a.Results = append(a.Results, searchFound{r.ID, r.Name, math.Round(r.Score*1000) / 1000, r.Situation})
		}
		return a, nil
	}, printSearch)
}

func printSearch(out io.Writer, a searchAnswer) error {
	if !a.Confident {
		fmt.Fprintln(out, phrases.Say(phrases.VI, "cli.catalog.unsure"))
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range a.Results {
		fmt.Fprintf(w, "%.3f\t%s\t%s\t%s\n", r.Score, r.ID, r.Name, r.Situation)
	}
	return w.Flush()
}
