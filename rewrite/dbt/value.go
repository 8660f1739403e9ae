package dbt

import (
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/rewrite/dbt/jinja"
	"github.com/skein-bot/skein/rewrite/sql"
)

// valueKind says what is known of an expression's value.
type valueKind uint8

const (
	unknownValue valueKind = iota
	textValue              // strings and numbers, in pieces that know where they come from
	emptyValue             // none, and calls that write nothing
	boolValue
	listValue
	dictValue
	relationValue // ref(…), source(…)
	thisValue     // {{ this }}
)

// value is what an expression is when a template is rendered.
type value struct {
	kind   valueKind
	number bool
	open   bool // a variable's usual value, which can be set from outside
	yes    bool
	pieces []sql.Piece
	keys   []value // of a dict
	items  []value
	rel    *relation
}

func boolean(b bool) value { return value{kind: boolValue, yes: b} }

// truth is what a condition makes of a value.
func (v value) truth() (yes, known bool) {
	switch v.kind {
	case boolValue:
		return v.yes, true
	case emptyValue:
		return false, true
	case listValue:
		return len(v.items) > 0, true
	case dictValue:
		return len(v.keys) > 0, true
	}
	return false, false
}

// text is a value as a string, if that is known. file holds the pieces that are not made.
func (v value) text(file []byte) (string, bool) {
	if v.kind != textValue || v.open {
		return "", false
	}
	var b strings.Builder
	for _, p := range v.pieces {
		if p.Made {
			b.WriteString(p.Text)
		} else {
			b.Write(file[p.Start:p.End])
		}
	}
	return b.String(), !strings.Contains(b.String(), "{{")
}

// eval works out what is known of an expression.
func (r *renderer) eval(e *jinja.Expr) value {
	switch e.Kind {
	case jinja.String:
		return r.literal(e)
	case jinja.Number:
		return value{kind: textValue, number: true, pieces: madeText(e.Text)}
	case jinja.Bool:
		return boolean(e.Text == "true")
	case jinja.None:
		return value{kind: emptyValue}
	case jinja.Name:
		return r.variable(e.Text)
	case jinja.List, jinja.Tuple:
		return value{kind: listValue, items: r.all(e.Kids)}
	case jinja.Dict:
		return r.dict(e)
	case jinja.Attr:
		return r.attribute(e)
	case jinja.Index:
		return r.index(r.eval(e.Kids[0]), r.eval(e.Kids[1]))
	case jinja.Call:
		return r.call(e)
	case jinja.Filter:
		return r.filter(e)
	case jinja.Unary:
		return r.unary(e)
	case jinja.Binary:
		return r.binary(e)
	case jinja.Ternary:
		return r.ternary(e)
	case jinja.Test, jinja.Opaque:
	}
	return value{}
}

func (r *renderer) literal(e *jinja.Expr) value {
	p := sql.Piece{Start: e.From, End: e.To}
	if e.Escaped || r.made != nil {
		p = sql.Piece{Made: true, Text: e.Text}
	}
	return value{kind: textValue, pieces: []sql.Piece{p}}
}

func (r *renderer) variable(name string) value {
	for _, scope := range slices.Backward(r.scopes) {
		if v, ok := scope[name]; ok {
			return v
		}
	}
	if name == "this" {
		return value{kind: thisValue}
	}
	return value{}
}

func (r *renderer) all(list []*jinja.Expr) []value {
	out := make([]value, len(list))
	for i, e := range list {
		out[i] = r.eval(e)
	}
	return out
}

func (r *renderer) dict(e *jinja.Expr) value {
	v := value{kind: dictValue}
	for i := 0; i+1 < len(e.Kids); i += 2 {
		v.keys, v.items = append(v.keys, r.eval(e.Kids[i])), append(v.items, r.eval(e.Kids[i+1]))
	}
	return v
}

func (r *renderer) attribute(e *jinja.Expr) value {
	if d := e.Dotted(); d == "target.type" && r.dialect != "" {
		return value{kind: textValue, pieces: madeText(r.dialect)}
	} else if d != "" {
		if v := r.variable(d); v.kind != unknownValue {
			return v
		}
	}
	return r.index(r.eval(e.Kids[0]), value{kind: textValue, pieces: madeText(e.Text)})
}

