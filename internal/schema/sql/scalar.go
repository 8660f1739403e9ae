package sql

import (
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// scalar normalises the name of a plain type. One that no dialect knows stays what it is.
func scalar(dialect, words string, args []int) schema.Type {
	base, _, _ := strings.Cut(words, " ")
	t := schema.Type{Kind: kindOf(dialect, base, words)}
	switch t.Kind {
	case "integer":
		t.Bits, t.Unsigned = integerBits(dialect, base), strings.Contains(words, "unsigned") || unsigned(dialect, base)
		if dialect == "snowflake" || dialect == "mysql" && base == "tinyint" && arg(args, 0) == 1 {
			return integerAlias(dialect)
		}
	case "float":
		t.Bits = floatBits(dialect, base, args)
	case "decimal":
		t.Digits, t.Scale = decimalSize(dialect, base, args)
	case "string", "bytes":
		t.Length, t.Fixed = length(dialect, base, words, args)
	case "time", "timestamp":
		t.Zone = zoned(dialect, base, words)
		t.Scale = arg(args, 0)
		if dialect == "mysql" && len(args) == 0 {
			t.Scale = 0
		}
	}
	return t
}

// integerAlias is what an integer really is in Snowflake, and TINYINT(1) in MySQL.
func integerAlias(dialect string) schema.Type {
	if dialect == "mysql" {
		return schema.Type{Kind: "boolean"}
	}
	return schema.Type{Kind: "decimal", Digits: 38}
}

func arg(args []int, i int) int {
	if i < len(args) {
		return args[i]
	}
	return 0
}

func kindOf(dialect, base, words string) string {
	switch base {
	case "int", "integer", "int2", "int4", "int8", "int16", "int32", "int64", "int128", "int256", "smallint", "bigint", "tinyint",
		"mediumint", "byteint", "byte", "short", "long", "hugeint", "uhugeint", "utinyint", "usmallint", "uinteger", "ubigint",
		"uint8", "uint16", "uint32", "uint64", "uint128", "uint256", "serial", "bigserial", "smallserial", "serial2", "serial4", "serial8", "year":
		if base == "long" && strings.Contains(words, "varchar") {
			return "string"
		}
		return "integer"
	case "decimal", "numeric", "number", "dec", "fixed", "money", "smallmoney", "bignumeric", "bigdecimal", "decimal32", "decimal64", "decimal128", "decimal256":
		return "decimal"
	case "float", "double", "real", "float4", "float8", "float16", "float32", "float64", "binary_float", "binary_double":
		return "float"
	case "varchar", "char", "character", "text", "string", "nvarchar", "nchar", "ntext", "varchar2", "nvarchar2", "clob", "nclob", "tinytext",
		"mediumtext", "longtext", "bpchar", "citext", "national", "fixedstring", "name", "sysname":
		return "string"
	case "bytes", "bytea", "binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob", "image", "raw", "varbyte", "rowversion":
		return "bytes"
	case "bool", "boolean":
		return "boolean"
	case "bit":
		if dialect == "tsql" {
			return "boolean"
		}
	case "date", "date32":
		return "date"
	case "time", "timetz":
		return "time"
	case "timestamp", "timestamptz", "timestamp_ntz", "timestamp_ltz", "timestamp_tz", "timestampntz", "timestampltz", "timestamptz_ntz",
		"datetime", "datetime2", "smalldatetime", "datetimeoffset", "datetime64", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp_us":
		return "timestamp"
	case "json", "jsonb", "variant", "super", "object":
		return "json"
	case "uuid", "uniqueidentifier":
		return "uuid"
	case "interval":
		return "interval"
	}
	return "other"
}

func integerBits(dialect, base string) int {
	switch strings.TrimPrefix(base, "u") {
	case "tinyint", "byte", "byteint":
		return 8
	case "smallint", "int2", "short", "int16", "smallserial", "serial2", "year":
		return 16
	case "mediumint":
		return 24
	case "bigint", "long", "int64", "bigserial", "serial8":
		return 64
	case "int8":
		if dialect == "clickhouse" || base == "uint8" {
			return 8
		}
		return 64
	case "hugeint", "int128":
		return 128
	case "int256":
		return 256
	}
	if dialect == "bigquery" || dialect == "sqlite" {
		return 64
	}
	return 32
}

func unsigned(dialect, base string) bool {
	return base[0] == 'u' || base == "tinyint" && dialect == "tsql"
}

func floatBits(dialect, base string, args []int) int {
	switch base {
	case "float16":
		return 16
	case "real":
		if dialect == "sqlite" || dialect == "snowflake" || dialect == "mysql" {
			return 64
		}
		return 32
	case "float4", "float32", "binary_float":
		return 32
	case "float":
		small := dialect == "mysql" || dialect == "databricks" || dialect == "duckdb" || dialect == "trino" || dialect == "clickhouse"
		if p := arg(args, 0); len(args) == 1 && p > 0 && p <= 24 || small && len(args) != 1 {
			return 32
		}
	}
	return 64
}

// decimalSize fills in what a dialect assumes when nothing is said.
func decimalSize(dialect, base string, args []int) (digits, scale int) {
	if len(args) > 0 && base != "decimal32" && base != "decimal64" && base != "decimal128" && base != "decimal256" {
		return args[0], arg(args, 1)
	}
	switch base {
	case "decimal32":
		return 9, arg(args, 0)
	case "decimal64":
		return 18, arg(args, 0)
	case "decimal128":
		return 38, arg(args, 0)
	case "decimal256":
		return 76, arg(args, 0)
	case "bignumeric", "bigdecimal":
		return 76, 38
	case "money":
		return 19, 4
	case "smallmoney":
		return 10, 4
	}
	switch dialect {
	case "bigquery":
		return 38, 9
	case "snowflake", "trino":
		return 38, 0
	case "databricks", "mysql":
		return 10, 0
	case "redshift", "tsql":
		return 18, 0
	case "duckdb":
		return 18, 3
	}
	return 0, 0
}

// length returns 0 for a text of any length.
func length(dialect, base, words string, args []int) (n int, fixed bool) {
	varying := strings.Contains(words, "varying") || strings.Contains(words, "large")
	fixed = !varying && (base == "char" || base == "character" || base == "nchar" || base == "bpchar" || base == "national" ||
		base == "fixedstring" || base == "binary" && (dialect == "mysql" || dialect == "tsql"))
	n = arg(args, 0)
	switch {
	case fixed && len(args) == 0:
		n = 1
	case base == "tinytext", base == "tinyblob":
		n = 255
	case dialect == "redshift" && n == 0 && base != "varbyte":
		n = 256
	case dialect == "sqlite" || dialect == "duckdb":
		return 0, false // lengths are words there
	}
	return n, fixed
}

func zoned(dialect, base, words string) bool {
	switch base {
	case "timestamptz", "timestamp_tz", "timestamp_ltz", "timestampltz", "datetimeoffset", "timetz":
		return true
	case "timestamp":
		if dialect == "bigquery" || dialect == "databricks" || dialect == "mysql" {
			return true
		}
	}
	return strings.Contains(words, "with time zone")
}
