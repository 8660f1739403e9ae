package rollout

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/green"
)

// What is red on a revert is run again like anything else that is red: the noise that reddens merge commits does
// not spare reverts, and one red run proves nobody innocent.

// rerunRevert runs again what keeps the revert from being green. It reports whether the revert has to wait.
func (t *turn) rerunRevert(r *green.Pull) bool {
	var again, spent []green.Signal
	for _, s := range green.Signals(t.gating(t.obs.Reverted)) {
		switch {
		case !s.Failed() || !s.Rerunnable():
		case s.Trailing() <= t.patience():
			again = append(again, s)
		case !slices.Contains(t.cs.Red, s.Name):
			spent = append(spent, s)
		}
	}
	switch {
	case len(spent) > 0 && t.cs.RevertBy == nil:
		t.regress("revert_unproven", "%s failed on the revert %d times in a row", strings.Join(green.SignalNames(spent), ", "), t.patience()+1)
	case len(again) == 0:
		return false
	case t.mayNotRun():
		t.revertible(r)
	case !t.now.Before(t.cs.Since.Add(noReport)):
		t.regress("revert_unproven", "%s did not pass on the revert within %s", strings.Join(green.SignalNames(again), ", "), noReport)
	case t.busy(again, t.obs.Reverted):
		t.until(t.cs.Since.Add(noReport), "rerunning", "%s is red on the revert, and its workflow has yet to end", strings.Join(green.SignalNames(again), ", "))
	default:
		a := rerunAction(again)
		a.Key, a.Head = t.cs.key(RerunChecks, string(r.Head)+"/"+itoa(len(t.obs.Reverted))), r.Head
		t.announce(a, "rerun_revert", "%s is red on the revert: run it again", strings.Join(green.SignalNames(again), ", "))
		t.until(t.cs.Since.Add(noReport), "rerunning", "%s is red on the revert and is run again there", strings.Join(green.SignalNames(again), ", "))
	}
	return true
}

// mayNotRun reports whether nothing may be run again now. What has to be is waited for until it may.
func (t *turn) mayNotRun() bool { return t.policy.Mode < Merge || t.obs.Stop != "" }

// patience is how often a revert is run again: long enough for an outage to pass, since what it takes back is proven.
func (t *turn) patience() int { return 4 * t.reruns() }

// gating keeps the checks that can keep a commit from being green, and those under suspicion.
func (t *turn) gating(checks []green.Check) (out []green.Check) {
	counting := green.Counting(checks, t.obs.Required, t.policy.Checks)
	for _, c := range checks {
		if slices.Contains(counting, c) || slices.Contains(t.cs.Red, c.Name) {
			out = append(out, c)
		}
	}
	return out
}

// busy reports whether a workflow that is to be run again has jobs under way: GitHub runs none again before it ended.
func (t *turn) busy(again []green.Signal, all []green.Check) bool {
	return slices.ContainsFunc(green.Latest(all), func(c green.Check) bool {
		return c.Result == green.Pending && c.Run != 0 && slices.ContainsFunc(again, func(s green.Signal) bool { return s.Newest().Run == c.Run })
	})
}

// rerunAction asks for one more attempt of each.
func rerunAction(again []green.Signal) Action {
	a := Action{Kind: RerunChecks}
	for _, s := range again {
		a.again(s.Newest())
	}
	slices.Sort(a.Runs)
	a.Runs = slices.Compact(a.Runs)
	return a
}

