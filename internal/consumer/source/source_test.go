package source

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/rewrite"
)

const manifestJSON = `{
  "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
  "nodes": {
    "model.marts.daily": {"name": "daily", "database": "acme", "schema": "marts", "alias": "daily_v2", "original_file_path": "models/daily.sql",
      "relation_name": "\"acme\".\"marts\".\"daily_v2\"", "depends_on": {"nodes": ["source.marts.sales.orders", "model.marts.stg"]}, "columns": {"a": {}}},
    "model.marts.stg": {"name": "stg", "schema": "", "original_file_path": "models/stg.sql", "depends_on": {"nodes": ["source.marts.sales.gone"]}}
  },
  "sources": {"source.marts.sales.orders": {"database": "acme", "schema": "sales", "identifier": "orders_raw", "name": "orders", "source_name": "sales",
      "relation_name": "` + "`acme`.`sales`.`orders_raw`" + `"}},
  "exposures": {"exposure.marts.board": {"name": "board", "type": "dashboard", "original_file_path": "models/../../e.yml", "depends_on": {"nodes": ["model.marts.daily"]}}}
}`

func told(claims []Claim) (out []string) {
	for _, c := range claims {
		out = append(out, fmt.Sprintf("%s:%d %s (%s, %s) %s", c.File, c.Line, c.Who, c.How, c.Of, strings.Join(c.Names, " ")))
	}
	return out
}

