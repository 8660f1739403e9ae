package main

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/skein-bot/skein/internal/checkout"
	"github.com/skein-bot/skein/internal/schema/sql"
)

// The bounds of one side. A schema is far below them; a wrong path, such as the root of a disk, is not.
const (
	maxSourceFiles = 20_000
	maxSourceFile  = 8 << 20
	maxSource      = 1 << 30
)

// source is one side of a diff: its tree and the .sql files in it.
type source struct {
	tree  *checkout.Tree
	files []sql.File
}

func readSource(ctx context.Context, arg string) (source, error) {
	tree, err := checkout.Open(ctx, arg)
	if err != nil {
		return source{}, err
	}
	files, skipped, err := tree.Files(ctx, checkout.Query{
		Want: isSchema, Ignored: true, MaxFiles: maxSourceFiles, MaxFile: maxSourceFile, MaxTotal: maxSource,
	})
	if err != nil {
		return source{}, fmt.Errorf("%w; name the file or the folder of one schema", err)
	}
	for _, s := range skipped {
		if s.Reason != "a link" {
			return source{}, fmt.Errorf("%s: %s", tree.Show(s.Path), s.Reason)
		}
	}
	if len(files) == 0 {
		return source{}, fmt.Errorf("%s: the folder holds no .sql file; name the file, or the folder of migrations", arg)
	}
	src := source{tree: tree}
	for _, f := range files {
		src.files = append(src.files, sql.File{Path: f.Path, Content: f.Content})
	}
	return src, nil
}

// isSchema leaves out hidden folders.
func isSchema(file string) bool {
	dir, _ := path.Split("/" + file)
	return strings.EqualFold(path.Ext(file), ".sql") && !strings.Contains(dir, "/.")
}
