package sql

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// Most edits put one plain name in the place of another. The edited file then has the tokens of the file, and as the
// parser asks of a plain name only whether it is a word of the grammar, it has the same tree too. So the proof takes
// both over, reads the new names, and looks every reference up afresh. Any other edit has the whole file read again.

// swapped is the edited file as read would give it; false if it has to be read.
func (s *source) swapped(edits []rewrite.Edit) (source, bool) {
	at := s.mem.ints.take(len(edits))
	for i := range edits {
		if at[i] = s.swap(&edits[i]); at[i] < 0 || i > 0 && at[i] <= at[i-1] {
			return source{}, false
		}
	}
	from, list := s.list, &s.mem.lists[1]
	from.disturb(at)
	list.toks, list.side = shifted(list.toks[:0], s.toks, edits), shifted(list.side[:0], from.side, edits)
	list.named, list.names = append(list.named[:0], from.named...), append(list.names[:0], from.names...)
	for _, i := range at {
		list.named[i] = 0
	}
	second := *s
	second.src, second.list, second.toks = exchanged(s.src, edits), list, list.toks
	return second, true
}

// exchanged is the text with the edits made, each of which is that of a token further on.
func exchanged(src string, edits []rewrite.Edit) string {
	size := len(src)
	for i := range edits {
		size += len(edits[i].New) - (edits[i].End - edits[i].Start)
	}
	var out strings.Builder
	out.Grow(size)
	last := 0
	for i := range edits {
		e := &edits[i]
		out.WriteString(src[last:e.Start])
		out.WriteString(e.New)
		last = e.End
	}
	out.WriteString(src[last:])
	return out.String()
}

// swap is two plain names, one for the other.
type swap struct{ before, after string }

// plain: both names are plain. Most edits are alike, so the last ones are kept.
func (m *memory) plain(before, after string) bool {
	if m.swap == (swap{before, after}) {
		return true
	}
	if !isPlainName(before) || !isPlainName(after) {
		return false
	}
	m.swap = swap{strings.Clone(before), after}
	return true
}

// swap is the token that the edit exchanges for another of its kind, or -1.
func (s *source) swap(e *rewrite.Edit) int {
	at, found := slices.BinarySearchFunc(s.toks, e.Start, func(t token.Token, start int) int { return int(t.Start) - start })
	if !found || s.roles[at] != roleNone && s.roles[at] != roleTable {
		return -1
	}
	t := s.toks[at]
	if int(t.End) != e.End || t.Kind != token.Word || t.Key != token.None ||
		e.Start > 0 && !bordersName(s.src[e.Start-1]) || e.End < len(s.src) && !bordersName(s.src[e.End]) {
		return -1
	}
	if !s.mem.plain(t.In(s.src), e.New) {
		return -1
	}
	return at
}

// bordersName: whatever plain name stands beside this byte, both are lexed as they would be for another name.
func bordersName(b byte) bool {
	switch b {
	case ' ', '\n', '\r', '\t', ',', '.', '(', ')', '=', '<', '>', '+', '-', '*', '/', '|', ';':
		return true
	}
	return false
}

// isPlainName: the text is a bare name that no grammar knows.
func isPlainName(text string) bool {
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		return false
	}
	for i := range len(text) {
		if text[i] >= 0x80 || !token.InName(text[i]) {
			return false
		}
	}
	return token.Lookup([]byte(text)) == token.None && !grammarWord(text)
}

// shifted appends the tokens as they lie once names were exchanged.
func shifted(dst, toks []token.Token, edits []rewrite.Edit) []token.Token {
	shift, next := int32(0), 0
	for i := range edits {
		start, end, grows := int32(edits[i].Start), int32(edits[i].End), len(edits[i].New)-(edits[i].End-edits[i].Start) //nolint:gosec // the file is under 8 MB, and edits add little
		for ; next < len(toks) && toks[next].Start < end; next++ {
			t := toks[next]
			t.Start, t.End = t.Start+shift, t.End+shift
			if toks[next].Start == start {
				t.End += int32(grows) //nolint:gosec // as above
			}
			dst = append(dst, t)
		}
		shift += int32(grows) //nolint:gosec // as above
	}
	for _, t := range toks[next:] {
		t.Start, t.End = t.Start+shift, t.End+shift
		dst = append(dst, t)
	}
	return dst
}

