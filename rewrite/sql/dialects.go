package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

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
	return ansi()
}

func ansi() dialect {
	return dialect{name: "ansi", quote: '"',
		lex:        token.Rules{Backtick: true},
		grammar:    grammar{arrows: arrowBoth, truncPart: partAnywhere, diffPart: partAnywhere, columnsCall: true},
		nameRules:  nameRules{explodeWhole: true},
		scopeRules: scopeRules{structFirst: true, order: alias}}
}

func bigquery() dialect {
	return dialect{name: "bigquery", quote: '`',
		lex: token.Rules{DoubleQuoteString: true, Backtick: true, Backslash: true, RawPrefix: true, Triple: true,
			Hash: true, AtParam: true},
		grammar: grammar{arrows: arrowLambda, truncPart: partLast, diffPart: partLast, pipes: true, pivots: true, labelStrings: true,
			dashPath: true, joinStrings: true, intervalExpr: true, deleteBare: true},
		nameRules: nameRules{names: nameFixed, members: memberField, exactTables: true, structNames: true},
		scopeRules: scopeRules{rows: rowFirst, ownStructs: true, structFirst: true,
			group: alias, groupExpr: columns, having: alias, order: alias, orderExpr: alias, where: columns,
			later: columns, qualify: alias, window: columns}}
}

func snowflake() dialect {
	return dialect{name: "snowflake", quote: '"',
		lex: token.Rules{Backslash: true, DollarQuote: true, DoubleSlash: true, Ampersand: true},
		grammar: grammar{arrows: arrowLambda, truncPart: partAnywhere, position: '$', declareBlock: true, sqlBodies: true, pivots: true,
			starLike: true, colonPath: true, samples: true},
		nameRules:  nameRules{fold: upper, exactPaths: true},
		scopeRules: scopeRules{ownStructs: true, group: column, groupExpr: column, order: alias}}
}

func databricks() dialect {
	return dialect{name: "databricks", quote: '`',
		lex:       token.Rules{DoubleQuoteString: true, Backtick: true, Backslash: true, RawPrefix: true, RawEnds: true, Nested: true},
		grammar:   grammar{arrows: arrowLambda, pivots: true, colonPath: true, deleteBare: true},
		nameRules: nameRules{names: nameText, structNames: true, explodeWhole: true},
		scopeRules: scopeRules{ownStructs: true, structFirst: true, arrayFields: true,
			group: column, groupExpr: column, order: alias, where: columns, later: column}}
}

func redshift() dialect {
	return dialect{name: "redshift", quote: '"',
		lex:       token.Rules{Backslash: true, Nested: true, DollarQuote: true, DollarTag: true},
		grammar:   grammar{declareBlock: true, pivots: true, typedStrings: true, deleteBare: true},
		nameRules: nameRules{names: nameFigured},
		scopeRules: scopeRules{rows: rowLast, ownStructs: true, structFirst: true, orderStar: true,
			group: column, groupExpr: column, order: alias, where: columns, later: column}}
}

func postgres() dialect {
	return dialect{name: "postgres", quote: '"',
		lex:       token.Rules{EscapePrefix: true, UnicodePrefix: true, Nested: true, DollarQuote: true, DollarTag: true},
		grammar:   grammar{declareBlock: true, typedStrings: true, targetAlias: true},
		nameRules: nameRules{fold: lower, names: nameFigured, members: memberExpr},
		scopeRules: scopeRules{rows: rowLast, orderStar: true,
			group: column, groupExpr: columns, having: columns, order: alias, orderExpr: columns, where: columns,
			later: columns, window: columns}}
}

