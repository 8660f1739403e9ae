package sql

import (
	"fmt"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// Type reads the type of a column that stands alone, as dbt's data_type does, into a field without a name. Errors
// are *schema.ParseError at the place that is given, and say nothing of places within the text.
func Type(text, dialect string, at repo.Position) (schema.Field, error) {
	canonical, ok := Dialect(dialect)
	if !ok {
		return schema.Field{}, fmt.Errorf("unknown SQL dialect %q; write one of %s", dialect, dialects)
	}
	s := scanner{path: at.File, src: text, t: traitsOf(canonical), dialect: canonical}
	if err := s.scan(); err != nil {
		return schema.Field{}, fault(at, fmt.Sprintf("%.60q is no type of a column", text))
	}
	p := &parser{catalog: newCatalog(canonical), path: at.File, src: text, tokens: s.tokens, elementAt: map[int]int{}, closers: map[int]int{}}
	pt := p.parseType(&table{})
	if p.err != nil || p.tok().kind != end {
		return schema.Field{}, fault(at, fmt.Sprintf("%.60q is no type of a column", text))
	}
	b := builder{}
	f := b.field(&column{field: schema.Field{Type: pt.Type, Pos: at}, members: pt.members, of: pt.of}, 0)
	placed(f.Fields, at)
	return f, b.err
}

// placed gives members the place of the whole type.
func placed(fields []schema.Field, at repo.Position) {
	for i := range fields {
		fields[i].Pos = at
		placed(fields[i].Fields, at)
	}
}
