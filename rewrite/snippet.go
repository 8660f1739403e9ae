package rewrite

import (
	"bytes"
	"strings"
	"unicode"
)

// How much of a line a snippet shows: characters before the place, and in all.
const (
	snippetBefore = 60
	snippetWidth  = 110
)

// Snippet is what a compiler shows of a place: the line that it begins in, and below it marks under the place. Long
// lines are clipped, and what would move a cursor is replaced. It is empty where there is nothing to show.
func Snippet(src []byte, start, end int) string {
	if start < 0 || end <= start || end > len(src) {
		return ""
	}
	const window = 4 * snippetWidth // bytes that may be needed on either side
	from := max(0, start-window)
	from += bytes.LastIndexByte(src[from:start], '\n') + 1
	to := min(len(src), start+window)
	if i := bytes.IndexByte(src[start:to], '\n'); i >= 0 {
		to = start + i
	}
	line := bytes.TrimRight(src[from:to], "\r")
	at := min(start-from, len(line))
	left, right := []rune(string(line[:at])), []rune(string(line[at:]))
	marked := len([]rune(string(line[at:min(len(line), end-from)])))
	if len(left) > snippetBefore {
		left = append([]rune("…"), left[len(left)-snippetBefore:]...)
	}
	if rest := snippetWidth - len(left); len(right) > rest {
		right = append(right[:rest:rest], '…')
	}
	marks := strings.Repeat("^", max(1, min(marked, len(right))))
	return strings.Map(harmless, string(left)+string(right)) + "\n" + strings.Map(blank, string(left)) + marks
}

func harmless(c rune) rune {
	if c != '\t' && !unicode.IsGraphic(c) {
		return unicode.ReplacementChar
	}
	return c
}

func blank(c rune) rune {
	if c == '\t' {
		return c
	}
	return ' '
}
