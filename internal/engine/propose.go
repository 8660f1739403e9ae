package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/rewrite"
)

// job is a changeset with what belongs to it, as read in one transaction.
type job struct {
	cs        rollout.Changeset
	version   int64
	migration rollout.Migration
	siblings  []rollout.Changeset
	policy    rollout.Policy
}

func (e *Engine) load(ctx context.Context, id rollout.ChangesetID) (job, error) {
	return view(ctx, e.Store, func(tx Tx) (job, error) { return e.loadIn(ctx, tx, id) })
}

func (e *Engine) loadIn(ctx context.Context, tx Tx, id rollout.ChangesetID) (j job, err error) {
	if j.cs, j.version, err = tx.Changeset(ctx, id); err != nil {
		return j, err
	}
	if j.migration, _, err = tx.Migration(ctx, j.cs.Migration); err != nil {
		return j, err
	}
	if j.siblings, err = tx.Siblings(ctx, j.cs.Migration); err != nil {
		return j, err
	}
	if j.cs.Repo, err = asToday(ctx, tx, j.cs.Repo); err != nil {
		return j, err
	}
	if j.migration.Repo, err = asToday(ctx, tx, j.migration.Repo); err != nil {
		return j, err
	}
	j.policy, err = e.policyOf(ctx, tx, j.migration, j.cs.Repo)
	return j, err
}

// asToday is a repository as it is called and looks now: ids stay, names do not.
func asToday(ctx context.Context, tx Tx, r repo.Repo) (repo.Repo, error) {
	m, err := memberOf(ctx, tx, r.ID)
	if err != nil || m == nil {
		return r, err
	}
	return m.Repo, nil
}

// propose reads one consumer's files at its head and rewrites them.
func (e *Engine) propose(ctx context.Context, id rollout.ChangesetID) error {
	j, err := e.load(ctx, id)
	if err != nil || j.cs.Phase != rollout.Planned {
		return err
	}
	cs, err := e.rewrite(ctx, j)
	switch {
	case errors.Is(err, forge.ErrGone):
		return e.parkUnread(ctx, j, err)
	case errors.Is(err, forge.ErrNotFound): // its branch has another name by now, or it is on its way out of reach
		return errors.Join(e.hint(ctx, HintRepo, repoKey(j.cs.Repo.ID)), fmt.Errorf("propose %s: %w", id, err))
	case errors.Is(err, forge.ErrTooLarge): // it is no smaller the next time
		cs = rollout.Fail(j.cs, "its archive is larger than Skein reads", e.Clock.Now())
	case err != nil:
		return fmt.Errorf("propose %s: %w", id, err)
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(tx.SaveChangeset(ctx, cs, j.version), tx.Hint(ctx, HintAdvance, string(id)),
			tx.Hint(ctx, HintMigration, string(cs.Migration)),
			e.log(ctx, tx, cs.Migration, id, rollout.Event{Rule: "proposed", Text: summary(cs)}))
	})
}

// parkUnread parks a changeset whose repository is out of reach: it begins when that is back. That it is gone may not
// be known here yet.
func (e *Engine) parkUnread(ctx context.Context, j job, why error) error {
	cs := rollout.Fail(j.cs, "its files cannot be read: "+why.Error(), e.Clock.Now())
	cs.Was = rollout.Planned
	return e.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(tx.SaveChangeset(ctx, cs, j.version), tx.Hint(ctx, HintRepo, repoKey(cs.Repo.ID)),
			tx.HintAt(ctx, HintAdvance, string(cs.ID), e.Clock.Now().Add(time.Minute)), tx.Hint(ctx, HintMigration, string(cs.Migration)),
			e.log(ctx, tx, cs.Migration, cs.ID, rollout.Event{Rule: "repo_gone", Text: cs.Note}))
	})
}