func (r *renderer) index(of, at value) value {
	key, ok := at.text(r.file)
	switch {
	case !ok:
	case of.kind == dictValue:
		for i := range of.keys {
			if k, ok := of.keys[i].text(r.file); ok && k == key {
				return of.items[i]
			}
		}
	case of.kind == listValue:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(of.items) {
			return of.items[i]
		}
	}
	return value{}
}

// call knows dbt's own functions, macros that are data, and macros of the repository that only place their arguments.
func (r *renderer) call(e *jinja.Expr) value {
	if rel := relationOf(e); rel != nil {
		rel.raw = strings.ReplaceAll(strings.Join(strings.Fields(string(r.src[e.Start:e.End])), ""), `"`, "'")
		r.rels[rel.raw] = rel
		return value{kind: relationValue, rel: rel}
	}
	callee := e.Callee()
	switch callee {
	case "config", "log", "print", "debug", "exceptions.warn", "exceptions.raise_compiler_error", "adapter.dispatch":
		if callee != "adapter.dispatch" {
			return value{kind: emptyValue}
		}
	case "return":
		if len(e.Args) == 1 {
			v := r.eval(e.Args[0].Value)
			r.result = &v
			return v
		}
	case "range":
		return r.numbers(e)
	case "var", "env_var":
		return r.setting(callee, e)
	case "is_incremental":
		return value{}
	}
	m := r.idx.macros[callee]
	if m == nil && callee == "" {
		m = r.dispatched(e)
	}
	if m != nil {
		return r.expand(m, e)
	}
	if v, ok := r.known(callee, e); ok {
		return v
	}
	return r.method(e)
}

// setting is the usual value of a variable: what the project says, or the default of the call.
func (r *renderer) setting(fn string, e *jinja.Expr) value {
	name, usual := e.Arg("", 0), value{}
	if d := e.Arg("default", 1); d != nil {
		usual = r.eval(d)
	}
	if name != nil && name.Kind == jinja.String && fn == "var" && r.idx.plainVars[name.Text] != "" {
		usual = value{kind: textValue, pieces: madeText(r.idx.plainVars[name.Text])}
	}
	if usual.kind != textValue {
		return value{}
	}
	usual.open = true
	return usual
}

// method knows what is asked of a dict or a string.
func (r *renderer) method(e *jinja.Expr) value {
	fn := e.Kids[0]
	if fn.Kind != jinja.Attr {
		return value{}
	}
	of := r.eval(fn.Kids[0])
	switch {
	case of.kind == dictValue && fn.Text == "items":
		out := value{kind: listValue}
		for i := range of.keys {
			out.items = append(out.items, value{kind: listValue, items: []value{of.keys[i], of.items[i]}})
		}
		return out
	case of.kind == dictValue && fn.Text == "keys":
		return value{kind: listValue, items: of.keys}
	case of.kind == dictValue && fn.Text == "values":
		return value{kind: listValue, items: of.items}
	case of.kind == dictValue && fn.Text == "get" && len(e.Args) > 0:
		return r.index(of, r.eval(e.Args[0].Value))
	case of.kind == textValue && (fn.Text == "strip" || fn.Text == "upper" || fn.Text == "lower") && len(e.Args) == 0:
		return r.changed(of, fn.Text)
	}
	return value{}
}

func (r *renderer) numbers(e *jinja.Expr) value {
	from, to := 0, 0
	for i, a := range e.Args {
		s, ok := r.eval(a.Value).text(r.file)
		n, err := strconv.Atoi(s)
		if !ok || err != nil || i > 1 || n > maxLoop {
			return value{}
		}
		if i == 1 {
			from = to
		}
		to = n
	}
	v := value{kind: listValue}
	for i := max(from, -maxLoop); i < to; i++ {
		v.items = append(v.items, number(i))
	}
	return v
}

func (r *renderer) filter(e *jinja.Expr) value {
	v := r.eval(e.Kids[0])
	switch e.Text {
	case "list", "string", "safe", "as_text", "as_native", "int", "as_number", "tojson":
		if e.Text == "tojson" {
			return value{}
		}
		return v
	case "upper", "lower", "trim":
		return r.changed(v, e.Text)
	case "first", "last":
		if v.kind == listValue && len(v.items) > 0 {
			return v.items[map[string]int{"first": 0, "last": len(v.items) - 1}[e.Text]]
		}
	case "length", "count":
		if v.kind == listValue {
			return number(len(v.items))
		}
	case "join":
		return r.join(v, e)
	}
	return value{}
}

