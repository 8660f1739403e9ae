package green

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// Result is a check's outcome, reduced to what a decision needs.
type Result string

// The outcomes. Anything that GitHub may add is Unknown, and unknown means no.
const (
	Pending   Result = "pending" // queued, in progress, waiting, requested
	Success   Result = "success"
	Neutral   Result = "neutral" // neutral or skipped: passes, but is no evidence
	Failure   Result = "failure" // failure or status error: red
	Timeout   Result = "timeout" // timed_out, startup_failure: rerun first
	Cancelled Result = "cancelled"
	Unknown   Result = "unknown"
)

// Check is one check run or commit status on one commit, one attempt of it.
type Check struct {
	Name    string    `json:"name"`
	App     int64     `json:"app,omitempty"` // the app that made the run; 0 for a status
	Status  bool      `json:"status,omitempty"`
	Test    bool      `json:"test,omitempty"` // a status on the test merge commit, which must pass beside the head's
	Result  Result    `json:"result"`
	Attempt int       `json:"attempt,omitempty"` // from 1
	ID      int64     `json:"id,omitempty"`
	Run     int64     `json:"run,omitempty"` // the Actions workflow run that it belongs to; 0: cannot be rerun that way
	At      time.Time `json:"at,omitzero"`   // when it completed, else when it started
	URL     string    `json:"url,omitempty"`
	SHA     repo.SHA  `json:"sha,omitempty"` // what it ran on; empty: the commit that was asked about
}

// Source is what attempts of one check have in common.
type Source struct {
	Name         string
	App          int64
	Status, Test bool
}

// Source tells whose attempt a check is.
func (c Check) Source() Source { return Source{c.Name, c.App, c.Status, c.Test} }

// Latest keeps the newest attempt of every check, ordered by name.
func Latest(checks []Check) []Check {
	newest := map[Source]Check{}
	for _, c := range checks {
		if old, ok := newest[c.Source()]; !ok || Older(old, c) < 0 {
			newest[c.Source()] = c
		}
	}
	out := make([]Check, 0, len(newest))
	for _, c := range newest {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Check) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.App, b.App), compareBools(a.Status, b.Status), compareBools(a.Test, b.Test))
	})
	return out
}

// Older orders attempts: GitHub numbers checks in the order in which they were made.
func Older(a, b Check) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Attempt, b.Attempt), a.At.Compare(b.At))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Names lists the names of checks for people.
func Names(checks []Check) string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.Name
	}
	return strings.Join(slices.Compact(names), ", ")
}
