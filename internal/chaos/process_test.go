package chaos

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/handlers"
	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/internal/store"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql"
)

// errDead is what everything answers once the process has died.
var errDead = errors.New("the process is dead")

// process is one life of Skein's. The store and the jobs outlive it, as a database would; caches, tokens and
// whatever was under way do not.
type process struct {
	walk   *walk
	engine *engine.Engine
	hooks  *handlers.Handlers
	hook   http.Handler
	dead   bool
	fuse   int // how many statements it still lives; below zero it is well
}

// start begins a life.
func (w *walk) start() *process {
	p := &process{walk: w, fuse: -1}
	f, err := forge.New(forge.Options{
		AppID: w.app.ID, Key: []byte(w.app.PEM), APIURL: hubURL, Clock: p, Transport: p, Log: zerolog.Nop(), Ledger: ledger{p},
	})
	w.check(err)
	p.engine = engine.New(engine.Options{
		Store: p, GitHub: f, Clock: p, Rewriters: []rewrite.Rewriter{sql.New()}, AppID: w.app.ID,
		Links: status.Links{Web: hubURL}, Log: zerolog.Nop(), Faults: w.mistakes,
	})
	p.hooks = &handlers.Handlers{Engine: p.engine}
	p.hook, err = handlers.Webhook(hookSecret, p.hooks, p, func(string, string) {})
	w.check(err)
	return p
}

// statement passes from one statement to the next, which is where processes die: between any two of a request,
// its answer, the beginning and the commit of a transaction.
func (p *process) statement() error {
	if p.fuse == 0 {
		p.dead = true
	}
	if p.fuse > 0 {
		p.fuse--
	}
	if p.dead {
		return errDead
	}
	return nil
}

// Update is the engine's Store.
func (p *process) Update(ctx context.Context, f func(engine.Tx) error) error {
	return p.save(ctx, func(tx transaction) error { return f(tx) })
}

// save runs a transaction. Hints are saved with it, or not at all.
func (p *process) save(ctx context.Context, f func(transaction) error) error {
	if err := p.statement(); err != nil {
		return err
	}
	tx := transaction{}
	err := p.walk.store.Update(ctx, func(t *store.Tx) error {
		tx = transaction{Tx: t, hints: new([]job)}
		if err := f(tx); err != nil {
			return err
		}
		return p.statement()
	})
	if err != nil {
		return err
	}
	p.walk.jobs.add(*tx.hints)
	return p.statement()
}

// transaction keeps the hints until the commit.
type transaction struct {
	*store.Tx
	hints *[]job
}

func (t transaction) Hint(_ context.Context, kind, key string) error {
	*t.hints = append(*t.hints, job{kind, key})
	return nil
}

// Add is the handlers' Inbox.
func (p *process) Add(ctx context.Context, id, event string, payload []byte) error {
	return p.save(ctx, func(t transaction) error {
		fresh, err := t.AddDelivery(ctx, store.Delivery{ID: id, Event: event, Payload: payload, Received: p.Now()})
		if err != nil || !fresh {
			return err
		}
		return t.Hint(ctx, engine.HintDelivery, id)
	})
}

// work does one job, as the queue's worker would.
func (p *process) work(ctx context.Context, j job) error {
	if j.kind != engine.HintDelivery {
		return p.engine.Run(ctx, j.kind, j.key)
	}
	var d store.Delivery
	done := false
	finish := func(failure string) error {
		return p.save(ctx, func(tx transaction) error { return tx.FinishDelivery(ctx, j.key, failure) })
	}
	if err := p.save(ctx, func(tx transaction) (err error) {
		d, done, err = tx.Delivery(ctx, j.key)
		return err
	}); err != nil || done {
		return err
	}
	if err := p.hooks.Handle(ctx, d.Event, d.ID, d.Payload); handlers.Malformed(err) {
		return finish(err.Error())
	} else if err != nil {
		return err
	}
	return finish("")
}

// RoundTrip is the way to GitHub.
func (p *process) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := p.statement(); err != nil {
		return nil, err
	}
	p.walk.meanwhile(r)
	if p.dead {
		return nil, errDead
	}
	p.walk.steps++
	p.walk.judge.sends(r)
	resp, err := p.walk.sim.Transport().RoundTrip(r)
	p.walk.settle()
	if dead := p.statement(); dead != nil {
		if resp != nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		return nil, dead
	}
	return resp, err
}

// Now is the world's time.
func (p *process) Now() time.Time { return p.walk.clock.Now() }

// Sleep lets time pass, with all that happens in it.
func (p *process) Sleep(ctx context.Context, d time.Duration) error {
	if err := errors.Join(ctx.Err(), p.statement()); err != nil {
		return err
	}
	p.walk.clock.Advance(d)
	p.walk.settle()
	return p.statement()
}

// AfterFunc is for whoever wants to be called later; a dead process is not.
func (p *process) AfterFunc(d time.Duration, f func()) func() bool {
	return p.walk.clock.AfterFunc(d, func() {
		if !p.dead {
			f()
		}
	})
}

var _ clock.Clock = (*process)(nil)

// ledger is the store's, as long as the process lives.
type ledger struct{ p *process }

func (l ledger) Record(ctx context.Context, installation int64, at time.Time) error {
	if err := l.p.statement(); err != nil {
		return err
	}
	return l.p.walk.store.Record(ctx, installation, at)
}

func (l ledger) Count(ctx context.Context, installation int64, since time.Time) (int, error) {
	if err := l.p.statement(); err != nil {
		return 0, err
	}
	return l.p.walk.store.Count(ctx, installation, since)
}
