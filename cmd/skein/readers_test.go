package main

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/engine"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/store"
)

// readersDatabase is the file of a server that knows a dataset, who declares it, and what one of them reads.
func readersDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "skein.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	data, reports, late := repo.Repo{ID: 1, Name: named("sales-data")}, repo.Repo{ID: 2, Name: named("reports")}, repo.Repo{ID: 3, Name: named("late")}
	sight := func(field, file string, line int, declared bool) consumer.Sight {
		return consumer.Sight{Dataset: "sales.orders", Field: field, File: file, Line: line, Places: 1, How: consumer.Reads, Declared: declared}
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		ctx := t.Context()
		return errors.Join(
			tx.SaveMember(ctx, consumer.Member{Repo: data, Config: consumer.Config{Good: datasetConfig}}),
			tx.SaveMember(ctx, consumer.Member{Repo: reports, Head: "abcdef0123"}), tx.SaveMember(ctx, consumer.Member{Repo: late}),
			tx.SaveSnapshots(ctx, 1, []consumer.Snapshot{{Dataset: "sales.orders", Repo: 1, Schema: schema.Dataset{Fields: []schema.Field{{Name: "cust_id"}, {Name: "amount"}}}}}),
			tx.SaveDeclarations(ctx, 2, []consumer.Declaration{{Repo: reports.Name, Dataset: "sales.orders"}}),
			tx.SaveDeclarations(ctx, 3, []consumer.Declaration{{Repo: late.Name, Dataset: "sales.orders"}}),
			tx.SaveEvidence(ctx, consumer.Evidence{Repo: 2, At: "1234567890", Sights: []consumer.Sight{sight("cust_id", "a\x1b[31m.sql", 12, true), sight("cust_id", "b.sql", 3, false)}}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReaders(t *testing.T) {
	t.Parallel()
	db := readersDatabase(t)
	for _, c := range []struct{ name, want string }{
		{"sales.orders.cust_id", "acme/late     not looked at  \nacme/reports  reads          a [31m.sql:12 reads sales.orders.cust_id; b.sql:3 reads sales.orders.cust_id, undeclared; as of 1234567, and its code has changed since\n"},
		{"sales.orders.amount", "acme/late     not looked at  \nacme/reports  does not read  as of 1234567, and its code has changed since\n"},
	} {
		out, complaint, code := skein(t, "readers", c.name, "--database", db)
		if code != exitDone || out != c.want {
			t.Errorf("%s: exit %d: %s\n%s\nwant\n%s", c.name, code, complaint, out, c.want)
		}
	}
	out, complaint, code := skein(t, "readers", "sales.orders", "--database", db, "--output", "json")
	var got engine.Readership
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != exitDone || got.Dataset != "sales.orders" || len(got.Fields) != 2 || len(got.Readers) != 2 {
		t.Errorf("exit %d: %v %s\n%s", code, err, complaint, out)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitMisused, "one dataset"}, {[]string{"a.b"}, exitMisused, "--database is missing"}, {[]string{"a.b", "--database", db, "--output", "xml"}, exitMisused, "text or json"},
		{[]string{"a.b", "--database", db}, exitFailed, "no repository that Skein knows declares it"}, {[]string{"a.b", "--database", db + ".none"}, exitFailed, "there is no database"},
	} {
		if _, complaint, code := skein(t, append([]string{"readers"}, c.args...)...); code != c.code || !strings.Contains(complaint, c.says) {
			t.Errorf("%v: exit %d: %s", c.args, code, complaint)
		}
	}
}
