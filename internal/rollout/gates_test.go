package rollout

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/wave"
)

func TestGates(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 13, 12, 0, 0, 0, time.UTC)
	ago := func(h int) time.Time { return now.Add(-time.Duration(h) * time.Hour) }
	p := Policy{Settle: 3 * time.Hour, Waves: []wave.Wave{{Name: "a", Soak: 24 * time.Hour, MaxRegressions: 1}, {Name: "b", MaxOpen: 2, MaxRegressions: 2}, {Name: "c"}}}
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
		{"settling", []Changeset{in("a", Ready, 1), in("b", Ready, 1), in("c", Ready, 1)}, Migration{Landed: ago(2)}, "", 0},
		{"settled", []Changeset{in("a", Ready, 1), in("b", Ready, 1)}, Migration{Landed: ago(3)}, "a", 0},
		{"settling, and nothing to do in the first wave", []Changeset{in("a", Untouched, 1), in("b", Ready, 1)}, Migration{Landed: ago(1)}, "", 2},
		{"settling, and started by a person", []Changeset{in("a", Ready, 1), in("b", Ready, 1)}, Migration{Landed: ago(1), Started: []string{"a"}}, "a", 0},
		{"settling, and in a hurry", []Changeset{in("a", Ready, 1), in("b", Ready, 1)}, Migration{Landed: ago(1), Hotfix: &Hold{By: "bo"}}, "a", 0},
		{"the longer of settling and soaking", []Changeset{in("a", Healthy, 22), in("b", Ready, 1)}, Migration{Landed: ago(2), Started: []string{"a"}}, "a", 2},
		{"prepared ahead, nothing settles", []Changeset{in("a", Ready, 1), in("b", Ready, 1)}, Migration{Created: ago(0)}, "a", 0},
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
			if strings.TrimSpace(got) != test.want || till != test.till {
				t.Errorf("open are%s, want %s; b soaks %d more hours, want %d", got, test.want, till, test.till)
			}
		})
	}
}

func TestSlots(t *testing.T) {
	t.Parallel()
	p := Policy{Waves: []wave.Wave{{Name: "a", MaxOpen: 3}, {Name: "b"}}}
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
	p := Policy{Waves: []wave.Wave{{Name: "a", Repos: []string{"a"}, Ahead: true}, {Name: "b", Repos: []string{"b"}, Ahead: true}, {Name: "c"}}}
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
