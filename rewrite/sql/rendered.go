package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// Piece is a stretch of the text that a template engine makes of a file. Put end to end, the pieces are one
// variant of the SQL. A piece either stands in the file as it is, from Start to End, or it is made: Text is what
// the template from Start to End gives. A stretch of the file may come several times, as a loop's body does.
//
//	{{ cents('c') }}, which a macro turns into (c / 100), is three pieces:
//	{{ cents('   made   "("
//	c            as it is
//	') }}        made   " / 100)"
type Piece struct {
	Start, End int
	Text       string
	Made       bool
	// Closes: what would be inserted right before this piece, which is made and without text, goes behind it, so that an alias does not end
	// up inside a template.
	Closes bool
}

// Rendered has one variant of a file rewritten as SQL, given as pieces, and answers in places of the file. What would have to
// be edited in a made piece is refused at its template, and so is an edit that only some of a stretch's copies
// need. Calls of ref and source may be left as they are: the rewriter reads {{ ref('x') }} as a table.
//
// A file with branches is rewritten once for each variant; the caller keeps the edits on which they agree.
func Rendered(follow func(rewrite.File) rewrite.Result, f rewrite.File, pieces []Piece) rewrite.Result {
	m := pieceMap{file: f, pieces: pieces}
	if at := m.render(); at >= 0 {
		return rewrite.Result{Path: f.Path, Refusals: []rewrite.Refusal{{Line: 1, Column: 1, Code: "bad_pieces",
			Message: "a piece of the rendered text lies outside the file"}}}
	}
	res := follow(rewrite.File{Path: f.Path, Content: m.text})
	out := rewrite.Result{Path: f.Path}
	m.edits(&out, res.Edits)
	for _, r := range res.Refusals {
		r.Start, r.End = m.back(r.Start, r.End)
		out.Refusals = append(out.Refusals, r)
	}
	m.unrelated(&out, res.Unrelated)
	out.Verified = res.Verified && len(out.Refusals) == 0
	out.Sort()
	out.Refusals = slices.Compact(out.Refusals)
	out.Locate(f.Content)
	return out
}

// pieceMap leads from the rendered text back to the file.
type pieceMap struct {
	file   rewrite.File
	pieces []Piece
	text   []byte
	starts []int // where each piece begins in text
}

// render puts the pieces together; it gives the first that does not fit the file, or -1.
func (m *pieceMap) render() int {
	for i, p := range m.pieces {
		if p.Start < 0 || p.End < p.Start || p.End > len(m.file.Content) {
			return i
		}
		m.starts = append(m.starts, len(m.text))
		if p.Made {
			m.text = append(m.text, p.Text...)
		} else {
			m.text = append(m.text, m.file.Content[p.Start:p.End]...)
		}
	}
	return -1
}

// pieceAt is the piece that holds the byte at an offset, or the last one.
func (m *pieceMap) pieceAt(at int) int {
	i, exact := slices.BinarySearch(m.starts, at)
	if !exact {
		return max(0, i-1)
	}
	for i+1 < len(m.starts) && m.starts[i+1] == at { // pieces without text
		i++
	}
	return i
}

// back gives the range of the file that a range of the text comes from.
func (m *pieceMap) back(start, end int) (from, to int) {
	if end == 0 || len(m.pieces) == 0 {
		return 0, 0
	}
	first, last := m.pieceAt(start), m.pieceAt(max(start, end-1))
	from, to = m.pieces[first].Start, m.pieces[last].End
	if !m.pieces[first].Made {
		from += start - m.starts[first]
	}
	if !m.pieces[last].Made {
		to = m.pieces[last].Start + end - m.starts[last]
	}
	if to < from { // a loop's later copies begin again
		to = from
	}
	return from, to
}

// edits keeps those that stand in the file and that every copy of the place needs.
func (m *pieceMap) edits(out *rewrite.Result, edits []rewrite.Edit) {
	asked := map[rewrite.Edit]int{}
	for _, e := range m.apart(edits) {
		i, ok := m.owner(e.Start, e.End)
		if !ok {
			from, to := m.back(e.Start, max(e.End, e.Start+1))
			out.Refusals = append(out.Refusals, refusalOf(e, from, to, "template", "this template writes a name that changes"))
			continue
		}
		e.Start, e.End = m.inFile(i, e.Start), m.inFile(i, e.End)
		e.Line, e.Column = 0, 0
		asked[e]++
	}
	var disputed []rewrite.Edit
	out.Edits, disputed = m.agreed(asked)
	for _, e := range disputed {
		out.Refusals = append(out.Refusals, refusalOf(e, e.Start, e.End, "template_disagrees",
			"this place comes several times in what the template makes, and needs different edits"))
	}
}

// apart takes the alias off an edit that is followed by a piece that closes: the alias goes behind that.
func (m *pieceMap) apart(edits []rewrite.Edit) []rewrite.Edit {
	var out []rewrite.Edit
	for _, e := range edits {
		k, found := slices.BinarySearch(m.starts, e.End)
		at := max(strings.LastIndex(e.New, " AS "), strings.LastIndex(e.New, " as "))
		if found && m.pieces[k].Closes && e.Start < e.End && at >= 0 {
			alias := e
			alias.Start, alias.New, e.New = e.End, e.New[at:], e.New[:at]
			out = append(out, e, alias)
			continue
		}
		out = append(out, e)
	}
	return out
}

// owner is the piece of the file that has all of an edit.
func (m *pieceMap) owner(start, end int) (int, bool) {
	if len(m.pieces) == 0 {
		return 0, false
	}
	i := m.pieceAt(start)
	if start == end { // an insertion belongs to what it follows, and goes behind what closes that
		for i > 0 && m.starts[i] == start {
			i--
		}
		for i+1 < len(m.pieces) && m.starts[i+1] == start && m.pieces[i+1].Closes {
			i++
		}
		return i, !m.pieces[i].Made || m.pieces[i].Closes || start == m.end(i)
	}
	return i, !m.pieces[i].Made && end <= m.end(i)
}

func (m *pieceMap) end(i int) int {
	if i+1 < len(m.starts) {
		return m.starts[i+1]
	}
	return len(m.text)
}

// inFile is an offset of the text in the file, by the piece that it belongs to.
func (m *pieceMap) inFile(i, at int) int {
	if m.pieces[i].Made {
		return m.pieces[i].End
	}
	return m.pieces[i].Start + at - m.starts[i]
}

func refusalOf(e rewrite.Edit, start, end int, code, message string) rewrite.Refusal {
	return rewrite.Refusal{Start: start, End: end, Code: code, Message: message, Suggestion: advice(code),
		Dataset: e.Dataset, Change: e.Change}
}

// unrelated keeps what stands in the file and is neither edited nor refused in another copy.
func (m *pieceMap) unrelated(out *rewrite.Result, list []rewrite.Unrelated) {
	done := handled(nil, out)
	seen := map[rewrite.Unrelated]bool{}
	for _, u := range list {
		u.Start, u.End = m.back(u.Start, u.End)
		u.Line, u.Column = 0, 0
		if !seen[u] && !done.hold(span{u.Start, u.End}) {
			seen[u] = true
			out.Unrelated = append(out.Unrelated, u)
		}
	}
}
