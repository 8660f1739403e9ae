package rollout

import (
	"time"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// Observation is everything that GitHub and the rest of the migration show at one instant. Skein's own check
// runs are left out of every set.
type Observation struct {
	Gone     string      // the repository cannot be worked on: archived, removed, suspended; "" when it can
	Pull     *green.Pull // nil: there is none yet
	Revert   *green.Pull
	Required green.Required
	Head     []green.Check // every attempt on Pull.Head
	Parent   []green.Check // on Changeset.Parent
	After    []green.Check // every attempt on the merge commit and, if newer ones exist, on its descendants' latest
	Reverted []green.Check // on Revert.Head
	BaseHead repo.SHA
	// Descendants are commits on the base branch after the merge commit, newest first, Skein's own excluded.
	Descendants []repo.SHA

	Ahead   int // the dataset's pull request that is still open: nothing merges before it; 0: the change is merged
	Wave    Gate
	Stop    string            // why every merge and revert stops: freeze all, skein:stop, an unreadable switch; "" when none
	Paused  *Hold             // of the migration
	Hotfix  *Hold             // of the migration
	Merged  []time.Time       // merges by Skein that count for the max_merges of the windows
	Failed  map[string]string // keys of actions that were given up, and why; /skein retry clears them
	Reverts []time.Time       // reverts that Skein merged in the last day, in this migration's installation
	Request *Request          // what became of Changeset.Request, while its outcome is awaited
	Busy    bool              // another changeset is between judging and merging on the same base branch
}

// Gate is whether a wave may go, and why not.
type Gate struct {
	Wave        string
	Open        bool // its changesets may merge
	Prepare     bool // its pull requests may be opened
	Halted      bool // too many regressions; a person must resume
	Why         string
	Till        time.Time // when soak ends, or the settle time, if that is what is waited for
	Settles     bool      // it is the settle time
	Regressions int
	Slots       int // pull requests that may be opened now; negative: no limit
}

// Request is a merge that GitHub does in the background.
type Request struct {
	State  string // pending, merged, enqueued, failed; gone when GitHub no longer knows it
	Reason string
}
