package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// Step decides what happens next with a changeset. It is a pure function and may be called as often as one likes:
// the same state, observation and time give the same decision.
//
// A Step makes at most one transition, because what the next phase needs has not been observed; Wake is then now.
// Otherwise Waits holds everything that the changeset waits for, not only the first, and Wake is the next instant
// at which time alone may change that. An action is asked for again as long as its outcome is awaited: its key
// says that it is the same.
func Step(cs Changeset, obs Observation, p Policy, now time.Time) Decision {
	t := newTurn(cs, obs, p, now)
	if t.here() {
		t.phase()
	}
	return t.decision()
}

// GoodUntil is when time alone may speak against a merge that nothing speaks against now: a window closes or a freeze
// begins. It is zero when that will not happen. For a revert, only what binds reverts counts.
func GoodUntil(cs Changeset, obs Observation, p Policy, now time.Time) (until time.Time) {
	t := newTurn(cs, obs, p, now)
	t.frozen()
	if cs.Phase != Reverting || p.Revert.Windows || cs.RevertBy != nil {
		t.windows()
	}
	for _, at := range t.alarms {
		if at.After(now) && (until.IsZero() || at.Before(until)) {
			until = at
		}
	}
	return until
}

// turn is one Step under way.
type turn struct {
	cs      Changeset
	obs     Observation
	policy  Policy
	now     time.Time
	actions []Action
	events  []Event
	waits   []Wait
	alarms  []time.Time // instants at which the outcome may change, beside those of the waits
	moved   bool
}

func newTurn(cs Changeset, obs Observation, p Policy, now time.Time) *turn {
	cs.Evidence, cs.Red = slices.Clone(cs.Evidence), slices.Clone(cs.Red)
	return &turn{cs: cs, obs: obs, policy: p, now: now}
}

func (t *turn) decision() Decision {
	t.cs.Waits, t.cs.Wake = t.waits, time.Time{}
	for _, w := range t.waits {
		t.alarms = append(t.alarms, w.Till)
	}
	for _, at := range t.alarms {
		if at.After(t.now) && (t.cs.Wake.IsZero() || at.Before(t.cs.Wake)) {
			t.cs.Wake = at
		}
	}
	if t.moved {
		t.cs.Wake = t.now
	}
	return Decision{Changeset: t.cs, Actions: t.actions, Events: t.events}
}

func (t *turn) phase() {
	switch t.cs.Phase {
	case Planned:
		t.planned()
	case Ready:
		t.ready()
	case Open:
		t.open()
	case Merging:
		t.merging()
	case Watching:
		t.watching()
	case Suspect:
		t.suspect()
	case Reverting:
		t.reverting()
	case Regressed:
		t.regressed()
	case Declined:
		t.declined()
	case Untouched, Refused, Skipped, Superseded:
		t.tidy()
	case Reverted, Healthy, Unproven, Failed:
	}
}

// here parks a changeset whose repository cannot be worked on, and takes it up again where it was when the
// repository is back.
func (t *turn) here() bool {
	gone, failed := t.obs.Gone != "", t.cs.Phase == Failed
	switch {
	case gone && !t.cs.Phase.Ended():
		t.cs.Was = t.cs.Phase
		t.cs.Note = t.obs.Gone
		t.move(Failed, "repo_gone", "the repository cannot be worked on: %s", t.obs.Gone)
	case !gone && failed && t.cs.Was != "":
		was := t.cs.Was
		t.cs.Was, t.cs.Note = "", ""
		t.move(was, "repo_back", "the repository can be worked on again")
		return false
	}
	return !gone
}

// off reports whether a test switched a rule off, to show that something depends on it.
func (t *turn) off(rule string) bool { return rule == t.policy.without }

// move begins a phase. What it needs to see is observed next, so it is looked at again at once.
func (t *turn) move(to Phase, rule, format string, args ...any) {
	if t.off(rule) {
		return
	}
	t.cs.Phase, t.cs.Since = to, t.now
	t.note(rule, format, args...)
	t.waits, t.moved = nil, true
}

func (t *turn) note(rule, format string, args ...any) {
	if !t.off(rule) {
		t.events = append(t.events, Event{Rule: rule, Text: fmt.Sprintf(format, args...)})
	}
}

// show adds to the last event what it rests on.
func (t *turn) show(evidence []Evidence) {
	if n := len(t.events); n > 0 {
		t.events[n-1].Evidence = slices.Clone(evidence)
	}
}

func (t *turn) wait(rule, on, format string, args ...any) {
	if !t.off(rule) {
		t.waits = append(t.waits, Wait{Rule: rule, Text: fmt.Sprintf(format, args...), On: on})
	}
}

func (t *turn) until(till time.Time, rule, format string, args ...any) {
	if !t.off(rule) {
		t.waits = append(t.waits, Until(rule, fmt.Sprintf(format, args...), till))
	}
}

// ask asks for an action. One that was given up is not asked for again before a person says retry.
func (t *turn) ask(a Action) bool {
	if why, failed := t.obs.Failed[a.Key]; failed {
		t.wait("action_failed", "person", "GitHub does not let Skein do this (%s): %s; /skein retry tries again", a.Kind, why)
		return false
	}
	t.cs.Asked = a.Key
	t.actions = append(t.actions, a)
	return true
}

