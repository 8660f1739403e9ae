package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/rollout"
)

// Group is a heading under which changesets are listed.
type Group string

// The groups, in the order in which they are shown.
const (
	NeedsPerson Group = "Needs a person"
	InDoubt     Group = "In doubt"
	Waiting     Group = "On its way"
	Watched     Group = "Merged and watched"
	Refused     Group = "Refused: people must change it"
	TakenBack   Group = "Taken back"
	LeftOut     Group = "Left out"
	Done        Group = "Done"
	Unaffected  Group = "Nothing to change"
)

// Groups returns the headings in their order.
func Groups() []Group {
	return []Group{NeedsPerson, InDoubt, Waiting, Watched, Refused, TakenBack, LeftOut, Done, Unaffected}
}

// Group is the heading that a changeset belongs under.
func (c Changeset) Group() Group {
	if c.needsPerson() && !c.Phase.Ended() {
		return NeedsPerson
	}
	switch c.Phase {
	case rollout.Planned, rollout.Ready, rollout.Open, rollout.Merging:
		return Waiting
	case rollout.Watching:
		return Watched
	case rollout.Suspect, rollout.Reverting:
		return InDoubt
	case rollout.Regressed:
		return NeedsPerson
	case rollout.Refused:
		return Refused
	case rollout.Reverted:
		return TakenBack
	case rollout.Declined, rollout.Skipped, rollout.Superseded, rollout.Failed:
		return LeftOut
	case rollout.Healthy, rollout.Unproven:
		return Done
	case rollout.Untouched:
		return Unaffected
	}
	return Waiting
}

// Label is a changeset's phase in words.
func (c Changeset) Label() string {
	switch c.Phase {
	case rollout.Planned:
		return "being read"
	case rollout.Ready:
		return "ready"
	case rollout.Open:
		return c.openLabel()
	case rollout.Merging:
		return "being merged"
	case rollout.Watching:
		return "merged, watched"
	case rollout.Suspect:
		return "merged, in doubt"
	case rollout.Reverting:
		return "being taken back"
	case rollout.Reverted:
		return "taken back"
	case rollout.Unproven:
		return "merged, unproven"
	case rollout.Failed:
		return "out of reach"
	case rollout.Untouched:
		return "nothing to change"
	case rollout.Refused, rollout.Regressed, rollout.Healthy, rollout.Declined, rollout.Skipped, rollout.Superseded:
		return string(c.Phase)
	}
	return string(c.Phase)
}

// openLabel names what an open pull request waits for most of all.
func (c Changeset) openLabel() string {
	lead := c.lead()
	if lead < 0 {
		return "open"
	}
	switch rule := c.Waits[lead].Rule; rule {
	case "hold":
		return "held"
	case "paused", "halted":
		return rule
	case "stop":
		return "stopped"
	case "freeze":
		return "frozen"
	case "window_closed", "max_merges":
		return "waits for a window"
	case "wave", "soak", "settling":
		return "waits for its wave"
	case "mode_propose":
		return "for people to merge"
	case "reviews", "changes_requested", "code_owners", "threads":
		return "waits for a review"
	case "deployment":
		return "waits for a deployment"
	case "queued":
		return "in the merge queue"
	case "checks_red":
		return "checks are red"
	case "checks_pending", "checks_missing", "checks_none", "checks_settling":
		return "waits for checks"
	}
	if c.needsPerson() {
		return "needs a person"
	}
	return "open"
}

// Sentence says where a changeset is and what it waits for most of all, in plain text.
func (p Page) Sentence(c Changeset) string {
	s := c.where()
	if waits := p.waiting(c); waits != "" {
		s += " " + waits
	}
	return s
}

// where is Sentence without the waits, for texts that list them.
func (c Changeset) where() string {
	switch c.Phase { //nolint:exhaustive // the others are ends, and outcome's
	case rollout.Planned:
		return "Its files are being read and rewritten."
	case rollout.Ready:
		return "The edits are ready."
	case rollout.Open:
		return fmt.Sprintf("Pull request #%d is open.", c.Pull)
	case rollout.Merging:
		return fmt.Sprintf("Everything that is required holds; pull request #%d is being merged.", c.Pull)
	case rollout.Watching, rollout.Suspect, rollout.Reverting, rollout.Regressed:
		return c.afterMerge()
	}
	return c.outcome()
}

// waiting says the most important of what a changeset waits for, where its phase does not say it already.
func (p Page) waiting(c Changeset) string {
	lead := c.lead()
	switch {
	case lead < 0, c.Phase != rollout.Ready && c.Phase != rollout.Open && c.Phase != rollout.Reverting:
		return ""
	}
	w := p.Waits(c)[lead]
	who := map[string]string{"person": "It needs a person", "wave": "It waits for other repositories", "time": "It waits"}[w.On]
	if who == "" {
		who = "It waits for GitHub"
	}
	if w.On == "person" && !c.needsPerson() {
		who = "People go on from here"
	}
	more := ""
	if n := len(c.Waits) - 1; n > 0 {
		more = fmt.Sprintf(" (and %s)", count(n, "more thing"))
	}
	return fmt.Sprintf("%s: %s%s.", who, strings.TrimSuffix(w.Text, "."), more)
}

