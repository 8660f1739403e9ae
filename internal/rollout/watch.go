package rollout

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
)

// noReport is how long a rerun, or a check on a revert, may take to report before a person is asked.
const noReport = 6 * time.Hour

// Watching: a regression is looked for until the watch is over, and a result must have been seen by then.
func (t *turn) watching() {
	if t.tookBack() {
		return
	}
	if red := t.suspects(nil); len(red) > 0 {
		t.cs.Red = green.SignalNames(red)
		t.move(Suspect, "suspect", "%s is red on merge commit %s", strings.Join(t.cs.Red, ", "), t.cs.Merge.Short())
		var seen []green.Check
		for _, s := range red {
			seen = append(seen, s.Attempts...)
		}
		t.show(t.evidence("merge", t.cs.Merge, seen))
		return
	}
	end := t.cs.MergedAt.Add(t.policy.Watch)
	pending, passed := t.results()
	switch {
	case t.now.Before(end):
		t.until(end, "watching", "merged as %s and watched until %s", t.cs.Merge.Short(), stamp(end))
	case len(pending) > 0 && t.now.Before(end.Add(t.policy.Watch)):
		t.until(end.Add(t.policy.Watch), "watch_late", "the watch is over, but %s has not finished", green.Names(pending))
	case len(t.unexplained()) > 0:
		t.cs.Note = strings.Join(t.unexplained(), ", ") + " stayed red, with this change and without it"
		t.move(Unproven, "unexplained", "%s: somebody has to look", t.cs.Note)
	case len(passed) > 0:
		t.record("watch", t.cs.Merge, passed)
		t.move(Healthy, "healthy", "%s passed after the merge and nothing regressed", green.Names(passed))
		t.show(t.cs.Evidence)
	default:
		t.cs.Note = "no check that counts has passed since the merge"
		t.move(Unproven, "unproven", "the watch ended without a result")
	}
}

// results are the signals' newest on the merge commit and after it that are under way, and those that passed.
func (t *turn) results() (pending, passed []green.Check) {
	for _, c := range t.signals(green.Latest(t.obs.After)) {
		switch c.Result {
		case green.Pending:
			pending = append(pending, c)
		case green.Success:
			passed = append(passed, c)
		case green.Neutral, green.Failure, green.Timeout, green.Cancelled, green.Unknown:
		}
	}
	return pending, passed
}

// signals keeps the checks that may prove something: config's signals, else what is required, else all. What was
// said of a test merge proves nothing of a commit that is on a branch.
func (t *turn) signals(checks []green.Check) (out []green.Check) {
	named := t.policy.Signals
	if len(named) == 0 {
		checks = green.Counting(checks, t.obs.Required, t.policy.Checks)
	}
	for _, c := range checks {
		if !c.Test && (len(named) == 0 || slices.Contains(named, c.Name)) {
			out = append(out, c)
		}
	}
	return out
}

// suspects are the signals that speak against our merge: red on the merge commit and never green there, not
// green again on a later commit, not red already on the parent, and not acquitted by a revert that stayed red.
// A run that was cancelled there while a later commit is red is one too: it has to be run again to know.
// names, when given, limits them.
func (t *turn) suspects(names []string) (out []green.Signal) {
	after, parent := t.later(), green.Latest(t.obs.Parent)
	for _, s := range t.onMerge() {
		red := s.Count(green.Failure)+s.Count(green.Timeout) > 0 || s.Count(green.Cancelled) > 0 && green.Has(after, s.Source, green.Failure)
		switch {
		case len(names) > 0 && !slices.Contains(names, s.Name):
		case !red, s.Count(green.Success) > 0, green.Has(after, s.Source, green.Success):
		case green.Has(parent, s.Source, green.Failure), green.Has(parent, s.Source, green.Timeout), t.acquitted(s.Name):
		default:
			out = append(out, s)
		}
	}
	return out
}

// onMerge groups the signals' attempts on the merge commit.
func (t *turn) onMerge() []green.Signal {
	var here []green.Check
	for _, c := range t.signals(t.obs.After) {
		if c.SHA == "" || c.SHA == t.cs.Merge {
			here = append(here, c)
		}
	}
	return green.Signals(here)
}

// later are the newest results on the merge commit's descendants.
func (t *turn) later() []green.Check {
	var after []green.Check
	for _, c := range t.obs.After {
		if c.SHA != "" && c.SHA != t.cs.Merge {
			after = append(after, c)
		}
	}
	return green.Latest(after)
}

