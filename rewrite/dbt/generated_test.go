package dbt_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/sql"
)

// generated is a project as large as asked: sources, a staging model for each table, and marts that join up to four
// models, with their YAML. Names of columns are shared by many tables, as they are in life.
func generated(size int) []rewrite.File {
	g := &generator{rand: rand.New(rand.NewPCG(1, 2))}
	g.add("dbt_project.yml", "name: shop\nvars:\n  first_day: '2024-01-01'\n")
	g.add("macros/cents.sql", "{% macro cents(column, digits=2) %}\n  round({{ column }} / 100, {{ digits }})\n{% endmacro %}\n")
	g.add("macros/since.sql", "{% macro since(column) %}{{ column }} >= '{{ var('first_day') }}'{% endmacro %}\n")
	for i := 0; g.size < size; i++ {
		if i%20 == 0 {
			g.source(i / 20)
		}
		g.staging(i)
		for k := range 2 {
			g.mart(2*i + k)
		}
	}
	return g.files
}

type generator struct {
	rand   *rand.Rand
	files  []rewrite.File
	size   int
	tables int
	models []string
}

func (g *generator) add(path, text string) {
	g.files = append(g.files, rewrite.File{Path: path, Content: []byte(text)})
	g.size += len(text)
}

func names() []string {
	return strings.Fields("id customer_id order_id status amount created_at updated_at country currency kind note price quantity channel device email")
}

// source declares twenty tables.
func (g *generator) source(n int) {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 2\n\nsources:\n  - name: raw%d\n    database: acme\n    schema: raw%d\n    tables:\n", n, n)
	for t := range 20 {
		fmt.Fprintf(&b, "      - name: t%d\n        description: \"Rows of t%d, one for each event\"\n        columns:\n", t, t)
		for _, c := range names() {
			fmt.Fprintf(&b, "          - name: %s\n            description: what %s says\n            data_tests: [not_null]\n", c, c)
		}
	}
	g.add(fmt.Sprintf("models/staging/src_raw%d.yml", n), b.String())
	g.tables += 20
}

func (g *generator) staging(i int) {
	name := fmt.Sprintf("stg_%d", i)
	var b strings.Builder
	fmt.Fprintf(&b, "{{ config(materialized='incremental', unique_key='id') }}\n\nwith source as (\n    select * from {{ source('raw%d', 't%d') }}\n    {%% if is_incremental() %%}\n    where updated_at > (select max(updated_at) from {{ this }})\n    {%% endif %%}\n),\n\nrenamed as (\n    select\n", i/20, i%20)
	for _, c := range names() {
		switch g.rand.IntN(5) {
		case 0:
			fmt.Fprintf(&b, "        cast(%s as varchar) as %s_text,\n", c, c)
		case 1:
			fmt.Fprintf(&b, "        {{ cents('%s') }} as %s_total, -- %s in euros\n", c, c, c)
		}
		fmt.Fprintf(&b, "        %s,\n", c)
	}
	b.WriteString("        1 as one\n    from source\n    where {{ since('created_at') }}\n)\n\nselect * from renamed\n")
	g.add("models/staging/"+name+".sql", b.String())
	g.properties("models/staging/"+name+".yml", name)
	g.models = append(g.models, name)
}

func (g *generator) properties(path, model string) {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 2\nmodels:\n  - name: %s\n    columns:\n", model)
	for _, c := range names() {
		fmt.Fprintf(&b, "      - name: %s\n        description: >\n          What %s says of the row,\n          and more than that.\n", c, c)
		if g.rand.IntN(4) == 0 {
			fmt.Fprintf(&b, "        tests:\n          - not_null\n          - relationships:\n              to: source('raw0', 't%d')\n              field: %s\n", g.rand.IntN(20), c)
		}
	}
	g.add(path, b.String())
}

func (g *generator) mart(i int) {
	var b strings.Builder
	joined := 1 + g.rand.IntN(4)
	b.WriteString("with")
	for k := range joined {
		if k > 0 {
			b.WriteString(",")
		}
		from := fmt.Sprintf("ref('%s')", g.models[g.rand.IntN(len(g.models))])
		if g.rand.IntN(6) == 0 {
			from = fmt.Sprintf("source('raw0', 't%d')", g.rand.IntN(20))
		}
		fmt.Fprintf(&b, " a%d as (\n    select * from {{ %s }}\n)", k, from)
	}
	b.WriteString("\nselect\n")
	for _, c := range names() {
		k := g.rand.IntN(joined)
		fmt.Fprintf(&b, "    a%d.%s as %s_%d,\n    coalesce(sum(case when a%d.status = 'open' then a%d.%s end), 0) as open_%s,\n", k, c, c, k, k, k, c, c)
	}
	b.WriteString("    count(*) as n\nfrom a0\n")
	for k := 1; k < joined; k++ {
		fmt.Fprintf(&b, "left join a%d on a%d.customer_id = a0.customer_id and a%d.created_at >= a0.created_at\n", k, k, k)
	}
	b.WriteString("where a0.status not in ('gone', 'void')\ngroup by a0.customer_id\n")
	name := fmt.Sprintf("mart_%d", i)
	g.add("models/marts/"+name+".sql", b.String())
	g.models = append(g.models, name)
}

// generatedRequest renames a column of one table, whose name stands in every model.
func generatedRequest(t testing.TB) rewrite.Request {
	columns := strings.Join(names(), " ")
	return caseRequest(t, dbtCase{section: map[string]string{
		"dialect": "snowflake", "change": "rename t3.customer_id -> buyer_id\n",
		"catalog": "t3 = acme.raw0.t3: " + columns + "\nt4 = acme.raw0.t4: " + columns + "\n",
	}})
}

// TestGenerated holds the laws on a project that is as large as those in life.
func TestGenerated(t *testing.T) {
	t.Parallel()
	sum := laws(t, generated(1<<20), generatedRequest(t))
	if sum.edited < 5 || sum.refusals > sum.edits {
		t.Errorf("%+v", sum)
	}
}

// BenchmarkProject previews a project of 5 MB: it is read, and every file rewritten.
func BenchmarkProject(b *testing.B) {
	files, size := generated(5<<20), 0
	for _, f := range files {
		size += len(f.Content)
	}
	req := generatedRequest(b)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		rewritten(dbt.New(sql.New()).Prepare(files), files, req)
	}
}
