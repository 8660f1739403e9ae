package oracle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// attempts bound how long one failure is shrunk.
const attempts = 1500

// shrinker makes a failure small. The class must stay, or it would be another failure.
type shrinker struct {
	court Court
	f     Failure
	left  int
}

// Shrink gives the smallest query found that fails in the same way. It loads the tables itself.
func Shrink(ctx context.Context, c Court, src Source, f Failure) (Failure, error) {
	if err := c.Engine.Load(ctx, f.Schema); err != nil {
		return f, err
	}
	s := &shrinker{court: c, f: f, left: attempts}
	err := s.bytes(ctx, src)
	if err == nil && slices.Contains([]Class{Loud, Renamed, Wrong, Again, Unlisted, Broken}, f.Class) {
		err = s.tokens(ctx)
	}
	if err != nil {
		return s.f, err
	}
	return s.f, c.Engine.Drop(ctx, f.Schema)
}

// try takes the query over if it fails alike.
func (s *shrinker) try(ctx context.Context, q *Query) (bool, error) {
	if s.left--; s.left < 0 {
		return false, nil
	}
	v, err := s.court.Trial(ctx, s.f.Schema, q, s.f.Change)
	if err != nil || v.Class != s.f.Class || v.Code != s.f.Code {
		return false, err
	}
	s.f.Query, s.f.Verdict = q, v
	return true, nil
}

// bytes deletes and lowers the choices that the generator made the query from.
func (s *shrinker) bytes(ctx context.Context, src Source) error {
	if s.f.Query.Facts == nil {
		return nil
	}
	for again := true; again && s.left > 0; {
		again = false
		all := s.f.Query.Facts.Choices
		for _, smaller := range lowered(all) {
			q := src.Query(s.court.Engine.Name, s.f.Schema, smaller)
			if len(q.SQL) >= len(s.f.Query.SQL) || s.left <= 0 {
				continue
			}
			ok, err := s.try(ctx, q)
			if err != nil {
				return err
			}
			if ok {
				again = true
				break
			}
		}
	}
	return nil
}

// lowered are simpler strings of choices: without a run of them, or with one lower.
func lowered(all []byte) (out [][]byte) {
	for size := len(all) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(all); at += size {
			out = append(out, slices.Concat(all[:at], all[at+size:]))
		}
	}
	for at, b := range all {
		for _, lower := range []byte{0, b / 2} {
			if lower < b {
				changed := slices.Clone(all)
				changed[at] = lower
				out = append(out, changed)
			}
		}
	}
	return out
}

// tokens works on the text: a part in parentheses takes the place of the whole, parentheses go, and runs of tokens
// whose parentheses match are taken out, long ones first. The engine says which of the results are SQL.
func (s *shrinker) tokens(ctx context.Context) error {
	for again := true; again && s.left > 0; {
		again = false
		for _, text := range cuts(s.f.Query.SQL) {
			ok, err := s.try(ctx, s.f.Query.replaced(text))
			if err != nil {
				return err
			}
			if ok {
				again = true
				break
			}
		}
	}
	return nil
}

func cuts(text string) (out []string) {
	all := pieces(text)
	words := make([]string, len(all))
	for i, p := range all {
		words[i] = p.text
	}
	for i, w := range words {
		if end := match(words, i); w == "(" && end > 0 {
			out = append(out, strings.Join(words[i+1:end], " "),
				joined(words[:i], words[i+1:end], words[end+1:]), joined(words[:i], []string{"1"}, words[end+1:]))
		}
	}
	for size := min(len(words)-1, 64); size > 0; size = min(size-1, size*3/4) {
		for at := 0; at+size <= len(words); at++ {
			if balanced(words[at : at+size]) {
				out = append(out, joined(words[:at], words[at+size:]))
			}
		}
	}
	return out
}

func joined(parts ...[]string) string { return strings.Join(slices.Concat(parts...), " ") }

// match is where the parenthesis that opens at i closes, 0 if it does not.
func match(words []string, i int) int {
	depth := 0
	for k := i; k < len(words); k++ {
		switch words[k] {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return k
			}
		}
	}
	return 0
}

func balanced(words []string) bool {
	depth := 0
	for _, w := range words {
		switch w {
		case "(":
			depth++
		case ")":
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0
}

// Case is the failure as a case for rewrite/sql/testdata; a person adds what is wanted.
func (f Failure) Case() string {
	var catalog strings.Builder
	for i := range f.Schema.Tables {
		if t := &f.Schema.Tables[i]; f.Query.mentions(t.Name) || t.Name == f.Change.Table {
			_, _ = fmt.Fprintf(&catalog, "%s: %s\n", t.Name, strings.Join(t.described(), " "))
		}
	}
	return string(txtar.Format(&txtar.Archive{
		Comment: fmt.Appendf(nil, "%s: %s\n\nbecame: %s\n\n%s\n\n", f.Engine, f.Class, f.Out, f.Detail),
		Files: []txtar.File{
			{Name: "change", Data: []byte(f.Change.lines())},
			{Name: "catalog", Data: []byte(catalog.String())},
			{Name: "dialect", Data: []byte(f.Engine + "\n")},
			{Name: "in.sql", Data: []byte(f.Query.SQL + "\n")},
		},
	}))
}

// lines are the change as cases write it.
func (c Change) lines() string {
	field, to := c.Table+"."+c.From, c.Table+"."+c.To
	switch c.Mode {
	case Swap:
		return "rename " + field + " -> " + to + "\nrename " + to + " -> " + field + "\n"
	case Coexist:
		return "coexist " + field + " -> " + to + "\n"
	case Moved:
		return "move " + c.From + " -> " + c.To + "\n"
	case Value:
		return "enum " + field + " -> " + c.To + " => " + c.To + "!\n"
	case Type:
		return "cast " + field + " -> CAST({} AS " + c.To + ")\n"
	}
	return "rename " + field + " -> " + to + "\n"
}

// described are the columns as cases write them.
func (t *Table) described() (out []string) {
	for i := range t.Columns {
		name := t.Columns[i].Name
		if t.Columns[i].Type == "struct" {
			name += "(f g)"
		}
		out = append(out, name)
	}
	return out
}
