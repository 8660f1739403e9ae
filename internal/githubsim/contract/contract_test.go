package contract_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim/contract"
	"github.com/skein-bot/skein/internal/testenv"
)

// load returns a validator. Without the descriptions a test is skipped here and fails in CI.
func load(t testing.TB) *contract.Validator {
	t.Helper()
	v, err := contract.Load(dir())
	if errors.Is(err, contract.ErrAbsent) {
		testenv.Lacks(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func dir() string {
	return contract.Dir(filepath.Join("..", "..", ".."))
}

// event is an entry of GitHub's published examples.
type event struct {
	Name     string            `json:"name"`
	Examples []json.RawMessage `json:"examples"`
}

func examples(t *testing.T) []event {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir(), "examples.json"))
	if err != nil {
		t.Fatal(err)
	}
	var events []event
	if err := json.Unmarshal(b, &events); err != nil {
		t.Fatal(err)
	}
	return events
}

// tally counts examples: all, those that go-github reads, those with an installation id, those that are valid.
type tally struct{ Total, Parsed, Installed, Valid int }

func (a *tally) add(b tally) {
	a.Total += b.Total
	a.Parsed += b.Parsed
	a.Installed += b.Installed
	a.Valid += b.Valid
}

// TestExamples calibrates the schemas and the reader: GitHub's published examples are partly old and partly made by
// hand, and exactly so many of them are valid and readable. Other numbers mean that a check changed.
func TestExamples(t *testing.T) {
	t.Parallel()
	v := load(t)
	got, all := map[string]tally{}, tally{}
	for _, e := range examples(t) {
		var sum tally
		for _, body := range e.Examples {
			sum.add(weigh(v, e.Name, body))
		}
		got[e.Name] = sum
		all.add(sum)
	}
	if want := (tally{329, 318, 133, 215}); all != want {
		t.Errorf("of all examples: got %+v, want %+v", all, want)
	}
	want := map[string]tally{
		"push": {7, 7, 3, 0}, "pull_request": {29, 29, 24, 13}, "check_run": {9, 7, 3, 7}, "check_suite": {9, 9, 5, 9},
		"status": {4, 4, 1, 0}, "issue_comment": {9, 9, 1, 8}, "workflow_run": {5, 5, 0, 4}, "merge_group": {2, 2, 2, 2},
		"repository": {13, 13, 3, 13}, "installation": {7, 7, 7, 2}, "installation_repositories": {3, 3, 3, 0},
	}
	for name, w := range want {
		if diff := cmp.Diff(w, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func weigh(v *contract.Validator, name string, body []byte) tally {
	sum := tally{Total: 1}
	if _, err := github.ParseWebHook(name, body); err == nil {
		sum.Parsed = 1
	}
	var head struct {
		Installation struct {
			ID int64 `json:"id"`
		} `json:"installation"`
	}
	if err := json.Unmarshal(body, &head); err == nil && head.Installation.ID != 0 {
		sum.Installed = 1
	}
	if v.Webhook(name, body) == nil {
		sum.Valid = 1
	}
	return sum
}

func TestLoadSaysWhatToRun(t *testing.T) {
	t.Parallel()
	if _, err := contract.Load(t.TempDir()); !errors.Is(err, contract.ErrAbsent) {
		t.Errorf("an empty folder: got %v, want ErrAbsent", err)
	}
}