// control runs the suspects again with our change and without it, side by side, after they were green without it.
// Red with us and green without us, time and again, is proof; red first and green later may be an outage that ended
// meanwhile, and once may be chance. It reports whether the revert has to wait.
func (t *turn) control() bool {
	if t.mayNotRun() || !t.passes(t.cs.Red) {
		return false
	}
	red := t.suspects(t.cs.Red)
	t.cs.Red = green.SignalNames(red)
	open := slices.DeleteFunc(slices.Clone(red), t.confirmed)
	for _, s := range red {
		t.record("control", t.cs.Merge, t.fresh(s))
	}
	if len(open) == 0 {
		return false
	}
	names, end := strings.Join(green.SignalNames(open), ", "), t.cs.Since.Add(noReport)
	without := slices.DeleteFunc(green.Signals(t.obs.Reverted), func(s green.Signal) bool { return !slices.Contains(t.cs.Red, s.Name) })
	both := slices.Concat(open, without)
	switch {
	case !t.now.Before(end):
		t.regress("rerun_lost", "%s did not report within %s whether it is still red with this change", names, noReport)
	case slices.ContainsFunc(open, func(s green.Signal) bool { return len(t.fresh(s)) > 2*t.rounds(s) }):
		t.regress("reruns_unclear", "%s is green without this change, and gave no clear result with it", names)
	case slices.ContainsFunc(both, green.Signal.Pending), t.busy(open, t.obs.After), t.busy(without, t.obs.Reverted):
		t.until(end, "rerunning", "%s is green without this change, and runs again with it and without it", names)
	default:
		a := rerunAction(both)
		a.Key, a.Head = t.cs.key(RerunChecks, string(t.cs.Merge)+"/control/"+itoa(len(t.cs.Evidence))), t.cs.Merge
		t.announce(a, "control", "%s is green without this change: run it again with it and without it", names)
		t.until(end, "rerunning", "%s is green without this change, and is asked to run again with it and without it", names)
	}
	return true
}

// passes reports whether all of these checks are green on the revert.
func (t *turn) passes(names []string) bool {
	now := green.Latest(t.obs.Reverted)
	return !slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(now, func(c green.Check) bool { return c.Name == name && c.Result == green.Success })
	})
}

// disproven closes a revert whose suspects have all passed with our change, or failed without it, since they were
// convicted.
func (t *turn) disproven(r *green.Pull) bool {
	if len(t.suspects(t.cs.Red)) > 0 {
		return false
	}
	t.closeRevert(r, "cleared", strings.Join(t.cs.Red, ", ")+" has passed with this change as well, or failed before it, so the change is not the cause.")
	return true
}

// confirmed reports whether a signal was red often enough with our change while it was green without it.
func (t *turn) confirmed(s green.Signal) bool {
	red := 0
	for _, c := range t.fresh(s) {
		if c.Result == green.Failure {
			red++
		}
	}
	return red >= t.rounds(s)
}

// rounds is how often a signal has to be red in the control. One that was seen to say both of one commit without our
// change is moody, and has to be red twice as often.
func (t *turn) rounds(s green.Signal) int {
	for _, checks := range [][]green.Check{t.obs.Reverted, t.obs.Parent, t.obs.Head} {
		own := only(checks, s.Source)
		if green.Has(own, s.Source, green.Success) && green.Has(own, s.Source, green.Failure) {
			return 6
		}
	}
	return 3
}

// fresh are the attempts on the merge commit since the conviction, whose own are evidence.
func (t *turn) fresh(s green.Signal) []green.Check {
	return slices.DeleteFunc(slices.Clone(s.Attempts), func(c green.Check) bool {
		return slices.ContainsFunc(t.cs.Evidence, func(e Evidence) bool {
			return (e.What == "merge" || e.What == "rerun") && e.Check == c.Name && e.ID == c.ID && e.Attempt == c.Attempt
		})
	})
}

// closeRevert drops a revert that nothing speaks for any more, and goes on watching.
func (t *turn) closeRevert(r *green.Pull, rule, text string) {
	t.ask(Action{Key: t.cs.key(CloseRevert, r.Number), Kind: CloseRevert, Text: text})
	t.cs.Red = nil
	t.move(Watching, rule, "%s", text)
	t.show(t.cs.Evidence)
}

// unexplained are the signals that are red with our change and were red without it too: somebody has to look.
func (t *turn) unexplained() (names []string) {
	after := t.later()
	for _, s := range t.onMerge() {
		if s.Failed() && s.Count(green.Success) == 0 && !green.Has(after, s.Source, green.Success) && t.acquitted(s.Name) {
			names = append(names, s.Name)
		}
	}
	return slices.Compact(names)
}
