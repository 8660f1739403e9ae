package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// The errors that a caller branches on. Typed ones below carry more.
var (
	// ErrNotFound: the thing is not there, though the repository can be read.
	ErrNotFound = errors.New("not found")
	// ErrGone: the repository itself is gone, or out of the installation's reach.
	ErrGone = errors.New("repository is gone or out of reach")
	// ErrStale: the head is not the one that was meant. Observe anew.
	ErrStale = errors.New("head has moved")
	// ErrUnknownOutcome: a write was sent and no usable answer came. It may have happened: look before trying again.
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrSuspended: the installation is suspended.
	ErrSuspended = errors.New("installation is suspended")
	// ErrUnauthorized: GitHub does not accept the app's key or token.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrLate: the write's turn came too late, so it was not sent.
	ErrLate = errors.New("its turn came too late")
	// ErrUnavailable: a read failed however often it was tried. It says nothing about the thing asked for.
	ErrUnavailable = errors.New("GitHub is unavailable")
	// ErrNothing: the change that was to be proposed changes nothing on its base.
	ErrNothing = errors.New("nothing to change")
	// ErrTooLarge: an answer went over its limit.
	ErrTooLarge = errors.New("too large")
)

// Limited says that GitHub, or our own budget, allows no request of this kind before Until.
type Limited struct {
	Installation int64
	Kind         string // primary, secondary, budget
	Until        time.Time
}

func (e *Limited) Error() string {
	return fmt.Sprintf("%s rate limit of installation %d until %s", e.Kind, e.Installation, e.Until.UTC().Format(time.RFC3339))
}

// Forbidden says that the app may not do this. Waiting does not help.
type Forbidden struct {
	Route   string
	Needs   string // the permission that the call asked for
	Message string // GitHub's words
}

func (e *Forbidden) Error() string {
	return fmt.Sprintf("%s: forbidden (needs %s): %s", e.Route, e.Needs, e.Message)
}

// Invalid is a request that GitHub understood and refused: 422, or another 4xx that has no error of its own.
type Invalid struct {
	Route   string
	Code    int
	Message string
	body    []byte // the whole answer, for endpoints that say more
}

func (e *Invalid) Error() string { return fmt.Sprintf("%s: %d %s", e.Route, e.Code, e.Message) }

// NotMergeable says why GitHub would not merge. Retry tells "not at this moment" from "not as it stands".
type NotMergeable struct {
	Reason string
	Retry  bool
}

func (e *NotMergeable) Error() string { return "not mergeable: " + e.Reason }

// Foreign says that a branch holds commits that Skein did not make; nothing of them is overwritten.
type Foreign struct {
	Branch  string
	Authors []string
}

func (e *Foreign) Error() string {
	return fmt.Sprintf("branch %s holds commits by %s", e.Branch, strings.Join(e.Authors, ", "))
}

// Conflict says that a change cannot be taken back out alone: these files were edited again since.
type Conflict struct{ Paths []string }

func (e *Conflict) Error() string { return "changed again since: " + strings.Join(e.Paths, ", ") }

// AlreadyReverted says which commit on the base branch takes the change back out already.
type AlreadyReverted struct{ By string }

func (e *AlreadyReverted) Error() string { return "already reverted by " + e.By }

// explain turns what a call failed with into an error of this package. URLs are left out: they name
// repositories, and errors are logged.
func (f *Forge) explain(ctx context.Context, c *call, err error) error {
	if answer := (*github.ErrorResponse)(nil); errors.As(err, &answer) {
		return f.refused(ctx, c, answer)
	}
	if outer := (*url.Error)(nil); errors.As(err, &outer) {
		err = outer.Err
	}
	if ctx.Err() != nil && c.writes() && c.sent {
		err = fmt.Errorf("%w: %w", ErrUnknownOutcome, ctx.Err())
	}
	return fmt.Errorf("%s %s: %w", c.method, c.route, err)
}

// refused reads a 4xx.
func (f *Forge) refused(ctx context.Context, c *call, answer *github.ErrorResponse) error {
	message := wordsOf(answer)
	switch code := answer.Response.StatusCode; code {
	case http.StatusUnauthorized:
		return fmt.Errorf("%s %s: %w", c.method, c.route, unauthorized(answer.Response, message, time.Now()))
	case http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		if strings.Contains(message, "suspended") {
			return fmt.Errorf("installation %d: %w", c.installation, ErrSuspended)
		}
		return &Forbidden{Route: c.method + " " + c.route, Needs: c.needs, Message: message}
	case http.StatusNotFound, http.StatusGone:
		return fmt.Errorf("%s %s: %w", c.method, c.route, f.missing(ctx, c))
	default:
		return &Invalid{Route: c.method + " " + c.route, Code: code, Message: message, body: []byte(peek(answer.Response))}
	}
}

// wordsOf joins what GitHub says in an error answer.
func wordsOf(answer *github.ErrorResponse) string {
	words := []string{answer.Message}
	for _, e := range answer.Errors {
		if e.Message != "" {
			words = append(words, e.Message)
		} else {
			words = append(words, strings.TrimSpace(e.Resource+" "+e.Field+" "+e.Code))
		}
	}
	return strings.Join(words, "; ")
}

// missing says what a 404 means. Only when the repository itself reads is the thing known to be missing; GitHub
// answers 404 for much that it hides.
func (f *Forge) missing(ctx context.Context, c *call) error {
	if len(c.repos) != 1 || c.installation == 0 || !strings.HasPrefix(c.route, repoRoute) {
		return ErrNotFound
	}
	if c.route == repoRoute {
		return ErrGone
	}
	id := c.repos[0]
	f.mu.Lock()
	at, seen := f.reads[id]
	f.mu.Unlock()
	if age := f.clock.Now().Sub(at); seen && age < time.Minute {
		return ErrNotFound
	}
	if err := f.probe(ctx, c); err != nil {
		return err
	}
	return ErrNotFound
}

// probe asks whether the call's repository can be read.
func (f *Forge) probe(ctx context.Context, c *call) error {
	var got github.Repository
	asked := &call{installation: c.installation, repos: c.repos, needs: "metadata:read", method: http.MethodGet, route: repoRoute}
	if _, err := f.do(ctx, asked, nil, &got, c.args[:2]...); err != nil {
		return err
	}
	if repo.ID(got.GetID()) != c.repos[0] {
		return ErrGone // another repository took the name
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.reads) > maxSeen {
		clear(f.reads)
	}
	f.reads[c.repos[0]] = f.clock.Now()
	return nil
}

const maxSeen = 10_000 // repositories; a bound, not a budget
