package certificate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/certificate"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
)

func noon() time.Time { return time.Date(2026, 4, 13, 12, 0, 0, 0, time.UTC) }

func check(id int64, name string, r green.Result) green.Check {
	return green.Check{Name: name, App: 15368, Result: r, Attempt: 1, ID: id, Run: 100 + id, At: noon().Add(-time.Hour), URL: "https://github.com/acme/reports/runs/1"}
}

// proven is a changeset whose checks were green before and red in every attempt after, and what is seen of it.
func proven(names ...string) (rollout.Changeset, rollout.Observation, rollout.Policy) {
	cs := rollout.Changeset{
		ID: "m7-reports", Repo: repo.Repo{ID: 2, Name: repo.Name{Owner: "acme", Name: "reports"}}, Phase: rollout.Suspect, Since: noon().Add(-time.Hour),
		Pull: 12, Coexists: true, Merge: "3333333333", Parent: "1111111111", Judged: "2222222222", Red: names, Reruns: 2, RerunAt: noon().Add(-time.Minute),
	}
	p := rollout.Policy{Mode: rollout.Merge, Methods: []string{"squash"}, Reruns: 2, Revert: rollout.RevertRules{Mode: "auto", MaxPerDay: 5}}
	var obs rollout.Observation
	for i, name := range names {
		id := int64(10 * (i + 1))
		p.Checks.Require = append(p.Checks.Require, name)
		obs.Parent = append(obs.Parent, check(id, name, green.Success))
		obs.Head = append(obs.Head, check(id+1, name, green.Success))
		for n := range int64(3) {
			obs.After = append(obs.After, check(id+2+n, name, green.Failure))
		}
	}
	other := check(999, "docs", green.Failure)
	obs.Parent, obs.After = append(obs.Parent, other), append(obs.After, other)
	return cs, obs, p
}

// A proven revert has a certificate, and the same decision follows from it alone, wherever it stands.
func TestReplay(t *testing.T) {
	t.Parallel()
	cs, obs, p := proven("ci/build", "ci/test")
	c, ok := certificate.Of(cs, obs, p, noon())
	if !ok || c.Rule != "proven" || len(c.Results.After) != 6 || strings.Contains(c.JSON(), "docs") || strings.Contains(c.JSON(), "https://") {
		t.Fatalf("%v %s", ok, c.JSON())
	}
	for _, text := range []string{c.JSON(), "This takes #12 {back} out.\n\n```json\n" + c.JSON() + "\n```\n", strings.Join(strings.Fields(c.JSON()), " ")} {
		found, err := certificate.Find([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, found); diff != "" && strings.Contains(text, "\n") {
			t.Error(diff)
		}
	}
	e, err := c.Replay()
	if err != nil || e.Rule != "proven" || e.Text != c.Text {
		t.Errorf("%+v, %v; want %q", e, err, c.Text)
	}
}

// What the evidence does not show cannot be claimed: each of these certificates is sealed with a hash that is right.
func TestReplayFinds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bend func(*rollout.Changeset, *rollout.Observation, *rollout.Policy)
		want string
	}{
		"a green rerun": {func(_ *rollout.Changeset, o *rollout.Observation, _ *rollout.Policy) {
			o.After[1].Result = green.Success
		}, "cleared"},
		"too few reruns": {func(_ *rollout.Changeset, _ *rollout.Observation, p *rollout.Policy) { p.Reruns = 3 }, "rerun"},
		"a red parent": {func(_ *rollout.Changeset, o *rollout.Observation, _ *rollout.Policy) {
			o.Parent[0].Result = green.Failure
		}, "cleared"},
		"an unseen parent": {func(_ *rollout.Changeset, o *rollout.Observation, _ *rollout.Policy) { o.Parent = nil }, "no_proof"},
		"an unseen head":   {func(_ *rollout.Changeset, o *rollout.Observation, _ *rollout.Policy) { o.Head = nil }, "no_proof"},
		"old names gone":   {func(c *rollout.Changeset, _ *rollout.Observation, _ *rollout.Policy) { c.Coexists = false }, "not_coexisting"},
		"people's commits": {func(c *rollout.Changeset, _ *rollout.Observation, _ *rollout.Policy) { c.Foreign = []string{"bo"} }, "foreign_revert"},
		"reverts are off":  {func(_ *rollout.Changeset, _ *rollout.Observation, p *rollout.Policy) { p.Revert.Mode = "off" }, "revert_off"},
		"the day is full":  {func(_ *rollout.Changeset, _ *rollout.Observation, p *rollout.Policy) { p.Revert.MaxPerDay = 0 }, "revert_cap"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cs, obs, p := proven("ci/build")
			tt.bend(&cs, &obs, &p)
			if _, ok := certificate.Of(cs, obs, p, noon()); ok {
				t.Error("certified")
			}
			_, err := certificate.Forge(cs, obs, p, noon(), "proven").Replay()
			if err == nil || !strings.Contains(err.Error(), "follows "+tt.want+",") {
				t.Errorf("%v, want one that says that %s follows", err, tt.want)
			}
		})
	}
}

