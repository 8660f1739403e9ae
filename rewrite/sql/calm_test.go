package sql

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

// TestCalm: a proof that takes over what calm queries left behind sees what one sees that resolves them again.
func TestCalm(t *testing.T) {
	t.Parallel()
	req := rewrite.Request{Dialect: "postgres", Mapping: rewrite.Mapping{Changes: []rewrite.Change{{Kind: rewrite.RenameField,
		Dataset: "sales", From: "net_paid", To: "net_amount"}}}}
	data, err := os.ReadFile("testdata/bench/mart.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		table := rewrite.Table{Dataset: words[0], Names: words[:1]}
		for _, c := range words[1:] {
			table.Before = append(table.Before, rewrite.Column{Name: c})
			if words[0] == "sales" {
				c = strings.Replace(c, "net_paid", "net_amount", 1)
			}
			table.After = append(table.After, rewrite.Column{Name: c})
		}
		req.Catalog.Tables = append(req.Catalog.Tables, table)
	}
	paths, err := filepath.Glob("testdata/bench/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatal("no samples", err)
	}
	calm := 0
	for _, p := range paths {
		src, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		calm += compareCalm(t, p, src, &req)
	}
	calm += compareCalm(t, "outer star", []byte(`select (select count(*) from (select t.* from days) as x where x.net_paid > 1), net_paid
		from sales as t where exists (select 1 from days where day_key = 1)`), &req)
	if calm < 10 {
		t.Errorf("only %d calm queries", calm)
	}
}

// compareCalm proves a file both ways, and gives the number of calm queries.
func compareCalm(t *testing.T, path string, src []byte, req *rewrite.Request) int {
	t.Helper()
	mem := newMemory()
	cat := mem.catalogOf(&asked{req: *req})
	first := read(src, cat.d, mem, cat.needles)
	res := rewrite.Result{}
	collect(&res, first.resolve(cat, false))
	if len(res.Edits) == 0 {
		t.Fatalf("%s: no edits", path)
	}
	second := first.swapped(res.Edits)
	if second == nil {
		return 0
	}
	found := len(mem.lists[0].calms)
	calm := seen(second.resolve(cat.proving, false))
	mem.lists[0].calms = nil
	if diff := cmp.Diff(seen(second.resolve(cat.proving, false)), calm, cmp.AllowUnexported(fact{}, meaning{}, span{}, outputs{}, tokens{})); diff != "" {
		t.Errorf("%s (-resolved +taken over):\n%s", path, diff)
	}
	return found
}

// sight is what a proof compares.
type sight struct {
	Facts []fact
	Reads []string
	Cols  []outputs
	Names []string
	Runs  []span
}

func seen(r *resolver) sight {
	s := sight{Facts: append([]fact(nil), r.facts...), Cols: append([]outputs(nil), r.cols...), Names: append([]string(nil), r.list.outNames...),
		Runs: append([]span(nil), r.list.outRuns...)}
	for _, rel := range r.rels {
		s.Reads = append(s.Reads, rel.reads())
	}
	return s
}
