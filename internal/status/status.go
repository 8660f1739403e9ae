// Package status is the one read model: what is, what is waited for, and why.
//
// New makes a Page of what the store holds about a migration; everything that shows it (comments, check runs,
// the tracking issue, the portal, `skein why`) renders that Page and nothing else, so that all of them say the
// same. The package is pure: it is given the time, and it renders text that it does not send anywhere.
package status

import (
	"time"

	"github.com/skein-bot/skein/internal/rollout"
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
	Journal  []rollout.Entry // of the migration, oldest first; may be left out
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
	Policy rollout.Policy
}

// Of returns one changeset of the page; it is zero when the page has none of that id.
func (p Page) Of(id rollout.ChangesetID) Changeset {
	for _, c := range p.Changesets {
		if c.ID == id {
			return Changeset{c, p.Policies[id]}
		}
	}
	return Changeset{}
}
