package rollout

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
)

// world is a small GitHub with one migration on it, and the engine's loop around Step: observe, step, act. It
// keeps what really happened apart from what Skein believes, for tests to compare.
type world struct {
	t         testing.TB
	now       time.Time
	policy    Policy
	migration Migration
	css       []Changeset
	hubs      map[ChangesetID]*hub
	stop      string
	merges    []time.Time
	reverts   []time.Time
	failed    map[string]string // actions that GitHub refuses for good
	done      map[string]int    // how often an action with this key had its effect
	lose      int               // so many of the next merges are refused
	stuck     bool              // merges are asked for and not done
	later     bool              // merges run in the background
	slow      bool              // pull requests are asked for and not opened, or brought up to date, yet
	deaf      bool              // merge queues do not hear that something is taken out
	hidden    bool              // merge queues do not show yet what is in them
	off       string            // a rule that is switched off
	blind     bool              // reruns are done and do not show yet
	log       []string
	before    func(*world, Changeset, Action) // sees every action just before it is done
	nextID    int64
	steps     int
}

// hub is one consumer's repository. fate is what its CI will say of our change:
//
//	good      green everywhere
//	breaks    red wherever our merged change is, green without it
//	flakes    red once on the merge commit, green when run again
//	outage    red on main from our merge on, with us or without
//	red       red on our head already
//	none      there is no CI
type hub struct {
	fate     string
	slow     bool // checks stay pending until someone says what they did
	status   bool // the CI sets statuses, which cannot be rerun
	commits  int
	base     repo.SHA
	half     bool // the file that is edited also has a refusal
	gone     string
	busy     bool // something else is being merged there
	required green.Required
	methods  []string // that its settings allow; nil: all
	checks   map[repo.SHA][]green.Check
	pull     *green.Pull
	revert   *green.Pull
	pulls    int
	merged   bool // our change is on main
	unread   bool // its files cannot be read yet
	unseen   bool // its pull request cannot be seen
	request  *Request
	forbids  ActionKind // what GitHub does not let Skein do here
	taken    string     // whose commits hold the branch that Skein would write
}

func newWorld(t testing.TB, p Policy, now time.Time) *world {
	return &world{t: t, now: now, policy: p, hubs: map[ChangesetID]*hub{}, migration: Migration{ID: "m7", Landed: now},
		failed: map[string]string{}, done: map[string]int{}}
}

// edits are what the rewriters made of the consumer's files.
func (h *hub) edits() []rewrite.Result {
	file := rewrite.Result{Path: "models/a.sql", Edits: make([]rewrite.Edit, 1)}
	if h.half {
		file.Refusals = make([]rewrite.Refusal, 1)
	}
	return []rewrite.Result{file}
}

// add brings in a consumer whose edits are ready.
func (w *world) add(name, wave, fate string) *hub {
	id := int64(len(w.css) + 1)
	h := &hub{fate: fate, checks: map[repo.SHA][]green.Check{}}
	w.hubs[ChangesetID(name)] = h
	h.base = w.commit(name, h, "base")
	cs := Changeset{ID: ChangesetID(name), Migration: "m7", Wave: wave, Phase: Planned, Since: w.now, Coexists: true,
		Repo: repo.Repo{ID: repo.ID(id), Name: repo.Name{Owner: "acme", Name: name}, DefaultBranch: "main"}}
	w.css = append(w.css, cs)
	return h
}

// share has two changesets in one repository, whose main and files are the same.
func (w *world) share(name, with string) {
	cs, h := w.at(name)
	other, there := w.at(with)
	cs.Repo, h.base, h.checks = other.Repo, there.base, there.checks
}

// beside are the other changesets of a repository.
func (w *world) beside(cs Changeset) (out []Changeset) {
	for _, other := range w.css {
		if other.ID != cs.ID && other.Repo.ID == cs.Repo.ID {
			out = append(out, other)
		}
	}
	return out
}

// commit makes a commit and lets the CI look at it. kind is base, head, merge, later or revert.
func (w *world) commit(name string, h *hub, kind string) repo.SHA {
	h.commits++
	sha := repo.SHA(fmt.Sprintf("%s-%s%d", name, kind, h.commits))
	if h.fate != "none" {
		result := green.Pending
		if !h.slow {
			result = h.outcome(kind, 1)
		}
		w.report(h, sha, "ci/build", result)
	}
	return sha
}

