package dbt

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/yaml"
)

// Properties of models, seeds and snapshots, and the same in dbt_project.yml.

// model reads the properties of a model, a seed or a snapshot: their columns are its own outputs.
func (s *schema) model(n *yaml.Node, kind string) {
	name := text(n.Get("name"))
	p := place{rel: &relation{name: name}, own: kind != "seeds", path: strings.TrimSuffix(kind, "s") + " " + name}
	if from := relationIn(text(n.Get("relation"))); kind == "snapshots" && from != nil {
		p = place{rel: from, stored: true, path: p.path}
	}
	s.each(n, func(key, value *yaml.Node) {
		switch key.Value {
		case "columns":
			s.items(value, func(c *yaml.Node) { s.column(c, p) })
		case "tests", "data_tests":
			s.items(value, func(t *yaml.Node) { s.test(t, p) })
		case "versions":
			s.items(value, func(v *yaml.Node) { s.version(v, p) })
		case "config":
			s.config(value, p)
		case "constraints":
			s.items(value, func(c *yaml.Node) { s.constraint(c, p) })
		case "relation":
			s.relationScalar(value)
		case "description", "meta", "docs", "tags", "group", "access":
			s.rest(value, place{path: key.Value + " of " + p.path})
		case "name":
			s.left(value, "the name of a "+strings.TrimSuffix(kind, "s"))
		default:
			s.rest(value, p)
		}
	})
}

// version of a model: its columns may be lists of what to include.
func (s *schema) version(v *yaml.Node, p place) {
	s.each(v, func(key, value *yaml.Node) {
		switch key.Value {
		case "columns":
			s.items(value, func(c *yaml.Node) { s.column(c, p) })
		case "tests", "data_tests":
			s.items(value, func(t *yaml.Node) { s.test(t, p) })
		default:
			s.rest(value, p)
		}
	})
}

// config of a model names its outputs; column_types of a seed names the seed's columns; hooks are SQL.
func (s *schema) config(n *yaml.Node, p place) {
	s.each(n, func(key, value *yaml.Node) {
		switch strings.TrimPrefix(key.Value, "+") {
		case "column_types":
			s.each(value, func(k, _ *yaml.Node) { s.columnName(k, p) })
			s.each(value, func(_, v *yaml.Node) { s.rest(v, place{path: "a type"}) })
		case "pre-hook", "post-hook", "pre_hook", "post_hook":
			s.hookList(value)
		case "unique_key", "check_cols", "updated_at":
			s.scalars(value, func(x *yaml.Node) { s.columnName(x, p) })
		default:
			s.rest(value, p)
		}
	})
}

// folder is a part of dbt_project.yml: folders and names above configs.
func (s *schema) folder(n *yaml.Node, kind string) {
	s.each(n, func(key, value *yaml.Node) {
		k := strings.TrimPrefix(key.Value, "+")
		switch {
		case k == "column_types" || k == "pre-hook" || k == "post-hook":
			s.config(n, place{rel: &relation{}, path: "dbt_project.yml"})
		case value.Resolve().Kind == yaml.Mapping && value.Resolve().Get("column_types") != nil, value.Resolve().Get("+column_types") != nil:
			s.config(value, place{rel: &relation{name: key.Value}, path: strings.TrimSuffix(kind, "s") + " " + key.Value})
		case value.Resolve().Kind == yaml.Mapping:
			s.folder(value, kind)
		default:
			s.rest(value, place{path: "dbt_project.yml"})
		}
	})
}

func (s *schema) hookList(n *yaml.Node) {
	s.scalars(n, func(x *yaml.Node) { s.sqlText(x, "", "", nil) })
}

func (s *schema) column(c *yaml.Node, p place) {
	p.column = text(c.Get("name"))
	if c.Kind == yaml.Scalar {
		s.columnName(c, p)
		return
	}
	s.each(c, func(key, value *yaml.Node) {
		switch key.Value {
		case "name":
			s.columnName(value, p)
		case "tests", "data_tests":
			s.items(value, func(t *yaml.Node) { s.test(t, p) })
		case "constraints":
			s.items(value, func(x *yaml.Node) { s.constraint(x, p) })
		case "include", "exclude":
			s.scalars(value, func(x *yaml.Node) { s.columnName(x, p) })
		default:
			s.rest(value, place{path: key.Value + " of a column of " + p.path})
		}
	})
}

// constraint of a contract: a foreign key names columns of another relation.
func (s *schema) constraint(c *yaml.Node, p place) {
	to := relationIn(text(c.Get("to")))
	s.each(c, func(key, value *yaml.Node) {
		switch key.Value {
		case "to":
			s.relationScalar(value)
		case "to_columns":
			s.scalars(value, func(x *yaml.Node) { s.toColumn(x, to) })
		case "columns":
			s.scalars(value, func(x *yaml.Node) { s.columnName(x, p) })
		case "expression":
			s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
		default:
			s.rest(value, place{path: "a constraint of " + p.path})
		}
	})
}

func (s *schema) toColumn(x *yaml.Node, to *relation) {
	if to == nil {
		s.unclear(x, "the relation that this is a column of is not readable")
		return
	}
	s.columnName(x, place{rel: to, path: to.String()})
}
