package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// settle is how long checks that nobody requires must have been quiet before the set counts as complete.
const settle = 2 * time.Minute

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

// Green reports whether the commit may be merged as far as checks are concerned.
func (v Verdict) Green(now time.Time) bool { return len(v.waits(now)) == 0 }

// Judge looks at every attempt of every check on one commit.
func Judge(head []Check, req Required, rules CheckRules) Verdict {
	v := Verdict{Unreadable: req.Unreadable}
	required := requiredChecks(req, rules)
	for _, c := range latest(head) {
		if counts(c, required, rules) {
			v.add(c)
		}
	}
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

// waits says why the commit is not green; none means that it is.
func (v Verdict) waits(now time.Time) (ws []Wait) {
	say := func(rule, on, format string, args ...any) {
		ws = append(ws, Wait{Rule: rule, On: on, Text: fmt.Sprintf(format, args...)})
	}
	if len(v.Unreadable) > 0 {
		say("rules_unreadable", "github", "what the branch requires could not be read: %s", strings.Join(v.Unreadable, ", "))
	}
	if len(v.Red) > 0 {
		say("checks_red", "github", "%s failed", checkNames(v.Red))
	}
	if len(v.Stuck) > 0 {
		say("checks_stuck", "person", "%s ended without a result; someone must run it again", checkNames(v.Stuck))
	}
	if len(v.Pending) > 0 {
		say("checks_pending", "github", "%s has not finished", checkNames(v.Pending))
	}
	if len(v.Missing) > 0 {
		say("checks_missing", "github", "%s is required and has not reported", requiredNames(v.Missing))
	}
	if v.None {
		say("checks_none", "github", "no check has passed on this commit; if the repo has none, say so with checks: {none: true}")
	}
	if len(ws) == 0 && now.Before(v.Settles) {
		ws = append(ws, Until("checks_settling", "no check is required here, so further ones are given time to appear", v.Settles))
	}
	return ws
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
// when it is known to be that app's.
func (r RequiredCheck) satisfiedBy(c Check) bool {
	return r.Name == c.Name && (r.App == 0 || r.App == c.App)
}

// counts reports whether a check can keep a commit from being green. A run and a status of one required name
// are both needed, whoever set the status; config cannot ignore what the branch requires.
func counts(c Check, required []RequiredCheck, rules CheckRules) bool {
	if len(required) == 0 {
		return !slices.Contains(rules.Ignore, c.Name)
	}
	return slices.ContainsFunc(required, func(r RequiredCheck) bool {
		return r.satisfiedBy(c) || r.Name == c.Name && c.Status
	})
}

// source is what attempts of one check have in common.
type source struct {
	name   string
	app    int64
	status bool
}

func (c Check) source() source { return source{c.Name, c.App, c.Status} }

// latest keeps the newest attempt of every check, ordered by name. GitHub numbers checks in the order in which
// they were made.
func latest(checks []Check) []Check {
	newest := map[source]Check{}
	for _, c := range checks {
		if old, ok := newest[c.source()]; !ok || older(old, c) < 0 {
			newest[c.source()] = c
		}
	}
	return sortedChecks(newest)
}

func sortedChecks(m map[source]Check) []Check {
	out := make([]Check, 0, len(m))
	for _, c := range m {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Check) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.App, b.App), compareBools(a.Status, b.Status))
	})
	return out
}

func older(a, b Check) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Attempt, b.Attempt), a.At.Compare(b.At))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func checkNames(checks []Check) string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.Name
	}
	return strings.Join(slices.Compact(names), ", ")
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
