package registration

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"
)

// Options say which app is created, where, and who hears of it.
type Options struct {
	Manifest Manifest
	GitHub   string // for people, without a slash at the end
	APIURL   string
	Org      string        // who will own the app; "": the person
	Listen   string        // an address of this machine; port 0 takes a free one
	Limit    time.Duration // 0: an hour, as long as GitHub gives
	Client   *http.Client  // nil: one with a timeout

	Show func(url string)  // told where the page is
	Keep func(a App) error // keeps the credentials, before the person hears that all is well
}

// The ways in which a person can end the flow.
var (
	ErrLate    = errors.New("nobody came back from GitHub within the hour that it gives; start again")
	ErrStopped = errors.New("stopped before GitHub handed the credentials over; nothing was written")
)

// flow is one walk: a page, a way to GitHub and one way back.
type flow struct {
	Options
	host  string // the listener's, against pages elsewhere that resolve to this machine
	key   string // of the first page, so that only who started setup sees the state
	state string
	done  chan outcome

	mu    sync.Mutex // held during an exchange
	taken bool       // the code was spent
}

type outcome struct {
	app App
	err error
}

// Create walks a person through GitHub's manifest flow. It returns when the credentials are kept, the person
// is too late, or the context ends.
func Create(ctx context.Context, o Options) (App, error) {
	l, err := listen(ctx, o.Listen)
	if err != nil {
		return App{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.limit(), ErrLate)
	defer cancel()
	if o.Client == nil {
		o.Client = &http.Client{Timeout: time.Minute, CheckRedirect: stay}
	}
	f := &flow{Options: o, host: l.Addr().String(), key: rand.Text(), state: rand.Text(), done: make(chan outcome, 1)}
	f.Manifest.RedirectURL = "http://" + f.host + "/created"
	server := &http.Server{Handler: f.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			f.finish(App{}, fmt.Errorf("the page went away: %w", err))
		}
	}()
	f.Show("http://" + f.host + "/start/" + f.key)
	app, err := f.wait(ctx)
	return app, errors.Join(err, closeServer(context.WithoutCancel(ctx), server))
}

// stay keeps the code from being sent on to another host.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (o Options) limit() time.Duration {
	if o.Limit == 0 {
		return time.Hour
	}
	return o.Limit
}

// listen opens a port that only this machine reaches.
func listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	ip, notIP := netip.ParseAddr(host)
	if err != nil || notIP != nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listen on %q: want an address that only this machine reaches, such as 127.0.0.1:0", address)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// wait returns the outcome. When time is up an exchange under way still counts: GitHub gives the credentials once.
func (f *flow) wait(ctx context.Context) (App, error) {
	select {
	case o := <-f.done:
		return o.app, o.err
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.taken = true
	select {
	case o := <-f.done:
		return o.app, o.err
	default:
	}
	if errors.Is(context.Cause(ctx), ErrLate) {
		return App{}, ErrLate
	}
	return App{}, ErrStopped
}

// closeServer lets the last page reach the browser.
func closeServer(ctx context.Context, s *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if s.Shutdown(ctx) == nil {
		return nil
	}
	return s.Close()
}

// finish ends the walk; only the first outcome counts.
func (f *flow) finish(app App, err error) {
	select {
	case f.done <- outcome{app, err}:
	default:
	}
}

// target is GitHub's page for new apps.
func (f *flow) target() string {
	if f.Org == "" {
		return f.GitHub + "/settings/apps/new"
	}
	return f.GitHub + "/organizations/" + url.PathEscape(f.Org) + "/settings/apps/new"
}

// created takes the person back from GitHub. What does not come from the page is turned away and changes nothing.
func (f *flow) created(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("code")
	if !same(r.URL.Query().Get("state"), f.state) || code == "" || len(code) > 200 {
		f.page(w, http.StatusBadRequest, notice{"This is not the way", "The address does not belong to this run of skein setup. Go back to the page that it opened."})
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.taken {
		f.page(w, http.StatusConflict, notice{"Already done", "This way back from GitHub was used before. See the terminal for how it went."})
		return
	}
	app, err := f.exchange(context.WithoutCancel(r.Context()), code)
	switch {
	case errors.Is(err, errRetry):
		f.page(w, http.StatusBadGateway, notice{"Not yet", fmt.Sprintf("%v. Reload this page to try again.", err)})
		return
	case err != nil:
		f.page(w, http.StatusBadGateway, notice{"That did not work", err.Error()})
	default:
		f.page(w, http.StatusOK, notice{app.Name + " is created", "Its credentials are on your machine. The terminal says what comes next; this page can be closed."})
	}
	f.taken = true
	f.finish(app, err)
}

// exchange turns the code into credentials and keeps them. Its context outlives the walk and the
// browser's patience: there is no second try.
func (f *flow) exchange(ctx context.Context, code string) (App, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	app, err := convert(ctx, f.Client, f.APIURL, code)
	if err != nil {
		return App{}, err
	}
	if err := f.Keep(app); err != nil {
		return App{}, fmt.Errorf("GitHub created the app %q, but its credentials could not be kept: %w", app.Name, err)
	}
	return app, nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
