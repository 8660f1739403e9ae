package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/skein-bot/skein/internal/contract"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/store"
)

// The actions that keep people informed. They bring a text up to date with the newest state, so they may be
// done again at any time.
const (
	statusComment rollout.ActionKind = "status_comment"
	checkRun      rollout.ActionKind = "check_run"
	trackingIssue rollout.ActionKind = "tracking_issue"
	checkConfig   rollout.ActionKind = "check_config"
	checkSchema   rollout.ActionKind = "check_schema"
	checkGroup    rollout.ActionKind = "check_group"
	react         rollout.ActionKind = "react"
)

// turn is how many intents one run of act does before it lets others have the worker.
const turn = 20

// act does an installation's intents one after the other. There is one such job per installation, so its
// writes never run side by side.
func (e *Engine) act(ctx context.Context, key string) error {
	installation, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return err
	}
	for range turn {
		var in rollout.Intent
		var generation int64
		err := e.Store.Update(ctx, func(tx Tx) (err error) {
			if in, generation, err = tx.NextIntent(ctx, installation, e.Clock.Now()); err != nil {
				return err
			}
			in.Repo, err = asToday(ctx, tx, in.Repo)
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := e.do(ctx, in, generation); err != nil {
			return err
		}
	}
	return queue.ErrAgain
}

// do does one intent and records what came of it. The error is one that ends the turn.
func (e *Engine) do(ctx context.Context, in rollout.Intent, generation int64) error {
	out, err := e.perform(ctx, in)
	var limited *forge.Limited
	var forbidden *forge.Forbidden
	switch {
	case err == nil:
		return e.settle(ctx, in, generation, out)
	case errors.As(err, &limited):
		return e.postpone(ctx, in, limited.Until, err)
	case ctx.Err() != nil:
		return ctx.Err()
	case refusal(err) != "":
		return e.refused(ctx, in, err)
	case errors.As(err, &forbidden) && e.away(ctx, in):
		return e.postpone(ctx, in, e.Clock.Now().Add(time.Hour), err)
	case isMoved(err):
		later := e.Clock.Now().Add(time.Minute)
		return errors.Join(e.hint(ctx, HintRepo, repoKey(in.Repo.ID)), e.postpone(ctx, in, later, err))
	case errors.Is(err, forge.ErrGone) && in.Attempts < returns:
		return errors.Join(e.hint(ctx, HintRepo, repoKey(in.Repo.ID)), e.postpone(ctx, in, e.Clock.Now().Add(time.Hour), err))
	case errors.As(err, &forbidden), errors.Is(err, forge.ErrGone), isInvalid(err), isForeign(err):
		return e.giveUp(ctx, in, err)
	}
	return e.postpone(ctx, in, e.Clock.Now().Add(backoff(in.Attempts)), err)
}

// returns is how often, once an hour, it is tried whether a repository out of reach is back: two weeks long.
const returns = 14 * 24

// away reports whether an intent's repository cannot be worked on for the time being: it is archived or suspended, and
// may be back one day. What cannot be asked may be so too.
func (e *Engine) away(ctx context.Context, in rollout.Intent) bool {
	why, err := e.gone(ctx, in.Repo)
	return err != nil || why != ""
}

// backoff doubles from five seconds to an hour.
func backoff(attempts int) time.Duration {
	return min(5*time.Second<<min(attempts, 10), time.Hour)
}

// refusal says why GitHub did not let something happen that may be possible later, judged anew.
func refusal(err error) string {
	var not *forge.NotMergeable
	switch {
	case errors.Is(err, forge.ErrStale), errors.As(err, &not):
		return err.Error()
	case errors.As(err, new(*notNow)), errors.Is(err, forge.ErrLate):
		return err.Error()
	}
	return ""
}

// isMoved reports whether a write came to a name that the repository no longer has. Its new one is looked up first.
func isMoved(err error) bool {
	var invalid *forge.Invalid
	return errors.As(err, &invalid) && invalid.Code >= 300 && invalid.Code < 400
}

func isInvalid(err error) bool {
	var invalid *forge.Invalid
	return errors.As(err, &invalid)
}

func isForeign(err error) bool {
	var foreign *forge.Foreign
	var conflict *forge.Conflict
	var already *forge.AlreadyReverted
	return errors.As(err, &foreign) || errors.As(err, &conflict) || errors.As(err, &already)
}

// settle folds an outcome into its changeset and marks the intent as done, in one transaction.
func (e *Engine) settle(ctx context.Context, in rollout.Intent, generation int64, out rollout.Outcome) error {
	finish := func(tx Tx) error { return tx.FinishIntent(ctx, in.Key, generation) }
	if in.Changeset == "" || in.Level {
		return e.retryStale(ctx, finish)
	}
	return e.fold(ctx, in, out, nil, finish)
}

// refused lets the changeset be judged again, and the same decision be taken again. What the last look found against
// it is what the changeset waits for from now on.
func (e *Engine) refused(ctx context.Context, in rollout.Intent, why error) error {
	out := rollout.Outcome{Refused: refusal(why), Tried: errors.As(why, new(*forge.NotMergeable))}
	var against []rollout.Wait
	if not, ok := errors.AsType[*notNow](why); ok {
		against = not.waits
	}
	return e.fold(ctx, in, out, against, func(tx Tx) error { return tx.DropIntent(ctx, in.Key) })
}

// fold folds an outcome into its changeset, together with what becomes of the intent, and counts what came of it.
func (e *Engine) fold(ctx context.Context, in rollout.Intent, out rollout.Outcome, against []rollout.Wait, then func(Tx) error) error {
	var was rollout.Changeset
	var d rollout.Decision
	err := e.retryStale(ctx, func(tx Tx) error {
		cs, version, err := tx.Changeset(ctx, in.Changeset)
		if err != nil {
			return err
		}
		was = cs
		d.Changeset, d.Events = rollout.Done(cs, in.Action, out, e.Clock.Now())
		if against != nil {
			d.Changeset.Waits = against
		}
		var next time.Time
		if out.Refused != "" { // at once would be a loop: what made GitHub refuse needs a moment to pass
			next = e.Clock.Now().Add(30 * time.Second)
		}
		return errors.Join(e.keepOutcome(ctx, tx, d, version, next), then(tx))
	})
	if err == nil {
		e.counted(was.Waits, d)
	}
	return err
}

// keepOutcome saves what came of an action, and has the changeset judged again.
func (e *Engine) keepOutcome(ctx context.Context, tx Tx, d rollout.Decision, version int64, next time.Time) error {
	cs := d.Changeset
	errs := []error{tx.SaveChangeset(ctx, cs, version), e.log(ctx, tx, cs.Migration, cs.ID, d.Events...), tx.Hint(ctx, HintMigration, string(cs.Migration))}
	if next.IsZero() {
		return errors.Join(append(errs, tx.Hint(ctx, HintAdvance, string(cs.ID)))...)
	}
	return errors.Join(append(errs, tx.HintAt(ctx, HintAdvance, string(cs.ID), next))...)
}

// retryStale runs a transaction again when somebody else saved first.
func (e *Engine) retryStale(ctx context.Context, f func(Tx) error) error {
	for {
		if err := e.Store.Update(ctx, f); !errors.Is(err, store.ErrStale) {
			return err
		}
	}
}

func (e *Engine) postpone(ctx context.Context, in rollout.Intent, until time.Time, cause error) error {
	e.Log.Warn().Err(cause).Str("action", in.Key).Time("until", until).Msg("postponed")
	return e.Store.Update(ctx, func(tx Tx) error {
		return errors.Join(tx.PostponeIntent(ctx, in.Key, until, cause.Error()),
			tx.HintAt(ctx, HintAct, fmt.Sprint(in.Installation), until))
	})
}

// giveUp leaves an intent to people: trying again would end the same way. A text is tried again all the same,
// now and then, since nobody would ask for it.
func (e *Engine) giveUp(ctx context.Context, in rollout.Intent, cause error) error {
	if in.Level {
		return e.postpone(ctx, in, e.Clock.Now().Add(backoff(in.Attempts+5)), cause)
	}
	e.Log.Error().Err(cause).Str("action", in.Key).Msg("given up")
	return e.Store.Update(ctx, func(tx Tx) error {
		errs := []error{tx.FailIntent(ctx, in.Key, cause.Error()), e.log(ctx, tx, in.Migration, in.Changeset,
			rollout.Event{Rule: "given_up", Text: fmt.Sprintf("%s: %v", in.Kind, cause)})}
		if in.Changeset != "" {
			errs = append(errs, e.noteFailure(ctx, tx, in, cause))
		}
		if in.Kind == openContract {
			errs = append(errs, noteContract(ctx, tx, in.Migration, func(s *contract.State) { s.Refusal = cause.Error() }))
		}
		return errors.Join(errs...)
	})
}

func (e *Engine) noteFailure(ctx context.Context, tx Tx, in rollout.Intent, cause error) error {
	cs, version, err := tx.Changeset(ctx, in.Changeset)
	if err != nil {
		return err
	}
	cs, events := rollout.GaveUp(cs, in.Action, cause.Error(), e.Clock.Now())
	return errors.Join(tx.SaveChangeset(ctx, cs, version), e.log(ctx, tx, cs.Migration, cs.ID, events...),
		tx.Hint(ctx, HintAdvance, string(cs.ID)))
}
