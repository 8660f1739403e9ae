// Package forge is the only caller of the GitHub API.
//
// Every request names an endpoint (call.go): method, route, and the least permission that it needs. The
// way of a request is a chain of round trippers, outermost first:
//
//	guard    nothing goes to another host than the API's
//	limiter  waits for budget, retries reads, tells permission from limit (transport.go, pace.go)
//	auth     a token for this installation, this repository and this permission only (token.go)
//	base     the caller's transport, with timeouts
//
// Reads answer with the values of internal/repo and internal/rollout. Writes look first: whatever may have
// happened is found instead of done again. A write is never resent; when its outcome cannot be known the error
// is ErrUnknownOutcome and the next try looks it up. Errors are typed (errors.go), so that a caller can tell
// "not now" from "not you" from "no longer so".
package forge

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v60/github"
	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/repo"
)

// Options is what a Forge is made of. AppID, Key and APIURL are required.
type Options struct {
	AppID      int64
	Key        []byte // the app's private key, PEM
	APIURL     string // https://api.github.com or https://HOST/api/v3
	GraphQLURL string // empty: derived from APIURL
	Clock      clock.Clock
	Transport  http.RoundTripper // nil: one with timeouts at every step
	Log        zerolog.Logger
	Ledger     Ledger            // nil: in memory
	Observe    func(Observation) // called once per try, perhaps concurrently; nil: nobody listens
	// Patience is the longest that a call waits for budget by itself; what takes longer is answered with
	// *Limited. Zero means 90 seconds.
	Patience time.Duration
	// Unsigned says that this GitHub does not sign commits made through its API, as an Enterprise Server may be
	// set up. Otherwise an unsigned commit in the app's name counts as someone else's.
	Unsigned bool
}

// Observation is one finished exchange with GitHub, for metrics.
type Observation struct {
	Installation int64 // 0: the app itself
	Method       string
	Route        string // the template, never a repository's name
	Code         int    // 0: no answer
	Duration     time.Duration
	Waited       time.Duration // for budget
	Retry        int           // 0 for the first try
}

// Ledger remembers content-creating writes, so that a restart or a second process stays inside the budget.
type Ledger interface {
	Record(ctx context.Context, installation int64, at time.Time) error
	Count(ctx context.Context, installation int64, since time.Time) (int, error)
}

// Forge is GitHub for one app. It is safe for concurrent use.
type Forge struct {
	client   *github.Client
	http     *http.Client // the client's own, for answers that are streamed
	tokens   *tokens
	plain    http.RoundTripper // without credentials, for what the API redirects to
	clock    clock.Clock
	log      zerolog.Logger
	graphQL  string
	unsigned bool

	mu    sync.Mutex
	self  *App                  // once asked
	reads map[repo.ID]time.Time // when a repository was last seen to read
	// classicUntil is until when merges in the background are known not to be offered.
	classicUntil time.Time
}

// New makes a Forge. Nothing is sent yet.
func New(o Options) (*Forge, error) {
	o = o.withDefaults()
	api, err := baseURL("API", o.APIURL)
	if err != nil {
		return nil, err
	}
	graphQL, err := baseURL("GraphQL", o.GraphQLURL)
	if err != nil {
		return nil, err
	}
	pace := newPacer(o.Clock, o.Patience, o.Ledger)
	hosts := []*url.URL{api, graphQL}
	minter := guard{hosts, watched{o.Observe, o.Transport}}
	creds, err := newTokens(pace, o, api, minter)
	if err != nil {
		return nil, err
	}
	limit := &limiter{pacer: pace, observe: o.Observe, next: auth{creds, o.Transport}}
	authorised := &http.Client{Transport: guard{hosts, newCache(limit)}, CheckRedirect: followed}
	client := github.NewClient(authorised)
	client.BaseURL, client.UserAgent = api, "skein"
	return &Forge{
		client: client, http: authorised, tokens: creds, plain: o.Transport, clock: o.Clock, log: o.Log,
		graphQL: strings.TrimSuffix(graphQL.String(), "/"), unsigned: o.Unsigned, reads: map[repo.ID]time.Time{},
	}, nil
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Transport == nil {
		o.Transport = defaultTransport()
	}
	if o.Ledger == nil {
		o.Ledger = NewLedger()
	}
	if o.Observe == nil {
		o.Observe = func(Observation) {}
	}
	if o.Patience == 0 {
		o.Patience = 90 * time.Second
	}
	if o.GraphQLURL == "" { // https://api.github.com/graphql, https://HOST/api/v3 → https://HOST/api/graphql
		o.GraphQLURL = strings.TrimSuffix(strings.TrimSuffix(o.APIURL, "/"), "/v3") + "/graphql"
	}
	return o
}

// baseURL parses a base URL and gives it the trailing slash that go-github wants.
func baseURL(what, raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(raw, "/") + "/")
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%s URL %q: want https://HOST[/PATH]", what, raw)
	}
	return u, nil
}

// Forget drops what is kept for an installation: after a suspension, an uninstall or a change of permissions.
func (f *Forge) Forget(installation int64) { f.tokens.dropAll(installation) }
