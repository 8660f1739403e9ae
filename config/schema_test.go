package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/config"
)

func TestPublishedSchemas(t *testing.T) {
	t.Parallel()
	for file, want := range map[string][]byte{
		"../docs/schema/skein.schema.json": config.RepoSchema(),
		"../docs/schema/org.schema.json":   config.OrgSchema(),
	} {
		if *update {
			if err := os.WriteFile(file, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not current, run go test ./config -update (-want +got):\n%s", file, diff)
		}
	}
}

func compiled(t *testing.T, schema []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("s.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("s.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onlyParser are the findings that a JSON Schema cannot express, or leaves to the parser on purpose.
func onlyParser(f config.Finding) bool {
	return slices.Contains([]config.Code{
		config.Syntax, config.DuplicateKey, config.Duplicate, config.Undeclared, config.Contradiction,
		config.NeverOpens, config.BadCron, config.BadTimezone, config.BadGlob,
	}, f.Code)
}

// Parser and schema agree on every case: what the parser takes, the schema takes, and what the schema can know
// to be wrong, it refuses.
func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	repoSchema, orgSchema := compiled(t, config.RepoSchema()), compiled(t, config.OrgSchema())
	both := 0
	for _, c := range casesOf(t) {
		var doc any
		if yaml.Unmarshal(c.Data, &doc) != nil {
			continue // not YAML: nothing for a schema to say
		}
		schema := repoSchema
		_, found := config.ParseRepo("f", c.Data)
		if strings.HasSuffix(c.Name, "org.yml") {
			schema = orgSchema
			_, found = config.ParseOrg("f", c.Data)
		}
		refused := schema.Validate(asJSON(t, doc)) != nil
		wrong, known := config.HasErrors(found), false
		for _, f := range found {
			known = known || f.Severity == config.Error && !onlyParser(f) && !finePrint(c.Name)
		}
		switch {
		case refused && !wrong:
			t.Errorf("%s: the schema refuses what the parser takes: %v", c.Name, schema.Validate(asJSON(t, doc)))
		case known && !refused:
			t.Errorf("%s: the schema takes what the parser refuses: %v", c.Name, found)
		case known && refused:
			both++
		}
	}
	if both < 40 {
		t.Errorf("only %d cases fail in both", both)
	}
}

// finePrint names the cases in which a pattern would have to do a calendar's or a filesystem's work.
func finePrint(name string) bool {
	switch strings.TrimSuffix(name, ".yml") {
	case "path_out", "path_pattern", "date_no_such", "duration_zero", "duration_long", "duration_overflow",
		"alias_line_break", "octal", "block_scalar_error":
		return true
	}
	return false
}

// casesOf returns every configuration under testdata/findings.
func casesOf(t testing.TB) []txtar.File {
	t.Helper()
	var out []txtar.File
	for _, file := range caseFiles(t) {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(archive.Files); i += 2 {
			out = append(out, archive.Files[i])
		}
	}
	return out
}

// asJSON brings a decoded YAML value into the form that JSON would have given.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
