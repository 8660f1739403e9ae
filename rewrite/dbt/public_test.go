package dbt_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// TestPublic holds the laws on checkouts of dbt projects that SKEIN_DBT names, each DIALECT=FOLDER, parted by blanks.
// In each round, some column of every source that describes its columns gets another name.
func TestPublic(t *testing.T) {
	if os.Getenv("SKEIN_DBT") == "" {
		t.Skip("SKEIN_DBT names no checkouts, and none are kept here: TestGenerated holds the same on a generated project")
	}
	for arg := range strings.FieldsSeq(os.Getenv("SKEIN_DBT")) {
		dialect, dir, _ := strings.Cut(arg, "=")
		t.Run(filepath.Base(dir), func(t *testing.T) {
			files := checkout(t, dir)
			tables := declared(t, files, dialect)
			for round := range uint64(4) {
				begun := time.Now()
				req := renames(tables, rand.New(rand.NewPCG(round, 7)))
				req.Dialect = dialect
				sum := laws(t, files, req)
				t.Logf("%d renames, %+v, twice in %s", len(req.Mapping.Changes), sum, time.Since(begun).Round(time.Millisecond))
			}
		})
	}
}

func checkout(t *testing.T, dir string) (files []rewrite.File) {
	t.Helper()
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == ".git" {
				return fs.SkipDir
			}
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 2<<20 || !info.Mode().IsRegular() || !slices.Contains([]string{".sql", ".yml", ".yaml"}, path.Ext(p)) {
			return err
		}
		content, err := fs.ReadFile(root, p)
		files = append(files, rewrite.File{Path: p, Content: content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// declared are the tables of all sources, with the columns that are described. Other packages' are left out.
func declared(t *testing.T, files []rewrite.File, dialect string) (out []rewrite.Table) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range files {
		docs, err := yaml.Parse(f.Content)
		if ext := path.Ext(f.Path); ext == ".sql" || err != nil || len(docs) == 0 {
			continue
		}
		each(docs[0].Get("sources"), func(source *yaml.Node) {
			each(source.Get("tables"), func(table *yaml.Node) {
				if source.Get("name") == nil || table.Get("name") == nil {
					return
				}
				call := fmt.Sprintf("source('%s','%s')", source.Get("name").Value, table.Get("name").Value)
				one := rewrite.Table{Dataset: call, Names: []string{call}, Dialect: dialect}
				each(table.Get("columns"), func(c *yaml.Node) {
					if name := c.Get("name"); name != nil && name.Value != "" && !strings.ContainsAny(name.Value, ".\"`{ ") {
						one.Before = append(one.Before, rewrite.Column{Name: name.Value})
					}
				})
				if len(one.Before) > 0 && !seen[call] {
					seen[call] = true
					out = append(out, one)
				}
			})
		})
	}
	return out
}

func each(n *yaml.Node, visit func(*yaml.Node)) {
	if n = n.Resolve(); n != nil && n.Kind == yaml.Sequence {
		for _, item := range n.Content {
			visit(item.Resolve())
		}
	}
}

// renames gives a column of every table a name that nothing else has.
func renames(tables []rewrite.Table, r *rand.Rand) (req rewrite.Request) {
	for i, table := range tables {
		k := r.IntN(len(table.Before))
		table.After = slices.Clone(table.Before)
		table.After[k].Name += "_renamed"
		req.Catalog.Tables = append(req.Catalog.Tables, table)
		req.Mapping.Changes = append(req.Mapping.Changes, rewrite.Change{
			Kind: rewrite.RenameField, Dataset: table.Dataset, From: table.Before[k].Name, To: table.After[k].Name, Index: i,
		})
	}
	return req
}
