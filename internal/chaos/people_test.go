package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

// somebody does something. What GitHub does not let them do is no event.
func (w *walk) somebody() {
	p := w.consumers[w.r.IntN(len(w.consumers))]
	acts := []struct {
		weight int
		name   string
		do     func(*place) error
	}{
		{12, "changes the schema", w.evolve}, {4, "undoes that", w.undoes}, {10, "pushes to main", w.pushes}, {3, "edits a query", w.edits}, {4, "pushes to Skein's branch", w.joins},
		{2, "force-pushes Skein's branch", w.forces}, {3, "closes a pull request", w.closes}, {3, "reopens one", w.reopens},
		{3, "merges one", w.merges}, {3, "renames", w.renamesRepo}, {2, "archives", w.archives}, {3, "unarchives", w.unarchives},
		{24, "commands", w.commands}, {3, "throws the stop switch", w.stops}, {5, "lifts it", w.lifts},
		{2, "breaks a config", w.breaksConfig}, {4, "mends it", w.mendsConfig}, {3, "breaks main", w.breaksMain}, {5, "mends main", w.mendsMain},
		{1, "suspends the installation", w.suspends}, {3, "takes it back", w.unsuspends}, {2, "freezes all", w.freezes}, {3, "thaws all", w.thaws},
		{2, "publishes a repository", w.publishes}, {3, "hides it again", w.hides},
		{1, "gives a repository away", w.givesAway}, {3, "brings it home", w.bringsHome}, {1, "deletes a branch", w.deletes}, {2, "sees the CI fail", w.fails},
	}
	total := 0
	for _, a := range acts {
		total += a.weight
	}
	n := w.r.IntN(total)
	for _, a := range acts {
		if n -= a.weight; n < 0 {
			if err := a.do(p); err == nil {
				w.say("somebody %s (%s)", a.name, p.name)
			}
			w.settle()
			return
		}
	}
}

func (w *walk) push(p *place, branch string, files map[string]string, del ...string) error {
	_, err := w.sim.As("ana").Push(p.name, branch, githubsim.Change{Message: "work", Files: files, Delete: del})
	return err
}

func (w *walk) evolve(*place) error {
	if w.stage >= columns || !w.data.brokenAt.IsZero() {
		return errNothing
	}
	w.evolved[w.stage] = append(w.evolved[w.stage], w.now())
	w.stage++
	return w.declare()
}

// undoes takes the newest schema change back, for as long as nobody has followed it.
func (w *walk) undoes(*place) error {
	if w.stage == 0 || !w.data.brokenAt.IsZero() {
		return errNothing
	}
	for _, p := range w.consumers {
		text, err := w.sim.File(p.name, "main", fmt.Sprintf("q%d.sql", w.stage-1))
		if err != nil || strings.Contains(text, "wombat") {
			return errNothing
		}
	}
	w.stage--
	w.evolved[w.stage] = append(w.evolved[w.stage], w.now())
	return w.declare()
}

// declare pushes the dataset as it is now.
func (w *walk) declare() error {
	return w.push(w.data, "main", map[string]string{".github/skein.yml": w.dataset(w.stage, ""), "schemas/marsupials.sql": w.schema(w.stage)})
}

func (w *walk) pushes(p *place) error {
	w.serial++
	return w.push(p, "main", map[string]string{"README.md": fmt.Sprintf("hello %d\n", w.serial)})
}

// edits changes a line that Skein may be changing too.
func (w *walk) edits(p *place) error {
	w.serial++
	file := fmt.Sprintf("q%d.sql", w.r.IntN(columns))
	text, err := w.sim.File(p.name, "main", file)
	if err != nil {
		return err
	}
	first, rest, _ := strings.Cut(text, "\n")
	first, _, _ = strings.Cut(first, ", m.id")
	return w.push(p, "main", map[string]string{file: fmt.Sprintf("%s, m.id AS id%d\n%s", first, w.serial, rest)})
}

// pulls are Skein's pull requests that are in a state.
func (w *walk) pulls(p *place, state string) (out []githubsim.PullView) {
	for _, v := range w.sim.Pulls(p.name) {
		if v.User == w.app.Bot.Login && v.State == state {
			out = append(out, v)
		}
	}
	return out
}

