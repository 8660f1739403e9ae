package status

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of other people's words a text quotes, in characters.
const (
	shortest = 60 // a word in a title
	short    = 120
	sentence = 400
)

// gap is a zero-width space as Markdown writes it. It stands behind whatever would become a mention, a reference
// to an issue or a link: an escape would not do, since GitHub looks for those in the rendered text.
const gap = "&#8203;"

// text quotes words of people or of repositories inside a sentence of Markdown. They keep their letters and lose
// every power: no markup, no mention, no reference, no link, no comment in HTML.
func text(s string) string { return words(clean(s, sentence)) }

func words(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch r {
		case '@', '#':
			b.WriteRune(r)
			b.WriteString(gap)
		case '*', '_', '[', ']', '~', '$', '`':
			b.WriteByte('\\')
			b.WriteRune(r)
		case ':':
			b.WriteRune(r)
			if strings.HasPrefix(s[i+1:], "//") || scheme(s[:i]) {
				b.WriteString(gap)
			}
		case '.', '-':
			if risky(s, i) {
				b.WriteString(gap)
			}
			b.WriteRune(r)
		default:
			b.WriteString(entity(r))
		}
	}
	return block(b.String())
}

// risky reports whether a dot or dash completes what GitHub makes a link of: www. and GH-1.
func risky(s string, i int) bool {
	before := strings.ToLower(s[max(0, i-3):i])
	if s[i] == '.' {
		return before == "www"
	}
	return strings.HasSuffix(before, "gh") && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9'
}

// scheme reports whether a colon would complete a link without slashes.
func scheme(before string) bool {
	before = strings.ToLower(before)
	return strings.HasSuffix(before, "mailto") || strings.HasSuffix(before, "xmpp")
}

// block keeps a text from beginning a list, a heading or an underline, should it begin a line.
func block(s string) string {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	switch {
	case s == "":
		return s
	case strings.ContainsRune("-+=", rune(s[0])):
		return `\` + s
	case digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')'):
		return s[:digits] + `\` + s[digits:]
	}
	return s
}

// entity writes what HTML, and the cells of a table, give a meaning to.
func entity(r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '|':
		return "&#124;"
	case '\\':
		return "&#92;"
	}
	return string(r)
}

// code shows a name, a path or a commit as it is. GitHub looks for no mentions in code. A name with characters
// that end a code span or a cell, or that begin a comment, is written with entities instead.
func code(s string) string {
	s = clean(s, short)
	if s == "" {
		return "(no name)"
	}
	if !strings.ContainsAny(s, "`|\\<") {
		return "`" + s + "`"
	}
	return "<code>" + words(s) + "</code>"
}

// codes lists names.
func codes(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = code(n)
	}
	return join(out)
}

// plain quotes words where no markup is read: in titles and commit messages. They stay on one line, mention
// nobody, refer to nothing and are no instruction to a CI system such as [skip ci].
func plain(s string, limit int) string {
	const gap = "\u200b"
	s = clean(s, limit)
	var b strings.Builder
	for i, r := range s {
		b.WriteRune(r)
		switch {
		case r == '@', r == '#', r == '-' && risky(s, i), r == ':' && strings.HasPrefix(s[i+1:], "//"):
			b.WriteString(gap)
		case r == '[' && i+1 < len(s) && unicode.IsLetter(rune(s[i+1])):
			b.WriteString(gap)
		}
	}
	return b.String()
}

// fence shows lines of code. The fence is longer than any in the lines, and what would hide Skein's own marks
// from whoever looks for them is broken up.
func fence(language string, lines []string) string {
	body := strings.ReplaceAll(strings.Join(lines, "\n"), "<!--", "<\u200b!--")
	ticks := "```"
	for strings.Contains(body, ticks) {
		ticks += "`"
	}
	return ticks + language + "\n" + body + "\n" + ticks + "\n"
}

// clean puts words on one line: no control characters, none that are invisible or turn the direction of a text,
// single spaces, and no more than limit characters.
func clean(s string, limit int) string {
	if len(s) > 16*limit { // no need to look at more than can be shown
		s = s[:16*limit]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return cut(strings.Join(strings.Fields(s), " "), limit)
}

// cut shortens a line and says so.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:limit-1])) + "…"
}

// join lists things as a sentence does: a, b and c.
func join(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
}
