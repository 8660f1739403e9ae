package chaos

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

// judge compares what GitHub's history says that Skein did with what it may do.
type judge struct {
	w      *walk
	seen   int             // entries of the history
	merged map[string]bool // heads that Skein merged
	taken  map[string]int  // the revert by Skein, for each pull request
}

// queueBot merges what Skein put in a merge queue.
const queueBot = "github-merge-queue[bot]"

// stale is how long ago a read may have been true.
const stale = 2 * time.Minute

// look judges what was written since the last look.
func (j *judge) look() {
	for _, e := range j.w.sim.HistoryFrom(j.seen) {
		j.seen++
		j.w.say("GitHub: %s %s %s %s", e.Actor, e.Verb, e.Repo, e.Target)
		if e.Verb == "pull.merge" && (e.Actor == j.w.app.Bot.Login || e.Actor == queueBot) {
			j.landed(e)
		}
		if e.Actor != j.w.app.Bot.Login {
			continue
		}
		j.w.writes[e.Verb]++
		switch e.Verb {
		case "pull.merge":
			j.want(e.RepoID != j.w.data.id, e, "merges in the dataset's repository")
			j.merge(e, e.Before)
		case "queue.enter":
			j.merge(e, e.After)
		case "pull.open":
			j.opened(e)
		}
	}
}

// place is the repository of an entry.
func (w *walk) place(id repo.ID) *place {
	for _, p := range w.places {
		if p.id == id {
			return p
		}
	}
	return nil
}

func (w *walk) pull(p *place, number int) (found githubsim.PullView) {
	for _, v := range w.sim.Pulls(p.name) {
		if v.Number == number {
			return v
		}
	}
	return found
}

func (j *judge) opened(e githubsim.Entry) {
	p := j.w.place(e.RepoID)
	n, _ := strconv.Atoi(strings.TrimPrefix(e.Target, "#"))
	v := j.w.pull(p, n)
	same := 0
	for _, other := range j.w.pulls(p, "open") {
		if other.Head == v.Head {
			same++
		}
	}
	j.want(same <= 1, e, "is a second open pull request of branch %s", v.Head)
	j.settled(e, p, v)
}

// settled demands that what a pull request follows has stood long enough, or that a person did not want to wait. What
// is drafted keeps what was taken back.
func (j *judge) settled(e githubsim.Entry, p *place, v githubsim.PullView) {
	begins := start
	if p.canary {
		begins = startFirst
	}
	if v.Draft || strings.HasPrefix(v.Head, "skein/revert-") || j.told(p, v, hotfix) || j.told(p, v, begins) {
		return
	}
	for n, evolved := range j.w.evolved {
		after, _ := j.w.sim.File(p.name, string(v.HeadSHA), fmt.Sprintf("q%d.sql", n))
		before, _ := j.w.sim.File(p.name, v.Base, fmt.Sprintf("q%d.sql", n))
		if strings.Contains(after, "wombat") && !strings.Contains(before, "wombat") {
			j.want(j.stood(n, e.At), e, "follows column %d before that has settled: it changed at %s", n, evolved)
		}
	}
}

// stood reports whether a column had changed for the settle time, as far as anybody could know by then. One that is undone
// has to be known of right before; that it was undone for a time counts if Skein heard of that.
func (j *judge) stood(column int, at time.Time) bool {
	evolved := j.w.evolved[column]
	for i := 0; i < len(evolved); i += 2 {
		undone := i+1 < len(evolved) && at.Sub(evolved[i+1]) > stale
		if undone && i+2 < len(evolved) {
			undone = j.w.heardUndone(column, evolved[i+1])
		}
		if !at.Before(evolved[i].Add(j.w.rules.settle)) && !undone {
			return true
		}
	}
	return false
}

// merge judges a merge, or that a pull request was put in a merge queue, with all that is still true then.
func (j *judge) merge(e githubsim.Entry, head string) {
	p, v := j.subject(e)
	j.stops(e, p)
	j.checks(e, p, repo.SHA(head))
	j.foreign(e, p, v)
	if of, ok := strings.CutPrefix(v.Head, "skein/revert-"); ok {
		j.revert(e, p, of)
		return
	}
	j.want(j.inWindow(e.At) || j.told(p, v, hotfix), e, "is outside the windows")
	j.gate(e, p, v)
}

