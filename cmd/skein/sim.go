package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/demo"
	"github.com/skein-bot/skein/internal/githubsim"
	objects "github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

type simOptions struct {
	io        streams
	listen    string
	hook      string
	out       string
	git       string
	consumers int
	story     bool
	fast      bool
	time      string
	watch     watch // sees every exchange; for tests
}

func newSimCmd(io streams) *cobra.Command {
	o := simOptions{io: io}
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Run the built-in GitHub alone, with the demo's org on it",
		Long: `Run the built-in GitHub alone, on loopback, with the demo's org and the app installed on it.

The app's credentials and a server.yml for "skein serve" are written to a folder. Repositories are real git
repositories below --git, or in memory. With --story the demo's people act and what comes of it is verified; the
command ends with the story: 0 when every step was verified, 1 otherwise.`,
		Example: `  skein sim --out /tmp/sim &
  skein serve --config /tmp/sim/server.yml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runSim(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8090", "where the GitHub listens; loopback only")
	f.StringVar(&o.hook, "hook", "http://127.0.0.1:8080/api/github/hook", "where webhooks are sent")
	f.StringVar(&o.out, "out", "skein-sim", "folder for app.pem and server.yml")
	f.StringVar(&o.git, "git", "", "folder for real git repositories; in memory when empty")
	f.IntVar(&o.consumers, "consumers", 10, "how many consumer repositories")
	f.BoolVar(&o.story, "story", false, "play and verify the demo's story")
	f.BoolVar(&o.fast, "fast", false, "a story of hours rather than days")
	f.StringVar(&o.time, "time", "", "run on a faster clock: ORIGIN,START,RATE, the same as for serve")
	_ = f.MarkHidden("time")
	return cmd
}

func runSim(ctx context.Context, o simOptions) error {
	clk, err := parseClock(o.time)
	if err != nil {
		return err
	}
	l, err := loopback(o.listen)
	if err != nil {
		return err
	}
	sim, org, err := o.build(ctx, clk, "http://"+l.Addr().String())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: o.watched(sim), ReadHeaderTimeout: 10 * time.Second}
	defer func() { _ = server.Close() }()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	if err := o.credentials(org, "http://"+l.Addr().String()); err != nil {
		return err
	}
	fmt.Fprintf(o.io.Err, "GitHub listens on http://%s.\nRun: skein serve --config %s\n", l.Addr(), filepath.Join(o.out, "server.yml"))
	if o.story {
		return tell(ctx, &waiter{clk}, org, o.io)
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// watched lets a watcher see what comes in.
func (o simOptions) watched(sim *githubsim.Sim) http.Handler {
	if o.watch.asks == nil {
		return sim
	}
	inner := over(o.watch.asks, sim.Transport())
	return &httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: "http", Host: p.In.Host}) },
		Transport: inner,
	}
}

// loopback refuses to listen anywhere else: the simulator's secrets are no secrets.
func loopback(addr string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, misused("--listen %q: %w", addr, err)
	}
	if !loopbackHost(addr) {
		return nil, misused("--listen %q: the simulator listens on loopback only, such as 127.0.0.1:8090", addr)
	}
	return net.Listen("tcp", addr)
}

func (o simOptions) build(ctx context.Context, clk clock.Clock, address string) (*githubsim.Sim, *demo.Org, error) {
	options := githubsim.Options{Clock: clk, URL: address, MergeableDelay: 3 * time.Second}
	if o.git != "" {
		options.Git = func(id repo.ID) (objects.Repo, error) {
			return objects.Init(filepath.Join(o.git, fmt.Sprintf("%d.git", id)))
		}
	}
	sim := githubsim.New(options)
	sim.SetWebhookClient(&http.Client{Timeout: 10 * time.Second, Transport: over(o.watch.delivers, http.DefaultTransport)})
	org, err := demo.Build(ctx, sim, clk, demo.Options{Consumers: o.consumers, HookURL: o.hook, HookSecret: "simulated", Fast: o.fast})
	return sim, org, err
}

// credentials writes what skein serve needs.
func (o simOptions) credentials(org *demo.Org, address string) error {
	if err := os.MkdirAll(o.out, 0o700); err != nil {
		return err
	}
	dir, err := filepath.Abs(o.out)
	if err != nil {
		return err
	}
	key := filepath.Join(dir, "app.pem")
	server := fmt.Sprintf(`listen: 127.0.0.1:8080
database: %q
log: {level: info, format: console}
github:
  url: %s
  api_url: %s/
  graphql_url: %s/graphql
  app_id: %d
  private_key: {file: %q}
  webhook_secret: %s
`, filepath.Join(dir, "skein.db"), address, address, address, org.AppID, key, org.Secret)
	return errors.Join(os.WriteFile(key, []byte(org.Key), 0o600), os.WriteFile(filepath.Join(dir, "server.yml"), []byte(server), 0o600))
}

// waiter is the story's time when it passes by itself.
type waiter struct{ clock clock.Clock }

func (w *waiter) Now() time.Time { return w.clock.Now() }

func (w *waiter) Advance(ctx context.Context, d time.Duration) error { return w.clock.Sleep(ctx, d) }

func (w *waiter) Until(ctx context.Context, what string, limit time.Duration, cond func() (bool, string)) error {
	deadline := w.clock.Now().Add(limit)
	for {
		done, lacks := cond()
		if done {
			return nil
		}
		if w.clock.Now().After(deadline) {
			return fmt.Errorf("%s: not within %s: %s", what, limit, lacks)
		}
		if err := (clock.Real{}).Sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
