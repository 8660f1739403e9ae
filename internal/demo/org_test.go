package demo

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/rollout"
)

// world is a built org on a clock that the test moves.
type world struct {
	*testing.T
	*Org
	clock *clock.Virtual
}

func build(t *testing.T, o Options) world {
	t.Helper()
	clk := clock.NewVirtual(Start())
	sim := githubsim.New(githubsim.Options{Clock: clk})
	org, err := Build(context.Background(), sim, clk, o)
	if err != nil {
		t.Fatal(err)
	}
	return world{t, org, clk}
}

// ddl is the shape of the tables after the stages.
func ddl(stages ...stage) tree {
	out := readTree("repos/sales-data").with(readTree("repos/web-data"))
	for _, s := range stages {
		out = out.with(readTree("changes/"+string(s)+"/sales-data"), readTree("changes/"+string(s)+"/web-data"))
	}
	return out.only(isSchema)
}

// run opens a warehouse and runs models in it.
func run(t *testing.T, tables, models tree) (map[string]result, error) {
	t.Helper()
	db, err := openDatabase(context.Background(), tables, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.close() //nolint:errcheck // thrown away
	return db.outputs(context.Background(), models)
}

func TestBuild(t *testing.T) {
	t.Parallel()
	w := build(t, Options{Consumers: 12, HookSecret: "s"})
	w.clock.Advance(time.Hour)
	if len(w.consumers) != 12 || w.AppID == 0 || w.Bot != "skein[bot]" || !strings.Contains(w.Key, "PRIVATE KEY") {
		t.Fatalf("built %d consumers, app %d %s", len(w.consumers), w.AppID, w.Bot)
	}
	for _, c := range w.consumers {
		runs := w.sim.Checks(named(c.name), w.sim.Branches(named(c.name))["main"])
		if len(runs) != 1 || runs[0].Name != queriesCheck || runs[0].Conclusion != "success" {
			t.Errorf("%s: %+v", c.name, runs)
		}
	}
}

func TestConfigsAreValid(t *testing.T) {
	t.Parallel()
	for _, fast := range []bool{false, true} {
		w := build(t, Options{Consumers: 11, Fast: fast})
		for _, r := range w.sim.Repos() {
			text, err := w.sim.File(r.Name, "main", config.RepoPath)
			if r.Name.Name == ".github" {
				text, err = w.sim.File(r.Name, "main", config.OrgPath)
				if _, findings := config.ParseOrg(config.OrgPath, []byte(text)); len(findings) > 0 {
					t.Errorf("org defaults: %v", findings)
				}
			} else if err == nil {
				if _, findings := config.ParseRepo(config.RepoPath, []byte(text)); len(findings) > 0 {
					t.Errorf("%s: %v", r.Name, findings)
				}
			}
			if err != nil && r.Name.Name != listed {
				t.Errorf("%s has no config: %v", r.Name, err)
			}
		}
	}
}

// The org's own words about time and the timetable of the verification must be the same.
func TestCalendarIsTheConfigs(t *testing.T) {
	t.Parallel()
	for _, fast := range []bool{false, true} {
		w := build(t, Options{Fast: fast})
		read := func(name, path string) []byte {
			text, err := w.sim.File(named(name), "main", path)
			if err != nil {
				t.Fatal(err)
			}
			return []byte(text)
		}
		org, _ := config.ParseOrg(config.OrgPath, read(".github", config.OrgPath))
		repo, _ := config.ParseRepo(config.RepoPath, read("sales-data", config.RepoPath))
		p := config.Policy(org, repo, nil)
		for at := Start(); at.Before(Start().AddDate(0, 2, 0)); at = at.Add(7 * time.Minute) {
			open := w.timetable.open(at) && !w.timetable.frozen(at)
			if got := isOpen(p, at); got != open {
				t.Fatalf("fast %t, %s: config says %t, timetable %t", fast, at, got, open)
			}
		}
		if p.Watch != w.timetable.paced(6*time.Hour) || p.Waves[0].Soak != w.timetable.soak() || p.Settle != w.timetable.settle() {
			t.Errorf("fast %t: watch %s, soak %s, settle %s", fast, p.Watch, p.Waves[0].Soak, p.Settle)
		}
	}
}

func TestOutputsStayTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range consumers(40) {
		want, err := run(t, ddl(), c.files.models())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for file, r := range want {
			if len(r.values) == 0 && !strings.HasPrefix(c.name, "store-") {
				t.Errorf("%s: %s returns no rows, so it proves nothing", c.name, file)
			}
		}
		got, err := run(t, ddl(orders, users, sessions), c.after(orders, users, sessions).models())
		if err != nil {
			t.Errorf("%s afterwards: %v", c.name, err)
			continue
		}
		if diff := same(want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Under coexistence the old queries go on working; a rename breaks them.
func TestOldQueries(t *testing.T) {
	t.Parallel()
	for _, c := range written() {
		if _, err := run(t, ddl(orders, users), c.files.models()); err != nil {
			t.Errorf("%s under coexistence: %v", c.name, err)
		}
		_, err := run(t, ddl(orders, users, sessions), c.files.models())
		if c.in(sessions) != (err != nil) {
			t.Errorf("%s after the rename: %v", c.name, err)
		}
	}
}

func TestLateRowsTurnOneConsumerRed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stage stage
		table string
		red   string
	}{{orders, "sales.orders", ledger}, {sessions, "web.sessions", asking}} {
		for _, c := range consumers(30) {
			for _, late := range []bool{false, true} {
				db, err := openDatabase(t.Context(), ddl(orders, users, sessions), map[string]bool{tt.table: late})
				if err != nil {
					t.Fatal(err)
				}
				v := db.check(t.Context(), c.after(orders, users, sessions))
				if want := late && c.name == tt.red; want != (len(v.faults) > 0) {
					t.Errorf("%s, late %t: %v", c.name, late, v.faults)
				}
				_ = db.close()
			}
		}
	}
}

func TestVariationsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for i := 10; i < 60; i++ {
		c := variation(i)
		text := ""
		for _, f := range slices.Sorted(maps.Keys(c.files)) {
			text += f + "\n" + strings.ReplaceAll(c.files[f], strings.Replace(c.name, "-", " ", 1), "")
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%s is %s again", c.name, other)
		}
		seen[text] = c.name
		if diff := cmp.Diff(c.files, variation(i).files); diff != "" {
			t.Errorf("%s is not the same twice: %s", c.name, diff)
		}
		if len(c.files.models()) != 2 || len(c.golden[orders]) != 2 {
			t.Errorf("%s has %d models", c.name, len(c.files.models()))
		}
	}
}

func isOpen(p rollout.Policy, at time.Time) bool { return calendar.IsOpen(p.Windows, p.Freezes, at) }
