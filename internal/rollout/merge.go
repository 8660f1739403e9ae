package rollout

import (
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/green"
)

const (
	// again is how long a head whose merge did not happen is left alone before it is judged once more.
	again = time.Minute
	// lost is how long the outcome of a merge is awaited before it is looked for by judging anew.
	lost = 10 * time.Minute
)

// Open: everything that law 7 asks for must hold at one instant, then the head that was judged is merged.
func (t *turn) open() {
	p := t.obs.Pull
	switch {
	case t.peopleEnded():
		return
	case p == nil || !p.Open:
		t.wait("pull_unseen", "github", "pull request #%d cannot be seen right now; nothing is concluded from that", t.cs.Pull)
		return
	}
	t.adopt(p)
	if t.regenerates(p) {
		return
	}
	t.mergeable(p)
	if len(t.waits) > 0 {
		return
	}
	if t.behind(p) {
		t.update(p)
		return
	}
	t.merge(p)
}

// behind reports whether the branch must be brought up to its base; a merge queue does that by itself.
func (t *turn) behind(p *green.Pull) bool {
	return p.Behind && t.obs.Required.Strict && !t.obs.Required.Queue
}

// readies takes what was prepared as a draft out of it, once the dataset's change is merged. Judging goes on when
// GitHub shows it.
func (t *turn) readies(p *green.Pull) {
	if t.obs.Ahead == 0 && p.Draft && t.cs.Draft && t.ask(Action{Key: t.cs.key(ReadyPull, p.Number), Kind: ReadyPull}) {
		t.wait("readying", "github", "the dataset's change is merged, and the draft is being made ready")
	}
}

// merge asks for the merge of the head that was just judged, and keeps what it was judged by.
func (t *turn) merge(p *green.Pull) {
	a := t.mergeOf(MergePull, p)
	if !t.ask(a) {
		return
	}
	t.cs.Evidence = nil
	t.record("head", p.Head, t.signals(green.Latest(t.obs.Head)))
	t.cs.Judged, t.cs.JudgedAt, t.cs.Method, t.cs.Parent = p.Head, t.now, a.Method, t.obs.BaseHead
	t.move(Merging, "green", "everything that is required holds on %s: merge it by %s", p.Head.Short(), a.Method)
	t.show(t.cs.Evidence)
}

// mergeOf is one try to merge a head; after a refusal the next try is another action.
func (t *turn) mergeOf(kind ActionKind, p *green.Pull) Action {
	what := string(p.Head)
	if t.cs.Tries > 0 {
		what += "/" + itoa(t.cs.Tries+1)
	}
	return Action{Key: t.cs.key(kind, what), Kind: kind, Head: p.Head, Method: t.method(p)}
}

// Queue is the method of a branch with a merge queue, whose settings say how it merges.
const Queue = "queue"

// method is the best of config's that the repository allows; empty when there is none.
func (t *turn) method(p *green.Pull) string {
	if t.obs.Required.Queue {
		return Queue
	}
	allows := func(some []string, m string) bool { return some == nil || slices.Contains(some, m) }
	for _, m := range t.policy.Methods {
		if allows(t.obs.Required.Methods, m) && allows(p.Methods, m) {
			return m
		}
	}
	return ""
}

// Merging: the outcome is looked up, never assumed.
func (t *turn) merging() {
	p := t.obs.Pull
	switch {
	case t.peopleEnded():
	case p != nil && p.Open && p.Head != t.cs.Judged:
		t.cs.Request, t.cs.Enqueued = "", time.Time{}
		t.move(Open, "head_moved", "the branch moved from %s to %s before the merge", t.cs.Judged.Short(), p.Head.Short())
	case p != nil && p.Open && t.queued(p):
	case t.obs.Request != nil:
		t.requested(*t.obs.Request)
	case p != nil && p.Open && !t.now.Before(t.cs.Since.Add(lost)):
		t.cs.NextTry = t.now.Add(again)
		t.move(Open, "merge_lost", "the merge of %s has not happened", t.cs.Judged.Short())
	default:
		t.until(t.cs.Since.Add(lost), "merging", "the merge of %s is under way", t.cs.Judged.Short())
	}
}

// regenerates makes the edits anew when the base moved under them into a conflict: they are a function of base
// and change. People's commits on the branch are left to people.
func (t *turn) regenerates(p *green.Pull) bool {
	if p.Mergeable == nil || *p.Mergeable || len(p.Foreign) > 0 || t.obs.BaseHead == t.cs.Base || t.obs.BaseHead == "" {
		return false
	}
	t.cs.Round++
	t.move(Planned, "regenerated", "%s conflicts with %s: the edits are made anew there", p.Head.Short(), p.Base)
	return true
}

func (t *turn) update(p *green.Pull) {
	if t.ask(Action{Key: t.cs.key(UpdatePull, p.Head), Kind: UpdatePull, Head: p.Head}) {
		t.wait("behind", "github", "the branch is being brought up to %s, as its rules ask", p.Base)
	}
}

// mergeable collects everything that speaks against merging the pull request now.
func (t *turn) mergeable(p *green.Pull) {
	t.readies(p)
	t.forbidden()
	t.green(p, t.obs.Head)
	t.ours(p)
	t.tried(p)
	if t.obs.Busy {
		t.wait("busy", "github", "another change is being merged into %s; this one is judged on the new base", p.Base)
	}
}

