package rollout

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/wave"
)

// TestWalks lets people, CI and GitHub do what they like, in random order, and looks at what was done against
// what was really so. Every walk then ends: once nobody interferes any more, everything reaches an end.
func TestWalks(t *testing.T) {
	t.Parallel()
	kinds := map[ActionKind]int{}
	phases := map[Phase]int{}
	steps := 0
	for seed := uint64(1); steps < 20_000; seed++ {
		w := &walk{r: rand.New(rand.NewPCG(seed, 7)), seed: seed, kinds: kinds, stopped: map[repo.SHA]bool{}}
		w.begin(t)
		for range 120 {
			w.anything()
			steps++
		}
		w.end()
		for _, cs := range w.css {
			phases[cs.Phase]++
		}
	}
	for _, k := range []ActionKind{OpenPull, UpdatePull, MergePull, ClosePull, RerunChecks, OpenRevert, MergeRevert, CloseRevert} {
		if kinds[k] < 10 {
			t.Errorf("%s happened %d times: the walk sees too little of it", k, kinds[k])
		}
	}
	for _, p := range []Phase{Healthy, Unproven, Reverted, Declined, Skipped} {
		if phases[p] < 5 {
			t.Errorf("%d changesets ended %s", phases[p], p)
		}
	}
	t.Logf("%d steps, %v, %v", steps, kinds, phases)
}

type walk struct {
	*world
	r       *rand.Rand
	seed    uint64
	kinds   map[ActionKind]int
	stopped map[repo.SHA]bool // merge commits that a revert was opened for by Skein itself
	keys    map[string]repo.SHA
	calm    bool
}

func (w *walk) begin(t *testing.T) {
	now := time.Date(2026, 3, 26, w.r.IntN(24), w.r.IntN(60), 0, 0, time.UTC)
	w.world = newWorld(t, w.anyPolicy(t), now)
	w.keys = map[string]repo.SHA{}
	w.before = w.check
	for i := range 3 + w.r.IntN(5) {
		wave := w.policy.Waves[min(i/2, len(w.policy.Waves)-1)].Name
		h := w.add(fmt.Sprintf("r%d", i), wave, pick(w.r, "good", "good", "breaks", "flakes", "outage", "red", "good"))
		h.slow = w.r.IntN(2) == 0
		h.status = w.r.IntN(6) == 0
		h.required.Strict = w.r.IntN(4) == 0
		w.css[i].Coexists = w.r.IntN(4) > 0
	}
}

