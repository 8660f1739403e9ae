package avro

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
)

// spellings are the types that are made up, as JSON has them and as IDL does.
func spellings() map[string][2]string {
	return map[string][2]string{
		"int": {`"int"`, "int"}, "long": {`"long"`, "long"}, "float": {`"float"`, "float"}, "double": {`"double"`, "double"},
		"string": {`"string"`, "string"}, "bytes": {`"bytes"`, "bytes"}, "boolean": {`"boolean"`, "boolean"},
		"decimal(9, 2)":               {`{"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}`, "decimal(9, 2)"},
		"decimal(11, 2)":              {`{"type": "bytes", "precision": 11, "scale": 2, "logicalType": "decimal"}`, "decimal(11,2)"},
		"date":                        {`{"type": "int", "logicalType": "date"}`, "date"},
		"timestamp-millis":            {`{"logicalType": "timestamp-millis", "type": "long"}`, "timestamp_ms"},
		"uuid":                        {`{"type": "string", "logicalType": "uuid"}`, "uuid"},
		"union<int, string>":          {`["int", {"type": "string"}]`, "union { int, string }"},
		"union<long, bytes, boolean>": {`["long", "bytes", "boolean"]`, "union{long,bytes,boolean}"},
	}
}

// TestDiffTellsAll holds that the reported changes, applied to the old schema, give the new one, in JSON and in IDL.
func TestDiffTellsAll(t *testing.T) {
	t.Parallel()
	types := schematest.Words("int", "long", "float", "double", "string", "bytes", "boolean", "decimal(9, 2)", "decimal(11, 2)", "date", "timestamp-millis",
		"uuid", "union<int, string>", "union<long, bytes, boolean>")
	maker := schematest.Maker{Types: types, Arrays: true, Defaults: []string{"1", `"x"`, "[]"}, Enum: &schema.Type{Kind: "enum"}}
	f := schematest.Format{Parse: parse, Print: printed, Maker: maker}
	f.TellsAll(t, 400, schema.FieldReordered, schema.PrecisionChanged, schema.CardinalityChanged, schema.UnionChanged, schema.DefaultChanged, schema.EnumValueAdded, schema.EnumValueRemoved, schema.DocChanged)
}

// printed writes each record into a file of its own, or all into one protocol of JSON or of IDL.
func printed(s schema.Schema, r *rand.Rand) []schema.File {
	var records []string
	var files []schema.File
	idl := flat(s) && r.IntN(2) == 0
	for i, d := range s.Datasets {
		text := jsonRecord(d.Name, d.Doc, d.Fields, r)
		if idl {
			text = idlRecord(d.Name, d.Doc, d.Fields, r)
		}
		records = append(records, text)
		files = append(files, schema.File{Path: strconv.Itoa(i) + ".avsc", Content: []byte(text)})
	}
	switch {
	case idl:
		return []schema.File{{Path: "p.avdl", Content: []byte("protocol P {\n" + strings.Join(records, "\n") + "}\n")}}
	case r.IntN(2) == 0:
		return []schema.File{{Path: "p.avpr", Content: []byte(`{"protocol": "P", "types": [` + strings.Join(records, ",\n") + "]}")}}
	}
	return files
}

// flat reports whether no field is a record: in IDL every record would be a dataset.
func flat(s schema.Schema) bool {
	for _, d := range s.Datasets {
		if slices.ContainsFunc(d.Fields, func(f schema.Field) bool { return len(f.Fields) > 0 }) {
			return false
		}
	}
	return true
}

// typeName is the name of a field's own type: it stays when the field is renamed.
func typeName(f schema.Field) string {
	if f.Renamed != "" {
		return "T_" + f.Renamed
	}
	return "T_" + f.Name
}

func jsonRecord(name, doc string, fields []schema.Field, r *rand.Rand) string {
	var parts []string
	for _, f := range fields {
		keys := []string{fmt.Sprintf(`"name": %q`, f.Name), `"type": ` + jsonNullable(f, r)}
		if f.Default != nil {
			keys = append(keys, `"default": `+*f.Default)
		}
		if f.Doc != "" {
			keys = append(keys, fmt.Sprintf(`"doc": %q`, f.Doc))
		}
		if f.Renamed != "" {
			keys = append(keys, fmt.Sprintf(`"aliases": [%q]`, f.Renamed))
		}
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		parts = append(parts, "{"+strings.Join(keys, []string{",", ",\n\t"}[r.IntN(2)])+"}")
	}
	return fmt.Sprintf(`{"type": "record", "name": %q, "doc": %q, "fields": [%s]}`, name, doc, strings.Join(parts, []string{", ", ",\n"}[r.IntN(2)]))
}

func jsonNullable(f schema.Field, r *rand.Rand) string {
	t := jsonType(f, f.Type, r)
	switch {
	case !f.Nullable:
		return t
	case t[0] == '[':
		return `["null", ` + t[1:]
	case r.IntN(2) == 0:
		return "[" + t + `, "null"]`
	}
	return `["null", ` + t + "]"
}

func jsonType(f schema.Field, t schema.Type, r *rand.Rand) string {
	switch t.Kind {
	case "array":
		return `{"type": "array", "items": ` + jsonType(f, *t.Elem, r) + "}"
	case "struct":
		return jsonRecord(typeName(f), "", f.Fields, r)
	case "enum":
		return fmt.Sprintf(`{"type": "enum", "name": %q, "symbols": ["%s"]}`, typeName(f), strings.Join(f.Enum, `", "`))
	}
	return spellings()[t.Physical][0]
}

// idlRecord writes a record behind the declarations of the types of its fields.
func idlRecord(name, doc string, fields []schema.Field, r *rand.Rand) string {
	var before, b strings.Builder
	if doc != "" {
		fmt.Fprintf(&b, "/** %s */\n", doc)
	}
	fmt.Fprintf(&b, "record %s {\n", name)
	for _, f := range fields {
		if f.Doc != "" {
			fmt.Fprintf(&b, "/** %s */", f.Doc)
		}
		b.WriteString(idlNullable(f, r) + " ")
		if f.Renamed != "" {
			fmt.Fprintf(&b, "@aliases([%q]) ", f.Renamed)
		}
		b.WriteString("`" + f.Name + "`")
		if f.Default != nil {
			b.WriteString(" = " + *f.Default)
		}
		b.WriteString(";\n")
		if len(f.Enum) > 0 {
			fmt.Fprintf(&before, "enum %s { %s }\n", typeName(f), strings.Join(f.Enum, ", "))
		}
	}
	return before.String() + b.String() + "}\n"
}

func idlNullable(f schema.Field, r *rand.Rand) string {
	t := idlType(f, f.Type)
	inner, union := strings.CutPrefix(t, "union")
	switch {
	case !f.Nullable:
		return t
	case union:
		return "union { null, " + strings.TrimLeft(inner, " {")
	case r.IntN(2) == 0:
		return "union { " + t + ", null }"
	}
	return t + "?"
}

func idlType(f schema.Field, t schema.Type) string {
	switch t.Kind {
	case "array":
		return "array<" + idlType(f, *t.Elem) + ">"
	case "struct", "enum":
		return typeName(f)
	}
	return spellings()[t.Physical][1]
}
