package rollout

import (
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
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
	if at := t.cs.Since.Add(again); p.Head == t.cs.Judged && t.now.Before(at) {
		t.until(at, "merge_again", "a merge at %s did not happen; it is judged anew", p.Head.Short())
	}
	t.mergeable()
	if len(t.waits) > 0 {
		return
	}
	if p.Behind && t.obs.Required.Strict {
		t.update(p)
		return
	}
	t.merge(p)
}

// merge asks for the merge of the head that was just judged, and keeps what it was judged by.
func (t *turn) merge(p *Pull) {
	a := Action{Key: t.cs.key(MergePull, p.Head), Kind: MergePull, Head: p.Head, Method: t.policy.Methods[0]}
	if !t.ask(a) {
		return
	}
	t.cs.Evidence = nil
	t.record("head", p.Head, t.signals(latest(t.obs.Head)))
	t.cs.Judged, t.cs.JudgedAt, t.cs.Method, t.cs.Parent = p.Head, t.now, a.Method, t.obs.BaseHead
	t.move(Merging, "green", "everything that is required holds on %s: merge it by %s", p.Head.Short(), a.Method)
	t.wait("merging", "github", "the merge of %s is under way", p.Head.Short())
}

// Merging: the outcome is looked up, never assumed.
func (t *turn) merging() {
	p := t.obs.Pull
	switch {
	case t.peopleEnded():
	case p != nil && p.Open && p.Head != t.cs.Judged:
		t.move(Open, "head_moved", "the branch moved from %s to %s before the merge", t.cs.Judged.Short(), p.Head.Short())
	case p != nil && p.Open && !t.now.Before(t.cs.Since.Add(lost)):
		t.move(Open, "merge_lost", "the merge of %s has not happened", t.cs.Judged.Short())
	default:
		t.until(t.cs.Since.Add(lost), "merging", "the merge of %s is under way", t.cs.Judged.Short())
	}
}

// regenerates makes the edits anew when the base moved under them into a conflict: they are a function of base
// and change. People's commits on the branch are left to people.
func (t *turn) regenerates(p *Pull) bool {
	if p.Mergeable == nil || *p.Mergeable || len(p.Foreign) > 0 || t.obs.BaseHead == t.cs.Base || t.obs.BaseHead == "" {
		return false
	}
	t.cs.Round++
	t.move(Planned, "regenerated", "%s conflicts with %s: the edits are made anew there", p.Head.Short(), p.Base)
	return true
}

func (t *turn) update(p *Pull) {
	if t.ask(Action{Key: t.cs.key(UpdatePull, p.Head), Kind: UpdatePull, Head: p.Head}) {
		t.wait("behind", "github", "the branch is being brought up to %s, as its rules ask", p.Base)
	}
}

// mergeable collects everything that speaks against merging the pull request now.
func (t *turn) mergeable() {
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
	p := t.obs.Pull
	if p == nil {
		t.wait("pull_unseen", "github", "its pull request cannot be seen")
		return
	}
	t.waits = append(t.waits, Judge(t.obs.Head, t.obs.Required, t.policy.Checks).waits(t.now)...)
	t.merges(p)
	t.reviews(p)
	t.ours(p)
	if t.obs.Busy {
		t.wait("busy", "github", "another change is being merged into %s; this one is judged on the new base", p.Base)
	}
}

func (t *turn) broken() {
	if t.policy.Broken != "" {
		t.wait("config_broken", "person", "nothing merges until this is fixed: %s", t.policy.Broken)
	}
}

