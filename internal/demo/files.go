package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
)

// The org's files: repos/REPO holds what each repository begins with, changes/STAGE/REPO what its people change in
// a stage of the story, golden/STAGE/REPO what its consumers' files must be after Skein's pull request, and seeds
// the rows of the warehouse.
//
//go:embed all:org
var org embed.FS

// tree is a folder of org as a map from path to content; empty when there is no such folder.
type tree map[string]string

func readTree(dir string) tree {
	out := tree{}
	root := path.Join("org", dir)
	err := fs.WalkDir(org, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(org, name)
		out[strings.TrimPrefix(name, root+"/")] = string(text)
		return err
	})
	if err != nil && len(out) > 0 { // an embedded folder that can be listed can be read
		panic(fmt.Sprintf("demo: read %s: %v", dir, err))
	}
	return out
}

// folders lists the folders in a folder of org, by name.
func folders(dir string) []string {
	entries, err := fs.ReadDir(org, path.Join("org", dir))
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out
}

// with returns t with the files of further trees laid over it.
func (t tree) with(over ...tree) tree {
	out := maps.Clone(t)
	for _, o := range over {
		maps.Copy(out, o)
	}
	return out
}

// models are the files whose queries CI runs: everything in SQL but tests, and what is installed or kept elsewhere.
func (t tree) models() tree { return t.only(func(file string) bool { return kindOf(file) == model }) }

func (t tree) tests() tree { return t.only(func(file string) bool { return kindOf(file) == singular }) }

func (t tree) only(want func(string) bool) tree {
	out := tree{}
	for file, text := range t {
		if want(file) {
			out[file] = text
		}
	}
	return out
}

// kind is what a file of a consumer is to its CI.
type kind int

const (
	other    kind = iota
	model         // a query
	singular      // a query that must return no rows
)

func kindOf(file string) kind {
	switch {
	case path.Ext(file) != ".sql", strings.HasPrefix(file, "procedures/"), strings.Contains(file, "/archive/"):
		return other
	case strings.HasPrefix(file, "tests/"):
		return singular
	}
	return model
}
