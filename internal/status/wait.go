package status

import (
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/rule"
)

// Wait is one thing that a changeset waits for, as people read it.
type Wait struct {
	rollout.Wait
	Meaning string // what the rule says
	Until   string // the instant in the changeset's zone and in UTC, which Text tells too; "" when none is known
}

// Waits lists what a changeset waits for. Where its pull request can be read by more people than the dataset, what
// the dataset's side said is told by the rule alone (law 10).
func (p Page) Waits(c Changeset) []Wait {
	out := make([]Wait, len(c.Waits))
	for i, w := range c.Waits {
		out[i] = Wait{Wait: w, Meaning: meaning(w.Rule)}
		if p.discreet(c) && !ofConsumer(w.Rule) {
			out[i].Text = strings.TrimSuffix(out[i].Meaning, ".")
		}
		if !w.Till.IsZero() {
			out[i].Until = Stamp(w.Till, c.Zone())
			out[i].Text = tellTime(out[i].Text, w.Till, out[i].Until, c.Zone())
		}
	}
	return out
}

// tellTime has a text tell an instant in full, in place of the short form if it has one.
func tellTime(s string, at time.Time, stamp string, zone *time.Location) string {
	for _, z := range []*time.Location{zone, time.UTC} {
		if brief := at.In(z).Format("Mon 2 Jan 15:04 MST"); strings.Contains(s, brief) {
			return strings.Replace(s, brief, stamp, 1)
		}
	}
	return s + " (until " + stamp + " at the latest)"
}

// outlived reports whether a wait belongs to an earlier phase: waits are those of the last Step, and the outcome
// of an action may have moved the changeset on since.
func outlived(rule string, now rollout.Phase) bool {
	switch rule {
	case "planned":
		return now != rollout.Planned
	case "opening", "max_open":
		return now != rollout.Ready
	case "merge_again", "merge_refused", "merge_stuck":
		return now != rollout.Open && now != rollout.Reverting
	case "merge_requested":
		return now != rollout.Merging
	case "rerunning", "parent_pending", "parent_rerun":
		return now != rollout.Suspect
	}
	watches := rule == "watching" || rule == "watch_late"
	return watches != (now == rollout.Watching)
}

// meaning is what a rule's row says; a rule that the table does not know speaks for itself.
func meaning(id string) string {
	for _, r := range rule.All() {
		if r.ID == id {
			return r.Text
		}
	}
	return strings.ReplaceAll(id, "_", " ")
}

// ofConsumer reports whether all that a rule says is about the consumer's own repository.
func ofConsumer(rule string) bool {
	switch rule {
	case "hold", "draft", "locked", "conflict", "reviews", "foreign_commits", "half_edited", "touches_config", "base_changed",
		"changes_requested", "code_owners", "threads", "deployment", "merge_requested", "merge_refused", "merge_stuck",
		"queued", "dequeuing", "dequeued", "parent_rerun",
		"busy", "behind", "merging", "merge_again", "opening", "planned", "pull_unseen", "action_failed", "watching",
		"watch_late", "rerunning", "parent_pending", "regressed", "revert_opening", "revert_proof", "mergeable_unknown",
		"window_closed", "max_merges", "mode_observe", "mode_propose", "no_method", "rules_unreadable":
		return true
	}
	return strings.HasPrefix(rule, "checks_")
}

// lead is the place of the wait that matters most: a person's, else the one that lasts longest; -1 without any.
func (c Changeset) lead() int {
	lead := -1
	for i, w := range c.Waits {
		switch {
		case lead < 0, w.On == "person" && c.Waits[lead].On != "person", c.Waits[lead].On != "person" && w.Till.After(c.Waits[lead].Till):
			lead = i
		}
	}
	return lead
}

// nextLook is the next instant at which time alone may change something; zero when only an event can.
func (c Changeset) nextLook() (at time.Time) {
	for _, w := range c.Waits {
		if !w.Till.IsZero() && (at.IsZero() || w.Till.Before(at)) {
			at = w.Till
		}
	}
	return at
}

// needsPerson reports whether nothing happens before a person does something that GitHub does not ask for by
// itself: that a pull request wants a review, or to be merged by hand, its own page says.
func (c Changeset) needsPerson() bool {
	for _, w := range c.Waits {
		switch w.Rule {
		case "mode_observe", "mode_propose", "reviews", "changes_requested", "code_owners", "threads", "draft":
		default:
			if w.On == "person" {
				return true
			}
		}
	}
	return c.Phase == rollout.Regressed
}

// discreet reports whether a changeset's texts can be read by more people than the dataset's repository.
func (p Page) discreet(c Changeset) bool {
	return c.Repo.Visibility.Wider(p.Migration.Repo.Visibility)
}

// hidden reports whether a changeset's repository may not be named where the dataset's can be read.
func (p Page) hidden(c Changeset) bool {
	return p.Migration.Repo.Visibility.Wider(c.Repo.Visibility)
}

func compareNames(a, b repo.Name) int {
	return strings.Compare(strings.ToLower(a.String()), strings.ToLower(b.String()))
}
