package consumer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
)

func named(t *testing.T, s string) repo.Name {
	t.Helper()
	n, err := repo.ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// declares reads "REPO DATASET PATH…", where !PATH is ignored.
func declares(t *testing.T, lines ...string) (out []Declaration) {
	t.Helper()
	for _, line := range lines {
		f := strings.Fields(line)
		d := Declaration{Repo: named(t, f[0]), Dataset: strings.Trim(f[1], "-")}
		for _, p := range f[2:] {
			if ignore, ok := strings.CutPrefix(p, "!"); ok {
				d.Ignore = append(d.Ignore, ignore)
			} else {
				d.Paths = append(d.Paths, p)
			}
		}
		out = append(out, d)
	}
	return out
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		listings []Listing
		own      []Declaration
		want     []string // REPO DATASET SOURCE [paths] [ignored]
	}{
		"nobody": {nil, declares(t, "acme/a sales.orders"), nil},
		"everyone who declares it": {
			[]Listing{{Dataset: "sales.orders", Org: true}},
			declares(t, "acme/b sales.orders x", "acme/a sales.orders", "acme/c sales.items"),
			[]string{"acme/a sales.orders consumer [] []", "acme/b sales.orders consumer [x] []"},
		},
		"only those who are named": {
			[]Listing{{Dataset: "sales.orders", Repos: declares(t, "acme/a - listed")}},
			declares(t, "acme/b sales.orders", "acme/a sales.orders own"),
			[]string{"acme/a sales.orders consumer [own] []"},
		},
		"a listing of its own": {
			[]Listing{{Dataset: "sales.orders", Org: true, Repos: declares(t, "acme/a - p")}},
			declares(t, "acme/a sales.items own"),
			[]string{"acme/a sales.orders dataset [p] []"},
		},
		"what it ignores counts there too": {
			[]Listing{{Dataset: "sales.orders", Repos: declares(t, "acme/a - p", "acme/b - p")}},
			declares(t, "acme/a - !vendor/**", "acme/c - !other/**"),
			[]string{"acme/a sales.orders dataset [p] [vendor/**]", "acme/b sales.orders dataset [p] []"},
		},
		"two declarations of one dataset": {
			[]Listing{{Dataset: "sales.orders", Org: true, Repos: declares(t, "acme/a - listed")}},
			declares(t, "acme/a sales.orders one", "acme/a sales.orders two"),
			[]string{"acme/a sales.orders consumer [one] [], sales.orders consumer [two] []"},
		},
		"two datasets, sorted": {
			[]Listing{{Dataset: "b.x", Org: true}, {Dataset: "a.x", Org: true}},
			declares(t, "acme/z b.x", "acme/z a.x", "acme/m b.x"),
			[]string{"acme/m b.x consumer [] []", "acme/z a.x consumer [] [], b.x consumer [] []"},
		},
		"the same name of another owner": {
			[]Listing{{Dataset: "a.x", Repos: declares(t, "acme/r -")}},
			declares(t, "other/r a.x"),
			[]string{"acme/r a.x dataset [] []"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, consumer := range Resolve(c.listings, c.own) {
				var reads []string
				for _, r := range consumer.Reads {
					if r.Repo != consumer.Repo {
						t.Errorf("a read of %s under %s", r.Repo, consumer.Repo)
					}
					reads = append(reads, fmt.Sprintf("%s %s %v %v", r.Dataset, r.Source, r.Paths, r.Ignore))
				}
				got = append(got, consumer.Repo.String()+" "+strings.Join(reads, ", "))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