// changed makes a text of another case. One that is so already keeps its place in the file.
func (r *renderer) changed(v value, how string) value {
	s, ok := v.text(r.file)
	if !ok {
		return value{}
	}
	next := strings.TrimSpace(s)
	switch how {
	case "upper":
		next = strings.ToUpper(s)
	case "lower":
		next = strings.ToLower(s)
	}
	if next == s {
		return v
	}
	return value{kind: textValue, pieces: madeText(next)}
}

func (r *renderer) join(v value, e *jinja.Expr) value {
	if v.kind != listValue {
		return value{}
	}
	separator := value{kind: textValue}
	if len(e.Args) > 0 {
		separator = r.eval(e.Args[0].Value)
	}
	out := value{kind: textValue}
	for i, item := range v.items {
		if i > 0 {
			out.pieces = append(out.pieces, separator.pieces...)
		}
		if item.kind != textValue || separator.kind != textValue {
			return value{}
		}
		out.pieces = append(out.pieces, item.pieces...)
	}
	return out
}

func (r *renderer) unary(e *jinja.Expr) value {
	v := r.eval(e.Kids[0])
	if e.Text == "not" {
		if yes, known := v.truth(); known {
			return boolean(!yes)
		}
		return value{}
	}
	if v.kind == textValue && v.number && e.Text == "-" {
		return value{kind: textValue, number: true, pieces: append(madeText("-"), v.pieces...)}
	}
	return value{}
}

func (r *renderer) binary(e *jinja.Expr) value {
	a, b := r.eval(e.Kids[0]), r.eval(e.Kids[1])
	switch e.Text {
	case "~", "+":
		if a.kind == textValue && b.kind == textValue && (e.Text == "~" || !a.number && !b.number) {
			return value{kind: textValue, pieces: append(append([]sql.Piece(nil), a.pieces...), b.pieces...), open: a.open || b.open}
		}
		if a.kind == listValue && b.kind == listValue && e.Text == "+" {
			return value{kind: listValue, items: append(append([]value(nil), a.items...), b.items...)}
		}
		if e.Text == "+" && a.number && b.number {
			return r.sum(a, b)
		}
	case "and", "or":
		return logic(e.Text, a, b)
	case "==", "!=":
		x, okX := a.text(r.file)
		y, okY := b.text(r.file)
		if okX && okY {
			return boolean((x == y) == (e.Text == "=="))
		}
		if a.kind == boolValue && b.kind == boolValue {
			return boolean((a.yes == b.yes) == (e.Text == "=="))
		}
	case "in", "not in":
		return r.contains(a, b, e.Text == "in")
	}
	return value{}
}

func (r *renderer) sum(a, b value) value {
	x, _ := a.text(r.file)
	y, _ := b.text(r.file)
	m, errM := strconv.Atoi(x)
	n, errN := strconv.Atoi(y)
	if errM != nil || errN != nil {
		return value{}
	}
	return number(m + n)
}

func logic(op string, a, b value) value {
	x, okX := a.truth()
	y, okY := b.truth()
	decides := op == "or"
	switch {
	case okX && x == decides, okY && y == decides:
		return boolean(decides)
	case okX && okY:
		return boolean(!decides)
	}
	return value{}
}

func (r *renderer) contains(a, b value, want bool) value {
	x, ok := a.text(r.file)
	if !ok || b.kind != listValue {
		return value{}
	}
	for _, item := range b.items {
		y, ok := item.text(r.file)
		if !ok {
			return value{}
		}
		if x == y {
			return boolean(want)
		}
	}
	return boolean(!want)
}

func (r *renderer) ternary(e *jinja.Expr) value {
	if yes, known := r.eval(e.Kids[1]).truth(); known && yes {
		return r.eval(e.Kids[0])
	} else if known {
		return r.eval(e.Kids[2])
	}
	key, positive := r.atom(e.Kids[1])
	if r.made != nil {
		r.unsure = true
		return value{}
	}
	if r.choice[key] == positive {
		return r.eval(e.Kids[0])
	}
	return r.eval(e.Kids[2])
}