// Suspect: the red checks are run again until they have been red often enough or one of them is green.
func (t *turn) suspect() {
	red := t.suspects(t.cs.Red)
	if t.tookBack() {
		return
	}
	if len(red) == 0 {
		t.move(Watching, "cleared", "%s proves nothing: it passed in a rerun or on a later commit, or was red before", strings.Join(t.cs.Red, ", "))
		t.cs.Red = nil
		return
	}
	t.cs.Red = green.SignalNames(red)
	again := slices.DeleteFunc(slices.Clone(red), func(s green.Signal) bool { return !s.Rerunnable() })
	open := slices.DeleteFunc(slices.Clone(again), t.enough)
	switch {
	case len(again) == 0:
		t.regress("cannot_rerun", "%s is red on the merge commit and cannot be run again", strings.Join(t.cs.Red, ", "))
	case t.busy(open, t.obs.After), slices.ContainsFunc(open, green.Signal.Pending):
		t.rerunning("%s is running again on the merge commit", strings.Join(t.cs.Red, ", "))
	case len(open) == 0:
		t.verdict(again)
	case t.policy.Mode < Merge:
		t.regress("mode_propose", "%s is red on the merge commit, and in mode %s Skein does not run it again", strings.Join(t.cs.Red, ", "), t.policy.Mode)
	case t.awaited(open):
		t.rerunning("%s was asked to run again on the merge commit", strings.Join(t.cs.Red, ", "))
	case slices.ContainsFunc(open, func(s green.Signal) bool { return len(s.Attempts) > 2*t.reruns() }):
		t.regress("reruns_unclear", "%s was run again %d times without a clear result", strings.Join(t.cs.Red, ", "), 2*t.reruns())
	default:
		t.rerun(open)
	}
}

// enough reports whether a signal was red in as many reruns as config asks for.
func (t *turn) enough(s green.Signal) bool { return s.Count(green.Failure) > t.reruns() }

func (t *turn) reruns() int { return max(1, t.policy.Reruns) }

// awaited reports whether the round that was asked for has yet to appear for one of the signals. The evidence
// holds the attempts that were there when it was asked for.
func (t *turn) awaited(open []green.Signal) bool {
	attempts := map[string]int{}
	for _, s := range open {
		attempts[s.Name] += len(s.Attempts)
	}
	for _, e := range t.cs.Evidence {
		if e.What == "merge" || e.What == "rerun" {
			attempts[e.Check]--
		}
	}
	return slices.ContainsFunc(open, func(s green.Signal) bool { return attempts[s.Name] <= 0 })
}

// rerun asks for one more round of what is not clear yet.
func (t *turn) rerun(open []green.Signal) {
	t.recordAttempts(open)
	round := t.cs.Reruns + 1
	a := rerunAction(open)
	a.Key, a.Head = t.cs.key(RerunChecks, string(t.cs.Merge)+"/"+itoa(round)), t.cs.Merge
	if !t.ask(a) {
		return
	}
	t.cs.Reruns, t.cs.RerunAt = round, t.now
	t.note("rerun", "%s is red: run it again, round %d", strings.Join(green.SignalNames(open), ", "), round)
	t.rerunning("%s was asked to run again on the merge commit", strings.Join(t.cs.Red, ", "))
}

// again adds a check to those that run again: by its workflow run, where it has one.
func (a *Action) again(c green.Check) {
	if c.Run != 0 {
		a.Runs = append(a.Runs, c.Run)
		return
	}
	a.CheckIDs = append(a.CheckIDs, c.ID)
}

// rerunning waits for a round, but not forever.
func (t *turn) rerunning(format string, args ...any) {
	end := later(t.cs.RerunAt, t.cs.Since).Add(noReport)
	if t.now.Before(end) {
		t.until(end, "rerunning", format, args...)
		return
	}
	t.regress("rerun_lost", "a rerun of %s did not report within %s", strings.Join(t.cs.Red, ", "), noReport)
}

func (t *turn) recordAttempts(ss []green.Signal) {
	for _, s := range ss {
		t.record("merge", t.cs.Merge, s.Attempts[:1])
		t.record("rerun", t.cs.Merge, s.Attempts[1:])
	}
}

// record adds results to the evidence, each once.
func (t *turn) record(what string, on repo.SHA, checks []green.Check) {
	for _, e := range t.evidence(what, on, checks) {
		if !slices.Contains(t.cs.Evidence, e) {
			t.cs.Evidence = append(t.cs.Evidence, e)
		}
	}
}

func (t *turn) evidence(what string, on repo.SHA, checks []green.Check) (out []Evidence) {
	for _, c := range checks {
		sha := cmp.Or(c.SHA, on)
		out = append(out, Evidence{At: c.At, What: what, SHA: sha, Check: c.Name, Result: c.Result, ID: c.ID, Attempt: c.Attempt, URL: c.URL})
	}
	return out
}

// acquitted reports whether a check stayed red on a revert: then it was never ours.
func (t *turn) acquitted(name string) bool {
	return slices.ContainsFunc(t.cs.Evidence, func(e Evidence) bool {
		return e.What == "revert" && e.Check == name && e.Result == green.Failure
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
