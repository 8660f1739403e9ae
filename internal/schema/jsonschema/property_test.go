package jsonschema

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestDiffTellsAll holds that the reported changes, applied to the old schema, give the new one.
func TestDiffTellsAll(t *testing.T) {
	t.Parallel()
	types := schematest.Words("string", "integer", "number", "boolean", "date-time", "date", "uuid", "string | integer", "number | boolean")
	maker := schematest.Maker{Types: types, Arrays: true, Defaults: []string{"1", `"x y"`, "[]"}, Enum: &schema.Type{Kind: "enum"}}
	parse := func(files []schema.File, _ string) (schema.Schema, error) {
		s, err := Parse(files)
		s.Datasets = slices.DeleteFunc(s.Datasets, func(d schema.Dataset) bool { return d.Nameless })
		return s, err
	}
	schematest.Format{Parse: parse, Print: printed, Maker: maker, Unordered: true}.TellsAll(t, 400, schema.CardinalityChanged, schema.UnionChanged, schema.DefaultChanged, schema.EnumValueAdded, schema.EnumValueRemoved, schema.DocChanged)
}

// writer writes objects down where they are used, or as definitions.
type writer struct {
	*rand.Rand
	defs []string
}

func printed(s schema.Schema, r *rand.Rand) []schema.File {
	w := &writer{Rand: r}
	var all []string
	for _, d := range s.Datasets {
		all = append(all, fmt.Sprintf("%q: %s", d.Name, w.object(d.Fields, d.Doc)))
	}
	w.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	text := fmt.Sprintf(`{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {%s}}`, strings.Join(all, w.gap()))
	parts := `{"type": "object", "definitions": {` + strings.Join(w.defs, w.gap()) + "}}"
	return []schema.File{{Path: "all.json", Content: []byte(text)}, {Path: "parts.json", Content: []byte(parts)}}
}

func (w *writer) gap() string { return []string{", ", ",\n\t", " ,"}[w.IntN(3)] }

func (w *writer) keys(keys ...string) string {
	w.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	return "{" + strings.Join(keys, w.gap()) + "}"
}

func (w *writer) object(fields []schema.Field, doc string) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, fmt.Sprintf("%q: %s", f.Name, w.field(f)))
	}
	w.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	keys := []string{`"type": "object"`, `"properties": {` + strings.Join(parts, w.gap()) + "}"}
	if doc != "" {
		keys = append(keys, fmt.Sprintf(`"description": %q`, doc))
	}
	return w.keys(keys...)
}

func (w *writer) field(f schema.Field) string {
	keys := []string{`"allOf": [` + w.nullable(f) + "]"}
	if f.Default != nil {
		keys = append(keys, `"default": `+*f.Default)
	}
	if f.Doc != "" {
		keys = append(keys, fmt.Sprintf(`"description": %q`, f.Doc))
	}
	if f.Renamed != "" {
		keys = append(keys, fmt.Sprintf(`"x-renamed-from": %q`, f.Renamed))
	}
	return w.keys(keys...)
}

// nullable writes the type, in one of the ways to allow null.
func (w *writer) nullable(f schema.Field) string {
	t := w.typed(f, f.Type)
	switch {
	case !f.Nullable:
		return t
	case w.IntN(2) == 0:
		return `{"anyOf": [{"type": "null"}, ` + t + "]}"
	}
	return `{"oneOf": [` + t + `, {"type": "null"}]}`
}

func (w *writer) typed(f schema.Field, t schema.Type) string {
	switch t.Kind {
	case "array":
		return w.keys(`"type": "array"`, `"items": `+w.typed(f, *t.Elem))
	case "struct":
		return w.behind(w.object(f.Fields, ""))
	case "enum":
		return w.keys(`"enum": ["` + strings.Join(f.Enum, `", "`) + `"]`)
	case "union":
		return w.words(t.Physical)
	}
	switch t.Physical {
	case "date-time", "date", "uuid":
		return w.keys(`"type": "string"`, fmt.Sprintf(`"format": %q`, t.Physical))
	}
	return w.words(t.Physical)
}

func (w *writer) words(physical string) string {
	words := strings.Split(physical, " | ")
	w.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	return `{"type": ["` + strings.Join(words, `", "`) + `"]}`
}

// behind puts a schema behind a reference to another file, sometimes.
func (w *writer) behind(text string) string {
	if w.IntN(2) == 0 {
		return text
	}
	w.defs = append(w.defs, fmt.Sprintf(`"d%d": %s`, len(w.defs), text))
	return fmt.Sprintf(`{"$ref": "parts.json#/definitions/d%d"}`, len(w.defs)-1)
}
