package rollout

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rule"
	"github.com/skein-bot/skein/internal/wave"
)

var update = flag.Bool("update", false, "rewrite the wants of the transcripts")

// TestTranscripts plays testdata/*.txtar: a plan, a script in people's words and what Skein does, in virtual
// time that begins on Monday 13 April 2026 in UTC. Each case says its reason above the plan, and below the script the
// rules that it is about: with any of them switched off something else must happen. What is left at the end is the
// changesets as they are stored, so that nothing is kept or forgotten unnoticed.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	for name, tr := range transcripts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, left := tr.run(t, "")
			if *update {
				tr.Files[3].Data, tr.Files[4].Data = []byte(got), []byte(left)
				if err := os.WriteFile("testdata/"+name+".txtar", txtar.Format(tr.Archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(tr.Files[3].Data), got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if diff := cmp.Diff(string(tr.Files[4].Data), left); diff != "" {
				t.Errorf("at the end -want +got\n%s", diff)
			}
			for _, rule := range tr.rules {
				if without, _ := tr.run(t, rule); without == got {
					t.Errorf("nothing changes without rule %s", rule)
				}
			}
		})
	}
}

// TestEveryRuleHasATranscript holds the rule table and the transcripts together.
func TestEveryRuleHasATranscript(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{}
	for name, tr := range transcripts(t) {
		for _, id := range tr.rules {
			shown[id] = true
			if !slices.ContainsFunc(rule.All(), func(r rule.Rule) bool { return r.ID == id }) {
				t.Errorf("%s is about %q, which is no rule", name, id)
			}
		}
	}
	for _, r := range rule.All() {
		if !shown[r.ID] {
			t.Errorf("no transcript is about %s", r.ID)
		}
	}
}

// transcript is one case.
type transcript struct {
	*txtar.Archive
	rules []string
}

func transcripts(t *testing.T) map[string]transcript {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 120 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	out := map[string]transcript{}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sections []string
		for _, f := range a.Files {
			sections = append(sections, f.Name)
		}
		tr := transcript{Archive: a}
		if len(a.Files) == 5 {
			tr.rules = strings.Fields(string(a.Files[2].Data))
		}
		if strings.Join(sections, " ") != "plan script rules want left" || len(a.Comment) < 20 || len(tr.rules) == 0 || len(tr.rules) > 4 {
			t.Fatalf("%s: want a reason, then plan, script, one to four rules, want and left", file)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".txtar")] = tr
	}
	return out
}

// run plays a transcript and returns what happened. With a rule switched off the play may break off, and that is
// what happened then.
func (tr transcript) run(t *testing.T, off string) (log, left string) {
	t.Helper()
	p := &player{world: newWorld(t, defaults(), time.Date(2026, 4, 13, 0, 0, 0, 0, time.UTC))}
	p.off, p.policy.without = off, off
	if off != "" {
		p.t = breaker{t}
		defer func() {
			if why := recover(); why != nil {
				log = fmt.Sprint(why)
			}
		}()
	}
	p.each(tr.Files[0], p.plan)
	p.each(tr.Files[1], p.play)
	return strings.Join(p.log, "\n") + "\n", p.left()
}

// left are the changesets without what the plan gave them: a line for every field, and one for every entry of a list.
func (p *player) left() string {
	var out strings.Builder
	for _, cs := range p.css {
		data, err := json.Marshal(cs)
		fields := map[string]any{}
		if err = errors.Join(err, json.Unmarshal(data, &fields)); err != nil {
			p.t.Fatalf("%v", err)
		}
		fmt.Fprintf(&out, "%s is %s\n", cs.ID, cs.Phase)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if slices.Contains([]string{"id", "migration", "wave", "repo", "results", "phase", "from", "coexists", "base"}, name) {
				continue
			}
			entries, ok := fields[name].([]any)
			if !ok {
				entries = []any{fields[name]}
			}
			for _, e := range entries {
				fmt.Fprintf(&out, "  %s: %s\n", name, told(e))
			}
		}
	}
	return out.String()
}

