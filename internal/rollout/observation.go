package rollout

import (
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
	Result  Result    `json:"result"`
	Attempt int       `json:"attempt,omitempty"` // from 1
	ID      int64     `json:"id,omitempty"`
	Run     int64     `json:"run,omitempty"` // the Actions workflow run that it belongs to; 0: cannot be rerun that way
	At      time.Time `json:"at,omitzero"`   // when it completed, else when it started
	URL     string    `json:"url,omitempty"`
	SHA     repo.SHA  `json:"sha,omitempty"` // what it ran on; empty: the commit that was asked about
}

// Required is what the branch's protection and rulesets ask for.
type Required struct {
	Checks []RequiredCheck
	Strict bool // the head must contain the base branch's newest commit
	// Reviews is how many approvals are asked for.
	Reviews    int
	CodeOwners bool
	Threads    bool // review threads must be resolved
	Queue      bool // the branch has a merge queue
	// Unreadable says which source could not be read. Not empty means: not green.
	Unreadable []string
	// Unknown are rule types that this version does not know.
	Unknown []string
}

// RequiredCheck is one name that must pass; App 0 accepts any.
type RequiredCheck struct {
	Name   string `json:"name"`
	App    int64  `json:"app,omitempty"`
	Source string `json:"source"` // branch protection, ruleset 12, skein.yml
}

// Pull is a pull request as GitHub shows it.
type Pull struct {
	Number     int
	Open       bool
	Merged     bool
	Draft      bool
	Head       repo.SHA
	Base       string // branch
	BaseSHA    repo.SHA
	Behind     bool      // the base branch has commits that the head lacks
	Mergeable  *bool     // nil while GitHub computes it
	MergeSHA   repo.SHA  // once merged
	Parent     repo.SHA  // once merged: the base branch's commit just before; empty when unknown
	MergedAt   time.Time //
	MergedBy   string    // empty: Skein itself
	ClosedBy   string
	Approvals  int
	Blocked    string   // reviews: what is missing, in words; "" when nothing is
	Foreign    []string // commits on the branch that Skein did not make: authors
	TouchesOwn bool     // it changes Skein's config
}

// Observation is everything that GitHub and the rest of the migration show at one instant. Skein's own check
// runs are left out of every set.
type Observation struct {
	Gone     string // the repository cannot be worked on: archived, removed, suspended; "" when it can
	Pull     *Pull  // nil: there is none yet
	Revert   *Pull
	Required Required
	Head     []Check // every attempt on Pull.Head
	Parent   []Check // on Changeset.Parent
	After    []Check // every attempt on the merge commit and, if newer ones exist, on its descendants' latest
	Reverted []Check // on Revert.Head
	BaseHead repo.SHA
	// Descendants are commits on the base branch after the merge commit, newest first, Skein's own excluded.
	Descendants []repo.SHA

	Wave    Gate
	Stop    string            // why every merge and revert stops: freeze all, skein:stop, an unreadable switch; "" when none
	Paused  *Hold             // of the migration
	Hotfix  *Hold             // of the migration
	Merged  []time.Time       // merges by Skein that count for the max_merges of the windows
	Failed  map[string]string // keys of actions that were given up, and why; /skein retry clears them
	Reverts []time.Time       // reverts that Skein merged in the last day, in this migration's installation
	Busy    bool              // another changeset is between judging and merging on the same base branch
}

// Gate is whether a wave may go, and why not.
type Gate struct {
	Wave        string
	Open        bool // its changesets may merge
	Prepare     bool // its pull requests may be opened
	Halted      bool // too many regressions; a person must resume
	Why         string
	Till        time.Time // when soak ends, if that is what is waited for
	Regressions int
	Slots       int // pull requests that may be opened now; negative: no limit
}
