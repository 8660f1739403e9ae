package forge

import (
	"errors"
	"fmt"
	"strings"
	"time"
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
	// ErrUnavailable: a read failed however often it was tried. It says nothing about the thing asked for.
	ErrUnavailable = errors.New("GitHub is unavailable")
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

// Invalid is GitHub's 422: the request was understood and refused.
type Invalid struct {
	Route   string
	Message string
}

func (e *Invalid) Error() string { return fmt.Sprintf("%s: %s", e.Route, e.Message) }

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
