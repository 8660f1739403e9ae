package schema_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/schema"
)

const rulesHead = `# What each change means

Written by ` + "`go test ./internal/schema -run TestRulesDoc -update`" + ` from the table in internal/schema/rules.go; the test fails when this page is stale.

A change says what happened; a rule says what that means. Its id is the kind of the change, and behind it the circumstance that matters.
**Forward** is what old readers make of new data, **backward** what new readers make of old data: ` + "`ok`, `breaks`, or `silent`" + `, which reads
without an error and means something else. The next four columns are about readers left as they are: **by name** (a query that names the field), **by
position** (INSERT … SELECT *, UNION), **star** (SELECT *, whole rows), **generated code**. **Skein** is what it does for readers by name:
` + "`nothing`, `notify`, `rewrite`" + `, or ` + "`decide`" + `, which is up to a person.
`

// rulesDoc writes the table down, a section for each kind of change.
func rulesDoc() string {
	var b strings.Builder
	b.WriteString(rulesHead)
	kind := schema.Kind("")
	for _, r := range schema.Rules() {
		if r.Kind != kind {
			kind = r.Kind
			fmt.Fprintf(&b, "\n## %s\n| rule | means | forward | backward | by name | by position | star | generated code | Skein |\n|---|---|---|---|---|---|---|---|---|\n", kind)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |", r.ID, r.Means, r.Forward, r.Backward)
		for _, reader := range schema.Readers() {
			fmt.Fprintf(&b, " %s |", r.For(reader))
		}
		fmt.Fprintf(&b, " %s |\n", r.Remedy)
	}
	return b.String()
}

// TestRulesDoc holds the page against the table.
func TestRulesDoc(t *testing.T) {
	const path = "../../docs/rules.md"
	want := rulesDoc()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/rules.md is stale; run the test with -update (-want +got):\n%s", diff)
	}
}

// TestRulesTogether holds that the rows of a kind stand together, and that every kind has one.
func TestRulesTogether(t *testing.T) {
	t.Parallel()
	closed := map[schema.Kind]bool{}
	last := schema.Kind("")
	for _, r := range schema.Rules() {
		if r.Kind != last && closed[r.Kind] {
			t.Errorf("%s stands apart from the other rows of %s", r.ID, r.Kind)
		}
		closed[r.Kind], last = true, r.Kind
		for _, reader := range schema.Readers() {
			if v := r.For(reader); v != schema.OK && v != schema.Breaks && v != schema.Silent {
				t.Errorf("%s means %q to readers %s", r.ID, v, reader)
			}
		}
	}
}
