package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// slab gives out room in blocks that are used again for the next file, so that reading a file allocates nothing once
// a worker is warm. What a file left in a block stays there until it is written over.
type slab[T any] struct {
	room   []T // the block that is in use
	used   int // of room
	next   int // block
	blocks [][]T
	first  [slabFirst]T // the first block
}

// A slab begins with slabFirst values and doubles; one that grew beyond slabMost is let go.
const (
	slabFirst = 32
	slabMost  = 1 << 16
)

// place is room for one value, to be written before it is read.
func (s *slab[T]) place() *T {
	at := s.used
	if at == len(s.room) {
		s.turn(1)
		at = 0
	}
	s.used = at + 1
	return &s.room[at]
}

// one is a single zeroed value.
func (s *slab[T]) one() *T {
	var zero T
	v := s.place()
	*v = zero
	return v
}

// put is a value's place.
func (s *slab[T]) put(value T) *T {
	v := s.place()
	*v = value
	return v
}

// take is room for n values, to be written before they are read. The list cannot grow in place.
func (s *slab[T]) take(n int) []T {
	from, to := s.used, s.used+n
	if to > len(s.room) {
		s.turn(n)
		from, to = 0, n
	}
	s.used = to
	return s.room[from:to:to]
}

// turn goes on to a block with room for n values.
//
//go:noinline
func (s *slab[T]) turn(n int) {
	if s.room == nil && n <= slabFirst {
		s.room = s.first[:]
		return
	}
	for s.next < len(s.blocks) {
		s.room = s.blocks[s.next]
		if s.next++; n <= len(s.room) {
			return
		}
	}
	s.room = make([]T, max(n, slabFirst<<min(1+len(s.blocks), 8)))
	s.blocks = append(s.blocks, s.room)
	s.next = len(s.blocks)
}

// push appends to a list of the slab.
func (s *slab[T]) push(list []T, v T) []T {
	if len(list) == cap(list) {
		list = s.grown(list)
	}
	return append(list, v)
}

// longer is the list with room for one more value at its end, to be written before it is read.
func (s *slab[T]) longer(list []T) []T {
	if len(list) == cap(list) {
		list = s.grown(list)
	}
	return list[:len(list)+1]
}

// grown is the list with room for as many values again.
func (s *slab[T]) grown(list []T) []T {
	more := s.take(max(4, 2*len(list)))
	if len(list) == 0 {
		return more[:0]
	}
	return more[:copy(more, list)]
}

// pushAll appends several.
func (s *slab[T]) pushAll(list, more []T) []T {
	if len(list)+len(more) > cap(list) {
		grown := s.take(len(list) + max(len(list), len(more)))
		list = grown[:copy(grown, list)]
	}
	return append(list, more...)
}

// reset takes everything back, and lets go of what has grown too large.
func (s *slab[T]) reset() {
	if s.used = 0; len(s.blocks) > 0 {
		s.rewind()
	}
}

// rewind goes back to the first block.
//
//go:noinline
func (s *slab[T]) rewind() {
	size := 0
	for i := range s.blocks {
		size += len(s.blocks[i])
	}
	if s.room, s.next = s.first[:], 0; size > slabMost {
		s.blocks = nil
	}
}

// Texts and edits are not used again: who has them keeps them. They are cut from blocks, as most files are short.
const (
	textBlock = 1 << 15 // bytes
	editBlock = 64
)

// texts makes strings.
type texts struct{ block strings.Builder }

// begin makes room for a text and says where it begins; what is then written to the block is that text.
func (t *texts) begin(size int) (at int) {
	if t.block.Cap()-t.block.Len() < size {
		t.block = strings.Builder{}
		t.block.Grow(max(size, textBlock))
	}
	return t.block.Len()
}

// text is a copy of bytes.
func (m *memory) text(src []byte) string {
	at := m.texts.begin(len(src))
	m.texts.block.Write(src)
	return m.texts.end(at)
}

// end is the text that begins there.
func (t *texts) end(at int) string { return t.block.String()[at:] }

// edits is an empty list with room for n.
func (m *memory) edits(n int) []rewrite.Edit {
	if m.editRoom == nil || len(m.editRoom) < n {
		m.editRoom = make([]rewrite.Edit, max(n, editBlock))
	}
	out := m.editRoom[:0:n]
	m.editRoom = m.editRoom[n:]
	return out
}