func (h *hub) outcome(kind string, attempt int) green.Result {
	red := false
	switch h.fate {
	case "breaks":
		red = kind == "merge" || kind == "later" && h.merged
	case "flakes":
		red = kind == "merge" && attempt == 1
	case "outage":
		red = kind != "head" && kind != "base"
	case "red":
		red = kind == "head"
	}
	if red {
		return green.Failure
	}
	return green.Success
}

// report adds an attempt, or finishes the one under way.
func (w *world) report(h *hub, sha repo.SHA, check string, r green.Result) {
	cs := h.checks[sha]
	attempt := 1
	for i, c := range cs {
		if c.Name == check {
			attempt++
			if c.Result == green.Pending {
				cs[i].Result, cs[i].At = r, w.now
				return
			}
		}
	}
	w.nextID++
	c := green.Check{Name: check, Result: r, ID: w.nextID, Run: 100 + w.nextID, App: 15368, Attempt: attempt, At: w.now}
	if h.status {
		c.Status, c.Run, c.App = true, 0, 0
	}
	h.checks[sha] = append(cs, c)
}

func (w *world) at(name string) (*Changeset, *hub) {
	for i := range w.css {
		if string(w.css[i].ID) == name {
			return &w.css[i], w.hubs[w.css[i].ID]
		}
	}
	w.t.Fatalf("there is no %q", name)
	return nil, nil
}

func (w *world) say(format string, args ...any) {
	w.log = append(w.log, w.now.UTC().Format("Mon 15:04 ")+fmt.Sprintf(format, args...))
}

func (w *world) observe(cs Changeset) Observation {
	h := w.hubs[cs.ID]
	obs := Observation{
		Gone: h.gone, Busy: h.busy, Required: h.required, BaseHead: h.base, Stop: w.stop, Paused: w.migration.Pause, Hotfix: w.migration.Hotfix, Ahead: w.migration.Pull,
		Wave: Gates(w.migration, w.css, w.policy, w.now)[cs.Wave], Merged: w.merges, Reverts: w.reverts, Failed: w.failed,
		Parent: h.checks[cs.Parent], After: slices.Clone(h.checks[cs.Merge]),
	}
	for _, other := range w.beside(cs) {
		obs.Busy = obs.Busy || other.Phase == Merging
	}
	if cs.Request != "" {
		obs.Request = h.request
	}
	if cs.Merge != "" && h.base != cs.Merge {
		for _, c := range h.checks[h.base] {
			c.SHA = h.base
			obs.After = append(obs.After, c)
		}
	}
	if h.pull != nil && !h.unseen && (cs.Pull == 0 || cs.Pull == h.pull.Number) {
		p := *h.pull
		if w.hidden {
			p.Queue = nil
		}
		obs.Pull, obs.Head = &p, h.checks[p.Head]
	}
	if cs.Merge != "" {
		obs.Head = h.checks[cs.Judged]
	}
	if h.revert != nil && cs.RevertPull == h.revert.Number {
		p := *h.revert
		obs.Revert, obs.Reverted = &p, h.checks[p.Head]
	}
	return obs
}

// settle steps everything until nothing moves at this instant.
func (w *world) settle() {
	for round := 0; ; round++ {
		if round > 50 {
			w.t.Fatalf("%s: no rest\n%s", w.now, strings.Join(w.log[max(0, len(w.log)-30):], "\n"))
		}
		moved := false
		for i := range w.css {
			moved = w.step(i) || moved
		}
		if !moved {
			return
		}
	}
}

func (w *world) step(i int) (moved bool) {
	cs := w.css[i]
	if cs.Phase == Planned && w.hubs[cs.ID].gone == "" && !w.hubs[cs.ID].unread {
		cs = Proposed(cs, w.hubs[cs.ID].base, w.hubs[cs.ID].edits(), w.now)
		moved = true
	}
	obs := w.observe(cs)
	d := Step(cs, obs, w.policy, w.now)
	if w.steps++; w.steps%8 == 0 {
		if twice := Step(cs, obs, w.policy, w.now); !reflect.DeepEqual(twice, d) {
			w.t.Fatalf("Step is not a function:\n%v\n%v", d, twice)
		}
	}
	w.css[i] = d.Changeset
	for _, e := range d.Events {
		w.say("%s: %s (%s): %s", cs.ID, d.Changeset.Phase, basis(e), e.Text)
	}
	w.sound(d, obs)
	for _, a := range d.Actions {
		moved = w.act(i, a) || moved
	}
	return moved || d.Changeset.Phase != cs.Phase || d.Changeset.Wake.Equal(w.now)
}

