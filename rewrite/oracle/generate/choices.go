// Package generate writes random schemas and random valid queries over them.
//
// A query is built over resolved scopes: whoever writes a name knows which column it means, so it is known without
// asking the rewriter which bytes a rename must edit (oracle.Facts) and where refusing is needless. There are four
// names for columns, aliases, tables and CTEs alike: collisions are the point.
//
// All choices come from a string of bytes. The same bytes give the same query, fewer or lower bytes a simpler one,
// and when they run out everything ends as simply as it can: that is how failures are made small.
//
//	choices.go  the bytes
//	text.go     tokens, and the columns that they mean
//	scope.go    which relations are seen from where, and how a column is written there
//	query.go    WITH, set operations, ORDER BY, LIMIT; core.go SELECT; from.go FROM; expr.go expressions
//	write.go    INSERT, UPDATE, DELETE and scripts
//	noise.go    other layouts of the same query
package generate

import "math/rand/v2"

// choices are decisions not yet taken.
type choices struct {
	bytes []byte
	at    int
}

// Bytes are random choices for a seed, enough for a large query.
func Bytes(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0x5ce1))
	out := make([]byte, 60+r.IntN(500))
	for i := range out {
		out[i] = byte(r.IntN(256))
	}
	return out
}

// next is 0, the simplest, when nothing is left.
func (c *choices) next() int {
	if c.at >= len(c.bytes) {
		return 0
	}
	c.at++
	return int(c.bytes[c.at-1])
}

// pick is a number below n.
func (c *choices) pick(n int) int {
	if n <= 1 {
		return 0
	}
	return c.next() * n >> 8
}

// chance is true in so many of a hundred cases, and never when nothing is left.
func (c *choices) chance(percent int) bool { return c.next()*100 >= (100-percent)*256 }

// one picks an element.
func one[T any](c *choices, from ...T) T { return from[c.pick(len(from))] }
