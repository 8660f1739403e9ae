// Package contract decides when the old name of a field goes, under the strategy expand-contract.
//
//	expand    a commit of the dataset leaves the old field in place beside the new one, and says which replaces it
//	migrate   consumers move, one by one, as internal/rollout decides
//	contract  here: when nobody reads the old field any more and every wave has soaked, its removal is proposed
//
// Step is a pure function of what is known and what is seen. It asks for two things only: to look at the consumers'
// code, which costs an archive each and so comes last, and to propose. People merge what is proposed, or close it; both
// are followed. Every wait carries its rule (rules.go), and names the repository that it is about.
//
//	waiting ──► open ──► removed | declined
//	   │          └────► waiting, removed and void, as below
//	   └► removed by people, void: the field stays after all
package contract

import (
	"time"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// Phase is where a removal is. The names are stored.
type Phase string

// The phases.
const (
	Waiting  Phase = "waiting"  // something is waited for, or the proposal is on its way
	Open     Phase = "open"     // the pull request is open
	Removed  Phase = "removed"  // end: the old names are gone
	Declined Phase = "declined" // end: a person closed the pull request
	Void     Phase = "void"     // end: the old names stay after all
)

// Ended reports whether nothing more will happen.
func (p Phase) Ended() bool { return p == Removed || p == Declined || p == Void }

// Field is an old name and the one that replaces it.
type Field struct {
	Dataset string `json:"dataset"`
	Path    string `json:"path"`
	To      string `json:"to"`
}

// Name is the field as people write it.
func (f Field) Name() string { return f.Dataset + "." + schema.Names(f.Path) }

// Wait is one thing that the removal waits for.
type Wait struct {
	Rule string    `json:"rule"`
	Text string    `json:"text"`
	Repo repo.Repo `json:"repo,omitzero"` // whom it is about; zero when it is nobody
	Till time.Time `json:"till,omitzero"`
}

// State is what is known of a migration's removal. It is stored.
type State struct {
	Phase  Phase     `json:"phase,omitempty"` // "" before the first Step
	Since  time.Time `json:"since,omitzero"`
	Fields []Field   `json:"fields,omitempty"` // those that are still to go
	Waits  []Wait    `json:"waits,omitempty"`
	Moved  []Wait    `json:"moved,omitempty"` // whose code was seen not to read it any more

	Pull    int    `json:"pull,omitempty"`
	Written string `json:"written,omitempty"` // a digest of the files that were proposed last
	Round   int    `json:"round,omitempty"`   // how often something was proposed
	Refusal string `json:"refusal,omitempty"` // why GitHub did not take that
	Unable  string `json:"unable,omitempty"`  // why the files could not be written
	Looked  string `json:"looked,omitempty"`  // a digest of what was looked at last, and
	Still   []Wait `json:"still,omitempty"`   // who was seen to read the old names
}

// Again forgets that GitHub refused a proposal, so that the same files are proposed once more.
func (s State) Again() State {
	s.Refusal, s.Written = "", ""
	return s
}

// Reader is a consumer whose code was looked at as if the old names were gone.
type Reader struct {
	Repo       repo.Repo
	Note       string // why it could not be looked at
	Results    []rewrite.Result
	Undeclared bool // nobody declared it, and its code was seen to read them
}

// Pull is what GitHub shows of the pull request.
type Pull struct{ Open, Merged bool }

// Observation is everything that a Step needs to know.
type Observation struct {
	Fields     []Field                   // of the migration
	Tables     map[string]schema.Dataset // the datasets as they are on main
	Renames    []schema.Rename           // that the config declares
	Changesets []rollout.Changeset       // of the migration, and what else of the dataset's repository is under way
	Policy     rollout.Policy            // of the dataset's repository
	Paused     *rollout.Hold
	Pull       *Pull // nil: there is none

	Looked  string // what looking now would look at; Readers are of it, or State.Still is when it is State.Looked
	Readers []Reader
	Unread  int    // consumers that were too many to be looked at
	Written string // a digest of the files as they would be proposed
	Unable  string // why they cannot be written

	without string // a rule that a test switches off
}

// Decision is the outcome of a Step.
type Decision struct {
	State   State
	Look    bool // have the readers looked at, and step again
	Propose bool // open the pull request, or bring it up to date
	Close   bool // close it: nothing is left of it
	Wake    time.Time
	Events  []rollout.Event
}

// Fields are the old names that changes leave in place beside their replacement.
func Fields(changes []schema.Change) (out []Field) {
	for _, c := range changes {
		if c.Kind == schema.FieldDeprecated && c.To != "" {
			out = append(out, Field{Dataset: c.Dataset, Path: c.Path, To: c.To})
		}
	}
	return out
}

// Removes reports whether a change takes a name away from readers.
func Removes(k schema.Kind) bool {
	return k == schema.FieldRemoved || k == schema.FieldRenamed || k == schema.FieldMoved
}