// A person's word is certified as that, and as nothing more.
func TestSaid(t *testing.T) {
	t.Parallel()
	cs, _, _ := proven("ci/build")
	c := certificate.Said(cs, rollout.Hold{By: "bo", At: noon(), Reason: "the numbers are off"}, noon())
	if e, err := c.Replay(); err != nil || e.Rule != "revert_said" {
		t.Errorf("%+v, %v", e, err)
	}
	cs.Phase = rollout.Open
	if _, err := certificate.Said(cs, rollout.Hold{By: "bo"}, noon()).Replay(); err == nil {
		t.Error("a revert of what was not merged is certified")
	}
}

// However many checks regress, and however long their names are, the certificate fits and proves what it names.
func TestBounded(t *testing.T) {
	t.Parallel()
	for _, width := range []int{10, 200, 4000} {
		var names []string
		for i := range 50 {
			names = append(names, fmt.Sprintf("%03d-%s", i, strings.Repeat("x", width)))
		}
		cs, obs, p := proven(names...)
		c, ok := certificate.Of(cs, obs, p, noon())
		if n := len(c.JSON()); !ok || n > 64<<10 || width <= 200 && n > 24<<10 || len(c.Suspects)+c.LeftOut != 50 {
			t.Errorf("width %d: %v, %d bytes, %d suspects, %d left out", width, ok, n, len(c.Suspects), c.LeftOut)
		}
		if _, err := c.Replay(); err != nil {
			t.Errorf("width %d: %v", width, err)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	t.Parallel()
	cs, obs, p := proven("ci/build")
	c, _ := certificate.Of(cs, obs, p, noon())
	good := c.JSON()
	for name, tt := range map[string]struct{ text, want string }{
		"nothing":     {"a description", "1:1: there is no certificate"},
		"torn":        {"x\n" + good[:len(good)-20], "the certificate ends in the middle"},
		"unknown key": {strings.Replace(good, `"pull"`, `"bull"`, 1), `unknown field "bull"`},
		"wrong type":  {strings.Replace(good, `"pull": 12`, `"pull": "12"`, 1), "5:13: json: cannot unmarshal string"},
		"version":     {strings.Replace(good, `"skein_certificate": 1`, `"skein_certificate": 2`, 1), "1:1: certificate version 2"},
		"too long":    {strings.Repeat(" ", 2<<20), "bytes are too many"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := certificate.Find([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	changed, err := certificate.Find([]byte(strings.Replace(good, `"coexists": true`, `"coexists": false`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := changed.Replay(); err == nil || !strings.Contains(err.Error(), "was changed") {
		t.Errorf("%v, want that it was changed", err)
	}
}

func FuzzFind(f *testing.F) {
	cs, obs, p := proven("ci/build")
	c, _ := certificate.Of(cs, obs, p, noon())
	f.Add(c.JSON())
	f.Add(certificate.Said(cs, rollout.Hold{By: "bo"}, noon()).JSON())
	f.Add(`{"skein_certificate": 1, "rule": "proven", "state": {"phase": "suspect"}, "suspects": ["a"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		found, err := certificate.Find([]byte(text))
		if err != nil {
			return
		}
		_, _ = found.Replay()
		_, _ = certificate.Reseal(found).Replay()
	})
}
