package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// contract is one table of what several parts, or programs beside ours, rely
// on. docs/contracts.md is printed from these tables; a test compares.
type contract struct {
	Title string
	Note  string
	Head  []string
	Rows  [][]string
}

func contracts() []contract {
	return []contract{exitContract(), stateFolderContract(), configContract(), seatContract(), centreContract(), qrContract(), stepContract(), nationalContract(), feeContract(), printContract()}
}

func exitContract() contract {
	return contract{
		Title: "Exit codes", Note: "Of every command. The unit file restarts the service after 1 and 5, never after 2 and 4.",
		Head: []string{"code", "means"},
		Rows: [][]string{
			{fmt.Sprint(exitFine), "done"}, {fmt.Sprint(exitFailure), "failed; the reason is on standard error"},
			{fmt.Sprint(exitUsage), "wrong use: a flag, an argument or the configuration"}, {fmt.Sprint(exitFindings), "the checks found something"},
			{fmt.Sprint(exitNotEnrolled), "this machine is not enrolled as a unit yet"}, {fmt.Sprint(exitLocked), "another instance works on the state folder"},
		},
	}
}

func stateFolderContract() contract {
	return contract{
		Title: "State folder", Note: "`--state`, /var/lib/kiosk unless told otherwise; 0700, owned by the service's user.",
		Head: []string{"path", "holds", "lost if deleted"},
		Rows: [][]string{
			{"`unit.db`", "every row: line, dossiers, outbox, journal, accounts", "everything not yet at the centre"},
			{"`unit.db-wal`, `unit.db-shm`", "the database's log while the service runs; copy them with it or not at all", "what was saved last"},
			{"`catalog.json`", "the last good catalogue of the operator's folder, for a restart while a file in it is broken", "nothing, while the folder is good"},
			{"`unit.lock`", "the kernel's lock of the running instance", "nothing"},
			{"`spool/pages/`", "pages of open dossiers, encrypted, named by the SHA-256 of the file", "the pages of open dossiers"},
			{"`spool/parcels/`", "sealed parcels and their envelopes (`.env`)", "dossiers not yet accepted by the centre"},
			{"`spool/tmp/`", "files being written", "nothing"},
			{"`spool/quarantine/`", "files no row names, kept seven days", "nothing a person was told is saved"},
			{"`credentials/`", "`unit.key`, `signing.key`, `centre.token`, 0600; in production systemd's credentials folder", "open dossiers and case records become unreadable; the unit must be enrolled again"},
		},
	}
}

func configContract() contract {
	return contract{
		Title: "Configuration", Note: "`unit.yaml` in `--config`, /etc/kiosk unless told otherwise. Unknown keys are mistakes.",
		Head: []string{"key", "means"},
		Rows: [][]string{
			{"`unit`", "the unit's id: the point's code, a hyphen, up to four letters or digits"},
			{"`point.code`, `point.name`, `point.commune`", "the room: 3 to 6 of A-Z 0-9, its name, five digits"},
			{"`hotline`", "shown on slips and screens"},
			{"`printer.port`, `.baud`, `.flow`, `.profile`", "device node, `/dev/usb/lp0` or `tcp:HOST:PORT`, and model (`kiosk print --profiles`); flow is none, rtscts, xonxoff or dsr"},
			{"`printer.usb`, `scanner.usb`, `reader.usb`", "`{vendor, product, serial, path}` of the USB device expected on the line; another is refused"},
			{"`scanner.protocol`", "honeywell (if left out), ssi or datalogic on a serial line; escl, sane, folder"},
			{"`scanner.port`, `.baud`, `.flow`, `.line`", "of a serial imager; rs232 ships every raw image twice, cdc once"},
			{"`scanner.url`, `.device`, `.folder`", "of escl: its address; of sane: the name `scanimage -L` lists; of folder: where the scans arrive"},
			{"`reader.port`, `.baud`, `.flow`, `.protocol`", "a code reader beside a scanner that reads no codes: line (if left out), honeywell, ssi or datalogic"},
			{"`centre.url`", "origin of the receiving centre; https unless it is loopback"},
			{"`centre.receipt_keys`, `.booking_keys`", "Ed25519 public keys in base64"},
			{"`centre.recipients`", "age recipients parcels are sealed for: the centre's and the recovery key's"},
			{"`centre.hold`", "how long an accepted parcel is kept"},
			{"`window.listen`, `desk.listen`", "loopback addresses of the seats; an empty desk is off"},
			{"`catalog`", "folder of catalogue files, reloaded when they change; empty: the built-in ones"},
			{"`payee.bin`, `.account`, `.name`", "the account fees at the counter are paid into: six digits, up to 19 letters and digits, the owner as their bank shows it; left out: no payment code is ever shown. The file is not signed: its rights guard the account"},
		},
	}
}