// told is a JSON value in words.
func told(v any) string {
	fields, ok := v.(map[string]any)
	if !ok {
		text := fmt.Sprint(v)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at.Format("Mon 15:04:05")
		}
		return text
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		words = append(words, name+" "+told(fields[name]))
	}
	return strings.Join(words, ", ")
}

// breaker ends a play, not its test.
type breaker struct{ testing.TB }

func (breaker) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// defaults are the policy that a plan begins with: merge at any time, one wave, reverts on.
func defaults() Policy {
	return Policy{Mode: Merge, Methods: []string{"squash"}, Watch: 6 * time.Hour, Reruns: 2, Windows: [][]calendar.Window{nil, nil},
		Checks: green.CheckRules{Require: []string{"ci/build"}}, Revert: RevertRules{Mode: "auto", MaxPerDay: 5}}
}

type player struct{ *world }

func (p *player) each(f txtar.File, do func(string) bool) {
	for i, line := range strings.Split(strings.TrimSpace(string(f.Data)), "\n") {
		if line = strings.TrimSpace(line); line != "" && !do(line) {
			p.t.Fatalf("%s:%d: nobody understands %q", f.Name, i+1, line)
		}
	}
}

// sentence is one that plans or scripts may use.
type sentence struct {
	pattern string
	do      func(m []string)
}

func say(line string, rules []sentence) bool {
	for _, r := range rules {
		if m := compiled(r.pattern).FindStringSubmatch(line); m != nil {
			r.do(m[1:])
			return true
		}
	}
	return false
}

// patterns are the sentences', each compiled once: every transcript is played several times.
var patterns sync.Map

func compiled(pattern string) *regexp.Regexp {
	known, _ := patterns.Load(pattern)
	if re, ok := known.(*regexp.Regexp); ok {
		return re
	}
	re := regexp.MustCompile("^" + pattern + "$")
	patterns.Store(pattern, re)
	return re
}

