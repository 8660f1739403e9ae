package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/skein-bot/skein/internal/checkout"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/format"
)

// The bounds of one side. A schema is far below them; a wrong path, such as the root of a disk, is not.
const (
	maxSourceFiles = 20_000
	maxSourceFile  = 8 << 20
	maxSource      = 1 << 30
)

// source is one side of a diff: its tree, the format that its files are in, and those files.
type source struct {
	tree   *checkout.Tree
	format format.Format
	files  []schema.File
}

func readSource(ctx context.Context, arg, name string) (source, error) {
	tree, err := checkout.Open(ctx, arg)
	if err != nil {
		return source{}, err
	}
	src := source{tree: tree}
	if src.files, err = src.read(ctx, arg, name); err != nil {
		return src, err
	}
	found := len(src.files)
	if src.format, src.files, err = format.Pick(src.files, name); err != nil {
		return src, fmt.Errorf("%s: %w, with --format", arg, err)
	}
	if len(src.files) == 0 {
		return src, fmt.Errorf("%s: the folder holds no schema file (%d looked at); name the file, or the folder of one schema", arg, found)
	}
	return src, nil
}

// read reads what may be a schema by its name, and a file that is named itself whatever it is called.
func (s source) read(ctx context.Context, arg, name string) ([]schema.File, error) {
	wanted, _ := format.Named(name)
	at, _, _ := checkout.Split(arg)
	itself := path.Base(filepath.ToSlash(at))
	want := func(file string) bool { return file == itself || !hidden(file) && wanted.Wants(file) }
	files, skipped, err := s.tree.Files(ctx, checkout.Query{
		Want: want, Ignored: true, MaxFiles: maxSourceFiles, MaxFile: maxSourceFile, MaxTotal: maxSource,
	})
	if err != nil {
		return nil, fmt.Errorf("%w; name the file or the folder of one schema", err)
	}
	for _, one := range skipped {
		if one.Reason != "a link" && (one.Path == itself || wanted.Telling(one.Path)) {
			return nil, fmt.Errorf("%s: %s", s.tree.Show(one.Path), one.Reason)
		}
	}
	var out []schema.File
	for _, f := range files {
		out = append(out, schema.File{Path: f.Path, Content: f.Content})
	}
	return out, nil
}

// parse parses the files. A fault is shown with a path that an editor can open.
func (s source) parse(dialect string) (schema.Schema, error) {
	parsed, err := s.format.Parse(s.files, dialect)
	if fault, ok := errors.AsType[*schema.ParseError](err); ok {
		fault.File = s.tree.Show(fault.File)
		return parsed, fault
	}
	return parsed, err
}

// hidden reports whether a file lies in a hidden folder.
func hidden(file string) bool {
	dir, _ := path.Split("/" + file)
	return strings.Contains(dir, "/.")
}