func duckdb() dialect {
	return dialect{name: "duckdb", quote: '"',
		lex: token.Rules{EscapePrefix: true, Nested: true, DollarQuote: true, DollarTag: true},
		grammar: grammar{arrows: arrowBoth, position: '#', fromFirst: true, pivots: true, columnsCall: true, typedStrings: true,
			bareFilter: true, lambdaWord: true, comprehensions: true, targetAlias: true},
		nameRules: nameRules{names: nameText, members: memberExpr, schema: "main", exactParams: true, catalogSpelling: true, printsSome: true,
			structByName: true, keyByColumn: true, numbersTwins: true, writtenAlias: true, lastAlias: true, pivotNames: true,
			unnestWhole: true, groupsAsWritten: true},
		scopeRules: scopeRules{readsItself: true, cteHides: true, ownStructs: true, structFirst: true, rowOpens: true, mergedFirst: true,
			siblings: true, qualifierYields: true, paramYields: true, earlyFails: true, insertReturns: true,
			group: column, groupExpr: columns, having: grouped, inAggregate: columns, order: alias, orderExpr: column, where: column,
			later: column, qualify: column, window: column}}
}

func trino() dialect {
	return dialect{name: "trino", quote: '"',
		grammar:   grammar{arrows: arrowLambda, typedStrings: true, anyTyped: true},
		nameRules: nameRules{names: nameFixed, members: memberElement, catalogSpelling: true},
		scopeRules: scopeRules{ownStructs: true, structFirst: true,
			group: columns, groupExpr: columns, having: columns, order: alias, where: columns, later: columns}}
}

func mysql() dialect {
	return dialect{name: "mysql", quote: '`',
		lex: token.Rules{DoubleQuoteString: true, Backtick: true, Backslash: true, Hash: true, DashSpace: true,
			Executable: true, AtParam: true},
		grammar:   grammar{aliasStrings: true, joinStrings: true, intervalExpr: true, wordOperators: true, rowAlias: true},
		nameRules: nameRules{names: nameRaw},
		scopeRules: scopeRules{group: column, groupExpr: column, having: grouped, order: alias, orderExpr: column, where: columns,
			later: columns, window: alias}}
}

func sqlite() dialect {
	return dialect{name: "sqlite", quote: '"',
		lex:       token.Rules{Backtick: true, Bracket: true, OpenComment: true, AtParam: true},
		grammar:   grammar{aliasStrings: true, targetAlias: true},
		nameRules: nameRules{names: nameRaw, schema: "main", catalogSpelling: true, innerSpelling: true, writtenAlias: true},
		scopeRules: scopeRules{rows: rowNever, anyRecursive: true, laterCTE: true, flatFrom: true, returningTarget: true, orderStar: true,
			group: column, groupExpr: column, having: column, order: alias, orderExpr: column, where: column,
			later: columns, window: columns}}
}

func tsql() dialect {
	return dialect{name: "tsql", quote: '[',
		lex: token.Rules{Bracket: true, Nested: true, HashName: true, AtParam: true},
		grammar: grammar{bareEnds: true, pivots: true, aliasFirst: true, aliasStrings: true, typeFirst: true, tableHints: true,
			output: true, top: true, deleteBare: true, deleteFrom: true},
		nameRules: nameRules{names: nameFixed},
		scopeRules: scopeRules{anyRecursive: true, bareTarget: true, targetInFrom: true,
			group: columns, groupExpr: columns, having: columns, order: alias, where: columns, later: columns}}
}

func clickhouse() dialect {
	return dialect{name: "clickhouse", quote: '`',
		lex:       token.Rules{Backtick: true, Backslash: true, DollarQuote: true, DollarTag: true, Hash: true, BraceParam: true},
		grammar:   grammar{arrows: arrowLambda, columnsCall: true, callsTwice: true, arrayJoin: true, samples: true, finals: true},
		nameRules: nameRules{fold: exact, names: nameText, exactTables: true, printsCase: true},
		scopeRules: scopeRules{structFirst: true, arrayFields: true, semiShows: true,
			group: alias, groupExpr: alias, having: alias, order: alias, orderExpr: alias, where: alias, later: alias,
			qualify: alias, window: alias}}
}
