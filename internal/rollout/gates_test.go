package rollout

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
)

func member(id int64, name string, topics []string, owners ...string) Member {
	n, err := repo.ParseName(name)
	if err != nil {
		panic(err)
	}
	return Member{Repo: repo.Repo{ID: repo.ID(id), Name: n, Topics: topics}, Owners: owners}
}

func TestAssignWaves(t *testing.T) {
	t.Parallel()
	members := []Member{
		member(1, "acme/reports", nil), member(2, "Acme/Billing", []string{"tier-1"}), member(3, "acme/ml-train", nil, "@acme/ml"),
		member(4, "acme/ml-serve", nil, "@acme/ML", "@bo"), member(5, "other/tool", nil), member(6, "acme/ads", nil),
	}
	for _, test := range []struct {
		name  string
		waves []Wave
		want  map[repo.ID]string
	}{
		{"no waves: one", nil, map[repo.ID]string{1: "rest", 2: "rest", 3: "rest", 4: "rest", 5: "rest", 6: "rest"}},
		{"by name, topic, owner, and who is left", []Wave{{Name: "a", Repos: []string{"acme/reports"}}, {Name: "b", Topics: []string{"tier-1"}}, {Name: "c", Owners: []string{"@acme/ml"}}},
			map[repo.ID]string{1: "a", 2: "b", 3: "c", 4: "c", 5: "rest", 6: "rest"}},
		{"patterns, in GitHub's loose case", []Wave{{Name: "a", Repos: []string{"ACME/*l*"}}, {Name: "b", Repos: []string{"**"}}},
			map[repo.ID]string{1: "b", 2: "a", 3: "a", 4: "a", 5: "b", 6: "b"}},
		{"the first that fits", []Wave{{Name: "a", Repos: []string{"acme/ml-*"}}, {Name: "b", Owners: []string{"@bo"}}},
			map[repo.ID]string{1: "rest", 2: "rest", 3: "a", 4: "a", 5: "rest", 6: "rest"}},
		{"a wave that says nothing takes all", []Wave{{Name: "a", Repos: []string{"other/*"}}, {Name: "b"}},
			map[repo.ID]string{1: "b", 2: "b", 3: "b", 4: "b", 5: "a", 6: "b"}},
		{"rest is taken", []Wave{{Name: "rest", Repos: []string{"other/*"}}},
			map[repo.ID]string{1: "rest-2", 2: "rest-2", 3: "rest-2", 4: "rest-2", 5: "rest", 6: "rest-2"}},
		{"a pattern that is none matches nothing", []Wave{{Name: "a", Repos: []string{"[", "other/*"}}},
			map[repo.ID]string{1: "rest", 2: "rest", 3: "rest", 4: "rest", 5: "a", 6: "rest"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, AssignWaves(members, Policy{Waves: test.waves})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestPercentIsDrawnByHash(t *testing.T) {
	t.Parallel()
	var members []Member
	for i := range 100 {
		members = append(members, member(int64(i+1), fmt.Sprintf("acme/r%d", i), nil))
	}
	p := Policy{Waves: []Wave{{Name: "canary", Percent: 5}, {Name: "half", Percent: 50}}}
	got := AssignWaves(members, p)
	size := map[string]int{}
	for _, w := range got {
		size[w]++
	}
	if diff := cmp.Diff(map[string]int{"canary": 5, "half": 48, "rest": 47}, size); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	slices.Reverse(members)
	if diff := cmp.Diff(got, AssignWaves(members, p)); diff != "" {
		t.Errorf("depends on the order\n%s", diff)
	}
	if one := AssignWaves(members[:1], p); len(one) != 1 || one[members[0].Repo.ID] != "canary" {
		t.Errorf("five percent of one is one, got %v", one)
	}
}

func TestGates(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 13, 12, 0, 0, 0, time.UTC)
	ago := func(h int) time.Time { return now.Add(-time.Duration(h) * time.Hour) }
	p := Policy{Waves: []Wave{{Name: "a", Soak: 24 * time.Hour, MaxRegressions: 1}, {Name: "b", MaxOpen: 2, MaxRegressions: 2}, {Name: "c"}}}
	in := func(wave string, phase Phase, hours int) Changeset {
		cs := Changeset{Wave: wave, Phase: phase, Since: ago(hours)}
		if slices.Contains([]Phase{Watching, Suspect, Reverting, Reverted, Regressed, Healthy, Unproven}, phase) {
			cs.MergedAt = ago(hours + 1)
		}
		return cs
	}
	for _, test := range []struct {
		name string
		css  []Changeset
		m    Migration
		want string // the waves that are open; +prepared, !halted
		till int    // hours until b's soak ends
	}{
		{"the first wave", []Changeset{in("a", Ready, 1), in("b", Ready, 1), in("c", Ready, 1)}, Migration{}, "a", 0},
		{"soaking", []Changeset{in("a", Healthy, 20), in("b", Ready, 1), in("c", Ready, 1)}, Migration{}, "a", 4},
		{"soaked", []Changeset{in("a", Healthy, 24), in("b", Ready, 1), in("c", Ready, 1)}, Migration{}, "a b", 0},
		{"the last merge counts", []Changeset{in("a", Healthy, 30), in("a", Healthy, 2), in("b", Ready, 1)}, Migration{}, "a", 22},
		{"nothing merged, nothing soaks", []Changeset{in("a", Skipped, 1), in("a", Declined, 1), in("a", Untouched, 1), in("a", Refused, 0), in("a", Superseded, 0), in("a", Failed, 0), in("b", Ready, 1)}, Migration{}, "a b", 0},
		{"one is still watched", []Changeset{in("a", Healthy, 30), in("a", Watching, 30), in("b", Ready, 1)}, Migration{}, "a", 0},
		{"unproven is not through", []Changeset{in("a", Unproven, 30), in("b", Ready, 1)}, Migration{}, "a", 0},
		{"an empty wave soaks nothing of its own", []Changeset{in("a", Healthy, 20), in("c", Ready, 1)}, Migration{}, "a", 4},
		{"a halt closes what follows", []Changeset{in("a", Reverted, 30), in("b", Ready, 1), in("c", Ready, 1)}, Migration{}, "!a !b !c", 0},
		{"reverting and regressed count too", []Changeset{in("a", Healthy, 30), in("b", Reverting, 1), in("b", Regressed, 1), in("c", Ready, 1)}, Migration{}, "a !b !c", 0},
		{"a wave may bear one", []Changeset{in("a", Healthy, 30), in("b", Reverted, 1), in("c", Ready, 1)}, Migration{}, "a b c", 0},
		{"forgiven", []Changeset{in("a", Reverted, 30), in("b", Ready, 1)}, Migration{Forgiven: map[string]int{"a": 1}}, "a b", 0},
		{"forgiven once, and another", []Changeset{in("a", Reverted, 30), in("a", Regressed, 30), in("b", Ready, 1)}, Migration{Forgiven: map[string]int{"a": 1}}, "!a !b !c", 0},
		{"started by a person", []Changeset{in("a", Ready, 1), in("b", Ready, 1), in("c", Ready, 1)}, Migration{Started: []string{"b"}}, "a b", 0},
		{"started, and yet halted", []Changeset{in("a", Reverted, 1), in("b", Ready, 1), in("c", Ready, 1)}, Migration{Started: []string{"b"}}, "!a !b !c", 0},
		{"a wave of an earlier policy comes last", []Changeset{in("a", Healthy, 30), in("b", Healthy, 1), in("c", Ready, 1), in("old", Ready, 1)}, Migration{}, "a b c", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			gates := Gates(test.m, test.css, p, now)
			got := ""
			for _, name := range []string{"a", "b", "c", "old"} {
				g := gates[name]
				switch {
				case g.Halted:
					got += " !" + name
				case g.Open:
					got += " " + name
				}
				if (g.Why == "") != g.Open && g.Wave != "" || g.Open && !g.Prepare {
					t.Errorf("wave %s: %+v", name, g)
				}
			}
			till := 0
			if at := gates["b"].Till; !at.IsZero() {
				till = int(at.Sub(now).Hours())
			}
			if got != " "+test.want || till != test.till {
				t.Errorf("open are%s, want %s; b soaks %d more hours, want %d", got, test.want, till, test.till)
			}
		})
	}
}

func TestSlots(t *testing.T) {
	t.Parallel()
	p := Policy{Waves: []Wave{{Name: "a", MaxOpen: 3}, {Name: "b"}}}
	css := []Changeset{{Wave: "a", Phase: Open}, {Wave: "a", Phase: Merging}, {Wave: "a", Phase: Ready}, {Wave: "a", Phase: Watching}}
	gates := Gates(Migration{}, css, p, time.Time{})
	if gates["a"].Slots != 1 || gates["b"].Slots != -1 {
		t.Errorf("%d slots in a, %d in b", gates["a"].Slots, gates["b"].Slots)
	}
	css[2].Asked = "being opened"
	css = append(css, Changeset{Wave: "a", Phase: Planned, Pull: 7})
	if got := Gates(Migration{}, css, p, time.Time{})["a"].Slots; got != 0 {
		t.Errorf("%d slots while one is being opened and one is made anew", got)
	}
}

func TestAhead(t *testing.T) {
	t.Parallel()
	p := Policy{Waves: []Wave{{Name: "a", Repos: []string{"a"}, Ahead: true}, {Name: "b", Repos: []string{"b"}, Ahead: true}, {Name: "c"}}}
	css := []Changeset{{Wave: "a", Phase: Ready}, {Wave: "b", Phase: Ready}, {Wave: "c", Phase: Ready}}
	gates := Gates(Migration{}, css, p, time.Time{})
	if !gates["b"].Prepare || gates["b"].Open || gates["c"].Prepare {
		t.Errorf("only the next wave is prepared: %+v", gates)
	}
	css[0].Phase = Reverted
	if gates = Gates(Migration{}, css, p, time.Time{}); gates["b"].Prepare {
		t.Error("a halted wave prepares none")
	}
}
