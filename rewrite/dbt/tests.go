package dbt

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// test reads one entry of tests: a name, or a name with arguments.
func (s *schema) test(n *yaml.Node, p place) {
	if n.Kind != yaml.Mapping {
		s.left(n, "the name of a test")
		return
	}
	s.each(n, func(key, value *yaml.Node) {
		switch key.Value {
		case "name", "test_name", "description":
			s.rest(value, place{path: "a test of " + p.path})
		case "config":
			s.testConfig(value, p)
		case "arguments", "where":
			s.argument(key, value, p)
		default:
			s.testArguments(key.Value, value, p)
		}
	})
}

func (s *schema) testConfig(n *yaml.Node, p place) {
	s.each(n, func(key, value *yaml.Node) {
		if key.Value == "where" {
			s.scalars(value, func(x *yaml.Node) { s.expression(x, p) })
			return
		}
		s.rest(value, place{path: "the config of a test"})
	})
}

// testArguments finds the other relation first, since the arguments come in any order.
func (s *schema) testArguments(test string, n *yaml.Node, p place) {
	test = test[strings.LastIndexByte(test, '.')+1:]
	if test == "accepted_values" {
		s.acceptedValues(n, p)
		return
	}
	for _, where := range [...]*yaml.Node{n.Resolve(), n.Resolve().Get("arguments").Resolve()} {
		for _, key := range [...]string{"to", "compare_model", "from"} {
			if to := where.Get(key); to != nil {
				p.to, p.toSaid = relationIn(text(to)), true
			}
		}
	}
	s.each(n, func(key, value *yaml.Node) {
		if key.Value == "arguments" {
			s.each(value, func(k, v *yaml.Node) { s.argument(k, v, p) })
			return
		}
		s.argument(key, value, p)
	})
}

// argument knows what the arguments of the tests that everybody has are about.
func (s *schema) argument(key, value *yaml.Node, p place) {
	columns := func(q place) { s.scalars(value, func(x *yaml.Node) { s.columnName(x, q) }) }
	sql := func(q place) { s.scalars(value, func(x *yaml.Node) { s.expression(x, q) }) }
	there := place{rel: p.to, path: "the relation that a test compares with"}
	switch key.Value {
	case "config":
		s.testConfig(value, p)
	case "arguments":
		s.each(value, func(k, v *yaml.Node) { s.argument(k, v, p) })
	case "to", "compare_model", "from":
		s.relationScalar(value)
	case "field", "to_condition", "compare_column", "compare_group_by", "compare_row_condition", "parent_column":
		if !p.toSaid {
			there = p // recency and the like have a field of their own
		}
		if there.rel == nil {
			s.scalars(value, func(x *yaml.Node) { s.unclear(x, "the relation that the test compares with is not readable") })
			return
		}
		sql(there)
	case "combination_of_columns", "column_list", "columns", "group_by_columns", "group_by", "partition_columns", "partition_by",
		"column_name", "column_A", "column_B", "lower_bound_column", "upper_bound_column", "date_column_name", "order_by", "sort_column",
		"expression", "where", "row_condition", "from_condition", "condition", "filter", "filter_cond", "field_name":
		sql(p)
	case "compare_columns", "exclude_columns", "exclude":
		columns(p)
		if p.toSaid {
			s.compared(value, p)
		}
	default:
		s.rest(key, place{path: "an argument's name"})
		s.rest(value, p)
	}
}

// compared columns are of both relations, so they cannot follow one of them.
func (s *schema) compared(value *yaml.Node, p place) {
	s.scalars(value, func(x *yaml.Node) {
		for _, o := range s.hot.find([]byte(x.Value), false) {
			here, there := s.about(p.rel, o.word.change) != other && !p.own, p.to == nil || s.about(p.to, o.word.change) != other
			if here != there {
				s.refused(x, o.word.change, "compared_columns", "this column is compared between two relations, and only one of them changes", "edit the test by hand")
				return
			}
		}
	})
}

// acceptedValues are values, not names: they follow a renamed enum value where the column itself changes.
func (s *schema) acceptedValues(n *yaml.Node, p place) {
	s.each(n, func(key, value *yaml.Node) {
		switch key.Value {
		case "values":
			s.scalars(value, func(x *yaml.Node) { s.acceptedValue(x, p) })
		case "config":
			s.testConfig(value, p)
		case "arguments":
			s.acceptedValues(value, p)
		default:
			s.rest(value, place{path: "an argument of a test"})
		}
	})
}

func (s *schema) acceptedValue(x *yaml.Node, p place) {
	for i := range s.req.Mapping.Changes {
		ch := &s.req.Mapping.Changes[i]
		_, hit := renamed(p.column, ch)
		if ch.Kind != rewrite.RenameEnum || x.Value != ch.OldValue || !hit || p.own || s.about(p.rel, ch) == other {
			continue
		}
		if s.about(p.rel, ch) == perhaps {
			s.refused(x, ch, "unknown_table", p.path+" may be "+subject(ch), "add its name to the aliases or to read_as of "+subject(ch))
			return
		}
		s.rename(x, ch.NewValue, ch, p.column+" is a column of "+subject(ch))
		return
	}
	s.left(x, "a value, not a name")
}
