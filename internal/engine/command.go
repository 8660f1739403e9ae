package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/certificate"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/store"
)

// Order is one command by one actor on one target. Comments, clicks, API calls and the command line all become
// Orders: there is one command path.
type Order struct {
	Key   string // the same order has the same key, however often it arrives
	Actor string
	Verb  string
	Arg   string
	At    time.Time
	Repo  repo.Repo // where it was said
	// Number is the pull request or issue that it was said on.
	Number  int
	Comment int64 // to acknowledge; 0 when it was no comment
}

// Give carries out an order, or says why not; either way it answers where it was said. An order on something
// that is not Skein's is ignored: the comment was not meant for it.
func (e *Engine) Give(ctx context.Context, o Order) error {
	m, err := view(ctx, e.Store, func(tx Tx) (consumer.Member, error) { return tx.Member(ctx, o.Repo.ID) })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	o.Repo = m.Repo
	t, err := view(ctx, e.Store, func(tx Tx) (target, error) { return e.targetOf(ctx, tx, o) })
	if err != nil {
		return err
	}
	if t.none() || t.changeset.ID == "" && answers(o.Verb) {
		return e.reply(ctx, m, t, o)
	}
	head, err := e.headOf(ctx, t)
	if err != nil {
		return err
	}
	refusal, err := e.mayNot(ctx, t, o)
	if err != nil {
		return err
	}
	return e.retryStale(ctx, func(tx Tx) error {
		if done, err := tx.Mark(ctx, "order "+o.Key); err != nil || done != "" {
			return err
		}
		if refusal == "" {
			refusal, err = e.apply(ctx, tx, t, o, head)
			if err != nil {
				return err
			}
		}
		return errors.Join(tx.SetMark(ctx, "order "+o.Key, "done"), e.answer(ctx, tx, t, o, refusal))
	})
}

// target is what an order is about: a changeset, or a migration.
type target struct {
	migration rollout.Migration
	changeset rollout.Changeset
}

func (t target) none() bool { return t.migration.ID == "" }

func (e *Engine) targetOf(ctx context.Context, tx Tx, o Order) (target, error) {
	css, err := tx.ChangesetsOf(ctx, o.Repo.ID, false)
	if err != nil {
		return target{}, err
	}
	for _, cs := range slices.Backward(css) {
		if cs.Phase == rollout.Reverted {
			if k, err := keptOf(ctx, tx, cs.ID); err != nil || k.Pull == o.Number {
				m, _, failed := tx.Migration(ctx, cs.Migration)
				return target{m, cs}, errors.Join(err, failed)
			}
		}
		if cs.Pull == o.Number || cs.RevertPull == o.Number {
			m, _, err := tx.Migration(ctx, cs.Migration)
			return target{m, cs}, err
		}
	}
	ms, err := tx.Migrations(ctx, false)
	for _, m := range ms {
		if m.Repo.ID == o.Repo.ID && m.Issue == o.Number {
			return target{migration: m}, err
		}
	}
	return target{}, err
}

// headOf is the head that the actor could see.
func (e *Engine) headOf(ctx context.Context, t target) (repo.SHA, error) {
	if t.changeset.Pull == 0 || t.changeset.Phase != rollout.Open {
		return "", nil
	}
	p, err := e.GitHub.Pull(ctx, t.changeset.Repo, t.changeset.Pull, green.Required{})
	return p.Head, err
}

// mayNot says why the actor may not give this order. The right is asked for at the moment of the order, and
// one that cannot be read is not there.
func (e *Engine) mayNot(ctx context.Context, t target, o Order) (string, error) {
	need, err := view(ctx, e.Store, func(tx Tx) (config.Permission, error) { return e.permissionFor(ctx, tx, t, o.Verb) })
	if err != nil {
		return "", err
	}
	role, err := e.GitHub.Permission(ctx, o.Repo, o.Actor)
	if _, ok := errors.AsType[*forge.Limited](err); ok {
		return "", err
	}
	switch {
	case err != nil:
		return fmt.Sprintf("your permission on %s cannot be read: %v", o.Repo.Name, err), nil
	case need.Team != "":
		return e.notInTeam(ctx, o, need.Team)
	case rank(role) < rank(need.Level):
		return fmt.Sprintf("it needs the %s permission on %s, and you have %s", need.Level, o.Repo.Name, role), nil
	}
	return "", nil
}