func (t *turn) held() {
	if h := t.cs.Hold; h != nil {
		t.wait("hold", "person", "held by %s%s; /skein resume lets it go on", h.By, because(h))
	}
	if h := t.obs.Paused; h != nil {
		t.wait("paused", "person", "the migration is paused by %s%s; /skein resume on its issue lets it go on", h.By, because(h))
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
	if t.cs.Hotfix != nil || t.obs.Hotfix != nil {
		return
	}
	open := true
	for _, side := range t.policy.Windows {
		open = (len(side) == 0 || t.side(side)) && open
	}
	switch {
	case open:
	case !calendar.Meet(t.policy.Windows, t.now) && t.bothSides():
		t.wait("no_common_window", "person", "the windows of %s have no opening in common within 14 days", sources(t.policy.Windows))
		t.alarms = append(t.alarms, t.now.Add(day))
	default:
		t.closed()
	}
}

// side reports whether a window of one side is open and has merges left, and says when it only lacks those.
func (t *turn) side(ws []calendar.Window) bool {
	full := false
	for _, w := range ws {
		o, ok := w.Current(t.now)
		if !ok {
			continue
		}
		if w.MaxMerges <= 0 || since(t.obs.Merged, o.Opens) < w.MaxMerges {
			t.alarms = append(t.alarms, o.Closes)
			return true
		}
		full = true
	}
	if full {
		t.full(ws)
	}
	return false
}

// full waits for the next opening, which counts its merges from zero.
func (t *turn) full(ws []calendar.Window) {
	t.until(calendar.NextStart(ws, t.now), "max_merges", "this opening has had as many merges as max_merges allows")
}

// closed says when the windows open next, unless all are open and only max_merges is in the way.
func (t *turn) closed() {
	if calendar.IsOpen(t.policy.Windows, nil, t.now) {
		return
	}
	next, ok := calendar.NextOpening(t.policy.Windows, t.policy.Freezes, t.now)
	if !ok {
		t.wait("window_closed", "person", "no merge window will open; see skein windows")
		return
	}
	t.until(next, "window_closed", "outside the merge windows; the next opens %s", stamp(next))
}

func (t *turn) bothSides() bool {
	n := 0
	for _, side := range t.policy.Windows {
		if len(side) > 0 {
			n++
		}
	}
	return n > 1
}

func (t *turn) gate() {
	g := t.obs.Wave
	switch {
	case g.Halted:
		t.wait("halted", "person", "%s; /skein resume on the tracking issue lets it go on", g.Why)
	case !g.Till.IsZero():
		t.until(g.Till, "soak", "%s until %s", g.Why, stamp(g.Till))
	default:
		t.wait("wave", "wave", "wave %s has not begun: %s", g.Wave, g.Why)
	}
}

// merges waits for what Git and the branch's own rules say.
func (t *turn) merges(p *Pull) {
	req := t.obs.Required
	switch {
	case p.Mergeable == nil:
		t.wait("mergeable_unknown", "github", "GitHub has not said yet whether it merges cleanly")
		t.alarms = append(t.alarms, t.now.Add(again))
	case !*p.Mergeable:
		t.wait("conflict", "person", "it conflicts with %s, and its checks may never start; resolve it, or /skein rebase", p.Base)
	}
	if p.Draft {
		t.wait("draft", "person", "the pull request is a draft")
	}
	if def := t.cs.Repo.DefaultBranch; def != "" && p.Base != "" && p.Base != def {
		t.wait("base_changed", "person", "its base is %s, not %s", p.Base, def)
	}
	if req.Queue {
		t.wait("merge_queue", "person", "%s has a merge queue: a person adds the pull request to it", p.Base)
	}
	if len(t.policy.Methods) == 0 {
		t.wait("no_method", "person", "the repository allows none of the merge methods that config allows")
	}
}

func (t *turn) reviews(p *Pull) {
	switch req := t.obs.Required; {
	case p.Blocked != "":
		t.wait("reviews", "person", "%s", p.Blocked)
	case p.Approvals < req.Reviews:
		t.wait("reviews", "person", "%d of %d approvals", p.Approvals, req.Reviews)
	}
}

// ours holds what only a person can answer for, until one has done so for that very head.
func (t *turn) ours(p *Pull) {
	if p.TouchesOwn {
		t.wait("touches_config", "person", "it changes Skein's own config, which Skein never merges")
	}
	half := t.cs.HalfEdited()
	if len(p.Foreign)+len(half) == 0 || t.cs.Forced != nil && t.cs.ForcedHead == p.Head {
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

// since counts the times at or after a given one.
func since(times []time.Time, from time.Time) (n int) {
	for _, at := range times {
		if !at.Before(from) {
			n++
		}
	}
	return n
}

func sources(sides [][]calendar.Window) string {
	var names []string
	for _, side := range sides {
		for _, w := range side {
			if w.Source == "" {
				w.Source = "\"" + w.Cron + "\""
			}
			names = append(names, w.Source)
		}
	}
	return strings.Join(slices.Compact(names), " and ")
}

func because(h *Hold) string { return reason(h.Reason) }

func reason(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func stamp(at time.Time) string { return at.Format("Mon 2 Jan 15:04 MST") }
