package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/config"
)

// maxConfig is one byte more than any configuration may have; the parser then says how many are allowed.
const maxConfig = 512<<10 + 1

// validation is what skein validate was asked for.
type validation struct {
	streams
	kind     string
	output   string
	exitCode bool
	drift    bool
}

func newValidateCmd(io streams) *cobra.Command {
	v := &validation{streams: io}
	cmd := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check a config file, offline",
		Long: `Check .github/skein.yml of a repository, the skein.yml of an org's .github repository, or a server.yml.
Every finding has its file, line and column, and says what would be right. "-" reads standard input.

Of a .github/skein.yml that declares what its repository reads, the code beside it is read too, and told of as a
warning is where the two differ: a dataset of which no declared file was seen to read anything, and a file that reads a
declared dataset outside the declared paths. Which fields of a dataset who reads, "skein readers" says.

Exit codes: 0 no errors, 1 an error, 2 with --exit-code any finding, 64 wrong usage.`,
		Example: "  skein validate .github/skein.yml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused("validate needs a file\nTry %q", "skein validate .github/skein.yml")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return v.run(cmd.Context(), args) },
	}
	cmd.Flags().StringVar(&v.kind, "kind", "auto", "what the files are: auto, repo, org or server")
	cmd.Flags().StringVar(&v.output, "output", "text", "text or json")
	cmd.Flags().BoolVar(&v.exitCode, "exit-code", false, "exit 2 when there are warnings but no errors")
	cmd.Flags().BoolVar(&v.drift, "drift", true, "compare what is declared with what the code beside the file reads")
	return cmd
}

func (v *validation) run(ctx context.Context, files []string) error {
	if err := checkOutput(v.output); err != nil {
		return err
	}
	switch v.kind {
	case "auto", string(config.RepoFile), string(config.OrgFile), string(config.ServerFile):
	default:
		return misused("--kind is auto, repo, org or server, not %q", v.kind)
	}
	all, unread := []config.Finding{}, false
	for _, file := range files {
		src, err := v.read(file)
		if err != nil {
			fmt.Fprintln(v.Err, "skein:", err)
			unread = true
			continue
		}
		found, shown := v.check(ctx, file, src)
		all = append(all, found...)
		if v.output == "text" {
			if err := writeFindings(v.Out, found, shown); err != nil {
				return err
			}
		}
	}
	if err := v.finish(all, len(files)); err != nil {
		return err
	}
	return v.exit(all, unread)
}

func (v *validation) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(v.In, maxConfig))
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return io.ReadAll(io.LimitReader(f, maxConfig))
}

// check returns the findings in a file, and the text that may be shown beside them: none for a server's, as its
// lines may hold secrets.
func (v *validation) check(ctx context.Context, file string, src []byte) (found []config.Finding, shown []byte) {
	kind := config.Kind(v.kind)
	if v.kind == "auto" {
		kind = config.KindOf(src)
	}
	switch kind {
	case config.ServerFile:
		_, found = config.LoadServer(file, os.Getenv, func(name string) ([]byte, error) {
			if name == file {
				return src, nil
			}
			return os.ReadFile(name)
		})
		return found, nil
	case config.OrgFile:
		_, found = config.ParseOrg(file, src)
	case config.RepoFile:
		_, found = config.ParseRepo(file, src)
		found = append(found, v.differences(ctx, file, src)...)
	}
	return found, src
}

// differences are those between a repository's config and its code. That these cannot be compared is no fault of the config.
func (v *validation) differences(ctx context.Context, file string, src []byte) []config.Finding {
	if !v.drift || file == "-" {
		return nil
	}
	found, err := drift(ctx, file, src)
	if err != nil {
		fmt.Fprintln(v.Err, "skein: the code was not compared:", err)
	}
	return found
}

// finish writes the JSON document, or the summary of the text.
func (v *validation) finish(all []config.Finding, files int) error {
	if v.output == "json" {
		return writeJSON(v.Out, struct {
			Findings []config.Finding `json:"findings"`
		}{all})
	}
	errors := 0
	for _, f := range all {
		if f.Severity == config.Error {
			errors++
		}
	}
	_, err := fmt.Fprintf(v.Err, "%s, %s, %s\n", count(files, "file"), count(errors, "error"), count(len(all)-errors, "warning"))
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (v *validation) exit(all []config.Finding, unread bool) error {
	switch {
	case unread || config.HasErrors(all):
		return exitError{code: exitFailed}
	case v.exitCode && len(all) > 0:
		return exitError{code: exitFound}
	}
	return nil
}