func seatContract() contract {
	return contract{
		Title: "Seats", Note: "Every seat is entered once per boot at `/enter?t=<token>`; `window.json` in `--runtime` holds the window's and the desk's full address.",
		Head: []string{"path", "who", "seats"},
		Rows: [][]string{
			{"`/`", "residents, nobody signed in", "window"}, {"`/staff`", "clerks, by PIN", "window, desk"},
			{"`/technician`", "technicians, by PIN", "window, desk"}, {"`/dock`, `/gallery`", "the demo only", "window, desk"},
		},
	}
}

func centreContract() contract {
	return contract{
		Title: "Centre", Note: "`Authorization: Bearer <unit token>` on every request of a unit. Bodies of envelopes and receipts are DSSE, see parcel.md.",
		Head: []string{"request", "answer"},
		Rows: [][]string{
			{"`PUT /v1/dossiers/{id}/{rev}` with the envelope", "200 `upload`, or `exists` with the receipt; 409 if other bytes stand under this key"},
			{"`GET /v1/dossiers/{id}/{rev}/receipt`", "200 the newest receipt; 404 `not_yet` or `unknown`"},
			{"`POST /v1/status` with up to 500 keys", "the newest level of each"},
			{"`/files/`", "tus 1.0: creation, core, termination; metadata `dossier`, `rev`, `sha256` only"},
			{"`/inbox`", "the back office, signed in by password"},
		},
	}
}

func qrContract() contract {
	return contract{
		Title: "QR codes", Note: "Upper case throughout, no personal data.",
		Head: []string{"text", "is"},
		Rows: [][]string{
			{"`SP1.T.<number>`", "a ticket"}, {"`SP1.D.<local code>`", "a dossier"}, {"`SP1.R.<code>`", "a return visit"},
			{"`SP1.S.<code>`", "a status look-up"}, {"`SP1.E.<code>`", "an enrolment"}, {"`SP1.B.<base32>`", "a booking: payload and Ed25519 signature, at most 300 characters"},
		},
	}
}

func stepContract() contract {
	c := contract{Title: "States of a dossier", Note: "The one table of allowed steps; the database refuses every other.", Head: []string{"from", "to"}}
	for _, from := range slices.Sorted(maps.Keys(kiosk.Steps)) {
		var to []string
		for _, s := range kiosk.Steps[from] {
			to = append(to, string(s))
		}
		c.Rows = append(c.Rows, []string{string(from), strings.Join(to, ", ")})
	}
	return c
}

func feeContract() contract {
	c := contract{
		Title: "States of a fee slip", Note: "What is to be paid at the counter. A claim is what the resident says; only the reference of the bank's notice confirms. A slip shows its VietQR only while it is `due`.",
		Head: []string{"state", "means", "to"},
	}
	for _, row := range []struct {
		state kiosk.FeeState
		means string
	}{
		{kiosk.FeeDue, "made; nothing known of a transfer"}, {kiosk.FeeClaimed, "the resident says they have paid"},
		{kiosk.FeeConfirmed, "staff have typed the bank's reference of the money that came in"}, {kiosk.FeeVoid, "taken back"},
	} {
		var to []string
		for _, s := range kiosk.FeeSteps[row.state] {
			to = append(to, string(s))
		}
		c.Rows = append(c.Rows, []string{string(row.state), row.means, strings.Join(to, ", ")})
	}
	return c
}

func nationalContract() contract {
	c := contract{
		Title: "National status codes", Note: "What other systems say of a dossier. A code that is not in the table is kept as it came.",
		Head: []string{"code", "name", "read as"},
	}
	for n := 1; n <= 10; n++ {
		s := kiosk.NationalStatus(strconv.Itoa(n))
		c.Rows = append(c.Rows, []string{string(s), s.Name(), phrases.Say(phrases.VI, "national."+s.Name())})
	}
	return c
}

func printContract() contract {
	return contract{
		Title: "States of a print", Note: "`unknown` is never printed again by itself.",
		Head: []string{"state", "means"},
		Rows: [][]string{
			{string(kiosk.PrintQueued), "written down, nothing sent"}, {string(kiosk.PrintSending), "bytes are going out"}, {string(kiosk.PrintConfirming), "waiting for the printer's word"},
			{string(kiosk.PrintPrinted), "the printer confirmed body and cut"}, {string(kiosk.PrintBody), "the printer confirmed the body only"},
			{string(kiosk.PrintProcessed), "an ordered status came back after the job"}, {string(kiosk.PrintSent), "taken by the line; somebody must look"},
			{string(kiosk.PrintUnknown), "line or power lost on the way"}, {string(kiosk.PrintFailed), "nothing was sent"},
		},
	}
}

func printContracts(out io.Writer) error {
	b := &strings.Builder{}
	b.WriteString("# Contracts\n\nPrinted by `kiosk tool contracts` from the tables in the code; a test compares.\n")
	for _, c := range contracts() {
		fmt.Fprintf(b, "\n## %s\n\n%s\n\n| %s |\n|%s\n", c.Title, c.Note, strings.Join(c.Head, " | "), strings.Repeat("---|", len(c.Head)))
		for _, r := range c.Rows {
			fmt.Fprintf(b, "| %s |\n", strings.Join(r, " | "))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}
