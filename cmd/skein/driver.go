package main

import (
	"context"
	"fmt"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
)

// driver moves a virtual clock: whenever the app and the simulator have nothing left to do, it goes to the
// next instant at which one of them will.
type driver struct {
	app   *app
	sim   *githubsim.Sim
	clock *clock.Virtual
}

// Now is the story's time.
func (d *driver) Now() time.Time { return d.clock.Now() }

// Until moves time until cond holds; limit is of virtual time. cond says what it still lacks.
func (d *driver) Until(ctx context.Context, what string, limit time.Duration, cond func() (bool, string)) error {
	deadline := d.clock.Now().Add(limit)
	for {
		if err := d.settle(ctx); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		done, lacks := cond()
		if done {
			return nil
		}
		next, err := d.next(ctx, deadline)
		if err != nil {
			return err
		}
		if !next.Before(deadline) && !d.clock.Now().Before(deadline) {
			return fmt.Errorf("%s: not within %s: %s", what, limit, lacks)
		}
		if err := d.moveTo(ctx, next); err != nil {
			return err
		}
	}
}

// Advance lets an amount of time pass, with everything that happens in it.
func (d *driver) Advance(ctx context.Context, by time.Duration) error {
	until := d.clock.Now().Add(by)
	for d.clock.Now().Before(until) {
		if err := d.settle(ctx); err != nil {
			return err
		}
		next, err := d.next(ctx, until)
		if err != nil {
			return err
		}
		if err := d.moveTo(ctx, next); err != nil {
			return err
		}
	}
	return d.settle(ctx)
}

// next is the next instant at which anything happens, but no later than until.
func (d *driver) next(ctx context.Context, until time.Time) (time.Time, error) {
	at, err := d.app.engine.NextTimer(ctx)
	if err != nil {
		return at, err
	}
	if sim, ok := d.clock.Next(); ok && (at.IsZero() || sim.Before(at)) {
		at = sim
	}
	if at.IsZero() || at.After(until) {
		at = until
	}
	return at, nil
}

func (d *driver) moveTo(ctx context.Context, at time.Time) error {
	d.clock.AdvanceTo(at)
	return d.app.engine.Tick(ctx)
}

// settle waits, in real time, until nothing is under way.
func (d *driver) settle(ctx context.Context) error {
	for tick := time.NewTicker(3 * time.Millisecond); ; {
		if d.sim.Idle() {
			idle, err := d.app.queue.Idle(ctx)
			if err != nil {
				return err
			}
			if idle && d.sim.Idle() {
				tick.Stop()
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
