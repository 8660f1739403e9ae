package sql

import "github.com/skein-bot/skein/rewrite/sql/token"

// folding is what a bare name is stored as, and so what a quoted one must equal.
type folding uint8

const (
	insensitive folding = iota // names match in any case, quoted or not
	lower
	upper
	exact
)

// reading is which meaning a bare name has in a clause when it is both a column and a select alias.
type reading uint8

const (
	unsure  reading = iota // not certain: where the meanings differ, refuse
	columns                // a column only
	column                 // a column, else an alias
	alias                  // an alias, else a column
	grouped                // a column if it is grouped by, else an alias
)

// naming is what an output without an alias is called when it is more than a column.
type naming uint8

const (
	nameUnsure  naming = iota // depends on the text in a way that is not certain
	nameFixed                 // never contains a column's name
	nameFigured               // Postgres: the function's, or the column's inside a cast, CASE or subscript
	nameRaw                   // the text as it stands in the query
	nameText                  // the text as the engine prints it
)

// arrows is what -> means.
type arrows uint8

const (
	arrowJSON   arrows = iota // always a path into JSON
	arrowLambda               // a lambda where an argument may stand
	arrowBoth                 // a lambda only in the functions that take one
)

// rows is when a bare name that is the alias of a table means its row.
type rows uint8

const (
	rowNear  rows = iota // when the scope has no column of the name
	rowLast              // when no scope around has one either
	rowFirst             // always
	rowNever
)

// partPlace is where a date part stands among the arguments of a function.
type partPlace uint8

const (
	partFirst partPlace = iota
	partLast
	partAnywhere
)

// memberNaming is what a field of an expression, (s).c, is called that is an output without an alias.
type memberNaming uint8

const (
	memberUnsure  memberNaming = iota // not certain
	memberField                       // as the field
	memberExpr                        // as any expression is
	memberElement                     // as any expression is, where it is a field of an element, a[1].c
)

// dialect is everything that the rewriter knows about a dialect, as data.
type dialect struct {
	name  string
	lex   token.Rules
	quote byte // '"', '`' or '[', for names that need quotes
	grammar
	nameRules
	scopeRules
}

// grammar is what may be written, as the parser asks for it.
type grammar struct {
	arrows              arrows
	truncPart, diffPart partPlace // of DATE_TRUNC, DATE_DIFF and the like
	position            byte      // '#' or '$' before a number is a column by its position

	bareEnds       bool // a statement ends where the next one begins
	declareBlock   bool // DECLARE opens a section that ends at BEGIN
	sqlBodies      bool // a routine's body is SQL if no language is named
	fromFirst      bool // FROM t SELECT a, FROM t, and PIVOT t ON a
	pipes          bool // FROM t |> WHERE …
	pivots         bool // PIVOT and UNPIVOT are clauses
	labelStrings   bool // UNPIVOT (v FOR n IN (a AS 'x'))
	aliasFirst     bool // SELECT x = a
	aliasStrings   bool // an alias without AS may be a string
	starLike       bool // SELECT * ILIKE '…'
	columnsCall    bool // COLUMNS('…') chooses columns by name
	colonPath      bool // x:a.b reads a semi-structured value
	dashPath       bool // my-project.d.t
	joinStrings    bool // 'a' 'b' is one string
	typedStrings   bool // any type's name may stand before a string
	anyTyped       bool // … even one that is a word of the grammar
	intervalExpr   bool // INTERVAL a + b DAY
	wordOperators  bool // a DIV b, a MOD b, a XOR b
	callsTwice     bool // quantile(0.9)(a)
	bareFilter     bool // FILTER (a > 1)
	lambdaWord     bool // LAMBDA x: x + 1
	comprehensions bool // [x + 1 FOR x IN a]
	typeFirst      bool // CONVERT(int, a)
	arrayJoin      bool // ARRAY JOIN a, and ANY and ALL before JOIN
	tableHints     bool // FROM t WITH (NOLOCK), t (INDEX(1))
	samples        bool // FROM t SAMPLE 0.1
	finals         bool // FROM t FINAL
	targetAlias    bool // UPDATE t AS x, DELETE FROM t AS x, INSERT INTO t AS x
	rowAlias       bool // INSERT INTO t VALUES (1) AS x
	output         bool // OUTPUT inserted.a, deleted.b
	top            bool // DELETE TOP (5) FROM t
	deleteBare     bool // DELETE t
	deleteFrom     bool // DELETE FROM x FROM t x
}

// nameRules are how names are told from each other, and what is called what.
type nameRules struct {
	fold    folding
	names   naming
	members memberNaming
	schema  string // where tables without a schema are: main.t is t

	exactTables     bool // table names are matched in case
	exactPaths      bool // and so are the fields of a path
	exactParams     bool // a lambda's parameter in another case is a column, if there is one of its name
	catalogSpelling bool // an output takes the spelling of the catalog, not that of the query
	innerSpelling   bool // but that of the query in subqueries
	printsCase      bool // an output that is a call has the function's name as it is written
	printsSome      bool // … and it is certain how it is printed for a few functions only
	structNames     bool // STRUCT(c) takes field names from columns
	structByName    bool // a struct is put into a column by its fields' names
	keyByColumn     bool // DO UPDATE SET s = {'f': c} names the field c
	numbersTwins    bool // of two columns of one name in a subquery the first is meant, and the second is called name_1
	writtenAlias    bool // an output has an alias only if one is written
	lastAlias       bool // of two aliases of one name the last is meant
	pivotNames      bool // what PIVOT calls its columns is known
	unnestWhole     bool // UNNEST gives an element as one column, whatever fields it has
	explodeWhole    bool // … and so do EXPLODE and INLINE
	groupsAsWritten bool // GROUPING SETS take two spellings of a column for two groups
}

// scopeRules are what a name can see, and what comes first.
type scopeRules struct {
	rows rows

	anyRecursive    bool // a CTE may read itself without the word RECURSIVE
	laterCTE        bool // a CTE sees those after it
	readsItself     bool // a CTE in a CTE that reads a table of its own name may read itself, once
	cteHides        bool // a CTE hides the table of its name in the whole statement, even where it cannot be read
	ownStructs      bool // a struct is a table's row only where a query says so
	structFirst     bool // a.b may be column.field without parentheses
	arrayFields     bool // a.b of an array of structs is an array of their fields
	rowOpens        bool // in (x).f, a row x comes before an alias x
	mergedFirst     bool // a bare name means the column that USING made of several, whoever else has it
	siblings        bool // a subquery in FROM sees the tables before it, LATERAL or not
	flatFrom        bool // FROM is one list: every condition sees all of it, and a qualifier all tables of its name
	qualifierYields bool // t.a is looked for further if the table has no such column
	paramYields     bool // x.a is a column of the table x, even where x is a lambda's parameter
	semiShows       bool // what stands after SEMI JOIN can be seen
	earlyFails      bool // a name that a later item of the list gives is an error, whatever else has it
	bareTarget      bool // a table that is written to has no alias, and its columns are qualified by its name
	targetInFrom    bool // UPDATE x SET … FROM t x
	returningTarget bool // RETURNING sees the table that is written to, by its own name, and nothing else
	insertReturns   bool // … that of a plain INSERT sees it too
	orderStar       bool // ORDER BY finds the columns of a star as outputs

	// inAggregate is the reading in an aggregate of HAVING where that of HAVING itself is grouped.
	group, groupExpr, having, inAggregate, order, orderExpr, where, later, qualify, window reading
}

// is reports whether a name is this dialect's.
func (d *dialect) is(name string) bool {
	return name == d.name || name != "" && dialectOf(name).name == d.name
}
