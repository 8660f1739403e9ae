package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/certificate"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/status"
)

// advance observes a changeset, lets the core decide, and saves the decision with its actions.
func (e *Engine) advance(ctx context.Context, id rollout.ChangesetID) error {
	j, err := e.load(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case j.cs.Phase == rollout.Planned:
		return e.hint(ctx, HintPropose, string(id))
	case !stepped(j.cs):
		if j.cs.Phase == rollout.Reverted {
			err = e.hint(ctx, HintAgain, string(id))
		}
		return errors.Join(err, e.report(ctx, id))
	}
	obs, err := e.observe(ctx, j)
	if err != nil {
		return fmt.Errorf("observe %s: %w", id, err)
	}
	if head := groupHead(obs); head != "" {
		if err := e.Grouped(ctx, j.cs.Repo, head); err != nil {
			return err
		}
	}
	now := e.Clock.Now()
	d := rollout.Step(j.cs, obs, e.faulty(j), now)
	if c, ok := certificate.Of(j.cs, obs, e.faulty(j), now); ok {
		d.Changeset.Certificate = c.JSON()
	}
	d = e.plant(d)
	if err := e.decide(ctx, j, d); err != nil {
		return err
	}
	return e.report(ctx, id)
}

func sameWait(a, b rollout.Wait) bool { return a.Rule == b.Rule && a.Text == b.Text }

// stepped names the phases in which something may still happen: all but the ends, and those ends that people
// can undo at GitHub by opening a pull request again or bringing a repository back, and those that leave one behind.
func stepped(cs rollout.Changeset) bool {
	switch p := cs.Phase; p { //nolint:exhaustive // the others are told by Ended
	case rollout.Declined, rollout.Failed:
		return true
	case rollout.Untouched, rollout.Refused, rollout.Skipped, rollout.Superseded:
		return cs.Pull != 0 && cs.Asked == "" || cs.Unseen()
	default:
		return !p.Ended()
	}
}

// decide saves a decision: the state, its actions, the journal and the next look, together.
func (e *Engine) decide(ctx context.Context, j job, d rollout.Decision) error {
	cs := d.Changeset
	err := e.Store.Update(ctx, func(tx Tx) error {
		errs := []error{
			tx.SaveChangeset(ctx, cs, j.version),
			tx.HintAt(ctx, HintAdvance, string(cs.ID), cs.Wake),
			e.log(ctx, tx, cs.Migration, cs.ID, d.Events...),
		}
		for _, a := range d.Actions {
			errs = append(errs, e.wantAction(ctx, tx, cs, a))
		}
		if cs.Phase != j.cs.Phase || !slices.EqualFunc(cs.Waits, j.cs.Waits, sameWait) {
			errs = append(errs, e.revive(ctx, tx, cs.Migration))
		}
		if cs.Phase == rollout.Planned {
			errs = append(errs, tx.Hint(ctx, HintPropose, string(cs.ID)))
		}
		return errors.Join(errs...)
	})
	if err == nil {
		e.counted(j.cs.Waits, d)
	}
	return err
}

// counted counts what moved a changeset, and what has begun to keep it from going on: so people see what Skein did not
// do, and how often.
func (e *Engine) counted(before []rollout.Wait, d rollout.Decision) {
	if e.Count == nil {
		return
	}
	for _, ev := range d.Events {
		e.Count(ev.Rule)
	}
	for _, w := range d.Changeset.Waits {
		if !slices.ContainsFunc(before, func(b rollout.Wait) bool { return b.Rule == w.Rule }) {
			e.Count(w.Rule)
		}
	}
}

// wantAction records an action that the core decided on.
func (e *Engine) wantAction(ctx context.Context, tx Tx, cs rollout.Changeset, a rollout.Action) error {
	return e.want(ctx, tx, rollout.Intent{
		Action: a, Migration: cs.Migration, Changeset: cs.ID, Repo: cs.Repo, Installation: cs.Repo.Installation,
	})
}

