package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

// What follows reads the simulated GitHub. Nothing here, nor in the verification, asks Skein.

func (o *Org) told(s stage) change {
	all := told()
	return all[slices.IndexFunc(all, func(c change) bool { return c.stage == s })]
}

// began is when a change was merged into its dataset; zero before.
func (o *Org) began(s stage) time.Time {
	c := o.told(s)
	for _, p := range o.sim.Pulls(named(c.dataset)) {
		if p.Title == c.title && p.Merged {
			return p.MergedAt
		}
	}
	return time.Time{}
}

// stageAt is the change that was under way at an instant.
func (o *Org) stageAt(at time.Time) (found stage, ok bool) {
	for _, c := range told() {
		if b := o.began(c.stage); !b.IsZero() && !at.Before(b) {
			found, ok = c.stage, true
		}
	}
	return found, ok
}

// consumersIn lists the consumers that a stage has something to change in.
func (o *Org) consumersIn(s stage) (out []consumer) {
	for _, c := range o.consumers {
		if c.in(s) {
			out = append(out, c)
		}
	}
	return out
}

// byApp lists the app's pull requests in a repository, but for drafts that only keep what was taken back.
func (o *Org) byApp(name string) []githubsim.PullView {
	return slices.DeleteFunc(o.sim.Pulls(named(name)), func(p githubsim.PullView) bool { return p.User != o.Bot || isKept(p) })
}

func isKept(p githubsim.PullView) bool { return p.Draft && strings.HasPrefix(p.Title, "Again: ") }

// isRevert tells the two kinds of the app's pull requests apart, by their branch.
func isRevert(p githubsim.PullView) bool { return strings.HasPrefix(p.Head, "skein/revert-") }

func (o *Org) reverts(name string) []githubsim.PullView {
	return slices.DeleteFunc(o.byApp(name), func(p githubsim.PullView) bool { return !isRevert(p) })
}

// pulls lists the app's pull requests that follow a change.
func (o *Org) pulls(s stage, name string) []githubsim.PullView {
	return slices.DeleteFunc(o.byApp(name), func(p githubsim.PullView) bool {
		at, ok := o.stageAt(p.CreatedAt)
		return isRevert(p) || !ok || at != s
	})
}

// pull is the first of them; its number is 0 when there is none.
func (o *Org) pull(s stage, name string) githubsim.PullView {
	if all := o.pulls(s, name); len(all) > 0 {
		return all[0]
	}
	return githubsim.PullView{}
}

// issues lists the app's tracking issues of a change.
func (o *Org) issues(s stage) []githubsim.IssueView {
	return slices.DeleteFunc(o.sim.Issues(named(o.told(s).dataset)), func(i githubsim.IssueView) bool {
		at, ok := o.stageAt(i.CreatedAt)
		return i.User != o.Bot || !ok || at != s
	})
}

func (o *Org) issue(s stage) githubsim.IssueView {
	if all := o.issues(s); len(all) > 0 {
		return all[0]
	}
	return githubsim.IssueView{}
}

func (o *Org) head(name string) repo.SHA { return o.sim.Branches(named(name))["main"] }

// runs lists the runs of a consumer's check on a commit that had ended by an instant, oldest first.
func (o *Org) runs(name string, at repo.SHA, by time.Time) []githubsim.CheckView {
	return slices.DeleteFunc(o.sim.Checks(named(name), at), func(c githubsim.CheckView) bool {
		return c.Name != queriesCheck || c.App != "github-actions" || c.Completed.IsZero() || c.Completed.After(by)
	})
}

// concluded is what the newest run of a check on a commit says; "" while it runs.
func (o *Org) concluded(name string, at repo.SHA, check string) string {
	all := o.sim.Checks(named(name), at)
	for _, c := range slices.Backward(all) {
		if c.Name == check {
			return c.Conclusion
		}
	}
	return ""
}

func (o *Org) isGreen(name string, at repo.SHA) bool {
	return o.concluded(name, at, queriesCheck) == "success"
}

func (o *Org) isRed(name string, at repo.SHA) bool {
	return o.concluded(name, at, queriesCheck) == "failure"
}

// said finds a person's comment by its text; it is zero when there is none.
func said(comments []githubsim.CommentView, who, text string) githubsim.CommentView {
	for _, c := range comments {
		if c.User == who && strings.HasPrefix(c.Body, text) {
			return c
		}
	}
	return githubsim.CommentView{}
}

// answer is the app's reaction to a comment; "" when there is none.
func (o *Org) answer(c githubsim.CommentView) string {
	for _, r := range c.Reactions {
		if content, ok := strings.CutPrefix(r, o.Bot+":"); ok && content != "eyes" {
			return content
		}
	}
	return ""
}

// each says how many of the consumers something is true of, and names the first of the others.
func each(all []consumer, what string, is func(consumer) bool) (done bool, detail string) {
	n, missing := 0, ""
	for _, c := range all {
		if is(c) {
			n++
		} else if missing == "" {
			missing = ", not yet " + named(c.name).String()
		}
	}
	return n == len(all), fmt.Sprintf("%d of %d %s%s", n, len(all), what, missing)
}

func without(all []consumer, names ...string) []consumer {
	return slices.DeleteFunc(slices.Clone(all), func(c consumer) bool { return slices.Contains(names, c.name) })
}
