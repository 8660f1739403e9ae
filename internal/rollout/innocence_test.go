package rollout

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
)

var trials = flag.Int("trials", 1000, "how many innocent merges TestInnocence makes; a twentieth as many real regressions come on top")

// TestInnocence merges changes that break nothing into repositories whose CI is as bad as the worst that was ever
// published: more than half of the merge commits are red, for reasons that are not ours. Not one may be reverted.
// Among the same noise some changes really break a check that was healthy before: those are reverted, and quickly,
// or a person gets them with a reason.
func TestInnocence(t *testing.T) {
	t.Parallel()
	var sum tally
	for n := range *trials {
		sum.add(t, newTrial(uint64(n), false))
	}
	for n := range *trials / 20 {
		sum.add(t, newTrial(uint64(1_000_000+n), true))
	}
	sum.report(t)
	if share := float64(sum.red) / float64(sum.merges); share < 0.55 {
		t.Errorf("%.1f %% of the innocent merges were red, want at least 55", 100*share)
	}
	if sum.wrong > 0 {
		t.Errorf("%d innocent changes were reverted", sum.wrong)
	}
	if 100*sum.reverted < 95*sum.guilty {
		t.Errorf("%d of %d real regressions were reverted, want 95 %%", sum.reverted, sum.guilty)
	}
	if sum.missed > 0 {
		t.Errorf("%d real regressions were neither reverted nor handed to anybody", sum.missed)
	}
	if worst := slices.Max(sum.delays); worst > 10*time.Minute {
		t.Errorf("the slowest revert took %s beside the CI's own time, want 10 minutes", worst)
	}
}

// tally is what came of all trials.
type tally struct {
	merges, red, wrong, opened       int // of innocent changes
	guilty, reverted, handed, missed int // of real regressions
	delays                           []time.Duration
	causes, reasons, ends            map[string]int
}

func (s *tally) add(t *testing.T, w *trial) {
	t.Helper()
	if s.causes == nil {
		s.causes, s.reasons, s.ends = map[string]int{}, map[string]int{}, map[string]int{}
	}
	w.run(t)
	end := w.cs.Phase
	if !w.guilty {
		s.merges++
		s.ends[string(end)]++
		if w.cause != "" {
			s.red++
			s.causes[w.cause]++
		}
		if w.cs.Reverts > 0 {
			s.opened++
		}
		if end == Reverted {
			s.wrong++
			t.Logf("trial %d: an innocent change was reverted:\n%s", w.seed, strings.Join(w.log, "\n"))
		}
		return
	}
	s.guilty++
	switch end {
	case Reverted:
		s.reverted++
		s.delays = append(s.delays, w.delay())
	case Regressed, Unproven:
		s.handed++
		s.reasons[w.last]++
	default:
		s.missed++
		t.Logf("trial %d: a regression ended %s:\n%s", w.seed, end, strings.Join(w.log, "\n"))
	}
}

func (s *tally) report(t *testing.T) {
	t.Helper()
	slices.Sort(s.delays)
	t.Logf("%d innocent merges, %d red (%v), %d reverts opened, %d merged; ends %v", s.merges, s.red, s.causes, s.opened, s.wrong, s.ends)
	t.Logf("%d regressions: %d reverted, %d handed to a person (%v), %d missed", s.guilty, s.reverted, s.handed, s.reasons, s.missed)
	if n := len(s.delays); n > 0 {
		t.Logf("from red to reverted beside the CI's own time: median %s, 99 %% within %s, longest %s", s.delays[n/2], s.delays[n*99/100], s.delays[n-1])
	}
}

// trial is one change on its way through one repository's CI.
type trial struct {
	seed    uint64
	r       *rand.Rand
	guilty  bool
	now     time.Time
	cs      Changeset
	policy  Policy
	flake   map[string]float64 // how often a check fails for nothing
	outages [][2]time.Time     // in which whatever ends is red
	bug     time.Time          // since when somebody else's commit has main red; zero: never
	fixed   time.Time
	runs    map[repo.SHA][]run
	pull    *green.Pull
	revert  *green.Pull
	base    repo.SHA
	done    map[string]bool
	nextID  int64
	cause   string // of the first red on the merge commit
	since   time.Time
	last    string // the last rule
	log     []string
}

// run is one attempt of one check, with the result that it will have.
type run struct {
	green.Check
	begins, ends time.Time
	result       green.Result
	cause        string
}

var suite = []string{"ci/build", "ci/lint", "ci/unit", "ci/integration", "ci/e2e"}

// broken is the check that real regressions break.
const broken = "ci/integration"

