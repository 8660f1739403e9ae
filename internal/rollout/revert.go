package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/green"
)

const day = 24 * time.Hour

// verdict is law 8's: a signal is proof that was green on the parent and on our head, and red on the merge
// commit and in every rerun. What follows from proof is law 9's and config's.
func (t *turn) verdict(red []green.Signal) {
	t.recordAttempts(red)
	parent, head := green.Latest(t.obs.Parent), green.Latest(t.obs.Head)
	var proven []green.Signal
	for _, s := range red {
		t.record("parent", t.cs.Parent, only(parent, s.Source))
		t.record("head", t.cs.Judged, only(head, s.Source))
		t.askParent(only(parent, s.Source))
		if end := t.cs.Since.Add(noReport); green.Has(parent, s.Source, green.Pending) && t.now.Before(end) {
			t.until(end, "parent_pending", "%s has not finished on the parent %s", s.Name, t.cs.Parent.Short())
		}
		if green.Has(parent, s.Source, green.Success) && t.headWasGreen(s.Name) {
			proven = append(proven, s)
		}
	}
	switch {
	case len(proven) > 0:
		t.waits = nil
		t.cs.Red = green.SignalNames(proven)
		t.proven()
	case len(t.waits) == 0:
		t.regress("no_proof", "%s is red on the merge commit, but was not seen green both on the parent and on our head", strings.Join(t.cs.Red, ", "))
	}
}

// askParent has a check run again that was cancelled on the parent, which has to bear witness.
func (t *turn) askParent(parent []green.Check) {
	for _, c := range parent {
		asks := c.Result == green.Cancelled && !c.Status && c.Attempt <= t.reruns() && t.policy.Mode >= Merge
		if end := t.cs.Since.Add(noReport); asks && t.now.Before(end) {
			a := Action{Key: t.cs.key(RerunChecks, string(t.cs.Parent)+"/"+itoa(int(c.ID))), Kind: RerunChecks, Head: t.cs.Parent}
			a.again(c)
			t.ask(a)
			t.until(end, "parent_rerun", "%s was cancelled on the parent %s and runs again there", c.Name, t.cs.Parent.Short())
		}
	}
}

// proven takes our change back out, if that is Skein's to do.
func (t *turn) proven() {
	red := strings.Join(t.cs.Red, ", ")
	switch {
	case !t.cs.Coexists:
		t.regress("not_coexisting", "%s regressed, but the old name is gone, so taking back this change alone would not help", red)
	case t.policy.Revert.Mode == "off", t.policy.Mode < Merge:
		t.regress("revert_off", "%s regressed, and reverts are off here", red)
	case t.policy.Revert.Mode != "auto":
		t.regress("revert_propose", "%s regressed; revert mode is propose", red)
	case len(t.cs.Foreign) > 0:
		t.regress("foreign_revert", "%s regressed, but the merge also holds commits of %s", red, strings.Join(t.cs.Foreign, ", "))
	case t.capped():
		t.regress("revert_cap", "%s regressed, but %d reverts in a day are all that config allows", red, t.policy.Revert.MaxPerDay)
	default:
		t.takeBack(red)
	}
}

// capped reports whether the last day's reverts are as many as config allows.
func (t *turn) capped() bool {
	last := calendar.Opening{Opens: t.now.Add(1 - day)}
	return last.Merges(t.obs.Reverts) >= t.policy.Revert.MaxPerDay
}

func (t *turn) takeBack(red string) {
	t.stopped()
	t.heldItself()
	if len(t.waits) > 0 {
		return
	}
	a := t.cs.revertAction()
	if !t.ask(a) {
		return
	}
	t.cs.Reverts++
	t.cs.RevertPull, t.cs.RevertHead = 0, ""
	t.move(Reverting, "proven", "%s is green on the parent and on our head, and red on the merge commit and in %d reruns", red, t.reruns())
	t.show(t.cs.Evidence)
}

// revertAction opens a revert; another one of the same merge is another action, and only a person asks for it.
func (c Changeset) revertAction() Action {
	what := string(c.Merge)
	if c.Reverts > 0 {
		what += "/" + itoa(c.Reverts+1)
	}
	return Action{Key: c.key(OpenRevert, what), Kind: OpenRevert, Head: c.Merge}
}

// regress leaves the decision to a person.
func (t *turn) regress(rule, format string, args ...any) {
	t.move(Regressed, rule, format, args...)
	t.cs.Note = fmt.Sprintf(format, args...)
	t.show(t.cs.Evidence)
}

// Regressed: a person decides, here or by merging a revert.
func (t *turn) regressed() {
	if !t.tookBack() {
		t.wait("regressed", "person", "%s; a person decides: /skein revert takes it back, /skein skip accepts it, /skein retry looks again", t.cs.Note)
	}
}

// tookBack follows the merge of a revert, whoever did it.
func (t *turn) tookBack() bool {
	r := t.obs.Revert
	if r == nil || !r.Merged {
		return false
	}
	t.cs.RevertPull, t.cs.RevertHead, t.cs.RevertSHA, t.cs.RevertedAt = r.Number, r.Head, r.MergeSHA, r.MergedAt
	t.move(Reverted, "reverted", "revert #%d is merged as %s", r.Number, r.MergeSHA.Short())
	return true
}

