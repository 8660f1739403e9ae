package dbt

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/dbt/jinja"
	"github.com/skein-bot/skein/rewrite/sql"
)

// expand renders a macro of the repository with the arguments of a call. It is known only if nothing in it depends
// on what only dbt knows.
func (r *renderer) expand(m *macro, e *jinja.Expr) value {
	if r.depth >= maxExpand {
		return value{}
	}
	at := r.made
	if at == nil {
		at = &sql.Piece{Start: e.Start, End: e.End}
	}
	sub := &renderer{src: m.src, file: r.file, idx: r.idx, choice: map[string]bool{}, scopes: []map[string]value{{}}, made: at,
		dialect: r.dialect, depth: r.depth + 1, opaque: map[*jinja.Node][]*jinja.Expr{}, rels: r.rels}
	for i, p := range m.node.Params {
		switch arg := e.Arg(p.Name, i); {
		case arg != nil:
			sub.scopes[0][p.Name] = r.eval(arg)
		case p.Value != nil:
			sub.scopes[0][p.Name] = sub.eval(p.Value)
		default:
			sub.scopes[0][p.Name] = value{}
		}
	}
	sub.nodes(m.node.Body)
	r.full = r.full || sub.full
	switch {
	case sub.unsure || sub.full:
		return value{}
	case sub.result != nil:
		return *sub.result
	}
	return value{kind: textValue, pieces: sub.out}
}

// dispatched is the macro that adapter.dispatch('x')(…) calls: the one for the dialect, or the default.
func (r *renderer) dispatched(e *jinja.Expr) *macro {
	fn := e.Kids[0]
	if fn.Callee() != "adapter.dispatch" || len(fn.Args) == 0 || fn.Args[0].Value.Kind != jinja.String {
		return nil
	}
	name := "__" + fn.Args[0].Value.Text
	if m := r.idx.macros[r.dialect+name]; m != nil {
		return m
	}
	return r.idx.macros["default"+name]
}

// known renders macros that everybody has. What they make need not be what dbt makes, only read the same columns
// in the same way.
func (r *renderer) known(callee string, e *jinja.Expr) (value, bool) {
	name := strings.TrimPrefix(strings.TrimPrefix(callee, "dbt_utils."), "dbt.")
	if strings.Contains(name, ".") {
		return value{}, false
	}
	switch name {
	case "star":
		return r.star(e)
	case "deduplicate":
		return r.deduplicate(e)
	case "generate_surrogate_key", "surrogate_key", "concat", "array_construct", "safe_add", "safe_subtract":
		return r.listCall(e)
	case "group_by":
		return r.groupBy(e)
	case "type_string", "type_timestamp", "type_int", "type_bigint", "type_float", "type_numeric", "type_boolean":
		return value{kind: textValue, pieces: madeText("varchar")}, true
	case "current_timestamp", "current_timestamp_backcompat", "current_timestamp_in_utc":
		return value{kind: textValue, pieces: madeText("dbt_call()")}, true
	}
	if names, kinds := signature(name); names != nil {
		return r.function(e, names, kinds)
	}
	return value{}, false
}

// signature gives the parameters of a macro that is a function, and what each takes: s an expression of SQL,
// x anything else.
func signature(name string) (names []string, kinds string) {
	switch name {
	case "date_trunc":
		return []string{"datepart", "date"}, "xs"
	case "dateadd":
		return []string{"datepart", "interval", "from_date_or_timestamp"}, "xss"
	case "datediff":
		return []string{"first_date", "second_date", "datepart"}, "ssx"
	case "last_day":
		return []string{"date", "datepart"}, "sx"
	case "safe_cast", "cast":
		return []string{"field", "type"}, "sx"
	case "hash", "md5", "get_url_host", "get_url_path", "cast_bool_to_text":
		return []string{"field"}, "s"
	case "length", "any_value", "bool_or":
		return []string{"expression"}, "s"
	case "split_part":
		return []string{"string_text", "delimiter_text", "part_number"}, "sss"
	case "replace":
		return []string{"field", "old_chars", "new_chars"}, "sss"
	case "right":
		return []string{"string_text", "length_expression"}, "ss"
	case "position":
		return []string{"substring_text", "string_text"}, "ss"
	case "array_append":
		return []string{"array", "new_element"}, "ss"
	case "array_concat":
		return []string{"array_1", "array_2"}, "ss"
	case "safe_divide":
		return []string{"numerator", "denominator"}, "ss"
	case "width_bucket":
		return []string{"expr", "min_value", "max_value", "num_buckets"}, "ssss"
	case "haversine_distance":
		return []string{"lat1", "lon1", "lat2", "lon2", "unit"}, "ssssx"
	case "get_url_parameter":
		return []string{"field", "url_parameter"}, "sx"
	case "string_literal", "escape_single_quotes":
		return []string{"value"}, "x"
	}
	return nil, ""
}

// function renders a call whose arguments are expressions.
func (r *renderer) function(e *jinja.Expr, names []string, kinds string) (value, bool) {
	var args []value
	for i, n := range names {
		arg := e.Arg(n, i)
		switch {
		case arg == nil:
		case kinds[i] == 'x':
			args = append(args, value{kind: textValue, pieces: madeText("0")})
		default:
			args = append(args, r.eval(arg))
		}
	}
	return r.callOf(args)
}

// callOf is a call in SQL with the arguments in it; false if one is not known.
func (r *renderer) callOf(args []value) (value, bool) {
	out := value{kind: textValue, pieces: madeText("dbt_call(")}
	for i, a := range args {
		if a.kind != textValue {
			return value{}, true
		}
		if i > 0 {
			out.pieces = append(out.pieces, madeText(", ")...)
		}
		out.pieces = append(out.pieces, a.pieces...)
	}
	out.pieces = append(out.pieces, madeText(")")...)
	return out, true
}

