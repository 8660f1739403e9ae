package git

import (
	"bytes"
	"slices"
)

// piece is a stretch in which a merge is not simply the first side: lines of the first side, those of the
// second, and which of them count.
type piece struct {
	first0, first1   int
	second0, second1 int
	take             choice
}

type choice int

const (
	conflict choice = iota
	takeFirst
	takeSecond
)

// mergeText merges two texts that came from one base, line by line. ok is false on a conflict.
func mergeText(base, first, second []byte) (merged []byte, ok bool) {
	t := texts(base, first, second)
	m := &merger{first: t[1], second: t[2]}
	m.collect(diff(t[0].ids, t[1].ids), diff(t[0].ids, t[2].ids))
	var out bytes.Buffer
	at := 0
	for _, p := range m.pieces {
		switch {
		case p.take == takeSecond:
			out.Write(bytes.Join(t[1].lines[at:p.first0], nil))
			out.Write(bytes.Join(t[2].lines[p.second0:p.second1], nil))
			at = p.first1
		case p.take == conflict && !m.same(p):
			return nil, false
		}
	}
	out.Write(bytes.Join(t[1].lines[at:], nil))
	return out.Bytes(), true
}

type merger struct {
	first, second text
	pieces        []piece
}

// same reports whether both sides made of a piece the same, in which case it is no conflict.
func (m *merger) same(p piece) bool {
	return slices.Equal(m.first.ids[p.first0:p.first1], m.second.ids[p.second0:p.second1])
}

// collect walks the changes of both sides. Changes that touch, with no line of the base between them, conflict
// unless they are the same. shift is how far a side's lines are from the base's.
func (m *merger) collect(x, y []hunk) {
	shiftX, shiftY := 0, 0
	for len(x) > 0 || len(y) > 0 {
		switch {
		case len(y) == 0 || len(x) > 0 && x[0].a1 < y[0].a0:
			h := x[0]
			m.add(piece{h.b0, h.b1, h.a0 + shiftY, h.a1 + shiftY, takeFirst})
			shiftX, x = h.b1-h.a1, x[1:]
		case len(x) == 0 || y[0].a1 < x[0].a0:
			h := y[0]
			m.add(piece{h.a0 + shiftX, h.a1 + shiftX, h.b0, h.b1, takeSecond})
			shiftY, y = h.b1-h.a1, y[1:]
		default:
			m.both(x[0], y[0])
			endX, endY := x[0].a1, y[0].a1
			if endX >= endY {
				shiftY, y = y[0].b1-endY, y[1:]
			}
			if endY >= endX {
				shiftX, x = x[0].b1-endX, x[1:]
			}
		}
	}
}

// both adds the stretch of the base that two touching changes cover together, as either side has it.
func (m *merger) both(x, y hunk) {
	a0, a1 := min(x.a0, y.a0), max(x.a1, y.a1)
	p := piece{x.b0 - (x.a0 - a0), x.b1 + a1 - x.a1, y.b0 - (y.a0 - a0), y.b1 + a1 - y.a1, conflict}
	if x.a0 != y.a0 || x.a1 != y.a1 || !m.same(p) {
		m.add(p)
	}
}

// add appends a piece, joined with the one before if they touch on either side.
func (m *merger) add(p piece) {
	if n := len(m.pieces) - 1; n >= 0 {
		last := &m.pieces[n]
		if p.first0 <= last.first1 || p.second0 <= last.second1 {
			if last.take != p.take {
				last.take = conflict
			}
			last.first1, last.second1 = p.first1, p.second1
			return
		}
	}
	m.pieces = append(m.pieces, p)
}
