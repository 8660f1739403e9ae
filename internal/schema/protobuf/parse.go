package protobuf

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// Parse reads files that may import each other. Errors are *schema.ParseError.
func Parse(files []schema.File) (schema.Schema, error) {
	x := newExpander()
	total := 0
	for _, f := range slices.SortedStableFunc(slices.Values(files), func(a, b schema.File) int { return strings.Compare(a.Path, b.Path) }) {
		if total += len(f.Content); len(f.Content) > maxFile || total > maxTotal {
			return schema.Schema{}, &schema.ParseError{Position: repo.Position{File: f.Path},
				Msg: "too large for a schema: at most 4 MiB a file and 64 MiB in all; split it"}
		}
		u, err := read(f)
		if err != nil {
			return schema.Schema{}, err
		}
		if err := x.add(u); err != nil {
			return schema.Schema{}, err
		}
	}
	return x.schema()
}