func TestManifest(t *testing.T) {
	t.Parallel()
	got, err := Manifest(rewrite.File{Path: "dbt/target/manifest.json", Content: []byte(manifestJSON)})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"dbt/models/daily.sql:1 model.marts.daily (is built on, ) `acme`.`sales`.`orders_raw` acme.sales.orders_raw sales.orders_raw source('sales','orders')",
		"dbt/models/daily.sql:1 model.marts.daily (is built on, ) ref('stg')",
		`dbt/e.yml:1 exposure.marts.board (is built on, ) "acme"."marts"."daily_v2" acme.marts.daily_v2 marts.daily_v2 ref('daily')`,
	}
	if diff := cmp.Diff(want, told(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, c := range []struct{ src, want string }{
		{"{\n\"nodes\": 1}", "f/manifest.json:2: no manifest of dbt"}, {`{"name": "an extension"}`, "dbt_schema_version"}, {"{\n\n]", "f/manifest.json:3"}, {"", "f/manifest.json:1"},
		{strings.Repeat("[", 100_000), "no manifest"},
	} {
		if _, err := Manifest(rewrite.File{Path: "f/manifest.json", Content: []byte(c.src)}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: %v, want %q", c.src, err, c.want)
		}
	}
}

func TestBackstage(t *testing.T) {
	t.Parallel()
	const src = `apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: board
spec:
  owner: group:default/ml
  dependsOn:
    - resource:default/sales.orders
    - component:other
    - {}
---
kind: API
metadata: {name: far, annotations: {github.com/project-slug: acme/far}}
spec: {consumesApis: [api:sales/users, "", 7]}
--- 
just text
`
	got, err := Backstage(rewrite.File{Path: "catalog-info.yaml", Content: []byte(src)})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"catalog-info.yaml:8 Component:board (depends on, ) sales.orders",
		"catalog-info.yaml:9 Component:board (depends on, ) other",
		"catalog-info.yaml:14 API:far (depends on, acme/far) sales.users users",
	}
	if diff := cmp.Diff(want, told(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
		"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nspec: {dependsOn: [*f, *f]}\n"
	for _, src := range []string{"a: [", bomb, strings.Repeat("---\n", 3000)} {
		if _, err := Backstage(rewrite.File{Path: "catalog-info.yaml", Content: []byte(src)}); err == nil || !strings.HasPrefix(err.Error(), "catalog-info.yaml:") {
			t.Errorf("%.20q: %v", src, err)
		}
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		claim, name string
		want        bool
	}{
		{"sales.orders", "Sales.Orders", true}, {"`acme`.`sales`.`orders`", "sales.orders", true}, {"sales.orders", "acme.sales.orders", true},
		{"presales.orders", "sales.orders", false}, {"orders", "sales.orders", false}, {"orders", "orders", true}, {"a.orders", "orders", false},
		{"source('sales','orders')", "source( \"sales\", \"orders\" )", true}, {"a.b.c.d", "x.y.c.d", false},
	} {
		got := NewIndex([][]string{{"other"}, {c.name, c.name}}).Of(Claim{Names: []string{c.claim}})
		if want := []int{1}; c.want != slices.Equal(got, want) {
			t.Errorf("%q is %v of %q", c.claim, got, c.name)
		}
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	o := ParseOwners([]byte(`# who answers
*               @acme/data   # all of it
*.sql           @acme/sql @bo
/build/logs/    @octo
docs/*          docs@example.com
apps/           @acme/apps
/apps/free
with\ blank.txt @blank
!negated        @nobody
[ab].txt        @nobody
lonely          not-an-owner
/scripts/**     @scripts
`))
	for _, c := range []struct{ file, want string }{
		{"README.md", "[@acme/data]"}, {"deep/er/a.sql", "[@acme/sql @bo]"}, {"build/logs/a/b", "[@octo]"}, {"x/build/logs/a", "[@acme/data]"},
		{"docs/a.md", "[docs@example.com]"}, {"docs/b/a.md", "[@acme/data]"}, {"x/apps/y", "[@acme/apps]"}, {"apps/free/x", "[]"}, {"with blank.txt", "[@blank]"},
		{"a.txt", "[@acme/data]"}, {"lonely", "[]"}, {"scripts/a/b.sh", "[@scripts]"},
	} {
		if got := fmt.Sprint(o.Of(c.file)); got != c.want {
			t.Errorf("%s is %s's, want %s", c.file, got, c.want)
		}
	}
	for _, c := range []struct {
		globs []string
		want  string
	}{
		{nil, "[@acme/data]"}, {[]string{"models/**/*.sql"}, "[@acme/sql @bo]"}, {[]string{"apps/{a,b}/*.py", "**/*.sql"}, "[@acme/apps @acme/sql @bo]"}, {[]string{`scripts/\*`}, "[@scripts]"},
	} {
		if got := fmt.Sprint(o.Answering(c.globs)); got != c.want {
			t.Errorf("%v is %s's, want %s", c.globs, got, c.want)
		}
	}
	if o := ParseOwners([]byte("* @a\n" + strings.Repeat("x @b\n", 10_000))); len(o.rules) != mostRules {
		t.Errorf("%d rules", len(o.rules))
	}
	if o := ParseOwners(bytes.Repeat([]byte("* @a\n"), 1<<20)); len(o.rules) > 0 {
		t.Error("a file that GitHub does not read has owners")
	}
}

// Whatever a file holds, it claims no more than the bound, names the file, and nothing panics.
func FuzzClaims(f *testing.F) {
	f.Add("target/manifest.json", manifestJSON)
	f.Add("catalog-info.yaml", "kind: API\nmetadata: {name: a}\nspec:\n  dependsOn: [b:c/d]\n---\n- x\n")
	f.Add("catalog-info.yml", "---\n--- \nspec: {dependsOn: {a: b}}")
	f.Fuzz(func(t *testing.T, path, src string) {
		all := Claims([]rewrite.File{{Path: path, Content: []byte(src)}})
		if len(all) > mostClaims {
			t.Errorf("%d claims", len(all))
		}
		for _, c := range all {
			if len(c.Names) == 0 || c.File == "" || c.Line < 1 || c.How != consumer.Lineage && c.How != consumer.Catalog {
				t.Errorf("%+v", c)
			}
			NewIndex([][]string{{src}}).Of(c)
		}
	})
}

func FuzzOwners(f *testing.F) {
	f.Add("* @a\n/b/** @c # d\n\\# @e", "a/b.sql", "x/{a,b}/**")
	f.Add("{a @b\n}{/ @c\n*/ @d", "{a", "{{,}\\")
	f.Fuzz(func(t *testing.T, src, file, glob string) {
		o := ParseOwners([]byte(src))
		for _, name := range append(o.Of(file), o.Answering([]string{glob})...) {
			if !strings.Contains(name, "@") || !strings.Contains(src, "@") {
				t.Errorf("%q owns something in %q", name, src)
			}
		}
	})
}
