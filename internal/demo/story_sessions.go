package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim"
)

// sessionsStory: a column is renamed outright. The consumers are broken before Skein comes and green again after
// it; but what goes wrong afterwards cannot be cured by going back, so a person is asked.
func (o *Org) sessionsStory() []Step {
	return append(o.changed(sessions,
		"Mira renames visitor to visitor_id in web.sessions: the old name is gone at once",
		"Ada merges it",
	), append(o.sessionsOut(), o.sessionsAsk()...)...)
}

func (o *Org) sessionsOut() []Step {
	all := o.consumersIn(sessions)
	built := without(all, asking) // it has no nightly build
	return []Step{{
		Name: "The builds of the night find the main branches broken", Limit: o.soon(),
		Do: func() error { return o.buildNightly() },
		Until: func() (bool, string) {
			return each(built, "main branches are red", func(c consumer) bool { return o.isRed(c.name, o.head(c.name)) })
		},
	}, {
		Name: "Skein's pull requests are green", Limit: o.soon(),
		Until: o.opened(sessions, all),
	}, {
		Name: "A crawler begins to leave sessions without a visitor",
		Do: func() error {
			o.warehouse.load("web.sessions")
			return o.unmerged(sessions, all)
		},
	}, {
		Name: "They merge; what was red is green, but growth-lab's test finds the crawler", Limit: o.eventually(),
		Until: func() (bool, string) {
			if done, detail := o.merged(sessions, all)(); !done {
				return false, detail
			}
			if !o.isRed(asking, o.head(asking)) {
				return false, "main of acme/growth-lab is not red yet"
			}
			return each(built, "main branches are green again", func(c consumer) bool { return o.isGreen(c.name, o.head(c.name)) })
		},
	}}
}

func (o *Org) sessionsAsk() []Step {
	return []Step{{
		Name: "Skein does not go back to a broken query: it halts and asks", Limit: o.eventually(),
		Until: o.asks,
	}, {
		Name: "A window passes, and Skein still waits for a person", At: o.timetable.closing,
		Verify: func() error { return errors.Join(o.leftToPeople(), o.oldQueryIsBroken()) },
	}, {
		Name: "The team leaves the crawler out", At: o.timetable.morning, Limit: o.soon(),
		Do: func() error {
			_, err := o.sim.As(jonas).Push(named(asking), "main", githubsim.Change{
				Message: "Leave crawlers out", Files: readTree("changes/fix/" + asking),
			})
			return err
		},
		Until: func() (bool, string) { return o.isGreen(asking, o.head(asking)), "main of acme/growth-lab" },
	}, {
		Name: "Ada accepts that, and the last migration ends", Limit: o.eventually(),
		Do:    func() error { return o.say(ada, sessions, asking, "/skein skip fixed on main") },
		Until: o.ended(sessions), Verify: o.mainsGreen,
	}}
}

// buildNightly builds main as a schedule does: without anybody having changed anything.
func (o *Org) buildNightly() error {
	for _, c := range o.consumers {
		if !c.nightly {
			continue
		}
		if _, err := o.sim.As(nightly).Push(named(c.name), "main", githubsim.Change{Message: "Nightly build"}); err != nil {
			return err
		}
	}
	return nil
}

// asks waits until the reruns are through and GitHub says, on the pull request and on the tracking issue, that
// someone has to decide.
func (o *Org) asks() (bool, string) {
	p, issue := o.pull(sessions, asking), o.issue(sessions)
	red := o.runs(asking, p.MergeCommit, o.now())
	if len(red) <= reruns {
		return false, fmt.Sprintf("%d runs on the merge commit", len(red))
	}
	decide := func(text string) bool { return strings.Contains(strings.ToLower(text), "decide") }
	asked := decide(issue.Body) || slices.ContainsFunc(append(p.Comments, issue.Comments...), func(c githubsim.CommentView) bool {
		return c.User == o.Bot && decide(c.Body)
	})
	asked = asked && strings.Contains(issue.Body, asking)
	return asked, fmt.Sprintf("red %d times; asked for a decision: %t", len(red), asked)
}

// oldQueryIsBroken shows why: what growth-lab read before does not run on the table as it is.
func (o *Org) oldQueryIsBroken() error {
	ctx := context.Background()
	db, err := o.warehouse.open(ctx)
	if err != nil {
		return err
	}
	defer db.close() //nolint:errcheck // a memory that is thrown away
	if _, err := db.outputs(ctx, o.consumer(asking).after(users).models()); err == nil {
		return fmt.Errorf("the old queries of %s run: taking the change back would have helped", named(asking))
	}
	return nil
}
