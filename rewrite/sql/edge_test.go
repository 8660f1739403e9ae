package sql_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/rewritetest"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// dialects are all that the rewriter knows.
var dialects = []string{"ansi", "bigquery", "snowflake", "databricks", "redshift", "postgres", "duckdb", "trino", "mysql",
	"sqlite", "tsql", "clickhouse"}

func table(name string, before, after string) rewrite.Table {
	return rewrite.Table{Dataset: name, Names: []string{name}, Before: rewritetest.Columns(before), After: rewritetest.Columns(after)}
}

func plainRequest(dialect string) rewrite.Request {
	return rewrite.Request{
		Dialect: dialect,
		Mapping: rewrite.Mapping{Changes: []rewrite.Change{{Kind: rewrite.RenameField, Dataset: "t", From: "c", To: "n"}}},
		Catalog: rewrite.Catalog{Tables: []rewrite.Table{table("t", "c b k d", "n b k d"), table("u", "c k n z", "c k n z")}},
	}
}

// What txtar cannot hold: line endings, no final newline, marks and bytes that are no text.
func TestBytesStay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"CRLF", "SELECT c\r\nFROM t\r\n", "SELECT n AS c\r\nFROM t\r\n"},
		{"no final newline", "SELECT c FROM t", "SELECT n AS c FROM t"},
		{"byte order mark", "\ufeffSELECT c FROM t", "\ufeffSELECT n AS c FROM t"},
		{"bad UTF-8 in a string", "SELECT t.c AS x FROM t WHERE d = '\xff\xfe'", "SELECT t.n AS x FROM t WHERE d = '\xff\xfe'"},
		{"bad UTF-8 in a name", "SELECT t.c AS \xff FROM t", "SELECT t.n AS \xff FROM t"},
		{"zero byte in a comment", "SELECT t.c AS x /*\x00*/ FROM t", "SELECT t.n AS x /*\x00*/ FROM t"},
		{"tabs and form feeds", "SELECT\tc\f\vFROM\tt", "SELECT\tn AS c\f\vFROM\tt"},
		{"empty", "", ""},
		{"only the name", "c", "c"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			req := plainRequest("postgres")
			res := skeinsql.New().For(req)(rewrite.File{Path: "in.sql", Content: []byte(tc.in)})
			if out := invariants(t, []byte(tc.in), res, req); string(out) != tc.want {
				t.Errorf("got %q, want %q (%v)", out, tc.want, res.Refusals)
			}
		})
	}
}

// Hostile files end as refusals, soon.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, code string }{
		{"100,000 parentheses", "SELECT " + strings.Repeat("(", 100_000) + "c" + strings.Repeat(")", 100_000) + " FROM t", "too_deep"},
		{"100,000 open parentheses", "SELECT c FROM t WHERE " + strings.Repeat("(", 100_000), "too_deep"},
		{"100,000 subqueries", "SELECT c FROM t WHERE k IN " + strings.Repeat("(SELECT k FROM t WHERE k IN ", 100_000), "too_deep"},
		{"100,000 CASEs", "SELECT c, " + strings.Repeat("CASE WHEN k THEN ", 100_000) + " FROM t", "too_deep"},
		{"100,000 derived tables", "SELECT c FROM " + strings.Repeat("(", 100_000) + "t", "too_deep"},
		{"100,000 NOTs", "SELECT c FROM t WHERE " + strings.Repeat("NOT ", 100_000) + "k", "too_deep"},
		{"100,000 minuses", "SELECT c FROM t WHERE k = " + strings.Repeat("- ", 100_000) + "k", "too_deep"},
		{"100,000 subscripts", "SELECT c FROM t WHERE k" + strings.Repeat("[1]", 100_000), "opaque_statement"},
		{"100,000 unions", "SELECT c FROM t" + strings.Repeat(" UNION SELECT c FROM t", 100_000), "opaque_statement"},
		{"a string of a megabyte that never ends", "SELECT c FROM t WHERE d = '" + strings.Repeat("c ", 1<<19), "opaque_statement"},
		{"50 MB", "SELECT c FROM t" + strings.Repeat(" ", 50<<20), "file_too_large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			res := skeinsql.New().For(plainRequest("postgres"))(rewrite.File{Path: "in.sql", Content: []byte(tc.in)})
			if len(res.Refusals) == 0 || res.Refusals[0].Code != tc.code || len(res.Edits) > 0 {
				t.Errorf("%d edits, refusals begin with %+v, want %s", len(res.Edits), res.Refusals[:min(1, len(res.Refusals))], tc.code)
			}
		})
	}
}

// Long but flat files are read.
func TestLongChains(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in string }{
		{"conditions", "SELECT t.c AS x FROM t WHERE t.c = 1" + strings.Repeat(" OR k + 1 = 2 AND d", 20_000)},
		{"an IN list", "SELECT t.c AS x FROM t WHERE k IN (1" + strings.Repeat(", 2", 50_000) + ")"},
		{"statements", strings.Repeat("SELECT k FROM u;\n", 5_000) + "SELECT t.c AS x FROM t"},
		{"a megabyte of name", "SELECT t.c AS x, " + strings.Repeat("k", 1<<20) + " FROM t"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			res := skeinsql.New().For(plainRequest("postgres"))(rewrite.File{Path: "in.sql", Content: []byte(tc.in)})
			if !res.Verified {
				t.Errorf("not verified: %+v", res.Refusals)
			}
		})
	}
}

