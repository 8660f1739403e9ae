package dbt_test

import (
	"strings"
	"testing"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/sql"
)

// TestHostile: files made to hurt end as results, within what a test may take.
func TestHostile(t *testing.T) {
	t.Parallel()
	req := caseRequest(t, dbtCase{section: map[string]string{}})
	head := "select 1 as x from {{ ref('t') }} as o where o.c = 1 "
	for name, src := range map[string]string{
		"models/many.sql":     head + strings.Repeat("and o.c > 2\n", 2_000),
		"models/ifs.sql":      head + strings.Repeat("{% if a %} and o.c > 2 {% endif %}", 1_000),
		"models/other_if.sql": head + manyIfs(200),
		"models/list.sql":     "{% set x = [" + strings.Repeat("'c',", 20_000) + "] %}" + head,
		"models/deep.sql":     head + strings.Repeat("{% if a %}", 5_000) + "c" + strings.Repeat("{% endif %}", 5_000),
		"models/loops.sql":    head + strings.Repeat("{% for a in range(100) %}", 20) + "{{ a }}" + strings.Repeat("{% endfor %}", 20),
		"models/open.sql":     head + strings.Repeat("{{ c ", 20_000),
		"models/deep.yml":     strings.Repeat("[", 20_000) + "c",
		"models/long.yml":     "sources: [{name: s, tables: [{name: t, columns: [" + strings.Repeat("{name: c},", 10_000) + "]}]}]",
		"models/bomb.yml":     bomb(),
		"models/m.py":         strings.Repeat("dbt.ref('t') c\n", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := rewrite.File{Path: name, Content: []byte(src)}
			res := dbt.New(sql.New()).For(req)(f)
			if _, err := rewrite.Apply(f.Content, res.Edits); err != nil {
				t.Error(err)
			}
			if len(res.Edits)+len(res.Refusals)+len(res.Unrelated) == 0 {
				t.Error("nothing is said about it")
			}
		})
	}
}

func manyIfs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("{% if v" + strings.Repeat("a", i) + " %} and o.c > 2 {% endif %}")
	}
	return b.String()
}

// bomb is a file whose aliases would be more than a billion columns if they were written out.
func bomb() string {
	var b strings.Builder
	b.WriteString("x0: &x0 [{name: c}]\n")
	for i := 1; i < 10; i++ {
		n, prev := string(rune('0'+i)), string(rune('0'+i-1))
		b.WriteString("x" + n + ": &x" + n + " [" + strings.Repeat("*x"+prev+", ", 9) + "]\n")
	}
	b.WriteString("sources: [{name: s, tables: [{name: t, columns: *x9}]}]\n")
	return b.String()
}
