package sql

import "slices"

// shape is what a list of columns looks like from far: enough to pass over most of them. Everything that reads one
// list shares its shape.
type shape struct {
	of      []outcol
	sieve   [2]bits     // by side: of the hashes
	hashes  [2][]uint32 // by side: of every column
	unsure  bool        // some name has no hash
	touched bool        // some column is concerned by a change
	nested  bool        // some column has fields
	index   [2]*index   // by side; of tables only, which many files read
}

// index says where the columns of a name can begin in a list: by the low bits of their hash, the first with those.
type index struct {
	first [128]uint16
	once  bool // no two columns have one hash
}

// indexMost bounds the columns of a list with an index.
const indexMost = 1 << 10

func indexOf(hashes []uint32) *index {
	if len(hashes) > indexMost {
		return nil
	}
	in := &index{once: true}
	for i := range in.first {
		in.first[i] = uint16(len(hashes)) //nolint:gosec // checked above
	}
	for i, hash := range slices.Backward(hashes) {
		in.once = in.once && !slices.Contains(hashes[i+1:], hash)
		in.first[hash%128] = uint16(i) //nolint:gosec // checked above
	}
	return in
}

// shapeOf looks at columns. room is for the hashes of both sides.
func shapeOf(cols []outcol, room []uint32) shape {
	s := shape{of: cols, touched: anyTouched(cols)}
	s.hashes = [2][]uint32{room[:len(cols)], room[len(cols):]}
	for i := range cols {
		s.nested = s.nested || len(cols[i].fields) > 0
		for side, n := range [...]*name{&cols[i].before, &cols[i].after} {
			s.unsure = s.unsure || n.hash == 0 && n.text != ""
			s.sieve[side].add(n.hash)
			s.hashes[side][i] = n.hash
		}
	}
	return s
}

func (r *resolver) shapeOf(cols []outcol) *shape {
	return r.mem.shapes.put(shapeOf(cols, r.mem.hashes.take(2*len(cols))))
}

// fits: the shape is that of these columns.
func (s *shape) fits(cols []outcol) bool {
	return s != nil && len(cols) > 0 && len(cols) == len(s.of) && &cols[0] == &s.of[0]
}

// may: some column may have the name.
func (s *shape) may(n name, on side) bool {
	return s.unsure || n.hash == 0 || s.sieve[on.index()].has(n.hash)
}

// column finds a column by name in a relation; two of the name make it ambiguous, which SQL would not run.
func (rel *relation) column(d *dialect, n name, s side) (col *outcol, twice bool) {
	list := rel.shape
	if list == nil || !list.may(n, s) {
		return nil, false
	}
	hashes, hashed, once, i := list.hashes[s.index()], !list.unsure && n.hash != 0, false, 0
	if in := list.index[s.index()]; hashed && in != nil {
		once, i = in.once, int(in.first[n.hash%128])
	}
	for ; i < len(hashes); i++ {
		if hashed && hashes[i] != n.hash {
			continue
		}
		switch c := &list.of[i]; {
		case !d.same(*c.on(s), n):
		case col == nil && once:
			return c, false
		case col == nil:
			col = c
		case col.pair == oldOfTwo && c.pair == newOfTwo: // both names coexist: the old one's new name is the new one
			col = c
		case col.pair == newOfTwo && c.pair == oldOfTwo:
		default:
			return col, true
		}
	}
	return col, false
}
