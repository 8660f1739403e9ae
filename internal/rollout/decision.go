package rollout

import (
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// ActionKind is a write to GitHub. The names are stored.
type ActionKind string

// The actions that Step asks for. What people read (comments, check runs, the tracking issue) is rendered from
// the state by the engine and is not decided here.
const (
	OpenPull    ActionKind = "open_pull"    // branch, commit and pull request from the changeset's results
	UpdatePull  ActionKind = "update_pull"  // bring the branch up to its base
	MergePull   ActionKind = "merge_pull"   // at Head, by Method
	ReadyPull   ActionKind = "ready_pull"   // out of draft
	ClosePull   ActionKind = "close_pull"   // with Text as the reason
	RerunChecks ActionKind = "rerun_checks" // Runs and CheckIDs
	OpenRevert  ActionKind = "open_revert"  // a pull request that takes Merge back out
	MergeRevert ActionKind = "merge_revert" // at Head
	CloseRevert ActionKind = "close_revert" // with Text as the reason
	Dequeue     ActionKind = "dequeue"      // take the pull request, or its revert, out of the merge queue
	// UpdateRevert brings the revert's branch up to its base, as UpdatePull does with the pull request's.
	UpdateRevert ActionKind = "update_revert"
)

// Priority orders what waits for the write budget; higher goes first.
func (k ActionKind) Priority() int {
	switch k {
	case OpenRevert, MergeRevert, CloseRevert, UpdateRevert, RerunChecks:
		return 50
	case MergePull:
		return 40
	case ClosePull, UpdatePull, ReadyPull, Dequeue:
		return 30
	case OpenPull:
		return 20
	}
	return 10
}

// Action is one write that follows from a decision. The same decision gives the same key, however often it is
// taken, so that it is done once.
type Action struct {
	Key      string     `json:"key"`
	Kind     ActionKind `json:"kind"`
	Head     repo.SHA   `json:"head,omitempty"`
	Method   string     `json:"method,omitempty"`
	Runs     []int64    `json:"runs,omitempty"`   // Actions workflow runs
	CheckIDs []int64    `json:"checks,omitempty"` // check runs that have no workflow run
	Text     string     `json:"text,omitempty"`
}

// Event is what happened and by which rule, for the journal.
type Event struct {
	Rule     string     `json:"rule"`
	Text     string     `json:"text"`
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Decision is the outcome of one Step.
type Decision struct {
	Changeset Changeset // the new state, with Waits and Wake set
	Actions   []Action
	Events    []Event // empty when nothing changed
}

// Until is a wait that ends by itself.
func Until(rule, text string, till time.Time) Wait {
	return Wait{Rule: rule, Text: text, On: "time", Till: till}
}

// Entry is one line of the journal: the append-only record of everything decided and done, and why.
type Entry struct {
	Seq       int64       `json:"seq"`
	At        time.Time   `json:"at"`
	Migration MigrationID `json:"migration,omitempty"`
	Changeset ChangesetID `json:"changeset,omitempty"`
	Actor     string      `json:"actor"` // skein, or a person's login
	Event
}

// Intent is an action on its way: recorded in the transaction that decided it, done later, once.
type Intent struct {
	Action
	Migration    MigrationID `json:"migration,omitempty"`
	Changeset    ChangesetID `json:"changeset,omitempty"`
	Installation int64       `json:"installation"`
	Repo         repo.Repo   `json:"repo"`
	// Level intents bring something up to date with the newest state, so wanting one again is doing it again.
	Level     bool        `json:"level,omitempty"`
	State     IntentState `json:"-"`
	Attempts  int         `json:"-"`
	NotBefore time.Time   `json:"-"`
	Error     string      `json:"-"` // why the last attempt did not succeed
}

// IntentState is where an intent is. The names are stored.
type IntentState string

// Doing outlives a crash: whoever finds it looks up what happened before trying again.
const (
	IntentPending IntentState = "pending"
	IntentDoing   IntentState = "doing"
	IntentDone    IntentState = "done"
	IntentFailed  IntentState = "failed" // for good; /skein retry clears it
)
