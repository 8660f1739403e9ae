package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// holdsWord: the token is the name, in any case, or holds it as a word if it is a literal, a comment or a template.
func holdsWord(t token.Token, src []byte, word string) bool {
	if word == "" || int(t.End-t.Start) < len(word) {
		return false
	}
	switch t.Kind {
	case token.Space, token.Op:
		return false
	case token.Word:
		return int(t.End-t.Start) == len(word) && foldsTo(t.Text(src), word)
	}
	return indexWord(t.Text(src), word) >= 0
}

func foldsTo(b []byte, word string) bool { return strings.EqualFold(string(b), word) }

// indexWord finds the word in any case, with no letter, digit or underscore on either side.
func indexWord(text []byte, word string) int {
	if word == "" {
		return -1
	}
	first := lowerByte(word[0])
	for i := 0; i+len(word) <= len(text); i++ {
		if lowerByte(text[i]) != first && text[i] < 0x80 {
			continue
		}
		if foldsTo(text[i:i+len(word)], word) && !wordByte(text, i-1) && !wordByte(text, i+len(word)) {
			return i
		}
	}
	return -1
}

func lowerByte(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func wordByte(text []byte, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	b := lowerByte(text[i])
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_' || b >= 0x80
}

// lastNames are the last parts of every name of a dataset; of ref('x') the x.
func (c *catalog) lastNames(t *rewrite.Table) []string {
	var out []string
	add := func(written string) {
		if call := templateCall(written); call != "" {
			parts := strings.Split(call, "'")
			if len(parts) > 1 {
				out = append(out, parts[len(parts)-2])
			}
			return
		}
		if parts := splitPath(written); len(parts) > 0 {
			out = append(out, parts[len(parts)-1].text)
		}
	}
	add(t.Dataset)
	for _, n := range t.Names {
		add(n)
	}
	for _, n := range c.req.ReadAs[t.Dataset] {
		add(n)
	}
	return out
}
