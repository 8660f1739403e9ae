package dbt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// maxColumns bounds what all files declare, columns of every version counted.
const maxColumns = 200_000

// Parse reads property files; the dialect is the warehouse's, in which types are written. Errors are
// *schema.ParseError, but for an unknown dialect.
func Parse(files []schema.File, dialect string) (schema.Schema, error) {
	canonical, ok := sql.Dialect(dialect)
	if !ok {
		return schema.Schema{}, fmt.Errorf("unknown SQL dialect %q; write one of %s", dialect, sql.Dialects())
	}
	r := &reader{dialect: canonical, at: map[string]*tree.Node{}}
	for _, f := range slices.SortedStableFunc(slices.Values(files), func(a, b schema.File) int { return strings.Compare(a.Path, b.Path) }) {
		root, err := tree.YAML(f)
		if err != nil {
			return schema.Schema{}, err
		}
		if err := r.file(root); err != nil {
			return schema.Schema{}, err
		}
	}
	return schema.Schema{Format: "dbt", Dialect: canonical, Datasets: r.out}, nil
}

type reader struct {
	dialect string
	out     []schema.Dataset
	at      map[string]*tree.Node // the name of each dataset
	columns int
}

// file reads the resources of one file. Other files of a project, such as dbt_project.yml, declare none.
func (r *reader) file(root *tree.Node) error {
	if root.Absent() || root.At("config-version") != nil || root.At("packages") != nil || root.At("profile") != nil {
		return nil
	}
	if !root.Is(tree.Map) {
		return root.Errorf("a property file is %s; write models, sources or seeds with a list below", root.Shown())
	}
	for _, key := range []string{"models", "seeds", "snapshots"} {
		all, err := root.At(key).List(key)
		if err != nil {
			return err
		}
		for _, n := range all {
			if err := r.resource(n, ""); err != nil {
				return err
			}
		}
	}
	sources, err := root.At("sources").List("sources")
	if err != nil {
		return err
	}
	for _, s := range sources {
		if err := r.source(s); err != nil {
			return err
		}
	}
	return nil
}

// source reads the tables of a source, each called as source('raw', 'orders') is: raw.orders.
func (r *reader) source(n *tree.Node) error {
	name, err := named(n, "a source")
	if err != nil || disabled(n) {
		return err
	}
	tables, err := n.At("tables").List("tables")
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := r.resource(t, name.Text+"."); err != nil {
			return err
		}
	}
	return nil
}

// named returns the node of a thing's name, which is where the thing stands.
func named(n *tree.Node, what string) (*tree.Node, error) {
	if !n.Is(tree.Map) {
		return nil, n.Errorf("%s is %s; write an object with a name", what, n.Shown())
	}
	name := n.At("name")
	if name.Absent() || name.Text == "" {
		return nil, n.Errorf("%s has no name; write name: …", what)
	}
	if name.Kind == tree.List || name.Kind == tree.Map {
		return nil, name.Errorf("the name of %s is %s; write text", what, name.Shown())
	}
	return name, nil
}

// add takes a finished dataset.
func (r *reader) add(d schema.Dataset, name *tree.Node) error {
	if before := r.at[d.Name]; before != nil {
		return name.Errorf("%s is declared at %s already; put both into one", d.Name, before.Pos)
	}
	r.at[d.Name] = name
	r.out = append(r.out, d)
	return nil
}

// setting returns what a resource says under a key, at the top or in its config.
func setting(n *tree.Node, key string) *tree.Node {
	if v := n.At("config").At(key); v != nil {
		return v
	}
	return n.At(key)
}

// former returns the names that meta.renamed_from gives, the latest first.
func former(n *tree.Node) (string, []string, error) {
	at := setting(n, "meta").At("renamed_from")
	if at.Is(tree.List) {
		names, err := at.Strings("renamed_from")
		if len(names) == 0 || err != nil {
			return "", nil, err
		}
		return names[0], names[1:], nil
	}
	name, err := at.Str("renamed_from")
	return name, nil, err
}
