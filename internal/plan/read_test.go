package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql"
)

func TestReadFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config string
		files  map[string]string
		want   []string // of the error, one for each fault
		left   []string // datasets
	}{
		"no file": {
			"datasets: [{name: a.b, schema: gone.sql}]", nil,
			[]string{".github/skein.yml:2:32: gone.sql: there is no such file, nor a folder with schema files in it"}, nil,
		},
		"a fault is told once": {
			"datasets: [{name: a.t, schema: s.sql}, {name: a.u, schema: s.sql}, {name: a.v, schema: v.sql}]",
			map[string]string{"s.sql": "CREATE TABLE t (\n  a int,\n  a int)", "v.sql": "CREATE TABLE v (a int)"},
			[]string{"s.sql:3:3: t has a second column a"}, []string{"a.v"},
		},
		"a fault in another format": {
			"datasets: [{name: a.b, schema: x.avsc}]", map[string]string{"x.avsc": `{"type": "record", "name": "R", "fields": [{"name": "a"}]}`},
			[]string{"x.avsc:1:"}, nil,
		},
		"one file in two formats": {
			"datasets: [{name: a.b, schema: {path: x.txt, format: sql}}, {name: a.c, schema: {path: x.txt, format: bigquery}}]",
			map[string]string{"x.txt": `[{"name": "a", "type": "STRING"}]`},
			[]string{".github/skein.yml:2:12: the file declares no dataset"}, []string{"a.c"},
		},
		"several formats": {
			"datasets: [{name: 'b.*', schema: bq}, {name: a.r, schema: r.avdl}, {name: c.m, schema: {path: dbt, dialect: snowflake}}]",
			map[string]string{
				"bq/t.json": `[{"name": "a", "type": "STRING"}]`, "bq/u.json": `[{"name": "a", "type": "STRING"}]`, "bq/package.json": "{}",
				"r.avdl": "protocol P { record R { int a; } }", "dbt/m.yml": "models: [{name: m, columns: [{name: a}]}]", "dbt/m.md": "x",
			},
			nil, []string{"b.t", "b.u", "a.r", "c.m"},
		},
		"a folder of two": {
			"datasets: [{name: a.b, schema: db}]", map[string]string{"db/1.sql": "CREATE TABLE b (a int)", "db/r.avsc": "{}"},
			[]string{".github/skein.yml:2:32: db: db/r.avsc is avro and db/1.sql is sql; say which format is meant"}, nil,
		},
		"no such table": {
			"datasets: [{name: a.b, schema: {path: s.sql, table: nope}}]", map[string]string{"s.sql": "CREATE TABLE t (a int)"},
			[]string{".github/skein.yml:2:12: "}, nil,
		},
		"a table that left the name": {
			"datasets: [{name: sales.orders, schema: db}]",
			map[string]string{"db/1.sql": "CREATE TABLE orders (a int)", "db/2.sql": "ALTER TABLE orders RENAME TO purchases"},
			[]string{".github/skein.yml:2:12: orders is called purchases now; write name: sales.purchases, and its readers follow, or table: purchases"}, nil,
		},
		"two of one name": {
			"datasets: [{name: 'a.*', schema: s.sql}]", map[string]string{"s.sql": "CREATE TABLE x.t (a int);\nCREATE TABLE y.t (a int)"},
			[]string{"s.sql:2:14: y.t would be called a.t, as the table at s.sql:1:14 is; declare them one by one"}, []string{"a.t"},
		},
		"two of one name, one declared": {
			"datasets: [{name: 'a.*', schema: s.sql}, {name: a.t, schema: {path: s.sql, table: y.t}}]",
			map[string]string{"s.sql": "CREATE TABLE x.t (a int);\nCREATE TABLE y.t (a int);\nCREATE TEMP TABLE z (a int);"},
			nil, []string{"a.t"},
		},
		"a folder": {
			"datasets: [{name: 'a.*', schema: db}]",
			map[string]string{"db/1.sql": "CREATE TABLE t (a int);", "db/2.sql": "ALTER TABLE t RENAME TO u;", "db/notes.txt": "x", "dbx/3.sql": "broken ("},
			nil, []string{"a.u"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, findings := config.ParseRepo(config.RepoPath, []byte("version: 1\n"+c.config+"\n"))
			if config.HasErrors(findings) {
				t.Fatal(findings)
			}
			m := map[string][]byte{}
			for name, text := range c.files {
				m[name] = []byte(text)
			}
			v, err := plan.Read(cfg, "", files(m, plan.Wants(cfg)))
			faults := unjoin(err)
			if len(faults) != len(c.want) {
				t.Fatalf("%d faults: %v", len(faults), err)
			}
			for i, f := range faults {
				if !strings.HasPrefix(f.Error(), c.want[i]) {
					t.Errorf("fault %q, want %q", f, c.want[i])
				}
			}
			var left []string
			for _, d := range v.Datasets {
				left = append(left, d.Name)
			}
			if diff := gocmp.Diff(c.left, left); diff != "" {
				t.Errorf("datasets (-want +got):\n%s", diff)
			}
		})
	}
}

