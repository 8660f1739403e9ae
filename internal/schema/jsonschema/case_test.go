package jsonschema

import (
	"flag"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

func parse(files []schema.File, _ string) (schema.Schema, error) { return Parse(files) }

func TestCases(t *testing.T) { schematest.Run(t, parse, *update) }

func FuzzParse(f *testing.F) { schematest.Fuzz(f, parse, "f.json") }