// forbidden collects what speaks against merging anything of this changeset at this time.
func (t *turn) forbidden() {
	if t.policy.Mode < Merge {
		t.wait("mode_propose", "person", "mode is %s: people merge here", t.policy.Mode)
	}
	t.broken()
	t.held()
	t.stopped()
	t.frozen()
	t.windows()
	if !t.obs.Wave.Open {
		t.gate()
	}
}

func (t *turn) broken() {
	if t.policy.Broken != "" {
		t.wait("config_broken", "person", "nothing merges until this is fixed: %s", t.policy.Broken)
	}
}

func (t *turn) held() {
	t.heldItself()
	if h := t.obs.Paused; h != nil {
		t.wait("paused", "person", "the migration is paused by %s%s; /skein resume on its issue lets it go on", h.By, reason(h.Reason))
	}
}

func (t *turn) stopped() {
	if t.obs.Stop != "" {
		t.wait("stop", "person", "every merge and revert is stopped: %s", t.obs.Stop)
	}
}

func (t *turn) frozen() {
	f, ok := calendar.Frozen(t.policy.Freezes, t.now)
	switch {
	case !ok:
	case f.To.IsZero():
		t.wait("freeze", "person", "a freeze holds until it is lifted%s", reason(f.Reason))
	default:
		t.until(f.To, "freeze", "a freeze holds until %s%s", stamp(f.To), reason(f.Reason))
	}
	for _, f := range t.policy.Freezes {
		t.alarms = append(t.alarms, f.From)
	}
}

// windows waits for a window of every side; a hotfix of the changeset or of its migration stands for them all.
func (t *turn) windows() {
	if t.hotfixed() {
		return
	}
	room := calendar.RoomAt(t.policy.Windows, t.policy.Freezes, t.obs.Merged, t.now)
	t.alarms = append(t.alarms, room.Closes...)
	for _, next := range room.Full {
		t.until(next, "max_merges", "this opening has had as many merges as max_merges allows")
	}
	switch {
	case room.Apart:
		t.wait("no_common_window", "person", "the windows of %s have no opening in common within 14 days", calendar.Sources(t.policy.Windows))
		t.alarms = append(t.alarms, t.now.Add(day))
	case room.Closed && room.Next.IsZero():
		t.wait("window_closed", "person", "no merge window will open; see skein windows")
	case room.Closed:
		t.until(room.Next, "window_closed", "outside the merge windows; the next opens %s", stamp(room.Next))
	}
}

func (t *turn) hotfixed() bool { return t.cs.Hotfix != nil || t.obs.Hotfix != nil }

func (t *turn) gate() {
	g := t.obs.Wave
	switch {
	case g.Halted:
		t.wait("halted", "person", "%s; /skein resume on the tracking issue lets it go on", g.Why)
	case g.Settles && t.hotfixed():
	case g.Settles:
		t.until(g.Till, "settling", "the schema commit settles until %s, in case it is undone; /skein start %s on the tracking issue begins at once", stamp(g.Till), g.Wave)
	case !g.Till.IsZero():
		t.until(g.Till, "soak", "%s until %s", g.Why, stamp(g.Till))
	default:
		t.wait("wave", "wave", "wave %s has not begun: %s", g.Wave, g.Why)
	}
}

// green collects what a pull request lacks by GitHub's own rules and by config's.
func (t *turn) green(p *green.Pull, head []green.Check) {
	for _, l := range green.Lacks(*p, head, t.obs.Required, t.policy.Checks, t.cs.SeenAt, t.now) {
		prepared := l.Rule == "draft" && t.cs.Draft
		if !prepared && !t.off(l.Rule) {
			t.waits = append(t.waits, Wait(l))
		}
	}
	if t.obs.Ahead != 0 {
		t.wait("dataset_open", "github", "the dataset's pull request #%d is not merged yet", t.obs.Ahead)
	}
	if p.Mergeable == nil {
		t.alarms = append(t.alarms, t.now.Add(again))
	}
	if def := t.cs.Repo.DefaultBranch; p.Base != def {
		t.wait("base_changed", "person", "its base is %s, not %s", p.Base, def)
	}
	if t.method(p) == "" {
		t.wait("no_method", "person", "the repository allows none of the merge methods that config allows")
	}
}

// ours holds what only a person can answer for, until one has done so for that very head.
func (t *turn) ours(p *green.Pull) {
	if p.TouchesOwn {
		t.wait("touches_config", "person", "it changes Skein's own config, which Skein never merges")
	}
	half := t.cs.HalfEdited()
	if len(p.Foreign) == 0 && len(half) == 0 || t.cs.Forced != nil && t.cs.ForcedHead == p.Head {
		return
	}
	said := ""
	if t.cs.Forced != nil {
		said = "; " + t.cs.Forced.By + " said so of " + t.cs.ForcedHead.Short()
	}
	if len(p.Foreign) > 0 {
		t.wait("foreign_commits", "person", "%s pushed to the branch; /skein merge takes %s as it is%s", strings.Join(p.Foreign, ", "), p.Head.Short(), said)
		return
	}
	t.wait("half_edited", "person", "%s has places that people must change; /skein merge takes %s as it is%s", half[0], p.Head.Short(), said)
}

func reason(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func stamp(at time.Time) string { return at.Format("Mon 2 Jan 15:04 MST") }
