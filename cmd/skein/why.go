package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/internal/store"
)

// whyOptions are what skein why was asked for.
type whyOptions struct {
	streams
	database string
	output   string
	web      string
	time     string
	replay   string
}

func newWhyCmd(io streams) *cobra.Command {
	o := &whyOptions{streams: io}
	cmd := &cobra.Command{
		Use:   "why CHANGESET | OWNER/REPO#NUMBER | MIGRATION",
		Short: "Say why a changeset is where it is",
		Long: `Say why a changeset, or a whole migration, is where it is: what it waits for and by which rule, the evidence
that the last decision rests on, and the journal. It only reads the database file, and may be asked while
"skein serve" runs on it.

  m7-reports        a changeset
  acme/reports#12   the changeset of a pull request, or of a revert; the migration of a tracking issue
  m7                a migration

With --replay it needs neither a database nor GitHub: it reads the certificate of a revert, from the JSON or from the
description of the revert's pull request, and takes the decision again from the evidence in it.`,
		Example: "  skein why acme/reports#12 --database skein.db\n  gh pr view 14 --json body --jq .body | skein why --replay -",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case o.replay != "" && len(args) > 0:
				return misused("--replay takes a certificate and nothing else")
			case o.replay == "" && len(args) != 1:
				return misused("why needs one changeset, pull request or migration\nTry %q", "skein why acme/reports#12 --database skein.db")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.replay != "" {
				return o.runReplay()
			}
			return o.run(cmd.Context(), args[0])
		},
	}
	cmd.Flags().StringVar(&o.database, "database", "", "the SQLite file of skein serve")
	cmd.Flags().StringVar(&o.replay, "replay", "", "check the certificate in this file, - for standard input")
	cmd.Flags().StringVar(&o.output, "output", "text", "text or json")
	cmd.Flags().StringVar(&o.web, "github-url", "https://github.com", "GitHub's address, for links")
	cmd.Flags().StringVar(&o.time, "time", "", "the faster clock that serve was given")
	_ = cmd.Flags().MarkHidden("time")
	return cmd
}

func (o *whyOptions) run(ctx context.Context, about string) error {
	if err := checkOutput(o.output); err != nil {
		return err
	}
	if o.database == "" {
		return misused("--database is missing: the SQLite file of skein serve")
	}
	clk, err := parseClock(o.time)
	if err != nil {
		return err
	}
	db, err := store.OpenReadOnly(ctx, o.database)
	if err != nil {
		return err
	}
	answer, err := o.ask(ctx, db, engine.New(engine.Options{Store: records{db}, Clock: clk, Links: status.Links{Web: o.web}}), about)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if o.output == "json" {
		return writeJSON(o.Out, answer)
	}
	return answer.write(o.Out)
}

func (o *whyOptions) ask(ctx context.Context, db *store.Store, e *engine.Engine, about string) (explanation, error) {
	var found asked
	err := db.Update(ctx, func(tx *store.Tx) (err error) {
		found, err = findSubject(ctx, tx, about)
		return err
	})
	if err != nil {
		return explanation{}, err
	}
	p, err := e.Page(ctx, found.migration)
	if err != nil {
		return explanation{}, err
	}
	return explain(p, found.changeset), nil
}

// asked is what is asked about: a migration, or one of its changesets.
type asked struct {
	migration rollout.MigrationID
	changeset rollout.ChangesetID
}

// findSubject understands what people call a changeset or a migration.
func findSubject(ctx context.Context, tx *store.Tx, about string) (asked, error) {
	if name, number, ok := strings.Cut(about, "#"); ok {
		return findNumber(ctx, tx, name, number)
	}
	if regexp.MustCompile(`^m[0-9]+$`).MatchString(about) {
		m, _, err := tx.Migration(ctx, rollout.MigrationID(about))
		return asked{migration: m.ID}, unheardOf(err, about)
	}
	c, _, err := tx.Changeset(ctx, rollout.ChangesetID(about))
	return asked{c.Migration, c.ID}, unheardOf(err, about)
}

func unheardOf(err error, about string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("the database knows no %q; a changeset is called like m7-reports or acme/reports#12, a migration like m7", about)
	}
	return err
}

// findNumber looks for a pull request, a revert or a tracking issue, in the newest migration first.
func findNumber(ctx context.Context, tx *store.Tx, name, number string) (asked, error) {
	full, err := repo.ParseName(name)
	if err != nil {
		return asked{}, misused("%w", err)
	}
	n, err := strconv.Atoi(number)
	if err != nil || n <= 0 {
		return asked{}, misused("%q is not a number: want OWNER/REPO#NUMBER", number)
	}
	all, err := tx.Migrations(ctx, false)
	if err != nil {
		return asked{}, err
	}
	for _, m := range all {
		if sameName(m.Repo.Name, full) && m.Issue == n {
			return asked{migration: m.ID}, nil
		}
		css, err := tx.Changesets(ctx, m.ID)
		if err != nil {
			return asked{}, err
		}
		for _, c := range css {
			if sameName(c.Repo.Name, full) && (c.Pull == n || c.RevertPull == n) {
				return asked{m.ID, c.ID}, nil
			}
		}
	}
	return asked{}, fmt.Errorf("the database knows no pull request or tracking issue %s#%d of Skein's", full, n)
}

func sameName(a, b repo.Name) bool { return strings.EqualFold(a.String(), b.String()) }

// records is a store that the engine's read model is made of, and that enqueues nothing.
type records struct{ *store.Store }

func (r records) Update(ctx context.Context, f func(engine.Tx) error) error {
	return r.Store.Update(ctx, func(tx *store.Tx) error { return f(record{tx}) })
}

type record struct{ *store.Tx }

// Hint fails, as every write does here.
func (record) Hint(context.Context, string, string) error {
	return errors.New("this database is open for reading only")
}