// unjoin takes the faults out of an error, and nothing else may be in it.
func unjoin(err error) (out []*plan.Error) {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, err := range many.Unwrap() {
			out = append(out, unjoin(err)...)
		}
		return out
	}
	if one, ok := errors.AsType[*plan.Error](err); ok {
		out = append(out, one)
	}
	return out
}

func TestSubject(t *testing.T) {
	t.Parallel()
	renamed := func(from, to string) schema.Change {
		return schema.Change{Dataset: "sales.orders", Kind: schema.FieldRenamed, Path: from, To: to}
	}
	follow := func(indexes ...int) (m rewrite.Mapping) {
		for _, i := range indexes {
			m.Changes = append(m.Changes, rewrite.Change{Kind: rewrite.RenameField, Index: i})
		}
		return m
	}
	for want, c := range map[string]struct {
		changes []schema.Change
		mapping rewrite.Mapping
	}{
		"":                    {},
		"sales.orders: a → b": {[]schema.Change{renamed("a", "b")}, follow(0)},
		"sales.orders: a → b, sales.orders: c → d":    {[]schema.Change{renamed("a", "b"), renamed("c", "d")}, follow(0, 1)},
		"sales.orders: a → b, sales.orders: c → d, …": {[]schema.Change{renamed("a", "b"), renamed("c", "d"), renamed("e", "f")}, follow(0, 1, 2)},
		"sales.orders: note field removed":            {[]schema.Change{{Dataset: "sales.orders", Kind: schema.FieldRemoved, Path: "note"}}, follow()},
		"sales.orders dataset removed":                {[]schema.Change{{Dataset: "sales.orders", Kind: schema.DatasetRemoved}}, follow(0)},
		"sales.orders → sales.purchases":              {[]schema.Change{{Dataset: "sales.orders", Kind: schema.DatasetRenamed, To: "sales.purchases"}}, follow(0)},
	} {
		if got := plan.Subject(c.changes, c.mapping); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What is left of a plan when some of it was undone is less; whatever asks for something else is not.
func TestLess(t *testing.T) {
	t.Parallel()
	renames := func(names ...string) (p plan.Plan) {
		for i, name := range names {
			from, to, _ := strings.Cut(name, ">")
			p.Mapping.Changes = append(p.Mapping.Changes, rewrite.Change{Kind: rewrite.RenameField, Dataset: "sales.orders", From: from, To: to, Index: i})
		}
		return p
	}
	was := renames("a>b", "c>d", "e>f")
	for _, c := range []struct {
		left []string
		want bool
	}{
		{nil, true}, {[]string{"c>d"}, true}, {[]string{"e>f", "a>b"}, true},
		{[]string{"a>b", "c>d", "e>f"}, false}, {[]string{"a>x"}, false}, {[]string{"a>b", "c>x"}, false}, {[]string{"a>b", "c>d", "e>f", "g>h"}, false},
	} {
		if got := renames(c.left...).Less(was); got != c.want {
			t.Errorf("%v is less than all: %t, want %t", c.left, got, c.want)
		}
	}
	if renames().Less(renames()) {
		t.Error("nothing is less than nothing")
	}
}

// Code that an older plan asks nothing of may follow a later one, unless a name means something to both.
func TestBeyond(t *testing.T) {
	t.Parallel()
	older, _ := simple(t) // begins with cust_id
	for _, c := range []struct {
		change rewrite.Change
		want   bool
	}{
		{rewrite.Change{Kind: rewrite.RenameField, Dataset: "sales.orders", From: "client_id", To: "x"}, true},
		{rewrite.Change{Kind: rewrite.RenameField, Dataset: "sales.orders", From: "cust_id", To: "x"}, false},
		{rewrite.Change{Kind: rewrite.RenameField, Dataset: "sales.orders", From: "cust_id", To: "x", Coexists: true}, true},
		{rewrite.Change{Kind: rewrite.Review, Dataset: "sales.orders", From: "cust_id"}, false},
		{rewrite.Change{Kind: rewrite.Reshape, Dataset: "sales.orders"}, true},
		{rewrite.Change{Kind: rewrite.RenameDataset, From: "sales.orders", To: "sales.sold"}, false},
		{rewrite.Change{Kind: rewrite.RenameDataset, From: "sales.bought", To: "sales.sold"}, true},
	} {
		later := plan.Plan{Mapping: rewrite.Mapping{Changes: []rewrite.Change{c.change}}}
		if got := later.Beyond(older); got != c.want {
			t.Errorf("%+v: %t", c.change, got)
		}
	}
}

// hostile is a rewriter that breaks its contract, with the first file or before it.
type hostile struct{ early bool }

func (hostile) Handles(file string) bool { return !strings.HasSuffix(file, ".sql") }

func (h hostile) For(rewrite.Request) func(rewrite.File) rewrite.Result {
	if h.early {
		panic("no such request")
	}
	return func(f rewrite.File) rewrite.Result {
		if strings.HasPrefix(f.Path, "panic") {
			panic("no such case")
		}
		return rewrite.Result{Path: f.Path, Edits: []rewrite.Edit{{Start: 5, End: 900}}, Verified: true}
	}
}

// simple is a plan in which sales.orders.cust_id becomes customer_id, and a consumer that reads it.
func simple(t *testing.T) (plan.Plan, consumer.Consumer) {
	t.Helper()
	at := func(column string) plan.Version {
		return version(t, map[string][]byte{
			config.RepoPath: []byte("version: 1\ndatasets: [{name: sales.orders, schema: s.sql}]\nrenames: [{dataset: sales.orders, from: cust_id, to: customer_id}]\n"),
			"s.sql":         []byte("CREATE TABLE orders (" + column + " INT)"),
		})
	}
	from := at("cust_id")
	from.Config.Renames = nil
	name := repo.Name{Owner: "acme", Name: "reports"}
	return plan.Compare(from, at("customer_id")), consumer.Consumer{Repo: name, Reads: []consumer.Read{
		{Declaration: consumer.Declaration{Repo: name, Dataset: "sales.orders"}, Source: consumer.Own},
	}}
}

// TestFaultyRewriter: a fault of ours costs one file.
func TestFaultyRewriter(t *testing.T) {
	t.Parallel()
	p, c := simple(t)
	in := []rewrite.File{{Path: "ok.sql", Content: []byte("select cust_id from orders")}, {Path: "outside.x", Content: []byte("short")}, {Path: "panic.x"}}
	for _, h := range []hostile{{early: false}, {early: true}} {
		got := p.Rewrite(c, nil, in, []rewrite.Rewriter{h, sql.New()})
		if len(got) != 3 || len(got[0].Edits) != 1 {
			t.Fatalf("%+v", got)
		}
		for _, res := range got[1:] {
			if len(res.Edits) > 0 || res.Verified || len(res.Refusals) != 1 || res.Refusals[0].Code != "internal_error" || res.Refusals[0].Dataset != "sales.orders" {
				t.Errorf("%s: %+v", res.Path, res)
			}
		}
	}
}

// TestEncodings: a binary file is nobody's source; text in UTF-16 may be, and must not pass in silence.
func TestEncodings(t *testing.T) {
	t.Parallel()
	p, c := simple(t)
	wide := func(mark string, little bool, text string) []byte {
		out := []byte(mark)
		for _, b := range []byte(text) {
			if little {
				out = append(out, b, 0)
			} else {
				out = append(out, 0, b)
			}
		}
		return out
	}
	for name, c2 := range map[string]struct {
		file    string
		content []byte
		code    string
	}{
		"little endian":      {"a.sql", wide("\xff\xfe", true, "select Cust_Id from orders"), "unsupported_encoding"},
		"big endian":         {"a.sql", wide("\xfe\xff", false, "select cust_id from orders"), "unsupported_encoding"},
		"nothing of it":      {"a.sql", wide("\xff\xfe", true, "select id from orders"), ""},
		"half a unit":        {"a.sql", append(wide("\xff\xfe", true, "cust_id"), 0), "unsupported_encoding"},
		"for people":         {"a.md", wide("\xff\xfe", true, "cust_id"), ""},
		"binary":             {"a.bin", []byte("\x00 cust_id "), ""},
		"not UTF-8":          {"a.py", []byte("\xe9 cust_id"), ""},
		"UTF-8 with a mark":  {"a.py", []byte("\xef\xbb\xbfcust_id"), "unsupported_file"},
		"another letter set": {"a.py", []byte("écust_id"), ""},
	} {
		got := p.Rewrite(c, nil, []rewrite.File{{Path: c2.file, Content: c2.content}}, []rewrite.Rewriter{sql.New()})
		code := ""
		if len(got) > 0 && len(got[0].Refusals) > 0 {
			code = got[0].Refusals[0].Code
		}
		if code != c2.code {
			t.Errorf("%s: %q, want %q", name, code, c2.code)
		}
	}
}

func TestWorkIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	p, c := simple(t)
	work := p.For(c, nil, nil, []rewrite.Rewriter{sql.New()})
	src := rewrite.File{Path: "a.sql", Content: []byte("with x as (select * from orders) select cust_id from x")}
	want := work.File(src)
	done := make(chan rewrite.Result)
	for range 8 {
		go func() { done <- work.File(src) }()
	}
	for range 8 {
		if diff := gocmp.Diff(want, <-done); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
}

// FuzzFile: whatever a file holds, the result keeps the contract, and no reader by name passes in silence.
func FuzzFile(f *testing.F) {
	f.Add("a.sql", []byte("select cust_id from orders"))
	f.Add("a.py", []byte("x = cust_id"))
	f.Add("a.yml", []byte("\xff\xfec\x00"))
	f.Fuzz(func(t *testing.T, file string, content []byte) {
		p, c := simple(t)
		for _, res := range p.Rewrite(c, nil, []rewrite.File{{Path: file, Content: content}}, []rewrite.Rewriter{sql.New()}) {
			if _, err := rewrite.Apply(content, res.Edits); err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(res.Refusals, func(x rewrite.Refusal) bool { return x.Code == "internal_error" }) {
				t.Errorf("%+v", res)
			}
		}
	})
}

// A Reader parses once what two versions share, and anew what differs.
func TestReader(t *testing.T) {
	t.Parallel()
	cfg, _ := config.ParseRepo(config.RepoPath, []byte("version: 1\ndatasets: [{name: a.t, schema: t.sql}, {name: a.u, schema: u.sql}]\n"))
	var r plan.Reader
	read := func(u string) plan.Version {
		v, err := r.Read(cfg, "", files(map[string][]byte{"t.sql": []byte("CREATE TABLE t (a int)"), "u.sql": []byte(u)}, plan.Wants(cfg)))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	first, second := read("CREATE TABLE u (a int)"), read("CREATE TABLE u (b int)")
	shared := func(name string) bool {
		return &first.Dataset(name).Schema.Fields[0] == &second.Dataset(name).Schema.Fields[0]
	}
	if !shared("a.t") || shared("a.u") || second.Dataset("a.u").Schema.Fields[0].Name != "b" {
		t.Errorf("a.t is shared: %v, a.u is: %v", shared("a.t"), shared("a.u"))
	}
}
