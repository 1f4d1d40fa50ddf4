package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
	"servicepoint/kiosk/postal"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/vietqr"
)

// codeAnswer is what a dossier's code turns out to be.
type codeAnswer struct {
	Valid      bool      `json:"valid"`
	Kind       string    `json:"kind"`       // local | official
	Normalised string    `json:"normalised"` // empty unless valid
	Warnings   []warning `json:"warnings"`
}

func codeCommand() *cobra.Command {
	return answering(&cobra.Command{
		Use: "code TEXT", Short: "Read a dossier's code, ours or an authority's", Args: cobra.ExactArgs(1),
	}, func(_ *cobra.Command, args []string) (codeAnswer, error) { return readCode(args[0]) },
		func(out io.Writer, a codeAnswer) error {
			if a.Valid {
				fmt.Fprintln(out, a.Kind, a.Normalised)
			} else {
				fmt.Fprintln(out, a.Kind, "not valid")
			}
			return printWarnings(out, a.Warnings)
		})
}

// readCode tells the kinds apart, also in the QR text of our slips. A usual official code is never close to a
// local one; what is neither is an authority's code of a shape not seen so
// far, and accepted as one.
func readCode(text string) (codeAnswer, error) {
	if scanned, err := qr.Parse(text); err == nil && scanned.Kind == qr.Dossier {
		text = scanned.Code
	}
	local, notLocal := kiosk.ParseLocalCode(text)
	official, usual, notOfficial := kiosk.ParseOfficialCode(text)
	switch {
	case notLocal == nil:
		return codeAnswer{Valid: true, Kind: "local", Normalised: string(local), Warnings: warnings(local.Doubts())}, nil
	case kiosk.CodeOf(notLocal) == "code.local_check" && !usual:
		return codeAnswer{Kind: "local", Warnings: warnings([]kiosk.Code{"code.local_check"})}, nil
	case notOfficial != nil:
		return codeAnswer{}, notOfficial
	case !usual:
		return codeAnswer{Valid: true, Kind: "official", Normalised: string(official), Warnings: warnings([]kiosk.Code{"code.official_unusual"})}, nil
	}
	return codeAnswer{Valid: true, Kind: "official", Normalised: string(official), Warnings: warnings(nil)}, nil
}

// statusAnswer is what another system's status means.
type statusAnswer struct {
	Value string `json:"value"`
	Name  string `json:"name"` // empty for a code not all systems share
	Text  string `json:"text"` // Vietnamese
}

func statusCommand() *cobra.Command {
	return answering(&cobra.Command{
		Use: "status CODE", Short: "Say what a national status code means", Args: cobra.ExactArgs(1),
	}, func(_ *cobra.Command, args []string) (statusAnswer, error) {
		s, err := kiosk.ParseNationalStatus(args[0])
		if err != nil {
			return statusAnswer{}, err
		}
		return statusAnswer{string(s), s.Name(), phrases.Say(phrases.VI, "national."+cmp.Or(s.Name(), "other"), "code", string(s))}, nil
	}, func(out io.Writer, a statusAnswer) error {
		_, err := fmt.Fprintln(out, a.Text)
		return err
	})
}

// postalAnswer is what the number of a thing sent by post says.
type postalAnswer struct {
	Value    string         `json:"value"`
	Valid    bool           `json:"valid"`
	Service  postal.Service `json:"service"`
	Country  string         `json:"country"`
	Warnings []warning      `json:"warnings"`
}

func postalCommand() *cobra.Command {
	return answering(&cobra.Command{
		Use: "s10 CODE", Short: "Read a postal tracking number (UPU S10) and check its digit", Args: cobra.ExactArgs(1),
	}, func(_ *cobra.Command, args []string) (postalAnswer, error) {
		n, err := postal.Parse(args[0])
		return postalAnswer{Value: n.Value, Valid: n.Valid, Service: n.Service, Country: n.Country, Warnings: warnings(n.Warnings)}, err
	}, func(out io.Writer, a postalAnswer) error {
		fmt.Fprintln(out, a.Value, a.Service, a.Country)
		return printWarnings(out, a.Warnings)
	})
}

func vietqrCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "vietqr", Short: "Write and read the QR text of a bank transfer"}
	cmd.AddCommand(vietqrMakeCommand(), vietqrParseCommand())
	return cmd
}

