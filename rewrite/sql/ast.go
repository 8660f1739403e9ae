package sql

// The tree holds positions, not text: every int is the index of a significant token, -1 where there is none.
// It keeps what name resolution needs and nothing that only an executor would.

// stmtKind is what a statement does with names.
type stmtKind uint8

const (
	stmtOpaque stmtKind = iota // not understood, or not to be
	stmtPlain                  // understood, and reading only in its query and its expressions: SET, ASSERT, IF, CREATE FUNCTION, …
	stmtQuery
	stmtInsert
	stmtUpdate
	stmtDelete
	stmtMerge
	stmtCreate // CREATE TABLE or VIEW, with or without AS
)

type stmt struct {
	kind       stmtKind
	start, end int
	why        *problem // opaque: what stopped the parser
	with       *with
	query      *query
	target     *from
	columns    []int // INSERT's list, CREATE's names
	from       []*from
	where      *expr
	sets       []assign
	merge      []mergeWhen
	conflict   *conflict
	returning  []item
	logged     []item // OUTPUT … INTO, where another OUTPUT follows
	order      []*expr
	exprs      []*expr // whatever else is read in the target's scope
	params     []int   // names that only this statement sees: a function's arguments
	exports    bool    // the query's outputs leave the file
	discards   bool    // OUTPUT … INTO: what it gives goes to a table, by position
	temp       bool
	byName     bool
}

type assign struct {
	target []int // a path, or several columns
	value  *expr
	tuple  bool
}

type mergeWhen struct {
	cond    *expr
	sets    []assign
	columns []int
	values  []*expr
	star    int // UPDATE SET * or INSERT *
}

type conflict struct {
	exprs []*expr
	sets  []assign
	where *expr
}

type with struct {
	recursive bool
	nested    bool // it begins the query of a common table expression
	ctes      []cte
}

type cte struct {
	name    int
	columns []int
	query   *query
}

type queryKind uint8

const (
	querySelect queryKind = iota
	querySet
	queryValues
	queryParen // ( query ) with clauses of its own
	queryTable // TABLE t, and FROM t where pipes are
	queryPipe  // a query and its stages
)

type query struct {
	kind        queryKind
	start, end  int
	with        *with
	sel         *selectBody
	left, right *query
	stages      []stage
	op          int // the set operator's token
	byName      bool
	rows        [][]*expr // VALUES
	order       []orderItem
	limit       []*expr
	calm        int  // the number of what it left behind, from 1
	cut         bool // LIMIT and the like: the order chooses the rows
}

type orderItem struct{ expr *expr }

type selectBody struct {
	start      int
	distinctOn []*expr
	distinct   bool
	top        bool
	asStruct   bool
	items      []item
	into       *from
	from       []*from
	where      *expr
	prewhere   *expr
	group      []*expr
	having     *expr
	windows    []windowDef
	qualify    *expr
	limitBy    []*expr
	holes      []int   // templates that stand for clauses
	sort       []*expr // SORT BY, CLUSTER BY, DISTRIBUTE BY
}

type item struct {
	start, end int
	expr       *expr
	alias      int
}

type windowDef struct {
	name int
	spec *windowSpec
}

type windowSpec struct {
	partition []*expr
	order     []*expr
	frame     []*expr
}

type fromKind uint8

const (
	fromTable fromKind = iota
	fromQuery
	fromFunc
	fromJoin
	fromPivot  // of the item to the left
	fromGroup  // a join in parentheses with an alias of its own
	fromArrays // what ClickHouse's ARRAY JOIN lists
)

type from struct {
	kind        fromKind
	start, end  int
	path        []int // a table's or a function's name
	dashed      bool  // the path has - in it and is one name
	query       *query
	args        []*expr
	lateral     bool
	unnest      bool
	explode     bool // LATERAL VIEW
	left, right *from
	hidden      bool // SEMI and ANTI: what is right of the join is seen by its condition only
	pivot       *pivot
	natural     int // the token, or -1
	using       []int
	on          *expr
	parens      bool // a join in parentheses
	alias       int
	columns     []int
	offset      int    // WITH OFFSET AS x
	items       []item // of ARRAY JOIN
}

type exprKind uint8

const (
	exprOther    exprKind = iota // an operator over kids
	exprRef                      // a.b.c
	exprStar                     // *, t.*
	exprLit                      // a literal, a parameter
	exprHole                     // a template
	exprCall                     // f(…)
	exprCast                     // CAST(x AS t), x::t
	exprParen                    // (x)
	exprCase                     // CASE; the last kid is ELSE's when hasElse
	exprQuery                    // (SELECT …)
	exprExists                   // EXISTS (…)
	exprIn                       // the query of x IN (SELECT …), = ANY (…): matched by position
	exprArrayOf                  // ARRAY(SELECT …)
	exprIndex                    // x[i]; kids: x, then subscripts
	exprField                    // (x).f, f(x).g
	exprColon                    // x:a.b
	exprLambda                   // x -> …
	exprStruct                   // STRUCT(a, b AS c)
	exprWindow                   // f(…) OVER …; kids: the call
	exprCompare                  // a = b, a IN (…), …: kids are what is compared
	exprCollate                  // x COLLATE y
	exprPosition                 // #1, t.$1: a column by its position
	exprMade                     // a condition that an edit writes; op is its number
)

type expr struct {
	kind       exprKind
	start, end int
	hasElse    bool
	kids       []*expr
	query      *query
	path       []int // a reference's parts, a call's name, a field's name, a lambda's parameters
	*more
	op int
}

// more is what only few expressions have: structs, windows and stars.
type more struct {
	items      []item
	window     *windowSpec
	windowName int
	star       *starMods
}

type starMods struct {
	like    int // ILIKE's pattern, as its token plus one
	except  []int
	replace []item
	rename  []item
}
