package oracle

import (
	"context"
)

// Source makes sessions' schemas and queries: the same for the same seed.
type Source interface {
	Schema(seed uint64) *Schema
	Query(engine string, s *Schema, choices []byte) *Query
	Bytes(seed uint64) []byte
}

// perSchema is how many queries share a schema, whose tables and renames cost as much as a few of them.
const perSchema = 30

// Random runs one session of generated queries, all from one seed.
func Random(ctx context.Context, c Court, src Source, seed uint64) (*Tally, []Failure, error) {
	s := src.Schema(seed)
	session := &Session{Court: c, Schema: s, Tally: NewTally(), Changes: Changes(s, Fresh.name(seed), taken(s))}
	for i := range uint64(perSchema) {
		session.Queries = append(session.Queries, src.Query(c.Engine.Name, s, src.Bytes(seed*1000+i)))
	}
	failures, err := session.Run(ctx)
	return session.Tally, failures, err
}

// name is a name that stands nowhere; now and then one that needs quotes.
func (m Mode) name(seed uint64) string {
	return []string{"fresh", "fresh", "fresh", "order"}[seed%4]
}

// taken are the names of the schema's columns and tables.
func taken(s *Schema) (out []string) {
	seen := map[string]bool{}
	for i := range s.Tables {
		for _, name := range append([]string{s.Tables[i].Name}, columnNames(&s.Tables[i])...) {
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	return out
}

func columnNames(t *Table) (out []string) {
	for i := range t.Columns {
		out = append(out, t.Columns[i].Name)
	}
	return out
}
