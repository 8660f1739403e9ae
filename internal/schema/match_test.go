package schema_test

import (
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	named := func(names ...string) (s schema.Schema) {
		for _, n := range names {
			s.Datasets = append(s.Datasets, schema.Dataset{Name: n, Temporary: strings.HasPrefix(n, "tmp")})
		}
		return s
	}
	renamed := func(old, name string, others ...string) schema.Schema {
		s := named(append(others, name)...)
		s.Datasets[len(others)].Renamed = old
		return s
	}
	for name, c := range map[string]struct {
		s           schema.Schema
		name, table string
		want, fails string
	}{
		"the only one":           {named("anything"), "sales.orders", "", "anything", ""},
		"the only lasting one":   {named("tmp1", "o"), "sales.orders", "", "o", ""},
		"by its last part":       {named("Orders", "items"), "sales.orders", "", "Orders", ""},
		"by its whole name":      {named("a.orders", "sales.orders"), "sales.orders", "", "sales.orders", ""},
		"by its table":           {named("orders", "orders_v2"), "sales.x", "orders_v2", "orders_v2", ""},
		"by its qualified table": {named("a.orders", "b.orders"), "sales.x", "b.orders", "b.orders", ""},
		"none declared":          {named(), "sales.orders", "", "", "declares no dataset"},
		"none of the name":       {named("a", "b"), "sales.orders", "", "", "write table: with one of a, b"},
		"several of the name":    {named("a.orders", "b.orders"), "sales.orders", "", "", "may be any of a.orders, b.orders"},
		"it has another name":    {renamed("orders", "purchases"), "sales.orders", "", "", "orders is called purchases now; write name: sales.purchases, and its readers follow, or table: purchases"},
		"one of many has":        {renamed("public.orders", "purchases", "a"), "orders", "", "", "write name: purchases"},
		"it had it long ago":     {schema.Schema{Datasets: []schema.Dataset{{Name: "c", Renamed: "b", Former: []string{"orders"}}}}, "orders", "", "", "orders is called c now"},
		"the name was given on":  {renamed("orders", "orders_v1", "orders"), "sales.orders", "", "orders", ""},
		"the table is told":      {renamed("orders", "purchases"), "sales.orders", "purchases", "purchases", ""},
		"the config followed":    {renamed("orders", "purchases"), "sales.purchases", "", "purchases", ""},
		"no such table":          {named("a"), "sales.orders", "b", "", `no dataset of the file is named "b"; write table: with one of a`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := schema.Match(c.s, c.name, c.table)
			switch {
			case c.fails != "":
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("error %v, want %q", err, c.fails)
				}
			case err != nil || d.Name != c.want:
				t.Errorf("got %v, %v; want %s", d, err, c.want)
			}
		})
	}
}

// TestRules holds the table complete: every kind has a row, a plain one with its own name, and its words.
func TestRules(t *testing.T) {
	t.Parallel()
	kinds := []schema.Kind{schema.DatasetAdded, schema.DatasetRemoved, schema.DatasetRenamed, schema.DatasetReplaced, schema.DatasetDeprecated,
		schema.FieldAdded, schema.FieldRemoved, schema.FieldRenamed, schema.FieldMoved, schema.FieldReordered, schema.FieldIDChanged,
		schema.FieldDeprecated, schema.TypeWidened, schema.TypeNarrowed, schema.TypeChanged, schema.PrecisionChanged, schema.NullableRelaxed,
		schema.NullableTightened, schema.CardinalityChanged, schema.DefaultChanged, schema.EnumValueAdded, schema.EnumValueRemoved,
		schema.EnumValueRenamed, schema.UnionChanged, schema.KeyChanged, schema.PartitionChanged, schema.ConstraintRelaxed,
		schema.ConstraintTightened, schema.DocChanged}
	for _, k := range kinds {
		if r, ok := schema.RuleFor(string(k)); !ok || r.Kind != k {
			t.Errorf("%s has no plain rule", k)
		}
	}
	seen := map[string]bool{}
	for _, r := range schema.Rules() {
		if seen[r.ID] || !strings.HasPrefix(r.ID, string(r.Kind)) || !strings.HasSuffix(r.Means, ".") || r.Remedy == "" {
			t.Errorf("rule %q: double, misnamed or without words", r.ID)
		}
		seen[r.ID] = true
	}
}

func TestDeclarationsSince(t *testing.T) {
	t.Parallel()
	old := schema.Declarations{Renames: []schema.Rename{{Dataset: "o", From: "a", To: "b"}},
		Replaces: []schema.Replacement{{Dataset: "v2", Old: "v1", Deadline: "2027-01-01"}}}
	now := schema.Declarations{Renames: append(old.Renames, schema.Rename{Dataset: "o", From: "c", To: "d"}),
		Replaces: []schema.Replacement{{Dataset: "v2", Old: "v1", Deadline: "2027-02-01"}}, Drops: []schema.Drop{{Dataset: "o", Field: "x"}}}
	got := now.Since(old)
	if len(got.Renames) != 1 || got.Renames[0].From != "c" || len(got.Replaces) != 0 || len(got.Drops) != 1 {
		t.Errorf("since: %+v", got)
	}
}
