package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// (s).c, arr[1].c and f(x).c name a field of what an expression gives. Where that is a struct of the catalog, as it
// comes or out of an array, or a whole row, the field is followed like one of a path.

// value is what is known of an expression's value.
type value struct {
	fields []outcol // of the struct, of an array's elements, or of a row
	array  bool
	seen   bool // it was looked at, as the changes may touch it
	made   bool // {'f': …} makes it: whole structs in it are refused
	doubt  bool // it may hold fields that change, and it is not known which
}

// known: the names of all fields are.
func (v *value) known() bool { return len(v.fields) > 0 && !v.doubt }

// memberOf is the expression that names a field, through parentheses; nil if it does anything else.
func (r *resolver) memberOf(x *expr) *expr {
	for x.kind == exprParen && len(x.kids) == 1 {
		x = x.kids[0]
	}
	if x.kind != exprField || len(x.path) != 1 || r.roles[x.path[0]] == roleFunction {
		return nil
	}
	return x
}

// member resolves (x).f and gives what is known of the field. hot: a field of it is a changed name.
func (r *resolver) member(x *expr, sc *scope, e *env, hot bool) value {
	at, refusals := x.path[0], len(r.refusals)
	v := r.valueOf(x.kids[0], sc, e, hot || r.hotToken(at))
	if !v.seen {
		return value{}
	}
	r.stirred()
	if v.array && !r.d.arrayFields {
		r.closed(x, v)
		v = value{seen: true, doubt: true}
	}
	last := r.newFact(x.start, at)
	f, twice := r.fieldAmong(v.fields, at)
	switch {
	case twice, f == nil && v.doubt, v.doubt && f.touched():
		r.doubtful(at, x, sc)
		r.facts[last].refused = true
	case f == nil && v.made:
		r.leave(at, "a field of a value that is made here")
		return v
	case f == nil && v.known():
		r.leave(at, "no field of what stands before it")
	case f == nil:
		r.facts[last].refused = r.fieldOfUnknown(at, sc, len(r.refusals) > refusals)
	default:
		return r.followField(at, f, &r.facts[last].meaning, v)
	}
	return value{seen: true, doubt: v.doubt}
}

// fieldAmong finds a field by the name in a token.
func (r *resolver) fieldAmong(fields []outcol, at int) (f *outcol, twice bool) {
	return r.fieldCalled(fields, r.named(at))
}

// fieldCalled finds a field by its name; two of the name make it ambiguous.
func (r *resolver) fieldCalled(fields []outcol, n name) (f *outcol, twice bool) {
	for i := range fields {
		switch c := &fields[i]; {
		case !r.d.same(c.before, n):
		case f != nil:
			return f, true
		default:
			f = c
		}
	}
	return f, false
}

// followField gives a field its new name, or refuses what a person decides.
func (r *resolver) followField(at int, f *outcol, known *meaning, v value) value {
	out := value{fields: f.fields, array: f.array || v.array, seen: true}
	if known.kind, known.col = isColumn, f.after.text; r.proof {
		known.col = f.before.text
		return out
	}
	ch := f.change
	switch {
	case f.twin:
		r.refuse(at, r.changeTo(f.after), "captured_name", r.text(at)+" would be one of two fields of a name", "give the columns there different names")
	case f.also != nil:
		r.refuseChange(at, f.also)
	case ch != nil && !f.renamed():
		r.refuseChange(at, ch)
	case f.after.empty():
		r.refuse(at, r.hotChange(f.before), "field_removed", r.text(at)+" is not in the new schema of what it is read from",
			"take the reference out, or say in the config what replaces it")
	case f.renamed():
		if ch == nil {
			ch = r.changeTo(f.after)
		}
		ch.seen = len(r.stmts)
		r.replace(at, r.spell(f.after, at), ch, "the field "+f.before.String()+" is now "+f.after.String())
		return out
	default:
		r.leave(at, "a field that does not change")
		return out
	}
	known.refused = true
	return value{seen: true, doubt: true}
}