// newTrial draws the repository, its luck and the company that our merge has.
func newTrial(seed uint64, guilty bool) *trial {
	w := &trial{
		seed: seed, r: rand.New(rand.NewPCG(seed, 5)), guilty: guilty, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		flake: map[string]float64{}, runs: map[repo.SHA][]run{}, done: map[string]bool{}, base: "base",
	}
	w.policy = Policy{
		Mode: Merge, Methods: []string{"squash"}, Watch: 6 * time.Hour, Reruns: 3, Windows: [][]calendar.Window{nil, nil},
		Checks: green.CheckRules{Require: suite}, Revert: RevertRules{Mode: "auto", MaxPerDay: 5},
	}
	for _, name := range suite {
		w.flake[name] = pick(w.r, 0.01, 0.02, 0.04, 0.06, 0.1, 0.15, 0.25)
	}
	w.outages = w.storms()
	w.cs = Changeset{ID: "m1-a", Migration: "m1", Phase: Ready, Since: w.now, Coexists: true, Base: w.base,
		Repo: repo.Repo{ID: 1, Name: repo.Name{Owner: "acme", Name: "a"}, DefaultBranch: "main"}, Results: []rewrite.Result{{Edits: make([]rewrite.Edit, 1)}}}
	w.start(w.base, "base", 1)
	if w.r.IntN(10) == 0 { // somebody's commit that is red goes in before ours, or right after it
		w.bug = w.now.Add(time.Duration(w.r.IntN(240)) * time.Minute)
		w.fixed = w.bug.Add(time.Duration(20+w.r.IntN(280)) * time.Minute)
	}
	return w
}

// storms are the outages of the infrastructure: they come to all repositories alike and last from minutes to hours.
func (w *trial) storms() (out [][2]time.Time) {
	at := w.now.Add(-time.Hour)
	for at.Before(w.now.Add(48 * time.Hour)) {
		at = at.Add(time.Duration(w.r.ExpFloat64() * float64(6*time.Hour)))
		to := at.Add(time.Duration(5+w.r.ExpFloat64()*40) * time.Minute)
		out = append(out, [2]time.Time{at, to})
		at = to
	}
	return out
}

// start has the CI look at a commit: base, head, merge or revert.
func (w *trial) start(sha repo.SHA, kind string, attempt int) {
	for _, name := range suite {
		w.startOne(sha, kind, name, attempt)
	}
}

func (w *trial) startOne(sha repo.SHA, kind, name string, attempt int) {
	w.nextID++
	x := run{begins: w.now.Add(time.Duration(5+w.r.IntN(60)) * time.Second)}
	x.ends = x.begins.Add(time.Duration(60+w.r.IntN(840)) * time.Second)
	x.Check = green.Check{Name: name, App: 15368, Attempt: attempt, ID: w.nextID, Run: int64(1000*len(w.runs)) + int64(slices.Index(suite, name)) + 1, SHA: sha}
	if old := w.of(sha, name); len(old) > 0 {
		x.Run = old[0].Run
	}
	x.result, x.cause = w.result(x, kind)
	w.runs[sha] = append(w.runs[sha], x)
}

// result is what a run will say, and why.
func (w *trial) result(x run, kind string) (green.Result, string) {
	main := kind == "merge" || kind == "later"
	switch n := w.r.Float64(); {
	case w.guilty && main && x.Name == broken:
		return green.Failure, "ours"
	case w.guilty && x.SHA == w.cs.Base && x.Name == broken:
		return green.Success, "" // it was healthy before
	case !w.bug.IsZero() && x.Name == "ci/unit" && kind != "head" && x.ends.After(w.bug) && x.ends.Before(w.fixed):
		return green.Failure, "somebody else's commit"
	case slices.ContainsFunc(w.outages, func(o [2]time.Time) bool { return x.ends.After(o[0]) && x.ends.Before(o[1]) }):
		return green.Failure, "outage"
	case n < w.flake[x.Name]:
		return green.Failure, "flaky"
	case n < w.flake[x.Name]+0.04:
		return green.Cancelled, "cancelled"
	case n < w.flake[x.Name]+0.05:
		return green.Timeout, "timed out"
	}
	return green.Success, ""
}

func (w *trial) of(sha repo.SHA, name string) (out []run) {
	for _, x := range w.runs[sha] {
		if x.Name == name {
			out = append(out, x)
		}
	}
	return out
}

// seen is what GitHub shows of a commit's checks by now.
func (w *trial) seen(sha repo.SHA) (out []green.Check) {
	for _, x := range w.runs[sha] {
		c := x.Check
		c.Result, c.At = green.Pending, x.begins
		if !x.ends.After(w.now) {
			c.Result, c.At = x.result, x.ends
		}
		out = append(out, c)
	}
	return out
}

func (w *trial) observe() Observation {
	obs := Observation{BaseHead: w.base, Wave: Gate{Open: true, Prepare: true, Slots: -1}, Parent: w.seen(w.cs.Parent), After: w.seen(w.cs.Merge)}
	if w.pull != nil {
		p := *w.pull
		obs.Pull, obs.Head = &p, w.seen(p.Head)
	}
	if w.revert != nil {
		p := *w.revert
		obs.Revert, obs.Reverted = &p, w.seen(p.Head)
	}
	return obs
}

