package removal

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/rewrite"
)

// column cuts a column out of its CREATE TABLE, with the notes above it and the statements that comment on it.
func column(f schema.File, dialect string, d schema.Dataset, field schema.Field, at int) ([]rewrite.Edit, error) {
	tokens, err := sql.Tokens(f, dialect)
	if err != nil {
		return nil, err
	}
	t := slices.IndexFunc(tokens, func(t sql.Token) bool { return t.Start == at })
	if t < 1 || !sign(tokens[t-1], "(") && !sign(tokens[t-1], ",") {
		return nil, fmt.Errorf("%s: %s does not stand in the list of a CREATE TABLE", field.Pos, field.Name)
	}
	last := behind(tokens, t)
	if last == len(tokens) {
		return nil, fmt.Errorf("%s: the list of columns does not end", field.Pos)
	}
	i := item{start: at, end: tokens[last-1].End, before: -1, after: -1}
	if sign(tokens[t-1], ",") {
		i.before = tokens[t-1].Start
	}
	if sign(tokens[last], ",") {
		i.after = tokens[last].Start
	}
	if i.only() {
		return nil, fmt.Errorf("%s: %s is the only column", field.Pos, field.Name)
	}
	edits := append(cut(f.Content, i, remarks(dialect)), notes(f.Content, at)...)
	more, err := mentions(f.Content, tokens, [2]int{t, last}, d.Name, field.Name, dialect)
	return append(edits, more...), err
}

func sign(t sql.Token, s string) bool { return !t.Quoted && !t.String && t.Text == s }

// behind is the token that ends the definition of a column which begins at t: a comma, or what closes the list.
func behind(tokens []sql.Token, t int) int {
	depth, angles := 0, 0
	for i := t; i < len(tokens); i++ {
		switch {
		case sign(tokens[i], "("), sign(tokens[i], "["):
			depth++
		case sign(tokens[i], "<") && i > t && nests(tokens[i-1]):
			angles++
		case sign(tokens[i], ">") && angles > 0:
			angles--
		case depth+angles == 0 && (sign(tokens[i], ",") || sign(tokens[i], ")")):
			return i
		case sign(tokens[i], ")"), sign(tokens[i], "]"):
			depth--
		}
	}
	return len(tokens)
}

// nests reports whether a type's members may follow in angles.
func nests(t sql.Token) bool {
	return slices.ContainsFunc([]string{"struct", "array", "map", "row"}, func(w string) bool { return strings.EqualFold(w, t.Text) })
}

// remarks are the comments of a dialect.
func remarks(dialect string) func([]byte) int {
	if canonical, _ := sql.Dialect(dialect); canonical == "mysql" || canonical == "bigquery" {
		return comments("--", "#")
	}
	return comments("--")
}

// notes cuts the lines above a column that say of it what Skein reads: it is deprecated, or was renamed.
func notes(src []byte, at int) (out []rewrite.Edit) {
	for from := lineStart(src, at); from > 0; {
		above := lineStart(src, from-1)
		text, comment := bytes.CutPrefix(bytes.TrimSpace(src[above:from]), []byte("--"))
		text = bytes.TrimSpace(text)
		if !comment || !bytes.HasPrefix(text, []byte("@deprecated")) && !bytes.HasPrefix(text, []byte("@renamed")) {
			return out
		}
		out = append(out, rewrite.Edit{Start: above, End: from})
		from = above
	}
	return out
}

// mentions looks for what else in the file means the column: statements that only comment on it go too, and anything
// else is for people.
func mentions(src []byte, tokens []sql.Token, def [2]int, table, column, dialect string) (out []rewrite.Edit, err error) {
	table = table[strings.LastIndexByte(table, '.')+1:]
	for s := range split(tokens) {
		at := slices.IndexFunc(s, func(t sql.Token) bool {
			own := t.Start >= tokens[def[0]].Start && t.Start < tokens[def[1]].Start
			return !own && names(t, column)
		})
		switch {
		case at < 0 || !slices.ContainsFunc(s, func(t sql.Token) bool { return names(t, table) }):
		case len(s) > 2 && names(s[0], "comment") && names(s[1], "on") && names(s[2], "column"):
			out = append(out, whole(src, s[0].Start, s[len(s)-1].End, remarks(dialect)))
		default:
			return nil, fmt.Errorf("%s: %s is named here too", s[at].Pos, column)
		}
	}
	return out, nil
}

// split goes through the statements of a file, each with the semicolon that ends it.
func split(tokens []sql.Token) iter.Seq[[]sql.Token] {
	return func(yield func([]sql.Token) bool) {
		for from, i := 0, 0; i < len(tokens); i++ {
			if sign(tokens[i], ";") || i == len(tokens)-1 {
				if !yield(tokens[from : i+1]) {
					return
				}
				from = i + 1
			}
		}
	}
}

func names(t sql.Token, name string) bool { return !t.String && strings.EqualFold(t.Text, name) }
