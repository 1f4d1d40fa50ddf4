package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"servicepoint/kiosk/catalog"
)

func catalogCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "catalog", Short: "Check and show the catalogue of procedures"}
	cmd.AddCommand(&cobra.Command{
		Use: "check DIR", Short: "Read a folder of catalogue files and name the first mistake", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err != nil {
				return usageError{err}
			}
			c, err := catalog.LoadDir(args[0])
			if err != nil {
				return err
			}
			return listCatalog(cmd, c)
		},
	}, &cobra.Command{
		Use: "list", Short: "List the built-in procedures", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := catalog.Embedded()
			if err != nil {
				return err
			}
			return listCatalog(cmd, c)
		},
	})
	return cmd
}

func listCatalog(cmd *cobra.Command, c *catalog.Catalog) error {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s %s\n", c.Head.ID, c.Head.Version)
	for _, p := range c.Procedures {
		if _, err := fmt.Fprintf(out, "%-28s %-10s %-11s %s\n", p.ID, p.OfficialName(), p.Certainty, p.Name); err != nil {
			return err
		}
	}
	return nil
}
