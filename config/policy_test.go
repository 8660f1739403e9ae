package config_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/rollout"
)

// repoOf parses a rollout section in flow style; "-" stands for a repository without a configuration.
func repoOf(t *testing.T, file, section string) *config.Repo {
	t.Helper()
	if section == "-" {
		return nil
	}
	c, found := config.ParseRepo(file, []byte("version: 1\ndatasets: [{name: a, schema: a.sql}]\nrollout: "+section+"\n"))
	if config.HasErrors(found) {
		t.Fatalf("%s: %v", section, found)
	}
	return c
}

func orgOf(t *testing.T, section string) *config.Org {
	t.Helper()
	if section == "-" {
		return nil
	}
	c, found := config.ParseOrg("org", []byte("version: 1\nrollout: "+section+"\n"))
	if config.HasErrors(found) {
		t.Fatalf("%s: %v", section, found)
	}
	return c
}

// Each row: what org, dataset and consumer say, and what comes of it.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, org, dataset, consumer, want string }{
		{"mode is propose when nobody says anything", "-", "{}", "{}", "mode propose"},
		{"mode is propose without any file", "-", "-", "-", "mode propose"},
		{"the lowest mode counts: dataset", "{mode: merge}", "{mode: observe}", "{mode: merge}", "mode observe"},
		{"the lowest mode counts: org", "{mode: observe}", "{mode: merge}", "{mode: merge}", "mode observe"},
		{"the lowest mode counts: consumer", "{mode: merge}", "{mode: merge}", "{mode: propose}", "mode propose"},
		{"all say merge", "{mode: merge}", "{mode: merge}", "{mode: merge}", "mode merge"},
		{"the org's word is enough", "{mode: merge}", "{}", "{}", "mode merge"},
		{"the dataset's word is enough", "-", "{mode: merge}", "{}", "mode merge"},
		{"a consumer cannot raise the mode", "-", "{}", "{mode: merge}", "mode propose"},
		{"no consumer config: at most propose", "-", "{mode: merge}", "-", "mode propose"},
		{"no consumer config: org silent on mode", "{}", "{mode: merge}", "-", "mode propose"},
		{"no consumer config: the org says merge", "{mode: merge}", "{mode: merge}", "-", "mode merge"},
		{"no consumer config: observe stays", "{mode: merge}", "{mode: observe}", "-", "mode observe"},

		{"watch defaults", "-", "{}", "{}", "watch 6h0m0s reruns 3 unproven false signals"},
		{"the dataset overrides the org", "{watch: {for: 9h, reruns: 5}}", "{watch: {for: 2h}}", "{}", "watch 2h0m0s reruns 5 unproven false signals"},
		{"a consumer may watch longer", "-", "{watch: {for: 2h, reruns: 1}}", "{watch: {for: 3h, reruns: 2}}", "watch 3h0m0s reruns 2 unproven false signals"},
		{"a consumer may not watch shorter", "-", "{watch: {for: 2h, reruns: 4}}", "{watch: {for: 1h, reruns: 2}}", "watch 2h0m0s reruns 4 unproven false signals"},
		{"signals of both", "-", "{watch: {signals: [a, b]}}", "{watch: {signals: [b, c]}}", "watch 6h0m0s reruns 3 unproven false signals a b c"},
		{"lists replace: signals", "{watch: {signals: [x]}}", "{watch: {signals: [a]}}", "{}", "watch 6h0m0s reruns 3 unproven false signals a"},
		{"unproven opens when one says so", "-", "{watch: {unproven: open}}", "{}", "watch 6h0m0s reruns 3 unproven true signals"},
		{"unproven waits when one says so", "-", "{watch: {unproven: open}}", "{watch: {unproven: wait}}", "watch 6h0m0s reruns 3 unproven false signals"},
		{"a consumer cannot open what waits", "-", "{watch: {unproven: wait}}", "{watch: {unproven: open}}", "watch 6h0m0s reruns 3 unproven false signals"},

		{"revert defaults", "-", "{}", "{}", "revert auto 5 false"},
		{"revert: the lowest mode, the fewer, windows if one says so", "-", "{revert: {mode: propose, max_per_day: 9}}",
			"{revert: {mode: auto, max_per_day: 2, windows: true}}", "revert propose 2 true"},
		{"revert: off is lowest", "{revert: {mode: propose}}", "{}", "{revert: {mode: off}}", "revert off 5 false"},
		{"revert: a consumer cannot have more", "-", "{revert: {max_per_day: 2, windows: true}}",
			"{revert: {max_per_day: 9, windows: false}}", "revert auto 2 true"},

		{"squash first", "-", "{}", "{}", "methods squash merge rebase"},
		{"the dataset's method", "{merge: {method: merge}}", "{merge: {method: rebase}}", "{}", "methods rebase squash merge"},
		{"the consumer's history is its own", "-", "{merge: {method: rebase}}", "{merge: {method: merge}}", "methods merge squash rebase"},

		{"checks default", "-", "{}", "{}", "require | ignore | none false"},
		{"required by either", "-", "{merge: {checks: {require: [a]}}}", "{merge: {checks: {require: [b, a]}}}", "require a b | ignore | none false"},
		{"ignored by both", "-", "{merge: {checks: {ignore: [a, b]}}}", "{merge: {checks: {ignore: [b, c]}}}", "require | ignore b | none false"},
		{"ignored by the consumer alone", "-", "{}", "{merge: {checks: {ignore: [c]}}}", "require | ignore c | none false"},
		{"what is required is not ignored", "-", "{merge: {checks: {ignore: [a]}}}", "{merge: {checks: {require: [a]}}}", "require a | ignore | none false"},
		{"an empty list replaces", "{merge: {checks: {require: [a]}}}", "{merge: {checks: {require: []}}}", "{}", "require | ignore | none false"},
		{"none by the consumer", "-", "{}", "{merge: {checks: {none: true}}}", "require | ignore | none true"},
		{"none forbidden by the dataset", "-", "{merge: {checks: {none: false}}}", "{merge: {checks: {none: true}}}", "require | ignore | none false"},
		{"none taken back by the consumer", "-", "{merge: {checks: {none: true}}}", "{merge: {checks: {none: false}}}", "require | ignore | none false"},

		{"no windows: any time", "-", "{}", "{}", "windows"},
		{"windows of both sides", "-", window("0 1 * * *"), window("0 2 * * *"), "windows [0 1 * * *] [0 2 * * *]"},
		{"windows of one side", "-", "{}", window("0 2 * * *"), "windows [0 2 * * *]"},
		{"windows of the org hold where the dataset is silent", window("0 3 * * *"), "{}", window("0 2 * * *"), "windows [0 3 * * *] [0 2 * * *]"},
		{"windows of the dataset replace the org's", window("0 3 * * *"), window("0 1 * * *"), "-", "windows [0 1 * * *]"},
		{"an empty list of windows replaces too", window("0 3 * * *"), "{windows: []}", "-", "windows"},

		{"freezes of all sides, the org's too", freeze("2026-01-01"), freeze("2026-02-02"), freeze("2026-03-03"), "freezes 2026-01-01 2026-02-02 2026-03-03"},
		{"freezes of the org", freeze("2026-01-01"), "{}", "-", "freezes 2026-01-01"},

		{"settling, when nobody says", "-", "{}", "{settle: 2h}", "settle 10m0s"},
		{"settling is the dataset's", "{settle: 1h}", "{settle: 0s}", "{settle: 2h}", "settle 0s"},
		{"settling of the org", "{settle: 1h}", "{}", "{}", "settle 1h0m0s"},
		{"waves are the dataset's", "{waves: [{name: o}]}", "{waves: [{name: d, soak: 1d}]}", "{waves: [{name: c}]}", "waves d/24h0m0s/1"},
		{"waves of the org", "{waves: [{name: o, max_regressions: 2}]}", "{}", "{waves: [{name: c}]}", "waves o/0s/2"},
		{"the graph replaces the org's list", "{waves: [{name: o}]}", "{waves: {order: graph}}", "{}", "waves"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			p := config.Policy(orgOf(t, c.org), repoOf(t, "d", c.dataset), repoOf(t, "c", c.consumer))
			what, _, _ := strings.Cut(c.want, " ")
			if got := describe(what, p); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func window(cron string) string { return `{windows: [{cron: "` + cron + `", for: 1h}]}` }
func freeze(day string) string  { return "{freezes: [{from: " + day + "}]}" }

// describe renders the part of a policy that a row is about.
func describe(what string, p rollout.Policy) string {
	words := []string{what}
	add := func(s ...string) { words = append(words, s...) }
	switch what {
	case "mode":
		add(p.Mode.String())
	case "watch":
		add(p.Watch.String(), "reruns", itoa(p.Reruns), "unproven", btoa(p.Unproven), "signals")
		add(p.Signals...)
	case "revert":
		add(p.Revert.Mode, itoa(p.Revert.MaxPerDay), btoa(p.Revert.Windows))
	case "methods":
		add(p.Methods...)
	case "require":
		add(p.Checks.Require...)
		add("|", "ignore")
		add(p.Checks.Ignore...)
		add("|", "none", btoa(p.Checks.None))
	case "windows":
		for _, side := range p.Windows {
			var crons []string
			for _, w := range side {
				crons = append(crons, w.Cron)
			}
			add("[" + strings.Join(crons, ", ") + "]")
		}
	case "freezes":
		for _, f := range p.Freezes {
			add(f.From.Format(time.DateOnly))
		}
	case "settle":
		add(p.Settle.String())
	case "waves":
		for _, w := range p.Waves {
			add(w.Name + "/" + w.Soak.String() + "/" + itoa(w.MaxRegressions))
		}
	}
	return strings.Join(words, " ")
}

// A policy shares no memory with the files that it comes from.
func TestPolicyLeavesFilesAlone(t *testing.T) {
	t.Parallel()
	section := "{windows: [{cron: \"0 1 * * *\", for: 1h}], merge: {checks: {require: [a], ignore: [b, c]}}, watch: {signals: [s]}}"
	dataset, again := repoOf(t, "d", section), repoOf(t, "d", section)
	p := config.Policy(nil, dataset, repoOf(t, "c", "{merge: {checks: {require: [x], ignore: [c]}}, watch: {signals: [y]}}"))
	p.Windows[0][0].Cron = "gone"
	p.Checks.Require[0], p.Checks.Ignore[0], p.Signals[0] = "gone", "gone", "gone"
	if diff := cmp.Diff(again, dataset, cmp.Comparer(sameZone)); diff != "" {
		t.Error(diff)
	}
}

// Windows and freezes say where they were declared.
func TestSources(t *testing.T) {
	t.Parallel()
	c := repoOf(t, ".github/skein.yml", "{windows: [{cron: \"0 1 * * *\", for: 1h}],\n  freezes: [{from: 2026-12-20, to: 2027-01-04, timezone: Europe/Stockholm}]}")
	if got := c.Rollout.Windows[0].Source; got != ".github/skein.yml:3" {
		t.Errorf("window declared at %s", got)
	}
	f := c.Rollout.Freezes[0]
	if f.Source != ".github/skein.yml:4" || f.From.Format(time.RFC3339) != "2026-12-20T00:00:00+01:00" || f.To.Format(time.RFC3339) != "2027-01-05T00:00:00+01:00" {
		t.Errorf("freeze %+v", f)
	}
}

// A window that cannot be read must not turn into "any time".
func TestBrokenWindowStaysClosed(t *testing.T) {
	t.Parallel()
	for _, w := range []string{"[{cron: nope, for: 3h}]", "[{cron: \"0 1 * * *\"}]", "[{cron: \"0 1 * * *\", for: 3h, timezone: Nowhere}]", "[{}]", "[7]", "7", "{}"} {
		c, found := config.ParseRepo("f", []byte("version: 1\nrollout: {windows: "+w+"}\n"))
		if !config.HasErrors(found) {
			t.Errorf("%s: no error", w)
		}
		at := time.Date(2026, 1, 1, 1, 30, 0, 0, time.UTC)
		if sides := config.Policy(nil, c, nil).Windows; calendar.IsOpen(sides, nil, at) {
			t.Errorf("%s: open with %v", w, sides)
		}
	}
}

func sameZone(a, b *time.Location) bool { return a.String() == b.String() }

func itoa(n int) string { return strconv.Itoa(n) }

func btoa(b bool) string { return strconv.FormatBool(b) }
