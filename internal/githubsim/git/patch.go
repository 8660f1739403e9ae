package git

import (
	"bytes"
	"fmt"
)

// around is how many unchanged lines a patch shows around a change.
const around = 3

// patch compares two texts and returns unified hunks, and how many lines came and went. Too large, there is no
// patch, only the counts.
func patch(old, cur []byte) (unified string, additions, deletions int) {
	t := texts(old, cur)
	hunks := diff(t[0].ids, t[1].ids)
	for _, h := range hunks {
		additions += h.b1 - h.b0
		deletions += h.a1 - h.a0
	}
	if len(old) > maxText || len(cur) > maxText {
		return "", additions, deletions
	}
	var b bytes.Buffer
	for len(hunks) > 0 {
		n := together(hunks)
		writeHunks(&b, t[0].lines, t[1].lines, hunks[:n])
		hunks = hunks[n:]
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), additions, deletions
}

// together returns how many of the next changes are so near that their contexts meet.
func together(hunks []hunk) int {
	n := 1
	for n < len(hunks) && hunks[n].a0-hunks[n-1].a1 <= 2*around {
		n++
	}
	return n
}

func writeHunks(b *bytes.Buffer, old, cur [][]byte, hunks []hunk) {
	first, last := hunks[0], hunks[len(hunks)-1]
	before := min(around, first.a0)
	after := min(around, len(old)-last.a1)
	fmt.Fprintf(b, "@@ -%s +%s @@\n", span(first.a0-before, last.a1+after), span(first.b0-before, last.b1+after))
	at := first.a0 - before
	for _, h := range hunks {
		writeLines(b, ' ', old[at:h.a0])
		writeLines(b, '-', old[h.a0:h.a1])
		writeLines(b, '+', cur[h.b0:h.b1])
		at = h.a1
	}
	writeLines(b, ' ', old[at:last.a1+after])
}

// span writes START,COUNT as patches do: lines count from 1, an empty range names the line before it, and a
// count of one is left out.
func span(from, to int) string {
	switch to - from {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	default:
		return fmt.Sprintf("%d,%d", from+1, to-from)
	}
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
