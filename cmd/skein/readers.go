package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/store"
)

// readersOptions are what skein readers was asked for.
type readersOptions struct {
	streams
	database string
	output   string
}

func newReadersCmd(io streams) *cobra.Command {
	o := &readersOptions{streams: io}
	cmd := &cobra.Command{
		Use:   "readers DATASET | DATASET.FIELD",
		Short: "Say who reads a dataset, or one field of it",
		Long: `Say who reads a dataset, or one field of it: who declares it, where the code was seen to read it, and where the two
differ. It only reads the database file, and may be asked while "skein serve" runs on it. Code is looked at when a pull
request would change the dataset, and when the page /readers of the server is asked.`,
		Example: "  skein readers sales.orders.cust_id --database skein.db",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misused("readers needs one dataset, or one field of a dataset\nTry %q", "skein readers sales.orders.cust_id --database skein.db")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	cmd.Flags().StringVar(&o.database, "database", "", "the SQLite file of skein serve")
	cmd.Flags().StringVar(&o.output, "output", "text", "text or json")
	return cmd
}

func (o *readersOptions) run(ctx context.Context, name string) error {
	if err := checkOutput(o.output); err != nil {
		return err
	}
	if o.database == "" {
		return misused("--database is missing: the SQLite file of skein serve")
	}
	db, err := store.OpenReadOnly(ctx, o.database)
	if err != nil {
		return err
	}
	answer, err := engine.New(engine.Options{Store: records{db}}).Readers(ctx, name)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if o.output == "json" {
		return writeJSON(o.Out, answer)
	}
	return writeReaders(o.Out, answer)
}

// writeReaders tells one reader in a line, with the first place and how many there are.
func writeReaders(w io.Writer, answer engine.Readership) error {
	if len(answer.Readers) == 0 {
		_, err := fmt.Fprintln(w, "Nobody declares it, and no code was seen to read it.")
		return err
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range answer.Readers {
		fmt.Fprintf(out, "%s\t%s\t%s\n", clean(r.Repo.String()), r.Standing, clean(strings.Join(remarks(r), "; ")))
	}
	return out.Flush()
}

func remarks(r consumer.Reader) (out []string) {
	for i, s := range r.Sights {
		if i == 3 {
			out = append(out, fmt.Sprintf("and %d more", len(r.Sights)-i))
			break
		}
		what := fmt.Sprintf("%s:%d %s %s", s.File, s.Line, s.How, strings.TrimSuffix(s.Dataset+"."+s.Field, "."))
		if !s.Declared {
			what += ", undeclared"
		}
		out = append(out, what)
	}
	switch {
	case r.ID == 0:
		out = append(out, "Skein is not installed there")
	case r.Behind:
		out = append(out, "as of "+r.At.Short()+", and its code has changed since")
	case r.Unread > 0:
		out = append(out, fmt.Sprintf("%d files or places are left out", r.Unread))
	}
	return out
}