// basis is an event's rule, and how many results it rests on.
func basis(e Event) string {
	if len(e.Evidence) > 0 {
		return fmt.Sprintf("%s, results: %d", e.Rule, len(e.Evidence))
	}
	return e.Rule
}

// sound holds a decision to what Step promises: who has not ended says what it waits for; after a transition, which is
// looked at again at once, nothing is known yet of what the new phase waits for; and without one, looking again at once
// finds nothing else.
func (w *world) sound(d Decision, obs Observation) {
	cs := d.Changeset
	moved, waits := cs.Wake.Equal(w.now), len(cs.Waits) > 0
	if w.off == "" && (moved && waits || !moved && !waits && !cs.Phase.Ended()) {
		w.t.Fatalf("%s is %s, looked at again %s, and waits for %+v\n%s", cs.ID, cs.Phase, cs.Wake, cs.Waits, strings.Join(w.log, "\n"))
	}
	if moved || w.off != "" {
		return
	}
	if again := Step(cs, obs, w.policy, w.now); len(again.Events) > 0 || !reflect.DeepEqual(again.Changeset, cs) {
		w.t.Fatalf("%s: the same look at %s again finds %v:\n%s", w.now, cs.ID, again.Events, cmp.Diff(cs, again.Changeset))
	}
}

// act does an action once, however often it is asked for, and folds in what came of it.
func (w *world) act(i int, a Action) bool {
	cs := w.css[i]
	opens := a.Kind == OpenPull || a.Kind == OpenRevert || a.Kind == UpdatePull
	waits := w.stuck && (a.Kind == MergePull || a.Kind == ReadyPull) || w.slow && opens || w.deaf && a.Kind == Dequeue
	if w.done[a.Key] > 0 || waits {
		return false
	}
	if w.before != nil {
		w.before(w, cs, a)
	}
	w.done[a.Key]++
	w.say("%s: %s", cs.ID, a.Kind)
	if why := w.hubs[cs.ID].refuses(a); why != "" {
		w.giveUp(i, a, why)
		return true
	}
	out, ok := w.effect(i, a)
	if ok {
		w.fold(i, a, out)
	}
	return ok
}

// fold gives an outcome to its changeset, unless its rule is switched off.
func (w *world) fold(i int, a Action, out Outcome) {
	cs, events := Done(w.css[i], a, out, w.now)
	w.take(i, cs, events)
}

// refuses says why an action cannot be done at all: GitHub does not let Skein, or the branch is not Skein's to write,
// which the forge finds out.
func (h *hub) refuses(a Action) string {
	switch {
	case h.forbids == a.Kind:
		return "resource not accessible by integration"
	case a.Kind == OpenPull && h.taken != "":
		return "branch skein/m7 holds commits by " + h.taken
	}
	return ""
}

// giveUp is what the engine does about an action that cannot be done.
func (w *world) giveUp(i int, a Action, why string) {
	cs, events := GaveUp(w.css[i], a, why, w.now)
	w.failed[a.Key] = why
	w.take(i, cs, events)
}

func (w *world) take(i int, cs Changeset, events []Event) {
	if w.isOff(events) {
		return
	}
	w.css[i] = cs
	for _, e := range events {
		switch e.Rule {
		case "opened", "merged", "revert_opened", "reverted": // the action says it
		default:
			w.say("%s: %s (%s): %s", cs.ID, cs.Phase, e.Rule, e.Text)
		}
	}
}

func (w *world) isOff(events []Event) bool {
	return slices.ContainsFunc(events, func(e Event) bool { return e.Rule == w.off })
}

// effect is what an action does on GitHub. It reports whether it was done: what was refused may be asked for again.
func (w *world) effect(i int, a Action) (out Outcome, ok bool) {
	cs := w.css[i]
	h := w.hubs[cs.ID]
	switch a.Kind {
	case OpenPull:
		if h.pull == nil || !h.pull.Open || cs.Pull == 0 {
			h.pull = &green.Pull{Number: w.number(cs), Open: true, Base: "main", BaseSHA: h.base, Methods: h.methods, Draft: w.migration.Pull != 0}
		}
		h.pull.Mergeable, h.pull.Behind, h.pull.Head = new(bool), false, w.commit(string(cs.ID), h, "head")
		*h.pull.Mergeable = true
		out.Number, out.Head, out.Draft = h.pull.Number, h.pull.Head, h.pull.Draft
	case ReadyPull:
		h.pull.Draft = false
	case UpdatePull:
		h.pull.Head, h.pull.Behind = w.commit(string(cs.ID), h, "head"), false
	case UpdateRevert:
		h.revert.Head, h.revert.Behind = w.commit(string(cs.ID), h, "revert"), false
	case MergePull, MergeRevert:
		return w.tryMerge(i, a)
	case Dequeue:
		for _, p := range []*green.Pull{h.pull, h.revert} {
			if p != nil {
				p.Queue = nil
			}
		}
	case ClosePull:
		h.pull.Open = false
	case RerunChecks:
		w.rerun(h, cs.Merge, "merge", a)
		w.rerun(h, cs.Parent, "base", a)
		if h.revert != nil {
			w.rerun(h, h.revert.Head, "revert", a)
		}
	case OpenRevert:
		h.revert = &green.Pull{Number: w.number(cs), Open: true, Base: "main", Mergeable: new(bool), Head: w.commit(string(cs.ID), h, "revert")}
		*h.revert.Mergeable = true
		out.Number, out.Head = h.revert.Number, h.revert.Head
	case CloseRevert:
		h.revert.Open = false
	}
	return out, true
}

