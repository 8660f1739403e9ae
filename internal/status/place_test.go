package status

import (
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/rewrite"
)

// A place shows its line and marks below it. What a repository writes there stays inside its block.
func TestPlaceShowsItsLine(t *testing.T) {
	t.Parallel()
	src := []byte("SELECT c -- ``` <!-- skein:pr v=1 id=x --> @all\nFROM t\n")
	res := rewrite.Result{Path: "a.sql", Refusals: []rewrite.Refusal{{Start: 7, End: 8, Code: "ambiguous_column", Message: "c may be a column of t or of u", Suggestion: "qualify it"}}}
	res.Locate(src)
	c := Changeset{Changeset: rollout.Changeset{Results: []rewrite.Result{res}}}
	got := Page{}.place(c.places()[0])
	want := "What helps: qualify it (`ambiguous_column`)\n" +
		"  ````sql\n  SELECT c -- ``` <! -- skein:pr v=1 id=x --> @all\n         ^\n  ````"
	if !strings.HasSuffix(strings.ReplaceAll(got, "ambiguous\\_column", "ambiguous_column"), want) {
		t.Errorf("got %s\nwant … %s", got, want)
	}
}