// memory is what reading one file takes: the tokens, the tree and what the resolver learns. A rewriter keeps a
// few for its next files. Nothing in a Result may point into what is used again.
type memory struct {
	exprs    slab[expr]
	mores    slab[more]
	kids     slab[*expr]
	ints     slab[int]
	items    slab[item]
	froms    slab[from]
	fromList slab[*from]
	queries  slab[query]
	bodies   slab[selectBody]
	withs    slab[with]
	ctes     slab[cte]
	windows  slab[windowSpec]
	defs     slab[windowDef]
	orders   slab[orderItem]
	stmts    slab[stmt]
	stmtList slab[*stmt]

	scopes  slab[scope]
	merges  slab[merge]
	envs    slab[env]
	results slab[result]
	rels    slab[relation]
	relList slab[*relation]
	cols    slab[outcol]
	outputs slab[output]
	names   slab[name]
	shapes  slab[shape]
	hashes  slab[uint32]

	lists  [2]lists // of the file, and of the edited file
	folded map[string]string
	asked  *asked // whom it served last, with
	cat    *catalog
	swap   swap // the last names that were exchanged
	texts  texts

	editRoom []rewrite.Edit // that nobody has
	numbers  []int          // -1, 0, 1 and so on: a list of one token, as most paths are, is a piece of it
}

// lists are those that grow with the file.
type lists struct {
	toks, side []token.Token // of code, and between it
	roles      []role
	hot        []int32 // of toks: 0, or 1 if it is, or holds, a changed name; with a reason to leave it, 2 + its number
	edited     []int32 // of toks: the number of the edit that begins there, from 1
	hits       []hit
	done       []span  // what is edited or refused
	visits     []bool  // of every reference: it was looked up
	named      []int32 // of toks: the number of its name from 1, 0 if it was not read yet
	names      []name
	outNames   []string
	outRuns    []span // of outNames: columns of stars
	calms      []calm
	source     source
	resolver   resolver
	interest   interest
}

func newMemory() *memory {
	return &memory{folded: map[string]string{}}
}

// count makes sure that every token has its number in numbers.
func (m *memory) count(toks int) {
	for n := len(m.numbers) - 1; n < toks; n++ {
		m.numbers = append(m.numbers, n)
	}
}

// only is the list of one token, or of none found, which is -1. Nobody writes into it, and it grows elsewhere.
func (m *memory) only(tok int) []int { return m.numbers[tok+1 : tok+2 : tok+2] }

// reset makes the memory ready for another file, and lets go of what a very large one took.
func (m *memory) reset() {
	for i := range m.lists {
		if l := &m.lists[i]; cap(l.toks) > slabMost {
			*l = lists{}
		}
	}
	if cap(m.numbers) > slabMost {
		m.numbers = nil
	}
	if m.texts.block.Cap() > slabMost {
		m.texts = texts{}
	}
	m.exprs.reset()
	m.mores.reset()
	m.kids.reset()
	m.ints.reset()
	m.items.reset()
	m.froms.reset()
	m.fromList.reset()
	m.queries.reset()
	m.bodies.reset()
	m.withs.reset()
	m.ctes.reset()
	m.windows.reset()
	m.defs.reset()
	m.orders.reset()
	m.stmts.reset()
	m.stmtList.reset()
	m.scopes.reset()
	m.merges.reset()
	m.envs.reset()
	m.results.reset()
	m.rels.reset()
	m.relList.reset()
	m.cols.reset()
	m.outputs.reset()
	m.names.reset()
	m.shapes.reset()
	m.hashes.reset()
}

// foldedMost bounds how many names are remembered in their folded form.
const foldedMost = 4096

// bare is the dialect's bare. Names come again and again, so those in another case are kept.
func (m *memory) bare(d *dialect, text string) name {
	from, after := d.fold.folded()
	hash, other := scan(text, from, after)
	if !other && (hash != 0 || from == 0) {
		return name{text: text, hash: hash}
	}
	if stored, ok := m.folded[text]; ok {
		if hash, other = scan(stored, from, after); !other && hash != 0 {
			return name{text: stored, hash: hash}
		}
	}
	if len(m.folded) >= foldedMost {
		clear(m.folded)
	}
	n := d.bare(text)
	m.folded[strings.Clone(text)] = n.text
	return n
}