// number is the repository's next.
func (w *world) number(cs Changeset) int {
	h := w.hubs[cs.ID]
	for _, other := range w.beside(cs) {
		h.pulls = max(h.pulls, w.hubs[other.ID].pulls)
	}
	h.pulls++
	return h.pulls
}

// tryMerge merges now, in the background, or by the queue; or refuses.
func (w *world) tryMerge(i int, a Action) (out Outcome, ok bool) {
	cs := w.css[i]
	h := w.hubs[cs.ID]
	p := h.pull
	if a.Kind == MergeRevert {
		p = h.revert
	}
	switch {
	case w.lose > 0 || !p.Open || p.Head != a.Head:
		w.lose--
		w.done[a.Key]--
		w.fold(i, a, Outcome{Refused: "Base branch was modified", Tried: true})
		return out, false
	case a.Method == Queue:
		p.Queue = &green.Queued{State: "awaiting_checks", Position: 1}
		return Outcome{Queued: true}, true
	case w.later && a.Kind == MergePull:
		h.request = &Request{State: "pending"}
		return Outcome{Request: "r1"}, true
	case a.Kind == MergeRevert:
		w.mergeRevert(string(cs.ID), "")
		w.reverts = append(w.reverts, w.now)
		return Outcome{SHA: h.base}, true
	}
	out.Parent = h.base
	w.merge(string(cs.ID), "")
	w.merges = append(w.merges, w.now)
	out.SHA = h.base
	return out, true
}

// rerun starts one more attempt of what an action names on a commit.
func (w *world) rerun(h *hub, sha repo.SHA, kind string, a Action) {
	for _, c := range green.Latest(h.checks[sha]) {
		if w.blind || !slices.Contains(a.Runs, c.Run) {
			continue
		}
		r := green.Pending
		if !h.slow {
			r = h.outcome(kind, c.Attempt+1)
		}
		w.report(h, sha, c.Name, r)
	}
}

// merge puts the pull request on main. Whatever else is open there edits the same file, and conflicts from then on.
func (w *world) merge(name, by string) {
	cs, h := w.at(name)
	parent := h.base
	h.merged = true
	h.base = w.commit(name, h, "merge")
	h.pull.Open, h.pull.Merged, h.pull.MergeSHA, h.pull.MergedAt, h.pull.MergedBy, h.pull.Parent = false, true, h.base, w.now, by, parent
	for _, other := range w.beside(*cs) {
		there := w.hubs[other.ID]
		if there.base = h.base; there.pull != nil && there.pull.Open {
			there.pull.Behind, there.pull.Mergeable = true, new(bool)
		}
	}
}

func (w *world) mergeRevert(name, by string) {
	_, h := w.at(name)
	h.merged = false
	h.base = w.commit(name, h, "later")
	h.revert.Open, h.revert.Merged, h.revert.MergeSHA, h.revert.MergedAt, h.revert.MergedBy = false, true, h.base, w.now, by
}

// next is when time alone changes something.
func (w *world) next() (next time.Time) {
	soonest := func(at time.Time) {
		if at.After(w.now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, cs := range w.css {
		soonest(cs.Wake)
	}
	for _, g := range Gates(w.migration, w.css, w.policy, w.now) {
		soonest(g.Till)
	}
	return next
}

// until lets time pass, stopping wherever something may change.
func (w *world) until(at time.Time) {
	for {
		w.settle()
		next := w.next()
		if next.IsZero() || next.After(at) {
			break
		}
		w.now = next
	}
	w.now = at
	w.settle()
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
