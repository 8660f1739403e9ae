package sql

import (
	"math"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// Most edits put one plain name in the place of another. The edited file then has the tokens of the file, and as the
// parser asks of a plain name only whether it is a word of the grammar, it has the same tree too. So the proof takes
// both over, reads the new names, and looks every reference up afresh. Any other edit has the whole file read again.

// swapped is the edited file as read would give it; nil if it has to be read.
func (s *source) swapped(edits []rewrite.Edit) *source {
	from, list := s.list, &s.mem.lists[1]
	at, next, by := s.mem.ints.take(len(edits)), 0, 0
	list.toks = append(list.toks[:0], s.toks...)
	for i := range edits {
		e := &edits[i]
		next = shift(list.toks, next, e.Start, by)
		if !s.swaps(next, e) {
			return nil
		}
		grows := len(e.New) - (e.End - e.Start)
		list.toks[next] = moved(list.toks[next], by)
		list.toks[next].End += int32(grows) //nolint:gosec // the file is under 8 MB, and edits add little
		at[i], next, by = next, next+1, by+grows
	}
	shift(list.toks, next, math.MaxInt, by)
	from.disturb(at)
	list.side = shifted(list.side[:0], from.side, edits)
	list.named, list.names = append(list.named[:0], from.named...), append(list.names[:0], from.names...)
	for _, i := range at {
		list.named[i] = 0
	}
	second := &list.source
	*second = *s
	second.src, second.list, second.toks = s.mem.exchanged(s.src, edits), list, list.toks
	return second
}

// shift moves the tokens from next on that begin before end, and gives the number of the first that does not.
func shift(toks []token.Token, next, end, by int) int {
	for next < len(toks) && int(toks[next].Start) < end {
		t := &toks[next]
		t.Start += int32(by) //nolint:gosec // the file is under 8 MB, and edits add little
		t.End += int32(by)   //nolint:gosec // as above
		next++
	}
	return next
}

func moved(t token.Token, by int) token.Token {
	t.Start, t.End = t.Start+int32(by), t.End+int32(by) //nolint:gosec // the file is under 8 MB, and edits add little
	return t
}

// exchanged is the text with the edits made, each of which is that of a token further on.
func (m *memory) exchanged(src string, edits []rewrite.Edit) string {
	size := len(src)
	for i := range edits {
		size += len(edits[i].New) - (edits[i].End - edits[i].Start)
	}
	at, last := m.texts.begin(size), 0
	out := &m.texts.block
	for i := range edits {
		e := &edits[i]
		out.WriteString(src[last:e.Start])
		out.WriteString(e.New)
		last = e.End
	}
	out.WriteString(src[last:])
	return m.texts.end(at)
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

// swaps: the edit exchanges the token for another of its kind.
func (s *source) swaps(at int, e *rewrite.Edit) bool {
	if at >= len(s.toks) || s.roles[at] != roleNone && s.roles[at] != roleTable {
		return false
	}
	t := s.toks[at]
	return int(t.Start) == e.Start && int(t.End) == e.End && t.Kind == token.Word && t.Key == token.None &&
		(e.Start == 0 || bordersName(s.src[e.Start-1])) && (e.End == len(s.src) || bordersName(s.src[e.End])) &&
		s.mem.plain(t.In(s.src), e.New)
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

// shifted appends the tokens as they lie once tokens between them were exchanged.
func shifted(dst, toks []token.Token, edits []rewrite.Edit) []token.Token {
	next, by := 0, 0
	dst = append(dst, toks...)
	for i := range edits {
		next = shift(dst, next, edits[i].Start, by)
		by += len(edits[i].New) - (edits[i].End - edits[i].Start)
	}
	shift(dst, next, math.MaxInt, by)
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
