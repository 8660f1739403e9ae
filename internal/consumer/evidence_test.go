package consumer

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
)

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		seen, asked string
		want        bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"a.b", "a", true}, {"a", "a.b", true}, {"ab", "a", false},
		{Row, "a", true}, {"", "a", false}, {"", "", true}, {"a", "", true},
	} {
		if got := (Sight{Field: c.seen}).Covers(c.asked); got != c.want {
			t.Errorf("%q covers %q: %v, want %v", c.seen, c.asked, got, c.want)
		}
	}
}

// Places of one field in one file are one sight, the surest; beyond the bound the surest stay.
func TestGather(t *testing.T) {
	t.Parallel()
	got, left := Gather([]Sight{
		{Dataset: "d", Field: "b", File: "x", Line: 9, Places: 1, How: May}, {Dataset: "d", Field: "b", File: "x", Line: 12, Places: 1, How: Reads},
		{Dataset: "d", Field: "b", File: "x", Line: 10, Places: 2, How: Reads}, {Dataset: "d", Field: "a", File: "x", Line: 1, Places: 1, How: Mentions},
	})
	want := []Sight{{Dataset: "d", Field: "a", File: "x", Line: 1, Places: 1, How: Mentions}, {Dataset: "d", Field: "b", File: "x", Line: 10, Places: 4, How: Reads}}
	if diff := cmp.Diff(want, got); diff != "" || left != 0 {
		t.Errorf("%d left, %s", left, diff)
	}
	var many []Sight
	for i := range MostSights + 7 {
		how := Reads
		if i < 7 {
			how = Mentions
		}
		many = append(many, Sight{Dataset: "d", Field: fmt.Sprint("f", i), How: how, Places: 1})
	}
	got, left = Gather(many)
	if left != 7 || len(got) != MostSights {
		t.Errorf("%d kept and %d left", len(got), left)
	}
	for _, s := range got {
		if s.How != Reads {
			t.Errorf("%s is kept before surer ones", s.Field)
		}
	}
}

func TestReaders(t *testing.T) {
	t.Parallel()
	member := func(id int64, name string) Member {
		return Member{Repo: repo.Repo{ID: repo.ID(id), Name: repo.Name{Owner: "acme", Name: name}}, Head: "head"}
	}
	by := func(name string) Consumer {
		return Consumer{Repo: repo.Name{Owner: "acme", Name: name}, Reads: []Read{{Declaration: Declaration{Dataset: "d"}}}}
	}
	see := func(id int64, at repo.SHA, sights ...Sight) Evidence {
		return Evidence{Repo: repo.ID(id), At: at, Sights: sights}
	}
	members := []Member{member(1, "sure"), member(2, "maybe"), member(3, "other"), member(4, "stray"), member(5, "new"), member(6, "outside"), member(7, "far"), member(8, "claimed")}
	consumers := []Consumer{by("Sure"), by("maybe"), by("other"), by("new"), by("outside"), by("absent")}
	seen := []Evidence{
		see(1, "head", Sight{Field: "x", How: Reads, Declared: true, Places: 1}),
		see(2, "older", Sight{Field: "x", How: May, Declared: true}, Sight{Field: "x", How: Mentions, Declared: true}),
		see(3, "head", Sight{Field: "y", How: Reads, Declared: true}, Sight{How: Catalog, Declared: true}),
		see(4, "head", Sight{Field: "x", How: Passes}),
		see(6, "head", Sight{Field: Row, How: Passes}),
		see(8, "head", Sight{How: Lineage}),
		see(7, "head", Sight{Field: "y", How: Reads}),
		see(9, "head", Sight{Field: "x", How: Reads}),
	}
	var got []string
	for _, r := range Readers("x", consumers, seen, members) {
		got = append(got, fmt.Sprint(r.Repo, " ", r.ID, " ", r.Standing, " ", len(r.Sights), " ", r.Behind))
	}
	want := []string{
		"acme/Sure 1 reads 1 false", "acme/absent 0 not looked at 0 false", "acme/claimed 8 likely 1 false", "acme/maybe 2 may read 2 true", "acme/new 5 not looked at 0 false",
		"acme/other 3 does not read 1 false", "acme/outside 6 undeclared 1 false", "acme/stray 4 undeclared 1 false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