// valueOf resolves an expression whose fields are asked for.
func (r *resolver) valueOf(x *expr, sc *scope, e *env, hot bool) value {
	switch x.kind {
	case exprParen:
		if len(x.kids) == 1 {
			return r.valueOf(x.kids[0], sc, e, hot)
		}
	case exprRef:
		return r.valueOfRef(x, sc, hot)
	case exprIndex:
		return r.element(x, sc, e, hot)
	case exprField:
		if m := r.memberOf(x); m != nil {
			return r.member(m, sc, e, hot)
		}
	case exprCall:
		if len(x.path) == 1 && len(x.kids) > 0 && keepsValue(strings.ToLower(r.text(x.path[0]))) {
			opens := opening{hot: hot}
			r.call(x, sc, e, &opens)
			return opens.value
		}
	case exprStruct:
		fields := r.structOf(x, sc, e)
		if x.hasElse || !r.d.structNames {
			fields = nil
		}
		return value{fields: fields, seen: true}
	case exprQuery, exprArrayOf:
		return r.valueOfQuery(x, r.subquery(x, sc, e))
	}
	r.expr(x, sc, e)
	return value{seen: true, made: r.makes(x)}
}

// makes: the expression is {'f': …} or struct_pack(f := …).
func (r *resolver) makes(x *expr) bool {
	return x.kind == exprOther && r.toks[x.start].Key == token.LBrace ||
		x.kind == exprCall && len(x.path) == 1 && equalFold(r.text(x.path[0]), "struct_pack")
}

// valueOfRef lets a struct, or a row, pass: only a field of it is read.
func (r *resolver) valueOfRef(x *expr, sc *scope, hot bool) value {
	if !r.looksUp(x.path, hot) {
		return value{}
	}
	r.opened = x
	b := r.refIn(x, sc)
	r.opened = nil
	v := value{seen: true, doubt: !r.proof && r.facts[len(r.facts)-1].refused}
	switch {
	case b.kind == isColumn && b.col != nil:
		leaf := leafOf(r.d, &b, r.path(x.path))
		v.fields, v.array = leaf.fields, leaf.array
		v.doubt = v.doubt || r.d.exactPaths && leaf.inside() != nil // whose paths are exact in case
	case b.kind == isRow:
		v.fields = b.rel.cols
	case b.kind == isOutput && b.out != nil && b.out.rel != nil:
		v.fields, v.array = b.out.col.fields, b.out.col.array
	case b.kind == isOutput, b.kind == unknown:
		v.doubt = true
	}
	return v
}

// valueOfQuery is the struct that a subquery gives, or the elements of the array that it makes.
func (r *resolver) valueOfQuery(x *expr, res *result) value {
	v := value{seen: true, array: x.kind == exprArrayOf}
	switch q := x.query; {
	case q.kind == querySelect && q.sel.asStruct:
		v.fields, v.doubt = res.cols, res.open
	case len(res.cols) == 1 && !v.array:
		v.fields, v.array = res.cols[0].fields, res.cols[0].array
	case len(res.cols) == 1 && !res.cols[0].array:
		v.fields = res.cols[0].fields
	default:
		v.doubt = true
	}
	return v
}

// element resolves x[i], which is an element if x is an array.
func (r *resolver) element(x *expr, sc *scope, e *env, hot bool) value {
	v := r.valueOf(x.kids[0], sc, e, hot)
	r.exprs(x.kids[1:], sc, e)
	switch {
	case !v.seen:
		return v
	case v.array && len(x.kids) == 2 && !r.slices(x):
		v.array = false
		return v
	}
	r.closed(x.kids[0], v)
	return value{seen: true, doubt: v.doubt || len(v.fields) > 0}
}

// slices: the subscript is a range.
func (r *resolver) slices(x *expr) bool {
	for _, t := range r.toks[x.kids[0].end:x.end] {
		if t.Key == token.Colon {
			return true
		}
	}
	return false
}

// closed refuses to use a value as a whole that has fields that change.
func (r *resolver) closed(x *expr, v value) {
	whole := outcol{fields: v.fields}
	if in := whole.inside(); in != nil {
		r.refuse(x.start, in, "struct_value", "the whole value is used here, and its field "+in.From+" changes", "use its fields one by one")
	}
}

