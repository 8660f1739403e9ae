package schema

import (
	"slices"
	"strings"
	"unicode"
)

// shape compares what belongs to the dataset as a whole: keys, partitions and constraints.
func (t *table) shape() {
	t.primaryKey()
	t.uniqueKeys()
	t.layout()
	t.constraints()
}

func (t *table) primaryKey() {
	if t.sameColumns(t.old.PrimaryKey, t.next.PrimaryKey) {
		return
	}
	t.report("key_changed", Change{Before: keyText("primary key", t.old.PrimaryKey),
		After: keyText("primary key", t.next.PrimaryKey), Position: t.next.Pos})
}

func (t *table) uniqueKeys() {
	was, is := map[string]bool{}, map[string]bool{}
	for _, o := range t.old.Unique {
		was[strings.Join(t.columnSet(o, t.renamed), ",")] = true
	}
	for _, u := range t.next.Unique {
		set := strings.Join(t.columnSet(u, nil), ",")
		if is[set] = true; !was[set] {
			t.report("key_changed", Change{After: keyText("unique", u), Position: t.next.Pos})
		}
	}
	for _, o := range t.old.Unique {
		if !is[strings.Join(t.columnSet(o, t.renamed), ",")] {
			t.report("key_changed", Change{Before: keyText("unique", o), Position: t.next.Pos})
		}
	}
}

func keyText(what string, columns []string) string {
	if len(columns) == 0 {
		return ""
	}
	return what + " (" + strings.Join(columns, ", ") + ")"
}

func (t *table) layout() {
	for _, l := range []struct {
		what      string
		old, next []string
	}{{"partition by", t.old.Partition, t.next.Partition}, {"cluster by", t.old.Cluster, t.next.Cluster}} {
		if slices.EqualFunc(l.old, l.next, func(o, n string) bool { return sameText(t.newWords(o), n) }) {
			continue
		}
		t.report("partition_changed", Change{Before: keyText(l.what, l.old), After: keyText(l.what, l.next), Position: t.next.Pos})
	}
}

// constraints pairs conditions by what they say. One that changed is one relaxed and one tightened: which of
// the two it is takes a proof.
func (t *table) constraints() {
	was, is := map[string]bool{}, map[string]bool{}
	for _, o := range t.old.Constraints {
		was[plainText(t.newWords(o.Expr))] = true
	}
	for _, n := range t.next.Constraints {
		expr := plainText(n.Expr)
		if is[expr] = true; !was[expr] {
			t.report("constraint_tightened", Change{After: n.Expr, Position: n.Pos})
		}
	}
	for _, o := range t.old.Constraints {
		if !is[plainText(t.newWords(o.Expr))] {
			t.report("constraint_relaxed", Change{Before: o.Expr, Side: "old", Position: o.Pos})
		}
	}
}

// newWords puts the new names of renamed columns into an expression of the old version, so that a rename alone
// changes no key, check or partition.
func (t *table) newWords(expr string) string {
	if len(t.renamed) == 0 {
		return expr
	}
	return ReplaceWords(expr, func(word string) (string, bool) {
		to, ok := t.renamed[t.oldKey(word)]
		return to, ok
	})
}

// ReplaceWords puts other words into an expression, but not into its strings.
func ReplaceWords(expr string, other func(word string) (string, bool)) string {
	var b strings.Builder
	for len(expr) > 0 {
		n := wordEnd(expr)
		word := expr[:n]
		if to, ok := other(word); ok {
			word = to
		}
		b.WriteString(word)
		expr = expr[n:]
	}
	return b.String()
}

// wordEnd returns the length of the word, the quoted string or the single other character that s begins with.
func wordEnd(s string) int {
	if s[0] == '\'' {
		if end := strings.IndexByte(s[1:], '\''); end >= 0 {
			return end + 2
		}
		return len(s)
	}
	for i, r := range s {
		if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			continue
		}
		return max(i, 1)
	}
	return len(s)
}
