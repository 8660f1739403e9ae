package green

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 13, 9, 0, 0, 0, time.UTC)
	old := now.Add(-time.Hour)
	run := func(name string, r Result, id int64) Check {
		return Check{Name: name, App: 1, Result: r, ID: id, At: old}
	}
	status := func(name string, r Result) Check {
		return Check{Name: name, Status: true, Result: r, ID: 9, At: old}
	}
	need := func(app int64, names ...string) (req Required) {
		for _, n := range names {
			req.Checks = append(req.Checks, RequiredCheck{Name: n, App: app})
		}
		return req
	}
	for _, test := range []struct {
		name  string
		head  []Check
		req   Required
		rules CheckRules
		want  string // the rules that it waits by; "" is green
	}{
		{"the required one passed", []Check{run("ci", Success, 1)}, need(0, "ci"), CheckRules{}, ""},
		{"others do not count then", []Check{run("ci", Success, 1), run("lint", Failure, 2)}, need(0, "ci"), CheckRules{}, ""},
		{"nor do they settle", []Check{{Name: "ci", Result: Success, At: now}}, need(0, "ci"), CheckRules{}, ""},
		{"skipped passes when required", []Check{run("ci", Neutral, 1)}, need(0, "ci"), CheckRules{}, ""},
		{"missing", []Check{run("lint", Success, 1)}, need(0, "ci"), CheckRules{}, "checks_missing"},
		{"nothing at all, one required", nil, need(0, "ci"), CheckRules{}, "checks_missing"},
		{"config's are required as well", []Check{run("ci", Success, 1)}, need(0, "ci"), CheckRules{Require: []string{"lint"}}, "checks_missing"},
		{"config cannot ignore what the branch requires", []Check{run("ci", Failure, 1)}, need(0, "ci"), CheckRules{Ignore: []string{"ci"}}, "checks_red"},
		{"the newest attempt: red, then green", []Check{run("ci", Failure, 1), run("ci", Success, 2)}, need(0, "ci"), CheckRules{}, ""},
		{"the newest attempt: green, then red", []Check{run("ci", Failure, 2), run("ci", Success, 1)}, need(0, "ci"), CheckRules{}, "checks_red"},
		{"the newest attempt: green, then running", []Check{run("ci", Success, 1), run("ci", Pending, 2)}, need(0, "ci"), CheckRules{}, "checks_pending"},
		{"attempts without ids", []Check{{Name: "ci", Attempt: 2, Result: Failure}, {Name: "ci", Attempt: 1, Result: Success}}, need(0, "ci"), CheckRules{}, "checks_red"},
		{"attempts without numbers", []Check{{Name: "ci", At: now, Result: Failure}, {Name: "ci", At: old, Result: Success}}, need(0, "ci"), CheckRules{}, "checks_red"},
		{"no app may mask another's red", []Check{run("ci", Failure, 1), {Name: "ci", App: 2, Result: Success, ID: 2}}, need(0, "ci"), CheckRules{}, "checks_red"},
		{"the app that was asked for", []Check{run("ci", Success, 1), {Name: "ci", App: 2, Result: Failure, ID: 2}}, need(1, "ci"), CheckRules{}, ""},
		{"another app's", []Check{run("ci", Success, 1)}, need(2, "ci"), CheckRules{}, "checks_missing"},
		{"a run and a status of one name: both", []Check{run("ci", Success, 1), status("ci", Failure)}, need(0, "ci"), CheckRules{}, "checks_red"},
		{"also when the run's app is asked for", []Check{run("ci", Success, 1), status("ci", Pending)}, need(1, "ci"), CheckRules{}, "checks_pending"},
		{"a status of nobody in particular is no app's", []Check{status("ci", Success)}, need(1, "ci"), CheckRules{}, "checks_missing"},
		{"everything at once", []Check{run("a", Failure, 1), run("b", Pending, 2), run("c", Cancelled, 3), run("d", Timeout, 4)}, need(0, "a", "b", "c", "d", "e"), CheckRules{}, "checks_red checks_stuck checks_pending checks_missing"},
		{"a result that nobody knows", []Check{run("ci", "exploded", 1)}, need(0, "ci"), CheckRules{}, "checks_stuck"},
		{"unreadable rules", []Check{run("ci", Success, 1)}, Required{Unreadable: []string{"ruleset 12"}, Checks: need(0, "ci").Checks}, CheckRules{}, "rules_unreadable"},
		{"rule types that nobody knows are tried", []Check{run("ci", Success, 1)}, Required{Unknown: []string{"new"}, Checks: need(0, "ci").Checks}, CheckRules{}, ""},
		{"nothing required: all that was seen", []Check{run("ci", Success, 1), run("lint", Success, 2)}, Required{}, CheckRules{}, ""},
		{"nothing required: one red", []Check{run("ci", Success, 1), run("lint", Failure, 2)}, Required{}, CheckRules{}, "checks_red"},
		{"nothing required: the red one ignored", []Check{run("ci", Success, 1), run("lint", Failure, 2)}, Required{}, CheckRules{Ignore: []string{"lint"}}, ""},
		{"nothing required: all ignored", []Check{run("ci", Success, 1)}, Required{}, CheckRules{Ignore: []string{"ci"}}, "checks_none"},
		{"nothing required: only skipped", []Check{run("ci", Neutral, 1)}, Required{}, CheckRules{}, "checks_none"},
		{"nothing required: just finished", []Check{{Name: "ci", Result: Success, At: now.Add(-2*time.Minute + 1)}}, Required{}, CheckRules{}, "checks_settling"},
		{"nothing required: two minutes ago", []Check{{Name: "ci", Result: Success, At: now.Add(-2 * time.Minute)}}, Required{}, CheckRules{}, ""},
		{"nothing required, nothing there", nil, Required{}, CheckRules{}, "checks_none"},
		{"none: true", nil, Required{}, CheckRules{None: true}, ""},
		{"none: true, and yet a red one", []Check{run("ci", Failure, 1)}, Required{}, CheckRules{None: true}, "checks_red"},
		{"none: true does not undo a requirement", nil, need(0, "ci"), CheckRules{None: true}, "checks_missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := Judge(test.head, test.req, test.rules)
			got := ""
			for i, w := range v.Lacks(time.Time{}, now) {
				if i > 0 {
					got += " "
				}
				got += w.Rule
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
