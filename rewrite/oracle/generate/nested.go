package generate

// nested is a number out of a struct or a list, nil where there is none or it is not wanted.
func (g *generator) nested(s *scope, depth int) fragment {
	if g.engine == "sqlite" || !g.chance(20) {
		return nil
	}
	sub := func() fragment { return g.value(s, number, depth) }
	if g.engine == "postgres" {
		g.did("array literal")
		return f("( ARRAY [", sub(), ",", sub(), "] ) [ 1 ]")
	}
	switch g.pick(6) {
	case 0, 1:
		if v, ok := g.column(s, record); ok {
			return g.member(v)
		}
	case 2:
		if v, ok := g.column(s, array); ok {
			g.did("list element")
			return f(g.ref(v), "[ 1 ]")
		}
	case 3:
		g.did("struct literal")
		name := g.name()
		return f("{", "'"+name+"'", ":", sub(), "} .", id(name))
	case 4:
		g.did("list comprehension")
		p := g.name()
		inner := &scope{hidden: []string{p}, outer: s}
		return f("list_sum ( [", param(p), "+", g.value(inner, number, min(depth, 1)), "for", param(p), "in [ 1 , 2 ] ] )")
	}
	g.did("array literal")
	return f("[", sub(), ",", sub(), "] [ 1 ]")
}

func (g *generator) literal(k kind) fragment {
	if k == record {
		return f("{ 'f' : 1 , 'g' : 2 }")
	}
	return f("[ 1 , 2 ]")
}

// member reads a field. Its name is that of the table's column, under whatever name the struct comes here.
func (g *generator) member(v seen) fragment {
	g.did("struct field")
	name := one(&g.choices, "f", "g")
	field := token{text: name, name: true}
	if v.col.from.table != "" {
		field.table, field.column = v.col.from.table, v.col.from.column+"."+name
	}
	if g.chance(30) {
		g.did("field of an expression")
		return f("(", g.ref(v), ") .", field)
	}
	return f(g.ref(v), ".", field)
}

// ofRow is a column by way of its row, nil where there is none of the kind or it is not wanted.
func (g *generator) ofRow(s *scope, k kind) fragment {
	if g.engine == "sqlite" || !g.chance(4) {
		return nil
	}
	for _, r := range s.rels {
		if r.name == "" || s.names(r.name) || s.called(r.name) != r {
			continue
		}
		for _, c := range r.cols {
			if c.kind == k && c.name != "" && once(r, c.name) {
				g.did("field of a row")
				g.names = append(g.names, origin{c.table, c.base})
				return f("(", id(r.name), ") .", c.means())
			}
		}
	}
	return nil
}

// unnested adds what a column of FROM counts up to, or the elements of its list.
func (g *generator) unnested(text fragment, s *scope) fragment {
	if !g.chance(5) {
		return text
	}
	numbers, lists := s.visible(number, false), s.visible(array, false)
	rel := &relation{name: g.alias(s)}
	switch {
	case len(lists) > 0:
		g.did("UNNEST of a column")
		rel.cols = []column{{name: g.name()}}
		text = f(text, ", unnest (", g.ref(lists[g.pick(len(lists))]), ") AS", id(rel.name), "(", id(rel.cols[0].name), ")")
	case len(numbers) == 0:
		return text
	case g.engine == "sqlite":
		g.did("table function of a column")
		rel.cols = []column{{name: "value"}, {name: "type", kind: word}}
		text = f(text, ", json_each ( '[' ||", g.ref(numbers[g.pick(len(numbers))]), "|| ']' ) AS", id(rel.name))
	default:
		g.did("table function of a column")
		rel.cols = []column{{name: g.name()}}
		text = f(text, ", generate_series ( 1 ,", g.ref(numbers[g.pick(len(numbers))]), ") AS", id(rel.name), "(", id(rel.cols[0].name), ")")
	}
	s.rels = append(s.rels, rel)
	return text
}