func (p *player) plan(line string) bool {
	pol := &p.policy
	return say(line, []sentence{
		{`the dataset's #(\d+) is open`, func(m []string) {
			p.migration.Pull, _ = strconv.Atoi(m[0])
			p.migration.Landed = time.Time{}
		}},
		{`settle (\S+)`, func(m []string) { pol.Settle = p.span(m[0]) }},
		{`(\S+) is a second dataset's change of (\S+)`, func(m []string) { p.share(m[0], m[1]) }},
		{`(\S+) has pushed a branch of Skein's name to (\S+)`, func(m []string) { _, h := p.at(m[1]); h.taken = m[0] }},
		{`mode (observe|propose|merge)`, func(m []string) {
			pol.Mode = map[string]Mode{"observe": Observe, "propose": Propose, "merge": Merge}[m[0]]
		}},
		{`wave (\S+): ([^;]*)(.*)`, func(m []string) { p.wave(m[0], strings.Fields(m[1]), m[2]) }},
		{`graph: ([^;]*)(.*)`, func(m []string) { p.graph(strings.Fields(m[0]), m[1]) }},
		{`(\S+)'s CI: (\S+)( slow)?( status)?`, func(m []string) {
			_, h := p.at(m[0])
			*h = hub{fate: m[1], slow: m[2] != "", status: m[3] != "", checks: map[repo.SHA][]green.Check{}}
			h.base = p.commit(m[0], h, "base")
		}},
		{`(dataset|consumer) window: (.*) for (\S+) in (\S+)( max (\d+))?`, func(m []string) {
			side := map[string]int{"dataset": 0, "consumer": 1}[m[0]]
			n, _ := strconv.Atoi(m[5])
			pol.Windows[side] = append(pol.Windows[side], calendar.Window{Cron: m[1], For: p.span(m[2]), Zone: zone(p.t, m[3]), MaxMerges: n, Source: m[0] + "/skein.yml:7"})
		}},
		{`freeze (\S+) to (\S+): (.*)`, func(m []string) {
			pol.Freezes = append(pol.Freezes, calendar.Freeze{From: instant(p.t, m[0]), To: instant(p.t, m[1]), Reason: m[2]})
		}},
		{`freeze from (\S+): (.*)`, func(m []string) {
			pol.Freezes = append(pol.Freezes, calendar.Freeze{From: instant(p.t, m[0]), Reason: m[1]})
		}},
		{`watch (\S+)`, func(m []string) { pol.Watch = p.span(m[0]) }},
		{`reruns (\d)`, func(m []string) { pol.Reruns, _ = strconv.Atoi(m[0]) }},
		{`signals (.*)`, func(m []string) { pol.Signals = strings.Fields(m[0]) }},
		{`checks required: ?(.*)`, func(m []string) { pol.Checks.Require = strings.Fields(m[0]) }},
		{`checks ignored: (.*)`, func(m []string) { pol.Checks.Ignore = strings.Fields(m[0]) }},
		{`checks none`, func([]string) { pol.Checks = green.CheckRules{None: true} }},
		{`revert (auto|propose|off)`, func(m []string) { pol.Revert.Mode = m[0] }},
		{`revert inside windows`, func([]string) { pol.Revert.Windows = true }},
		{`reverts per day (\d+)`, func(m []string) { pol.Revert.MaxPerDay, _ = strconv.Atoi(m[0]) }},
		{`unproven opens`, func([]string) { pol.Unproven = true }},
		{`config broken: (.*)`, func(m []string) { pol.Broken = m[0] }},
		{`no merge method`, func([]string) { pol.Methods = nil }},
		{`old names are gone`, func([]string) {
			for i := range p.css {
				p.css[i].Coexists = false
			}
		}},
		{`(\S+) is half edited`, func(m []string) { _, h := p.at(m[0]); h.half = true }},
		{`(\S+) has a strict branch`, func(m []string) { p.required(m[0]).Strict = true }},
		{`(\S+) has a merge queue`, func(m []string) { p.required(m[0]).Queue = true }},
		{`begin (\S+)`, func(m []string) { p.now = instant(p.t, m[0]); p.migration.Landed = p.now }},
		{`merges run in the background`, func([]string) { p.later = true }},
		{`pull requests open slowly`, func([]string) { p.slow = true }},
		{`methods (.*)`, func(m []string) { pol.Methods = strings.Fields(m[0]) }},
		{`(\S+) allows only (.*)`, func(m []string) { _, h := p.at(m[0]); h.methods = strings.Fields(m[1]) }},
		{`(\S+)'s rules leave only (.*)`, func(m []string) { p.required(m[0]).Methods = strings.Fields(m[1]) }},
		{`(\S+)'s files cannot be read yet`, func(m []string) { _, h := p.at(m[0]); h.unread = true }},
		{`(\S+) has a rule of type (\S+)`, func(m []string) { p.required(m[0]).Unknown = []string{m[1]} }},
		{`(\S+) needs a code owner`, func(m []string) { p.required(m[0]).CodeOwners = true }},
		{`(\S+) wants the last push approved`, func(m []string) { p.required(m[0]).LastPush = true }},
		{`(\S+) wants conversations resolved`, func(m []string) { p.required(m[0]).Threads = true }},
		{`(\S+) must be deployed to (\S+)`, func(m []string) { p.required(m[0]).Deployments = []string{m[1]} }},
		{`GitHub has opened (\S+)'s pull request already`, func(m []string) {
			_, h := p.at(m[0])
			clean := true
			h.pulls++
			h.pull = &green.Pull{Number: h.pulls, Open: true, Base: "main", BaseSHA: h.base, Mergeable: &clean, Head: p.commit(m[0], h, "head")}
		}},
		{`(\S+) needs (\d) approvals`, func(m []string) { p.required(m[0]).Reviews, _ = strconv.Atoi(m[1]) }},
		{`(\S+) cannot read (.*)`, func(m []string) { p.required(m[0]).Unreadable = []string{m[1]} }},
		{`(\S+) requires (\S+) of app (\d+)`, func(m []string) {
			app, _ := strconv.ParseInt(m[2], 10, 64)
			p.required(m[0]).Checks = append(p.required(m[0]).Checks, green.RequiredCheck{Name: m[1], App: app})
		}},
	})
}

func (p *player) required(name string) *green.Required {
	_, h := p.at(name)
	return &h.required
}

