package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

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

// dialect is everything that the rewriter knows about a dialect, as data.
type dialect struct {
	name   string
	lex    token.Rules
	fold   folding
	quote  byte // '"', '`' or '[', for names that need quotes
	names  naming
	arrows arrows
	rows   rows

	catalogSpelling bool   // an output takes the spelling of the catalog, not that of the query
	innerSpelling   bool   // but that of the query in subqueries
	colonPath       bool   // x:a.b reads a semi-structured value
	anyRecursive    bool   // a CTE may read itself without the word RECURSIVE
	laterCTE        bool   // a CTE sees those after it
	readsItself     bool   // a CTE in a CTE that reads a table of its own name may read itself, once
	exactParams     bool   // a lambda's parameter in another case is a column, if there is one of its name
	structNames     bool   // STRUCT(c) takes field names from columns
	ownStructs      bool   // a struct is a table's row only where a query says so
	dashPath        bool   // my-project.d.t
	exactTables     bool   // table names are matched in case
	structFirst     bool   // a.b may be column.field without parentheses
	mergedFirst     bool   // a bare name means the column that USING made of several, whoever else has it
	siblings        bool   // a subquery in FROM sees the tables before it, LATERAL or not
	numbersTwins    bool   // of two columns of one name in a subquery the first is meant, and the second is called name_1
	pipes           bool   // FROM t |> WHERE …
	pivots          bool   // PIVOT and UNPIVOT are clauses
	pivotNames      bool   // what PIVOT calls its columns is known
	joinStrings     bool   // 'a' 'b' is one string
	aliasStrings    bool   // an alias without AS may be a string
	typedStrings    bool   // any type's name may stand before a string
	intervalExpr    bool   // INTERVAL a + b DAY
	flatFrom        bool   // FROM is one list: every condition sees all of it, and a qualifier all tables of its name
	writtenAlias    bool   // an output has an alias only if one is written
	lastAlias       bool   // of two aliases of one name the last is meant
	targetAlias     bool   // UPDATE t AS x, DELETE FROM t AS x, INSERT INTO t AS x
	returningTarget bool   // RETURNING sees the table that is written to, by its own name, and nothing else
	orderStar       bool   // ORDER BY finds the columns of a star as outputs
	columnsCall     bool   // COLUMNS('…') chooses columns by name
	schema          string // where tables without a schema are: main.t is t

	// inAggregate is the reading in an aggregate of HAVING where that of HAVING itself is grouped.
	group, groupExpr, having, inAggregate, order, orderExpr, where, later, qualify, window reading
}

// is reports whether a name is this dialect's.
func (d *dialect) is(name string) bool {
	return name == d.name || name != "" && dialectOf(name).name == d.name
}

// dialectOf finds a dialect by name; what is not known is ansi.
func dialectOf(name string) dialect {
	switch strings.ToLower(name) {
	case "bigquery":
		return bigquery()
	case "snowflake":
		return snowflake()
	case "databricks", "spark":
		return databricks()
	case "redshift":
		return redshift()
	case "postgres", "postgresql":
		return postgres()
	case "duckdb":
		return duckdb()
	case "trino", "presto":
		return trino()
	case "mysql", "mariadb":
		return mysql()
	case "sqlite":
		return sqlite()
	case "tsql":
		return tsql()
	case "clickhouse":
		return clickhouse()
	}
	return dialect{name: "ansi", quote: '"', arrows: arrowBoth, order: alias, structFirst: true, columnsCall: true,
		lex: token.Rules{Backtick: true}}
}

func bigquery() dialect {
	return dialect{name: "bigquery", ownStructs: true, pipes: true, pivots: true, quote: '`', names: nameFixed, arrows: arrowLambda,
		rows: rowFirst, structNames: true, joinStrings: true, intervalExpr: true, dashPath: true, exactTables: true, structFirst: true,
		lex: token.Rules{DoubleQuoteString: true, Backtick: true, Backslash: true, RawPrefix: true, Triple: true,
			Hash: true, AtParam: true},
		group: alias, groupExpr: columns, having: alias, order: alias, orderExpr: alias, where: columns,
		later: columns, qualify: alias, window: columns}
}

func snowflake() dialect {
	return dialect{name: "snowflake", ownStructs: true, pivots: true, fold: upper, quote: '"', arrows: arrowLambda, colonPath: true,
		lex:   token.Rules{Backslash: true, DollarQuote: true, DoubleSlash: true, Ampersand: true},
		group: column, groupExpr: column, order: alias}
}

