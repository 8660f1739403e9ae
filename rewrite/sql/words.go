package sql

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// needle is a word that a file is searched for: a changed field's old name, or the last part of a dataset's.
type needle struct {
	word  string
	ch    *change
	field bool
}

// needles are all of them, the fields' first, with a sieve by first letter and length that most words fall through. There
// may be thousands, when every field of every dataset is looked for.
type needles struct {
	list  []needle
	sieve [32]uint64 // by first byte: the lengths, up to 63
	least int        // the length of the shortest plain one; 0 if the leaps are not to be used
	leaps [1 << 10]uint8
	begun [32][]int // by first byte: the numbers of those that are one word of ASCII
	odd   []int     // the numbers of the others
}

// hit is a token with a needle in it.
type hit struct {
	tok token.Token
	at  int // its number among the tokens of code, or -1
	ch  *change
}

func (n *needles) add(word string, ch *change, field bool) {
	if word == "" {
		return
	}
	if i, b := len(n.list), word[0]&31; plainWord(word) && isASCII(word) {
		n.begun[b] = append(n.begun[b], i)
	} else {
		n.odd = append(n.odd, i)
	}
	n.list = append(n.list, needle{word, ch, field})
	if word[0] >= 0x80 { // it may be another byte in another case
		for i := range n.sieve {
			n.sieve[i] |= 1 << min(len(word), 63)
		}
	}
	n.sieve[word[0]&31] |= 1 << min(len(word), 63) // letters of both cases fall on one
}

// may: a word of this length that begins with b may be a needle.
func (n *needles) may(b byte, length int) bool {
	return n.sieve[b&31]&(1<<(uint(min(length, 63))&63)) != 0
}

// collectFields has the old names of fields looked for. Of changes that ask for the same, the first stands for all.
func (c *catalog) collectFields() {
	fields := map[string]bool{}
	add := func(word string, ch *change) {
		if !fields[word] {
			fields[word] = true
			c.needles.add(word, ch, true)
		}
	}
	for k := range c.changes {
		ch := &c.changes[k]
		if n := len(ch.from); n > 0 && ch.Kind != rewrite.Reshape {
			add(ch.from[n-1], ch)
		}
		if ch.Kind == rewrite.ReplaceDataset {
			for from := range ch.Fields {
				add(from, ch)
			}
		}
	}
}

// collectDatasets has the names of the changed datasets looked for.
func (c *catalog) collectDatasets() {
	type subject struct {
		dataset, named string
		whole          bool // the dataset itself changes
	}
	first := map[subject]*change{}
	var subjects []subject
	for k := range c.changes {
		ch := &c.changes[k]
		s := subject{ch.about(), ch.datasetName(), len(ch.from) == 0}
		if first[s] == nil {
			first[s] = ch
			subjects = append(subjects, s)
		}
	}
	tables := c.tables()
	for _, s := range subjects {
		seen := map[string]bool{}
		for _, i := range tables[s.dataset] {
			c.lastNames(&c.req.Catalog.Tables[i], func(word string) {
				if !seen[word] {
					seen[word] = true
					c.needles.add(word, first[s], false)
				}
			})
		}
	}
}

// tables are the numbers of the entries of each dataset.
func (c *catalog) tables() map[string][]int {
	out := make(map[string][]int, len(c.req.Catalog.Tables))
	for i := range c.req.Catalog.Tables {
		dataset := c.req.Catalog.Tables[i].Dataset
		out[dataset] = append(out[dataset], i)
	}
	return out
}

// next is the number of the first token from one on that may be, or hold, a needle; as many as there are if none does.
func (n *needles) next(toks []token.Token, from int, src string) int {
	for i := from; i < len(toks); i++ {
		switch t := &toks[i]; t.Kind {
		case token.Op, token.Number:
		case token.Word:
			if n.may(src[t.Start], int(t.End-t.Start)) {
				return i
			}
		default:
			return i
		}
	}
	return len(toks)
}

// in is the first needle that a token is, or holds; wanted chooses among them.
func (n *needles) in(t token.Token, src string, wanted func(*needle) bool) *needle {
	if n == nil { // in a proof nothing changes any more
		return nil
	}
	switch t.Kind {
	case token.Space, token.Op:
		return nil
	case token.Word:
		if !n.may(src[t.Start], int(t.End-t.Start)) {
			return nil
		}
	}
	text, found := t.In(src), len(n.list)
	if t.Kind == token.Word {
		found = n.first(text, wanted, found)
	} else {
		for word := range wordsIn(text) {
			found = n.first(word, wanted, found)
		}
	}
	for _, i := range n.odd {
		if x := &n.list[i]; i < found && wanted(x) && (t.Kind == token.Word && len(text) == len(x.word) && equalFold(text, x.word) || t.Kind != token.Word && indexWord(text, x.word) >= 0) {
			found = i
		}
	}
	if found == len(n.list) {
		return nil
	}
	return &n.list[found]
}

