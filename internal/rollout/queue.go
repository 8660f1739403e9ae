package rollout

import (
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/green"
)

// tries is after how many refused merges of one head a person is asked to look.
const tries = 5

// tried holds a head that GitHub would not merge, longer after each refusal, and one that a person took out of the
// merge queue until somebody answers for it.
func (t *turn) tried(p *green.Pull) {
	if t.cs.LeftBy != "" {
		t.wait("dequeued", "person", "%s took it out of the merge queue; /skein retry puts it in again", t.cs.LeftBy)
	}
	switch n := t.cs.Tries; {
	case !t.now.Before(t.cs.NextTry):
	case n == 0:
		t.until(t.cs.NextTry, "merge_again", "a merge at %s did not happen; it is judged anew", p.Head.Short())
	case n < tries:
		t.until(t.cs.NextTry, "merge_refused", "GitHub did not merge it: %s", t.refusal())
	default:
		t.until(t.cs.NextTry, "merge_stuck", "GitHub has refused %d merges of %s, someone must look: %s", n, p.Head.Short(), t.refusal())
	}
}

// refusal is GitHub's last word, with the rules that it may come from.
func (t *turn) refusal() string {
	if unknown := t.obs.Required.Unknown; len(unknown) > 0 {
		return t.cs.Refusal + " (the branch has rules that Skein does not know: " + strings.Join(unknown, ", ") + ")"
	}
	return t.cs.Refusal
}

// unmerged notes that GitHub did not merge, and why. The pause before the next try doubles from a minute to an hour.
func (c *Changeset) unmerged(why string, now time.Time) {
	c.NextTry = now.Add(min(again<<min(c.Tries, 6), time.Hour))
	c.Tries, c.Refusal = c.Tries+1, why
	c.Request, c.Enqueued = "", time.Time{}
}

// queued follows a pull request through the merge queue. What forbids merging at this time takes it out again: from
// then on GitHub must not merge it either. It reports whether there is something to follow.
func (t *turn) queued(p *green.Pull) bool {
	switch {
	case p.Queue != nil:
		t.inQueue(p)
	case t.cs.Enqueued.IsZero():
		return false
	case p.Left.At.After(t.cs.Enqueued):
		t.left(p.Left)
	case !t.now.Before(t.cs.Enqueued.Add(lost)):
		t.left(green.Left{})
	default:
		t.until(t.cs.Enqueued.Add(lost), "queued", "it was added to the merge queue")
	}
	return true
}

// left says that GitHub took it out of the merge queue; an older leaving does not count for the newest place.
func (t *turn) left(l green.Left) {
	t.cs.unmerged("it left the merge queue"+reason(l.Reason), t.now)
	t.cs.LeftBy = l.By
	t.back("queue_left", "it left the merge queue without being merged%s", reason(l.Reason))
}

func (t *turn) inQueue(p *green.Pull) {
	if t.cs.Enqueued.IsZero() {
		t.cs.Enqueued = t.now
	}
	if t.forbids(); len(t.waits) > 0 {
		t.ask(Action{Key: t.cs.key(Dequeue, string(p.Head)+"/"+stamp(t.cs.Enqueued)), Kind: Dequeue, Head: p.Head})
		t.wait("dequeuing", "github", "it is being taken out of the merge queue")
		return
	}
	if !t.off("queued") {
		t.wait("queued", "github", "it is number %d in the merge queue (%s)", p.Queue.Position, strings.ReplaceAll(p.Queue.State, "_", " "))
	}
}

// forbids collects what forbids merging now: for a revert other things count than for a change.
func (t *turn) forbids() {
	if t.cs.Phase == Reverting {
		t.unrevertible()
		return
	}
	t.forbidden()
}

// back returns to where the head is judged anew: a revert stays one.
func (t *turn) back(rule, format string, args ...any) {
	to := Open
	if t.cs.Phase == Reverting {
		to = Reverting
	}
	t.move(to, rule, format, args...)
}

// requested follows a merge that GitHub does in the background.
func (t *turn) requested(r Request) {
	switch r.State {
	case "failed", "gone":
		why := r.Reason
		if r.State == "gone" {
			why = "GitHub no longer knows of the merge that was asked for"
		}
		t.cs.unmerged(why, t.now)
		t.move(Open, "merge_failed", "GitHub did not merge %s: %s", t.cs.Judged.Short(), why)
	default: // what is merged or in the queue shows at the pull request itself
		t.until(t.now.Add(again), "merge_requested", "GitHub is merging %s in the background (%s)", t.cs.Judged.Short(), r.State)
	}
}

// late notes a merge by Skein that GitHub did when nothing might merge any more: it was asked for in time.
func (t *turn) late() {
	windows := t.policy.Windows
	if t.hotfixed() {
		windows = nil
	}
	if t.cs.MergedBy == "" && !calendar.IsOpen(windows, t.policy.Freezes, t.cs.MergedAt) {
		t.note("merged_late", "GitHub merged it at %s, when the window that it was asked in had closed", stamp(t.cs.MergedAt))
	}
}
