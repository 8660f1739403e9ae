package rewrite

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NamesOf returns every name of a dataset, and every name of the other datasets of the catalog.
func (r Request) NamesOf(dataset string) (own, others []string) {
	own = append([]string{dataset}, r.ReadAs[dataset]...)
	for _, t := range r.Catalog.Tables {
		if t.Dataset == dataset {
			own = append(own, t.Names...)
		} else {
			others = append(append(others, t.Dataset), t.Names...)
		}
	}
	return own, others
}

// Column is what the catalog knows of a field, by its path before or after the change. known is false if it knows
// none there.
func (r Request) Column(dataset, path string, after bool) (found Column, known bool) {
	for _, t := range r.Catalog.Tables {
		if t.Dataset != dataset {
			continue
		}
		in := t.Before
		if after {
			in = t.After
		}
		for step := range strings.SplitSeq(Plain(path), ".") {
			i := slices.IndexFunc(in, func(c Column) bool { return c.Name == step })
			if i < 0 {
				return Column{}, false
			}
			found, in = in[i], in[i].Fields
		}
		return found, true
	}
	return Column{}, false
}

// OldName is the word that a change takes away: the last part of a name without quotes, or the value of an enum. It is
// "" where there is none.
func (c Change) OldName() string {
	switch c.Kind {
	case RenameEnum:
		return c.OldValue
	case Reshape:
		return ""
	case RenameField, RenameDataset, ReplaceDataset, Cast, DropField, Review:
	}
	name := Plain(c.From)
	return strings.Trim(name[strings.LastIndexByte(name, '.')+1:], `"`)
}

// HasWord reports whether a name stands in a text as a word of its own, in any case: whoever reads the text may take
// one for the other.
func HasWord(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	for from := 0; name != ""; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from+i])
		after, _ := utf8.DecodeRuneInString(text[from+i+len(name):])
		if !inWord(before) && !inWord(after) {
			return true
		}
		from += i + len(name)
	}
	return false
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// Plain is a path without the marks of elements and values.
func Plain(path string) string {
	return strings.ReplaceAll(strings.ReplaceAll(path, "[]", ""), "{}", "")
}

// InPlace reports whether a renamed field stays in the record that held it, which may be renamed too.
func (m Mapping) InPlace(c Change) bool {
	return m.same(c.Dataset, parent(Plain(c.From)), parent(Plain(c.To)))
}

// same reports whether two paths, before and after, lead to one record of a dataset.
func (m Mapping) same(dataset, from, to string) bool {
	switch {
	case from == to:
		return true
	case from == "" || to == "":
		return false
	case slices.ContainsFunc(m.Changes, func(o Change) bool {
		return o.Kind == RenameField && o.Dataset == dataset && Plain(o.From) == from && Plain(o.To) == to
	}):
		return true
	}
	return from[len(parent(from)):] == to[len(parent(to)):] && m.same(dataset, parent(from), parent(to))
}

func parent(path string) string { return path[:max(0, strings.LastIndexByte(path, '.'))] }