// notInTeam says why the actor may not give an order that a team may.
func (e *Engine) notInTeam(ctx context.Context, o Order, team string) (string, error) {
	in, err := e.GitHub.InTeam(ctx, o.Repo, team, o.Actor)
	if _, ok := errors.AsType[*forge.Limited](err); ok {
		return "", err
	}
	switch {
	case err != nil:
		return fmt.Sprintf("only members of %s may say %s, and who they are cannot be read: %v", team, o.Verb, err), nil
	case !in:
		return fmt.Sprintf("only members of %s may say %s", team, o.Verb), nil
	}
	return "", nil
}

// rank orders GitHub's roles. A custom role counts as nothing: what it stands on cannot be seen.
func rank(role string) int {
	return slices.Index([]string{"none", "read", "triage", "write", "maintain", "admin"}, role)
}

func (e *Engine) permissionFor(ctx context.Context, tx Tx, t target, verb string) (config.Permission, error) {
	where := t.migration.Repo
	if t.changeset.ID != "" {
		where = t.changeset.Repo
	}
	own, err := memberOf(ctx, tx, where.ID)
	if err != nil {
		return config.Permission{}, err
	}
	org, err := orgOf(ctx, tx, where)
	return config.PermissionFor(e.configs.org(org), e.configs.repo(own), verb), err
}

// apply lets the core carry the order out. refusal says why it would not.
func (e *Engine) apply(ctx context.Context, tx Tx, t target, o Order, head repo.SHA) (refusal string, err error) {
	switch {
	case asks(o.Verb):
		return "", nil
	case t.changeset.ID != "":
		return e.applyChangeset(ctx, tx, t.changeset.ID, o, head)
	case o.Verb == "revert all":
		return e.revertAll(ctx, tx, t.migration.ID, o)
	case o.Verb == "retry":
		return e.retryAll(ctx, tx, t.migration.ID, o)
	}
	return e.applyMigration(ctx, tx, t.migration.ID, o)
}

// asks names the commands that only want to know.
func asks(verb string) bool { return verb == "status" || verb == "why" || verb == "help" || verb == "" }

func (e *Engine) applyChangeset(ctx context.Context, tx Tx, id rollout.ChangesetID, o Order, head repo.SHA) (string, error) {
	cs, version, err := tx.Changeset(ctx, id)
	if err != nil {
		return "", err
	}
	next, actions, events, refusal := rollout.Apply(cs, rollout.Command{Verb: o.Verb, By: o.Actor, Arg: o.Arg, Head: head}, e.Clock.Now())
	if refusal != nil {
		return refusal.Error(), nil //nolint:nilerr // a refusal is an answer, not a fault
	}
	if o.Verb == "revert" {
		next.Certificate = certificate.Said(cs, *next.RevertBy, e.Clock.Now()).JSON()
	}
	errs := []error{tx.SaveChangeset(ctx, next, version), e.logBy(ctx, tx, o.Actor, next.Migration, id, events...)}
	if o.Verb == "retry" || o.Verb == "skip" {
		errs = append(errs, tx.DropIntents(ctx, id))
	}
	for _, a := range actions {
		errs = append(errs, e.wantAction(ctx, tx, next, a))
	}
	return "", errors.Join(append(errs, e.revive(ctx, tx, next.Migration), tx.Hint(ctx, HintAdvance, string(id)))...)
}

// revive opens a migration again whose last changeset goes on after all.
func (e *Engine) revive(ctx context.Context, tx Tx, id rollout.MigrationID) error {
	m, version, err := tx.Migration(ctx, id)
	if err != nil || m.Ended.IsZero() {
		return errors.Join(err, tx.Hint(ctx, HintMigration, string(id)))
	}
	m.Ended = time.Time{}
	return errors.Join(tx.SaveMigration(ctx, m, version), tx.Hint(ctx, HintMigration, string(id)))
}

