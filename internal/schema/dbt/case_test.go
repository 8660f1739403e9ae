package dbt

import (
	"flag"
	"testing"

	"github.com/skein-bot/skein/internal/schema/schematest"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

func TestCases(t *testing.T) { schematest.Run(t, Parse, *update) }

func FuzzParse(f *testing.F) { schematest.Fuzz(f, Parse, "f.yml") }