func (w *walk) anyPolicy(t *testing.T) Policy {
	p := defaults()
	p.Settle = time.Duration(w.r.IntN(3)*w.r.IntN(90)) * time.Minute
	p.Watch = time.Duration(1+w.r.IntN(8)) * time.Hour
	p.Reruns = 1 + w.r.IntN(3)
	p.Unproven = w.r.IntN(2) == 0
	p.Revert = RevertRules{Mode: pick(w.r, "auto", "auto", "auto", "propose", "off"), MaxPerDay: w.r.IntN(4), Windows: w.r.IntN(3) == 0}
	if w.r.IntN(3) > 0 {
		p.Windows = [][]calendar.Window{{{Cron: pick(w.r, "0 9 * * *", "30 2 * * *", "0 */6 * * *"), For: time.Duration(1+w.r.IntN(5)) * time.Hour,
			Zone: zone(t, pick(w.r, "Europe/Stockholm", "America/New_York", "UTC")), MaxMerges: w.r.IntN(3)}}}
	}
	if w.r.IntN(3) == 0 {
		p.Windows = append(p.Windows, []calendar.Window{{Cron: "0 0 * * *", For: 20 * time.Hour, Zone: zone(t, "Asia/Kathmandu")}})
	}
	if w.r.IntN(2) == 0 {
		from := time.Date(2026, 3, 27, w.r.IntN(24), 0, 0, 0, time.UTC)
		p.Freezes = []calendar.Freeze{{From: from, To: from.Add(time.Duration(1+w.r.IntN(40)) * time.Hour)}}
	}
	for i := range 1 + w.r.IntN(3) {
		p.Waves = append(p.Waves, wave.Wave{Name: fmt.Sprintf("w%d", i), Soak: time.Duration(w.r.IntN(10)) * time.Hour, MaxOpen: w.r.IntN(3),
			MaxRegressions: 1 + w.r.IntN(2), Ahead: w.r.IntN(3) == 0})
	}
	return p
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// anything is one random event, legal on GitHub at that moment, and Skein's answer to it.
func (w *walk) anything() {
	i := w.r.IntN(len(w.css))
	cs := &w.css[i]
	h := w.hubs[cs.ID]
	name := string(cs.ID)
	open := h.pull != nil && h.pull.Open && cs.Pull == h.pull.Number
	switch n := w.r.IntN(30); {
	case n < 12:
		w.until(w.now.Add(time.Duration(w.r.IntN(180)) * time.Minute))
	case n < 19:
		w.finish(h)
	case n == 19 && open && w.r.IntN(4) == 0:
		h.pull.Open, h.pull.ClosedBy = false, "bo"
	case n == 20 && open && cs.Phase == Open && w.r.IntN(3) == 0:
		w.merge(name, "bo")
	case n == 21 && open && w.r.IntN(3) == 0:
		h.pull.Head, h.pull.Foreign = w.commit(name, h, "head"), []string{"bo"}
	case n == 22 && open:
		clean := w.r.IntN(3) > 0
		h.base = w.commit(name, h, "later")
		h.pull.Behind, h.pull.Mergeable = true, &clean
	case n == 23:
		w.stop = pick(w.r, "", "", "stop")
	case n == 24:
		w.lose = w.r.IntN(2)
	case n == 25:
		w.stuck = w.r.IntN(3) == 0
	case n == 26 && h.revert != nil && h.revert.Open && cs.RevertPull == h.revert.Number && w.r.IntN(5) == 0:
		h.revert.Open, h.revert.ClosedBy = false, "bo"
	case n == 27:
		h.gone = pick(w.r, "", "", "", "archived")
	case n == 28 && w.r.IntN(2) == 0:
		m, _, err := ApplyMigration(w.migration, w.gates(), Command{Verb: pick(w.r, "pause", "resume", "resume", "start"), By: "bo", Arg: pick(w.r, w.policy.Waves...).Name}, w.now)
		if err == nil {
			w.migration = m
		}
	default:
		w.command(i, pick(w.r, "hold", "resume", "resume", "merge", "retry", "rebase", "skip", "revert", "reapply", "hotfix"))
	}
	w.settle()
}

func (w *walk) gates() map[string]Gate { return Gates(w.migration, w.css, w.policy, w.now) }

func (w *walk) command(i int, verb string) {
	if !w.calm && w.r.IntN(4) > 0 {
		return
	}
	h := w.hubs[w.css[i].ID]
	cmd := Command{Verb: verb, By: "bo", Arg: "why not"}
	if h.pull != nil {
		cmd.Head = h.pull.Head
	}
	cs, actions, _, err := Apply(w.css[i], cmd, w.now)
	if err != nil {
		if len(err.Error()) < 20 || fmt.Sprint(cs) != fmt.Sprint(w.css[i]) {
			w.t.Fatalf("%s: %v, or something changed", verb, err)
		}
		return
	}
	w.css[i] = cs
	w.say("%s: /skein %s", cs.ID, verb)
	if verb == "reapply" {
		h.pull, h.revert = nil, nil
	}
	for _, a := range actions {
		w.act(i, a)
	}
}

// finish lets one check that is under way report, mostly as its fate has it.
func (w *walk) finish(h *hub) {
	shas := make([]repo.SHA, 0, len(h.checks))
	for sha := range h.checks {
		shas = append(shas, sha)
	}
	slices.Sort(shas)
	for _, sha := range shas {
		for _, c := range h.checks[sha] {
			if c.Result != green.Pending {
				continue
			}
			_, kind, _ := strings.Cut(string(sha), "-")
			r := h.outcome(strings.TrimRight(kind, "0123456789"), c.Attempt)
			if !w.calm && w.r.IntN(8) == 0 {
				r = pick(w.r, green.Cancelled, green.Timeout, green.Failure, green.Neutral, green.Unknown)
			}
			w.report(h, sha, c.Name, r)
		}
	}
}

// check looks at an action just before it is done, from what is really so.
func (w *walk) check(_ *world, cs Changeset, a Action) {
	w.kinds[a.Kind]++
	h := w.hubs[cs.ID]
	switch a.Kind {
	case MergePull:
		w.want(a, w.stop == "", "inside a stop")
		w.want(a, !w.frozenNow(), "inside a freeze")
		w.want(a, w.insideWindows() || cs.Hotfix != nil || w.migration.Hotfix != nil, "outside the windows")
		w.want(a, w.belowMaxMerges() || cs.Hotfix != nil || w.migration.Hotfix != nil, "beyond max_merges")
		w.want(a, w.waveHasBegun(cs), "before its wave")
		w.want(a, cs.Hold == nil && w.migration.Pause == nil, "held or paused")
		if h.pull.Head == a.Head { // else GitHub refuses
			w.want(a, w.green(h, a.Head), "of a head that is not green")
			w.want(a, len(h.pull.Foreign) == 0 || cs.ForcedHead == a.Head, "with commits that nobody answered for")
			w.want(a, *h.pull.Mergeable && (!h.required.Strict || !h.pull.Behind), "that conflicts or is behind")
		}
		w.once("merge", a)
	case OpenRevert:
		if cs.RevertBy == nil {
			w.want(a, w.lawEight(cs, h), "without law 8's proof")
			w.want(a, cs.Coexists, "alone, without coexistence")
			w.want(a, w.policy.Revert.Mode == "auto" && w.stop == "" && cs.Hold == nil, "that is not Skein's to do")
			w.want(a, !w.stopped[cs.Merge], "a second time by itself")
			w.stopped[cs.Merge] = true
		}
	case MergeRevert:
		w.want(a, w.stop == "" && !w.frozenNow(), "inside a stop or a freeze")
		w.want(a, h.revert.Head == a.Head && w.green(h, a.Head), "that is not green")
		if cs.RevertBy != nil || w.policy.Revert.Windows {
			w.want(a, w.insideWindows() || cs.Hotfix != nil || w.migration.Hotfix != nil, "outside the windows")
		}
		if cs.RevertBy == nil {
			w.want(a, w.revertsToday() < w.policy.Revert.MaxPerDay, "beyond max_per_day")
		}
		w.once("revert", a)
	case RerunChecks:
		w.want(a, len(a.Runs)+len(a.CheckIDs) > 0, "of nothing")
	case OpenPull:
		w.want(a, w.settled(cs) || cs.Pull != 0, "before the schema commit has settled")
	case UpdatePull, ClosePull, CloseRevert, UpdateRevert:
	}
}

// settled reports whether the schema commit has stood long enough, or a person did not want to wait: for this wave, or
// for the one that prepares it ahead.
func (w *walk) settled(cs Changeset) bool {
	i := slices.IndexFunc(w.policy.Waves, func(v wave.Wave) bool { return v.Name == cs.Wave })
	started := slices.Contains(w.migration.Started, cs.Wave)
	if i > 0 && w.policy.Waves[i-1].Ahead {
		started = started || slices.Contains(w.migration.Started, w.policy.Waves[i-1].Name)
	}
	return started || cs.Hotfix != nil || w.migration.Hotfix != nil || !w.now.Before(w.migration.Landed.Add(w.policy.Settle))
}

func (w *walk) want(a Action, ok bool, what string) {
	if !ok {
		w.t.Fatalf("seed %d, %s: %s %s\n%s", w.seed, w.now, a.Key, what, strings.Join(w.log[max(0, len(w.log)-40):], "\n"))
	}
}

// once allows one key for each head.
func (w *walk) once(what string, a Action) {
	name, key := what+string(a.Head), strings.TrimRight(a.Key, "0123456789/") // the tries of a head differ there
	if old, ok := w.keys[name]; ok && string(old) != key {
		w.t.Fatalf("seed %d: %s and %s are for one head", w.seed, old, a.Key)
	}
	w.keys[name] = repo.SHA(key)
}

func (w *walk) frozenNow() bool {
	return slices.ContainsFunc(w.policy.Freezes, func(f calendar.Freeze) bool { return !w.now.Before(f.From) && w.now.Before(f.To) })
}

func (w *walk) insideWindows() bool { return calendar.IsOpen(w.policy.Windows, nil, w.now) }

func (w *walk) belowMaxMerges() bool {
	for _, side := range w.policy.Windows {
		for _, win := range side { // every side has one window here
			if o, ok := win.Current(w.now); ok && win.MaxMerges > 0 && o.Merges(w.merges) >= win.MaxMerges {
				return false
			}
		}
	}
	return true
}

// green is law 7's, from what the CI really said: the newest run of the one required check.
func (w *walk) green(h *hub, sha repo.SHA) bool {
	newest := green.Check{}
	for _, c := range h.checks[sha] {
		if c.ID > newest.ID {
			newest = c
		}
	}
	return newest.Result == green.Success || newest.Result == green.Neutral
}

// lawEight counts what the CI really said.
func (w *walk) lawEight(cs Changeset, h *hub) bool {
	red := 0
	for _, c := range h.checks[cs.Merge] {
		if c.Result == green.Success {
			return false
		} else if c.Result == green.Failure {
			red++
		}
	}
	head := h.pull.Head
	last := func(sha repo.SHA) green.Result { cs := h.checks[sha]; return cs[len(cs)-1].Result }
	return red > w.policy.Reruns && last(h.pull.Parent) == green.Success && last(head) == green.Success
}

func (w *walk) waveHasBegun(cs Changeset) bool {
	if slices.Contains(w.migration.Started, cs.Wave) {
		return true
	}
	for _, other := range w.css {
		if other.Wave >= cs.Wave {
			continue
		}
		p := other.Phase
		if !p.Ended() || p == Unproven && !w.policy.Unproven {
			return false
		}
		soak := w.policy.Waves[slices.IndexFunc(w.policy.Waves, func(x wave.Wave) bool { return x.Name == other.Wave })].Soak
		if !other.MergedAt.IsZero() && w.now.Before(other.Since.Add(soak)) {
			return false
		}
	}
	return true
}

func (w *walk) revertsToday() int {
	return calendar.Opening{Opens: w.now.Add(1 - 24*time.Hour)}.Merges(w.reverts)
}

// end takes every obstacle away, has people decide what only they may, and demands an end within 30 days.
func (w *walk) end() {
	w.calm, w.stop, w.stuck, w.lose = true, "", false, 0
	clear(w.failed)
	for range 30 {
		for i := range w.css {
			w.relieve(i)
		}
		if m, _, err := ApplyMigration(w.migration, w.gates(), Command{Verb: "resume", By: "bo"}, w.now); err == nil {
			w.migration = m
		}
		w.until(w.now.Add(24 * time.Hour))
		if !slices.ContainsFunc(w.css, func(c Changeset) bool { return !c.Phase.Ended() }) {
			return
		}
	}
	for _, cs := range w.css {
		if !cs.Phase.Ended() && !w.behindUnproven(cs) {
			w.t.Fatalf("seed %d: %s is still %s: %v\n%s", w.seed, cs.ID, cs.Phase, cs.Waits, strings.Join(w.log[max(0, len(w.log)-40):], "\n"))
		}
	}
}

// relieve is what people do in the end: checks report, conflicts are solved, a red head is skipped.
func (w *walk) relieve(i int) {
	h := w.hubs[w.css[i].ID]
	h.gone = ""
	w.finish(h)
	for _, p := range []*green.Pull{h.pull, h.revert} {
		if p != nil {
			clean := true
			p.Mergeable = &clean
		}
	}
	w.settle()
	w.command(i, "resume")
	cs := w.css[i]
	switch {
	case cs.Phase == Open && h.pull.Open && !w.green(h, h.pull.Head), cs.Phase == Regressed:
		w.command(i, "skip")
	case cs.Phase == Open:
		w.command(i, "merge")
	case cs.Phase == Reverting && h.revert != nil && h.revert.Open && !w.green(h, h.revert.Head):
		h.revert.Open = false
	}
	w.settle()
}

// behindUnproven is the one way to wait for good: a wave that saw no result, until a person starts the next.
func (w *walk) behindUnproven(cs Changeset) bool {
	return !w.policy.Unproven && slices.ContainsFunc(w.css, func(c Changeset) bool { return c.Phase == Unproven && c.Wave < cs.Wave })
}
