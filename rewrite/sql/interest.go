package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// interest is a sieve of the names whose meaning the changes can touch: the fields' old and new names, every column
// that differs between the schemas or holds something that does, and what relations with such columns are called.
// A reference made of other names means the same before and after, so it need not be looked up. Relations
// add names before any reference can see them.
type interest struct {
	shapes [32]uint64 // by first letter: the lengths, up to 63
	hashes [4]uint64
	all    bool // some name has no hash
}

func (in *interest) add(n name) {
	if n.text == "" {
		return
	}
	in.all = in.all || n.hash == 0
	in.shapes[n.text[0]&31] |= 1 << min(len(n.text), 63)
	in.hashes[n.hash>>6&3] |= 1 << (n.hash & 63)
}

// learn adds the columns that are not the same in both schemas, or that a change is about.
func (in *interest) learn(cols []outcol) {
	for i := range cols {
		c := &cols[i]
		if c.touched() || c.before.text != c.after.text {
			in.add(c.before)
			in.add(c.after)
		}
		in.learn(c.fields)
	}
}

func (in *interest) merge(other *interest) {
	for i := range in.shapes {
		in.shapes[i] |= other.shapes[i]
	}
	for i := range in.hashes {
		in.hashes[i] |= other.hashes[i]
	}
	in.all = in.all || other.all
}

// touches: a name of the path is, or may be, of interest. A proof looks at the same references again.
func (r *resolver) touches(path []int) bool {
	if !r.proof {
		yes := r.interested(path)
		r.list.visits = append(r.list.visits, yes)
		return yes
	}
	r.visit++
	visits := r.mem.lists[0].visits
	return r.visit > len(visits) || visits[r.visit-1]
}

func (r *resolver) interested(path []int) bool {
	in := &r.interest
	if r.full || in.all {
		return true
	}
	for _, at := range path {
		t := r.toks[at]
		if t.Kind == token.Word && r.ascii && in.shapes[r.src[t.Start]&31]&(1<<min(int(t.End-t.Start), 63)) == 0 {
			continue
		}
		if h := r.named(at).hash; h == 0 || in.hashes[h>>6&3]&(1<<(h&63)) != 0 {
			return true
		}
	}
	return false
}

// watch adds what a relation is called if one of its columns is of interest, or may be.
func (r *resolver) watch(rel *relation) {
	if rel.maybe == nil && !rel.hole && (rel.table == nil || !rel.table.changed) && !anyTouched(rel.cols) {
		return
	}
	if rel.table != nil {
		r.interest.merge(&rel.table.interest)
	} else {
		r.interest.learn(rel.cols) // under the names that a subquery gave them
	}
	if rel.open && rel.table != nil && rel.table.moved != nil {
		r.interest.all = true // the new dataset must have whatever is read
	}
	r.interest.add(rel.alias)
	for _, n := range rel.path {
		r.interest.add(n)
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
	for ; len(s) >= 8; s = s[8:] {
		if (s[0]|s[1]|s[2]|s[3]|s[4]|s[5]|s[6]|s[7])&0x80 != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
