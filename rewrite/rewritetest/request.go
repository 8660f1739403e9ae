// Package rewritetest is what the tests of rewriters share: the small language in which a case says what changed and
// which tables there are (request.go), the check that every place of a changed name is accounted for (account.go), and
// the runner of the cases of rewriters that need one file at a time (case.go). Nothing here does I/O.
package rewritetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// Request reads what a case says. A line of changes is one of
//
//	rename t.c -> n | coexist t.c -> n | move t -> t2 | replace t -> t2 c=n | drop t.c | review t.c because … |
//	gone t because … | reshape t | grow t.c | cast t.c -> CAST({} AS …) | enum t.c -> old => new
//
// and a line of the catalog one of
//
//	dataset = name; name: columns    with types as c:int, structs as s(f g) and arrays of them as
//	                                 a:struct[](f g), and names left out if there are no others
//	after dataset: columns           the new schema, where the changes do not say it
//	read_as dataset: name; name
func Request(changes, catalog, dialect string) (rewrite.Request, error) {
	req := rewrite.Request{Dialect: dialect}
	after := map[string]string{}
	for line := range strings.Lines(catalog) {
		head, rest, ok := strings.Cut(strings.TrimSpace(line)+" ", ": ")
		if !ok {
			return req, fmt.Errorf("a line of the catalog is written NAME: COLUMNS, not %q", line)
		}
		switch verb, name, _ := strings.Cut(head, " "); verb {
		case "after":
			after[name] = rest
		case "read_as":
			req.ReadAs = map[string][]string{name: strings.Split(strings.TrimSpace(rest), "; ")}
		default:
			req.Catalog.Tables = append(req.Catalog.Tables, table(head, rest))
		}
	}
	for line := range strings.Lines(changes) {
		ch, err := change(strings.TrimSpace(line))
		if err != nil {
			return req, err
		}
		ch.Index = len(req.Mapping.Changes)
		req.Mapping.Changes = append(req.Mapping.Changes, ch)
	}
	for i := range req.Catalog.Tables {
		afterwards(&req.Catalog.Tables[i], req.Mapping.Changes, after)
	}
	return req, nil
}

func table(head, columns string) rewrite.Table {
	dataset, names, _ := strings.Cut(head, " = ")
	t := rewrite.Table{Dataset: dataset, Names: []string{dataset}, Before: Columns(columns), After: Columns(columns)}
	for n := range strings.SplitSeq(names, "; ") {
		if n != "" {
			t.Names = append(t.Names, n)
		}
	}
	return t
}

// Columns reads a b:int s(f g).
func Columns(s string) []rewrite.Column {
	cols, _ := columns(strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ", ",", " ").Replace(s)))
	return cols
}

func columns(words []string) (cols []rewrite.Column, rest []string) {
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch w {
		case "(":
			cols[len(cols)-1].Fields, words = columns(words)
		case ")":
			return cols, words
		default:
			name, kind, _ := strings.Cut(w, ":")
			cols = append(cols, rewrite.Column{Name: name, Type: kind, Array: strings.HasSuffix(kind, "[]")})
		}
	}
	return cols, nil
}

func change(line string) (rewrite.Change, error) {
	verb, rest, _ := strings.Cut(line, " ")
	left, right, _ := strings.Cut(rest, " -> ")
	left, reason, _ := strings.Cut(left, " because ")
	dataset, field, _ := strings.Cut(left, ".")
	to := strings.TrimPrefix(right, dataset+".")
	switch verb {
	case "rename", "coexist":
		return rewrite.Change{Kind: rewrite.RenameField, Dataset: dataset, From: field, To: to, Coexists: verb == "coexist"}, nil
	case "move":
		return rewrite.Change{Kind: rewrite.RenameDataset, Dataset: left, From: left, To: right}, nil
	case "replace":
		return replace(left, right), nil
	case "drop":
		return rewrite.Change{Kind: rewrite.DropField, Dataset: dataset, From: field}, nil
	case "review":
		return rewrite.Change{Kind: rewrite.Review, Dataset: dataset, From: field, Reason: reason}, nil
	case "gone":
		return rewrite.Change{Kind: rewrite.Review, Dataset: left, Reason: reason}, nil
	case "cast":
		return rewrite.Change{Kind: rewrite.Cast, Dataset: dataset, From: field, Expr: right}, nil
	case "enum":
		before, after, _ := strings.Cut(right, " => ")
		return rewrite.Change{Kind: rewrite.RenameEnum, Dataset: dataset, From: field, OldValue: before, NewValue: after}, nil
	case "grow": // by a field, which is to be in the table's new schema
		return rewrite.Change{Kind: rewrite.Reshape, Dataset: dataset, From: field}, nil
	case "reshape":
		return rewrite.Change{Kind: rewrite.Reshape, Dataset: left}, nil
	}
	return rewrite.Change{}, fmt.Errorf("there is no change like %q", line)
}

func replace(from, rest string) rewrite.Change {
	to, pairs, _ := strings.Cut(rest, " ")
	ch := rewrite.Change{Kind: rewrite.ReplaceDataset, Dataset: from, From: from, To: to, Fields: map[string]string{}}
	for p := range strings.FieldsSeq(pairs) {
		a, b, _ := strings.Cut(p, "=")
		ch.Fields[a] = b
	}
	return ch
}

// afterwards gives a table the columns that it has then.
func afterwards(t *rewrite.Table, changes []rewrite.Change, said map[string]string) {
	for _, ch := range changes {
		if ch.Dataset == t.Dataset && ch.Kind == rewrite.RenameField {
			renamed(t, ch)
		}
		if ch.Dataset == t.Dataset && ch.Kind == rewrite.DropField {
			t.After = slices.DeleteFunc(t.After, func(c rewrite.Column) bool { return c.Name == ch.From })
		}
	}
	if cols, ok := said[t.Dataset]; ok {
		t.After = Columns(cols)
	}
}

// renamed looks for the old name in the old schema, for two columns may exchange their names.
func renamed(t *rewrite.Table, ch rewrite.Change) {
	if ch.Coexists {
		next := rewrite.Column{Name: ch.To}
		for _, c := range t.Before {
			if c.Name == ch.From {
				next.Type = c.Type
			}
		}
		t.After = append(t.After, next)
		return
	}
	path, was, cols := strings.Split(ch.From, "."), t.Before, t.After
	for i, part := range path {
		for k := range was {
			if was[k].Name == part && i == len(path)-1 {
				cols[k].Name = ch.To[strings.LastIndexByte(ch.To, '.')+1:]
			} else if was[k].Name == part {
				was, cols = was[k].Fields, cols[k].Fields
				break
			}
		}
	}
}
