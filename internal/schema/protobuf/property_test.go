package protobuf

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/schematest"
)

// TestDiffTellsAll holds that the reported changes, applied to the old schema, give the new one, written in proto3
// or in an edition that says the same.
func TestDiffTellsAll(t *testing.T) {
	t.Parallel()
	types := schematest.Words("int32", "int64", "uint32", "sint32", "sint64", "fixed64", "float", "double", "bool", "string", "bytes")
	maker := schematest.Maker{Types: types, Arrays: true, Enum: &schema.Type{Kind: "enum"}}
	f := schematest.Format{Parse: marked, Print: printed, Maker: maker, Unordered: true}
	f.TellsAll(t, 400, schema.CardinalityChanged, schema.EnumValueAdded, schema.EnumValueRemoved)
}

// marked parses, and puts into the doc what the printer put into the JSON key: that a field was added.
func marked(files []schema.File, _ string) (schema.Schema, error) {
	s, err := Parse(files)
	for _, d := range s.Datasets {
		mark(d.Fields)
	}
	for i := range s.Datasets {
		s.Datasets[i].Inner = nil // told of the fields that hold them
	}
	return s, err
}

func mark(fields []schema.Field) {
	for i, f := range fields {
		if strings.HasPrefix(f.Label, "added") {
			fields[i].Doc = "added"
		}
		mark(f.Fields)
	}
}

func printed(s schema.Schema, r *rand.Rand) []schema.File {
	w := writer{r: r, edition: r.IntN(2) == 0}
	head := "syntax = \"proto3\";\n"
	if w.edition {
		head = "edition = '2023';\noption features.field_presence = IMPLICIT;\n"
	}
	var files []schema.File
	var all strings.Builder
	for i, d := range s.Datasets {
		if d.Part {
			continue
		}
		text := w.message(d.Name, d.Fields)
		all.WriteString(text)
		files = append(files, schema.File{Path: strconv.Itoa(i) + ".proto", Content: []byte(head + text)})
	}
	if r.IntN(2) == 0 {
		return []schema.File{{Path: "all.proto", Content: []byte(head + all.String())}}
	}
	return files
}

type writer struct {
	r       *rand.Rand
	edition bool
}

func (w writer) message(name string, fields []schema.Field) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, w.field(f))
		switch number := strconv.Itoa(number(f)); {
		case len(f.Fields) > 0:
			parts = append(parts, w.message("M"+number, f.Fields))
		case len(f.Enum) > 0:
			parts = append(parts, w.enum("E"+number, f))
		}
	}
	w.r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	gap := []string{"\n", " ", " // words\n\t", ";\n"}[w.r.IntN(4)]
	return "message " + name + " {" + gap + strings.Join(parts, gap) + gap + "}\n"
}

// alike begins all names, so that a new name with a new type is no reuse of the number.
const alike = "one_and_the_same_"

// number is what the made-up name ends with: it stays when the field is renamed.
func number(f schema.Field) int {
	if f.ID != 0 {
		return f.ID
	}
	name := f.Name
	if f.Renamed != "" {
		name = f.Renamed
	}
	n, _ := strconv.Atoi(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz_"))
	return n
}

func (w writer) field(f schema.Field) string {
	t := f.Type
	label := ""
	if t.Kind == "array" {
		t, label = *t.Elem, "repeated "
	}
	word := t.Physical
	switch t.Kind {
	case "struct":
		word = "M" + strconv.Itoa(number(f))
	case "enum":
		word = "E" + strconv.Itoa(number(f))
	}
	var options []string
	switch optional := label == "" && f.Nullable && t.Kind != "struct"; {
	case optional && w.edition:
		options = append(options, "features.field_presence = EXPLICIT")
	case optional:
		label = "optional "
	}
	if f.Doc == "added" {
		options = append(options, fmt.Sprintf("json_name = \"added%d\"", number(f)))
	}
	name := f.Name
	if !strings.HasPrefix(name, alike) {
		name = alike + name
	}
	text := fmt.Sprintf("%s%s %s = %d", label, word, name, number(f))
	if len(options) > 0 {
		text += " [" + strings.Join(options, ", ") + "]"
	}
	return text + ";"
}

func (w writer) enum(name string, f schema.Field) string {
	var b strings.Builder
	fmt.Fprintf(&b, "enum %s { ", name)
	if f.EnumID == nil {
		fmt.Fprintf(&b, "%s_none = 0; ", name)
	}
	for _, v := range f.Enum {
		number, known := f.EnumID[v]
		if !known {
			number, v = valueNumber(v), name+"_"+v
		}
		fmt.Fprintf(&b, "%s = %d; ", v, number)
	}
	return b.String() + "}"
}

func valueNumber(v string) int {
	if n, err := strconv.Atoi(v[1:]); err == nil {
		return 100 + n
	}
	return int(v[0] - 'a' + 1)
}