// listCall takes a list, or the arguments as one.
func (r *renderer) listCall(e *jinja.Expr) (value, bool) {
	var args []value
	for _, a := range e.Args {
		if v := r.eval(a.Value); v.kind == listValue {
			args = append(args, v.items...)
		} else {
			args = append(args, v)
		}
	}
	return r.callOf(args)
}

func (r *renderer) groupBy(e *jinja.Expr) (value, bool) {
	arg := e.Arg("n", 0)
	if arg == nil {
		return value{}, true
	}
	items := r.numbersUpTo(r.eval(arg))
	return value{kind: textValue, pieces: madeText("group by " + items)}, true
}

func (r *renderer) numbersUpTo(v value) string {
	s, ok := v.text(r.file)
	if !ok || len(s) > 2 || s == "" || strings.Trim(s, "0123456789") != "" {
		return "1" // how many does not matter to names
	}
	out, n := "1", int(s[len(s)-1]-'0')
	if len(s) == 2 {
		n += 10 * int(s[0]-'0')
	}
	for i := 2; i <= n; i++ {
		out += ", " + string(rune('0'+i/10)) + string(rune('0'+i%10))
	}
	return out
}

// star renders the columns of a relation as a star, which is what they are where the relation is read.
func (r *renderer) star(e *jinja.Expr) (value, bool) {
	out := value{kind: textValue}
	for i, a := range e.Args {
		switch {
		case a.Name == "from", a.Name == "" && i == 0:
			if r.eval(a.Value).kind != relationValue {
				return value{}, true
			}
		case a.Name == "relation_alias", a.Name == "" && i == 1, a.Name == "except", a.Name == "" && i == 2, a.Name == "quote_identifiers":
		default:
			return value{}, true // prefixes, suffixes and new names
		}
	}
	if alias := e.Arg("relation_alias", 1); alias != nil {
		v := r.eval(alias)
		if v.kind == textValue {
			out.pieces = append(append(out.pieces, v.pieces...), madeText(".")...)
		}
	}
	out.pieces = append(out.pieces, madeText("*")...)
	except := e.Arg("except", 2)
	if except == nil {
		return out, true
	}
	list := r.eval(except)
	if list.kind != listValue {
		return value{}, true
	}
	if len(list.items) == 0 {
		return out, true
	}
	call, _ := r.callOf(list.items)
	if call.kind != textValue {
		return value{}, true
	}
	call.pieces[0] = madeText(" except (")[0]
	out.pieces = append(out.pieces, call.pieces...)
	return out, true
}

// deduplicate reads all of a relation, and the columns that decide which row stays.
func (r *renderer) deduplicate(e *jinja.Expr) (value, bool) {
	rel, partition, order := e.Arg("relation", 0), e.Arg("partition_by", 1), e.Arg("order_by", 2)
	if rel == nil || partition == nil || order == nil {
		return value{}, true
	}
	from, by, last := r.eval(rel), r.eval(partition), r.eval(order)
	switch {
	case by.kind != textValue || last.kind != textValue:
		return value{}, true
	case from.kind == relationValue:
		from = value{kind: textValue, pieces: madeText("{{ " + from.rel.String() + " }}")}
	case from.kind != textValue:
		return value{}, true
	}
	out := value{kind: textValue, pieces: madeText("select dbt_d.* from ")}
	out.pieces = append(append(out.pieces, from.pieces...), madeText(" as dbt_d order by ")...)
	out.pieces = append(append(out.pieces, by.pieces...), madeText(", ")...)
	out.pieces = append(out.pieces, last.pieces...)
	return out, true
}

// unknownCalls are the calls in an expression that may write SQL nobody here has seen.
func (r *renderer) unknownCalls(e *jinja.Expr) []*jinja.Expr {
	var out []*jinja.Expr
	e.Walk(func(x *jinja.Expr) bool {
		if x.Kind != jinja.Call {
			return true
		}
		callee := x.Callee()
		first, _, dotted := strings.Cut(callee, ".")
		switch {
		case relationOf(x) != nil, callee == "ref", callee == "source": // a table that is not known is a hole to SQL
			return false
		case dotted && r.object(first), harmless(callee):
			return true
		}
		if callee == "" && x.Kids[0].Kind == jinja.Attr && x.Kids[0].Kids[0].Kind != jinja.Call {
			return true // a method of a literal or of an item
		}
		out = append(out, x)
		return true
	})
	return out
}

// object: the name is a value with methods rather than a package.
func (r *renderer) object(name string) bool {
	switch name {
	case "target", "model", "this", "modules", "run_started_at", "loop", "api", "flags", "execute", "invocation_args_dict", "dbt_metadata_envs":
		return true
	}
	for _, s := range r.scopes {
		if _, ok := s[name]; ok {
			return true
		}
	}
	return false
}

// harmless calls write no columns.
func harmless(callee string) bool {
	switch callee {
	case "is_incremental", "range", "adapter.dispatch", "config", "config.get", "log", "print", "return", "zip", "set", "fromjson", "tojson", "toyaml",
		"fromyaml", "should_full_refresh", "exceptions.raise_compiler_error", "exceptions.warn", "dbt_utils.pretty_time",
		"dbt_utils.log_info", "dbt_utils.pretty_log_format", "type_string", "dict", "namespace", "local_md5", "dbt_utils.date_spine",
		"dbt_utils.generate_series", "generate_series", "date_spine", "dbt_date.today", "dbt_date.now", "config.require":
		return true
	}
	return false
}
