package sql

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/schema"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

// TestParse runs the cases of testdata: files below in/, the dialect, and what the schema or the error is.
func TestParse(t *testing.T) {
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

func runCase(t *testing.T, path string) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var files []File
	dialect, want, wantAt := "", "", -1
	for i, f := range a.Files {
		name, in := strings.CutPrefix(f.Name, "in/")
		switch {
		case in:
			files = append(files, File{Path: name, Content: f.Data})
		case f.Name == "dialect":
			dialect = strings.TrimSpace(string(f.Data))
		case f.Name == "want":
			want, wantAt = string(f.Data), i
		default:
			t.Fatalf("unknown section %q", f.Name)
		}
	}
	got := show(Parse(files, dialect))
	if *update {
		if wantAt < 0 {
			a.Files = append(a.Files, txtar.File{Name: "want"})
			wantAt = len(a.Files) - 1
		}
		a.Files[wantAt].Data = []byte(got)
		if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
}

// show writes a schema down, one line a table and a field.
func show(s schema.Schema, err error) string {
	if err != nil {
		if _, ok := errors.AsType[*schema.ParseError](err); !ok {
			return "error without a place: " + err.Error() + "\n"
		}
		return "error " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, d := range s.Datasets {
		fmt.Fprintf(&b, "%s table %s%s\n", d.Pos, d.Name, tableMarks(d))
		showFields(&b, d.Fields, "  ")
	}
	if b.Len() == 0 {
		return "nothing\n"
	}
	return b.String()
}

func tableMarks(d schema.Dataset) string {
	var m marks
	m.list("key", d.PrimaryKey)
	for _, u := range d.Unique {
		m.list("unique", u)
	}
	for _, c := range d.Constraints {
		m.add("constraint", strings.TrimSpace(c.Name+" "+c.Expr))
	}
	m.list("partition", d.Partition)
	m.list("cluster", d.Cluster)
	m.flag("open", d.Open)
	m.flag("temporary", d.Temporary)
	m.flag("quoted", d.Quoted)
	m.history(d.Renamed, d.Former, d.Deprecated, d.Doc)
	return m.String()
}

func showFields(b *strings.Builder, fields []schema.Field, indent string) {
	for _, f := range fields {
		var m marks
		m.flag("not-null", !f.Nullable)
		m.flag("quoted", f.Quoted)
		if f.Default != nil {
			m.add("default", *f.Default)
		}
		for _, v := range f.Enum {
			m.add("value", strings.TrimSuffix(v+"<"+f.EnumRenamed[v], "<"))
		}
		m.history(f.Renamed, f.Former, f.Deprecated, f.Doc)
		fmt.Fprintf(b, "%s%d:%d %s %s%s\n", indent, f.Pos.Line, f.Pos.Column, f.Name, showType(f.Type), m.String())
		showFields(b, f.Fields, indent+"  ")
	}
}

func showType(t schema.Type) string {
	s := t.Kind
	for _, n := range []struct {
		name string
		n    int
	}{{"", t.Bits}, {"len", t.Length}, {"digits", t.Digits}, {"scale", t.Scale}} {
		if n.n > 0 {
			s += fmt.Sprintf("/%s%d", n.name, n.n)
		}
	}
	for _, f := range []struct {
		name string
		on   bool
	}{{"/unsigned", t.Unsigned}, {"/fixed", t.Fixed}, {"/zone", t.Zone}} {
		if f.on {
			s += f.name
		}
	}
	if t.Key != nil {
		s += "(" + showType(*t.Key) + ")"
	}
	if t.Elem != nil {
		s += " of " + showType(*t.Elem)
	}
	if t.Physical != t.Kind && t.Elem == nil {
		s += " `" + t.Physical + "`"
	}
	return s
}

type marks []string

func (m *marks) add(k, v string) { *m = append(*m, k+"="+v) }
func (m *marks) list(k string, v []string) {
	if len(v) > 0 {
		m.add(k, strings.Join(v, ","))
	}
}
func (m *marks) flag(k string, on bool) {
	if on {
		*m = append(*m, k)
	}
}
func (m *marks) history(renamed string, former []string, d *schema.Deprecation, doc string) {
	if renamed != "" {
		m.list("was", append([]string{renamed}, former...))
	}
	if d != nil {
		m.add("deprecated", strings.TrimSpace(d.Replacement+" "+d.Note))
	}
	if doc != "" {
		m.add("doc", doc)
	}
}
func (m marks) String() string {
	if len(m) == 0 {
		return ""
	}
	return " [" + strings.Join(m, "; ") + "]"
}