// first is the number of the first needle that is the word, if it is one of ASCII and comes before another.
func (n *needles) first(word string, wanted func(*needle) bool, before int) int {
	for _, i := range n.begun[word[0]&31] {
		if i >= before {
			break
		}
		if x := &n.list[i]; len(x.word) == len(word) && equalFold(word, x.word) && wanted(x) {
			return i
		}
	}
	return before
}

// wordsIn gives the runs of letters, digits and underscores.
func wordsIn(text string) iter.Seq[string] {
	return strings.FieldsFuncSeq(text, func(r rune) bool { return r < utf8.RuneSelf && !token.InName(byte(r)) }) //nolint:gosec // one byte
}

// prepare measures the leaps of Wu and Manber's search: how far a window of the shortest needle's length can move on
// when these are its last two bytes, without passing over where a needle begins.
func (n *needles) prepare() {
	n.least = 255
	for i := range n.list {
		switch w := n.list[i].word; {
		case !plainWord(w):
		case !isASCII(w) || len(w) < 3:
			n.least = 0 // its bytes differ with its case, or there is nothing to leap
			return
		default:
			n.least = min(n.least, len(w))
		}
	}
	for i := range n.leaps {
		n.leaps[i] = uint8(n.least - 1) //nolint:gosec // at most 255
	}
	for i := range n.list {
		for at := 1; at < n.least && plainWord(n.list[i].word); at++ {
			leap := &n.leaps[pairOf(n.list[i].word[at-1], n.list[i].word[at])]
			*leap = min(*leap, uint8(n.least-1-at)) //nolint:gosec // at most 255
		}
	}
}

// pairOf is the same for letters of both cases.
func pairOf(a, b byte) int { return int(a&31)<<5 | int(b&31) }

// occur reports whether any needle stands in the text as a word: one pass, whatever their number.
func (n *needles) occur(src []byte) bool {
	for _, i := range n.odd {
		if !plainWord(n.list[i].word) && indexWord(string(src), n.list[i].word) >= 0 {
			return true
		}
	}
	if n.least == 0 {
		return n.anyWord(src)
	}
	for at := n.least - 1; at < len(src); {
		leap := n.leaps[pairOf(src[at-1], src[at])]
		if start := at - n.least + 1; leap == 0 && (start == 0 || !token.InName(src[start-1])) && n.begin(src[start:]) {
			return true
		}
		at += int(max(leap, 1))
	}
	return false
}

// begin: the text begins with a word that is a needle.
func (n *needles) begin(src []byte) bool {
	end := 0
	for end < len(src) && token.InName(src[end]) {
		end++
	}
	return n.may(src[0], end) && n.is(src[:end])
}

// anyWord looks at every word.
func (n *needles) anyWord(src []byte) bool {
	for i := 0; i < len(src); i++ {
		if !token.InName(src[i]) {
			continue
		}
		start := i
		for i++; i < len(src) && token.InName(src[i]); i++ {
		}
		if n.may(src[start], i-start) && n.is(src[start:i]) {
			return true
		}
	}
	return false
}

func (n *needles) is(word []byte) bool {
	for _, list := range [...][]int{n.begun[word[0]&31], n.odd} {
		for _, i := range list {
			if len(n.list[i].word) == len(word) && equalFold(n.list[i].word, string(word)) {
				return true
			}
		}
	}
	return false
}

// plainWord: the word is one run of letters, digits and underscores.
func plainWord(s string) bool {
	for i := range len(s) {
		if !wordByte(s, i) {
			return false
		}
	}
	return true
}

// indexWord finds the word in any case, with no letter, digit or underscore on either side.
func indexWord(text, word string) int {
	if word == "" {
		return -1
	}
	first := lowerByte(word[0])
	for i := 0; i+len(word) <= len(text); i++ {
		if b := text[i]; lowerByte(b) != first && b < 0x80 {
			continue
		}
		if strings.EqualFold(text[i:i+len(word)], word) && !wordByte(text, i-1) && !wordByte(text, i+len(word)) {
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

func wordByte(text string, i int) bool {
	return i >= 0 && i < len(text) && token.InName(text[i])
}

// lastNames gives the last parts of every name of a dataset; of ref('x') the x.
func (c *catalog) lastNames(t *rewrite.Table, yield func(string)) {
	add := func(written string) {
		if call := templateCall(written); call != "" {
			if last := lastArgument(call); last != "" {
				yield(last)
			}
			return
		}
		if parts := splitPath(written); len(parts) > 0 {
			yield(parts[len(parts)-1].text)
		}
	}
	add(t.Dataset)
	for _, n := range t.Names {
		add(n)
	}
	for _, n := range c.req.ReadAs[t.Dataset] {
		add(n)
	}
}

// lastArgument is the x of ref('x').
func lastArgument(call string) string {
	parts := strings.Split(call, "'")
	if len(parts) < 2 {
		return ""
	}
	return parts[len(parts)-2]
}
