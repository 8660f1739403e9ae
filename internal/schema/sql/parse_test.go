package sql

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
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

// show writes a schema down, or why it cannot be read.
func show(s schema.Schema, err error) string {
	if err != nil {
		if _, ok := errors.AsType[*schema.ParseError](err); !ok {
			return "error without a place: " + err.Error() + "\n"
		}
		return "error " + err.Error() + "\n"
	}
	return schematest.Show(s)
}
