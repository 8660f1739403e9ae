package consumer

import (
	"path"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
)

// Mapping turns what changed in schemas into what rewriters follow. Index is the place of the change in the
// list. Changes that leave readers by name alone have no part in it.
func Mapping(changes []schema.Change) rewrite.Mapping {
	var m rewrite.Mapping
	for i, c := range changes {
		if to, ok := follow(c); ok {
			to.Index = i
			m.Changes = append(m.Changes, to)
		}
	}
	return m
}

// follow says what a rewriter does about one change, and false when it has nothing to do.
func follow(c schema.Change) (rewrite.Change, bool) {
	to := rewrite.Change{Dataset: c.Dataset, From: schema.Names(c.Path)}
	switch c.Kind {
	case schema.FieldRenamed, schema.FieldMoved:
		return renamed(to, c), true
	case schema.FieldDeprecated:
		to.Coexists = true
		return renamed(to, c), c.To != ""
	case schema.DatasetRenamed:
		to.Kind, to.From, to.To = rewrite.RenameDataset, c.Dataset, c.To
		return to, true
	case schema.DatasetReplaced:
		to.Kind, to.From, to.To, to.Fields = rewrite.ReplaceDataset, c.Dataset, c.To, c.Fields
		to.Coexists = c.Rule == "dataset_replaced_coexisting"
		return to, true
	case schema.FieldRemoved:
		return removed(to, c), true
	case schema.EnumValueRenamed:
		to.Kind, to.OldValue, to.NewValue = rewrite.RenameEnum, c.Before, c.After
		return to, true
	case schema.FieldAdded, schema.FieldReordered:
		to.Kind = rewrite.Reshape
		if strings.ContainsAny(c.Path, "[{.") {
			return to, false // the members of a struct do not shift columns
		}
		return to, true
	}
	return valued(to, c)
}

// renamed gives the new name, which a reader writes like a column of a query. Below a map's values there is no
// such path: a person follows that.
func renamed(to rewrite.Change, c schema.Change) rewrite.Change {
	if root, _, inMap := strings.Cut(c.Path, "{}"); inMap {
		return review(to, schema.Names(root), c)
	}
	to.Kind, to.To = rewrite.RenameField, schema.Names(c.To)
	if c.Exact {
		head, last := to.To[:strings.LastIndexByte(to.To, '.')+1], to.To[strings.LastIndexByte(to.To, '.')+1:]
		to.To = head + quote(last)
	}
	return to
}

func removed(to rewrite.Change, c schema.Change) rewrite.Change {
	switch {
	case c.To != "":
		return renamed(to, c)
	case c.Drop:
		to.Kind = rewrite.DropField
		return to
	}
	return review(to, to.From, c)
}

// valued is for changes of what a field holds: a declared cast, or a person's look where readers by name break.
func valued(to rewrite.Change, c schema.Change) (rewrite.Change, bool) {
	if c.Cast != "" {
		to.Kind, to.Expr = rewrite.Cast, c.Cast
		return to, true
	}
	if rule, ok := schema.RuleFor(c.Rule); !ok || rule.ByName != schema.Breaks {
		return to, false
	}
	if root, _, inMap := strings.Cut(c.Path, "{}"); inMap {
		return review(to, schema.Names(root), c), true
	}
	return review(to, to.From, c), true
}

func review(to rewrite.Change, from string, c schema.Change) rewrite.Change {
	to.Kind, to.From, to.Reason = rewrite.Review, from, c.Message
	return to
}

// Table is how rewriters see a dataset before and after. names are all the names that people read it by; a nil
// side is a dataset that is not there.
func Table(name string, names []string, dialect string, before, after *schema.Dataset) rewrite.Table {
	return rewrite.Table{Dataset: name, Names: names, File: fileOf(before, after), Dialect: dialect, Before: columns(before, dialect), After: columns(after, dialect)}
}

func fileOf(sides ...*schema.Dataset) string {
	for _, d := range sides {
		if d != nil && d.Pos.File != "" {
			return path.Base(d.Pos.File)
		}
	}
	return ""
}

func columns(d *schema.Dataset, dialect string) []rewrite.Column {
	if d == nil {
		return nil
	}
	if d.Dialect != "" {
		dialect = d.Dialect
	}
	return fields(d.Fields, dialect)
}

// fields writes a name with quotes where it means another one without them.
func fields(from []schema.Field, dialect string) []rewrite.Column {
	out := make([]rewrite.Column, 0, len(from))
	for _, f := range from {
		c := rewrite.Column{Name: f.Name, Type: f.Type.Physical, Array: f.Type.Kind == "array", Number: f.ID, Label: f.Label}
		if f.Exact(dialect) {
			c.Name = quote(f.Name)
		}
		if len(f.Fields) > 0 && f.Type.Kind != "map" {
			c.Fields = fields(f.Fields, dialect)
		}
		out = append(out, c)
	}
	return out
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
