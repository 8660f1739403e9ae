package sql

import "strings"

// dialects are the canonical names, as the command line lists them.
const dialects = "bigquery, snowflake, databricks, redshift, postgres, duckdb, trino, mysql, sqlite, tsql, clickhouse, ansi"

// Dialect returns the canonical name of a dialect, ansi for "", and false for one that is unknown.
func Dialect(name string) (string, bool) {
	switch d := strings.ToLower(strings.TrimSpace(name)); d {
	case "":
		return "ansi", true
	case "spark", "sparksql", "hive":
		return "databricks", true
	case "presto", "athena":
		return "trino", true
	case "postgresql", "pg":
		return "postgres", true
	case "mariadb":
		return "mysql", true
	case "mssql", "sqlserver", "t-sql":
		return "tsql", true
	case "bigquery", "snowflake", "databricks", "redshift", "postgres", "duckdb", "trino", "mysql", "sqlite", "tsql", "clickhouse", "ansi":
		return d, true
	}
	return "", false
}

// Dialects lists the names that Dialect knows, for messages.
func Dialects() string { return dialects }

// traits is how a dialect writes names, strings and comments.
type traits struct {
	stringQuotes string // what else than ' quotes a string
	backslash    bool   // \ escapes in strings
	dollar       bool   // $$ … $$ strings
	brackets     bool   // [name]
	hash         bool   // # begins a comment
	slashes      bool   // // begins a comment
	nested       bool   // comments nest
}

func traitsOf(dialect string) traits {
	switch dialect {
	case "bigquery":
		return traits{stringQuotes: `"`, backslash: true, hash: true}
	case "databricks":
		return traits{stringQuotes: `"`, backslash: true, nested: true}
	case "mysql":
		return traits{stringQuotes: `"`, backslash: true, hash: true}
	case "snowflake":
		return traits{backslash: true, dollar: true, slashes: true}
	case "redshift":
		return traits{backslash: true, dollar: true, nested: true}
	case "postgres", "duckdb":
		return traits{dollar: true, nested: true}
	case "clickhouse":
		return traits{backslash: true, dollar: true, hash: true}
	case "tsql":
		return traits{brackets: true, nested: true}
	case "sqlite":
		return traits{brackets: true}
	case "ansi":
		return traits{dollar: true}
	}
	return traits{}
}
