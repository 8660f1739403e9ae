// Package status is the one read model: what is, what is waited for, and why.
//
// New makes a Page of what the store holds about a migration; everything that shows it (comments, check runs,
// the tracking issue, the portal, `skein why`) renders that Page and nothing else, so that all of them say the
// same. The package is pure: it is given the time, and it renders text that it does not send anywhere.
//
//	page.go       the Page and what it is made of
//	state.go      one sentence for a changeset, one for a migration; groups, counts
//	wait.go       what is waited for, and until when
//	wave.go       the waves and their gates
//	when.go       times and windows as people write them
//	subject.go    what changed, as a title and as a table
//	pull.go, comment.go, check.go, issue.go, revert.go
//	              the texts on GitHub, in Markdown
//	contract.go   the removal of old names, under the strategy expand-contract
//	escape.go     how words of other people are quoted in them
//
// A text that is kept up to date says nothing that changes by itself with every look, such as "in 3 hours": it
// would be edited all day.
package status

import (
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/contract"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
)

// Links are the addresses that texts point to.
type Links struct {
	Web    string // of GitHub: https://github.com
	Portal string // of this Skein; "" when it has no public address
}

// Input is what a Page is made of.
type Input struct {
	Migration  rollout.Migration
	Changesets []rollout.Changeset
	Gates      map[string]rollout.Gate
	// Policies of the changesets whose windows the page should tell; others may be left out.
	Policies map[rollout.ChangesetID]rollout.Policy
	// Changes of the changesets that follow more than the migration's own, since an earlier one was superseded
	// before it merged: those from the changeset's From to the migration's To. Others are left out.
	Changes map[rollout.ChangesetID][]schema.Change
	Journal []rollout.Entry // of the migration, oldest first; may be left out
	// Contract is what becomes of the old names that the migration left in place; zero where nothing does.
	Contract contract.State
	Now      time.Time
	Links    Links
}

// Page is a migration with everything that people may want to know about it.
type Page struct {
	Input
}

// New makes a Page.
func New(in Input) Page { return Page{in} }

// Changeset is one changeset of a Page.
type Changeset struct {
	rollout.Changeset
	// Policy is what was agreed for it; meaningful only when Known.
	Policy rollout.Policy
	Known  bool
}

// Of returns one changeset of the page; it is zero when the page has none of that id.
func (p Page) Of(id rollout.ChangesetID) Changeset {
	for _, c := range p.Changesets {
		if c.ID == id {
			return p.view(c)
		}
	}
	return Changeset{}
}

// All returns the changesets in the order in which people look for them: by wave, then by name.
func (p Page) All() []Changeset {
	out := make([]Changeset, len(p.Changesets))
	for i, c := range p.Changesets {
		out[i] = p.view(c)
	}
	order := map[string]int{}
	for i, w := range p.Waves() {
		order[w.Name] = i
	}
	slices.SortStableFunc(out, func(a, b Changeset) int {
		if order[a.Wave] != order[b.Wave] {
			return order[a.Wave] - order[b.Wave]
		}
		return compareNames(a.Repo.Name, b.Repo.Name)
	})
	return out
}

func (p Page) view(c rollout.Changeset) Changeset {
	policy, known := p.Policies[c.ID]
	c.Waits = slices.DeleteFunc(slices.Clone(c.Waits), func(w rollout.Wait) bool { return outlived(w.Rule, c.Phase) })
	return Changeset{c, policy, known}
}

// changes are those that a changeset follows, by the numbers that its edits bear. known is false when it
// follows more than the page knows of.
func (p Page) changes(c Changeset) (changes []schema.Change, known bool) {
	if own, ok := p.Changes[c.ID]; ok {
		return own, true
	}
	return p.Migration.Changes, c.From == "" || c.From == p.Migration.From
}
