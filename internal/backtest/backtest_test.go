package backtest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

const before = "SELECT o.cust_id,\n  o.amount\nFROM orders o\nWHERE o.cust_id > 0\n"

// edits are what Skein makes of it.
func edits(t *testing.T) (out []rewrite.Edit) {
	t.Helper()
	for i, from := 0, 0; i < 2; i++ {
		at := from + strings.Index(before[from:], "cust_id")
		e := rewrite.Edit{Start: at, End: at + len("cust_id"), New: "customer_id"}
		if i == 0 {
			e.New += " AS cust_id"
		}
		out = append(out, e)
		from = at + 1
	}
	return out
}

func TestJudge(t *testing.T) {
	t.Parallel()
	skein := "SELECT o.customer_id AS cust_id,\n  o.amount\nFROM orders o\nWHERE o.customer_id > 0\n"
	for name, c := range map[string]struct {
		versions []string // "" is a deletion
		want     Outcome
		commit   string
	}{
		"nothing happened":            {nil, Missed, ""},
		"other lines changed":         {[]string{before + "-- x\n"}, Missed, ""},
		"the same":                    {[]string{skein}, Same, "1"},
		"the same, later":             {[]string{before + "\n", skein + "-- more\n"}, Same, "2"},
		"the same, formatted":         {[]string{strings.ReplaceAll(skein, "  ", "\t") + "\n"}, Same, "1"},
		"in two steps":                {[]string{strings.Replace(skein, "o.customer_id > 0", "o.cust_id > 0", 1), skein}, Same, "2"},
		"half of it":                  {[]string{strings.Replace(skein, "o.customer_id > 0", "o.cust_id > 0", 1)}, Partly, "1"},
		"the output got the new name": {[]string{strings.Replace(skein, " AS cust_id", "", 1)}, Outputs, "1"},
		"another way":                 {[]string{"SELECT c.id\nFROM customers c\n"}, Differs, "1"},
		"deleted":                     {[]string{before, ""}, Gone, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var later []Version
			for i, v := range c.versions {
				later = append(later, Version{Commit: string(rune('1' + i)), Content: []byte(v), Deleted: v == ""})
			}
			got := Judge([]byte(before), edits(t), later)
			if got.Outcome != c.want || got.Commit != c.commit {
				t.Errorf("%s at %q, want %s at %q: %+v", got.Outcome, got.Commit, c.want, c.commit, got)
			}
		})
	}
}

// What differs is told in people's own lines.
func TestPeople(t *testing.T) {
	t.Parallel()
	got := Judge([]byte(before), edits(t), []Version{{Commit: "1", Content: []byte("SELECT c.id,\n  o.amount\nFROM customers c\n")}})
	if diff := cmp.Diff([]string{"SELECT c.id,", "FROM customers c"}, got.People); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(got.Old) != 2 || len(got.Skein) != 2 {
		t.Errorf("%+v", got)
	}
}

// FuzzJudge: whatever people write, Skein's own version is the same, and nothing panics.
func FuzzJudge(f *testing.F) {
	f.Add(before, "x\ny", 7, 9, "new")
	f.Fuzz(func(t *testing.T, src, theirs string, start, end int, text string) {
		edit := []rewrite.Edit{{Start: start, End: end, New: text}}
		skein, err := rewrite.Apply([]byte(src), edit)
		if err != nil {
			return
		}
		Judge([]byte(src), edit, []Version{{Content: []byte(theirs)}})
		got := Judge([]byte(src), edit, []Version{{Commit: "1", Content: skein}})
		if len(got.Old) > 0 && present(got.Old, count(skein)) == 0 && got.Outcome != Same {
			t.Errorf("Skein's own version is %s: %+v", got.Outcome, got)
		}
	})
}
