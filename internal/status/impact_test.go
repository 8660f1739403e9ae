package status

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// likely is a rename that nobody declared, as the comparison of schemas tells it.
func likely() []schema.Change {
	return []schema.Change{
		{Dataset: "sales.orders", Kind: schema.FieldAdded, Path: "customer_id", Suggests: "cust_id", Forward: schema.OK, Side: "new",
			Position: repo.Position{File: "schemas/orders.sql", Line: 3, Column: 3}, Message: "A field was added."},
		{Dataset: "sales.orders", Kind: schema.FieldRemoved, Path: "cust_id", Suggests: "customer_id", Forward: schema.Breaks, Side: "old",
			Position: repo.Position{File: "schemas/orders.sql", Line: 3, Column: 3}, Message: "A field was removed."},
	}
}

func reader(name string, results ...rewrite.Result) Reader {
	r := Reader{
		Repo: named(name), At: baseSHA, Results: results,
		Reads: []consumer.Read{{Declaration: consumer.Declaration{Dataset: "sales.orders"}}},
	}
	r.Repo.Visibility = repo.Public
	return r
}

func impact(demand Demand, changes []schema.Change, readers ...Reader) Impact {
	i := Impact{
		Repo: named("sales-data"), Number: 4, Head: headSHA, Demand: demand, Changes: changes, Readers: readers,
		Links: Links{Web: "https://github.com"},
	}
	i.Repo.Visibility = repo.Public
	return i
}

func private(r Reader) Reader {
	r.Repo.Visibility = repo.Private
	return r
}

func approved(i Impact) Impact {
	i.Approved = &rollout.Hold{By: "ana", Reason: "finance knows"}
	return i
}

func edited() rewrite.Result {
	return rewrite.Result{Path: "models/top.sql", Edits: []rewrite.Edit{edit(1), edit(3)}, Verified: true}
}

// seen is a reader whose code was looked at.
func seen(r Reader, sights ...consumer.Sight) Reader {
	r.At, r.Seen, r.Sights = baseSHA, true, sights
	return r
}

func sight(field, file string, declared bool) consumer.Sight {
	return consumer.Sight{Dataset: "sales.orders", Field: field, File: file, Line: 7, Places: 1, How: consumer.Reads, Declared: declared}
}

// strayed has a consumer that reads nothing, one that reads more than it declares, and one that declares nothing.
func strayed() Impact {
	removed := likely()[1:]
	removed[0].Suggests = ""
	stray := seen(Reader{Repo: named("adhoc")}, sight("cust_id", "x.sql", false), sight("amount", "x.sql", false))
	stray.Repo.Visibility = repo.Public
	i := impact(Block, removed, seen(reader("billing")), seen(reader("reports"), sight("amount", "models/a.sql", true),
		sight("*", "adhoc/b.sql", false), consumer.Sight{Dataset: "sales.orders", Field: "cust_id", File: "c.sql", Line: 1, How: consumer.May, Declared: true}))
	claimed := seen(Reader{Repo: named("board")}, consumer.Sight{Dataset: "sales.orders", File: "models/e.yml", Line: 1, How: consumer.Lineage},
		consumer.Sight{Dataset: "sales.orders", File: "models/f.yml", Line: 1, How: consumer.Lineage})
	claimed.Repo.Visibility = repo.Public
	owned := seen(reader("ads", results()...), sight("cust_id", "q.sql", true))
	owned.Owners = []string{"@acme/ads", "@bo"}
	i.Readers = append(i.Readers, owned)
	i.Strays = []Reader{stray, claimed}
	return i
}

// further is a dataset that a consumer makes with a star, and its readers, some of which nobody may be told of.
func further(v repo.Visibility) Onward {
	by := func(name string, id int64, standing consumer.Standing, sights ...consumer.Sight) consumer.Reader {
		return consumer.Reader{Repo: repo.Name{Owner: "acme", Name: name}, ID: repo.ID(id), Standing: standing, At: headSHA, Sights: sights}
	}
	o := Onward{Carrier: consumer.Carrier{Dataset: "marts.daily", Field: "cust_id", Name: repo.Name{Owner: "acme", Name: "marts"}, Visibility: v, At: baseSHA,
		By: consumer.Sight{Dataset: "sales.orders", Field: "*", File: "models/daily.sql", Line: 2, How: consumer.Passes}}}
	o.Readers = []consumer.Reader{
		by("board", 1, consumer.Confirmed, sight("cust_id", "b.sql", true)), by("later", 2, consumer.Unseen), by("never", 3, consumer.Unread),
		by("adhoc", 4, consumer.Undeclared, sight("cust_id", "x.sql", false)), by("elsewhere", 0, consumer.Unseen), by("vault", 5, consumer.Confirmed, sight("cust_id", "v.sql", true)),
	}
	o.Readers[5].Visibility = repo.Private
	return o
}

