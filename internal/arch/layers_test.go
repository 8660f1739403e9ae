package arch

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/skein-bot/skein"

// rooms are packages, set apart by blanks, each with all that is below it; with $ at the end it is that one only.
// Ours start with a dot.
type rooms string

func (r rooms) hold(pkg string) bool {
	for room := range strings.FieldsSeq(string(r)) {
		only, alone := strings.CutSuffix(room, "$")
		if pkg == only || !alone && strings.HasPrefix(pkg, room+"/") {
			return true
		}
	}
	return false
}

// ban is a set of arrows that must not be: from these rooms, but for some, to those, but for some.
type ban struct {
	from, except, to, but rooms
	why                   string
}

const (
	core     = "./rewrite ./config ./internal/repo ./internal/schema ./internal/consumer ./internal/calendar ./internal/green ./internal/wave ./internal/rule ./internal/rollout ./internal/certificate ./internal/plan ./internal/status ./internal/backtest ./internal/draft ./internal/contract ./internal/removal"
	helpers  = "./internal/testenv ./internal/schema/schematest ./rewrite/rewritetest" // of tests
	adapters = "./internal/store ./internal/queue ./internal/forge"
)

func bans() []ban {
	return []ban{
		{core, "", ".", core, "the core takes values and returns values; the shell is above it"},
		{core, helpers, "os net/http database/sql log$ github.com/rs/zerolog", "", "the core does no I/O and does not log"},
		{core, "./config", "net$ log/slog", "", "the core does no I/O and does not log; config parses addresses and hides secrets from slog"},
		{"./rewrite", "", ".", "./rewrite", "rewrite is a library of its own"},
		{"./internal/repo", "", ".", "", "repo is the lowest room"},
		{"./internal/schema", "", ".", "./internal/schema ./internal/repo", "a schema does not know who reads it"},
		{"./internal/consumer", "", "./config ./internal/rollout ./internal/plan ./internal/status", "", "who reads what does not depend on what is done about it"},
		{"./internal/backtest", "", ".", "./rewrite", "what people did is compared with edits, whatever they were made for"},
		{"./internal/calendar", "", ".", "", "time knows nothing of what waits for it"},
		{"./internal/certificate", "", ".", "./internal/rollout ./internal/green ./internal/repo", "a certificate is checked with the rules alone"},
		{"./internal/green", "", ".", "./internal/repo", "GitHub's rules know nothing of what Skein merges, and when"},
		{"./internal/wave", "", ".", "./internal/repo", "who goes when does not depend on how it goes"},
		{"./internal/rule", "", ".", "", "the rules' words need nothing"},
		{"./internal/rollout", "", "./config ./internal/plan ./internal/status", "", "what happens next does not depend on how it is written down or shown"},
		{"./internal/contract", "", "./config ./internal/plan ./internal/status", "", "when an old name may go does not depend on how that is written down or shown"},
		{"./internal/removal", "", ".", "./internal/schema ./internal/repo ./rewrite", "files are edited without knowing why"},
		{"./config", "", "./internal/plan ./internal/status", "", "what people write does not depend on what becomes of it"},
		{"./internal/status", "", "./config ./internal/plan", "", "what is shown does not depend on how it was come by"},
		{adapters, "", ".", core + " ./internal/clock", "the engine knows its adapters; they know neither it nor each other"},
		{"./internal/engine", "", ".", core + " " + adapters + " ./internal/clock", "whoever gives hints knows the engine; it knows none of them"},
		{"./handlers ./internal/portal", "", adapters, "", "decode, record, return; pages: the rest goes through the engine"},
		{"./internal/githubsim", "", ".", "./internal/githubsim ./internal/clock ./internal/repo", "a simulator that shared Skein's code would share its mistakes"},
		{".", "./cmd ./internal/demo ./internal/githubsim", "./internal/githubsim ./internal/demo", "", "only tests and the demo know the simulator"},
		{".", "./cmd", "./cmd", "", "cmd wires the rooms; nobody needs the wiring"},
		{".", "./internal/forge", "github.com/google/go-github github.com/bradleyfalzon/ghinstallation", "", "only internal/forge calls GitHub"},
		{".", "./internal/queue", "github.com/riverqueue", "", "only internal/queue knows River"},
		{".", "./handlers", "github.com/palantir/go-githubapp", "", "webhooks come in through handlers"},
		{".", helpers, "testing", "", "tests only"},
	}
}

// broken lists the imports that are banned, with the reason.
func broken(imports map[string][]string, all []ban) (out []string) {
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		for _, to := range imports[pkg] {
			for _, b := range all {
				if b.from.hold(pkg) && !b.except.hold(pkg) && b.to.hold(to) && !b.but.hold(to) {
					out = append(out, pkg+" imports "+to+": "+b.why)
				}
			}
		}
	}
	return out
}

