package jsonschema

import (
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// The bounds of what Parse reads.
const (
	maxTotal = 64 << 20 // bytes of all files; tree bounds one
	maxDepth = 100      // schemas within schemas
	maxSteps = 200_000  // schemas looked at, those behind a reference each time that it is followed
)

// Parse reads files that may refer to each other. Errors are *schema.ParseError.
func Parse(files []schema.File) (schema.Schema, error) {
	x := &expander{ids: map[string]place{}, paths: map[string]*document{}, followed: map[*tree.Node]followed{}}
	total := 0
	for _, f := range slices.SortedStableFunc(slices.Values(files), func(a, b schema.File) int { return strings.Compare(a.Path, b.Path) }) {
		if total += len(f.Content); total > maxTotal {
			return schema.Schema{}, &schema.ParseError{Position: repo.Position{File: f.Path}, Msg: "too large for a schema: at most 64 MiB in all files; name fewer of them"}
		}
		root, err := tree.JSON(f)
		if err != nil {
			return schema.Schema{}, err
		}
		if err := x.add(f.Path, root); err != nil {
			return schema.Schema{}, err
		}
	}
	return x.schema()
}

func (x *expander) schema() (schema.Schema, error) {
	out := schema.Schema{Format: "jsonschema"}
	for _, d := range x.documents {
		for _, s := range x.datasets(d) {
			made, err := x.dataset(d, s)
			if err != nil {
				return schema.Schema{}, err
			}
			out.Datasets = append(out.Datasets, made)
		}
	}
	return out, nil
}

// nameOf is the path of a file without its endings.
func nameOf(file string) string {
	return strings.TrimSuffix(strings.TrimSuffix(file, path.Ext(file)), ".schema")
}

// subject is a schema that describes a dataset.
type subject struct {
	name     string
	nameless bool
	pos      repo.Position
	node     *tree.Node
}

// datasets returns the document itself, or its definitions when it says nothing but those.
func (x *expander) datasets(d *document) []subject {
	name := path.Base(nameOf(d.path))
	if slices.ContainsFunc(x.documents, func(o *document) bool { return o != d && path.Base(nameOf(o.path)) == name }) {
		name = nameOf(d.path)
	}
	defs := append(entries(d.root.At("$defs")), entries(d.root.At("definitions"))...)
	if len(defs) == 0 || slices.ContainsFunc(d.root.Entries, func(e tree.Entry) bool { return asserts(e.Key.Text) }) {
		return []subject{{name, true, d.root.Pos, d.root}}
	}
	var out []subject
	for _, e := range defs {
		out = append(out, subject{name: e.Key.Text, pos: e.Key.Pos, node: e.Value})
	}
	return out
}

// asserts reports whether a keyword says something about values.
func asserts(keyword string) bool {
	switch keyword {
	case "$schema", "$id", "id", "$anchor", "$comment", "$vocabulary", "$defs", "definitions", "title", "description", "default", "examples":
		return false
	}
	return !strings.HasPrefix(keyword, "x-")
}

func entries(n *tree.Node) []tree.Entry {
	if !n.Is(tree.Map) {
		return nil
	}
	return n.Entries
}

// dataset makes a record of an object. Anything else is one value.
func (x *expander) dataset(d *document, s subject) (schema.Dataset, error) {
	f, err := x.field(place{d, s.node}, 0)
	out := schema.Dataset{Name: s.name, Nameless: s.nameless, Deprecated: f.Deprecated, Doc: f.Doc, Pos: s.pos}
	if f.Renamed != "" {
		out.Renamed, out.Former = f.Renamed, f.Former
	}
	if f.Type.Kind == "struct" && !f.Nullable {
		out.Fields, out.Constraints, out.Content = f.Fields, f.Constraints, f.Content
		return out, err
	}
	f.Name, f.Pos, f.Renamed, f.Former, f.Deprecated, f.Doc, f.Required = "value", s.pos, "", nil, nil, "", true
	out.Value, out.Fields = true, []schema.Field{f}
	return out, err
}
