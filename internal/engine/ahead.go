package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/rollout"
)

// Under the strategy with, a dataset's open pull request has a migration of its own: consumers follow its head, as
// drafts that wait for it. When it is merged the migration goes on with the commit that came of it; when it is closed,
// or no longer changes anything, what was prepared for it is closed as well.

// ahead keeps the migration of a pull request in step with it. A pull request from a fork prepares nothing: whoever
// opens one has no say here.
func (e *Engine) ahead(ctx context.Context, m consumer.Member, p forge.Proposal) error {
	with, err := view(ctx, e.Store, func(tx Tx) (bool, error) {
		org, err := orgOf(ctx, tx, m.Repo)
		return config.StrategyOf(e.configs.org(org), e.configs.repo(&m)) == config.With, err
	})
	if err != nil || !with || p.Fork || !p.Open || p.Base != m.Repo.DefaultBranch {
		return errors.Join(err, e.withdraw(ctx, m, p))
	}
	answers, err := view(ctx, e.Store, func(tx Tx) ([]answer, error) { return answersOf(ctx, tx, m.Repo.ID) })
	if err != nil {
		return err
	}
	changes, faults, err := e.compare(ctx, m.Repo, p, declared(on(answers, p.Number)))
	switch {
	case err != nil || len(faults) > 0: // what was prepared stays until the pull request can be read again
		return err
	case !changes.Affects():
		return e.withdraw(ctx, m, p)
	}
	owners, err := e.owners(ctx, m, changes)
	if err != nil {
		return err
	}
	return e.Store.Update(ctx, func(tx Tx) error { return e.prepare(ctx, tx, m, p, changes, owners) })
}

// preparedFor finds the migration that goes ahead with an open pull request; its id is empty when there is none.
func preparedFor(ctx context.Context, tx Tx, m consumer.Member, number int) (rollout.Migration, int64, error) {
	active, err := tx.Migrations(ctx, true)
	for _, mig := range active {
		if mig.Repo.ID == m.Repo.ID && mig.Pull == number && number != 0 {
			return tx.Migration(ctx, mig.ID)
		}
	}
	return rollout.Migration{}, 0, err
}

// prepare begins the migration of a pull request, or has it follow what was pushed.
func (e *Engine) prepare(ctx context.Context, tx Tx, m consumer.Member, p forge.Proposal, changes plan.Plan, owners ownership) error {
	mig, version, err := preparedFor(ctx, tx, m, p.Number)
	if err != nil {
		return err
	}
	next := mig
	next.Repo, next.From, next.To, next.Pull, next.Author, next.Title = m.Repo, p.From, p.Head, p.Number, p.Author, p.Title
	next.Changes, next.Answers, next.Deadline = changes.Changes, changes.To.Answered, changes.Deadline()
	switch {
	case mig.ID == "":
		next.Created = e.Clock.Now()
		return e.launch(ctx, tx, next, changes, owners)
	case mig.To == p.Head && alike(mig.Answers, next.Answers):
		return nil
	}
	return errors.Join(tx.SaveMigration(ctx, next, version), e.follows(ctx, tx, next, changes, owners, true))
}

// merged is the migration that went ahead with a pull request which is merged now; empty when there is none.
func (e *Engine) merged(ctx context.Context, m consumer.Member) (rollout.MigrationID, error) {
	active, err := view(ctx, e.Store, func(tx Tx) ([]rollout.Migration, error) { return tx.Migrations(ctx, true) })
	for _, mig := range active {
		if mig.Repo.ID != m.Repo.ID || mig.Pull == 0 {
			continue
		}
		p, err := e.GitHub.Proposal(ctx, m.Repo, mig.Pull)
		if err == nil && p.Merged {
			return mig.ID, nil
		}
		if err != nil && !errors.Is(err, forge.ErrNotFound) {
			return "", err
		}
	}
	return "", err
}

