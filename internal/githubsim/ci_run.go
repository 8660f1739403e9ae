package githubsim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
)

// actionsAppID is GitHub's own id of the app behind GitHub Actions, which required checks can be bound to.
const actionsAppID = 15368

// startCI calls a repository's CI for a trigger, as soon as the clock lets it.
func (s *Sim) startCI(r *Repo, t trigger, by actor) {
	s.callCI(r, t, 1, func(reports []Report) {
		for _, name := range workflowNames(reports) {
			s.startFlow(r, t, name, reports, by)
		}
		for _, rep := range reports {
			s.follow(r, t, rep, 1)
		}
	})
}

// ciAgain calls CI again for an app's suite and follows what it reports anew.
func (s *Sim) ciAgain(x *suite, wanted func(Report) bool) {
	x.attempt++
	attempt := x.attempt
	s.callCI(x.repo, x.source, attempt, func(reports []Report) {
		for _, rep := range reports {
			if rep.Kind == Check && s.reporter(rep) == x.app && wanted(rep) {
				s.follow(x.repo, x.source, rep, attempt)
			}
		}
	})
}

// callCI runs CI without the lock and hands its reports to done with the lock held.
func (s *Sim) callCI(r *Repo, t trigger, attempt int, done func([]Report)) {
	ci := r.events.ci
	if ci == nil {
		return
	}
	c := Commit{
		Repo: r.fullName(), SHA: t.sha, Branch: t.branch, Default: r.DefaultBranch, Event: t.event, Pull: t.pull,
		Base: t.base, Changed: t.changed, Attempt: attempt,
	}
	s.clock.AfterFunc(0, func() {
		s.mu.Lock()
		s.begin()
		c.Time = s.clock.Now()
		s.mu.Unlock()
		ctx := context.Background()
		reports := []Report{{Name: "checkout", Conclusion: failure, Title: "The commit cannot be checked out"}}
		if files, err := git.Checkout(ctx, r.git, t.files); err == nil {
			c.Files = files
			reports = ci(ctx, c)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		done(reports)
		s.end()
	})
}

// follow plays a check or a status of another app; jobs belong to their workflow run.
func (s *Sim) follow(r *Repo, t trigger, rep Report, attempt int) {
	switch rep.Kind {
	case Check:
		s.later(rep.After, func() {
			app := s.reporter(rep)
			by := actor{user: app.Bot, app: app}
			c := rep.run(s.suiteOf(r, app, t), rep.Name, attempt)
			s.startCheck(c, by)
			s.play(c, rep, by, func() {})
		})
	case Status:
		s.later(rep.After, func() { s.playStatus(r, t, rep) })
	case Job:
	}
}

// run makes the check run of a report.
func (rep Report) run(x *suite, slot string, attempt int) *checkRun {
	return &checkRun{
		suite: x, name: rep.Name, slot: slot, status: queued, details: rep.Link, attempt: attempt,
	}
}

// play lets a queued check start and end in its time, and calls ended then.
func (s *Sim) play(c *checkRun, rep Report, by actor, ended func()) {
	s.later(rep.Queue, func() {
		s.setCheck(c, inProgress, "", by)
		s.flowStarted(c.suite.flow, by)
		if rep.Conclusion == "" {
			return
		}
		s.later(rep.Duration, func() {
			c.title, c.summary, c.annotations = rep.Title, rep.Summary, rep.Notes
			s.setCheck(c, completed, rep.Conclusion, by)
			ended()
		})
	})
}

func (s *Sim) playStatus(r *Repo, t trigger, rep Report) {
	app := s.reporter(rep)
	by := actor{user: app.Bot, app: app}
	post := func(state string) {
		st := &commitStatus{sha: t.sha, state: state, context: rep.Name, link: rep.Link, creator: app.Bot, app: app}
		st.description = rep.Title[:min(len(rep.Title), maxDescription)]
		if err := s.addStatus(context.Background(), r, st, by); err != nil {
			panic(fmt.Sprintf("githubsim: CI of %s reported a status that GitHub refuses: %v", r.fullName(), err))
		}
	}
	post("pending")
	if rep.Conclusion == "" {
		return
	}
	s.later(rep.Queue+rep.Duration, func() {
		switch rep.Conclusion {
		case success, failure:
			post(rep.Conclusion)
		case neutral, skipped:
			post("success")
		default:
			post("error")
		}
	})
}

// later calls f with the lock held once d has passed on the world's clock; at once for none.
func (s *Sim) later(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	s.clock.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

// reporter is the app that a report comes from. One that is not registered becomes known to the world.
func (s *Sim) reporter(rep Report) *App {
	slug := rep.App
	switch {
	case rep.Kind == Job:
		return s.actionsApp()
	case slug == "":
		slug = "ci"
	}
	return s.appNamed(slug, 0)
}

func (s *Sim) actionsApp() *App { return s.appNamed("github-actions", actionsAppID) }

// appNamed finds an app by slug, or makes one that nobody can act as. An id of 0 is any.
func (s *Sim) appNamed(slug string, id int64) *App {
	for _, a := range s.apps {
		if a.Slug == slug {
			return a
		}
	}
	if id == 0 {
		id = s.nextID()
	}
	owner := s.account("github")
	if owner == nil {
		owner = &Account{ID: s.nextID(), Login: "github", Type: "Organization"}
		s.accounts["github"] = owner
	}
	app := &App{
		ID: id, Slug: slug, Name: slug, Owner: owner, CreatedAt: s.now(), ClientID: fmt.Sprintf("Iv1.%d", id),
		ExternalURL: s.url + "/apps/" + slug, Permissions: map[string]string{"metadata": "read", "checks": "write"},
		Bot: &Account{ID: s.nextID(), Login: slug + "[bot]", Type: "Bot"},
	}
	s.apps[app.ID], s.accounts[app.Bot.Login] = app, app.Bot
	return app
}

// workflowNames lists the workflows of the jobs among reports, in order.
func workflowNames(reports []Report) []string {
	var names []string
	for _, rep := range reports {
		if rep.Kind == Job && !slices.Contains(names, rep.workflow()) {
			names = append(names, rep.workflow())
		}
	}
	return names
}

func (rep Report) workflow() string {
	if rep.Workflow == "" {
		return "CI"
	}
	return rep.Workflow
}