// announce asks for an action and, the first time, says why.
func (t *turn) announce(a Action, rule, format string, args ...any) bool {
	known := t.cs.Asked == a.Key
	if !t.ask(a) {
		return false
	}
	if !known {
		t.note(rule, format, args...)
	}
	return true
}

// key names an action so that the same decision, taken again, is the same action.
func (c Changeset) key(kind ActionKind, what any) string {
	return fmt.Sprintf("%s/%s/%v", c.ID, kind, what)
}

// Planned: the engine reads the files and decides between ready, refused and untouched.
func (t *turn) planned() {
	if t.peopleEnded() {
		return
	}
	t.wait("planned", "github", "its files are being read")
}

// Ready: edits are there, and a pull request is opened as soon as the wave may prepare it.
func (t *turn) ready() {
	if t.peopleEnded() {
		return
	}
	a := Action{Key: t.cs.key(OpenPull, t.cs.Round), Kind: OpenPull}
	if p := t.obs.Pull; p != nil && p.Open && t.cs.Pull == 0 {
		t.adopt(p)
		t.move(Open, "opened", "pull request #%d is open", p.Number)
		return
	}
	if t.cs.Asked != a.Key {
		t.mayOpen()
	}
	if len(t.waits) > 0 || !t.ask(a) {
		return
	}
	t.wait("opening", "github", "its pull request is being opened")
}

// mayOpen collects what speaks against opening a pull request. A stop does not: it halts merges and reverts.
func (t *turn) mayOpen() {
	if t.policy.Mode < Propose {
		t.wait("mode_observe", "person", "mode is observe: Skein would open a pull request here and writes nothing")
	}
	t.broken()
	t.held()
	g := t.obs.Wave
	if t.cs.Pull != 0 { // it was open before and took its place then
		return
	}
	if !g.Prepare {
		t.gate()
	}
	if g.Prepare && g.Slots == 0 {
		t.wait("max_open", "wave", "wave %s has as many open pull requests as max_open allows", g.Wave)
	}
}

// peopleEnded follows a merge or a close of the pull request, whoever did it.
func (t *turn) peopleEnded() bool {
	p := t.obs.Pull
	switch {
	case p == nil || p.Open || t.cs.Pull != 0 && p.Number != t.cs.Pull:
		return false
	case t.cs.Pull == 0 && !p.Merged: // an older one of this branch
		return false
	case !p.Merged:
		t.move(Declined, "declined", "%s closed pull request #%d", cmp.Or(p.ClosedBy, "someone"), p.Number)
	case p.MergeSHA == "":
		return false
	default:
		t.landed(p)
	}
	return true
}

// landed begins the watch of what was merged.
func (t *turn) landed(p *green.Pull) {
	before := t.cs.Parent
	if t.cs.Judged != p.Head { // a person merged what Skein had not judged
		before, t.cs.Evidence = p.BaseSHA, nil
		t.cs.Judged, t.cs.JudgedAt = p.Head, time.Time{} // whose checks bear witness from now on
		t.record("head", p.Head, t.signals(green.Latest(t.obs.Head)))
	}
	t.adopt(p)
	t.cs.Merge, t.cs.MergedBy, t.cs.MergedAt = p.MergeSHA, p.MergedBy, p.MergedAt
	if p.MergedBy == green.QueueBot && !t.cs.Enqueued.IsZero() { // GitHub did what Skein asked for
		t.cs.MergedBy = ""
	}
	t.cs.Request, t.cs.Enqueued = "", time.Time{}
	t.cs.Parent = cmp.Or(p.Parent, before)
	if t.cs.MergedAt.IsZero() {
		t.cs.MergedAt = t.now
	}
	by := "Skein"
	if t.cs.MergedBy != "" {
		by = t.cs.MergedBy
	}
	t.late()
	t.move(Watching, "merged", "%s merged pull request #%d as %s", by, p.Number, p.MergeSHA.Short())
}

// declined: a person closed the pull request, and a person who reopens it wants it after all.
func (t *turn) declined() {
	if p := t.obs.Pull; p != nil && p.Open && p.Number == t.cs.Pull {
		t.move(Open, "reopened", "pull request #%d was reopened", p.Number)
	}
}

// tidy closes the pull request of a changeset that ended without one.
func (t *turn) tidy() {
	p := t.obs.Pull
	if p == nil || !p.Open || p.Number != t.cs.Pull && t.cs.Pull != 0 {
		return
	}
	t.cs.Pull = p.Number
	text := map[Phase]string{
		Untouched:  "Nothing is left to change here.",
		Refused:    "Skein can no longer make this change; people must.",
		Skipped:    "Closed by /skein skip.",
		Superseded: "A later schema change takes its place.",
	}[t.cs.Phase]
	t.ask(Action{Key: t.cs.key(ClosePull, p.Number), Kind: ClosePull, Text: text})
}

// adopt takes over what GitHub shows of the pull request.
func (t *turn) adopt(p *green.Pull) {
	t.cs.Pull, t.cs.Foreign = p.Number, p.Foreign
	if len(p.Foreign) == 0 {
		t.cs.Head = p.Head
	}
	t.saw(p.Head)
}

// saw notes since when a head is there. What GitHub said of an older one does not hold for it.
func (t *turn) saw(head repo.SHA) {
	if head == t.cs.Seen {
		return
	}
	t.cs.Seen, t.cs.SeenAt = head, t.now
	t.cs.Tries, t.cs.Refusal, t.cs.NextTry, t.cs.LeftBy = 0, "", time.Time{}, ""
}
