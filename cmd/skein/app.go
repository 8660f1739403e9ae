package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/handlers"
	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/forge"
	"github.com/skein-bot/skein/internal/portal"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/status"
	"github.com/skein-bot/skein/internal/store"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/avro"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/job"
	"github.com/skein-bot/skein/rewrite/jsonschema"
	"github.com/skein-bot/skein/rewrite/proto"
	"github.com/skein-bot/skein/rewrite/sql"
)

// appOptions are what the app is made of, wherever they come from.
type appOptions struct {
	Database  string
	AppID     int64
	Key       []byte // PEM
	Secret    string // of webhooks
	Verdicts  string // the secret of verdicts; empty: none are taken
	APIURL    string
	GraphQL   string // "": derived from APIURL
	Links     status.Links
	Clock     clock.Clock
	Transport http.RoundTripper // nil: the default one
	Faults    engine.Faults
	Log       zerolog.Logger
	Poll      queue.Options // Poll and Workers
}

// app is Skein, wired: what `skein serve` runs and `skein demo` shows.
type app struct {
	store   *store.Store
	queue   *queue.Queue
	forge   *forge.Forge
	engine  *engine.Engine
	hooks   *handlers.Handlers
	handler http.Handler
	metrics *metrics
}

// rewriters are all there are, in the order in which they are asked: what is no dbt project's is plain SQL. Those of
// schemas that readers keep come last, for no other one handles such files.
func rewriters() []rewrite.Rewriter {
	return []rewrite.Rewriter{dbt.New(sql.New()), sql.New(), job.New(sql.New()), avro.New(), proto.New(), jsonschema.New()}
}

// newApp opens the database and wires the rooms. Nothing runs yet.
func newApp(ctx context.Context, o appOptions) (*app, error) {
	a := &app{metrics: newMetrics()}
	var err error
	if a.store, err = store.Open(ctx, o.Database); err != nil {
		return nil, err
	}
	if err := a.wire(ctx, o); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}
	return a, nil
}

func (a *app) wire(ctx context.Context, o appOptions) (err error) {
	o.Poll.Lane, o.Poll.Log = lane, o.Log
	if a.queue, err = queue.Open(ctx, a.store.DB(), a.work, o.Poll); err != nil {
		return err
	}
	a.forge, err = forge.New(forge.Options{
		AppID: o.AppID, Key: o.Key, APIURL: o.APIURL, GraphQLURL: o.GraphQL, Clock: o.Clock, Transport: o.Transport,
		Log: o.Log, Ledger: a.store, Observe: a.metrics.observe,
	})
	if err != nil {
		return err
	}
	a.engine = engine.New(engine.Options{
		Store: transactions{a.store, a.queue}, GitHub: a.forge, Clock: o.Clock, Rewriters: rewriters(), AppID: o.AppID,
		Links: o.Links, Log: o.Log, Count: a.metrics.rule, Faults: o.Faults,
	})
	a.hooks = &handlers.Handlers{Engine: a.engine}
	hook, err := handlers.Webhook(o.Secret, a.hooks, inbox{a.store, a.queue, o.Clock}, a.metrics.delivery)
	if err != nil {
		return err
	}
	a.handler = a.routes(hook, handlers.Verdicts(o.Verdicts, a.engine, o.Clock), o.Links)
	return nil
}

// lane keeps writes, which wait for their budget, from holding up everything else.
func lane(kind string) string {
	if kind == engine.HintAct {
		return "write"
	}
	return "think"
}

// workers is how many jobs run at once in each lane.
func workers() map[string]int { return map[string]int{"think": 8, "write": 16} }

func (a *app) routes(hook, verdicts http.Handler, links status.Links) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /api/v1/verdicts", verdicts)
	mux.Handle("POST /api/github/hook", hook)
	mux.Handle("GET /metrics", a.metrics.handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.store.Ping(r.Context()); err != nil {
			http.Error(w, "the database cannot be written", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /", localOnly(portal.New(a.engine, links)))
	return mux
}

// localOnly shows the portal to this machine only: its pages hold names of private repositories, and nobody has
// signed in. The Host is looked at too, so that no other site's name can be made to point here.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopbackHost(r.RemoteAddr) || !loopbackHost(r.Host) {
			http.Error(w, "The portal is shown on the machine that Skein runs on, at a loopback address.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopbackHost reports whether HOST or HOST:PORT is this machine.
func loopbackHost(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// work is the queue's handler: a stored delivery goes to the handlers, every other hint to the engine.
func (a *app) work(ctx context.Context, kind, key string) error {
	if kind == engine.HintDelivery {
		return a.deliver(ctx, key)
	}
	return a.engine.Run(ctx, kind, key)
}

// deliver handles one stored delivery. One that cannot be decoded is set aside: trying again changes nothing.
func (a *app) deliver(ctx context.Context, id string) error {
	var d store.Delivery
	var done bool
	err := a.store.Update(ctx, func(tx *store.Tx) (err error) {
		d, done, err = tx.Delivery(ctx, id)
		return err
	})
	if err != nil || done {
		return err
	}
	if err := a.hooks.Handle(ctx, d.Event, d.ID, d.Payload); err != nil {
		if !handlers.Malformed(err) {
			return fmt.Errorf("delivery %s: %w", id, err)
		}
		return a.store.Update(ctx, func(tx *store.Tx) error { return tx.FinishDelivery(ctx, id, err.Error()) })
	}
	return a.store.Update(ctx, func(tx *store.Tx) error { return tx.FinishDelivery(ctx, id, "") })
}

// transactions lets the engine save state and hints in one transaction.
type transactions struct {
	store *store.Store
	queue *queue.Queue
}

func (t transactions) Update(ctx context.Context, f func(engine.Tx) error) error {
	return t.store.Update(ctx, func(tx *store.Tx) error { return f(transaction{tx, t.queue}) })
}

type transaction struct {
	*store.Tx
	queue *queue.Queue
}

func (t transaction) Hint(ctx context.Context, kind, key string) error {
	return t.queue.Enqueue(ctx, t.SQL(), kind, key)
}

// inbox commits a delivery together with the job that handles it.
type inbox struct {
	store *store.Store
	queue *queue.Queue
	clock clock.Clock
}

func (i inbox) Add(ctx context.Context, id, event string, payload []byte) error {
	return i.store.Update(ctx, func(tx *store.Tx) error {
		fresh, err := tx.AddDelivery(ctx, store.Delivery{ID: id, Event: event, Payload: payload, Received: i.clock.Now()})
		if err != nil || !fresh {
			return err
		}
		return i.queue.Enqueue(ctx, tx.SQL(), engine.HintDelivery, id)
	})
}

// start runs the jobs, after a first look at everything that is installed.
func (a *app) start(ctx context.Context) error {
	if err := a.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return a.engine.Sweep(ctx)
}

// stop lets running jobs finish and closes the database. What did not finish goes on after the next start.
func (a *app) stop(ctx context.Context) error {
	return errors.Join(a.queue.Stop(ctx), a.store.Close())
}