func (c Changeset) afterMerge() string {
	red := join(c.Red)
	switch c.Phase { //nolint:exhaustive // the phases between a merge and its end
	case rollout.Watching:
		if at := c.watchedUntil(); !at.IsZero() {
			return fmt.Sprintf("Merged as %s%s and watched until %s.", c.Merge.Short(), by(c.MergedBy), Stamp(at, c.Zone()))
		}
		return fmt.Sprintf("Merged as %s%s and watched for regressions.", c.Merge.Short(), by(c.MergedBy))
	case rollout.Suspect:
		return fmt.Sprintf("Merged as %s%s, and %s is red there. It runs again, to know whether this change is the cause.", c.Merge.Short(), by(c.MergedBy), red)
	case rollout.Reverting:
		what := "The revert is being opened"
		if c.RevertPull > 0 {
			what = fmt.Sprintf("Revert #%d is open", c.RevertPull)
		}
		if c.RevertBy != nil {
			return fmt.Sprintf("%s, as %s asked.", what, c.RevertBy.By)
		}
		return fmt.Sprintf("%s regressed with this change. %s.", red, what)
	}
	return fmt.Sprintf("A person decides: %s.", strings.TrimSuffix(orElse(c.Note, red+" regressed"), "."))
}

// watchedUntil is when the watch ends; zero when it is not known.
func (c Changeset) watchedUntil() time.Time {
	if at := c.nextLook(); !at.IsZero() || !c.Known {
		return at
	}
	return c.MergedAt.Add(c.Policy.Watch)
}

// outcome is the sentence of a changeset that has reached an end.
func (c Changeset) outcome() string {
	switch c.Phase { //nolint:exhaustive // the ends; Sentence tells the ways there
	case rollout.Healthy:
		return fmt.Sprintf("Merged as %s%s and healthy: checks passed afterwards and nothing regressed.", c.Merge.Short(), by(c.MergedBy))
	case rollout.Unproven:
		return fmt.Sprintf("Merged as %s%s. Nothing regressed, but no check that counts has passed since, so nothing is proven.", c.Merge.Short(), by(c.MergedBy))
	case rollout.Reverted:
		if c.RevertBy != nil {
			return fmt.Sprintf("Taken back as %s, as %s asked.", c.RevertSHA.Short(), c.RevertBy.By)
		}
		return fmt.Sprintf("Taken back as %s: %s regressed with this change.", c.RevertSHA.Short(), orElse(join(c.Red), "a check"))
	case rollout.Declined:
		return "The pull request was closed, so this repository keeps the old names."
	case rollout.Skipped:
		return "Left out by /skein skip."
	case rollout.Superseded:
		return "A later schema change took its place."
	case rollout.Failed:
		return fmt.Sprintf("It cannot be worked on: %s.", strings.TrimSuffix(orElse(c.Note, "the repository is out of reach"), "."))
	case rollout.Refused:
		return fmt.Sprintf("Nothing could be edited safely; people must look at %s.", count(c.Refusals(), "place"))
	case rollout.Untouched:
		return "Nothing here refers to what changed."
	}
	return string(c.Phase)
}

// Counts are the numbers of a migration.
type Counts struct {
	Total, Ended          int // changesets; those where nothing was to change are left out
	Merged                int // and not taken back
	Healthy, Person       int
	Reverted              int
	Refused               int // changesets that people must do alone
	Edits, Files, Refusal int // places and files of all changesets
}

// Counts counts a migration. What was superseded counts with the migration that took it over, and where nothing
// was to change there is nothing to count.
func (p Page) Counts() (n Counts) {
	for _, c := range p.All() {
		if c.Phase == rollout.Superseded || c.Phase == rollout.Untouched {
			continue
		}
		n.Total++
		n.Edits += c.Edits()
		n.Files += c.files()
		n.Refusal += c.Refusals()
		add(&n.Ended, c.Phase.Ended())
		add(&n.Merged, c.merged())
		add(&n.Healthy, c.Phase == rollout.Healthy)
		add(&n.Person, c.Group() == NeedsPerson)
		add(&n.Reverted, c.Phase == rollout.Reverted)
		add(&n.Refused, c.Phase == rollout.Refused)
	}
	return n
}

func add(n *int, yes bool) {
	if yes {
		*n++
	}
}

// merged reports whether the change is in and has not been taken back.
func (c Changeset) merged() bool {
	return c.Merge != "" && c.Phase != rollout.Reverted
}

// files counts the files that were edited.
func (c Changeset) files() (n int) {
	for _, r := range c.Results {
		add(&n, len(r.Edits) > 0)
	}
	return n
}

// State says in one sentence how far a migration is, in plain text.
func (p Page) State() string {
	n := p.Counts()
	parts := []string{fmt.Sprintf("%d of %s merged", n.Merged, count(n.Total, "changeset"))}
	for _, part := range []struct {
		n    int
		text string
	}{
		{n.Healthy, "healthy"}, {n.Reverted, "taken back"}, {n.Refused, "refused"}, {n.Person, needs(n.Person)},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	s := join(parts)
	switch {
	case n.Total == 0:
		s = "Nobody has to follow what changed"
	case !p.Migration.Ended.IsZero():
		s = "Finished: " + s
	case p.Migration.Pause != nil:
		s = fmt.Sprintf("Paused by %s: %s", p.Migration.Pause.By, s)
	}
	return s + "." + p.contractState()
}

func needs(n int) string {
	if n == 1 {
		return "needs a person"
	}
	return "need a person"
}

func by(login string) string {
	if login == "" {
		return ""
	}
	return " by " + login
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
