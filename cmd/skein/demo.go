package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"charm.land/lipgloss/v2"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/demo"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/queue"
	"github.com/skein-bot/skein/internal/status"
)

type demoOptions struct {
	io        streams
	once      bool
	consumers int
	listen    string
	fault     string
	log       bool
	watch     watch // sees every exchange; for tests
}

// watch sees what Skein asks GitHub and what GitHub delivers to it.
type watch struct {
	asks     func(http.RoundTripper) http.RoundTripper
	delivers func(http.RoundTripper) http.RoundTripper
}

// over puts a watcher before a transport, if there is one.
func over(f func(http.RoundTripper) http.RoundTripper, t http.RoundTripper) http.RoundTripper {
	if f == nil {
		return t
	}
	return f(t)
}

func newDemoCmd(io streams) *cobra.Command {
	o := demoOptions{io: io}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the whole life of a migration on the built-in GitHub; nothing to set up",
		Long: `Show the whole life of a migration on the built-in GitHub. Nothing needs to be set up, and nothing leaves
this machine.

An org has two dataset repositories and ten or more consumers of realistic SQL, whose CI really runs their
queries on an embedded database. Columns are renamed, a dataset is replaced; Skein finds the consumers, rewrites
them, merges them wave by wave inside their windows, and takes back the one change that made something worse.
Days pass in seconds. Every step is verified against what the simulated GitHub shows, not against Skein's own
records.

With --once the command ends with the story: 0 when every step was verified, 1 otherwise. Without it, the portal
stays up until you press Ctrl-C.`,
		Example: `  skein demo
  skein demo --once --consumers 40`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.once, "once", false, "end with the story")
	f.IntVar(&o.consumers, "consumers", 10, "how many consumer repositories; beyond ten they are generated")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8087", "where the portal is shown while the story runs and after it; not with --once")
	f.StringVar(&o.fault, "fault", "", "plant a mistake, to see it found: outside-window, missed-consumer, wrong-revert")
	f.BoolVar(&o.log, "log", false, "show Skein's own log too")
	_ = f.MarkHidden("fault")
	return cmd
}

// faults are the mistakes that can be planted.
func faults(name string) (engine.Faults, error) {
	switch name {
	case "":
		return engine.Faults{}, nil
	case "outside-window":
		return engine.Faults{IgnoreWindows: true}, nil
	case "missed-consumer":
		return engine.Faults{MissConsumer: "acme/legacy-dashboards"}, nil
	case "wrong-revert":
		return engine.Faults{RevertWrong: true}, nil
	}
	return engine.Faults{}, misused("--fault %q is unknown; choose outside-window, missed-consumer or wrong-revert", name)
}

func runDemo(ctx context.Context, o demoOptions) error {
	d, org, err := newDemo(ctx, o)
	if err != nil {
		return err
	}
	stop := func() error { return d.app.stop(context.WithoutCancel(ctx)) }
	if !o.once {
		if err := d.show(ctx, o); err != nil {
			return errors.Join(err, stop())
		}
	}
	began := time.Now()
	if err := tell(ctx, d, org, o.io); err != nil {
		return errors.Join(err, stop())
	}
	fmt.Fprintf(o.io.Out, "\nEvery step was verified against the simulated GitHub. %s of story in %s.\n",
		days(d.Now().Sub(demo.Start())), time.Since(began).Round(100*time.Millisecond))
	if !o.once {
		fmt.Fprintf(o.io.Err, "The portal stays up at http://%s until you press Ctrl-C.\n", o.listen)
		<-ctx.Done()
	}
	return stop()
}

func days(d time.Duration) string { return fmt.Sprintf("%.1f days", d.Hours()/24) }

// newDemo builds the org on a simulated GitHub and starts Skein on it, all in this process.
func newDemo(ctx context.Context, o demoOptions) (*driver, *demo.Org, error) {
	planted, err := faults(o.fault)
	if err != nil {
		return nil, nil, err
	}
	clk := clock.NewVirtual(demo.Start())
	d := &driver{clock: clk, sim: githubsim.New(githubsim.Options{Clock: clk, MergeableDelay: 3 * time.Second, URL: "https://github.demo"})}
	wired := make(chan bool) // the org is there before the app, and its first webhooks wait for it
	d.sim.SetWebhookClient(&http.Client{Transport: over(o.watch.delivers, handOver(func(w http.ResponseWriter, r *http.Request) {
		<-wired
		d.app.handler.ServeHTTP(w, r)
	}))})
	org, err := demo.Build(ctx, d.sim, clk, demo.Options{
		Consumers: o.consumers, HookURL: "https://skein.demo/api/github/hook", HookSecret: "demo-secret",
	})
	if err != nil {
		return nil, nil, err
	}
	log := zerolog.Nop()
	if o.log {
		log = zerolog.New(zerolog.ConsoleWriter{Out: o.io.Err, TimeFormat: time.TimeOnly})
	}
	d.app, err = newApp(ctx, appOptions{
		Database: ":memory:", AppID: org.AppID, Key: []byte(org.Key), Secret: org.Secret, APIURL: "https://github.demo",
		Links: status.Links{Web: "https://github.demo", Portal: "http://" + o.listen}, Clock: clk, Transport: over(o.watch.asks, d.sim.Transport()),
		Faults: planted, Log: log, Poll: queue.Options{Poll: 2 * time.Millisecond, Workers: workers()},
	})
	if err != nil {
		return nil, nil, err
	}
	close(wired)
	return d, org, d.app.start(ctx)
}

// handOver is a transport without a network.
type handOver http.HandlerFunc

func (h handOver) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h(w, r)
	return w.Result(), nil
}

// show serves the portal while the story runs.
func (d *driver) show(ctx context.Context, o demoOptions) error {
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("show the portal: %w; choose another place with --listen, or do without by --once", err)
	}
	server := &http.Server{Handler: d.app.handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintf(o.io.Err, "Watch along at http://%s\n\n", l.Addr())
	return nil
}

// tell plays the story and shows its progress.
func tell(ctx context.Context, d demo.Driver, org *demo.Org, io streams) error {
	dim, good, bad := lipgloss.NewStyle().Faint(true), lipgloss.NewStyle().Foreground(lipgloss.Green), lipgloss.NewStyle().Foreground(lipgloss.Red)
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		return err
	}
	return org.Tell(ctx, d, func(p demo.Progress) {
		if !p.Done {
			return
		}
		mark := good.Render("✓")
		if p.Err != nil {
			mark = bad.Render("✗")
		}
		_, _ = lipgloss.Fprintf(io.Out, "%s %s %s\n", dim.Render(p.At.In(zone).Format("Mon 02 Jan 15:04")), mark, p.Name)
		if p.Detail != "" {
			_, _ = lipgloss.Fprintf(io.Out, "%s\n", dim.Render("                   "+p.Detail))
		}
	})
}
