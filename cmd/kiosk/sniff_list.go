package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"servicepoint/devices/wire"
)

// listedPort is one line of the machine, for a program.
type listedPort struct {
	Port    string `json:"port"` // what --port takes
	Kind    string `json:"kind"`
	Driver  string `json:"driver,omitempty"`
	Vendor  string `json:"vendor,omitempty"`
	Product string `json:"product,omitempty"`
	Serial  string `json:"serial,omitempty"`
	USBPath string `json:"usb_path,omitempty"`
	Maker   string `json:"maker,omitempty"`
	Model   string `json:"model,omitempty"`
}

func (f *sniffFlags) listPorts(cmd *cobra.Command) error {
	all, err := wire.Ports()
	if err != nil {
		return err
	}
	listed := []listedPort{} // never null for a program
	for _, p := range all {
		listed = append(listed, listedPort{
			Port: p.Path, Kind: string(p.Kind), Driver: p.Driver, Vendor: p.Vendor, Product: p.Product,
			Serial: p.Serial, USBPath: p.USBPath, Maker: p.Maker, Model: p.Model,
		})
	}
	if f.json {
		return writeJSON(cmd.OutOrStdout(), listed)
	}
	if len(listed) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "This machine has no serial line and no USB printer.")
		return nil
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "port\tids\tserial\tsocket\tdriver\tdevice")
	for _, p := range listed {
		ids := "-"
		if p.Vendor != "" {
			ids = p.Vendor + ":" + p.Product
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Port, ids, dash(p.Serial), dash(p.USBPath), dash(p.Driver), dash(strings.TrimSpace(p.Maker+" "+p.Model)))
	}
	return table.Flush()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
