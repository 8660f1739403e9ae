package avro

import (
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// The bounds of what Parse reads.
const (
	maxFile   = 8 << 20  // bytes of one file
	maxTotal  = 64 << 20 // bytes of all files
	maxDepth  = 100      // types within types of one file, and records within records
	maxFields = 200_000  // of all datasets, with symbols; the fields of a record count wherever it is used
)

// Parse reads files that may refer to each other's types. Errors are *schema.ParseError.
func Parse(files []schema.File) (schema.Schema, error) {
	x := newExpander()
	total := 0
	for _, f := range slices.SortedStableFunc(slices.Values(files), func(a, b schema.File) int { return strings.Compare(a.Path, b.Path) }) {
		if total += len(f.Content); len(f.Content) > maxFile || total > maxTotal {
			return schema.Schema{}, &schema.ParseError{Position: at(f), Msg: "too large for a schema: at most 8 MiB a file and 64 MiB in all; split data from schema"}
		}
		u := &unit{path: path.Clean(f.Path), types: map[string]*named{}}
		if err := u.read(f); err != nil {
			return schema.Schema{}, err
		}
		x.add(u)
	}
	return x.schema()
}

func (u *unit) read(f schema.File) error {
	if idl(f) {
		return u.readIDL(f)
	}
	root, err := tree.JSON(f)
	if err != nil {
		return err
	}
	if root.At("protocol") != nil {
		return u.protocol(root)
	}
	return u.top(root)
}

// idl tells the two languages apart: by the name, else by how the text begins.
func idl(f schema.File) bool {
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".avdl":
		return true
	case ".avsc", ".avpr", ".json":
		return false
	}
	text := strings.TrimLeft(string(f.Content[:min(len(f.Content), 1024)]), "\ufeff \t\r\n")
	return text != "" && !strings.ContainsRune(`{["`, rune(text[0]))
}
