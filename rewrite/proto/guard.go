package proto

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// The bounds of a file.
const (
	maxFile = 4 << 20
	maxLine = 16 << 10 // the parser counts columns from a line's start for every name
	maxNest = 64
)

// guard refuses what a parser would need too long for.
func guard(src []byte) error {
	if len(src) > maxFile {
		return errors.New("the file is larger than 4 MiB")
	}
	if !utf8.Valid(src) {
		return errors.New("it is not UTF-8")
	}
	n := 0
	for line := range bytes.Lines(src) {
		if n++; len(line) > maxLine {
			return fmt.Errorf("line %d has more than %d bytes", n, maxLine)
		}
	}
	depth, deepest := 0, 0
	scan(src, func(i int, in byte) {
		switch {
		case in != 0:
		case bytes.IndexByte([]byte("{[(<"), src[i]) >= 0:
			depth++
			deepest = max(deepest, depth)
		case bytes.IndexByte([]byte("}])>"), src[i]) >= 0:
			depth = max(0, depth-1)
		}
	})
	if deepest > maxNest {
		return fmt.Errorf("braces stand in braces more than %d deep", maxNest)
	}
	return nil
}

// scan visits each byte and says what it is in: '/' a comment, '"' a text, 0 neither.
func scan(src []byte, visit func(i int, in byte)) {
	span := func(i, end int, in byte) int {
		for end = min(end, len(src)); i < end; i++ {
			visit(i, in)
		}
		return i
	}
	for i := 0; i < len(src); {
		rest := src[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("//")):
			i = span(i, i+through(rest, 2, "\n"), '/')
		case bytes.HasPrefix(rest, []byte("/*")):
			i = span(i, i+through(rest, 2, "*/"), '/')
		case rest[0] == '"' || rest[0] == '\'':
			i = span(i, i+closing(rest), '"')
		default:
			i = span(i, i+1, 0)
		}
	}
}

// through is where a mark ends that is looked for from an offset, or the end.
func through(s []byte, from int, mark string) int {
	if n := bytes.Index(s[from:], []byte(mark)); n >= 0 {
		return from + n + len(mark)
	}
	return len(s)
}

// closing is where a text ends, at its quote or at the end of the line.
func closing(s []byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0], '\n':
			return i + 1
		}
	}
	return len(s)
}
