package jsonschema

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/schema"
)

// FuzzParse holds that no file makes the parser panic, that faults have places, and that what is read differs
// from itself in nothing.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if file.Name != "want" {
				f.Add(file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := Parse([]schema.File{{Path: "f.json", Content: src}})
		var at *schema.ParseError
		if err != nil && (!errors.As(err, &at) || at.File != "f.json" || at.Line < 1) {
			t.Fatalf("an error without a place: %v", err)
		}
		if changes := schema.Diff(s, s, schema.Declarations{}); len(changes) > 0 {
			t.Fatalf("it differs from itself: %+v", changes[0])
		}
	})
}