// graph adds repositories, a>b when b reads from a, in the graph's order.
func (p *player) graph(edges []string, rest string) {
	limits := p.limits("", rest)
	p.policy.Graph = &limits
	var names []string
	id := func(name string) repo.ID {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		return repo.ID(slices.Index(names, name))
	}
	g := wave.Graph{}
	for _, e := range edges {
		from, to, both := strings.Cut(e, ">")
		if a := id(from); both {
			g[a] = append(g[a], id(to))
		}
	}
	var ids []repo.ID
	for i := range names {
		ids = append(ids, repo.ID(i))
	}
	waves, _ := g.Order(ids)
	for i, name := range names {
		p.add(name, waves[repo.ID(i)], "good")
	}
}

func (p *player) wave(name string, repos []string, rest string) {
	p.policy.Waves = append(p.policy.Waves, p.limits(name, rest))
	for _, r := range repos {
		p.add(r, name, "good")
	}
}

func (p *player) limits(name, rest string) wave.Wave {
	w := wave.Wave{Name: name, MaxRegressions: 1}
	for part := range strings.SplitSeq(rest, ";") {
		if part = strings.TrimSpace(part); part != "" && !say(part, []sentence{
			{`soak (\S+)`, func(m []string) { w.Soak = p.span(m[0]) }},
			{`max open (\d+)`, func(m []string) { w.MaxOpen, _ = strconv.Atoi(m[0]) }},
			{`max regressions (\d+)`, func(m []string) { w.MaxRegressions, _ = strconv.Atoi(m[0]) }},
			{`ahead`, func([]string) { w.Ahead = true }},
		}) {
			p.t.Fatalf("wave %s: nobody understands %q", name, part)
		}
	}
	return w
}

