package demo

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// Steps returns the story, in order.
func (o *Org) Steps() []Step {
	return slices.Concat(o.overture(), o.ordersStory(), o.usersStory(), o.sessionsStory(), o.finale())
}

// soon is long enough for what needs no window; eventually for what needs one, whatever freezes lie between.
func (o *Org) soon() time.Duration {
	return o.timetable.day()/4 + time.Duration(len(o.consumers))*15*time.Second
}

func (o *Org) eventually() time.Duration { return 7 * o.timetable.day() }

func (o *Org) overture() []Step {
	return []Step{{
		Name: "Every main branch is green", Limit: o.soon(),
		Until: func() (bool, string) {
			return each(o.consumers, "main branches are green", func(c consumer) bool { return o.isGreen(c.name, o.head(c.name)) })
		},
	}}
}

// changed are the steps that every schema change begins with.
func (o *Org) changed(s stage, proposal, merged string) []Step {
	c := o.told(s)
	return []Step{{
		Name: proposal, At: o.timetable.morning, Limit: o.soon(),
		Do: func() error { return o.propose(c) },
		Until: func() (bool, string) {
			p := o.proposal(c)
			return o.concluded(c.dataset, p.HeadSHA, schemaCheck) == "success", fmt.Sprintf("%s#%d: %s", named(c.dataset), p.Number, p.Title)
		},
	}, {
		Name: merged,
		Do: func() error {
			_, err := o.sim.As(ada).MergePull(named(c.dataset), o.proposal(c).Number, githubsim.Merge{Method: "squash"})
			return err
		},
	}}
}

// propose opens the dataset's own pull request.
func (o *Org) propose(c change) error {
	files := tree{}
	for file, text := range readTree(fmt.Sprintf("changes/%s/%s", c.stage, c.dataset)) {
		files[file] = o.timetable.config(text)
	}
	who, branch := o.sim.As(mira), string(c.stage)
	if _, err := who.Push(named(c.dataset), branch, githubsim.Change{Message: c.title, Files: files}); err != nil {
		return err
	}
	_, err := who.OpenPull(named(c.dataset), githubsim.NewPull{Title: c.title, Body: c.body, Head: branch, Base: "main"})
	return err
}

func (o *Org) proposal(c change) githubsim.PullView {
	for _, p := range o.sim.Pulls(named(c.dataset)) {
		if p.Title == c.title {
			return p
		}
	}
	return githubsim.PullView{}
}

// opened waits for green pull requests.
func (o *Org) opened(s stage, all []consumer) func() (bool, string) {
	return func() (bool, string) {
		if o.issue(s).Number == 0 {
			return false, "there is no tracking issue"
		}
		return each(all, "pull requests are open and green", func(c consumer) bool {
			p := o.pull(s, c.name)
			return p.Number != 0 && o.isGreen(c.name, p.HeadSHA)
		})
	}
}

func (o *Org) merged(s stage, all []consumer) func() (bool, string) {
	return func() (bool, string) {
		return each(all, "pull requests are merged", func(c consumer) bool { return o.pull(s, c.name).Merged })
	}
}

// ended waits for the end of the migration, which closes its issue.
func (o *Org) ended(s stage) func() (bool, string) {
	return func() (bool, string) {
		i := o.issue(s)
		return i.State == "closed", fmt.Sprintf("%s#%d is %s", named(o.told(s).dataset), i.Number, i.State)
	}
}

// unmerged is an error that names a pull request of the stage that is merged.
func (o *Org) unmerged(s stage, all []consumer) error {
	for _, c := range all {
		if p := o.pull(s, c.name); p.Merged {
			return fmt.Errorf("%s#%d is merged already", named(c.name), p.Number)
		}
	}
	return nil
}

// say comments on a stage's pull request in a repository.
func (o *Org) say(who string, s stage, name, text string) error {
	_, err := o.sim.As(who).Comment(named(name), o.pull(s, name).Number, text)
	return err
}

// answered waits for the app's reaction to a comment on a stage's pull request.
func (o *Org) answered(who string, s stage, name, text string) (bool, string) {
	got := o.answer(said(o.pull(s, name).Comments, who, text))
	return got != "", fmt.Sprintf("%s said %s on %s: %s", who, text, named(name), got)
}

func (o *Org) consumer(name string) consumer {
	return o.consumers[slices.IndexFunc(o.consumers, func(c consumer) bool { return c.name == name })]
}

// namesRefusal verifies that a pull request names the place that nobody could edit, and says why.
func (o *Org) namesRefusal() error {
	body := strings.ReplaceAll(o.pull(orders, refusing).Body, `\`, "") // Markdown may escape the path
	for line := refusedFrom; line <= refusedTo; line++ {
		place := regexp.MustCompile(fmt.Sprintf(`%s:%d\b.*\w`, regexp.QuoteMeta(refusedFile), line))
		if place.MatchString(body) {
			return nil
		}
	}
	return fmt.Errorf("the pull request of %s does not name %s with a line from %d to %d and a reason", named(refusing), refusedFile, refusedFrom, refusedTo)
}

func (o *Org) finale() []Step {
	return []Step{{Name: "Everything is where it should be", Verify: o.Verify}}
}
