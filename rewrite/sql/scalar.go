package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql/token"
)

// A name a.b may be the field b of a column a. Where the column cannot have fields, and many cannot, it must be the
// column b of a table a further out.

// isScalar: the catalog says that the column's type has no fields.
func isScalar(c *rewrite.Column) bool {
	return len(c.Fields) == 0 && scalarType(c.Type)
}

// scalarType: values of the type have no fields, whatever the dialect. Types that are not known may have some.
func scalarType(written string) bool {
	if strings.HasSuffix(written, ">") {
		return false
	}
	end := strings.IndexFunc(written, func(r rune) bool { return r == '(' || r == ' ' || r == '[' })
	if end < 0 {
		end = len(written)
	}
	switch strings.ToLower(written[:end]) {
	case "int", "integer", "int2", "int4", "int8", "int16", "int32", "int64", "int128", "int256", "tinyint", "smallint", "mediumint",
		"bigint", "hugeint", "uint8", "uint16", "uint32", "uint64", "utinyint", "usmallint", "uinteger", "ubigint", "byteint",
		"serial", "bigserial", "float", "float4", "float8", "float32", "float64", "double", "real", "decimal", "numeric", "number",
		"bignumeric", "dec", "money", "bool", "boolean", "bit", "string", "text", "varchar", "varchar2", "nvarchar", "char", "nchar",
		"bpchar", "character", "clob", "tinytext", "mediumtext", "longtext", "fixedstring", "uuid", "bytes", "blob", "binary",
		"varbinary", "bytea", "date", "date32", "time", "timestamp", "timestamptz", "timestamp_ntz", "timestamp_ltz", "timestamp_tz",
		"datetime", "datetime2", "datetime64", "smalldatetime", "interval", "year":
		return true
	}
	return false
}

// scalarColumn: a column has no fields, as the catalog says or as what it is computed from does.
func (r *resolver) scalarColumn(c *outcol) bool {
	if c.scalar || c.value == nil {
		return c.scalar
	}
	in := r.scope(*c.in)
	in.reading, in.outputs = columns, nil
	return r.scalarExpr(c.value, in)
}

// scalarExpr: the value of an expression cannot have fields.
func (r *resolver) scalarExpr(x *expr, sc *scope) bool {
	switch x.kind {
	case exprRef:
		b := r.lookup(sc, r.path(x.path), old)
		return b.kind == isColumn && r.scalarColumn(leafOf(r.d, &b, r.path(x.path)))
	case exprLit:
		k := r.toks[x.start].Kind
		return k == token.Number || k == token.String
	case exprCompare, exprExists:
		return true
	case exprParen, exprCollate, exprWindow:
		return r.scalarExpr(x.kids[0], sc)
	case exprCast:
		return r.scalarCast(x)
	case exprOther:
		return x.op >= precOr && x.op < precOther || x.op == precOther && !r.hasArrow(x)
	case exprCase:
		return r.scalarExpr(x.kids[len(x.kids)-1], sc)
	case exprCall:
		return r.scalarCall(x, sc)
	}
	return false
}

// scalarCast looks at the type, which ends the cast.
func (r *resolver) scalarCast(x *expr) bool {
	for at := x.kids[0].end; at < x.end; at++ {
		if r.roles[at] == roleType {
			end := x.end
			if r.roles[end-1] != roleType { // a cast's closing parenthesis
				end--
			}
			return scalarType(r.src[r.toks[at].Start:r.toks[end-1].End])
		}
	}
	return false
}

// hasArrow: something in the expression reads into JSON.
func (r *resolver) hasArrow(x *expr) bool {
	for at := x.start; at < x.end; at++ {
		if t := r.toks[at]; t.Key == token.Arrow || t.Kind == token.Op && strings.HasPrefix(t.In(r.src), "->") {
			return true
		}
	}
	return false
}

// scalarCall knows functions whose value is a number, a text or a truth, and those that give one of their arguments.
func (r *resolver) scalarCall(x *expr, sc *scope) bool {
	if len(x.path) != 1 {
		return false
	}
	switch strings.ToLower(r.text(x.path[0])) {
	case "count", "sum", "avg", "length", "upper", "lower", "substr", "substring", "trim", "replace", "concat", "abs", "round",
		"floor", "ceil", "rank", "dense_rank", "row_number", "ntile", "string_agg", "group_concat", "list_sum", "year", "month",
		"day", "strftime", "date_trunc", "extract", "stddev", "variance", "median", "md5":
		return true
	case "min", "max", "coalesce", "nullif", "ifnull", "any_value", "first", "last", "percentile_disc", "lag", "lead":
		return len(x.kids) > 0 && r.scalarExpr(x.kids[0], sc)
	}
	return false
}