// onPull does something with one of Skein's pull requests.
func (w *walk) onPull(p *place, state string, do func(githubsim.PullView) error) error {
	all := w.pulls(p, state)
	if len(all) == 0 {
		return errNothing
	}
	return do(all[w.r.IntN(len(all))])
}

func (w *walk) joins(p *place) error {
	return w.onPull(p, "open", func(v githubsim.PullView) error {
		w.serial++
		return w.push(p, v.Head, map[string]string{"NOTES.md": fmt.Sprintf("ours too %d\n", w.serial)})
	})
}

func (w *walk) forces(p *place) error {
	return w.onPull(p, "open", func(v githubsim.PullView) error {
		w.serial++
		_, err := w.sim.As("bo").ForcePush(p.name, v.Head, w.sim.Branches(p.name)["main"], githubsim.Change{
			Message: "start over", Files: map[string]string{"NOTES.md": fmt.Sprintf("mine %d\n", w.serial)},
		})
		return err
	})
}

func (w *walk) closes(p *place) error {
	return w.onPull(p, "open", func(v githubsim.PullView) error { return w.sim.As("bo").ClosePull(p.name, v.Number) })
}

func (w *walk) reopens(p *place) error {
	return w.onPull(p, "closed", func(v githubsim.PullView) error {
		if v.Merged {
			return errNothing
		}
		w.reopened[fmt.Sprint(p.id, "#", v.Number)] = true
		return w.sim.As("bo").ReopenPull(p.name, v.Number)
	})
}

func (w *walk) merges(p *place) error {
	return w.onPull(p, "open", func(v githubsim.PullView) error {
		_, err := w.sim.As("bo").MergePull(p.name, v.Number, githubsim.Merge{Method: "squash", Title: v.Title})
		return err
	})
}

func (w *walk) deletes(p *place) error {
	return w.onPull(p, "open", func(v githubsim.PullView) error { return w.sim.As("bo").DeleteBranch(p.name, v.Head) })
}

func (w *walk) renamesRepo(p *place) error {
	if !p.public.IsZero() || p.away {
		return errNothing // the dataset's config allows a public one by its name
	}
	w.serial++
	to := named(fmt.Sprintf("%s-%d", strings.Split(p.name.Name, "-")[0], w.serial))
	if err := w.sim.As("ana").Rename(p.name, to.Name); err != nil {
		return err
	}
	p.called(to)
	return nil
}

func (w *walk) archives(p *place) error {
	if p.away {
		return errNothing
	}
	p.archived = true
	return w.sim.As("ana").Archive(p.name, true)
}

func (w *walk) unarchives(*place) error {
	for _, p := range w.consumers {
		if p.archived {
			p.archived, w.back = false, w.now()
			return w.sim.As("ana").Archive(p.name, false)
		}
	}
	return errNothing
}

// publishes shows everybody what only some could see.
func (w *walk) publishes(p *place) error {
	if !p.public.IsZero() || p.archived || p.away {
		return errNothing
	}
	p.public, p.shown = w.now(), true
	return w.sim.As("ana").SetPrivate(p.name, false)
}

func (w *walk) hides(*place) error {
	for _, p := range w.consumers {
		if p.shown {
			p.public, p.shown, w.back = time.Time{}, false, w.now()
			return w.sim.As("ana").SetPrivate(p.name, true)
		}
	}
	return errNothing
}

// givesAway moves a repository to an org that has no Skein.
func (w *walk) givesAway(p *place) error {
	if !p.public.IsZero() || p.archived || p.away {
		return errNothing
	}
	if err := w.sim.As("ana").Transfer(p.name, elsewhere); err != nil {
		return err
	}
	p.away = true
	p.called(repo.Name{Owner: elsewhere, Name: p.name.Name})
	return nil
}

func (w *walk) bringsHome(*place) error {
	for _, p := range w.consumers {
		if p.away {
			p.away, w.back = false, w.now()
			err := w.sim.As("ana").Transfer(p.name, "acme")
			p.called(named(p.name.Name))
			return err
		}
	}
	return errNothing
}