// The check on a dataset's pull request reads as its golden file says.
func TestImpactTexts(t *testing.T) {
	t.Parallel()
	patched := reader("reports", edited())
	patched.Patch = "--- a/models/top.sql\n+++ b/models/top.sql\n@@ -1 +1 @@\n-select cust_id\n+select customer_id as cust_id\n"
	absent := reader("billing")
	absent.Note = "Skein is not installed there"
	late := impact(Block, deprecated(), patched)
	late.Unread = 40
	mistaken := impact(Ask, likely(), reader("reports", rewrite.Result{Path: "a.sql", Refusals: []rewrite.Refusal{refusal()}}))
	mistaken.Refused = "no field custid is removed here"
	inPrivate := impact(Inform, deprecated(), private(reader("secret", edited())), patched)
	closed := impact(Inform, deprecated(), private(reader("secret", rewrite.Result{Path: "a.sql", Refusals: []rewrite.Refusal{refusal()}})))
	closed.Repo.Visibility = repo.Private
	faulty := impact(Ask, nil)
	faulty.Faults = []Fault{{repo.Position{File: "schemas/orders.sql", Line: 4, Column: 1}, "expected a column's name, found )"}}
	progress := impact(Block, deprecated(), patched)
	progress.Waiting = 30
	secret := impact(Block, deprecated(), private(seen(reader("secret"), sight("amount", "old/a.sql", true), sight("cust_id", "b.sql", false))))
	secret.Strays = []Reader{private(seen(Reader{Repo: named("hidden")}, sight("cust_id", "c.sql", false)))}
	passed := impact(Inform, deprecated(), reader("marts"))
	passed.Onward, passed.Beyond = []Onward{further(repo.Public)}, 3
	closedOn := impact(Inform, deprecated(), reader("marts"))
	closedOn.Onward = []Onward{further(repo.Private)}
	for name, i := range map[string]Impact{
		"onward":               passed,
		"onward_in_private":    closedOn,
		"evidence":             impact(Inform, deprecated(), seen(patched, sight("", "models/top.sql", true), sight("cust_id", "models/top.sql", true), sight("amount", "models/top.sql", true))),
		"drift":                strayed(),
		"drift_in_private":     secret,
		"progress":             progress,
		"nothing":              impact(Block, nil),
		"nobody":               impact(Block, deprecated()),
		"followed":             impact(Block, deprecated(), patched, reader("billing")),
		"asked":                mistaken,
		"blocked":              impact(Block, deprecated(), patched, absent, reader("ads", results()...)),
		"approved":             approved(impact(Block, deprecated(), absent)),
		"too_many":             late,
		"private_consumer":     inPrivate,
		"private_on_both_ends": closed,
		"faults":               faulty,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := ImpactCheck(i)
			var notes strings.Builder
			for _, n := range ImpactNotes(i) {
				notes.WriteString(n.String() + " " + n.Level + " " + n.Title + ": " + n.Message + "\n")
			}
			golden(t, filepath.Join("testdata/impact", name+".txtar"), txtar.Format(&txtar.Archive{Files: []txtar.File{
				{Name: "conclusion", Data: []byte(c.Status + " " + c.Conclusion + "\n")}, {Name: "title", Data: []byte(c.Title + "\n")},
				{Name: "summary.md", Data: []byte(c.Summary)}, {Name: "text.md", Data: []byte(ImpactDiffs(i))}, {Name: "notes", Data: []byte(notes.String())},
			}}))
		})
	}
}

// Names, messages and reasons of other people keep no power in the check, and a long one is cut.
func TestImpactHostile(t *testing.T) {
	t.Parallel()
	for _, s := range attacks() {
		changes := likely()
		for k := range changes {
			changes[k].Dataset, changes[k].Path, changes[k].Suggests, changes[k].Message, changes[k].File = s, s, s, s, s
		}
		r := reader("reports", rewrite.Result{Path: s, Refusals: []rewrite.Refusal{{Start: 1, End: 2, Line: 1, Column: 2, Code: s, Message: s, Suggestion: s}}})
		r.Repo.Name, r.Reads[0].Dataset = repo.Name{Owner: s, Name: s}, s
		out := reader("ads")
		out.Note = s
		hostile := consumer.Sight{Dataset: s, Field: s, File: s, Line: 1, How: consumer.Reads}
		r = seen(r, hostile, consumer.Sight{Dataset: s, Field: "x", File: s, Line: 1, How: consumer.Reads})
		i := impact(Ask, changes, r, out, seen(reader("idle")))
		i.Strays = []Reader{seen(Reader{Repo: r.Repo}, hostile)}
		i.Onward = []Onward{{consumer.Carrier{Dataset: s, Field: s, Name: r.Repo.Name, At: repo.SHA(s), By: hostile},
			[]consumer.Reader{{Repo: r.Repo.Name, ID: 1, Standing: consumer.Confirmed, Sights: []consumer.Sight{hostile}}}}}
		i.Approved, i.Refused = &rollout.Hold{By: s, Reason: s}, s
		i.Faults = []Fault{{repo.Position{File: s, Line: 1, Column: 1}, s}}
		c := ImpactCheck(i)
		if why := harmful(c.Summary); why != "" {
			t.Errorf("%.60q: %s\n%.1500s", s, why, c.Summary)
		}
		if why := harmfulLine(c.Title); why != "" {
			t.Errorf("title with %.60q: %s: %q", s, why, c.Title)
		}
	}
	long := impact(Inform, deprecated())
	for range 3000 {
		r := reader("reports", edited())
		r.Patch = strings.Repeat("+ x\n", 1000)
		long.Readers = append(long.Readers, r)
	}
	if n, m := len(ImpactCheck(long).Summary), len(ImpactDiffs(long)); n > maxSummary || m > maxSummary || m < maxSummary/2 {
		t.Errorf("the summary has %d bytes and the diffs %d", n, m)
	}
}
