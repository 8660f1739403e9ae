package rewrite

import (
	"bytes"
	"fmt"
)

// around is how many unchanged lines a patch shows beside a change.
const around = 3

// replaced says that the lines from a0 to a1 became others.
type replaced struct {
	a0, a1 int
	lines  [][]byte
}

// Unified shows edits as the hunks of a unified patch, without its header. The edits say where the text changed, so
// nothing is compared. Edits that Apply would refuse show nothing.
func Unified(src []byte, edits []Edit) []byte {
	if _, err := Apply(src, edits); err != nil {
		return nil
	}
	old := linesOf(src)
	changes := byLine(src, edits)
	var b bytes.Buffer
	shift := 0
	for len(changes) > 0 {
		n := together(changes)
		shift += writeHunk(&b, old, changes[:n], shift)
		changes = changes[n:]
	}
	return b.Bytes()
}

// linesOf splits a text after its line feeds.
func linesOf(text []byte) [][]byte {
	var out [][]byte
	for line := range bytes.Lines(text) {
		out = append(out, line)
	}
	return out
}

// byLine puts together the edits that touch one line, and gives the lines that come of them.
func byLine(src []byte, edits []Edit) []replaced {
	index := NewLines(src)
	var out []replaced
	for i := 0; i < len(edits); {
		first, _ := index.Position(edits[i].Start)
		last, _ := index.Position(edits[i].End)
		n := i + 1
		for ; n < len(edits); n++ {
			line, _ := index.Position(edits[n].Start)
			if line > last {
				break
			}
			last, _ = index.Position(edits[n].End)
		}
		start, _ := index.Offset(first, 1)
		end, ok := index.Offset(last+1, 1)
		if !ok {
			end = len(src)
		}
		if r := change(src[start:end], edits[i:n], start); r.a1 > r.a0 || len(r.lines) > 0 {
			r.a0, r.a1 = r.a0+first-1, r.a1+first-1
			out = appendTo(out, r)
		}
		i = n
	}
	return out
}

// appendTo joins changes that follow each other without a line between them.
func appendTo(list []replaced, r replaced) []replaced {
	if n := len(list) - 1; n >= 0 && list[n].a1 == r.a0 {
		list[n].a1, list[n].lines = r.a1, append(list[n].lines, r.lines...)
		return list
	}
	return append(list, r)
}

// change edits some lines, and leaves out those at both ends that stay.
func change(lines []byte, edits []Edit, offset int) replaced {
	moved := make([]Edit, len(edits))
	for i, e := range edits {
		e.Start, e.End = e.Start-offset, e.End-offset
		moved[i] = e
	}
	after, err := Apply(lines, moved)
	if err != nil {
		return replaced{}
	}
	a, b := linesOf(lines), linesOf(after)
	r := replaced{a1: len(a), lines: b}
	for r.a0 < r.a1 && len(r.lines) > 0 && bytes.Equal(a[r.a0], r.lines[0]) {
		r.a0, r.lines = r.a0+1, r.lines[1:]
	}
	for r.a0 < r.a1 && len(r.lines) > 0 && bytes.Equal(a[r.a1-1], r.lines[len(r.lines)-1]) {
		r.a1, r.lines = r.a1-1, r.lines[:len(r.lines)-1]
	}
	return r
}

// together returns how many of the next changes are so near that their surroundings meet.
func together(changes []replaced) int {
	n := 1
	for n < len(changes) && changes[n].a0-changes[n-1].a1 <= 2*around {
		n++
	}
	return n
}

// writeHunk returns by how many lines the text grew. shift is by how many it had grown before.
func writeHunk(b *bytes.Buffer, old [][]byte, changes []replaced, shift int) (grown int) {
	from := max(0, changes[0].a0-around)
	to := min(len(old), changes[len(changes)-1].a1+around)
	for _, c := range changes {
		grown += len(c.lines) - (c.a1 - c.a0)
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", lineSpan(from, to-from), lineSpan(from+shift, to-from+grown))
	at := from
	for _, c := range changes {
		writeLines(b, ' ', old[at:c.a0])
		writeLines(b, '-', old[c.a0:c.a1])
		writeLines(b, '+', c.lines)
		at = c.a1
	}
	writeLines(b, ' ', old[at:to])
	return grown
}

// lineSpan writes START,COUNT as patches do: an empty span names the line before it, and a count of one is left out.
func lineSpan(start, count int) string {
	switch count {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, count)
}

func writeLines(b *bytes.Buffer, sign byte, lines [][]byte) {
	for _, line := range lines {
		b.WriteByte(sign)
		b.Write(line)
		if !bytes.HasSuffix(line, []byte("\n")) {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
