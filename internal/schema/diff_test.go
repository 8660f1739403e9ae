package schema_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/sql"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

// TestDiff runs the cases of testdata: files below old/ and new/, what the config declares, and the changes.
func TestDiff(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runCase(t, path)
		})
	}
}

type diffCase struct {
	old, next []sql.File
	dialect   string
	declared  schema.Declarations
	want      string
}

func runCase(t *testing.T, path string) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := readCase(t, a)
	before, after := parse(t, c.old, c.dialect), parse(t, c.next, c.dialect)
	changes := schema.Diff(before, after, c.declared)
	checkAlways(t, before, after, changes, c)
	got := show(changes)
	if *update {
		a.Files = append(slices.Clip(a.Files), txtar.File{Name: "want", Data: []byte(got)})
		for i, f := range a.Files[:len(a.Files)-1] {
			if f.Name == "want" {
				a.Files = append(a.Files[:i], a.Files[i+1:]...)
				break
			}
		}
		if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(c.want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func readCase(t *testing.T, a *txtar.Archive) (c diffCase) {
	for _, f := range a.Files {
		side, name, _ := strings.Cut(f.Name, "/")
		switch side {
		case "old":
			c.old = append(c.old, sql.File{Path: name, Content: f.Data})
		case "new":
			c.next = append(c.next, sql.File{Path: name, Content: f.Data})
		case "dialect":
			c.dialect = strings.TrimSpace(string(f.Data))
		case "declared":
			for line := range strings.Lines(string(f.Data)) {
				declare(t, &c.declared, strings.Fields(line))
			}
		case "want":
			c.want = string(f.Data)
		default:
			t.Fatalf("unknown section %q", f.Name)
		}
	}
	return c
}

func declare(t *testing.T, d *schema.Declarations, w []string) {
	switch {
	case len(w) == 4 && w[0] == "rename":
		d.Renames = append(d.Renames, schema.Rename{Dataset: w[1], From: w[2], To: w[3]})
	case len(w) == 5 && w[0] == "value":
		d.Values = append(d.Values, schema.ValueRename{Dataset: w[1], Field: w[2], From: w[3], To: w[4]})
	case len(w) > 3 && w[0] == "cast":
		d.Casts = append(d.Casts, schema.Cast{Dataset: w[1], Field: w[2], Read: strings.Join(w[3:], " ")})
	case len(w) == 3 && w[0] == "drop":
		d.Drops = append(d.Drops, schema.Drop{Dataset: w[1], Field: w[2]})
	case len(w) > 2 && w[0] == "replace":
		r := schema.Replacement{Old: w[1], Dataset: w[2], Fields: map[string]string{}}
		for _, pair := range w[3:] {
			from, to, ok := strings.Cut(pair, "=")
			if !ok {
				r.Deadline = pair
				continue
			}
			r.Fields[from] = to
		}
		d.Replaces = append(d.Replaces, r)
	default:
		t.Fatalf("cannot declare %q", w)
	}
}

func parse(t *testing.T, files []sql.File, dialect string) schema.Schema {
	t.Helper()
	s, err := sql.Parse(files, dialect)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkAlways holds for every case, whatever its want.
func checkAlways(t *testing.T, before, after schema.Schema, changes []schema.Change, c diffCase) {
	for _, s := range []schema.Schema{before, after} {
		if same := schema.Diff(s, s, schema.Declarations{}); len(same) != 0 {
			t.Errorf("a schema differs from itself:\n%s", show(same))
		}
	}
	for _, ch := range changes {
		rule, ok := schema.RuleFor(ch.Rule)
		if !ok || rule.Kind != ch.Kind || rule.Forward != ch.Forward || rule.Backward != ch.Backward {
			t.Errorf("%s: verdicts are not those of rule %q", ch.Kind, ch.Rule)
		}
		if ch.Dataset == "" || len(ch.Message) < 20 || strings.Contains(ch.Message, "%!") {
			t.Errorf("%s: dataset %q, message %q", ch.Kind, ch.Dataset, ch.Message)
		}
		files := c.next
		if ch.Side == "old" {
			files = c.old
		}
		if !stands(files, ch) && ch.Kind != schema.DatasetReplaced {
			t.Errorf("%s %s stands at no place of side %s: %s", ch.Kind, ch.Path, ch.Side, ch.Position)
		}
		if (ch.Suggests != "") != (ch.Evidence == schema.SuggestedOnly) {
			t.Errorf("%s %s suggests %q with evidence %s", ch.Kind, ch.Path, ch.Suggests, ch.Evidence)
		}
	}
}

func stands(files []sql.File, ch schema.Change) bool {
	for _, f := range files {
		lines := strings.Split(string(f.Content), "\n")
		if f.Path == ch.File && ch.Line >= 1 && ch.Line <= len(lines) && ch.Column >= 1 && ch.Column <= len(lines[ch.Line-1]) {
			return true
		}
	}
	return false
}

// show writes changes down, one a line: place, kind, what, evidence, verdicts.
func show(changes []schema.Change) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%s %s %s %s", c.Side, c.Position, c.Kind, c.Dataset)
		if c.Path != "" {
			fmt.Fprintf(&b, "|%s", c.Path)
		}
		if c.To != "" {
			fmt.Fprintf(&b, " -> %s", c.To)
		}
		if c.Before != "" || c.After != "" {
			fmt.Fprintf(&b, " {%s} {%s}", c.Before, c.After)
		}
		for _, extra := range []struct{ k, v string }{{"suggests", c.Suggests}, {"cast", c.Cast}, {"deadline", c.Deadline}} {
			if extra.v != "" {
				fmt.Fprintf(&b, " %s=%s", extra.k, extra.v)
			}
		}
		if c.Drop {
			b.WriteString(" drop")
		}
		fmt.Fprintf(&b, " %s F=%s B=%s\n", c.Evidence, c.Forward, c.Backward)
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}
