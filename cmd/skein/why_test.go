package main

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/green"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/store"
	"github.com/skein-bot/skein/rewrite"
)

const windowed = datasetConfig + `  windows: [{cron: "0 14 * * MON-THU", for: 3h, timezone: Europe/Stockholm}]
`

// whyDatabase is the file of a server that works on one migration. It goes on running while the test asks.
func whyDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "skein.db")
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	data, reports := repo.Repo{ID: 1, Name: named("sales-data"), Visibility: repo.Private}, repo.Repo{ID: 2, Name: named("reports"), Visibility: repo.Private}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		ctx := t.Context()
		id, err := tx.AddMigration(ctx, rollout.Migration{
			Repo: data, To: "1b2c3d4e5f", Author: "mira", Created: now, Issue: 3,
			Changes: []schema.Change{{Dataset: "sales.orders", Kind: schema.FieldDeprecated, Rule: "field_deprecated_replaced", Path: "cust_id", To: "customer_id"}},
		})
		entry := func(cs rollout.ChangesetID, actor, rule, text string) error {
			return tx.Log(ctx, rollout.Entry{At: now, Migration: id, Changeset: cs, Actor: actor, Event: rollout.Event{Rule: rule, Text: text}})
		}
		return errors.Join(err,
			tx.SaveMember(ctx, consumer.Member{Repo: data, Config: consumer.Config{Text: windowed, Good: windowed}}),
			tx.SaveMember(ctx, consumer.Member{Repo: reports, Config: consumer.Config{Text: consumerConfig, Good: consumerConfig}}),
			tx.AddChangeset(ctx, rollout.Changeset{
				ID: "m1-reports", Migration: id, Repo: reports, Wave: "rest", Phase: rollout.Open, Since: now, Pull: 12, RevertPull: 14, Wake: now.Add(4 * time.Hour),
				Waits: []rollout.Wait{
					rollout.Until("window_closed", "outside the merge windows; the next opens Mon 2 Mar 14:00 CET", now.Add(4*time.Hour)),
					{Rule: "hold", Text: "held by bo\x1b[31m: not now", On: "person"},
				},
				Evidence: []rollout.Evidence{{At: now, What: "head", SHA: "abcdef0123", Check: "ci/test", Result: green.Success}},
				Results:  []rewrite.Result{{Path: "q.sql", Refusals: []rewrite.Refusal{{Line: 4, Column: 2, Code: "dynamic_sql", Message: "built at run time", Suggestion: "write it out"}}}},
			}),
			tx.AddChangeset(ctx, rollout.Changeset{ID: "m1-forecasts", Migration: id, Repo: repo.Repo{ID: 5, Name: named("forecasts")}, Wave: "rest", Phase: rollout.Untouched, Since: now}),
			entry("", "skein", "schema_changed", "mira changed it"), entry("m1-reports", "bo", "held", "bo held it\nfor now"), entry("m1-forecasts", "skein", "proposed", "of no concern"),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Every name for a changeset leads to the same explanation, while the server has the file open.
func TestWhy(t *testing.T) {
	t.Parallel()
	db := whyDatabase(t)
	for _, name := range []string{"m1-reports", "acme/reports#12", "Acme/Reports#14"} {
		out, complaint, code := skein(t, "why", name, "--database", db)
		if code != exitDone {
			t.Fatalf("%s: exit %d: %s", name, code, complaint)
		}
		for _, want := range []string{
			"m1  sales.orders: cust_id → customer_id in acme/sales-data, by mira\n", "https://github.com/acme/sales-data/issues/3\n",
			"m1-reports  acme/reports, wave rest, open since Mon 2 Mar 2026 09:00 UTC\n", "https://github.com/acme/reports/pull/12\n",
			"waits for time: outside the merge windows; the next opens Mon 2 Mar 2026 14:00 CET (13:00 UTC)\n    window_closed: No window is open (law 7).\n",
			"waits for a person: held by bo [31m: not now\n    hold: A person said /skein hold.\n", "next look: Mon 2 Mar 2026 13:00 UTC",
			"head  abcdef0  ci/test  success  2026-03-02 09:00:00\n", "q.sql:4:2  dynamic_sql: built at run time\n    write it out\n",
			"2026-03-02 09:00:00  bo     m1-reports  held            bo held it for now\n", "schema_changed",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: it does not say %q:\n%s", name, want, out)
			}
		}
		if strings.Contains(out, "of no concern") {
			t.Errorf("%s: another changeset's journal is told:\n%s", name, out)
		}
	}
	for _, name := range []string{"m1", "acme/sales-data#3"} {
		out, complaint, code := skein(t, "why", name, "--database", db)
		if code != exitDone || !strings.Contains(out, "m1-reports") || !strings.Contains(out, "m1-forecasts") || !strings.Contains(out, "1 place refused") || !strings.Contains(out, "of no concern") {
			t.Errorf("%s: exit %d: %s%s", name, code, complaint, out)
		}
	}
}

// The JSON is one document with the same content.
func TestWhyJSON(t *testing.T) {
	t.Parallel()
	out, complaint, code := skein(t, "why", "acme/reports#12", "--database", whyDatabase(t), "--output", "json")
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, complaint)
	}
	var got explanation
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	c := got.Changeset
	if c == nil || c.ID != "m1-reports" || len(c.Waits) != 2 || c.Waits[0].Rule != "window_closed" || c.Waits[0].Meaning == "" || len(c.Evidence) != 1 || len(c.Refusals) != 1 || len(got.Journal) != 2 {
		t.Errorf("got\n%s", out)
	}
}

// What cannot be answered says why not, and creates nothing.
func TestWhyNot(t *testing.T) {
	t.Parallel()
	db := whyDatabase(t)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--database", db}, exitMisused, "needs one changeset"},
		{[]string{"m1"}, exitMisused, "--database is missing"},
		{[]string{"m1", "--database", db, "--output", "xml"}, exitMisused, "text or json"},
		{[]string{"reports#12", "--database", db}, exitMisused, "want OWNER/NAME"},
		{[]string{"acme/reports#x", "--database", db}, exitMisused, "not a number"},
		{[]string{"acme/reports#99", "--database", db}, exitFailed, "knows no pull request"},
		{[]string{"m9", "--database", db}, exitFailed, `knows no "m9"`},
		{[]string{"m1-none", "--database", db}, exitFailed, `knows no "m1-none"`},
		{[]string{"m1", "--database", db + ".none"}, exitFailed, "there is no database"},
		{[]string{"m1", "--database", "why_test.go"}, exitFailed, "not a database"},
	} {
		out, complaint, code := skein(t, append([]string{"why"}, c.args...)...)
		if code != c.code || out != "" || !strings.Contains(complaint, c.says) {
			t.Errorf("%q: exit %d: %s%s", c.args, code, complaint, out)
		}
	}
}
