package protobuf

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// The bounds of what Parse reads.
const (
	maxFile   = 4 << 20  // bytes of one file
	maxTotal  = 64 << 20 // bytes of all files
	maxLine   = 16 << 10 // bytes of a line: the parser counts columns from its start for every name
	maxNest   = 64       // braces and brackets within each other
	maxDepth  = 100      // messages within messages, through their fields
	maxFields = 200_000  // of all datasets, with enum values; the fields of a message count wherever it is used
)

// text is the content of a file, and where things stand in it.
type text struct {
	file string
	src  []byte
}

func newText(f schema.File) text {
	src := f.Content
	if bom := []byte("\ufeff"); bytes.HasPrefix(src, bom) {
		src = append([]byte("   "), src[len(bom):]...) // places stay what they are
	}
	return text{f.Path, src}
}

// at returns the place of an offset; columns count bytes.
func (t text) at(offset int) repo.Position {
	before := t.src[:min(offset, len(t.src))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return repo.Position{File: t.file, Line: bytes.Count(before, []byte("\n")) + 1, Column: len(before) - start + 1}
}

func (t text) fault(offset int, format string, args ...any) error {
	return &schema.ParseError{Position: t.at(offset), Msg: fmt.Sprintf(format, args...)}
}

// guard refuses long lines, deep nesting, and what is not UTF-8, before the parser sees them.
func (t text) guard() error {
	if !utf8.Valid(t.src) {
		return t.fault(0, "this file is not UTF-8; save it as UTF-8")
	}
	for start := 0; start < len(t.src); {
		n := bytes.IndexByte(t.src[start:], '\n')
		if n < 0 {
			n = len(t.src) - start
		}
		if n > maxLine {
			return t.fault(start, "a line of %d bytes; break it into lines of at most %d", n, maxLine)
		}
		start += n + 1
	}
	depth := 0
	for i := 0; i < len(t.src); i++ {
		switch c := t.src[i]; c {
		case '"', '\'':
			i = t.closing(i, c)
		case '/':
			i = t.comment(i)
		case '{', '[', '(', '<':
			if depth++; depth > maxNest {
				return t.fault(i, "braces within braces more than %d deep; Skein reads no such schema", maxNest)
			}
		case '}', ']', ')', '>':
			depth = max(0, depth-1)
		}
	}
	return nil
}

// closing returns the offset of the quote that ends a text, or of the end of its line.
func (t text) closing(i int, quote byte) int {
	for i++; i < len(t.src) && t.src[i] != quote && t.src[i] != '\n'; i++ {
		if t.src[i] == '\\' {
			i++
		}
	}
	return i
}

// comment returns the last offset of a comment, or i when none begins there.
func (t text) comment(i int) int {
	rest := t.src[i:]
	var end int
	switch {
	case bytes.HasPrefix(rest, []byte("//")):
		end = bytes.IndexByte(rest, '\n')
	case bytes.HasPrefix(rest, []byte("/*")):
		if end = bytes.Index(rest[2:], []byte("*/")); end >= 0 {
			end += 3
		}
	default:
		return i
	}
	if end < 0 {
		return len(t.src)
	}
	return i + end
}
