package rewrite

import (
	"bytes"
	"sort"
)

// Lines turns byte offsets into lines and columns, both from 1, columns in bytes. A line ends after its \n.
type Lines struct {
	starts []int
	size   int
}

// NewLines indexes src.
func NewLines(src []byte) Lines {
	starts := make([]int, 1, 1+bytes.Count(src, []byte{'\n'}))
	for at := 0; ; {
		n := bytes.IndexByte(src[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
		starts = append(starts, at)
	}
	return Lines{starts: starts, size: len(src)}
}

// Position is where the byte at offset stands. An offset outside the file counts as its nearest end.
func (l Lines) Position(offset int) (line, column int) {
	offset = max(0, min(offset, l.size))
	line = sort.SearchInts(l.starts, offset+1)
	return line, offset - l.starts[line-1] + 1
}

// Offset is the reverse of Position; false if there is no such line or the column lies beyond the file.
func (l Lines) Offset(line, column int) (int, bool) {
	if line < 1 || line > len(l.starts) || column < 1 {
		return 0, false
	}
	offset := l.starts[line-1] + column - 1
	return offset, offset <= l.size
}

// walk finds the lines of offsets that mostly grow, without an index.
type walk struct {
	src              []byte
	at, line, starts int // the offset that it has come to, its line, and where that begins
}

// to goes to an offset, as Lines.Position does.
func (w *walk) to(offset int) (line, column int) {
	offset = max(0, min(offset, len(w.src)))
	if offset < w.at {
		w.at, w.line, w.starts = 0, 1, 0
	}
	for {
		n := bytes.IndexByte(w.src[w.at:offset], '\n')
		if n < 0 {
			break
		}
		w.at += n + 1
		w.line, w.starts = w.line+1, w.at
	}
	w.at = offset
	return w.line, offset - w.starts + 1
}
