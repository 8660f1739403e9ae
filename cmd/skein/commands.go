package main

import "github.com/spf13/cobra"

// commands are the subcommands, in the order in which help lists them.
func commands(io streams) []*cobra.Command {
	return []*cobra.Command{
		newDemoCmd(io),
		newServeCmd(io),
		newSetupCmd(io),
		newSimCmd(io),
		newInitCmd(io),
		newDiffCmd(io),
		newPreviewCmd(io),
		newBacktestCmd(io),
		newValidateCmd(io),
		newWindowsCmd(io),
		newWhyCmd(io),
		newReadersCmd(io),
		newHealthCmd(io),
	}
}
