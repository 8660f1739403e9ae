// Package rollout decides what happens next with a changeset, and nothing else.
//
// A migration is cut into changesets, one per consumer repository; a changeset goes through the phases below.
// Whenever something may have changed, the engine observes GitHub and calls
//
//	Step(changeset, observation, policy, now) → Decision{changeset, actions, waits, wake}
//
// which is a pure function: the new state and the actions it implies are values, saved together by the caller.
// Gates looks at all changesets of a migration and says which waves are open. Every decision carries the rule
// that made it, so that it can be explained afterwards.
//
//	planned ──► ready ──► open ──► merging ──► watching ──► healthy | unproven
//	   │          │        │                      │
//	   ├► untouched        ├► declined            ├► suspect ──► reverting ──► reverted
//	   └► refused          └► skipped, superseded └► regressed (a person decides)
package rollout

import (
	"time"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// MigrationID is short, stable and safe in branch names and URLs: m7.
type MigrationID string

// ChangesetID is as safe as its migration's, which it begins with: m7-reports.
type ChangesetID string

// Migration is what one push to a dataset repo's default branch set off.
type Migration struct {
	ID     MigrationID `json:"id"`
	Repo   repo.Repo   `json:"repo"`
	From   repo.SHA    `json:"from"` // the commit whose schema consumers were written against
	To     repo.SHA    `json:"to"`   // the schema commit
	Author string      `json:"author"`
	Title  string      `json:"title"` // the schema commit's subject
	// Pull is the dataset's pull request that is still open, whose head To then is (strategy with); 0 once it is merged.
	Pull    int             `json:"pull,omitempty"`
	Changes []schema.Change `json:"changes"`
	Created time.Time       `json:"created"`
	Landed  time.Time       `json:"landed,omitzero"` // when To was first seen on the main branch; zero for what was prepared ahead
	Ended   time.Time       `json:"ended,omitzero"`
	Issue   int             `json:"issue,omitempty"` // the tracking issue in Repo
	Pause   *Hold           `json:"pause,omitempty"`
	Hotfix  *Hold           `json:"hotfix,omitempty"` // opens the windows for all its changesets
	// Started names the waves that a person opened by /skein start.
	Started []string `json:"started,omitempty"`
	// Proposal says that a person must decide about taking the dataset's change back (law 9).
	Proposal string `json:"proposal,omitempty"`
	// Forgiven is how many regressions a person has seen and let pass, by wave.
	Forgiven map[string]int `json:"forgiven,omitempty"`
	// Deadline is when a replaced dataset goes away; zero when none is declared.
	Deadline time.Time `json:"deadline,omitzero"`
	// Answers are what people said of renames that no file declares.
	Answers schema.Declarations `json:"answers,omitzero"`
}

// Hold is a person's word that something must wait, or may go.
type Hold struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

// Phase is where a changeset is. The names are stored: never reuse one for something else.
type Phase string

// The phases of a changeset; see the package comment for the ways between them.
const (
	Planned    Phase = "planned"    // found, its files not read yet
	Untouched  Phase = "untouched"  // end: nothing to edit, nothing to refuse
	Refused    Phase = "refused"    // end: nothing could be edited, people must
	Ready      Phase = "ready"      // edits computed and proven, no pull request yet
	Open       Phase = "open"       // its pull request is open
	Merging    Phase = "merging"    // a merge was asked for and its outcome is not known yet
	Watching   Phase = "watching"   // merged, a regression is looked for
	Suspect    Phase = "suspect"    // a gating check is red on the merge commit; reruns decide
	Reverting  Phase = "reverting"  // the revert's pull request is open and proves itself
	Reverted   Phase = "reverted"   // end: our change is back out
	Regressed  Phase = "regressed"  // red and proven, but only a person may decide what follows
	Healthy    Phase = "healthy"    // end
	Unproven   Phase = "unproven"   // end: the watch saw no result
	Declined   Phase = "declined"   // end: a person closed the pull request
	Skipped    Phase = "skipped"    // end: /skein skip
	Superseded Phase = "superseded" // end: a later schema commit took its place
	Failed     Phase = "failed"     // end: the repository is gone, archived or unreadable; Note says which
)

// Ended reports whether nothing more will happen to a changeset in this phase without a command.
func (p Phase) Ended() bool {
	switch p {
	case Untouched, Refused, Reverted, Healthy, Unproven, Declined, Skipped, Superseded, Failed:
		return true
	case Planned, Ready, Open, Merging, Watching, Suspect, Reverting, Regressed:
		return false
	}
	return false
}

// Changeset is one consumer repo's part of a migration. It is stored as it stands here.
type Changeset struct {
	ID        ChangesetID `json:"id"`
	Migration MigrationID `json:"migration"`
	Repo      repo.Repo   `json:"repo"`
	Wave      string      `json:"wave"`
	Phase     Phase       `json:"phase"`
	Since     time.Time   `json:"since"` // when the phase began
	Note      string      `json:"note,omitempty"`
	Was       Phase       `json:"was,omitempty"` // the phase before it failed, to go on from

	// From is the schema commit that the consumer's code was last written against; it is older than the
	// migration's own when an earlier changeset was superseded before it merged.
	From     repo.SHA        `json:"from"`
	Reads    []consumer.Read `json:"reads,omitempty"`
	Changes  []schema.Change `json:"changes,omitempty"` // since From, where that is not the migration's own
	Coexists bool            `json:"coexists"`          // every change leaves the old names working

	Base    repo.SHA         `json:"base,omitempty"` // the consumer's commit that the edits belong to
	Results []rewrite.Result `json:"results,omitempty"`
	Branch  string           `json:"branch,omitempty"`

	// Round counts how often the edits were made anew for a pull request: by rebase, reapply or a conflict.
	Round int    `json:"round,omitempty"`
	Asked string `json:"asked,omitempty"` // the key of the action whose outcome is awaited

	Pull    int      `json:"pull,omitempty"`
	Draft   bool     `json:"draft,omitempty"`   // Skein opened it as a draft, and makes it ready
	Head    repo.SHA `json:"head,omitempty"`    // the head that Skein pushed last
	Foreign []string `json:"foreign,omitempty"` // who else pushed to its branch
	Hold    *Hold    `json:"hold,omitempty"`
	Hotfix  *Hold    `json:"hotfix,omitempty"`
	// Forced is a person's /skein merge, bound to the head they saw.
	Forced     *Hold    `json:"forced,omitempty"`
	ForcedHead repo.SHA `json:"forced_head,omitempty"`

	// What is known of the newest head: since when it is there, and what came of trying to merge it.
	Seen     repo.SHA  `json:"seen,omitempty"`
	SeenAt   time.Time `json:"seen_at,omitzero"`
	Tries    int       `json:"tries,omitempty"`   // how often GitHub did not merge it
	Refusal  string    `json:"refusal,omitempty"` // its last word
	NextTry  time.Time `json:"next_try,omitzero"` // no sooner
	Request  string    `json:"request,omitempty"` // the id of a merge that GitHub does in the background
	Enqueued time.Time `json:"enqueued,omitzero"` // since when it is in the merge queue
	LeftBy   string    `json:"left_by,omitempty"` // who took it out of the merge queue

	Judged     repo.SHA  `json:"judged,omitempty"` // the head that was green, or that a person merged
	JudgedAt   time.Time `json:"judged_at,omitzero"`
	Parent     repo.SHA  `json:"parent,omitempty"` // the base branch's commit just before the merge
	Merge      repo.SHA  `json:"merge,omitempty"`  // the merge commit
	Method     string    `json:"method,omitempty"`
	MergedAt   time.Time `json:"merged_at,omitzero"`
	MergedBy   string    `json:"merged_by,omitempty"` // empty: Skein itself
	Reruns     int       `json:"reruns,omitempty"`    // how many rerun rounds were asked for
	RerunAt    time.Time `json:"rerun_at,omitzero"`   // when the last round was asked for
	Red        []string  `json:"red,omitempty"`       // the checks under suspicion
	RevertBy   *Hold     `json:"revert_by,omitempty"` // a person's /skein revert
	Reverts    int       `json:"reverts,omitempty"`   // how many reverts were asked for
	RevertPull int       `json:"revert_pull,omitempty"`
	RevertHead repo.SHA  `json:"revert_head,omitempty"`
	RevertSHA  repo.SHA  `json:"revert_sha,omitempty"` // the commit that took ours back out
	RevertedAt time.Time `json:"reverted_at,omitzero"`
	// Evidence is what was seen when the state last changed for a reason of law 8, for the certificate, which is the
	// newest revert's.
	Evidence    []Evidence `json:"evidence,omitempty"`
	Certificate string     `json:"certificate,omitempty"`
	Waits       []Wait     `json:"waits,omitempty"` // why it is where it is, as of the last Step
	Wake        time.Time  `json:"wake,omitzero"`   // look again then, even without a hint
}

// Edits counts the edits of a changeset.
func (c Changeset) Edits() (n int) {
	for _, r := range c.Results {
		n += len(r.Edits)
	}
	return n
}

// Unseen reports whether a pull request may be there that nobody has seen: it was asked for, and the answer is not known.
func (c Changeset) Unseen() bool { return c.Pull == 0 && c.Asked != "" }

// HalfEdited are the files that were edited and have places that Skein would not edit: half of a change may be
// worse than none, so a person answers for it.
func (c Changeset) HalfEdited() (paths []string) {
	for _, r := range c.Results {
		if len(r.Edits) > 0 && len(r.Refusals) > 0 {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

// Refusals counts the places that Skein would not edit.
func (c Changeset) Refusals() (n int) {
	for _, r := range c.Results {
		n += len(r.Refusals)
	}
	return n
}

// Evidence is one result that a decision rests on.
type Evidence struct {
	At      time.Time    `json:"at"`
	What    string       `json:"what"` // parent, head, merge, rerun, watch, revert
	SHA     repo.SHA     `json:"sha"`
	Check   string       `json:"check"`
	Result  green.Result `json:"result"`
	ID      int64        `json:"id,omitempty"`
	Attempt int          `json:"attempt,omitempty"`
	URL     string       `json:"url,omitempty"`
}

// Wait is one thing that a changeset waits for.
type Wait struct {
	Rule string    `json:"rule"` // its id in the rule table: window_closed, checks_missing, …
	Text string    `json:"text"` // for people, one sentence
	On   string    `json:"on"`   // github, time, person, wave
	Till time.Time `json:"till,omitzero"`
}
