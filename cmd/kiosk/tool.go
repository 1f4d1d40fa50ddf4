package main

import "github.com/spf13/cobra"

func toolCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "tool", Short: "Tools for those who work on the program"}
	cmd.AddCommand(&cobra.Command{
		Use: "contracts", Short: "Print docs/contracts.md", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return printContracts(cmd.OutOrStdout()) },
	})
	cmd.AddCommand(codeCommand(), statusCommand(), postalCommand(), vietqrCommand())
	cmd.AddCommand(foldCommand(), phoneCommand(), idcardCommand())
	cmd.AddCommand(dueCommand())
	return cmd
}
