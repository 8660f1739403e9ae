package contract

import (
	"fmt"
	"slices"

	"github.com/skein-bot/skein/internal/schema"
)

// Remarks say what expand-contract will make of changes that are not merged yet: what Skein will do, and where it
// cannot for want of a word.
func Remarks(changes []schema.Change, tables map[string]schema.Dataset, renames []schema.Rename) (out []string) {
	for _, c := range changes {
		f := Field{Dataset: c.Dataset, Path: c.Path, To: c.To}
		d, known := tables[c.Dataset]
		switch {
		case !known:
		case c.Kind == schema.FieldDeprecated && c.To == "" && told(changes, c):
		case c.Kind == schema.FieldDeprecated && c.To == "":
			out = append(out, fmt.Sprintf("%s is deprecated and names no replacement: its readers stay where they are, and Skein will not propose its removal", f.Name()))
		case c.Kind == schema.FieldDeprecated:
			out = append(out, promise(f, d))
		case c.Kind == schema.FieldRenamed:
			out = append(out, fmt.Sprintf("%s gives way to %s at once: leave it in place beside the new one, deprecated, and its readers move first", f.Name(), c.To))
		}
	}
	for _, r := range renames {
		d, known := tables[r.Dataset]
		if known && schema.Find(d.Fields, r.From) != nil && schema.Find(d.Fields, r.To) == nil {
			out = append(out, fmt.Sprintf("renames: %s.%s is to be replaced by %s, which is not there", r.Dataset, r.From, r.To))
		}
	}
	return out
}

// told reports whether another change says what replaces the field: the new one may say that it was called so.
func told(changes []schema.Change, c schema.Change) bool {
	return slices.ContainsFunc(Fields(changes), func(f Field) bool { return f.Dataset == c.Dataset && f.Path == c.Path })
}

func promise(f Field, d schema.Dataset) string {
	old, next := schema.Find(d.Fields, f.Path), schema.Find(d.Fields, f.To)
	if old != nil && next != nil && !alike(old.Type, next.Type) {
		return fmt.Sprintf("%s is %s and %s is %s: its readers are moved, and its removal is left to people", f.Name(), old.Type.Physical, f.To, next.Type.Physical)
	}
	return fmt.Sprintf("%s stays until its readers have moved to %s; then Skein proposes its removal here", f.Name(), f.To)
}
