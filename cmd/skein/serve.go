package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/status"
)

type serveOptions struct {
	io     streams
	config string
	time   string
}

func newServeCmd(io streams) *cobra.Command {
	o := serveOptions{io: io}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the app: webhooks, workers and the portal",
		Long: `Run the app: take webhooks in, do the work, show the portal.

Everything is kept in one SQLite file. The process may be killed at any moment: it goes on where it was.

  POST /api/github/hook   GitHub's webhooks
  GET  /                  the portal
  GET  /healthz           200 while the process lives
  GET  /readyz            200 while the database can be written
  GET  /metrics           for Prometheus

The configuration is a YAML file, the environment, or both; the environment wins. "skein setup" creates the
GitHub App and writes both.`,
		Example: `  skein serve --config server.yml
  SKEIN_GITHUB_APP_ID=123 SKEIN_GITHUB_PRIVATE_KEY_FILE=app.pem SKEIN_GITHUB_WEBHOOK_SECRET_FILE=secret skein serve`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.config, "config", "", "server.yml; without it only the environment counts")
	cmd.Flags().StringVar(&o.time, "time", "", "run on a faster clock: ORIGIN,START,RATE; for trying things out on the simulator")
	_ = cmd.Flags().MarkHidden("time")
	return cmd
}

func runServe(ctx context.Context, o serveOptions) error {
	server, err := loadServer(o)
	if err != nil {
		return err
	}
	clk, err := parseClock(o.time)
	if err != nil {
		return err
	}
	log := logger(server.Log, o.io.Err)
	if server.Database.Driver != "sqlite" {
		return fmt.Errorf("database: this version keeps its data in SQLite only; give it a file's name instead of a %s URL", server.Database.Driver)
	}
	path := server.Database.DSN.Reveal()
	lock := flock.New(path + ".lock")
	if ok, err := lock.TryLock(); err != nil || !ok {
		return errors.Join(fmt.Errorf("database %s: another skein serves it", path), err)
	}
	defer func() { _ = lock.Unlock() }()
	a, err := newApp(ctx, serverOptions(server, clk, log))
	if err != nil {
		return err
	}
	return a.serve(ctx, server.Listen, clk, log)
}

func serverOptions(s config.Server, clk clock.Clock, log zerolog.Logger) appOptions {
	return appOptions{
		Database: s.Database.DSN.Reveal(), AppID: int64(s.GitHub.AppID), Key: []byte(s.GitHub.PrivateKey.Reveal()),
		Secret: s.GitHub.WebhookSecret.Reveal(), Verdicts: s.VerdictSecret.Reveal(), APIURL: s.GitHub.APIURL, GraphQL: s.GitHub.GraphQLURL,
		Links: status.Links{Web: s.GitHub.URL, Portal: s.PublicURL}, Clock: clk, Log: log,
		Poll: queue.Options{Poll: 50 * time.Millisecond, Workers: workers()},
	}
}

func loadServer(o serveOptions) (config.Server, error) {
	server, findings := config.LoadServer(o.config, os.Getenv, os.ReadFile)
	for _, f := range findings {
		fmt.Fprintf(o.io.Err, "%s: %s: %s\n", f.Severity, f.Position, f.Message)
	}
	if config.HasErrors(findings) {
		return server, errors.New("the configuration has errors; nothing was started")
	}
	return server, nil
}

func logger(l config.Log, w io.Writer) zerolog.Logger {
	if l.Format == "console" {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly}
	}
	level, err := zerolog.ParseLevel(l.Level)
	if err != nil || l.Level == "" {
		level = zerolog.InfoLevel
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

// serve runs the app until the context ends, then lets what is under way finish.
func (a *app) serve(ctx context.Context, listen string, clk clock.Clock, log zerolog.Logger) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on %s: %w", listen, err), a.store.Close())
	}
	if err := a.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, a.store.Close())
	}
	server := &http.Server{
		Handler: a.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	loop, stopLoop := context.WithCancel(ctx)
	looped := make(chan bool)
	go func() {
		defer close(looped)
		_ = a.engine.Loop(loop, pace(clk))
	}()
	log.Info().Str("listen", l.Addr().String()).Msg("skein serves")
	select {
	case err = <-failed:
	case <-ctx.Done():
		log.Info().Msg("stopping: what is under way may finish")
	}
	stopLoop()
	<-looped
	return errors.Join(err, a.shutdown(server))
}

// pace looks at timers every second, and on a fast clock still not more often than ten times a second.
func pace(clk clock.Clock) engine.Pace {
	p := engine.Pace{Tick: time.Second, Sweep: 5 * time.Minute}
	if fast, ok := clk.(clock.Scaled); ok {
		p.Tick = max(p.Tick, time.Duration(fast.Rate*float64(100*time.Millisecond)))
		p.Sweep = max(p.Sweep, 20*p.Tick)
	}
	return p
}

// shutdown is short enough for the grace period of a container.
func (a *app) shutdown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(ctx), a.stop(ctx))
}

// parseClock reads ORIGIN,START,RATE: the time that the clock showed when the machine's showed START, and how
// many times faster it runs. Two processes with the same text agree on the time.
func parseClock(text string) (clock.Clock, error) {
	if text == "" {
		return clock.Real{}, nil
	}
	part := strings.Split(text, ",")
	if len(part) != 3 {
		return nil, misused("--time: want ORIGIN,START,RATE, two times in RFC 3339 and a number")
	}
	origin, err1 := time.Parse(time.RFC3339, part[0])
	start, err2 := time.Parse(time.RFC3339, part[1])
	rate, err3 := strconv.ParseFloat(part[2], 64)
	if err := errors.Join(err1, err2, err3); err != nil || rate <= 0 {
		return nil, misused("--time: want ORIGIN,START,RATE: %w", err)
	}
	return clock.Scaled{Start: start, Origin: origin, Rate: rate}, nil
}