// grammarWord: the parser knows the word, and may ask for it where a name stands. The words of token.Lookup are others.
func grammarWord(text string) bool {
	var room [16]byte
	if len(text) > len(room) {
		return false
	}
	word := room[:len(text)]
	for i := range len(text) {
		if word[i] = text[i]; text[i] >= 'a' && text[i] <= 'z' {
			word[i] -= 'a' - 'A'
		}
	}
	switch string(word) {
	case "ABSENT", "AGGREGATE", "APPLY", "ARRAY", "ASSERT", "ATOMIC", "BEFORE", "BIGNUMERIC", "BINARY", "BOOL", "BOTH",
		"BREAK", "BYTES", "CENTURY", "CHANGES", "CHAR", "CHARACTER", "CHECK", "CLUSTERED", "CONDITIONAL", "CONTINUE",
		"COPY", "CURRENT", "CYCLE", "D", "DATA", "DATABASE", "DAY", "DAYOFWEEK", "DAYOFYEAR", "DAYS", "DAY_HOUR",
		"DAY_SECOND", "DD", "DECADE", "DECIMAL", "DELIMITER", "DIV", "DOUBLE", "DUPLICATE", "DW", "DY", "ELSEIF",
		"ELSIF", "EMPTY", "ENCODING", "EPOCH", "ERROR", "EXCEPTION", "EXTEND", "EXTENSION", "EXTERNAL", "FALSE",
		"FILL", "FOLLOWING", "FOREIGN", "FORMAT", "FUNCTION", "HH", "HOUR", "HOURS", "IGNORE", "INCLUDE", "INDEX",
		"INOUT", "ISOWEEK", "ISOYEAR", "ITERATE", "JSON", "KEEP", "KEY", "KEYS", "LAMBDA", "LANGUAGE", "LEADING",
		"LEAVE", "LIVE", "LOCAL", "LOCKED", "LOOP", "M", "MATCH_RECOGNIZE", "MI", "MICROSECOND", "MILLENNIUM",
		"MILLISECOND", "MINUTE", "MINUTES", "MM", "MOD", "MODEL", "MONTH", "MONTHS", "NANOSECOND", "NEXT", "NO",
		"NONCLUSTERED", "NOWAIT", "NULL", "NUMERIC", "OBJECT", "OMIT", "ON", "OTHERS", "OUT", "OVERLAPS", "OVERWRITE",
		"PERCENT", "PLACING", "POLICY", "PRECEDING", "PRECISION", "PREPARE", "PRINT", "PROC", "PROCEDURE", "QQ",
		"QUARTER", "QUARTERS", "QUERY", "QUOTES", "RAISE", "RANGE", "REPEAT", "RETURN", "RETURNING", "ROLE", "SCALAR",
		"SCHEMA", "SEARCH", "SECOND", "SECONDS", "SECURE", "SEPARATOR", "SEQUENCE", "SHARE", "SKIP", "SNAPSHOT", "SS",
		"STAGE", "STRAIGHT_JOIN", "STREAM", "STREAMING", "STRING", "SYMMETRIC", "SYSTEM_TIME", "THROW", "TIES", "TIME",
		"TIMESTAMP", "TIMESTAMPTZ", "TO", "TOP", "TOTALS", "TRAILING", "TRAN", "TRANSIENT", "TRIGGER", "TRUE", "TYPE",
		"UNBOUNDED", "UNCONDITIONAL", "UNIQUE", "UNKNOWN", "UNLOGGED", "UNTIL", "USER", "UTF8", "UUID", "VARIADIC",
		"VARYING", "VERSION", "VOLATILE", "WEEK", "WEEKS", "WHILE", "WITH", "WITHOUT", "WK", "WORK", "WRAPPER", "XOR",
		"Y", "YEAR", "YEARS", "YEAR_MONTH", "YY", "YYYY", "ZONE", "_UTF8", "_UTF8MB4":
		return true
	}
	return false
}