// want records an intent and wakes whoever does it.
func (e *Engine) want(ctx context.Context, tx Tx, in rollout.Intent) error {
	added, err := tx.Want(ctx, in)
	if err != nil || !added {
		return err
	}
	key := fmt.Sprint(in.Installation)
	if in.NotBefore.After(e.Clock.Now()) {
		return tx.HintAt(ctx, HintAct, key, in.NotBefore)
	}
	return tx.Hint(ctx, HintAct, key)
}

// faulty is the policy, bent by the planted faults of the demo's verification.
func (e *Engine) faulty(j job) rollout.Policy {
	if e.Faults.IgnoreWindows {
		j.policy.Windows = nil
	}
	return j.policy
}

// plant takes back what is healthy, when the demo's verification asks for that mistake.
func (e *Engine) plant(d rollout.Decision) rollout.Decision {
	if !e.Faults.RevertWrong || d.Changeset.Phase != rollout.Watching {
		return d
	}
	cs, actions, events, err := rollout.Apply(d.Changeset, rollout.Command{Verb: "revert", By: "skein"}, e.Clock.Now())
	if err != nil {
		return d
	}
	return rollout.Decision{Changeset: cs, Actions: actions, Events: events}
}

// migration opens gates, keeps the tracking issue and ends what is done.
func (e *Engine) migration(ctx context.Context, id rollout.MigrationID) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		m, version, err := tx.Migration(ctx, id)
		if err != nil || !m.Ended.IsZero() {
			return err
		}
		css, err := tx.Siblings(ctx, id)
		if err != nil {
			return err
		}
		policy, err := e.policyOf(ctx, tx, m, m.Repo)
		if err != nil {
			return err
		}
		errs := []error{e.openGates(ctx, tx, m, css, policy), e.wantIssue(ctx, tx, m, css)}
		asks, err := stillAsks(ctx, tx, m, css)
		if err != nil {
			return err
		}
		leaves, err := e.contracts(ctx, tx, m)
		if err != nil {
			return err
		}
		if leaves {
			errs = append(errs, tx.Hint(ctx, HintContract, string(id)))
		}
		if m.Pull == 0 && !asks && !leaves && !slices.ContainsFunc(css, func(c rollout.Changeset) bool { return !c.Phase.Ended() }) {
			m.Ended = e.Clock.Now()
			errs = append(errs, tx.SaveMigration(ctx, m, version),
				e.log(ctx, tx, id, "", rollout.Event{Rule: "ended", Text: "every changeset has reached an end"}))
		}
		return errors.Join(errs...)
	})
}

// stillAsks reports whether a likely rename of the migration waits for a person's answer while consumers could not
// follow. A later migration of the repository has taken the question over, or has its answer.
func stillAsks(ctx context.Context, tx Tx, m rollout.Migration, css []rollout.Changeset) (bool, error) {
	refused := func(c rollout.Changeset) bool { return c.Phase == rollout.Refused }
	if len(status.Questions(m.Changes)) == 0 || !slices.ContainsFunc(css, refused) {
		return false, nil
	}
	active, err := tx.Migrations(ctx, true)
	return !slices.ContainsFunc(active, func(other rollout.Migration) bool {
		return other.Repo.ID == m.Repo.ID && other.Created.After(m.Created)
	}), err
}

// openGates has everything judged again when a gate moved, and looks once more when a soak ends.
func (e *Engine) openGates(ctx context.Context, tx Tx, m rollout.Migration, css []rollout.Changeset, p rollout.Policy) error {
	gates := rollout.Gates(m, css, p, e.Clock.Now())
	var next time.Time
	for _, g := range gates {
		if !g.Till.IsZero() && (next.IsZero() || g.Till.Before(next)) {
			next = g.Till
		}
	}
	errs := []error{tx.HintAt(ctx, HintMigration, string(m.ID), next)}
	key, shape := "gates "+string(m.ID), digest(fmt.Sprint(gates))
	if seen, err := tx.Mark(ctx, key); err != nil || seen == shape {
		return errors.Join(append(errs, err)...)
	}
	errs = append(errs, tx.SetMark(ctx, key, shape))
	for _, cs := range css {
		if cs.Phase == rollout.Ready || cs.Phase == rollout.Open {
			errs = append(errs, tx.Hint(ctx, HintAdvance, string(cs.ID)))
		}
	}
	return errors.Join(errs...)
}