// Reverting: the revert's own checks are part of the proof. Green without us, it merges; still red, it was not us.
func (t *turn) reverting() {
	r := t.obs.Revert
	switch {
	case t.tookBack():
		return
	case r == nil || r.Number != t.cs.RevertPull && !r.Open:
		t.opening()
		return
	case !r.Open:
		t.regress("revert_declined", "%s closed the revert #%d", cmp.Or(r.ClosedBy, "someone"), r.Number)
		return
	}
	t.cs.RevertPull, t.cs.RevertHead = r.Number, r.Head
	t.saw(r.Head)
	if t.queued(r) || len(r.Foreign) == 0 && t.doubts(r) {
		return
	}
	t.revertible(r)
	if len(t.waits) > 0 {
		return
	}
	if t.behind(r) {
		t.ask(Action{Key: t.cs.key(UpdateRevert, r.Head), Kind: UpdateRevert, Head: r.Head})
		t.wait("behind", "github", "the revert's branch is being brought up to %s, as its rules ask", r.Base)
		return
	}
	if t.announce(t.mergeOf(MergeRevert, r), "revert_green", "the revert is green at %s: merge it", r.Head.Short()) {
		t.wait("merging", "github", "the merge of the revert is under way")
	}
}

// doubts looks at what the revert's own checks say. It reports whether the revert has to wait for them, or is over. What
// a person asked for needs no proof.
func (t *turn) doubts(r *green.Pull) bool {
	if t.cs.RevertBy != nil {
		return t.rerunRevert(r)
	}
	return t.disproven(r) || t.rerunRevert(r) || t.notOurs(r) || len(t.waits) == 0 && t.control()
}

// opening waits for the revert's pull request, asking for the same one as before.
func (t *turn) opening() {
	before := t.cs
	before.Reverts--
	t.ask(before.revertAction())
	t.wait("revert_opening", "github", "the revert is being opened")
}

// notOurs clears what is still red without us, and closes the revert when nothing else speaks for it.
func (t *turn) notOurs(r *green.Pull) bool {
	now := green.Latest(t.obs.Reverted)
	for _, c := range now {
		if slices.Contains(t.cs.Red, c.Name) && (c.Result == green.Failure || c.Result == green.Success) {
			t.record("revert", r.Head, []green.Check{c})
		}
	}
	red := slices.DeleteFunc(slices.Clone(t.cs.Red), t.acquitted)
	if len(red) == 0 {
		t.closeRevert(r, "not_ours", strings.Join(t.cs.Red, ", ")+" fails without this change as well, so the change is not the cause.")
		return true
	}
	t.cs.Red = red
	for _, name := range red {
		if !slices.ContainsFunc(now, func(c green.Check) bool { return c.Name == name && c.Result == green.Success }) {
			return t.unproven(name)
		}
	}
	return false
}

// unproven waits for a check on the revert that has to be green again, but not forever.
func (t *turn) unproven(name string) bool {
	end := t.cs.Since.Add(noReport)
	if !t.now.Before(end) {
		t.regress("revert_unproven", "%s did not pass on the revert within %s", name, noReport)
		return true
	}
	t.until(end, "revert_proof", "%s has yet to pass on the revert", name)
	return false
}

// revertible collects what speaks against merging the revert now.
func (t *turn) revertible(r *green.Pull) {
	t.unrevertible()
	t.green(r, t.obs.Reverted)
	t.tried(r)
	if len(r.Foreign) > 0 {
		t.wait("foreign_commits", "person", "%s pushed to the revert's branch: people merge it", strings.Join(r.Foreign, ", "))
	}
	if t.obs.Busy {
		t.wait("busy", "github", "another change is being merged into %s", r.Base)
	}
}

// unrevertible collects what forbids taking anything back at this time. A proven revert needs no window unless
// config says so; inside a freeze or a stop nothing merges.
func (t *turn) unrevertible() {
	if t.policy.Mode < Merge {
		t.wait("mode_propose", "person", "mode is %s: people merge the revert", t.policy.Mode)
	}
	t.broken()
	t.heldItself()
	t.stopped()
	t.frozen()
	if t.cs.RevertBy == nil && t.capped() {
		t.wait("revert_cap", "time", "%d reverts in a day are all that config allows; a person may merge this one", t.policy.Revert.MaxPerDay)
		for _, at := range t.obs.Reverts {
			t.alarms = append(t.alarms, at.Add(day))
		}
	}
	if t.policy.Revert.Windows || t.cs.RevertBy != nil {
		t.windows()
	}
}

// heldItself is a hold of this very changeset: a pause of the migration keeps nothing from being taken back.
func (t *turn) heldItself() {
	if h := t.cs.Hold; h != nil {
		t.wait("hold", "person", "held by %s%s; /skein resume lets it go on", h.By, reason(h.Reason))
	}
}

func only(checks []green.Check, s green.Source) []green.Check {
	return slices.DeleteFunc(slices.Clone(checks), func(c green.Check) bool { return c.Source() != s })
}

// headWasGreen looks into what was written down of the head: when it was merged, and now.
func (t *turn) headWasGreen(check string) bool {
	return slices.ContainsFunc(t.cs.Evidence, func(e Evidence) bool {
		return e.What == "head" && e.Check == check && e.Result == green.Success
	})
}

func itoa(n int) string { return strconv.Itoa(n) }
