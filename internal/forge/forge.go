// Package forge is the only caller of the GitHub API.
//
// Every request names an endpoint (endpoints.go): method, route, and the least permission that it needs. The
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
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/skein-bot/skein/internal/clock"
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
	Observe    func(Observation) // called once per request; nil: nobody listens
	// Patience is the longest that a call waits for budget by itself; what takes longer is answered with
	// *Limited. Zero means 90 seconds.
	Patience time.Duration
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