// commands are said by people who may, on what Skein opened.
func (w *walk) commands(p *place) error {
	if w.r.IntN(4) == 0 {
		return w.onIssue([]string{"/skein pause", "/skein resume", "/skein resume", "/skein status", hotfix, start, startFirst})
	}
	state := []string{"open", "open", "closed"}[w.r.IntN(3)]
	return w.onPull(p, state, func(v githubsim.PullView) error {
		verbs := []string{"hold", "resume", "resume", "merge", "merge", "retry", "rebase", "skip", "revert", "reapply", "hotfix it burns", "why", "help", "nonsense"}
		verb := verbs[w.r.IntN(len(verbs))]
		return w.tells(p, v.Number, "/skein "+verb)
	})
}

func (w *walk) onIssue(said []string) error {
	issues := slices.DeleteFunc(w.sim.Issues(w.data.name), func(i githubsim.IssueView) bool {
		return i.User != w.app.Bot.Login || i.State != "open"
	})
	if len(issues) == 0 {
		return errNothing
	}
	return w.tells(w.data, issues[w.r.IntN(len(issues))].Number, said[w.r.IntN(len(said))])
}

// tells says something to Skein and remembers it.
func (w *walk) tells(p *place, number int, text string) error {
	if _, err := w.sim.As("ana").Comment(p.name, number, text); err != nil {
		return err
	}
	p.quiet = p.quiet || text == "/skein skip" || text == "/skein hold"
	w.said = append(w.said, saying{at: w.now(), repo: p.id, number: number, text: text})
	w.say("ana says %s on %s#%d", text, p.name, number)
	return nil
}

const (
	hotfix     = "/skein hotfix it burns" // opens the windows, and lets nothing settle
	start      = "/skein start rest"      // opens the gate
	startFirst = "/skein start canary"
)

// saying is a command that was given.
type saying struct {
	at     time.Time
	repo   repo.ID
	number int
	text   string
}

func (w *walk) stops(p *place) error {
	if w.r.IntN(2) == 0 {
		p = w.data
	}
	n, err := w.sim.As("ana").OpenIssue(p.name, "stop everything", "", "skein:stop")
	if err == nil {
		p.stopped[n] = w.now()
	}
	return err
}

func (w *walk) lifts(*place) error {
	for _, p := range w.places {
		for _, n := range slices.Sorted(maps.Keys(p.stopped)) {
			delete(p.stopped, n)
			return w.sim.As("ana").CloseIssue(p.name, n)
		}
	}
	return errNothing
}

func (w *walk) breaksConfig(p *place) error {
	if w.r.IntN(3) == 0 {
		return w.configure(w.data, "windos: []\n")
	}
	return w.configure(p, "windos: []\n")
}

func (w *walk) mendsConfig(*place) error {
	for _, p := range w.places {
		if !p.brokenAt.IsZero() {
			return w.configure(p, "")
		}
	}
	return errNothing
}

func (w *walk) configure(p *place, damage string) error {
	text := p.config(damage)
	if p == w.data {
		text = w.dataset(w.stage, damage)
	}
	err := w.push(p, "main", map[string]string{".github/skein.yml": text})
	switch {
	case err != nil:
	case damage == "":
		p.brokenAt = time.Time{}
	case p.brokenAt.IsZero():
		p.brokenAt = w.now()
	}
	return err
}

func (w *walk) breaksMain(p *place) error {
	p.bug = true
	return w.push(p, "main", map[string]string{"bug.txt": "ouch\n"})
}

func (w *walk) mendsMain(*place) error {
	for _, p := range w.consumers {
		if p.bug {
			if err := w.push(p, "main", nil, "bug.txt"); err == nil {
				p.bug = false
			}
			return nil
		}
	}
	return errNothing
}

func (w *walk) suspends(*place) error {
	w.suspended = true
	return w.sim.Suspend(w.installation)
}

func (w *walk) unsuspends(*place) error {
	if !w.suspended {
		return errNothing
	}
	w.suspended, w.back = false, w.now()
	return w.sim.Unsuspend(w.installation)
}

func (w *walk) freezes(*place) error {
	if w.frozen.IsZero() {
		w.frozen = w.now()
	}
	return w.push(w.org, "main", map[string]string{"skein.yml": "version: 1\nfreeze: all\n"})
}

func (w *walk) thaws(*place) error {
	if w.frozen.IsZero() {
		return errNothing
	}
	w.frozen = time.Time{}
	return w.push(w.org, "main", map[string]string{"skein.yml": "version: 1\n"})
}

func (w *walk) fails(*place) error {
	w.outage = w.now().Add(time.Duration(5+w.r.IntN(120)) * time.Minute)
	return nil
}
