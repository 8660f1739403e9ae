package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// A struct that is written whole must have the fields of the new schema. DuckDB matches them by name, so where the value
// is written out, {'f': 1} or struct_pack(f := 1), its names follow. Any other value is refused by whoever writes it.

// writesOut: the values that are put into a column are all written out, so that its fields can follow.
func (r *resolver) writesOut(values []*expr, col *outcol) bool {
	if !r.d.structByName || len(values) == 0 {
		return false
	}
	for _, x := range values {
		if !r.writtenOut(x, col) {
			return false
		}
	}
	for _, x := range values {
		r.renameKeys(x, col)
	}
	return true
}

// writtenOut: the value is NULL, or a struct or a list of structs whose fields are named here.
func (r *resolver) writtenOut(x *expr, col *outcol) bool {
	if col.inside() == nil {
		return true
	}
	switch {
	case x.kind == exprParen && len(x.kids) == 1:
		return r.writtenOut(x.kids[0], col)
	case x.kind == exprLit:
		return r.roles[x.start] == roleKeyword
	case col.array:
		element := outcol{fields: col.fields}
		for _, k := range x.kids {
			if !r.writtenOut(k, &element) {
				return false
			}
		}
		return x.kind == exprOther && r.toks[x.start].Key == token.LBracket
	case !r.makes(x):
		return false
	}
	return r.keysFit(x, col)
}

// keysFit: every field that is given has a key that can follow, and no two of them become one.
func (r *resolver) keysFit(x *expr, col *outcol) bool {
	given := map[string]bool{}
	for _, k := range x.kids {
		at := r.keyOf(k)
		if at < 0 {
			return false
		}
		n := r.named(at)
		f, twice := r.fieldCalled(col.fields, n)
		if twice || f != nil && (f.also != nil || f.after.empty() || f.change != nil && !f.renamed() || !r.writtenOut(k, f)) {
			return false
		}
		if f != nil {
			n = f.after
		}
		key := strings.ToLower(n.text)
		if given[key] {
			return false
		}
		given[key] = true
	}
	return true
}

// renameKeys writes the new names of fields.
func (r *resolver) renameKeys(x *expr, col *outcol) {
	if col.array {
		col = &outcol{fields: col.fields}
	}
	if !r.makes(x) {
		for _, k := range x.kids {
			r.renameKeys(k, col)
		}
		return
	}
	for _, k := range x.kids {
		at := r.keyOf(k)
		f, _ := r.fieldCalled(col.fields, r.named(at))
		if f == nil {
			continue
		}
		if f.renamed() {
			f.change.seen = len(r.stmts)
			r.replace(at, r.spellKey(f.after, at), f.change, "the field "+f.before.String()+" is now "+f.after.String())
		}
		r.leave(at, "a field that does not change")
		if f.inside() != nil {
			r.renameKeys(k, f)
		}
	}
}

// keyOf is the token that names a field before its value, or -1.
func (r *resolver) keyOf(value *expr) int {
	for at := value.start - 1; at >= 0 && at >= value.start-3; at-- {
		if r.roles[at] == rolePath || r.roles[at] == roleArgument {
			return at
		}
	}
	return -1
}

func (r *resolver) spellKey(n name, at int) string {
	if r.toks[at].Kind == token.String {
		return "'" + strings.ReplaceAll(n.text, "'", "''") + "'"
	}
	return r.d.spell(n, r.text(at))
}

// positional are the values that an INSERT without a list puts into the column of a number.
func (s *stmt) positional(i int) []*expr {
	if s.byName {
		return nil
	}
	return valuesOf(s.query, i)
}

// valuesOf are what an INSERT puts into the column of a number; nil if that is not written out.
func valuesOf(q *query, i int) (out []*expr) {
	switch {
	case q == nil:
	case q.kind == queryValues:
		for _, row := range q.rows {
			if i >= len(row) {
				return nil
			}
			out = append(out, row[i])
		}
	case q.kind == querySelect:
		for k := range q.sel.items {
			if q.sel.items[k].expr.kind == exprStar {
				return nil
			}
		}
		if i < len(q.sel.items) {
			out = append(out, q.sel.items[i].expr)
		}
	}
	return out
}
