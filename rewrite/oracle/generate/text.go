package generate

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/oracle"
)

// token is a piece of text that layouts never cut.
type token struct {
	text          string
	name          bool // an identifier: may change its case, may be quoted
	table, column string
	shared        bool
	exact         bool // in another case it may be another name
}

type fragment []token

// f puts text together: strings are cut at blanks.
func f(parts ...any) (out fragment) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			for w := range strings.FieldsSeq(p) {
				out = append(out, token{text: w})
			}
		case token:
			out = append(out, p)
		case fragment:
			out = append(out, p...)
		}
	}
	return out
}

// list puts commas between.
func list(parts []fragment) (out fragment) {
	for i, p := range parts {
		if i > 0 {
			out = append(out, token{text: ","})
		}
		out = append(out, p...)
	}
	return out
}

// id is a name that stands for no column.
func id(name string) token { return token{text: name, name: true} }

// param is a parameter of a lambda, which DuckDB knows from a column by its case.
func param(name string) token { return token{text: name, name: true, exact: true} }

// source is the name of a table of the schema, where it is read or written.
func source(name string) token { return token{text: name, name: true, table: name} }

// ids are names between commas.
func ids(names []string) fragment {
	out := make([]fragment, len(names))
	for i, n := range names {
		out[i] = fragment{id(n)}
	}
	return list(out)
}

// means is a name that stands for a column.
func (c column) means() token {
	return token{text: c.name, name: true, table: c.table, column: c.base, shared: c.beside}
}

// layout writes tokens with what the gaps and the names become.
type layout struct {
	gap  func(before, after token) string
	name func(token) string
}

func plain() layout {
	return layout{gap: gap, name: func(t token) string { return t.text }}
}

func (l layout) write(tokens fragment) (string, []oracle.Name) {
	var b strings.Builder
	var names []oracle.Name
	for i, t := range tokens {
		if i > 0 {
			b.WriteString(l.gap(tokens[i-1], t))
		}
		start := b.Len()
		if t.name {
			b.WriteString(l.name(t))
			names = append(names, oracle.Name{Start: start, End: b.Len(), Table: t.table, Column: t.column, Shared: t.shared})
		} else {
			b.WriteString(t.text)
		}
	}
	return b.String(), names
}

// gap is the blank between two tokens, as people write it.
func gap(before, after token) string {
	switch {
	case before.text == "(" || before.text == "." || before.text == "[" || before.text == "{" || after.text == "}" || after.text == "." || after.text == "]",
		after.text == ")" || after.text == "," || after.text == ";" || after.text == "::" || before.text == "::":
		return ""
	case after.text == "(" && !before.name && before.text[0] >= 'a' && before.text[0] <= 'z': // a function
		return ""
	}
	return " "
}
