package dbt

import (
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// Sources: their tables are datasets.

// source reads a source: its tables are datasets.
func (s *schema) source(n *yaml.Node) {
	name := text(n.Get("name"))
	var rels []*relation
	for _, t := range list(n.Get("tables")) {
		rels = append(rels, &relation{source: name, name: text(t.Get("name"))})
	}
	s.each(n, func(key, value *yaml.Node) {
		switch key.Value {
		case "tables":
			s.items(value, func(t *yaml.Node) { s.sourceTable(t, name) })
		case "loaded_at_field", "loaded_at_query", "freshness", "config":
			s.shared(value, key.Value, rels, "source "+name)
		default:
			s.rest(value, place{path: "source " + name})
		}
	})
}

// shared is said for all tables of a source: it can follow the change only if they all do.
func (s *schema) shared(n *yaml.Node, key string, rels []*relation, path string) {
	if len(rels) == 1 {
		s.timing(n, key, place{rel: rels[0], path: path})
		return
	}
	s.scalars(n, func(x *yaml.Node) {
		for _, o := range s.hot.find([]byte(x.Value), false) {
			for _, r := range rels {
				if s.about(r, o.word.change) != other {
					s.refused(x, o.word.change, "shared_by_tables", "this is said for every table of the source, and only one of them changes",
						"say it at each table")
					return
				}
			}
		}
		s.left(x, path+" reads no changed dataset")
	})
}

func (s *schema) sourceTable(t *yaml.Node, source string) {
	p := place{rel: &relation{source: source, name: text(t.Get("name"))}, path: "source " + source + "." + text(t.Get("name"))}
	s.each(t, func(key, value *yaml.Node) { s.sourceKey(value, key.Value, p) })
}

func (s *schema) sourceKey(value *yaml.Node, key string, p place) {
	switch key {
	case "columns":
		s.items(value, func(c *yaml.Node) { s.column(c, p) })
	case "tests", "data_tests":
		s.items(value, func(n *yaml.Node) { s.test(n, p) })
	case "name", "identifier":
		s.tableName(value, key, p)
	case "description", "meta", "tags", "loader", "external", "quoting":
		s.rest(value, place{path: key + " of " + p.path})
	default:
		s.timing(value, key, p)
	}
}

// timing finds loaded_at_field and freshness: {filter: …}, which are SQL, wherever they stand.
func (s *schema) timing(value *yaml.Node, key string, p place) {
	switch {
	case key == "loaded_at_field" || key == "filter":
		s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
	case value.Resolve().Kind == yaml.Mapping:
		s.each(value, func(k, v *yaml.Node) { s.timing(v, k.Value, p) })
	case key == "loaded_at_query":
		s.rest(value, p)
	default:
		s.rest(value, place{path: key + " of " + p.path})
	}
}

// tableName is the dataset's own name in a source. It follows a rename if every call of the source does.
func (s *schema) tableName(n *yaml.Node, key string, p place) {
	for _, o := range s.hot.find([]byte(n.Value), false) {
		ch := o.word.change
		if !o.word.dataset || s.about(p.rel, ch) == other || ch.Kind == rewrite.Reshape {
			continue
		}
		to := s.newSource(p.rel, ch)
		identifier, behind := s.behind(p.rel, ch)
		switch {
		case behind && key == "identifier":
			s.rename(n, identifier, ch, p.path+" is "+subject(ch))
		case behind:
			s.left(n, "the name of a source's table, whose identifier follows")
		case ch.Kind == rewrite.RenameDataset && key == "name" && to != nil && s.about(p.rel, ch) == sure:
			s.rename(n, to.name, ch, p.path+" is "+subject(ch))
		default:
			s.refused(n, ch, "source_table", "this table is "+subject(ch)+", which becomes "+orElse(ch.To, "something else"),
				"declare the new table; with an alias source('…', '…') of "+orElse(ch.To, "it")+" Skein does it")
		}
		return
	}
	s.left(n, "the name of a table")
}

// newSource is the source call that names the dataset that readers move to.
func (s *schema) newSource(r *relation, ch *rewrite.Change) *relation {
	for i := range s.req.Catalog.Tables {
		if t := &s.req.Catalog.Tables[i]; t.Dataset == ch.To {
			for _, n := range namesOf(s.req, t) {
				if to := relationIn(n); to != nil && to.source == r.source {
					return to
				}
			}
		}
	}
	return nil
}
