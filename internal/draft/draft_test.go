package draft_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/draft"
	"github.com/skein-bot/skein/rewrite"
)

// Each case is a repository, and as its last file the config that is drafted for it.
func TestDrafts(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) < 5 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil || len(a.Comment) < 20 {
				t.Fatalf("want a reason above the files: %v", err)
			}
			want := &a.Files[len(a.Files)-1]
			d := draft.Look(repository(a.Files[:len(a.Files)-1]), "")
			got := d.Config()
			if len(d.Left) > 0 {
				got += "# left out: " + strings.Join(d.Left, "; ") + "\n"
			}
			if os.Getenv("SKEIN_UPDATE") != "" {
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			valid(t, got)
		})
	}
}

func repository(files []txtar.File) (out []rewrite.File) {
	for _, f := range files {
		if draft.Wants(f.Name) {
			out = append(out, rewrite.File{Path: f.Name, Content: f.Data})
		}
	}
	return out
}

func valid(t *testing.T, text string) {
	t.Helper()
	_, findings := config.ParseRepo(config.RepoPath, []byte(text))
	for _, f := range findings {
		if f.Severity == config.Error {
			t.Errorf("%s: %s\n%s", f.Position, f.Message, text)
		}
	}
}

// FuzzLook: whatever a repository holds, the draft is a valid config.
func FuzzLook(f *testing.F) {
	f.Add("schemas/a.sql", "create table a.b (c int)", "q.sql", "select x.y from p.q x")
	f.Add("a.avsc", `{"type":"record","name":"R","fields":[]}`, "m/schema.yml", "sources: [{name: s, tables: [{name: t}]}]")
	f.Add("V1__x.sql", "create table \"odd name\" (c int)", "V2__x.sql", "select `a.b`.c from `a.b`")
	f.Fuzz(func(t *testing.T, p1, c1, p2, c2 string) {
		var files []rewrite.File
		for _, f := range []rewrite.File{{Path: p1, Content: []byte(c1)}, {Path: p2, Content: []byte(c2)}} {
			if draft.Wants(f.Path) && filepath.IsLocal(f.Path) {
				files = append(files, f)
			}
		}
		if d := draft.Look(files, ""); len(d.Datasets)+len(d.Consumes) > 0 {
			valid(t, d.Config())
		}
	})
}