// adopt goes on with a prepared migration whose pull request is merged. Where the change is the one that was prepared,
// the pull requests stay as they are.
func (e *Engine) adopt(ctx context.Context, tx Tx, id rollout.MigrationID, merged rollout.Migration, p plan.Plan, owners ownership) error {
	mig, version, err := tx.Migration(ctx, id)
	if err != nil {
		return err
	}
	same := alike(mig.Changes, merged.Changes)
	merged.ID, merged.Created, merged.Issue = mig.ID, mig.Created, mig.Issue
	merged.Pause, merged.Hotfix, merged.Started, merged.Forgiven = mig.Pause, mig.Hotfix, mig.Started, mig.Forgiven
	return errors.Join(tx.SaveMigration(ctx, merged, version), e.follows(ctx, tx, merged, p, owners, !same), e.log(ctx, tx, id, "", rollout.Event{
		Rule: "dataset_merged", Text: fmt.Sprintf("the dataset's pull request #%d is merged in %s: what was prepared may go", mig.Pull, merged.To.Short()),
	}))
}

// follows brings a migration's changesets to what it is now: those that are unmerged follow it, anew if need be, and
// consumers that it did not have are added.
func (e *Engine) follows(ctx context.Context, tx Tx, mig rollout.Migration, p plan.Plan, owners ownership, anew bool) error {
	wanted, err := e.changesets(ctx, tx, mig, p, owners)
	if err != nil {
		return err
	}
	have, err := tx.Siblings(ctx, mig.ID)
	if err != nil {
		return err
	}
	all := slices.Clone(have)
	for _, cs := range wanted {
		i := slices.IndexFunc(have, func(h rollout.Changeset) bool { return h.Repo.Name.Same(cs.Repo.Name) })
		if i < 0 {
			cs.ID = changesetID(mig.ID, cs.Repo.Name, all)
			cs.Branch = "skein/" + string(cs.ID)
			all = append(all, cs)
			err = errors.Join(err, tx.AddChangeset(ctx, cs), e.start(ctx, tx, cs))
			continue
		}
		err = errors.Join(err, e.followOne(ctx, tx, have[i].ID, cs, anew || cs.From != mig.From))
		have = slices.Delete(have, i, i+1)
	}
	for _, left := range have { // they read nothing of it any more
		err = errors.Join(err, e.followOne(ctx, tx, left.ID, rollout.Changeset{From: mig.From}, anew))
	}
	return errors.Join(err, tx.Hint(ctx, HintMigration, string(mig.ID)))
}

func (e *Engine) followOne(ctx context.Context, tx Tx, id rollout.ChangesetID, to rollout.Changeset, anew bool) error {
	cs, version, err := tx.Changeset(ctx, id)
	if err != nil {
		return err
	}
	if anew || !alike(cs.Reads, to.Reads) {
		cs = rollout.Anew(cs, e.Clock.Now())
	}
	cs.From, cs.Reads = to.From, to.Reads
	return errors.Join(tx.SaveChangeset(ctx, cs, version), tx.Hint(ctx, HintAdvance, string(id)))
}

// withdraw ends the migration of a pull request that is not going to be merged as it is.
func (e *Engine) withdraw(ctx context.Context, m consumer.Member, p forge.Proposal) error {
	if p.Merged { // the commit that came of it is looked at
		return nil
	}
	return e.Store.Update(ctx, func(tx Tx) error {
		mig, _, err := preparedFor(ctx, tx, m, p.Number)
		if err != nil || mig.ID == "" {
			return err
		}
		return e.withdrawn(ctx, tx, mig.ID)
	})
}

func (e *Engine) withdrawn(ctx context.Context, tx Tx, id rollout.MigrationID) error {
	mig, version, err := tx.Migration(ctx, id)
	if err != nil {
		return err
	}
	css, err := tx.Siblings(ctx, id)
	for _, cs := range css {
		if unmerged(cs) {
			err = errors.Join(err, e.supersedeOne(ctx, tx, cs.ID, "the dataset's pull request, which this was prepared for, changes nothing here any more"))
		}
	}
	mig.Pull = 0
	return errors.Join(err, tx.SaveMigration(ctx, mig, version), tx.Hint(ctx, HintMigration, string(id)), e.log(ctx, tx, id, "", rollout.Event{
		Rule: "withdrawn", Text: "the dataset's pull request is closed, or changes nothing any more",
	}))
}

// alike compares values as they are stored, where nothing and an empty list are one.
func alike(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}
