package generate

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite/oracle"
)

// excuse is why changes of a column may be refused.
type excuse struct {
	table, column, why string
}

func (g *generator) excused(c column, why string) {
	if c.table != "" {
		g.reasons = append(g.reasons, excuse{c.table, c.base, why})
	}
}

// excuses says which changes of the query may be refused.
func (g *generator) excuses(cols []column, text fragment) oracle.Excuses {
	for _, c := range cols {
		g.excused(c, "star at the top")
	}
	return func(ch oracle.Change) string {
		if has(g.circular, ch.Table) {
			return "a CTE reads a table of its name"
		}
		if ch.Mode == oracle.Moved {
			return g.collides(ch, text)
		}
		for _, r := range g.reasons {
			if r.table == ch.Table && (r.column == ch.Column() || ch.Touches(r.table, r.column)) {
				return r.why
			}
		}
		what := origin{ch.Table, ch.Column()}
		switch {
		case ch.Mode == oracle.Value:
			return "a value may be used in any way"
		case ch.Mode == oracle.Member && slices.Contains(g.whole, what):
			return "the whole struct is used"
		case ch.Mode == oracle.Member && named(ch, text):
			return "the new name is taken"
		case ch.Mode == oracle.Type && slices.Contains(g.names, what):
			return "a cast cannot stand there"
		}
		return g.moreExcuses(ch, text)
	}
}

// collides: the table's new name stands in the query.
func (g *generator) collides(ch oracle.Change, text fragment) string {
	for _, t := range text {
		if t.name && strings.EqualFold(t.text, ch.To) {
			return "the new name is taken"
		}
	}
	for _, t := range g.bare {
		if t.table == ch.Table {
			return "unaliased expression"
		}
	}
	return ""
}

// named: a field's new name stands for something else.
func named(ch oracle.Change, text fragment) bool {
	_, to, _ := strings.Cut(ch.To, ".")
	return slices.ContainsFunc(text, func(t token) bool { return t.name && strings.EqualFold(t.text, to) })
}

func (g *generator) moreExcuses(ch oracle.Change, text fragment) string {
	for _, t := range g.bare {
		if g.engine == "duckdb" && t.column != "" && ch.Touches(t.table, t.column) {
			return "unaliased expression"
		}
	}
	if (ch.Mode == oracle.Coexist || ch.Mode == oracle.Type) && has(g.starred, ch.Table) {
		return "star over both names"
	}
	if has(g.joined, ch.To) {
		return "USING or NATURAL of the new name"
	}
	if ch.Mode != oracle.Taken && ch.Mode != oracle.Swap {
		return ""
	}
	for _, t := range text {
		if t.name && (g.isTaken(ch, t) || ch.Mode == oracle.Swap && strings.EqualFold(t.text, ch.From) && !ch.Touches(t.table, t.column)) {
			return "the new name is taken"
		}
	}
	return ""
}

// isTaken: the name is the new one and means something else, or a table that has a column of that name.
func (g *generator) isTaken(ch oracle.Change, t token) bool {
	if strings.EqualFold(t.text, ch.To) && !ch.Touches(t.table, t.column) {
		return true
	}
	other := g.schema.Table(t.text)
	return other != nil && t.column == "" && (other.Name != ch.Table || ch.Mode == oracle.Swap) && other.Column(ch.To) != nil
}