func (p *player) span(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

// play lets time pass until a line's and does what it says.
func (p *player) play(line string) bool {
	when, what, ok := strings.Cut(line, " ")
	clock, what, ok2 := strings.Cut(what, " ")
	if !ok || !ok2 {
		return false
	}
	at := p.now
	for at.Format("Mon 15:04") != when+" "+clock {
		at = at.Truncate(time.Minute).Add(time.Minute)
	}
	p.until(at)
	if !p.event(what) {
		return false
	}
	p.settle()
	return true
}

var results = map[string]green.Result{"passes": green.Success, "fails": green.Failure, "starts": green.Pending, "is skipped": green.Neutral,
	"times out": green.Timeout, "is cancelled": green.Cancelled, "says something new": "stale"}

func (p *player) event(what string) bool {
	return say(what, p.happenings()) || say(what, p.reviews()) || say(what, p.landings())
}

// reviews are what people say of a pull request, and where its head was deployed.
func (p *player) reviews() []sentence {
	pull := func(name string) *green.Pull { _, h := p.at(name); return h.pull }
	review := func(name string) *green.Review { return &pull(name).Review }
	states := map[string]green.Result{"starts": green.Pending, "succeeds": green.Success, "fails": green.Failure}
	return []sentence{
		{`(\S+) asks its code owner (\S+)`, func(m []string) { review(m[0]).Missing, review(m[0]).Owners = true, []string{m[1]} }},
		{`its code owner approves (\S+)`, func(m []string) { *review(m[0]) = green.Review{Approvals: review(m[0]).Approvals + 1} }},
		{`a push takes the approvals of (\S+) back`, func(m []string) { *review(m[0]) = green.Review{Missing: true} }},
		{`(\S+)'s approvals are for an older head`, func(m []string) { review(m[0]).Missing, review(m[0]).Stale = true, review(m[0]).Approvals }},
		{`(\S+) asks for changes of (\S+)`, func(m []string) { review(m[1]).Against = []string{m[0]} }},
		{`(\S+) approves (\S+) after all`, func(m []string) { review(m[1]).Against = nil }},
		{`(\S+) approves (\S+)`, func(m []string) { review(m[1]).Approvals++; review(m[1]).Missing = len(review(m[1]).Owners) > 0 }},
		{`(\d) conversations are open on (\S+)`, func(m []string) { review(m[1]).Threads, _ = strconv.Atoi(m[0]) }},
		{`deployment of (\S+) to (\S+) (starts|succeeds|fails)`, func(m []string) {
			pull(m[0]).Deployed = map[string]green.Result{m[1]: states[m[2]]}
		}},
		{`(\S+) (passes|fails) on (\S+)'s test merge`, func(m []string) {
			_, h := p.at(m[2])
			p.status(h, green.Check{Name: m[0], Test: true, Result: results[m[1]]})
		}},
		{`somebody sets the status (\S+) to (passes|fails) on (\S+)'s head`, func(m []string) {
			_, h := p.at(m[2])
			p.status(h, green.Check{Name: m[0], Result: results[m[1]]})
		}},
	}
}

func (p *player) status(h *hub, c green.Check) {
	p.nextID++
	c.Status, c.ID, c.Attempt, c.At = true, p.nextID, 1, p.now
	h.checks[h.pull.Head] = append(h.checks[h.pull.Head], c)
}

// landings are how GitHub merges what does not merge at once.
func (p *player) landings() []sentence {
	leave := func(name, by, why string) {
		_, h := p.at(name)
		h.pull.Queue, h.pull.Left = nil, green.Left{At: p.now, By: by, Reason: why}
	}
	return []sentence{
		{`GitHub finishes the merge of (\S+)`, func(m []string) { p.merge(m[0], ""); p.merges = append(p.merges, p.now) }},
		{`the merge of (\S+) fails: (.*)`, func(m []string) { _, h := p.at(m[0]); h.request = &Request{State: "failed", Reason: m[1]} }},
		{`GitHub forgets the merge of (\S+)`, func(m []string) { _, h := p.at(m[0]); h.request = &Request{State: "gone"} }},
		{`the queue merges the revert of (\S+)`, func(m []string) { p.mergeRevert(m[0], green.QueueBot) }},
		{`the queue merges (\S+)`, func(m []string) { p.merge(m[0], green.QueueBot) }},
		{`the queue (is deaf|listens)`, func(m []string) { p.deaf = m[0] == "is deaf" }},
		{`the queue shows (nothing|who is in it)`, func(m []string) { p.hidden = m[0] == "nothing" }},
		{`(\S+) enters the queue`, func(m []string) {
			_, h := p.at(m[0])
			h.pull.Queue = &green.Queued{State: "awaiting_checks", Position: 1}
		}},
		{`the revert of (\S+) leaves the queue: (.*)`, func(m []string) {
			_, h := p.at(m[0])
			h.revert.Queue, h.revert.Left = nil, green.Left{At: p.now, Reason: m[1]}
		}},
		{`(\S+) leaves the queue: (.*)`, func(m []string) { leave(m[0], "", m[1]) }},
		{`(\S+) takes (\S+) out of the queue`, func(m []string) { leave(m[1], m[0], "") }},
		{`skein merges (\S+)`, func(m []string) { p.merge(m[0], "") }},
		{`pull requests (open at once|open slowly)`, func(m []string) { p.slow = m[0] == "open slowly" }},
		{`(\S+)'s files can be read`, func(m []string) { _, h := p.at(m[0]); h.unread = false }},
		{`(\S+)'s pull request cannot be seen`, func(m []string) { _, h := p.at(m[0]); h.unseen = true }},
		{`(\S+)'s pull request can be seen`, func(m []string) { _, h := p.at(m[0]); h.unseen = false }},
		{`(\S+) is brought up to date`, func(m []string) { _, h := p.at(m[0]); h.pull.Head = p.commit(m[0], h, "head") }},
		{`(\S+) is no draft any more`, func(m []string) { _, h := p.at(m[0]); h.pull.Draft = false }},
	}
}

// happenings are checks, pushes, commands and switches.
func (p *player) happenings() []sentence {
	return []sentence{
		{`begin|tick`, func([]string) {}},
		{`why (\S+)`, func(m []string) { p.why(m[0]) }},
		{`(\S+) (passes|fails|starts|is skipped|times out|is cancelled|says something new) on (\S+)'s (head|merge|main|parent|revert)`, func(m []string) {
			_, h := p.at(m[2])
			p.report(h, p.commitOf(m[2], m[3]), m[0], results[m[1]])
		}},
		{`app (\d+) says (\S+) (passes|fails) on (\S+)'s head`, func(m []string) {
			app, _ := strconv.ParseInt(m[0], 10, 64)
			_, h := p.at(m[3])
			p.nextID++
			h.checks[h.pull.Head] = append(h.checks[h.pull.Head], green.Check{Name: m[1], App: app, Result: results[m[2]], ID: p.nextID, Attempt: 1, At: p.now})
		}},
		{`(\S+) says /skein (\S+) ?(.*) on the migration`, func(m []string) { p.command(m[0], "", m[1], m[2]) }},
		{`(\S+) says /skein (\S+) ?(.*) on (\S+)`, func(m []string) { p.command(m[0], m[3], m[1], m[2]) }},
		{`(\S+) (merges cleanly|conflicts|may conflict)`, func(m []string) {
			_, h := p.at(m[0])
			clean := m[1] == "merges cleanly"
			if h.pull.Mergeable = &clean; m[1] == "may conflict" {
				h.pull.Mergeable = nil
			}
		}},
		{`(bo|ada|cy) merges (\S+)`, func(m []string) { p.merge(m[1], m[0]) }},
		{`(\S+) closes (\S+)`, func(m []string) { _, h := p.at(m[1]); h.pull.Open, h.pull.ClosedBy = false, m[0] }},
		{`(\S+) reopens (\S+)`, func(m []string) { _, h := p.at(m[1]); h.pull.Open = true }},
		{`(\S+) pushes to the revert of (\S+)`, func(m []string) {
			_, h := p.at(m[1])
			h.revert.Head, h.revert.Foreign = p.commit(m[1], h, "revert"), []string{m[0]}
		}},
		{`(\S+) pushes to (\S+)`, func(m []string) {
			_, h := p.at(m[1])
			h.pull.Head, h.pull.Foreign = p.commit(m[1], h, "head"), []string{m[0]}
		}},
		{`(\S+) closes the revert of (\S+)`, func(m []string) { _, h := p.at(m[1]); h.revert.Open, h.revert.ClosedBy = false, m[0] }},
		{`(\S+) merges the revert of (\S+)`, func(m []string) { p.mergeRevert(m[1], m[0]) }},
		{`the dataset's #(\d+) is merged`, func([]string) { p.migration.Pull = 0 }},
		{`the dataset's #(\d+) changes`, func([]string) {
			for i := range p.css {
				p.css[i] = Anew(p.css[i], p.now)
			}
		}},
		{`the dataset's #(\d+) is closed`, func([]string) {
			for i := range p.css {
				p.css[i] = Supersede(p.css[i], "the dataset's pull request was closed", p.now)
			}
		}},
		{`the schema commit is undone`, func([]string) { p.supersede("a later commit undid the change") }},
		{`the schema changes again`, func([]string) {
			for _, old := range p.supersede("a later commit changed the schema again; m8 takes this over") {
				p.add(old+"-again", p.css[0].Wave, "good")
				p.share(old+"-again", old)
			}
			p.migration.Landed = p.now
		}},
		{`Skein starts again`, func([]string) { p.restart() }},
		{`(\S+) deletes the branch in (\S+)`, func(m []string) { _, h := p.at(m[1]); h.taken = "" }},
		{`main of (\S+) moves`, func(m []string) { p.moveMain(m[0], false) }},
		{`main of (\S+) moves into a conflict`, func(m []string) { p.moveMain(m[0], true) }},
		{`(\S+)'s main is (un)?locked`, func(m []string) { p.required(m[0]).Locked = m[1] == "" }},
		{`(\S+) becomes a draft`, func(m []string) { _, h := p.at(m[0]); h.pull.Draft = true }},
		{`(\S+) gets the base (\S+)`, func(m []string) { _, h := p.at(m[0]); h.pull.Base = m[1] }},
		{`(\S+) changes Skein's config`, func(m []string) { _, h := p.at(m[0]); h.pull.TouchesOwn = true }},
		{`(\S+) is gone: (.*)`, func(m []string) { _, h := p.at(m[0]); h.gone = m[1] }},
		{`(\S+) is back`, func(m []string) { _, h := p.at(m[0]); h.gone = "" }},
		{`stop: (.*)`, func(m []string) { p.stop = m[0] }},
		{`the stop is lifted`, func([]string) { p.stop = "" }},
		{`the freeze is lifted`, func([]string) { p.policy.Freezes = nil }},
		{`the config breaks: (.*)`, func(m []string) { p.policy.Broken = m[0] }},
		{`the config is repaired`, func([]string) { p.policy.Broken = "" }},
		{`reruns do not show`, func([]string) { p.blind = true }},
		{`another change is being merged into (\S+)`, func(m []string) { _, h := p.at(m[0]); h.busy = true }},
		{`nothing else is being merged into (\S+)`, func(m []string) { _, h := p.at(m[0]); h.busy = false }},
		{`merges get stuck`, func([]string) { p.stuck = true }},
		{`merges go through`, func([]string) { p.stuck = false }},
		{`(\d+) merges get lost`, func(m []string) { p.lose, _ = strconv.Atoi(m[0]) }},
		{`GitHub will not let Skein (\S+) (\S+)`, func(m []string) { _, h := p.at(m[1]); h.forbids = ActionKind(m[0]) }},
	}
}

// supersede ends what a later commit takes over: all that is not merged. It names those.
func (p *player) supersede(why string) (names []string) {
	for i := range p.css {
		if p.css[i] = Supersede(p.css[i], why, p.now); p.css[i].Phase == Superseded {
			names = append(names, string(p.css[i].ID))
		}
	}
	return names
}

// restart leaves of what Skein knows only what is stored.
func (p *player) restart() {
	for _, v := range []any{&p.migration, &p.css} {
		data, err := json.Marshal(v)
		stored := reflect.New(reflect.TypeOf(v).Elem())
		if err = errors.Join(err, json.Unmarshal(data, stored.Interface())); err != nil {
			p.t.Fatalf("%v", err)
		}
		reflect.ValueOf(v).Elem().Set(stored.Elem())
	}
}

func (p *player) moveMain(name string, conflict bool) {
	_, h := p.at(name)
	h.base = p.commit(name, h, "later")
	if h.pull != nil && h.pull.Open {
		clean := !conflict
		h.pull.Behind, h.pull.Mergeable = true, &clean
	}
	if h.revert != nil {
		h.revert.Behind = true
	}
}

func (p *player) commitOf(name, kind string) repo.SHA {
	cs, h := p.at(name)
	switch kind {
	case "head":
		return h.pull.Head
	case "merge":
		return cs.Merge
	case "parent":
		return cs.Parent
	case "revert":
		return h.revert.Head
	}
	return h.base
}

func (p *player) command(by, name, verb, arg string) {
	cmd := Command{Verb: verb, By: by, Arg: arg}
	if name == "" {
		m, events, err := ApplyMigration(p.migration, Gates(p.migration, p.css, p.policy, p.now), cmd, p.now)
		if p.isOff(events) {
			return
		}
		p.migration = m
		p.told("migration", events, err)
		return
	}
	cs, h := p.at(name)
	if h.pull != nil {
		cmd.Head = h.pull.Head
	}
	next, actions, events, err := Apply(*cs, cmd, p.now)
	if p.isOff(events) {
		return
	}
	*cs = next
	p.told(name, events, err)
	for i := range p.css {
		for _, a := range actions {
			if string(p.css[i].ID) == name {
				p.act(i, a)
			}
		}
	}
	if verb == "retry" {
		for key := range p.failed {
			p.done[key] = 0
		}
		clear(p.failed)
	}
	if verb == "reapply" && err == nil {
		h.pull, h.revert = nil, nil
	}
}

func (p *player) told(name string, events []Event, err error) {
	if err != nil {
		p.say("%s: no: %v", name, err)
	}
	for _, e := range events {
		p.say("%s: %s (%s)", name, e.Text, e.Rule)
	}
}

func (p *player) why(name string) {
	cs, _ := p.at(name)
	p.say("%s is %s", name, cs.Phase)
	for _, w := range cs.Waits {
		till := ""
		if !w.Till.IsZero() {
			till = w.Till.UTC().Format(" until Mon 15:04")
		}
		p.log = append(p.log, fmt.Sprintf("  %s%s, %s: %s", w.Rule, till, w.On, w.Text))
	}
}