// run steps through the trial until nothing is left to do.
func (w *trial) run(t *testing.T) {
	for range 5000 {
		d := Step(w.cs, w.observe(), w.policy, w.now)
		moved := d.Changeset.Phase != w.cs.Phase
		w.cs = d.Changeset
		for _, e := range d.Events {
			w.last = e.Rule
			w.say("%s: %s", e.Rule, e.Text)
		}
		for _, a := range d.Actions {
			if !w.done[a.Key] {
				w.done[a.Key], moved = true, true
				w.act(a)
			}
		}
		if w.cs.Phase.Ended() || w.cs.Phase == Regressed {
			return
		}
		if !moved {
			w.pass()
		}
	}
	t.Fatalf("trial %d does not end:\n%s", w.seed, strings.Join(w.log[max(0, len(w.log)-60):], "\n"))
}

// pass lets time go on to the next thing that happens. People run what is red on a head of ours again, as they do.
func (w *trial) pass() {
	next := w.cs.Wake
	for _, xs := range w.runs {
		for _, x := range xs {
			if x.ends.After(w.now) && (next.IsZero() || x.ends.Before(next)) {
				next = x.ends
			}
		}
	}
	if next.After(w.now) && (w.cs.Phase != Open || !next.After(w.now.Add(time.Hour))) {
		w.to(next)
		return
	}
	w.to(w.now.Add(20 * time.Minute))
	for _, sha := range []repo.SHA{w.base, "head"} {
		for _, name := range suite {
			if old := w.of(sha, name); w.cs.Phase == Open && len(old) > 0 && old[len(old)-1].result != green.Success {
				w.startOne(sha, string(sha), name, len(old)+1)
			}
		}
	}
}

func (w *trial) to(at time.Time) {
	w.now = at
	for _, x := range w.runs[w.cs.Merge] {
		if w.cs.Merge != "" && x.result != green.Success && !x.ends.After(at) && w.cause == "" {
			w.cause = x.cause
		}
		if w.cs.Merge != "" && x.cause == "ours" && !x.ends.After(at) && w.since.IsZero() {
			w.since = x.ends
		}
	}
}

// act does what Skein asks for, a few seconds later.
func (w *trial) act(a Action) {
	w.now = w.now.Add(time.Duration(1+w.r.IntN(8)) * time.Second)
	w.say("%s %s", a.Kind, a.Head)
	clean := true
	out := Outcome{}
	switch a.Kind {
	case OpenPull:
		w.pull = &green.Pull{Number: 1, Open: true, Base: "main", BaseSHA: w.base, Head: "head", Mergeable: &clean}
		w.start("head", "head", 1)
		out.Number, out.Head = 1, "head"
	case MergePull:
		w.pull.Open, w.pull.Merged, w.pull.MergeSHA, w.pull.MergedAt, w.pull.Parent = false, true, "merge", w.now, w.base
		out.SHA, out.Parent = "merge", w.base
		w.base = "merge"
		w.start("merge", "merge", 1)
	case RerunChecks:
		for _, sha := range []repo.SHA{"merge", "revert"} {
			for _, name := range suite {
				if old := w.of(sha, name); len(old) > 0 && slices.Contains(a.Runs, old[0].Run) {
					w.startOne(sha, string(sha), name, len(old)+1)
				}
			}
		}
	case OpenRevert:
		w.revert = &green.Pull{Number: 2, Open: true, Base: "main", Head: "revert", Mergeable: &clean}
		w.start("revert", "revert", 1)
		out.Number, out.Head = 2, "revert"
	case MergeRevert:
		w.revert.Open, w.revert.Merged, w.revert.MergeSHA, w.revert.MergedAt = false, true, "reverted", w.now
		out.SHA = "reverted"
	case CloseRevert:
		w.revert.Open = false
	case UpdatePull, ClosePull, UpdateRevert:
	}
	w.cs, _ = Done(w.cs, a, out, w.now)
}

// delay is how long it took from the first red to the revert's merge, less the time in which CI was at work for it.
func (w *trial) delay() time.Duration {
	type span struct{ from, to time.Time }
	var busy []span
	for _, sha := range []repo.SHA{"merge", "revert"} {
		for _, x := range w.runs[sha] {
			busy = append(busy, span{x.begins.Add(-65 * time.Second), x.ends})
		}
	}
	slices.SortFunc(busy, func(a, b span) int { return cmp.Compare(a.from.UnixNano(), b.from.UnixNano()) })
	idle, at := time.Duration(0), w.since
	for _, s := range busy {
		if s.from.After(at) {
			idle += s.from.Sub(at)
		}
		if s.to.After(at) {
			at = s.to
		}
	}
	if end := w.cs.RevertedAt; end.After(at) {
		idle += end.Sub(at)
	}
	return idle
}

func (w *trial) say(format string, args ...any) {
	w.log = append(w.log, w.now.Format("Jan 02 15:04:05 ")+fmt.Sprintf(format, args...))
}
