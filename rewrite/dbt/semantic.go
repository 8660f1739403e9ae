package dbt

import (
	"github.com/skein-bot/skein/rewrite/yaml"
)

// What is said about models for others: exposures, semantic models and metrics.

func (s *schema) exposure(e *yaml.Node) {
	s.each(e, func(key, value *yaml.Node) {
		if key.Value == "depends_on" {
			s.scalars(value, s.relationScalar)
			return
		}
		s.rest(value, place{path: "an exposure"})
	})
}

// semanticModel: without an expression, a name is the column's.
func (s *schema) semanticModel(m *yaml.Node) {
	rel := relationIn(text(m.Get("model")))
	p := place{rel: rel, path: "the semantic model " + text(m.Get("name"))}
	s.each(m, func(key, value *yaml.Node) {
		switch key.Value {
		case "model":
			s.relationScalar(value)
		case "entities", "dimensions", "measures":
			s.items(value, func(n *yaml.Node) { s.semantic(n, p) })
		default:
			s.rest(value, place{path: p.path})
		}
	})
}

func (s *schema) semantic(n *yaml.Node, p place) {
	said := n.Get("expr") != nil
	s.each(n, func(key, value *yaml.Node) {
		switch {
		case key.Value == "expr" && p.rel != nil:
			s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
		case key.Value == "expr":
			s.scalars(value, func(x *yaml.Node) { s.unclear(x, "the model is not readable") })
		case key.Value == "name" && !said && p.rel != nil:
			s.impliedColumn(value, p)
		default:
			s.rest(value, place{path: p.path})
		}
	})
}

// impliedColumn: the name must stay and can only stay with an expression.
func (s *schema) impliedColumn(n *yaml.Node, p place) {
	for _, o := range s.hot.find([]byte(n.Value), false) {
		if s.about(p.rel, o.word.change) != other && len(n.Value) == o.end-o.start {
			s.refused(n, o.word.change, "implied_column", "without expr this name is also that of the column", "add expr: "+o.word.change.To)
			return
		}
	}
	s.left(n, "a name in "+p.path)
}

// metric of the older kind reads a model itself; the newer ones name semantic models only.
func (s *schema) metric(m *yaml.Node) {
	rel := relationIn(text(m.Get("model")))
	if rel == nil {
		s.rest(m, place{path: "a metric, which reads semantic models"})
		return
	}
	p := place{rel: rel, path: "the metric " + text(m.Get("name"))}
	s.each(m, func(key, value *yaml.Node) {
		switch key.Value {
		case "model":
			s.relationScalar(value)
		case "expression", "sql", "timestamp", "dimensions":
			s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
		case "filters":
			s.items(value, func(f *yaml.Node) {
				s.scalars(f.Get("field"), func(x *yaml.Node) { s.expression(x, p) })
				s.each(f, func(k, v *yaml.Node) {
					if k.Value != "field" {
						s.rest(v, place{path: p.path})
					}
				})
			})
		default:
			s.rest(value, place{path: p.path})
		}
	})
}
