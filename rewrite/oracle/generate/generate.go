package generate

import (
	"slices"
	"strconv"

	"github.com/skein-bot/skein/rewrite/oracle"
)

type table = oracle.Table

type generator struct {
	choices
	engine  string
	upserts bool // there is nothing but INSERT … ON CONFLICT
	schema  *oracle.Schema
	ctes    []cte
	veiled  []string // tables that cannot be read here
	inside  []string // CTEs that are being written
	queries int      // how many more may be nested
	ties    bool     // some order is not total
	inserts bool     // the rows go into a table that may be read as well
	done    map[string]bool

	// What may be refused, and why.
	reasons  []excuse
	joined   []string // names that USING or NATURAL compare
	starred  []string // tables that a star reads
	whole    []origin // structs that are used as a whole
	circular []string // tables that a common table expression of their name reads inside another: DuckDB may read it instead
	names    []origin // columns that stand where only a name may
	bare     fragment // outputs that an engine names by their text
}

// pool are the names of everything. There are few, so that they collide.
func pool() []string { return []string{"k", "n", "v", "t"} }

func (g *generator) name() string { return one(&g.choices, pool()...) }

// did counts a construct.
func (g *generator) did(construct string) { g.done[construct] = true }

// Schema makes a schema from a seed. Tables share their names with columns, and columns with one another.
func (src Source) Schema(engine string, seed uint64) *oracle.Schema {
	c := choices{bytes: Bytes(seed)}
	g := &generator{choices: c, engine: engine, done: map[string]bool{}}
	s := &oracle.Schema{Name: "random " + strconv.FormatUint(seed, 10)}
	for _, name := range g.distinct(2+g.pick(2), nil) {
		t := oracle.Table{Name: name, Rows: 6 + g.pick(4)}
		for i, column := range g.distinct(2+one(&g.choices, 0, 1, 1, 2), nil) {
			kind := "int"
			if i > 0 && g.chance(35) {
				kind = "text"
			}
			if i == 0 && (g.chance(30) || src.Upserts) {
				kind = "unique"
			}
			if i > 1 && engine == "duckdb" {
				kind = one(&g.choices, kind, "struct", "list")
			}
			t.Columns = append(t.Columns, oracle.Column{Name: column, Type: kind, Domain: 5})
		}
		s.Tables = append(s.Tables, t)
	}
	return s
}

// Query writes the query that the choices stand for.
func (src Source) Query(engine string, s *oracle.Schema, bytes []byte) *oracle.Query {
	g := &generator{choices: choices{bytes: bytes}, engine: engine, upserts: src.Upserts, schema: s, queries: 5, done: map[string]bool{}}
	q := &oracle.Query{Engines: []string{engine}}
	var text fragment
	var cols []column
	if g.upserts || g.chance(10) {
		text = g.write(q)
	} else {
		text, cols = g.queryAt(nil, nil, one(&g.choices, 0, 1, 1, 2, 2, 3), true)
	}
	l := plain()
	if g.chance(20) && len(g.bare) == 0 {
		l = g.layout(text)
	}
	q.SQL, q.Facts = finish(l, text, g, bytes)
	q.Ties = g.ties
	q.Decides = g.excuses(cols, text)
	q.Facts.Again = again(q, text, g.bare)
	return q
}

func finish(l layout, text fragment, g *generator, bytes []byte) (string, *oracle.Facts) {
	sql, names := l.write(text)
	facts := &oracle.Facts{Names: names, Choices: bytes}
	for name := range g.done {
		facts.Constructs = append(facts.Constructs, name)
	}
	slices.Sort(facts.Constructs)
	return sql, facts
}
