package dbt

import (
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// resource reads a model, seed, snapshot or table of a source.
func (r *reader) resource(n *tree.Node, prefix string) error {
	name, err := named(n, "this")
	if err != nil || disabled(n) {
		return err
	}
	base, err := r.dataset(n, name, prefix+name.Text)
	if err != nil {
		return err
	}
	versions, err := n.At("versions").List("versions")
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		d, err := r.promised(base, base.columns, n)
		if err != nil {
			return err
		}
		return r.add(d, name)
	}
	return r.versions(n, name, base, versions)
}

// resourceBase is what all versions of a model share.
type resourceBase struct {
	schema.Dataset
	columns []column
}

func (r *reader) dataset(n, name *tree.Node, full string) (b resourceBase, err error) {
	b.Dataset = schema.Dataset{Name: full, Format: "dbt", Dialect: r.dialect, Pos: name.Pos}
	if b.Doc, err = n.At("description").Str("a description"); err != nil {
		return b, err
	}
	if b.Renamed, b.Former, err = former(n); err != nil {
		return b, err
	}
	prefix := full[:strings.LastIndexByte(full, '.')+1]
	if b.Renamed != "" {
		b.Renamed = prefix + b.Renamed
	}
	for i := range b.Former {
		b.Former[i] = prefix + b.Former[i]
	}
	if b.Renamed == full {
		return b, name.Errorf("renamed_from gives %s its own name; write the name that it had before", full)
	}
	r.store(&b.Renamed, b.Former, false)
	b.Deprecated = deprecation(n)
	list, err := n.At("columns").List("columns")
	if err != nil {
		return b, err
	}
	types := setting(n, "column_types")
	b.columns, err = r.readColumns(list, types)
	return b, err
}

// disabled reports whether dbt is told to leave something out, so that nobody can refer to it.
func disabled(n *tree.Node) bool {
	at := setting(n, "enabled")
	return at.Is(tree.Bool) && !strings.EqualFold(at.Text, "true")
}

func deprecation(n *tree.Node) *schema.Deprecation {
	if at := setting(n, "deprecation_date"); !at.Absent() {
		return &schema.Deprecation{Note: at.Text}
	}
	return nil
}

// versions makes a dataset of each version, and one of the latest under the model's own name.
func (r *reader) versions(n, name *tree.Node, base resourceBase, versions []*tree.Node) error {
	latest, err := latestOf(n, versions)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if disabled(v) {
			continue
		}
		columns, err := r.versionColumns(v, base.columns)
		if err != nil {
			return err
		}
		d := base
		if doc := v.At("description"); doc.Is(tree.String) {
			d.Doc = doc.Text
		}
		if dep := deprecation(v); dep != nil {
			d.Deprecated = dep
		}
		one, err := r.promised(d, columns, n, v)
		if err != nil {
			return err
		}
		if v == latest {
			if err := r.add(one, name); err != nil {
				return err
			}
		}
		at := v.At("v")
		one.Name, one.Pos, one.Renamed, one.Former = base.Name+".v"+at.Text, at.Pos, "", nil
		if err := r.add(one, at); err != nil {
			return err
		}
	}
	return nil
}

// latestOf returns the version that latest_version names, else the highest.
func latestOf(n *tree.Node, versions []*tree.Node) (*tree.Node, error) {
	var latest *tree.Node
	want := n.At("latest_version")
	for _, v := range versions {
		at := v.At("v")
		if at.Absent() || at.Kind == tree.List || at.Kind == tree.Map {
			return nil, v.Errorf("a version has no v; write v: 1 or another")
		}
		if !want.Absent() && want.Text == at.Text || want.Absent() && (latest == nil || higher(at.Text, latest.At("v").Text)) {
			latest = v
		}
	}
	if latest == nil {
		return nil, want.Errorf("latest_version is %s, and there is no such version", want.Shown())
	}
	return latest, nil
}

func higher(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return x > y
	}
	return a > b
}

// versionColumns takes the model's columns, all unless the version includes or excludes some, and puts in those
// that the version describes itself.
func (r *reader) versionColumns(v *tree.Node, base []column) ([]column, error) {
	list, err := v.At("columns").List("columns")
	if err != nil {
		return nil, err
	}
	var own []*tree.Node
	keep := func(string) bool { return true }
	choices := 0
	for _, item := range list {
		if item.At("include") == nil && item.At("exclude") == nil {
			own = append(own, item)
			continue
		}
		if choices++; choices > 1 {
			return nil, item.Errorf("a version has a second include; put all into one")
		}
		if keep, err = choice(item); err != nil {
			return nil, err
		}
	}
	described, err := r.readColumns(own, nil)
	if err != nil {
		return nil, err
	}
	return r.merged(base, described, keep, v)
}

func (r *reader) merged(base, described []column, keep func(string) bool, at *tree.Node) ([]column, error) {
	var out []column
	index := map[string]int{}
	for _, c := range base {
		if keep(c.Name) {
			index[r.key(c)] = len(out)
			out = append(out, c)
		}
	}
	for _, c := range described {
		if i, ok := index[r.key(c)]; ok {
			out[i] = c
			continue
		}
		out = append(out, c)
	}
	if r.columns += len(out); r.columns > maxColumns {
		return nil, at.Errorf("more than %d columns, those of every version counted; Skein reads no such schema", maxColumns)
	}
	return out, nil
}

func (r *reader) key(c column) string { return schema.Schema{Dialect: r.dialect}.FieldKey(c.Field) }

// choice reads include: all, or a list, and exclude: a list.
func choice(n *tree.Node) (func(string) bool, error) {
	include := n.At("include")
	all := include.Absent() || include.Is(tree.String) && (include.Text == "all" || include.Text == "*")
	var in []string
	var err error
	if !all {
		if in, err = include.Strings("include"); err != nil {
			return nil, include.Errorf("include is %s; write all, or a list of columns", include.Shown())
		}
	}
	out, err := n.At("exclude").Strings("exclude")
	return func(name string) bool {
		return (all || slices.Contains(in, name)) && !slices.Contains(out, name)
	}, err
}
