package green

import (
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// Required is what the branch's protection and rulesets ask for.
type Required struct {
	Checks      []RequiredCheck
	Own         bool     // Skein's own check is asked for too, beside Checks: it is no reason to wait
	Strict      bool     // the head must contain the base branch's newest commit
	Deployments []string // environments that the head must have been deployed to
	Reviews     int      // how many approvals are asked for
	CodeOwners  bool     // of those, one by an owner of each file
	LastPush    bool     // of those, one by somebody else than who pushed last
	Threads     bool     // review threads must be resolved
	Queue       bool     // the branch has a merge queue
	Locked      bool     // nothing may be merged into the branch
	// Methods are the merge methods that the rules leave; nil: any.
	Methods []string
	// Unreadable says which source could not be read. Not empty means: not green.
	Unreadable []string
	// Unknown are rule types that this version does not know: merging is tried, and a refusal obeyed.
	Unknown []string
}

// RequiredCheck is one name that must pass; App 0 accepts any.
type RequiredCheck struct {
	Name   string `json:"name"`
	App    int64  `json:"app,omitempty"`
	Source string `json:"source"` // branch protection, ruleset 12, skein.yml
}

// CheckRules is config's part of what green means.
type CheckRules struct {
	Require []string
	Ignore  []string
	None    bool // this repo has no checks and may be merged without
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
	Test       repo.SHA  // while open and mergeable: GitHub's test merge of head and base
	Parent     repo.SHA  // once merged: the base branch's commit just before; empty when unknown
	MergedAt   time.Time //
	MergedBy   string    // empty: Skein itself
	ClosedBy   string
	Review     Review
	Deployed   map[string]Result // by environment: the newest state of the head's newest deployment there
	Queue      *Queued           // nil: not in the merge queue
	Left       Left              // when it was last taken out of the merge queue
	Methods    []string          // the merge methods that the repository's settings allow; nil when they are not known
	Foreign    []string          // commits on the branch that Skein did not make: authors
	TouchesOwn bool              // it changes Skein's config
}

// Review is what people said of a pull request.
type Review struct {
	Missing   bool     // GitHub says that a review that it requires is missing
	Approvals int      // of people who may write
	Stale     int      // of these, for an older head
	Against   []string // who asked for changes
	Owners    []string // code owners who were asked and have not answered
	Threads   int      // conversations that are not resolved
}

// QueueBot is who merges what stands first in a merge queue.
const QueueBot = "github-merge-queue[bot]"

// Queued is a place in a merge queue.
type Queued struct {
	State    string   // in GitHub's words: awaiting_checks, mergeable, queued, unmergeable, locked
	Position int      // from 1
	Head     repo.SHA // of the group that is being tried; empty while there is none
}

// Left is how a pull request left the merge queue without being merged.
type Left struct {
	At     time.Time
	By     string // a person; empty when GitHub or Skein took it out
	Reason string
}
