package dbt

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/yaml"
)

// Unit tests.

// unitTest: rows given for a dataset have its columns; what is expected has the model's.
func (s *schema) unitTest(u *yaml.Node) {
	s.each(u, func(key, value *yaml.Node) {
		switch key.Value {
		case "given":
			s.items(value, s.given)
		case "expect":
			s.leaveAll(value, "a row that the model gives, which keeps its names")
		default:
			s.rest(value, place{path: "a unit test"})
		}
	})
}

func (s *schema) given(g *yaml.Node) {
	rel := relationIn(text(g.Get("input")))
	p := place{rel: rel, path: "the rows given for " + text(g.Get("input"))}
	if rel == nil {
		p.own, p.rel = true, &relation{} // this, or nothing that can be read
	}
	s.each(g, func(key, value *yaml.Node) {
		switch v := value.Resolve(); {
		case key.Value == "input":
			s.relationScalar(value)
		case key.Value != "rows":
			s.rest(value, place{path: "a unit test"})
		case v.Kind == yaml.Scalar && strings.EqualFold(text(g.Get("format")), "sql"):
			s.givenSQL(v, p)
		case v.Kind == yaml.Scalar:
			s.header(v, p)
		default:
			s.items(value, func(row *yaml.Node) {
				s.each(row, func(k, v *yaml.Node) { s.columnName(k, p); s.rest(v, place{path: "a value in a row"}) })
			})
		}
	})
}

// givenSQL: the outputs of the query are the relation's columns, so they would have to be renamed.
func (s *schema) givenSQL(v *yaml.Node, p place) {
	for _, o := range s.hot.find([]byte(v.Value), false) {
		if s.about(p.rel, o.word.change) != other && !p.own {
			s.refused(v, o.word.change, "fixture_sql", "these rows are SQL whose outputs are the columns of "+subject(o.word.change), "rename the output by hand")
			return
		}
	}
	s.left(v, p.path)
}

// header edits the first line of CSV.
func (s *schema) header(v *yaml.Node, p place) {
	head, _, _ := strings.Cut(v.Value, "\n")
	s.words(v, head, p)
}
