package plan_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/avro"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/job"
	"github.com/skein-bot/skein/rewrite/proto"
	"github.com/skein-bot/skein/rewrite/sql"
)

func rewriters() []rewrite.Rewriter {
	return []rewrite.Rewriter{dbt.New(sql.New()), sql.New(), job.New(sql.New()), avro.New(), proto.New()}
}

// Cases in testdata/evidence are those of plans without a to: what is wanted is what each consumer reads.
func TestEvidence(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/evidence/*.txtar")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := loadCase(t, path)
			got := seen(t, c)
			if *update {
				write(t, c, path, got)
				return
			}
			if diff := gocmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// seen tells the evidence of every consumer.
func seen(t *testing.T, c planCase) string {
	t.Helper()
	v := version(t, c.from)
	known := v.Snapshots(1, "")
	for _, name := range sorted(c.others) {
		known = append(known, version(t, c.others[name]).Snapshots(2, "")...)
	}
	var listings []consumer.Listing
	for _, d := range v.Datasets {
		listings = append(listings, d.Listing)
	}
	var b strings.Builder
	for _, name := range sorted(c.readers) {
		n, err := repo.ParseName(name)
		if err != nil {
			t.Fatal(err)
		}
		own := plan.Declarations(n, parsed(t, c.readers[name]))
		i := slices.IndexFunc(consumer.Resolve(listings, own), func(x consumer.Consumer) bool { return x.Repo == n })
		if i < 0 {
			t.Fatalf("%s is no consumer", name)
		}
		tell(&b, consumer.Resolve(listings, own)[i], known, c.readers[name])
	}
	return b.String()
}

func tell(b *strings.Builder, c consumer.Consumer, known []consumer.Snapshot, tree map[string][]byte) {
	fmt.Fprintf(b, "%s\n", c.Repo)
	declared, helps := plan.Selects(c), plan.Witnesses(rewriters())
	e := plan.Evidence(c, known, files(tree, func(f string) bool { return declared(f) || helps(f) }), rewriters())
	for _, s := range e.Sights {
		fmt.Fprintf(b, "  %s: %s:%d %s", strings.Trim(s.Dataset+" "+s.Field, " "), s.File, s.Line, s.How)
		if s.Places > 1 {
			fmt.Fprintf(b, ", %d places", s.Places)
		}
		if !s.Declared {
			b.WriteString(", undeclared")
		}
		b.WriteByte('\n')
	}
	for _, s := range known {
		if slices.ContainsFunc(c.Reads, func(r consumer.Read) bool { return r.Dataset == s.Dataset }) && !slices.ContainsFunc(e.Sights, func(x consumer.Sight) bool { return x.Dataset == s.Dataset && x.Declared }) {
			fmt.Fprintf(b, "  %s is declared and not read\n", s.Dataset)
		}
	}
}

// BenchmarkEvidence reads what 200 queries of a consumer use of a dataset of 30 fields, with 1,000 datasets known.
func BenchmarkEvidence(b *testing.B) {
	var known []consumer.Snapshot
	for i := range 1000 {
		name := fmt.Sprintf("sales.d%d", i)
		s := consumer.Snapshot{Dataset: name, Names: []string{name}}
		for k := range 30 {
			s.Schema.Fields = append(s.Schema.Fields, schema.Field{Name: fmt.Sprintf("f%d", k), Type: schema.Type{Kind: "string"}})
		}
		known = append(known, s)
	}
	var in []rewrite.File
	for i := range 200 {
		text := fmt.Sprintf("with a as (select f%d, f%d as x, count(*) as n from sales.d7 where f3 > 1 group by 1, 2)\nselect a.x, u.f2, a.n from a join sales.d%d u on u.f1 = a.f%d\n", i%30, (i+1)%30, i%20, i%30)
		in = append(in, rewrite.File{Path: fmt.Sprintf("models/m%d.sql", i), Content: []byte(text)})
	}
	c := consumer.Consumer{Repo: repo.Name{Owner: "acme", Name: "marts"}, Reads: []consumer.Read{{Declaration: consumer.Declaration{Dataset: "sales.d7", Dialect: "postgres"}}}}
	all := rewriters()
	b.ReportAllocs()
	for b.Loop() {
		if e := plan.Evidence(c, known, in, all); len(e.Sights) < 200 {
			b.Fatalf("%d sights", len(e.Sights))
		}
	}
}
