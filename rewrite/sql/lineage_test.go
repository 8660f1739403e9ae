package sql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

func TestLineage(t *testing.T) {
	t.Parallel()
	cat := rewrite.Catalog{Tables: []rewrite.Table{table("t", "c k d", "c k d"), table("u", "c n z", "c n z")}}
	for _, tc := range []struct{ name, sql, want string }{
		{"columns and expressions", "SELECT c, t.k AS x, c + d AS y, count(*) AS n FROM t WHERE k > 1 GROUP BY 1",
			"c = t.c; x = t.k; y < t.c t.d; n <"},
		{"stars through WITH", "WITH s AS (SELECT *, c || d AS e FROM t) SELECT s.*, z FROM s JOIN u ON u.n = s.k",
			"c = t.c; k = t.k; d = t.d; e < t.c t.d; z = u.z"},
		{"set operations", "SELECT c, k FROM t UNION ALL SELECT z, 1 FROM u", "c < t.c u.z; k < t.k"},
		{"column lists", "WITH s(a, b) AS (SELECT c, k FROM t) SELECT x.p, x.b FROM s AS x(p)", "p = t.c; b = t.k"},
		{"recursion", "WITH RECURSIVE r AS (SELECT k, 1 AS n FROM t UNION ALL SELECT r.k + n, n FROM r) SELECT k FROM r", "k < t.k"},
		{"scalar subqueries", "SELECT (SELECT max(z) FROM u WHERE u.n = t.k) AS m FROM t", "m < t.k u.n u.z"},
		{"windows", "SELECT row_number() OVER (PARTITION BY c ORDER BY k) AS r FROM t", "r < t.c t.k"},
		{"a table that is not known", "SELECT a, m.b FROM mystery m", "a = mystery.a; b = mystery.b"},
		{"which of two is not known", "SELECT a FROM m1, m2", "a <?"},
		{"a star over a table that is not known", "SELECT c, m.* FROM t, m", "c <?; * <?"},
		{"statements", "CREATE TABLE x AS SELECT c AS a FROM t; INSERT INTO y (p) SELECT a FROM x", "a = t.c; 1: a = t.c"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := lineage(skeinsql.Lineage(rewrite.File{Content: []byte(tc.sql)}, cat, "postgres"))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// lineage writes outputs down: = passes its source through, < is computed, ? may have further sources.
func lineage(outputs []skeinsql.Output) string {
	var parts []string
	for _, o := range outputs {
		var b strings.Builder
		if o.Statement > 0 {
			fmt.Fprintf(&b, "%d: ", o.Statement)
		}
		sign := " <"
		if o.Plain {
			sign = " ="
		}
		b.WriteString(o.Name + sign)
		for _, s := range o.Sources {
			b.WriteString(" " + s.Dataset + "." + s.Column)
		}
		if o.Partial {
			b.WriteString("?")
		}
		parts = append(parts, b.String())
	}
	return strings.Join(parts, "; ")
}

func ExampleLineage() {
	cols := []rewrite.Column{{Name: "cust_id"}, {Name: "amount"}}
	cat := rewrite.Catalog{Tables: []rewrite.Table{{Dataset: "sales.orders", Names: []string{"orders"}, Before: cols, After: cols}}}
	src := []byte("with o as (select * from orders) select cust_id as customer, sum(amount) as total from o group by cust_id")
	for _, out := range skeinsql.Lineage(rewrite.File{Path: "q.sql", Content: src}, cat, "postgres") {
		fmt.Println(out.Name, out.Sources, out.Plain)
	}
	// Output:
	// customer [{sales.orders cust_id}] true
	// total [{sales.orders amount}] false
}
