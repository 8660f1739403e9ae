package registration_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/handlers"
	"github.com/skein-bot/skein/internal/githubsim/contract"
	"github.com/skein-bot/skein/internal/registration"
	"github.com/skein-bot/skein/internal/testenv"
)

func load(t *testing.T, p registration.Profile) registration.Manifest {
	t.Helper()
	m, err := registration.Load(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The app asks for what forge's calls and the events need, and for nothing else.
func TestPermissions(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, need := range needs(t, "../forge") {
		name, level, _ := strings.Cut(need, ":")
		want[name] = max(want[name], level) // read < write
	}
	if len(want) < 5 || want["contents"] != "write" {
		t.Fatalf("found only %v in internal/forge: does this test still know how calls name what they need?", want)
	}
	m := load(t, registration.Merge)
	for _, e := range m.Events {
		want[registration.Needed(e)] = max(want[registration.Needed(e)], "read")
	}
	if diff := cmp.Diff(want, m.Permissions); diff != "" {
		t.Errorf("app.yml (+) and what forge's calls and the events need (-):\n%s", diff)
	}
}

// needs reads forge's source for what its calls name as the permissions that they need.
func needs(t *testing.T, dir string) (out []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				for _, arg := range n.Args {
					out = append(out, permissionsIn(arg)...)
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "needs" {
					out = append(out, permissionsIn(n.Value)...)
				}
			}
			return true
		})
	}
	return out
}

// permissionsIn is what a literal such as "contents:read" asks for.
func permissionsIn(e ast.Expr) (out []string) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return nil
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return nil
	}
	for word := range strings.FieldsSeq(text) {
		name, level, ok := strings.Cut(word, ":")
		if !ok || level != "read" && level != "write" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			return nil
		}
		out = append(out, word)
	}
	return out
}

// The app subscribes to what handlers handle, but for what comes unasked.
func TestEvents(t *testing.T) {
	t.Parallel()
	want := slices.DeleteFunc((*handlers.Handlers)(nil).Handles(), func(e string) bool {
		return e == "installation" || e == "installation_repositories"
	})
	got := load(t, registration.Merge).Events
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("app.yml (+) and handlers (-):\n%s", diff)
	}
}

// A lower profile asks for less, and never for something else.
func TestProfiles(t *testing.T) {
	t.Parallel()
	observe, propose, merge := load(t, registration.Observe), load(t, registration.Propose), load(t, registration.Merge)
	for _, pair := range []struct{ low, high registration.Manifest }{{observe, propose}, {propose, merge}} {
		less := false
		for name, level := range pair.low.Permissions {
			if level > pair.high.Permissions[name] {
				t.Errorf("%s is %s in the lower profile and %q in the higher", name, level, pair.high.Permissions[name])
			}
		}
		for name, level := range pair.high.Permissions {
			less = less || level > pair.low.Permissions[name]
		}
		for _, e := range pair.low.Events {
			if !slices.Contains(pair.high.Events, e) {
				t.Errorf("%s is an event of the lower profile only", e)
			}
		}
		if !less {
			t.Errorf("the lower profile asks for all that the higher does: %v", pair.low.Permissions)
		}
	}
	if got := slices.Sorted(maps.Keys(observe.Permissions)); !slices.Equal(got, []string{"checks", "contents", "issues", "metadata", "pull_requests"}) {
		t.Errorf("observe asks for %v", got)
	}
	if observe.Permissions["contents"] != "read" || propose.Permissions["actions"] != "read" {
		t.Errorf("observe writes contents, or propose runs jobs: %v, %v", observe.Permissions, propose.Permissions)
	}
	if got := strings.Join(observe.Events, " "); got != "push create delete repository public pull_request pull_request_review pull_request_review_thread issues issue_comment check_run check_suite" {
		t.Errorf("observe listens to %s", got)
	}
	if _, err := registration.Load("all"); err == nil || !strings.Contains(err.Error(), "observe, propose or merge") {
		t.Errorf("got %v", err)
	}
}

// GitHub's own description knows every permission and level.
func TestPermissionsExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(contract.Dir("../.."), "rest.json"))
	if errors.Is(err, os.ErrNotExist) {
		testenv.Lacks(t, "GitHub's description is not here: run .ci/contracts")
	}
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	known := d.Components.Schemas["app-permissions"].Properties
	for _, p := range []registration.Profile{registration.Observe, registration.Propose, registration.Merge} {
		for name, level := range load(t, p).Permissions {
			if !slices.Contains(known[name].Enum, level) {
				t.Errorf("%s: %s is none of GitHub's, which are %v", name, level, known[name].Enum)
			}
		}
	}
}

func TestFor(t *testing.T) {
	t.Parallel()
	m := load(t, registration.Merge)
	for org, want := range map[string]string{
		"":                                   "Skein",
		"acme":                               "Skein acme",
		"an-organization-whose-name-is-long": "Skein",
	} {
		got := m.For(org, "https://skein.acme.example")
		if got.Name != want || got.Hook.URL != "https://skein.acme.example/api/github/hook" || !got.Hook.Active || got.Public {
			t.Errorf("for %q: %+v", org, got)
		}
	}
}
