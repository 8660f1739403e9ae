package generate

import (
	"math/rand/v2"
	"strings"

	"github.com/skein-bot/skein/rewrite/oracle"
)

// layout chooses how the query is written: keywords and names in other case, names in quotes, comments that hold the
// names that matter, blanks of all kinds.
func (g *generator) layout(text fragment) layout {
	g.did("layout")
	return noise(rand.New(rand.NewPCG(uint64(g.next()), uint64(len(text)))), g.engine)
}

func noise(r *rand.Rand, engine string) layout {
	spaces := []string{" ", " ", " ", "  ", "\n", "\r\n", "\t", " /* k */ ", " -- n v t\n", "\n/* \"k\" 'n */ ", " /* SELECT k FROM t */\r\n"}
	if engine == "duckdb" || engine == "postgres" {
		spaces = append(spaces, " /* a /* k */ n */ ")
	}
	return layout{
		gap: func(before, after token) string {
			if g := gap(before, after); g == "" && r.IntN(8) > 0 {
				return g
			}
			return spaces[r.IntN(len(spaces))]
		},
		name: func(t token) string {
			switch n := r.IntN(6); {
			case n == 0:
				return `"` + t.text + `"`
			case n == 1 && !t.exact:
				return strings.ToUpper(t.text)
			}
			return t.text
		},
	}
}

// again is the query in another layout: it must be decided alike. Nil if its text is part of what it means, as the
// names of outputs are that have none.
func again(q *oracle.Query, text, bare fragment) func() *oracle.Query {
	if len(bare) > 0 {
		return nil
	}
	return func() *oracle.Query {
		out, facts := *q, *q.Facts
		out.SQL, facts.Names = noise(rand.New(rand.NewPCG(uint64(len(q.SQL)), 7)), q.Engines[0]).write(text)
		out.Facts = &facts
		return &out
	}
}
