package format_test

import (
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/format"
)

func TestPick(t *testing.T) {
	t.Parallel()
	file := func(path, text string) schema.File { return schema.File{Path: path, Content: []byte(text)} }
	record := `{"type": "record", "name": "R", "fields": []}`
	fields := `[{"name": "a", "type": "STRING"}]`
	models := "models: [{name: m}]"
	for name, c := range map[string]struct {
		files []schema.File
		named string
		want  string // the format and its files, or the error
	}{
		"avsc":                    {[]schema.File{file("r.avsc", "{")}, "", "avro r.avsc"},
		"avdl in capitals":        {[]schema.File{file("R.AVDL", "")}, "", "avro R.AVDL"},
		"sql":                     {[]schema.File{file("a.sql", "")}, "", "sql a.sql"},
		"avro in JSON":            {[]schema.File{file("r.json", record)}, "", "avro r.json"},
		"a union in JSON":         {[]schema.File{file("r.json", "["+record+`, "null"]`)}, "", "avro r.json"},
		"a protocol":              {[]schema.File{file("p.json", `{"protocol": "P"}`)}, "", "avro p.json"},
		"fields":                  {[]schema.File{file("t.json", fields)}, "", "bigquery t.json"},
		"records of BigQuery":     {[]schema.File{file("t.json", `[{"name": "a", "type": "RECORD", "fields": [{"name": "b", "type": "DATE"}]}]`)}, "", "bigquery t.json"},
		"records in small":        {[]schema.File{file("t.json", `[{"name": "a", "type": "record", "mode": "repeated", "fields": []}]`)}, "", "bigquery t.json"},
		"schema below":            {[]schema.File{file("t.json", `{"schema": {"fields": []}, "tableReference": {}}`)}, "", "bigquery t.json"},
		"dbt":                     {[]schema.File{file("s.yaml", models)}, "", "dbt s.yaml"},
		"no ending, JSON":         {[]schema.File{file("orders", fields)}, "", "bigquery orders"},
		"no ending, SQL":          {[]schema.File{file("orders", "CREATE TABLE t (a int)")}, "", "sql orders"},
		"an empty file":           {[]schema.File{file("orders", "")}, "", "sql orders"},
		"no ending, other JSON":   {[]schema.File{file("orders", "{}")}, "", "looks like no schema"},
		"other JSON":              {[]schema.File{file("p.json", "{}")}, "", "this .json file looks like no schema"},
		"a JSON Schema":           {[]schema.File{file("p.json", `{"$schema": "x", "type": "object", "properties": {}}`)}, "", "looks like no schema"},
		"broken JSON":             {[]schema.File{file("p.json", "{")}, "", "looks like no schema"},
		"fields in YAML":          {[]schema.File{file("schema.yaml", "fields:\n- name: a\n  type: STRING\n")}, "", "bigquery schema.yaml"},
		"a table's folder":        {[]schema.File{file("metadata.yaml", "friendly_name: T\nbigquery: {}"), file("schema.yaml", "fields: [{name: a, type: STRING}]")}, "", "bigquery metadata.yaml schema.yaml"},
		"a query beside them":     {[]schema.File{file("query.sql", ""), file("schema.yaml", "fields: [{name: a, type: STRING}]")}, "", "schema.yaml is bigquery and query.sql is sql"},
		"fields of a form":        {[]schema.File{file("form.yml", "fields: [{name: a, type: textarea}]")}, "", "looks like no schema"},
		"other YAML":              {[]schema.File{file("p.yml", "a: 1")}, "", "looks like no schema"},
		"models of a project":     {[]schema.File{file("p.yml", "models: {a: {x: 1}}")}, "", "looks like no schema"},
		"a folder":                {[]schema.File{file("a.sql", ""), file("b.sql", ""), file("package.json", "{}"), file("ci.yml", "on: push")}, "", "sql a.sql b.sql"},
		"a folder of JSON":        {[]schema.File{file("a.json", fields), file("b.json", "{"), file("c.json", fields)}, "", "bigquery a.json c.json"},
		"a folder of two":         {[]schema.File{file("a.sql", ""), file("s.yml", models)}, "", "s.yml is dbt and a.sql is sql"},
		"one of two":              {[]schema.File{file("a.sql", ""), file("s.yml", models)}, "dbt", "dbt s.yml"},
		"a fault of one is shown": {[]schema.File{file("a.json", fields), file("b.json", "{")}, "bigquery", "bigquery a.json b.json"},
		"nothing":                 {nil, "", " "},
		"others":                  {[]schema.File{file("a.json", "{}"), file("b.json", "{}")}, "", " "},
		"a name rules":            {[]schema.File{file("x.txt", "")}, "avro", "avro x.txt"},
		"an unknown name":         {nil, "xml", "choose one of avro, bigquery, protobuf, jsonschema, dbt, sql"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, files, err := format.Pick(c.files, c.named)
			got := f.Name + " "
			for i, file := range files {
				got += strings.Repeat(" ", min(i, 1)) + file.Path
			}
			if err != nil {
				got = err.Error()
			}
			if got != c.want && (err == nil || !strings.Contains(got, c.want)) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestAll holds that each format reads an empty folder, and says which it is.
func TestAll(t *testing.T) {
	t.Parallel()
	for _, f := range format.All() {
		s, err := f.Parse(nil, "")
		if err != nil || s.Format != f.Name || len(s.Datasets) != 0 {
			t.Errorf("%s: %+v, %v", f.Name, s, err)
		}
		if again, ok := format.Named(f.Name); !ok || again.Name != f.Name || f.Endings == "" {
			t.Errorf("%s is not found by its name, or has no endings", f.Name)
		}
	}
}