// doubtful refuses a field of which it is not known what it is of.
func (r *resolver) doubtful(at int, x *expr, sc *scope) {
	ch := r.hotChange(r.named(at))
	if ch != nil && (r.near(sc, ch) || r.nearTouched(sc) || x.kids[0].kind == exprQuery || x.kids[0].kind == exprIndex) {
		r.refuse(at, ch, "field_of_expression", "it is not certain what this is a field of", "select the field by the table's name")
		return
	}
	r.leave(at, "a field of an expression that reads nothing of the dataset")
}

// fieldOfUnknown decides about a field of a value whose type is not known, and says whether it was refused. A value of the
// dataset's row comes from the row, which is refused itself; but PostgreSQL has functions and columns of a table's type.
func (r *resolver) fieldOfUnknown(at int, sc *scope, refused bool) bool {
	ch := r.hotChange(r.named(at))
	switch {
	case ch == nil:
		return false
	case !r.near(sc, ch) && !r.nearTouched(sc):
		r.leave(at, "a field of an expression that reads nothing of the dataset")
		return false
	case refused, len(ch.from) != 1, !r.d.ownStructs:
		r.refuse(at, ch, "field_of_expression", "it is not certain what this is a field of", "select the field by the table's name")
		return true
	}
	r.leave(at, "a field of a value that holds no row of the dataset")
	return false
}

// nearTouched: a relation in sight has a column that changes, or that has a field that does.
func (r *resolver) nearTouched(sc *scope) bool {
	for at := sc; at != nil; at = at.parent {
		for _, rel := range at.rels {
			if anyTouched(rel.cols) {
				return true
			}
		}
	}
	return false
}

// keepsValue: the function gives one of the values of its first argument, or an array of them.
func keepsValue(fn string) bool {
	switch fn {
	case "any_value", "min", "max", "first", "last", "arg_min", "arg_max", "min_by", "max_by", "argmin", "argmax":
		return true
	}
	return gathers(fn)
}

// gathers: the function gives an array of the values of its argument.
func gathers(fn string) bool {
	switch fn {
	case "array_agg", "list", "collect_list":
		return true
	}
	return false
}

// opening says that fields of a call's value are read, and so of its first argument's.
type opening struct {
	hot   bool // a field of it is a changed name
	value value
}

// gathered is the value of a call whose first argument has a value.
func (r *resolver) gathered(fn string, x *expr, v value) value {
	if gathers(fn) && v.array {
		r.closed(x, v)
		return value{seen: true, doubt: true}
	}
	v.array = v.array || gathers(fn)
	return v
}

// itemMember resolves an item that is a field of an expression.
func (r *resolver) itemMember(it *item, x *expr, s *selectBody, sc *scope, e *env, named bool, col *outcol) {
	edits := len(r.edits)
	v := r.member(x, sc, e, false)
	col.fields, col.array = v.fields, v.array
	at := x.path[0]
	switch {
	case it.alias >= 0:
	case r.d.members == memberField:
		r.namedByField(it, x, s, named, col)
	case r.d.members == memberExpr, r.d.members == memberElement && x.kids[0].kind == exprIndex:
		r.implicit(it, s.start, col, len(r.edits) > edits || r.editedAt(it.start), named)
	case named && r.editedAt(at):
		r.refuseRange(it.start, it.end, nil, "implicit_name", "this output has no alias, and its name may be that of the field", "give it an alias first: … AS "+r.text(at))
	}
}

// namedByField keeps the name of an output that is called like the field.
func (r *resolver) namedByField(it *item, x *expr, s *selectBody, named bool, col *outcol) {
	at := x.path[0]
	col.before = r.named(at)
	col.after = col.before
	i, done := r.editOf(at)
	switch {
	case !done || r.proof:
	case named:
		r.alias(it.end, s.start, r.text(at), r.edits[i])
	default:
		col.after = r.afterName(x)
	}
}