// rewrite follows all that is pending for a consumer. Code that reads nothing of it may have been written, or left as it was,
// for a schema in between, which only the newest commit changes.
func (e *Engine) rewrite(ctx context.Context, j job) (rollout.Changeset, error) {
	p, err := e.planOf(ctx, j.migration, j.cs.From)
	if err != nil {
		return j.cs, err
	}
	others, err := view(ctx, e.Store, func(tx Tx) ([]consumer.Snapshot, error) { return tx.Snapshots(ctx) })
	if err != nil {
		return j.cs, err
	}
	cs, c := j.cs, consumer.Consumer{Repo: j.cs.Repo.Name, Reads: j.cs.Reads}
	head, results, err := e.rewritten(ctx, p, c, others, cs.Repo)
	if err == nil && !slices.ContainsFunc(results, concerned) && cs.From != j.migration.From {
		later, laterErr := e.planOf(ctx, j.migration, j.migration.From)
		if err = laterErr; err == nil && later.Beyond(p) {
			p, cs.From = later, j.migration.From
			head, results, err = e.rewritten(ctx, p, c, others, cs.Repo)
		}
	}
	switch {
	case err != nil:
		return j.cs, err
	case head == "":
		return rollout.Fail(j.cs, "the repository is empty", e.Clock.Now()), nil
	}
	cs.Coexists = p.Coexists(c)
	if cs.From != j.migration.From {
		cs.Changes = p.Changes
	}
	return rollout.Proposed(cs, head, results, e.Clock.Now()), nil
}

// concerned reports whether a file asks for something: an edit, or a person's look.
func concerned(r rewrite.Result) bool { return len(r.Edits)+len(r.Refusals) > 0 }

// rewritten reads a consumer's files at its head and rewrites them. An empty repository has no head.
func (e *Engine) rewritten(ctx context.Context, p plan.Plan, c consumer.Consumer, others []consumer.Snapshot, r repo.Repo) (
	head repo.SHA, results []rewrite.Result, err error,
) {
	if head, err = e.GitHub.Head(ctx, r); err != nil || head == "" {
		return head, nil, err
	}
	files, skipped, err := e.GitHub.Archive(ctx, r, head, plan.Selects(c), forge.Limits{Also: plan.Helps(e.Rewriters)})
	if err != nil {
		return head, nil, err
	}
	return head, append(p.Rewrite(c, others, files, e.Rewriters), unread(skipped)...), nil
}

// unread refuses what was wanted and could not be read: silence would hide a reader.
func unread(skipped []forge.Skipped) (out []rewrite.Result) {
	for _, s := range skipped {
		out = append(out, rewrite.Result{Path: s.Path, Refusals: []rewrite.Refusal{{
			Line: 1, Column: 1, Code: "unreadable_file", Message: s.Reason,
			Suggestion: "look at it by hand, or leave it out with ignore: in .github/skein.yml",
		}}})
	}
	return out
}

func summary(cs rollout.Changeset) string {
	if cs.Phase == rollout.Failed {
		return cs.Note
	}
	return fmt.Sprintf("%d edits, %d refusals at %s", cs.Edits(), cs.Refusals(), cs.Base.Short())
}

// planOf is the migration's plan for a consumer that is written against the schema at from.
func (e *Engine) planOf(ctx context.Context, m rollout.Migration, from repo.SHA) (plan.Plan, error) {
	before, err := e.versionAt(ctx, m.Repo, from)
	if err != nil {
		return plan.Plan{}, err
	}
	after, err := e.versionAt(ctx, m.Repo, m.To)
	if err != nil {
		return plan.Plan{}, err
	}
	after.Answered = m.Answers
	return plan.Compare(before, after), nil
}

// log appends to the journal in Skein's own name.
func (e *Engine) log(ctx context.Context, tx Tx, m rollout.MigrationID, cs rollout.ChangesetID, events ...rollout.Event) error {
	return e.logBy(ctx, tx, "skein", m, cs, events...)
}

func (e *Engine) logBy(ctx context.Context, tx Tx, actor string, m rollout.MigrationID, cs rollout.ChangesetID, events ...rollout.Event) error {
	entries := make([]rollout.Entry, len(events))
	for i, ev := range events {
		entries[i] = rollout.Entry{At: e.Clock.Now(), Migration: m, Changeset: cs, Actor: actor, Event: ev}
	}
	return tx.Log(ctx, entries...)
}
