package dbt

import (
	"flag"
	"os"
	"testing"

	"github.com/skein-bot/skein/internal/schema/schematest"
)

var update = flag.Bool("update", false, "rewrite the wants of the cases")

func disk() schematest.Disk { return schematest.Disk{FS: os.DirFS("."), Write: os.WriteFile} }

func TestCases(t *testing.T) { schematest.Run(t, Parse, disk(), *update) }

func FuzzParse(f *testing.F) { schematest.Fuzz[*testing.T](f, Parse, disk(), "f.yml") }