func databricks() dialect {
	return dialect{name: "databricks", ownStructs: true, pivots: true, quote: '`', names: nameText, arrows: arrowLambda, colonPath: true,
		structNames: true, structFirst: true,
		lex:   token.Rules{DoubleQuoteString: true, Backtick: true, Backslash: true, RawPrefix: true, RawEnds: true, Nested: true},
		group: column, groupExpr: column, order: alias, where: columns, later: column}
}

func redshift() dialect {
	return dialect{name: "redshift", ownStructs: true, typedStrings: true, pivots: true, quote: '"', names: nameFigured, rows: rowLast, structFirst: true, orderStar: true,
		lex:   token.Rules{Backslash: true, Nested: true, DollarQuote: true, DollarTag: true},
		group: column, groupExpr: column, order: alias, where: columns, later: column}
}

func postgres() dialect {
	return dialect{name: "postgres", typedStrings: true, fold: lower, quote: '"', names: nameFigured, rows: rowLast, orderStar: true, targetAlias: true,
		lex:   token.Rules{EscapePrefix: true, UnicodePrefix: true, Nested: true, DollarQuote: true, DollarTag: true},
		group: column, groupExpr: columns, having: columns, order: alias, orderExpr: columns, where: columns,
		later: columns, window: columns}
}

func duckdb() dialect {
	return dialect{name: "duckdb", ownStructs: true, typedStrings: true, quote: '"', names: nameText, arrows: arrowBoth, catalogSpelling: true, structFirst: true, columnsCall: true, schema: "main",
		mergedFirst: true, siblings: true, numbersTwins: true, writtenAlias: true, lastAlias: true, targetAlias: true, readsItself: true, exactParams: true,
		pivots: true, pivotNames: true,
		lex:   token.Rules{EscapePrefix: true, Nested: true, DollarQuote: true, DollarTag: true},
		group: column, groupExpr: columns, having: grouped, inAggregate: columns, order: alias, orderExpr: column, where: column,
		later: column, qualify: column, window: column}
}

func trino() dialect {
	return dialect{name: "trino", ownStructs: true, typedStrings: true, quote: '"', names: nameFixed, arrows: arrowLambda, catalogSpelling: true, structFirst: true,
		group: columns, groupExpr: columns, having: columns, order: alias, where: columns, later: columns}
}

func mysql() dialect {
	return dialect{name: "mysql", quote: '`', names: nameRaw, joinStrings: true, aliasStrings: true, intervalExpr: true,
		lex: token.Rules{DoubleQuoteString: true, Backtick: true, Backslash: true, Hash: true, DashSpace: true,
			Executable: true, AtParam: true},
		group: column, groupExpr: column, having: grouped, order: alias, orderExpr: column, where: columns,
		later: columns, window: alias}
}

func sqlite() dialect {
	return dialect{name: "sqlite", quote: '"', names: nameRaw, rows: rowNever, aliasStrings: true, catalogSpelling: true, innerSpelling: true,
		anyRecursive: true, laterCTE: true, flatFrom: true, writtenAlias: true, orderStar: true,
		targetAlias: true, returningTarget: true, schema: "main",
		lex:   token.Rules{Backtick: true, Bracket: true, OpenComment: true, AtParam: true},
		group: column, groupExpr: column, having: column, order: alias, orderExpr: column, where: column,
		later: columns, window: columns}
}

func tsql() dialect {
	return dialect{name: "tsql", pivots: true, quote: '[', names: nameFixed, aliasStrings: true, anyRecursive: true,
		lex:   token.Rules{Bracket: true, Nested: true, HashName: true, AtParam: true},
		group: columns, groupExpr: columns, having: columns, order: alias, where: columns, later: columns}
}

func clickhouse() dialect {
	return dialect{name: "clickhouse", fold: exact, quote: '`', names: nameText, arrows: arrowLambda, structFirst: true,
		exactTables: true, columnsCall: true,
		lex:   token.Rules{Backtick: true, Backslash: true, DollarQuote: true, DollarTag: true, Hash: true, BraceParam: true},
		group: alias, groupExpr: alias, having: alias, order: alias, orderExpr: alias, where: alias, later: alias,
		qualify: alias, window: alias}
}