func (e *Engine) applyMigration(ctx context.Context, tx Tx, id rollout.MigrationID, o Order) (string, error) {
	m, version, err := tx.Migration(ctx, id)
	if err != nil {
		return "", err
	}
	css, err := tx.Siblings(ctx, id)
	if err != nil {
		return "", err
	}
	policy, err := e.policyOf(ctx, tx, m, m.Repo)
	if err != nil {
		return "", err
	}
	now := e.Clock.Now()
	m, events, refusal := rollout.ApplyMigration(m, rollout.Gates(m, css, policy, now), rollout.Command{Verb: o.Verb, By: o.Actor, Arg: o.Arg}, now)
	if refusal != nil {
		return refusal.Error(), nil //nolint:nilerr // a refusal is an answer, not a fault
	}
	errs := []error{tx.SaveMigration(ctx, m, version), e.logBy(ctx, tx, o.Actor, id, "", events...), tx.Hint(ctx, HintMigration, string(id))}
	for _, cs := range css {
		if !cs.Phase.Ended() {
			errs = append(errs, tx.Hint(ctx, HintAdvance, string(cs.ID)))
		}
	}
	return "", errors.Join(errs...)
}

// revertAll takes back everything of a migration that is merged, the latest first.
func (e *Engine) revertAll(ctx context.Context, tx Tx, id rollout.MigrationID, o Order) (string, error) {
	css, err := tx.Siblings(ctx, id)
	if err != nil {
		return "", err
	}
	slices.SortFunc(css, func(a, b rollout.Changeset) int { return b.MergedAt.Compare(a.MergedAt) })
	said := o
	said.Verb = "revert"
	n := 0
	for _, cs := range css {
		if cs.Merge == "" || cs.Phase == rollout.Reverted || cs.Phase == rollout.Reverting {
			continue
		}
		refusal, err := e.applyChangeset(ctx, tx, cs.ID, said, "")
		if err != nil {
			return "", err
		}
		if refusal == "" {
			n++
		}
	}
	if n == 0 {
		return "nothing of this migration is merged", nil
	}
	return "", nil
}

// retryAll tries again what GitHub refused for good: the removal of old names, and what changesets wanted, of which
// some have no pull request to say it on.
func (e *Engine) retryAll(ctx context.Context, tx Tx, id rollout.MigrationID, o Order) (string, error) {
	again, err := e.proposeAgain(ctx, tx, id, o)
	if err != nil {
		return "", err
	}
	css, err := tx.Siblings(ctx, id)
	for _, cs := range css {
		refused, failedErr := failed(ctx, tx, cs.ID)
		if err = errors.Join(err, failedErr); err != nil || len(refused) == 0 || cs.Phase.Ended() {
			continue
		}
		_, err = e.applyChangeset(ctx, tx, cs.ID, o, "")
		again = true
	}
	if err == nil && !again {
		return "GitHub has refused nothing of this migration for good", nil
	}
	return "", err
}

// answer acknowledges an order: a reaction, the journal, and the one status text brought up to date.
func (e *Engine) answer(ctx context.Context, tx Tx, t target, o Order, refusal string) error {
	rule, text := "said", fmt.Sprintf("%s said %s", o.Actor, o.Verb)
	if refusal != "" {
		rule, text = "refused_command", fmt.Sprintf("%s said %s: not done, %s", o.Actor, o.Verb, refusal)
	}
	errs := []error{
		e.logBy(ctx, tx, o.Actor, t.migration.ID, t.changeset.ID, rollout.Event{Rule: rule, Text: text}),
		e.acknowledge(ctx, tx, o, refusal),
	}
	if t.changeset.ID != "" {
		return errors.Join(append(errs, tx.Hint(ctx, HintAdvance, string(t.changeset.ID)))...)
	}
	return errors.Join(append(errs, tx.Hint(ctx, HintMigration, string(t.migration.ID)))...)
}

// acknowledge reacts to the comment that an order came by.
func (e *Engine) acknowledge(ctx context.Context, tx Tx, o Order, refusal string) error {
	if o.Comment == 0 {
		return nil
	}
	content := "+1"
	if refusal != "" {
		content = "confused"
	}
	return e.want(ctx, tx, rollout.Intent{
		Action: rollout.Action{Key: "order/" + o.Key, Kind: react, Text: fmt.Sprintf("%d %s", o.Comment, content)},
		Repo:   o.Repo, Installation: o.Repo.Installation,
	})
}
