package sql

import (
	"strconv"
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// name is a name as it compares.
type name struct {
	text string
	raw  *string // a catalog's spelling, where it differs from text
	hash uint32  // of the text in any case; 0 if it is not known
	form form
}

// form is how a name was given.
type form uint8

const (
	bare   form = iota // it is folded
	quoted             // it is exact
	loose              // it is not known in which case it is stored, so bare names match it in any case
)

// String is the name as people know it.
func (n name) String() string {
	if n.raw != nil {
		return *n.raw
	}
	return n.text
}

// Names are read eight bytes at a time.
const (
	high = 0x8080808080808080 // the highest bit of every byte
	each = 0x0101010101010101
	fold = 0x2020202020202020 // what the letters of both cases differ in
)

// eight is the first eight bytes of a text that has them.
func eight(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// upToEight is the bytes of a text that has no more, some of them twice.
func upToEight(s string) uint64 {
	switch n := len(s); {
	case n >= 8:
		return eight(s)
	case n >= 4:
		return four(s) | four(s[n-4:])<<32
	case n > 0:
		return uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16
	}
	return 0
}

// four is the first four bytes of a text that has them.
func four(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// hashOf is the same for names that differ in case only. What is not ASCII has none, as its case is another story.
func hashOf(text string) uint32 {
	hash, _ := scan(text, 0, 0)
	return hash
}

// Added to a byte that is ASCII, these bring the highest bit for all from a letter on.
const (
	fromA, afterZ           = (0x80 - 'A') * each, (0x7f - 'Z') * each
	fromSmallA, afterSmallZ = (0x80 - 'a') * each, (0x7f - 'z') * each
)

// folded is the letters that bare names are not stored with, as scan takes them; nothing if there are none.
func (f folding) folded() (from, after uint64) {
	switch f {
	case lower:
		return fromA, afterZ
	case upper:
		return fromSmallA, afterSmallZ
	}
	return 0, 0
}

// scan gives the hash of a text and whether it has letters of the case that lies between two of the numbers above.
func scan(text string, from, after uint64) (hash uint32, found bool) {
	const prime = 0x9e3779b97f4a7c15
	h, all, between := uint64(len(text)), uint64(0), uint64(0)
	for ; len(text) > 8; text = text[8:] {
		w := eight(text)
		all |= w
		between |= (w + from) &^ (w + after)
		h = (h ^ (w | fold)) * prime
		h ^= h >> 32
	}
	w := upToEight(text)
	between |= (w + from) &^ (w + after)
	if (all|w)&high != 0 {
		return 0, between&high != 0
	}
	h = (h ^ (w | fold)) * prime
	return max(uint32(h>>32), 1), between&high != 0
}

func (n name) empty() bool { return n.text == "" }

// same reports whether two names mean the same thing.
func (d *dialect) same(a, b name) bool {
	return (a.hash == b.hash || min(a.hash, b.hash) == 0) && d.alike(a, b)
}

// differs: the hashes say that the names are not the same, as those of most are not.
func (n name) differs(other name) bool {
	return n.hash != other.hash && min(n.hash, other.hash) != 0
}

func (d *dialect) alike(a, b name) bool {
	switch {
	case len(a.text) == 0 || len(b.text) == 0:
		return false
	case d.fold == insensitive:
		return strings.EqualFold(a.text, b.text)
	case a.form == loose && b.form != quoted, b.form == loose && a.form != quoted:
		return strings.EqualFold(a.text, b.text)
	}
	return a.text == b.text
}

// bare folds a name that stands without quotes.
func (d *dialect) bare(text string) name {
	text = d.foldText(text)
	return name{text: text, hash: hashOf(text)}
}

// exactly is a name that stands in quotes.
func exactly(text string) name { return name{text: text, hash: hashOf(text), form: quoted} }

func (d *dialect) foldText(text string) string {
	switch d.fold {
	case lower:
		return strings.ToLower(text)
	case upper:
		return strings.ToUpper(text)
	}
	return text
}

// unquote takes the quotes off a quoted name or an alias written as a string.
func unquote(s string) string {
	if len(s) < 2 {
		return s
	}
	if hasUnicodePrefix(s) {
		return unescape(unquote(s[2:]))
	}
	closer := s[len(s)-1]
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, closer) < 0 {
		return s
	}
	return strings.ReplaceAll(s, string([]byte{closer, closer}), string(closer))
}

func hasUnicodePrefix(s string) bool {
	return len(s) > 2 && s[0]|0x20 == 'u' && s[1] == '&' && s[2] == '"'
}

// unescape reads the letters of U&"…" that are written as \0041 or \+000041.
func unescape(s string) string {
	var b strings.Builder
	for {
		plain, rest, found := strings.Cut(s, `\`)
		b.WriteString(plain)
		if !found {
			return b.String()
		}
		digits := 4
		if strings.HasPrefix(rest, "+") {
			rest, digits = rest[1:], 6
		}
		if strings.HasPrefix(rest, `\`) {
			rest, digits = rest[1:], 0
			b.WriteByte('\\')
		}
		code, err := strconv.ParseInt(rest[:min(digits, len(rest))], 16, 32)
		if digits > 0 && err == nil {
			b.WriteRune(rune(code))
		}
		s = rest[min(digits, len(rest)):]
	}
}

// quoteName writes a name in quotes of the given kind.
func quoteName(text string, quote byte) string {
	closer := quote
	if quote == '[' {
		closer = ']'
	}
	text = strings.ReplaceAll(text, string(closer), string([]byte{closer, closer}))
	return string(quote) + text + string(closer)
}

// spell writes a name so that the dialect reads it as n, bare if it can be. like is the token that it replaces:
// what was quoted stays so.
func (d *dialect) spell(n name, like string) string {
	if like != "" && strings.IndexByte("\"`['", like[0]) >= 0 {
		return quoteName(n.text, like[0])
	}
	if hasUnicodePrefix(like) {
		return quoteName(n.text, '"')
	}
	if n.raw != nil && plain(*n.raw) && !reserved(*n.raw) && d.foldText(*n.raw) == n.text {
		return *n.raw
	}
	folds := d.fold == insensitive || d.fold == exact || n.form == loose || d.foldText(n.text) == n.text
	if plain(n.text) && folds && !reserved(n.text) {
		return n.text
	}
	return quoteName(n.text, d.quote)
}

// plain: the name can stand without quotes as far as its letters go.
func plain(s string) bool {
	for i := range len(s) {
		b := s[i]
		letter := b|0x20 >= 'a' && b|0x20 <= 'z' || b == '_'
		if !letter && (i == 0 || b < '0' || b > '9') {
			return false
		}
	}
	return s != ""
}

// reserved: some dialect keeps the word for itself. Quoting one word too many does no harm.
func reserved(word string) bool {
	if key := token.Lookup([]byte(word)); key.Reserved() {
		return true
	}
	switch strings.ToLower(word) {
	case "add", "alter", "analyse", "analyze", "any", "array", "asc", "asymmetric", "authorization", "both",
		"cascade", "check", "collate", "column", "constraint", "cube", "current", "current_date", "current_role",
		"current_time", "current_timestamp", "current_user", "database", "default", "deferrable", "delete", "desc",
		"do", "drop", "enum", "escape", "except", "extract", "false", "fetch", "filter", "final", "for", "foreign",
		"function", "grant", "groups", "grouping", "hash", "ignore", "ilike", "index", "initially", "insert",
		"interval", "key", "keys", "lateral", "leading", "localtime", "localtimestamp", "lookup", "merge", "minus",
		"new", "no", "of", "offset", "old", "only", "option", "out", "outer", "over", "partition", "placing",
		"preceding", "primary", "procedure", "proto", "qualify", "range", "rank", "recursive", "references",
		"respect", "returning", "rollup", "row", "rows", "sample", "schema", "session_user", "similar", "some",
		"struct", "symmetric", "system", "table", "tablesample", "to", "top", "trailing", "treat", "trigger",
		"true", "unique", "unnest", "update", "user", "variadic", "view", "window", "within", "usage", "int",
		"integer", "bigint", "float", "double", "decimal", "numeric", "char", "varchar", "character", "date",
		"timestamp", "time", "year_month", "release", "range_n", "percent", "plan", "order", "lag", "lead",
		"rlike", "regexp", "start", "connect", "increment", "issue", "account", "trigger_name", "tag", "snapshot":
		return true
	}
	return false
}

// path splits a name as people write it, a."b c".`d`, into its parts. A dbt call such as ref('x') is one part.
func splitPath(s string) []name {
	if call := templateCall(s); call != "" {
		return []name{exactly(call)}
	}
	var parts []name
	for s = strings.TrimSpace(s); s != ""; {
		n, rest := cutPart(s)
		parts = append(parts, n)
		s = strings.TrimPrefix(rest, ".")
		if s == rest {
			break
		}
	}
	return parts
}

// cutPart takes the first part off a written path.
func cutPart(s string) (name, string) {
	closer := s[0]
	switch s[0] {
	case '[':
		closer = ']'
	case '"', '`':
	default:
		if i := strings.IndexByte(s, '.'); i >= 0 {
			return name{text: s[:i]}, s[i:]
		}
		return name{text: s}, ""
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != closer:
		case i+1 < len(s) && s[i+1] == closer:
			i++
		default:
			return exactly(unquote(s[:i+1])), s[i+1:]
		}
	}
	return name{text: s}, ""
}

// templateCall normalises ref('x') and source('a', 'b'), with or without {{ }}, to one spelling; "" for other text.
func templateCall(s string) string {
	if s == "" || token.InName(s[len(s)-1]) {
		return "" // most names end here
	}
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "{{") && strings.HasSuffix(s, "}}") {
		s = strings.Trim(strings.TrimSpace(s[2:len(s)-2]), "- \t\r\n")
	}
	if !strings.HasSuffix(s, ")") || !strings.HasPrefix(s, "ref") && !strings.HasPrefix(s, "source") {
		return ""
	}
	fn, args, ok := strings.Cut(s[:len(s)-1], "(")
	if fn = strings.TrimSpace(fn); !ok || fn != "ref" && fn != "source" {
		return ""
	}
	var b strings.Builder
	b.WriteString(fn)
	b.WriteByte('(')
	for i := range len(args) {
		switch c := args[i]; c {
		case ' ', '\t', '\r', '\n':
		case '"':
			b.WriteByte('\'')
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(')')
	return b.String()
}
