package sql_test

import (
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// The hard cases of SQL have numbers, which stand in the names of the files that hold them. Each is in a case here, or
// in one of the room named behind it: dbt's models, the YAML beside them, and SQL inside YAML are read there.
const (
	here = "testdata"
	dbt  = "../dbt/testdata"
	job  = "../job/testdata"
)

// hardCases are the numbers and what they are about.
var hardCases = []struct {
	number int
	about  string
	room   string
}{
	{1, "names in strings and comments; strings that are run", here},
	{2, "double quotes: a name or a string", here},
	{3, "escapes in strings", here},
	{4, "one quoted token for a whole path", here},
	{5, "bodies of functions", here},
	{6, "comments that are code, and hints", here},
	{7, "words that are functions, literals, date parts, arguments, types", here},
	{8, "parameters and paths into values", here},
	{9, "columns by position", here},
	{11, "folding, on the schema's side too", here},
	{12, "new names that need quotes", here},
	{13, "the spelling of outputs", here},
	{14, "qualifiers of several parts", here},
	{15, "one name in several schemas", here},
	{16, "pseudo columns and wildcard tables", here},
	{17, "whole rows", here},
	{18, "inner scope first, then outer", here},
	{19, "a missed edit that is captured", here},
	{20, "the new name captures an outer column", here},
	{21, "the new name makes another ambiguous", here},
	{22, "the new name turns an alias into a column", here},
	{23, "an alias turns the new name into itself", here},
	{24, "a table that is not in the catalog", here},
	{25, "items of FROM that see their siblings", here},
	{26, "lambda parameters", here},
	{27, "windows and filters", here},
	{28, "a star whose outputs leave the file", here},
	{29, "a star behind a CTE", here},
	{30, "stars that are matched by position, or by nothing", here},
	{31, "EXCEPT, REPLACE and RENAME", here},
	{32, "columns chosen by a pattern", here},
	{33, "aliases for outputs", here},
	{34, "no alias where no name is seen", here},
	{35, "names that come from the text", here},
	{36, "names that Postgres figures out", here},
	{37, "fields of structs that are named after columns", here},
	{38, "GROUP BY and the alias beside it", here},
	{39, "ORDER BY: outputs and expressions", here},
	{40, "further clauses that name columns", here},
	{41, "USING", here},
	{42, "NATURAL JOIN", here},
	{43, "forms of FROM", here},
	{44, "conditions of other joins", here},
	{45, "PIVOT and UNPIVOT", here},
	{46, "set operations", here},
	{47, "a CTE that hides the dataset", here},
	{48, "a CTE that reads the dataset before it is hidden", here},
	{49, "recursive CTEs", here},
	{50, "three parts: schema or field", here},
	{51, "fields", here},
	{52, "UNNEST of structs", here},
	{53, "table functions over arrays", here},
	{54, "paths behind a colon, map keys", here},
	{55, "names as data", here},
	{56, "fields of expressions", here},
	{57, "ClickHouse's aliases", here},
	{58, "INSERT", here},
	{59, "UPDATE and upserts", here},
	{60, "MERGE", here},
	{61, "RETURNING and OUTPUT", here},
	{62, "CREATE TABLE AS and its keys", here},
	{63, "DDL of the dataset", here},
	{64, "tables that the script makes", here},
	{65, "variables", here},
	{66, "loops over rows", here},
	{67, "ends of statements", here},
	{68, "templates", here},
	{69, "SQL in folded YAML", job},
	{70, "whitespace control, comments, raw", dbt},
	{71, "if and else", dbt},
	{72, "for", dbt},
	{73, "set, var, env_var", dbt},
	{74, "macros", dbt},
	{75, "known macros", dbt},
	{76, "introspection", dbt},
	{77, "ref and source", dbt},
	{78, "refs in comments", dbt},
	{79, "incremental models", dbt},
	{80, "config and hooks", dbt},
	{81, "snapshots", dbt},
	{82, "tests, analyses, Python, packages", dbt},
	{83, "columns of sources", dbt},
	{84, "arguments of tests", dbt},
	{85, "freshness", dbt},
	{86, "unit tests", dbt},
	{87, "semantic models, seeds, exposures", dbt},
	{88, "YAML as it is written", dbt},
	{89, "datasets renamed", here},
	{90, "values renamed", here},
	{91, "types changed, fields removed", here},
}

// Bytes that txtar cannot hold are 10's: TestBytesStay.
func TestHardCasesAreHeld(t *testing.T) {
	t.Parallel()
	held := map[string]map[int]int{here: numbers(t, here), dbt: numbers(t, dbt), job: numbers(t, job)}
	for _, hc := range hardCases {
		if held[hc.room][hc.number] == 0 {
			t.Errorf("%s has no case of number %d, %s", hc.room, hc.number, hc.about)
		}
	}
	if len(hardCases) < 90 {
		t.Errorf("only %d hard cases are listed", len(hardCases))
	}
}

// numbers counts the cases of a room by the number in their names.
func numbers(t *testing.T, room string) map[int]int {
	t.Helper()
	paths, err := filepath.Glob(room + "/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`^[a-z]+_(\d\d)[_.]`)
	out := map[int]int{}
	for _, p := range paths {
		if m := number.FindStringSubmatch(filepath.Base(p)); m != nil {
			n, _ := strconv.Atoi(m[1])
			out[n]++
		}
	}
	return out
}