// subject is the pull request of an entry, and where it is.
func (j *judge) subject(e githubsim.Entry) (*place, githubsim.PullView) {
	p := j.w.place(e.RepoID)
	number, _ := strconv.Atoi(strings.TrimPrefix(e.Target, "#"))
	return p, j.w.pull(p, number)
}

// landed judges what became of the base, by Skein's own merge or by the queue that Skein used.
func (j *judge) landed(e githubsim.Entry) {
	p, v := j.subject(e)
	key := fmt.Sprint(p.id, e.Before)
	j.want(!j.merged[key], e, "merges head %s for the second time", e.Before)
	j.merged[key] = true
	of, ok := strings.CutPrefix(v.Head, "skein/revert-")
	if !ok {
		j.w.counts["merges"]++
		return
	}
	j.w.counts["reverts"]++
	key = fmt.Sprint(p.id, "#", of)
	j.taken[key]++
	if !j.asked(p) {
		j.want(j.taken[key] == 1, e, "is the second revert of #%s", of)
		j.w.counts["reverts by proof"]++
	}
}

// asked reports whether a person wanted something taken back there.
func (j *judge) asked(p *place) bool {
	return slices.ContainsFunc(j.w.said, func(s saying) bool { return s.repo == p.id && s.text == "/skein revert" })
}

// told reports whether a person said something of a changeset before, or of its migration.
func (j *judge) told(p *place, v githubsim.PullView, text string) bool {
	id := migration(v.Head)
	issues := j.w.sim.Issues(j.w.data.name)
	return slices.ContainsFunc(j.w.said, func(s saying) bool {
		if s.repo == p.id {
			return s.text == text && migration(j.w.pull(p, s.number).Head) == id
		}
		return s.text == text && s.repo == j.w.data.id && slices.ContainsFunc(issues, func(i githubsim.IssueView) bool {
			return i.Number == s.number && strings.Contains(i.Body, "id="+id+" ")
		})
	})
}

// migration is whose branch it is.
func migration(branch string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(branch, "skein/"), "-")
	return id
}

// stops are the reasons for which nothing merges, reverts neither.
func (j *judge) stops(e githubsim.Entry, p *place) {
	r := j.w.rules
	j.want(e.At.Before(r.freezeFrom) || !e.At.Before(r.freezeTo), e, "is inside the freeze")
	late := func(at time.Time) bool { return !at.IsZero() && e.At.Sub(at) > lag }
	j.want(!late(j.w.frozen), e, "although all was frozen at %s", j.w.frozen)
	for _, at := range []*place{p, j.w.data, j.w.org} {
		for n, since := range at.stopped {
			j.want(e.At.Sub(since) <= stale, e, "although %s#%d says stop since %s", at.name, n, since)
		}
	}
	j.want(!late(p.brokenAt) && !late(j.w.data.brokenAt), e, "under a config that does not parse")
}

func (j *judge) inWindow(at time.Time) bool {
	if !j.w.rules.windows {
		return true
	}
	there := at.In(j.w.zone)
	day := there.Weekday()
	return day != time.Saturday && day != time.Sunday && there.Hour() >= 9 && there.Hour() < 17
}

// checks demands that the head was seen green: every check that is required had passed, its newest run first.
func (j *judge) checks(e githubsim.Entry, p *place, head repo.SHA) {
	if p.check != "" {
		j.want(j.passed(p, head, p.check, e.At), e, "with %s not green on %s", p.check, head)
		return
	}
	for _, name := range []string{"ci/build", "ci/lint"} {
		j.want(j.passed(p, head, name, e.At), e, "with %s not green on %s, and none required", name, head)
	}
}

// passed reports whether the newest run of a check had passed at a time, or a little before it.
func (j *judge) passed(p *place, sha repo.SHA, name string, at time.Time) bool {
	return slices.Contains([]string{"success", "neutral", "skipped"}, j.newest(p, sha, name, at)) ||
		slices.Contains([]string{"success", "neutral", "skipped"}, j.newest(p, sha, name, at.Add(-stale)))
}

