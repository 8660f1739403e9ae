package bigquery

import (
	"flag"
	"os"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

func disk() schematest.Disk { return schematest.Disk{FS: os.DirFS("."), Write: os.WriteFile} }

func parse(files []schema.File, _ string) (schema.Schema, error) { return Parse(files) }

func TestCases(t *testing.T) { schematest.Run(t, parse, disk(), *update) }

func FuzzParse(f *testing.F) { schematest.Fuzz[*testing.T](f, parse, disk(), "f.json", "f.yaml") }

// FuzzMetadata reads what is said beside a schema that is well.
func FuzzMetadata(f *testing.F) {
	beside := func(files []schema.File, _ string) (schema.Schema, error) {
		return Parse(append(files, schema.File{Path: "schema.yaml", Content: []byte("fields: [{name: a, type: DATE}]")}))
	}
	schematest.Fuzz[*testing.T](f, beside, disk(), "metadata.yaml")
}