// A rewriter keeps what it made of the last request, and still sees that the next one says something else.
func TestRequestChangesInPlace(t *testing.T) {
	t.Parallel()
	w, req, f := skeinsql.New(), plainRequest("postgres"), rewrite.File{Path: "in.sql", Content: []byte("SELECT x.z AS a FROM u x JOIN t ON c = 1")}
	u := &req.Catalog.Tables[1]
	edited := func() string {
		out, err := rewrite.Apply(f.Content, w.For(req)(f).Edits)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	for _, step := range []struct {
		change func()
		want   string
	}{
		{func() {}, "SELECT x.z AS a FROM u x JOIN t ON c = 1"}, // u has c too
		{func() { u.Before[0].Name, u.After[0].Name = "q", "q" }, "SELECT x.z AS a FROM u x JOIN t ON t.n = 1"},
		{func() { u.Dataset, u.Names[0] = "v", "v" }, "SELECT x.z AS a FROM u x JOIN t ON c = 1"},
		{func() {
			u.Names[0] = "u"
			req.Mapping.Changes[0].To, req.Catalog.Tables[0].After[0].Name = "m", "m"
		}, "SELECT x.z AS a FROM u x JOIN t ON m = 1"},
	} {
		step.change()
		if got := edited(); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
	}
}

func TestHandles(t *testing.T) {
	t.Parallel()
	w := skeinsql.New(skeinsql.Extensions(".sql", ".hql"))
	for path, want := range map[string]bool{"a/b.sql": true, "a.SQL": true, "x.hql": true, "sql": false, "a.sql.txt": false} {
		if w.Handles(path) != want {
			t.Errorf("Handles(%q) is %v", path, !want)
		}
	}
}

// seeds are the inputs of every case.
func seeds(tb testing.TB) [][]byte {
	tb.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	var out [][]byte
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			tb.Fatal(err)
		}
		for _, f := range txtar.Parse(data).Files {
			if f.Name == "in.sql" {
				out = append(out, f.Data)
			}
		}
	}
	return out
}

// FuzzMutated makes other files of the cases' SQL, token by token: two bytes of the script take a token out, put
// one in that stands elsewhere, double one, or put another case behind.
func FuzzMutated(f *testing.F) {
	all := seeds(f)
	for i := range all {
		f.Add(uint8(i), uint16(i), []byte{1, byte(i), 2, byte(3 * i), 3, byte(7 * i)})
	}
	f.Fuzz(func(t *testing.T, d uint8, which uint16, script []byte) {
		src := mutate(all, int(which)%len(all), script)
		checkRewrite(t, d, src)
	})
}

func mutate(all [][]byte, which int, script []byte) []byte {
	rules := token.Rules{Backtick: true, EscapePrefix: true, Nested: true}
	cut := func(src []byte) (out []string) {
		for _, tok := range token.Scan(nil, src, &rules) {
			out = append(out, string(src[tok.Start:tok.End]))
		}
		return out
	}
	words := cut(all[which])
	for i := 0; i+1 < len(script) && i < 40 && len(words) > 0; i += 2 {
		at := int(script[i+1]) % len(words)
		from := (at*7 + i) % len(words)
		switch script[i] % 5 {
		case 0:
			words = slices.Delete(words, at, at+1)
		case 1:
			words = slices.Insert(words, at, words[from])
		case 2:
			words[at] = words[from]
		case 3:
			words = slices.Insert(words, at, words[at])
		case 4:
			words = append(append(words, " "), cut(all[(which+at)%len(all)])...)
		}
	}
	return []byte(strings.Join(words, ""))
}

func FuzzRewrite(f *testing.F) {
	for i, s := range seeds(f) {
		if len(s) < 2000 {
			f.Add(uint8(i), s)
		}
	}
	f.Fuzz(checkRewrite)
}

// checkRewrite holds one file to what every file is held to, under a dialect and a kind of change.
func checkRewrite(t *testing.T, d uint8, src []byte) {
	kinds := []rewrite.Change{
		{Kind: rewrite.RenameField, To: "n"}, {Kind: rewrite.Cast, Expr: "CAST({} AS INT)"},
		{Kind: rewrite.RenameEnum, OldValue: "a", NewValue: "it's"}, {Kind: rewrite.DropField}, {Kind: rewrite.Review},
		{Kind: rewrite.RenameDataset, To: "s"}, {Kind: rewrite.Reshape},
	}
	req := plainRequest(dialects[int(d)%len(dialects)])
	ch := kinds[int(d)/len(dialects)%len(kinds)]
	word := "c"
	switch ch.Dataset, ch.From = "t", "c"; ch.Kind {
	case rewrite.RenameField:
	case rewrite.Reshape:
		ch.From, word = "", "no such word"
		req.Catalog.Tables[0], req.Mapping.Changes[0] = table("t", "c b k d", "b c k d e"), ch
	case rewrite.RenameDataset:
		ch.From, word = "t", "t"
		req.Catalog.Tables[0], req.Mapping.Changes[0] = table("t", "c b k d", "c b k d"), ch
	default:
		req.Catalog.Tables[0].After = req.Catalog.Tables[0].Before
		req.Mapping.Changes[0] = ch
	}
	res := skeinsql.New().For(req)(rewrite.File{Path: "in.sql", Content: src})
	out, err := rewrite.Apply(src, res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range rewritetest.Occurrences(src, word, letters) {
		if !rewritetest.Covers(res, at, at+1) {
			t.Fatalf("byte %d of %q is not accounted for: %+v", at, src, res)
		}
	}
	if again := skeinsql.New().For(req)(rewrite.File{Path: "in.sql", Content: out}); res.Verified && len(again.Edits) > 0 {
		t.Fatalf("%q became %q, and a second run makes it %+v", src, out, again.Edits)
	}
	skeinsql.Lineage(rewrite.File{Content: src}, req.Catalog, req.Dialect)
	if bytes.Equal(src, out) != (len(res.Edits) == 0) {
		t.Fatalf("%d edits, but the file stayed: %q", len(res.Edits), src)
	}
}