func TestLayers(t *testing.T) {
	t.Parallel()
	imports := packages(t)
	for _, complaint := range broken(imports, bans()) {
		t.Error(complaint)
	}
	named := core + " " + adapters + " ./cmd ./handlers ./internal/engine ./internal/portal ./internal/githubsim ./internal/demo ./internal/clock"
	for room := range strings.FieldsSeq(named) {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(imports)), rooms(room).hold) {
			t.Errorf("there is no room %s any more: the bans on it are void", room)
		}
	}
}

// packages are ours, with what each imports outside its tests.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", module+"/...")
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	out := map[string][]string{}
	for d := json.NewDecoder(strings.NewReader(string(text))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		for _, to := range p.Imports {
			out[short(p.ImportPath)] = append(out[short(p.ImportPath)], short(to))
		}
	}
}

// short turns the module's path into a dot.
func short(pkg string) string {
	if rest, ok := strings.CutPrefix(pkg, module); ok && (rest == "" || rest[0] == '/') {
		return "." + rest
	}
	return pkg
}

// A house with one wrong door: it is found, for its reason and for no other.
func TestBroken(t *testing.T) {
	t.Parallel()
	sound := map[string][]string{
		"./internal/repo": {"fmt", "net/url"}, "./rewrite": {"errors"}, "./rewrite/sql": {"./rewrite", "./rewrite/sql/token"},
		"./internal/schema": {"./internal/repo"}, "./internal/schema/sql": {"./internal/schema"},
		"./internal/consumer": {"./internal/schema", "./rewrite"}, "./internal/calendar": {"time"}, "./internal/rollout": {"./internal/consumer", "./internal/calendar", "time"},
		"./config": {"./internal/rollout", "log/slog", "net"}, "./internal/plan": {"./config", "./rewrite"},
		"./internal/status": {"./internal/rollout"}, "./internal/store": {"./internal/rollout", "database/sql"},
		"./internal/queue": {"github.com/riverqueue/river", "database/sql"}, "./internal/forge": {"github.com/google/go-github/v60/github", "net/http"},
		"./internal/engine": {"./internal/store", "./internal/forge", "./internal/plan", "./internal/clock"}, "./handlers": {"./internal/engine", "github.com/palantir/go-githubapp/githubapp"},
		"./internal/portal": {"./internal/status"}, "./internal/githubsim": {"./internal/githubsim/git"}, "./internal/demo": {"./internal/githubsim", "os"},
		"./cmd/skein": {"./internal/demo", "./internal/engine", "./handlers", "os"},
	}
	if got := broken(sound, bans()); len(got) > 0 {
		t.Errorf("a sound house is found to be broken: %q", got)
	}
	for _, c := range []struct{ from, to, why string }{
		{"./internal/schema/sql", "os", "no I/O"},
		{"./internal/rollout", "net/http", "no I/O"},
		{"./internal/plan", "log/slog", "no I/O"},
		{"./internal/status", "./internal/store", "the shell is above it"},
		{"./internal/plan", "./internal/clock", "the shell is above it"},
		{"./internal/consumer", "./internal/a/new/room", "the shell is above it"},
		{"./rewrite/sql", "./internal/repo", "a library of its own"},
		{"./internal/repo", "./rewrite", "the lowest room"},
		{"./internal/schema", "./internal/consumer", "who reads it"},
		{"./internal/consumer", "./internal/rollout", "what is done about it"},
		{"./internal/calendar", "./internal/rollout", "what waits for it"},
		{"./internal/rollout", "./config", "written down or shown"},
		{"./config", "./internal/status", "what becomes of it"},
		{"./internal/status", "./internal/plan", "how it was come by"},
		{"./internal/store", "./internal/queue", "nor each other"},
		{"./internal/forge", "./internal/engine", "nor each other"},
		{"./internal/engine", "./handlers", "it knows none of them"},
		{"./handlers", "./internal/forge", "through the engine"},
		{"./internal/githubsim", "./internal/forge", "share its mistakes"},
		{"./internal/portal", "./internal/githubsim", "know the simulator"},
		{"./internal/demo", "./cmd/skein", "nobody needs the wiring"},
		{".", "github.com/google/go-github/v60/github", "calls GitHub"},
		{"./internal/store", "github.com/riverqueue/river", "knows River"},
		{"./internal/portal", "github.com/palantir/go-githubapp/githubapp", "through handlers"},
		{"./internal/clock", "testing/synctest", "tests only"},
	} {
		wrong := maps.Clone(sound)
		wrong[c.from] = append(slices.Clone(wrong[c.from]), c.to)
		got := broken(wrong, bans())
		if !slices.ContainsFunc(got, func(s string) bool {
			return strings.HasPrefix(s, c.from+" imports "+c.to+": ") && strings.Contains(s, c.why)
		}) {
			t.Errorf("%s imports %s: got %q, want %q", c.from, c.to, got, c.why)
		}
	}
}
