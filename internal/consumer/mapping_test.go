package consumer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/rewrite"
)

func parseSQL(t *testing.T, dialect, src string) schema.Schema {
	t.Helper()
	s, err := sql.Parse([]sql.File{{Path: "s.sql", Content: []byte(src)}}, dialect)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMapping(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dialect, old, next string
		declared           schema.Declarations
		want               []rewrite.Change // without Index and Reason
	}{
		"renamed": {"", "CREATE TABLE t (a int)", "CREATE TABLE t (b int -- @renamed from=a\n)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.RenameField, Dataset: "t", From: "a", To: "b"}}},
		"renamed to a quoted name": {"snowflake", "CREATE TABLE t (a int)", "CREATE TABLE t (\"newName\" int -- @renamed from=a\n)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.RenameField, Dataset: "t", From: "a", To: `"newName"`}}},
		"coexisting": {"", "CREATE TABLE t (a int)", "CREATE TABLE t (a int, -- @deprecated use=b\n b int)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.RenameField, Dataset: "t", From: "a", To: "b", Coexists: true}, {Kind: rewrite.Reshape, Dataset: "t", From: "b"}}},
		"deprecated alone": {"", "CREATE TABLE t (a int)", "CREATE TABLE t (a int -- @deprecated\n)", schema.Declarations{}, nil},
		"member of a list": {"bigquery", "CREATE TABLE t (l ARRAY<STRUCT<a INT64>>)", "CREATE TABLE t (l ARRAY<STRUCT<b INT64 -- @renamed from=a\n>>)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.RenameField, Dataset: "t", From: "l.a", To: "l.b"}}},
		"member below a map": {"databricks", "CREATE TABLE t (m MAP<STRING, STRUCT<a: INT>>)", "CREATE TABLE t (m MAP<STRING, STRUCT<b: INT -- @renamed from=a\n>>)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.Review, Dataset: "t", From: "m"}}},
		"removed": {"", "CREATE TABLE t (a int, b int)", "CREATE TABLE t (a int)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.Review, Dataset: "t", From: "b"}}},
		"removed, may be lost": {"", "CREATE TABLE t (a int, b int)", "CREATE TABLE t (a int)", schema.Declarations{Drops: []schema.Drop{{Dataset: "t", Field: "b"}}},
			[]rewrite.Change{{Kind: rewrite.DropField, Dataset: "t", From: "b"}}},
		"removed after coexistence": {"", "CREATE TABLE t (a int, -- @deprecated use=b\n b int)", "CREATE TABLE t (b int)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.RenameField, Dataset: "t", From: "a", To: "b"}}},
		"a guess is no rename": {"", "CREATE TABLE t (cust_id int, b int)", "CREATE TABLE t (customer_id int, b int)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.Reshape, Dataset: "t", From: "customer_id"}, {Kind: rewrite.Review, Dataset: "t", From: "cust_id"}}},
		"type changed": {"", "CREATE TABLE t (a text)", "CREATE TABLE t (a int)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.Review, Dataset: "t", From: "a"}}},
		"type changed, cast declared": {"", "CREATE TABLE t (a text)", "CREATE TABLE t (a int)", schema.Declarations{Casts: []schema.Cast{{Dataset: "t", Field: "a", Read: "CAST({} AS TEXT)"}}},
			[]rewrite.Change{{Kind: rewrite.Cast, Dataset: "t", From: "a", Expr: "CAST({} AS TEXT)"}}},
		"one became many": {"postgres", "CREATE TABLE t (a text)", "CREATE TABLE t (a text[])", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.Review, Dataset: "t", From: "a"}}},
		"what readers by name survive": {"", "CREATE TABLE t (a int NOT NULL, b varchar(3))", "CREATE TABLE t (a bigint, b varchar(9) DEFAULT 'x')", schema.Declarations{}, nil},
		"enum value": {"mysql", "CREATE TABLE t (s ENUM('shiped'))", "CREATE TABLE t (s ENUM('shipped' -- @renamed from=shiped\n))", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.RenameEnum, Dataset: "t", From: "s", OldValue: "shiped", NewValue: "shipped"}}},
		"reordered": {"", "CREATE TABLE t (a int, b int)", "CREATE TABLE t (b int, a int)", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.Reshape, Dataset: "t", From: "b"}}},
		"dataset renamed": {"", "CREATE TABLE t (a int)", "CREATE TABLE u (a int) -- @renamed from=t\n;", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.RenameDataset, Dataset: "t", From: "t", To: "u"}}},
		"dataset removed": {"", "CREATE TABLE t (a int)", "", schema.Declarations{},
			[]rewrite.Change{{Kind: rewrite.Review, Dataset: "t"}}},
		"dataset replaced, both there": {"", "CREATE TABLE t (a int)", "CREATE TABLE t (a int); CREATE TABLE u (b int)",
			schema.Declarations{Replaces: []schema.Replacement{{Dataset: "u", Old: "t", Fields: map[string]string{"a": "b"}}}},
			[]rewrite.Change{{Kind: rewrite.ReplaceDataset, Dataset: "t", From: "t", To: "u", Fields: map[string]string{"a": "b"}, Coexists: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changes := schema.Diff(parseSQL(t, c.dialect, c.old), parseSQL(t, c.dialect, c.next), c.declared)
			var got []rewrite.Change
			for _, m := range Mapping(changes).Changes {
				if m.Kind == rewrite.Review && m.Reason != changes[m.Index].Message {
					t.Errorf("reason %q is not the message of change %d", m.Reason, m.Index)
				}
				m.Index, m.Reason = 0, ""
				got = append(got, m)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("mapping (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	before := parseSQL(t, "postgres", `CREATE TABLE s.t (Id int, "Mixed" text, tags text[])`).Datasets[0]
	after := parseSQL(t, "bigquery", "CREATE TABLE s.t (l ARRAY<STRUCT<a INT64, b STRUCT<c STRING>>>)").Datasets[0]
	got := Table("s.t", []string{"s.t", "ref('t')"}, "postgres", &before, &after)
	want := rewrite.Table{Dataset: "s.t", Names: []string{"s.t", "ref('t')"}, File: "s.sql", Dialect: "postgres",
		Before: []rewrite.Column{{Name: "Id", Type: "int"}, {Name: `"Mixed"`, Type: "text"}, {Name: "tags", Type: "text[]", Array: true}},
		After: []rewrite.Column{{Name: "l", Type: "array<struct<a int64, b struct<c string>>>", Array: true, Fields: []rewrite.Column{
			{Name: "a", Type: "int64"}, {Name: "b", Type: "struct<c string>", Fields: []rewrite.Column{{Name: "c", Type: "string"}}}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if gone := Table("t", nil, "", &before, nil); gone.After != nil {
		t.Errorf("a table that is gone has columns: %v", gone.After)
	}
}
