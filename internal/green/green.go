// Package green says whether a pull request may be merged as far as GitHub's own rules go: the checks on its head,
// reviews, deployments and the place of its branch. When and in which order things merge is internal/rollout's.
//
// What is lacking comes as a list, everything at once, each with the rule that asks for it and who can help: people
// read it, and nothing that is not on it keeps a pull request from being merged. Unknown means no.
package green

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// settle is how long checks that nobody requires must have been quiet before the set counts as complete.
	settle = 2 * time.Minute
	// patience is how long a check may stay away or go on before a person is asked to look.
	patience = 6 * time.Hour
)

// Lack is one thing that keeps a pull request from being green.
type Lack struct {
	Rule string
	Text string // for people, one sentence
	On   string // who can help: github, person; time when it ends by itself
	Till time.Time
}

// Lacks lists what speaks against merging a pull request now, but for being behind, which the caller can mend. seen
// is when its head was first seen.
func Lacks(p Pull, head []Check, req Required, rules CheckRules, seen, now time.Time) []Lack {
	return slices.Concat(Judge(head, req, rules).Lacks(seen, now), deployments(p, req), place(p, req), reviews(p, req))
}

// Verdict is what the checks on one commit say.
//
// When something is required, by the branch, its rulesets or config, then that set decides: every name must be
// there, from the app that was asked for, and its newest attempt must have passed. Where nothing is required
// every check that was seen must have passed, one of them with a success and not only by being skipped, and the
// last must have completed two minutes ago, since just after a push only some of them exist. No check at all is
// green only where config says that the repo has none.
type Verdict struct {
	Passed     []Check
	Missing    []RequiredCheck
	Pending    []Check
	Red        []Check // failure, timeout
	Stuck      []Check // cancelled and what we do not know: neither passed nor under way
	Unreadable []string
	None       bool      // nothing is there that could be green
	Settles    time.Time // the set may be incomplete until then; zero when it is known
}

// Judge looks at every attempt of every check on one commit.
func Judge(head []Check, req Required, rules CheckRules) Verdict {
	v := Verdict{Unreadable: req.Unreadable}
	for _, c := range Latest(Counting(head, req, rules)) {
		v.add(c)
	}
	required := requiredChecks(req, rules)
	for _, r := range required {
		if !slices.ContainsFunc(head, r.satisfiedBy) {
			v.Missing = append(v.Missing, r)
		}
	}
	if len(required) == 0 && !rules.None {
		v.settle()
	}
	return v
}

// settle holds a set that nobody declared to be whole, and to have looked at something.
func (v *Verdict) settle() {
	for _, c := range v.Passed {
		if at := c.At.Add(settle); at.After(v.Settles) {
			v.Settles = at
		}
	}
	success := slices.ContainsFunc(v.Passed, func(c Check) bool { return c.Result == Success })
	v.None = !success && len(v.Pending)+len(v.Red)+len(v.Stuck) == 0
}

func (v *Verdict) add(c Check) {
	switch c.Result {
	case Success, Neutral:
		v.Passed = append(v.Passed, c)
	case Pending:
		v.Pending = append(v.Pending, c)
	case Failure, Timeout:
		v.Red = append(v.Red, c)
	case Cancelled, Unknown:
		v.Stuck = append(v.Stuck, c)
	default:
		v.Stuck = append(v.Stuck, c)
	}
}

// Lacks says why the commit is not green; none means that it is. seen is when the commit was first seen as a head.
func (v Verdict) Lacks(seen, now time.Time) (ls []Lack) {
	say := func(rule, on, format string, args ...any) {
		ls = append(ls, Lack{Rule: rule, On: on, Text: fmt.Sprintf(format, args...)})
	}
	if len(v.Unreadable) > 0 {
		say("rules_unreadable", "github", "what the branch requires could not be read: %s", strings.Join(v.Unreadable, ", "))
	}
	if len(v.Red) > 0 {
		say("checks_red", "github", "%s failed", Names(v.Red))
	}
	if len(v.Stuck) > 0 {
		say("checks_stuck", "person", "%s ended without a result; someone must run it again", Names(v.Stuck))
	}
	if len(v.Pending) > 0 {
		ls = append(ls, v.pending(now))
	}
	if len(v.Missing) > 0 {
		ls = append(ls, v.missing(seen, now))
	}
	if v.None {
		say("checks_none", "github", "no check has passed on this commit; if the repo has none, say so with checks: {none: true}")
	}
	if len(ls) == 0 && now.Before(v.Settles) {
		ls = append(ls, Lack{
			Rule: "checks_settling", On: "time", Till: v.Settles,
			Text: "no check is required here, so further ones are given time to appear",
		})
	}
	return ls
}

// pending waits for what is under way, and asks a person about what never ends.
func (v Verdict) pending(now time.Time) Lack {
	for _, c := range v.Pending {
		if !c.At.IsZero() && !now.Before(c.At.Add(patience)) {
			text := fmt.Sprintf("%s has been under way since %s; someone must look at it, or run it again", c.Name, stamp(c.At))
			return Lack{Rule: "checks_pending", On: "person", Text: text}
		}
	}
	return Lack{Rule: "checks_pending", On: "github", Text: Names(v.Pending) + " has not finished"}
}

// missing waits for what has not reported. A workflow that a path filter leaves out never does, so in the end a
// person is asked.
func (v Verdict) missing(seen, now time.Time) Lack {
	l := Lack{Rule: "checks_missing", On: "github", Text: requiredNames(v.Missing) + " is required and has not reported"}
	if seen.IsZero() {
		return l
	}
	l.Text += " since " + stamp(seen)
	if !now.Before(seen.Add(patience)) {
		l.On = "person"
		l.Text += "; perhaps a path filter leaves its workflow out, or a rename left its name behind: someone must run it or no longer require it"
		return l
	}
	l.Till = seen.Add(patience)
	return l
}

// requiredChecks is the union of what the branch and config ask for.
func requiredChecks(req Required, rules CheckRules) []RequiredCheck {
	out := slices.Clone(req.Checks)
	for _, name := range rules.Require {
		out = append(out, RequiredCheck{Name: name, Source: "skein.yml"})
	}
	return out
}

// satisfiedBy reports whether a check is one that was asked for. A status satisfies a requirement of an app only
// when it is known to be that app's; one on the test merge commit comes beside the head's, never for it.
func (r RequiredCheck) satisfiedBy(c Check) bool {
	return r.Name == c.Name && (r.App == 0 || r.App == c.App) && !c.Test
}

// Counting keeps the checks that can keep a commit from being green. A run and a status of one required name are
// both needed, whoever set the status; config cannot ignore what the branch requires.
func Counting(checks []Check, req Required, rules CheckRules) (out []Check) {
	required := requiredChecks(req, rules)
	for _, c := range checks {
		asked := func(r RequiredCheck) bool { return r.satisfiedBy(c) || r.Name == c.Name && c.Status }
		if len(required) == 0 && !slices.Contains(rules.Ignore, c.Name) || slices.ContainsFunc(required, asked) {
			out = append(out, c)
		}
	}
	return out
}

func requiredNames(rs []RequiredCheck) string {
	names := make([]string, len(rs))
	for i, r := range rs {
		names[i] = r.Name
		if r.App != 0 {
			names[i] += fmt.Sprintf(" of app %d", r.App)
		}
	}
	return strings.Join(names, ", ")
}

func stamp(at time.Time) string { return at.Format("Mon 2 Jan 15:04 MST") }