// newest is what the newest run of a check said at a time.
func (j *judge) newest(p *place, sha repo.SHA, name string, at time.Time) (said string) {
	if p.status && name == p.check {
		for _, s := range j.w.sim.Statuses(p.name, sha) {
			if s.Context == name && !s.Created.After(at) {
				said = s.State
			}
		}
		return said
	}
	for _, c := range j.runs(p, sha, name) {
		if !c.Started.After(at) {
			said = c.Conclusion
			if c.Completed.IsZero() || c.Completed.After(at) {
				said = ""
			}
		}
	}
	return said
}

func (j *judge) runs(p *place, sha repo.SHA, name string) []githubsim.CheckView {
	return slices.DeleteFunc(j.w.sim.Checks(p.name, sha), func(c githubsim.CheckView) bool {
		return c.Name != name || c.AppID == j.w.app.ID
	})
}

// foreign demands that a person answered for the head if people's commits are on it.
func (j *judge) foreign(e githubsim.Entry, p *place, v githubsim.PullView) {
	log, err := j.w.sim.Log(p.name, e.Before)
	j.w.check(err)
	base, err := j.w.sim.Log(p.name, v.Base)
	j.w.check(err)
	known := map[repo.SHA]bool{}
	for _, c := range base {
		known[c.SHA] = c.SHA != repo.SHA(e.After)
	}
	for _, c := range log {
		if known[c.SHA] || strings.Contains(c.Author, j.w.app.Bot.Login) {
			continue
		}
		j.want(slices.ContainsFunc(j.w.said, func(s saying) bool {
			return s.repo == p.id && s.number == v.Number && s.text == "/skein merge" && !s.at.Before(c.When.Add(-time.Second))
		}), e, "with the commit %s of %s, for which nobody answered", c.SHA, c.Author)
	}
}

// gate demands that the wave before is through: merged, watched and soaked, or out of the way.
func (j *judge) gate(e githubsim.Entry, p *place, v githubsim.PullView) {
	id, _, ok := strings.Cut(strings.TrimPrefix(v.Head, "skein/"), "-")
	if p.canary || !ok || j.told(p, v, start) {
		return
	}
	for _, first := range j.w.consumers {
		if !first.canary || first.archived || first.away || !first.public.IsZero() || e.At.Sub(j.w.back) < lag {
			continue
		}
		for _, before := range j.w.sim.Pulls(first.name) {
			if before.User != j.w.app.Bot.Login || !strings.HasPrefix(before.Head, "skein/"+id+"-") {
				continue
			}
			// A draft only keeps what was taken back.
			j.want(before.State == "closed" || before.Draft || j.ordered(first, before), e, "while the canary %s#%d is open", first.name, before.Number)
			// Half the soak and the watch is plenty for the seconds that clocks and ticks differ by.
			rested := before.MergedAt.Add(j.w.rules.watch + j.w.rules.soak)
			j.want(!before.Merged || !e.At.Before(rested) || j.takenBack(first, before) || j.ordered(first, before), e, "before the canary's watch and soak are over at %s", rested)
		}
	}
}

// ordered reports whether a person said something about a pull request that may have ended its changeset.
func (j *judge) ordered(p *place, v githubsim.PullView) bool {
	return slices.ContainsFunc(j.w.said, func(s saying) bool {
		return s.repo == p.id && s.number == v.Number && slices.Contains([]string{"/skein skip", "/skein reapply", "/skein revert"}, s.text)
	})
}

// takenBack reports whether a pull request was reverted, which ends the wait for it.
func (j *judge) takenBack(p *place, v githubsim.PullView) bool {
	return j.taken[fmt.Sprint(p.id, "#", v.Number)] > 0 || slices.ContainsFunc(j.w.sim.Pulls(p.name), func(r githubsim.PullView) bool {
		return r.Merged && r.Head == fmt.Sprintf("skein/revert-%d", v.Number)
	})
}

