package forge

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/green"
)

// settle lets CI run to its end.
func (w *world) settle() {
	w.Helper()
	w.must(w.sim.Quiesce(w.Context()))
	for range 10 {
		w.clock.Advance(time.Minute)
		w.must(w.sim.Quiesce(w.Context()))
	}
}

// words is one line per check, without ids and times.
func words(checks []green.Check) (out []string) {
	for _, c := range checks {
		kind := "run"
		switch {
		case c.Status:
			kind = "status"
		case c.Run != 0:
			kind = "job"
		}
		out = append(out, fmt.Sprintf("%s %s #%d %s", kind, c.Name, c.Attempt, c.Result))
	}
	slices.Sort(out)
	return out
}

func TestChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.SetCI(reports, githubsim.Usual(githubsim.Flaky(func(_ context.Context, c githubsim.Commit) []githubsim.Report {
		return []githubsim.Report{
			{Name: "build", Conclusion: "failure", Duration: time.Minute},
			{Name: "lint", Conclusion: "neutral", Kind: githubsim.Check, Duration: time.Minute},
			{Name: "slow", Conclusion: "timed_out", Kind: githubsim.Check, Duration: time.Minute},
			{Name: "warehouse", Conclusion: "success", Kind: githubsim.Status, Duration: time.Minute},
			{Name: "hangs", Kind: githubsim.Check},
		}
	}, "build", "failure", "success")))
	sha := w.push("main", map[string]string{"c.sql": "c"})
	w.settle()
	checks, err := w.forge.Checks(t.Context(), w.repo, sha)
	w.must(err)
	want := []string{
		"job build #1 failure", "run hangs #1 pending", "run lint #1 neutral", "run slow #1 timeout", "status warehouse #1 success",
	}
	if diff := cmp.Diff(want, words(checks)); diff != "" {
		t.Error(diff)
	}
	var runs, singles []int64
	for _, c := range checks {
		if c.Name == "build" {
			runs = append(runs, c.Run)
		}
		if c.Name == "hangs" {
			singles = append(singles, c.ID)
		}
		if c.Result != green.Pending && (c.At.IsZero() || c.ID == 0) || !c.Status && c.App == 0 {
			t.Errorf("%+v", c)
		}
	}
	w.wire.clear()
	for range 2 { // the second time it is running already; what is not complete cannot be rerun
		w.must(w.forge.Rerun(t.Context(), w.repo, runs, singles))
	}
	if got := w.wire.writes(); len(got) != 1 || !strings.HasSuffix(got[0], "/rerun") {
		t.Error(got)
	}
	w.settle()
	checks, err = w.forge.Checks(t.Context(), w.repo, sha)
	w.must(err)
	if got := words(checks); !slices.Contains(got, "job build #1 failure") || !slices.Contains(got, "job build #2 success") {
		t.Error(got)
	}
}

// Without the permission to see Actions the checks are there, and cannot be rerun.
func TestChecksWithoutActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.SetCI(reports, func(context.Context, githubsim.Commit) []githubsim.Report {
		return []githubsim.Report{{Name: "build", Conclusion: "success"}}
	})
	sha := w.push("main", map[string]string{"c.sql": "c"})
	w.settle()
	w.must(w.sim.Grant(w.installation, map[string]string{"checks": "read", "statuses": "read", "contents": "read", "metadata": "read"}))
	checks, err := w.forge.Checks(t.Context(), w.repo, sha)
	if err != nil || len(checks) != 1 || checks[0].Run != 0 || checks[0].Result != green.Success {
		t.Error(checks, err)
	}
}

func TestResults(t *testing.T) {
	t.Parallel()
	for in, want := range map[[2]string]green.Result{
		{"queued", ""}: green.Pending, {"waiting", ""}: green.Pending, {"completed", "success"}: green.Success,
		{"completed", "skipped"}: green.Neutral, {"completed", "failure"}: green.Failure, {"completed", "startup_failure"}: green.Timeout,
		{"completed", "action_required"}: green.Cancelled, {"completed", "stale"}: green.Cancelled,
		{"completed", "invented"}: green.Unknown, {"completed", ""}: green.Unknown,
	} {
		if got := resultOf(in[0], in[1]); got != want {
			t.Errorf("%v: %s, want %s", in, got, want)
		}
	}
}

func TestUpsertCheckRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := CheckSpec{SHA: w.head(), Name: "skein", ExternalID: "d1", Status: "in_progress", Title: "Looking", Summary: "…"}
	first, err := w.forge.UpsertCheckRun(t.Context(), w.repo, s)
	w.must(err)
	w.wire.clear()
	if same, err := w.forge.UpsertCheckRun(t.Context(), w.repo, s); err != nil || same != first || len(w.wire.writes()) != 0 {
		t.Error(same, err, w.wire.writes())
	}
	s.Status, s.Conclusion, s.Title = "completed", "failure", "Does not parse"
	for i := range 120 {
		s.Annotations = append(s.Annotations, Annotation{Path: "a.sql", Line: i + 1, Level: "failure", Message: "no"})
	}
	for range 2 {
		if same, err := w.forge.UpsertCheckRun(t.Context(), w.repo, s); err != nil || same != first {
			t.Error(same, err)
		}
	}
	runs := w.sim.Checks(reports, s.SHA)
	if len(runs) != 1 || runs[0].Conclusion != "failure" || runs[0].Title != "Does not parse" || len(runs[0].Notes) != 120 {
		t.Errorf("%d runs, %+v", len(runs), runs[0])
	}
	s.ExternalID = "d2"
	if other, err := w.forge.UpsertCheckRun(t.Context(), w.repo, s); err != nil || other == first {
		t.Error(other, err)
	}
}

func TestRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none, err := w.forge.Required(t.Context(), w.repo, "main")
	if diff := cmp.Diff(green.Required{}, none); diff != "" || err != nil {
		t.Error(diff, err)
	}
	w.must(w.sim.As("ada").Protect(reports, "main", &githubsim.Protection{
		Checks: []githubsim.RequiredCheck{{Context: "ci/build", App: 77}, {Context: "lint"}}, Strict: true,
		Reviews: 3, CodeOwners: true, Threads: true, Linear: true, Locked: true,
	}))
	w.must(w.sim.As("ada").SetRulesets(reports, githubsim.Ruleset{Name: "r", Branches: []string{"~DEFAULT_BRANCH"}, Rules: []githubsim.Rule{
		githubsim.RequireChecks(false, githubsim.RequiredCheck{Context: "types", App: 78}), githubsim.RequireReviews(2),
		{Type: "merge_queue", Parameters: map[string]any{
			"check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5, "max_entries_to_merge": 5,
			"merge_method": "SQUASH", "min_entries_to_merge": 1, "min_entries_to_merge_wait_minutes": 5,
		}},
		{Type: "deletion"},
		{Type: "file_path_restriction", Parameters: map[string]any{"restricted_file_paths": []string{"x"}}},
	}}))
	got, err := w.forge.Required(t.Context(), w.repo, "main")
	w.must(err)
	for i, c := range got.Checks {
		if strings.HasPrefix(c.Source, "ruleset ") {
			got.Checks[i].Source = "ruleset"
		}
	}
	want := green.Required{
		Checks: []green.RequiredCheck{
			{Name: "ci/build", App: 77, Source: classicSource}, {Name: "lint", Source: classicSource}, {Name: "types", App: 78, Source: "ruleset"},
		},
		Strict: true, Reviews: 3, CodeOwners: true, Threads: true, Queue: true, Locked: true, Unknown: []string{"file_path_restriction"},
		Methods: []string{"squash", "rebase"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Without administration: read the names come from the branch; when those are hidden too, it is not green.
func TestRequiredWithoutAdministration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		branch     string
		checks     []green.RequiredCheck
		unreadable bool
	}{
		{`{"protected": false}`, nil, false},
		{`{"protected": true, "protection": {"required_status_checks": {"enforcement_level": "non_admins", "contexts": ["ci"], "checks": []}}}`,
			[]green.RequiredCheck{{Name: "ci", Source: classicSource}}, false},
		{`{"protected": true}`, nil, true},
		{`{"protected": true, "protection": {"enabled": true}}`, nil, true},
	} {
		_, f := newHub(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/protection"):
				say(w, 403, "Resource not accessible by integration")
			case strings.Contains(r.URL.Path, "/rules/"):
				_, _ = w.Write([]byte("[]"))
			default:
				_, _ = w.Write([]byte(c.branch))
			}
		})
		got, err := f.Required(t.Context(), sampleRepo(), "main")
		if diff := cmp.Diff(c.checks, got.Checks); diff != "" || err != nil || (len(got.Unreadable) > 0) != c.unreadable {
			t.Errorf("%s: %v %v %s", c.branch, got.Unreadable, err, diff)
		}
	}
}

// A source that fails is named; the others still speak.
func TestRequiredUnreadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.sim.As("ada").Protect(reports, "main", &githubsim.Protection{Checks: []githubsim.RequiredCheck{{Context: "ci"}}}))
	w.sim.SetFaults(func(r *http.Request) githubsim.Fault {
		if strings.Contains(r.URL.Path, "/rules/") {
			return githubsim.Fault{Status: 500}
		}
		return githubsim.Fault{}
	})
	got, err := w.forge.Required(t.Context(), w.repo, "main")
	if err != nil || len(got.Checks) != 1 || len(got.Unreadable) != 1 || !strings.Contains(got.Unreadable[0], "rulesets") {
		t.Errorf("%+v, %v", got, err)
	}
	w.sim.SetFaults(func(*http.Request) githubsim.Fault { return githubsim.Fault{Status: 500} })
	if got, err := w.forge.Required(t.Context(), w.repo, "main"); err != nil || len(got.Unreadable) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Whatever a ruleset holds, one rule that cannot be read makes the source unreadable, never shorter.
func TestMalformedRule(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`[{"type": "required_status_checks", "parameters": {"required_status_checks": "all"}}]`, `{}`, `[1]`, `nonsense`,
	} {
		_, f := newHub(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/rules/") {
				_, _ = w.Write([]byte(body))
				return
			}
			_, _ = w.Write([]byte(`{"id": 11, "protected": false}`))
		})
		if got, err := f.Required(t.Context(), sampleRepo(), "main"); err != nil || len(got.Unreadable) != 1 {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}
