package sql_test

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// TestOracleEveryColumn renames every column to a fresh name, to names that other tables have, and swaps it with
// each neighbour, under every query. A refusal is allowed, a wrong result never.
func TestOracleEveryColumn(t *testing.T) {
	t.Parallel()
	before, after := openShop(t), openShop(t)
	queries := append(slices.Clone(decidable), loud...)
	edited, refused := 0, 0
	for table, cols := range shop {
		for _, from := range cols {
			for _, to := range []string{"fresh", "cust_id", "customer_id", "id", "amount", "name", "sku", "order", "x"} {
				swap := slices.Contains(cols, to)
				if from == to {
					continue
				}
				changes := renames(table, from, to, swap)
				restore := renameIn(t, after, table, from, to, swap)
				req := shopAfter(changes)
				for _, q := range queries {
					e, r := judge(t, before, after, q, req)
					edited, refused = edited+e, refused+r
				}
				restore()
			}
		}
	}
	t.Logf("%d rewritten and right, %d refused", edited, refused)
	if edited < 1500 {
		t.Errorf("only %d queries were rewritten", edited)
	}
}

func renames(table, from, to string, swap bool) []rewrite.Change {
	out := []rewrite.Change{{Kind: rewrite.RenameField, Dataset: table, From: from, To: to}}
	if swap {
		out = append(out, rewrite.Change{Kind: rewrite.RenameField, Dataset: table, From: to, To: from, Index: 1})
	}
	return out
}

// renameIn does it in the database, and returns what takes it back.
func renameIn(t *testing.T, db *sql.DB, table, from, to string, swap bool) func() {
	t.Helper()
	rename := func(a, b string) {
		if _, err := db.Exec("ALTER TABLE " + table + " RENAME COLUMN \"" + a + "\" TO \"" + b + "\""); err != nil {
			t.Fatal(err)
		}
	}
	if !swap {
		rename(from, to)
		return func() { rename(to, from) }
	}
	exchange := func() {
		rename(from, "between")
		rename(to, from)
		rename("between", to)
	}
	exchange()
	return exchange
}

func shopAfter(changes []rewrite.Change) rewrite.Request {
	req := rewrite.Request{Dialect: "sqlite", Mapping: rewrite.Mapping{Changes: changes}}
	for _, name := range []string{"orders", "customers", "items"} {
		entry := rewrite.Table{Dataset: name, Names: []string{name}, Dialect: "sqlite"}
		for _, c := range shop[name] {
			entry.Before = append(entry.Before, rewrite.Column{Name: c})
			for _, ch := range changes {
				if ch.Dataset == name && ch.From == c {
					c = ch.To
					break
				}
			}
			entry.After = append(entry.After, rewrite.Column{Name: c})
		}
		req.Catalog.Tables = append(req.Catalog.Tables, entry)
	}
	return req
}

// judge rewrites one query and compares. What is refused is only counted: its edits are not all there is to do.
func judge(t *testing.T, before, after *sql.DB, query string, req rewrite.Request) (edited, refused int) {
	t.Helper()
	res := skeinsql.New().For(req)(rewrite.File{Path: "q.sql", Content: []byte(query)})
	if len(res.Refusals) > 0 {
		return 0, 1
	}
	out, err := rewrite.Apply([]byte(query), res.Edits)
	if err != nil {
		t.Fatal(err)
	}
	ch := req.Mapping.Changes[0]
	names, rows, err := run(before, query)
	if err != nil {
		t.Fatalf("the query itself is wrong: %s\n\t%v", query, err)
	}
	gotNames, gotRows, err := run(after, string(out))
	if err != nil {
		t.Errorf("%s.%s -> %s\n\t%s\n\t%s\n\t%v", ch.Dataset, ch.From, ch.To, query, out, err)
		return 0, 0
	}
	if diff := cmp.Diff(append(names, rows...), append(gotNames, gotRows...)); diff != "" {
		t.Errorf("%s.%s -> %s\n\t%s\n\t%s\n\t%s", ch.Dataset, ch.From, ch.To, query, out, diff)
		return 0, 0
	}
	if len(res.Edits) > 0 {
		return 1, 0
	}
	return 0, 0
}