// revert demands law 8's proof and law 9's coexistence of what nobody asked for.
func (j *judge) revert(e githubsim.Entry, p *place, of string) {
	number, err := strconv.Atoi(of)
	j.want(err == nil, e, "is a revert of %q", of)
	v := j.w.pull(p, number)
	if j.asked(p) {
		j.want(j.inWindow(e.At) || j.told(p, v, hotfix), e, "is a person's revert outside the windows")
		return
	}
	j.want(v.Merged, e, "takes back what was not merged")
	brings := j.brings(p, v.MergeCommit)
	j.want(len(brings) > 0, e, "takes back a merge that brought nothing")
	guilty := false
	for _, n := range brings {
		guilty = guilty || p.breaks[n]
		j.want(j.w.coexists[n], e, "takes back column %d alone, and the old name is gone", n)
	}
	j.proof(e, p, v)
	j.want(guilty, e, "takes back %v, which broke nothing", brings)
}

// proof is law 8's.
func (j *judge) proof(e githubsim.Entry, p *place, v githubsim.PullView) {
	red := 0
	for _, c := range j.runs(p, v.MergeCommit, "ci/build") {
		switch c.Conclusion {
		case "success":
			j.want(false, e, "although the merge commit was green once")
		case "failure":
			red++
		}
	}
	j.want(red > j.w.rules.reruns, e, "after %d red runs on the merge commit, want more than %d", red, j.w.rules.reruns)
	log, err := j.w.sim.Log(p.name, string(v.MergeCommit))
	j.w.check(err)
	j.want(j.green(p, log[0].Parents[0]), e, "without green on the parent")
	j.want(j.green(p, v.HeadSHA), e, "without green on the head")
}

func (j *judge) green(p *place, sha repo.SHA) bool {
	return slices.ContainsFunc(j.runs(p, sha, "ci/build"), func(c githubsim.CheckView) bool { return c.Conclusion == "success" })
}

// brings lists the columns that a merge commit moved to their successors.
func (j *judge) brings(p *place, merge repo.SHA) (out []int) {
	objects, err := j.w.sim.Objects(p.name)
	j.w.check(err)
	c, err := objects.Commit(context.Background(), merge)
	j.w.check(err)
	for n := range columns {
		file := fmt.Sprintf("q%d.sql", n)
		after, _ := j.w.sim.File(p.name, string(merge), file)
		before, _ := j.w.sim.File(p.name, string(c.Parents[0]), file)
		if strings.Contains(after, "wombat") && !strings.Contains(before, "wombat") {
			out = append(out, n)
		}
	}
	return out
}

// sends looks at every byte that Skein writes where more people can read than may see the dataset.
func (j *judge) sends(r *http.Request) {
	if r.Method == http.MethodGet || r.Body == nil || !strings.HasPrefix(r.URL.Path, "/repos/") {
		return
	}
	body, err := io.ReadAll(r.Body)
	j.w.check(err)
	r.Body = io.NopCloser(bytes.NewReader(body))
	parts := strings.SplitN(r.URL.Path, "/", 5)
	name := repo.Name{Owner: parts[2], Name: parts[3]}
	i := slices.IndexFunc(j.w.places, func(p *place) bool { return slices.ContainsFunc(p.names, name.Same) })
	if i < 0 {
		return
	}
	p := j.w.places[i]
	if p.public.IsZero() || j.w.now().Sub(p.public) < lag || j.w.rules.allow && p.name.Name == "open" {
		return
	}
	text := strings.ToLower(r.URL.Path + " " + string(body) + " " + decoded(body))
	for _, secret := range secrets() {
		if strings.Contains(text, secret) {
			j.w.violate("%s %s tells %q in public %s: %s", r.Method, r.URL.Path, secret, p.name, bytes.TrimSpace(body))
		}
	}
}

// decoded is what stands in base64 in a JSON body.
func decoded(body []byte) string {
	var v map[string]any
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	var b strings.Builder
	for _, x := range v {
		if s, ok := x.(string); ok {
			text, _ := base64.StdEncoding.DecodeString(s)
			b.Write(text)
		}
	}
	return b.String()
}

func (j *judge) want(ok bool, e githubsim.Entry, format string, args ...any) {
	if !ok {
		j.w.violate("%s: Skein's %s of %s%s %s", e.At.Format(time.RFC3339), e.Verb, e.Repo, e.Target, fmt.Sprintf(format, args...))
	}
}