// payloadAnswer is the text of a QR code.
type payloadAnswer struct {
	Payload string `json:"payload"`
}

func vietqrMakeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "make --bin BIN --account NO --amount DONG --bill REF --purpose TEXT", Args: cobra.NoArgs,
		Short: "Write the QR text of a transfer with its amount locked",
		Long: "Writes the QR text of a transfer with its amount locked. Purpose and name lose their\n" +
			"Vietnamese marks and are cut to 25 characters; the bill has to fit as it is.",
	}
	var p vietqr.Payment
	flags := cmd.Flags()
	flags.StringVar(&p.BIN, "bin", "", "the payee's bank: six digits")
	flags.StringVar(&p.Account, "account", "", "the payee's account number")
	flags.BoolVar(&p.Card, "card", false, "the account is the number of a card")
	flags.IntVar(&p.Amount, "amount", 0, "what is to be paid, in dong")
	flags.StringVar(&p.Bill, "bill", "", "the reference by which the payment is found")
	flags.StringVar(&p.Purpose, "purpose", "", "what the payer's bank shows")
	flags.StringVar(&p.Name, "name", "", "the payee's name")
	return answering(cmd, func(cmd *cobra.Command, _ []string) (payloadAnswer, error) {
		for _, name := range []string{"bin", "account", "amount", "bill", "purpose"} {
			if !cmd.Flags().Changed(name) {
				return payloadAnswer{}, usageError{fmt.Errorf("--%s is missing", name)}
			}
		}
		p.Purpose, p.Name = bankText(p.Purpose), bankText(p.Name)
		payload, err := vietqr.Make(p)
		return payloadAnswer{Payload: payload}, err
	}, func(out io.Writer, a payloadAnswer) error {
		_, err := fmt.Fprintln(out, a.Payload)
		return err
	})
}

// bankText makes a text fit for a bank. What has nothing in it that a bank
// takes stays, to be refused rather than left out.
func bankText(s string) string {
	if fit := vietqr.Text(s, vietqr.MaxText); fit != "" {
		return fit
	}
	return s
}

// transferAnswer is what the QR text of a transfer says.
type transferAnswer struct {
	BIN      string       `json:"bin"`
	Account  string       `json:"account"`
	Card     bool         `json:"card"`
	Amount   int          `json:"amount"` // đồng; 0: the payer fills it in
	Bill     string       `json:"bill"`
	Purpose  string       `json:"purpose"`
	Name     string       `json:"name"`
	City     string       `json:"city"`
	Postcode string       `json:"postcode"`
	Once     bool         `json:"once"` // for one payment only
	Extra    []extraField `json:"extra"`
	Warnings []warning    `json:"warnings"`
}

type extraField struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

func vietqrParseCommand() *cobra.Command {
	return answering(&cobra.Command{
		Use: "parse TEXT", Short: "Read the QR text of a transfer and check it", Args: cobra.ExactArgs(1),
	}, func(_ *cobra.Command, args []string) (transferAnswer, error) {
		p, err := vietqr.Parse(args[0])
		if err != nil {
			return transferAnswer{}, err
		}
		a := transferAnswer{
			BIN: p.BIN, Account: p.Account, Card: p.Card, Amount: p.Amount, Bill: p.Bill, Purpose: p.Purpose,
			Name: p.Name, City: p.City, Postcode: p.Postcode, Once: p.Once,
			Extra: []extraField{}, Warnings: warnings(p.Doubts()),
		}
		for _, f := range p.Extra {
			a.Extra = append(a.Extra, extraField(f))
		}
		return a, nil
	}, printTransfer)
}

func printTransfer(out io.Writer, a transferAnswer) error {
	for _, line := range []struct{ name, value string }{
		{"bank", a.BIN}, {"account", a.Account}, {"amount", fmt.Sprint(a.Amount)}, {"bill", a.Bill}, {"purpose", a.Purpose},
		{"name", a.Name}, {"city", a.City}, {"postcode", a.Postcode},
	} {
		if line.value != "" {
			fmt.Fprintf(out, "%-8s %s\n", line.name, line.value)
		}
	}
	for _, f := range a.Extra {
		fmt.Fprintf(out, "%-8s %s\n", f.ID, f.Value)
	}
	return printWarnings(out, a.Warnings)
}
