package dbt

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
)

func TestHostile(t *testing.T) {
	t.Parallel()
	columns := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "      - {name: c%d}\n", i)
		}
		return b.String()
	}
	var versions strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&versions, "      - {v: %d}\n", i)
	}
	for _, c := range []struct{ name, src, want string }{
		{"many versions of many columns", "models:\n  - name: m\n    columns:\n" + columns(1000) + "    versions:\n" + versions.String(), "more than 200000 columns"},
		{"a deep type", "models: [{name: m, columns: [{name: a, data_type: '" + strings.Repeat("array<", 10_000) + "'}]}]", "is no type of a column"},
		{"an open comment in a type", "models: [{name: m, columns: [{name: a, data_type: 'int /*'}]}]", "is no type of a column"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]schema.File{{Path: "f.yml", Content: []byte(c.src)}}, "bigquery")
			var at *schema.ParseError
			if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 400 {
				t.Errorf("error %.300v, want %q", err, c.want)
			}
		})
	}
}

func TestUnknownDialect(t *testing.T) {
	t.Parallel()
	if _, err := Parse(nil, "klingon"); err == nil || !strings.Contains(err.Error(), "write one of bigquery") {
		t.Errorf("error %v", err)
	}
}
