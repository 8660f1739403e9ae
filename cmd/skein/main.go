// Command skein keeps every consumer of a dataset in step with its schema.
//
// It is one binary: the app (serve), the whole life of a migration on a built-in GitHub (demo, sim), and the
// same core on local checkouts (diff, preview, validate, windows). This package only wires rooms together.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // windows have time zones, and a container may have none

	"github.com/spf13/cobra"
)

func main() {
	cobra.EnableCommandSorting = false // of the whole process, so not where tests run commands side by side
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, streams{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// run is main without the process: tests call it.
func run(ctx context.Context, io streams, args []string) int {
	root := newRootCmd(io)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var exit exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintln(io.Err, "skein:", exit.err)
		}
		return exit.code
	}
	fmt.Fprintln(io.Err, "skein:", err)
	return exitFailed
}

func newRootCmd(io streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "skein",
		Short: "Keep every consumer of a dataset in step with its schema",
		Long: `Skein keeps every consumer of a dataset in step with its schema: a commit renames a column, and Skein
finds every query that reads it, rewrites it, opens a pull request per repository, merges the green ones inside
the agreed windows, wave by wave, watches the checks, and takes back what made something worse.

Try it with nothing to set up:

  skein demo
`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          func(cmd *cobra.Command, args []string) error { return unknownCommand(cmd, args) },
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(io.In)
	root.SetOut(io.Out)
	root.SetErr(io.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return misused("%w\nTry %q", err, cmd.CommandPath()+" --help")
	})
	root.AddCommand(commands(io)...)
	return root
}

func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %q?", near[0])
	}
	return misused("there is no command %q%s\nTry %q", args[0], hint, "skein --help")
}
