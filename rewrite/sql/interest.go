package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// interest is the names whose meaning the changes can touch: the fields' old and new names, every column that differs
// between the schemas or holds something that does, and what relations with such columns are called. A reference
// made of other names means the same before and after, so it need not be looked up. Relations add names before any
// reference can see them.
type interest struct {
	names sieve
	rows  sieve // relations whose columns are known: their name alone is a row, before another it only qualifies
}

// sieve holds names. It may take others for its own.
type sieve struct {
	outlines bits
	hashes   bits
	all      bool // some name has no hash
}

// bits are a set of small numbers, of which it sees the last eight bits.
type bits [4]uint64

func (b *bits) add(n uint32)      { b[n>>6&3] |= 1 << (n & 63) }
func (b *bits) has(n uint32) bool { return b[n>>6&3]&(1<<(n&63)) != 0 }

func (b *bits) merge(other *bits) {
	for i := range b {
		b[i] |= other[i]
	}
}

// outline is the same for a name in any case.
func outline(first byte, length int) uint32 { return uint32(first&31)*37 + uint32(length) } //nolint:gosec // any number will do

func (s *sieve) add(n name) {
	if n.text == "" {
		return
	}
	s.all = s.all || n.hash == 0
	s.outlines.add(outline(n.text[0], len(n.text)))
	s.hashes.add(n.hash)
}

// mayStart: a name of this length that begins with this byte may be one.
func (s *sieve) mayStart(b byte, length int) bool { return s.outlines.has(outline(b, length)) }

func (s *sieve) may(n *name) bool {
	return s.all || n.hash == 0 || s.hashes.has(n.hash)
}

func (s *sieve) merge(other *sieve) {
	s.outlines.merge(&other.outlines)
	s.hashes.merge(&other.hashes)
	s.all = s.all || other.all
}

// learn adds the columns that are not the same in both schemas, or that a change is about.
func (in *interest) learn(cols []outcol) {
	for i := range cols {
		c := &cols[i]
		if c.touched() || c.before.text != c.after.text {
			in.names.add(c.before)
			in.names.add(c.after)
		}
		in.learn(c.fields)
	}
}

// touches: a name of the path is, or may be, of interest. A proof looks at the same references again.
func (r *resolver) touches(path []int) bool { return r.looksUp(path, false) }

// looksUp is touches; hot says that the reference is of interest whatever its names are.
func (r *resolver) looksUp(path []int, hot bool) bool {
	if !r.proof {
		yes := hot || r.interested(path)
		if yes {
			r.stirred()
		}
		r.list.visits = append(r.list.visits, yes)
		return yes
	}
	r.visit++
	visits := r.mem.lists[0].visits
	return r.visit > len(visits) || visits[r.visit-1]
}

func (r *resolver) interested(path []int) bool {
	switch {
	case r.full:
		return true
	case r.proof: // nothing changes any more
		return false
	case r.interest.names.all:
		return true
	}
	for _, at := range path {
		if r.hotToken(at) || r.in(&r.interest.names, at) {
			return true
		}
	}
	return len(path) == 1 && r.in(&r.interest.rows, path[0])
}

// in: the sieve may hold the name in a token.
func (r *resolver) in(s *sieve, at int) bool {
	t := r.toks[at]
	if t.Kind == token.Word && r.ascii && !s.mayStart(r.src[t.Start], int(t.End-t.Start)) {
		return false
	}
	return s.may(&r.list.names[r.number(at)])
}

// watch adds what a relation is called if one of its columns is of interest, or may be.
func (r *resolver) watch(rel *relation) {
	if rel.maybe == nil && !rel.hole && (rel.table == nil || !rel.table.changed) && !rel.shape.touched {
		return
	}
	if rel.table != nil {
		r.interest.names.merge(&rel.table.interest.names)
	}
	if rel.table == nil || rel.from != nil && len(rel.from.columns) > 0 {
		r.interest.learn(rel.cols) // under the names that a subquery, or a list, gave them
	}
	moved := rel.table != nil && rel.table.moved != nil
	if rel.open && moved {
		r.interest.names.all = true // the new dataset must have whatever is read
	}
	called := &r.interest.rows
	if rel.open || moved {
		called = &r.interest.names
	}
	called.add(rel.alias)
	for _, n := range rel.path {
		called.add(n)
	}
}

func anyTouched(cols []outcol) bool {
	for i := range cols {
		if c := &cols[i]; c.change != nil || len(c.fields) > 0 && c.touched() || c.before.text != c.after.text {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	for ; len(s) > 32; s = s[32:] {
		if (eight(s)|eight(s[8:])|eight(s[16:])|eight(s[24:]))&high != 0 {
			return false
		}
	}
	for ; len(s) > 8; s = s[8:] {
		if eight(s)&high != 0 {
			return false
		}
	}
	return upToEight(s)&high == 0
}
