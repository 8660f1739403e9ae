package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/skein-bot/skein/internal/forge"
)

type account interface {
	Installations(ctx context.Context) ([]forge.Installation, error)
	FailedDeliveries(ctx context.Context, since time.Time) ([]forge.Delivery, error)
	Redeliver(ctx context.Context, delivery int64) error
}

// GitHub is all that the engine asks of the forge; each part stands beside the code that needs it.
type GitHub interface {
	account
	archives
	informer
	observer
	proposals
	registry
	writer
}

// Pace is how often the engine looks at its timers, and how often at everything.
type Pace struct{ Tick, Sweep time.Duration }

// Loop ticks and sweeps until the context ends. Errors are logged: the next round tries again.
func (e *Engine) Loop(ctx context.Context, p Pace) error {
	next := e.Clock.Now()
	for ctx.Err() == nil {
		if err := e.Tick(ctx); err != nil && ctx.Err() == nil {
			e.Log.Error().Err(err).Msg("tick")
		}
		if now := e.Clock.Now(); !now.Before(next) {
			next = now.Add(p.Sweep)
			if err := e.Sweep(ctx); err != nil && ctx.Err() == nil {
				e.Log.Error().Err(err).Msg("sweep")
			}
		}
		if err := e.Clock.Sleep(ctx, p.Tick); err != nil {
			break
		}
	}
	return ctx.Err()
}

// Tick gives the hints whose time has come. It asks what is due now, so a tick that was missed is made up for.
func (e *Engine) Tick(ctx context.Context) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		now := e.Clock.Now()
		due, err := tx.Due(ctx, now)
		if err != nil {
			return err
		}
		for _, t := range due {
			if err := tx.Hint(ctx, t.Kind, t.Key); err != nil {
				return err
			}
		}
		open, err := tx.OpenInstallations(ctx, now)
		for _, id := range open {
			err = errors.Join(err, tx.Hint(ctx, HintAct, fmt.Sprint(id)))
		}
		return err
	})
}

// NextTimer is when the next hint comes by time alone; zero when none does.
func (e *Engine) NextTimer(ctx context.Context) (time.Time, error) {
	return view(ctx, e.Store, func(tx Tx) (time.Time, error) { return tx.NextTimer(ctx) })
}

// Sweep looks at everything that is not finished and at every installed repository, and asks GitHub again for
// the deliveries that did not arrive. It makes up for whatever was lost.
func (e *Engine) Sweep(ctx context.Context) error {
	return errors.Join(e.sweepStore(ctx), e.sweepInstallations(ctx), e.sweepDeliveries(ctx))
}

func (e *Engine) sweepStore(ctx context.Context) error {
	return e.Store.Update(ctx, func(tx Tx) error {
		open, err := tx.OpenDeliveries(ctx)
		if err != nil {
			return err
		}
		for _, id := range open {
			err = errors.Join(err, tx.Hint(ctx, HintDelivery, id))
		}
		ms, listErr := tx.Migrations(ctx, true)
		css, activeErr := tx.ActiveChangesets(ctx)
		err = errors.Join(err, listErr, activeErr)
		for _, m := range ms {
			err = errors.Join(err, tx.Hint(ctx, HintMigration, string(m.ID)))
			if m.Pull != 0 {
				err = errors.Join(err, tx.Hint(ctx, HintImpact, proposalKey(m.Repo.ID, m.Pull)))
			}
		}
		for _, cs := range css {
			err = errors.Join(err, tx.Hint(ctx, HintAdvance, string(cs.ID)))
		}
		return err
	})
}

func (e *Engine) sweepInstallations(ctx context.Context) error {
	all, err := e.GitHub.Installations(ctx)
	if err != nil {
		return fmt.Errorf("list installations: %w", err)
	}
	var errs []error
	for _, in := range all {
		if in.SuspendedAt.IsZero() {
			errs = append(errs, e.survey(ctx, in.ID))
		}
	}
	return errors.Join(errs...)
}

// redeliveries is how often a delivery is asked for again. One that still fails then will not get better, and
// whatever it hinted at, the sweep has looked at by itself.
const redeliveries = 3

// sweepDeliveries asks again for what GitHub could not deliver. It keeps deliveries for three days, and does not
// try again by itself.
func (e *Engine) sweepDeliveries(ctx context.Context) error {
	failed, err := e.GitHub.FailedDeliveries(ctx, e.Clock.Now().Add(-3*24*time.Hour))
	if err != nil {
		return fmt.Errorf("list failed deliveries: %w", err)
	}
	var errs []error
	for _, d := range failed {
		again, err := view(ctx, e.Store, func(tx Tx) (bool, error) { return tx.Redeliver(ctx, d.GUID, redeliveries) })
		if err == nil && again {
			err = e.GitHub.Redeliver(ctx, d.ID)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
