package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/kiosk/idcard"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/viet"
)

// warning is what a person should look at in an answer that stands all the
// same.
type warning struct {
	Code    kiosk.Code `json:"code"`
	Message string     `json:"message"` // Vietnamese
}

// warnings puts codes in words; without any the list is empty, not absent.
func warnings(codes []kiosk.Code) []warning {
	all := make([]warning, 0, len(codes))
	for _, code := range codes {
		title, do := phrases.Explain(phrases.VI, code)
		all = append(all, warning{Code: code, Message: title + " " + do})
	}
	return all
}

// printWarnings writes them below an answer, for a person.
func printWarnings(out io.Writer, all []warning) error {
	for _, w := range all {
		if _, err := fmt.Fprintf(out, "! %s: %s\n", w.Code, w.Message); err != nil {
			return err
		}
	}
	return nil
}

// foldAnswer is a text as it is searched for.
type foldAnswer struct {
	Value    string    `json:"value"`
	Words    []string  `json:"words"`
	Warnings []warning `json:"warnings"`
}

func foldCommand() *cobra.Command {
	return answering(&cobra.Command{
		Use: "fold TEXT", Short: "Show the form by which a text is searched for, without accents", Args: cobra.ExactArgs(1),
	}, func(_ *cobra.Command, args []string) (foldAnswer, error) {
		text := args[0]
		if !utf8.ValidString(text) {
			text = viet.Decode([]byte(text))
		}
		return foldAnswer{Value: viet.Fold(text), Words: viet.Words(text), Warnings: warnings(viet.Doubts(text))}, nil
	}, func(out io.Writer, a foldAnswer) error {
		fmt.Fprintln(out, a.Value)
		return printWarnings(out, a.Warnings)
	})
}

// phoneAnswer is a phone number as it is stored and as it is shown.
type phoneAnswer struct {
	Value    string    `json:"value"` // E.164
	Shown    string    `json:"shown"`
	Kind     string    `json:"kind"` // mobile | landline
	Warnings []warning `json:"warnings"`
}

func phoneCommand() *cobra.Command {
	return answering(&cobra.Command{
		Use: "phone TEXT", Short: "Read a Vietnamese phone number the way people write it", Args: cobra.ExactArgs(1),
	}, func(_ *cobra.Command, args []string) (phoneAnswer, error) {
		p, err := viet.ReadPhone(args[0])
		kind := "landline"
		if p.Mobile {
			kind = "mobile"
		}
		return phoneAnswer{Value: p.E164, Shown: p.Shown, Kind: kind, Warnings: warnings(nil)}, err
	}, func(out io.Writer, a phoneAnswer) error {
		_, err := fmt.Fprintf(out, "%s  %s  %s\n", a.Shown, a.Value, a.Kind)
		return err
	})
}

// cardAnswer is what the code of an identity card says.
type cardAnswer struct {
	Number    string    `json:"number"`
	OldNumber string    `json:"old_number"`
	Name      string    `json:"name"`
	Birth     string    `json:"birth"` // yyyy-mm-dd
	Sex       string    `json:"sex"`   // as on the card
	Address   string    `json:"address"`
	Issued    string    `json:"issued"` // yyyy-mm-dd, or empty
	Warnings  []warning `json:"warnings"`
}

func idcardCommand() *cobra.Command {
	return answering(&cobra.Command{
		Use: "idcard", Short: "Read the QR code of an identity card from standard input", Args: cobra.NoArgs,
		Long: "Reads the QR code of an identity card from standard input, byte for byte as a reader\n" +
			"delivered it: an argument would be seen by everybody who lists the processes.",
	}, func(cmd *cobra.Command, _ []string) (cardAnswer, error) {
		const enough = 4 * idcard.MaxBytes // with all a reader may put around it
		payload, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), enough))
		if err != nil {
			return cardAnswer{}, fmt.Errorf("read the code: %w", err)
		}
		if len(payload) == enough {
			return cardAnswer{}, kiosk.Fail(kiosk.Invalid, "idcard.too_long", nil)
		}
		c, err := idcard.Parse(payload, time.Now())
		return cardAnswer{
			Number: c.Number, OldNumber: c.OldNumber, Name: c.Name, Birth: c.Birth, Sex: c.Sex,
			Address: c.Address, Issued: c.Issued, Warnings: warnings(c.Warnings),
		}, err
	}, printCard)
}

func printCard(out io.Writer, a cardAnswer) error {
	number := a.Number
	if a.OldNumber != "" {
		number += " (before: " + a.OldNumber + ")"
	}
	for _, line := range []struct{ name, value string }{
		{"number", number}, {"name", a.Name}, {"birth", a.Birth}, {"sex", a.Sex}, {"address", a.Address}, {"issued", a.Issued},
	} {
		fmt.Fprintln(out, strings.TrimSpace(fmt.Sprintf("%-8s %s", line.name, line.value)))
	}
	return printWarnings(out, a.Warnings)
}
