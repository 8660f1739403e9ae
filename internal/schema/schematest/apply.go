package schematest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/schema"
)

// Apply does to a schema what changes say. It knows nothing of the new schema but how its types are spelled:
// spelled gives the type of each spelling.
func Apply(s schema.Schema, changes []schema.Change, spelled map[string]schema.Type) schema.Schema {
	var out []schema.Dataset
	for _, d := range s.Datasets {
		mine := keep(changes, func(c schema.Change) bool { return c.Dataset == d.Name })
		if slices.ContainsFunc(mine, func(c schema.Change) bool { return c.Kind == schema.DatasetRemoved }) {
			continue
		}
		out = append(out, applyDataset(d, mine, spelled))
	}
	for _, c := range changes {
		if c.Kind == schema.DatasetAdded {
			out = append(out, schema.Dataset{Name: c.Dataset, Open: true})
		}
	}
	return schema.Schema{Datasets: out}
}

func keep(changes []schema.Change, want func(schema.Change) bool) []schema.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c schema.Change) bool { return !want(c) })
}

func applyDataset(d schema.Dataset, changes []schema.Change, spelled map[string]schema.Type) schema.Dataset {
	for _, c := range changes {
		switch {
		case c.Kind == schema.DatasetRenamed:
			d.Name = c.To
		case c.Kind == schema.DocChanged && c.Path == "":
			d.Doc = c.After
		}
	}
	d.Fields = applier{spelled, changes}.fields(d.Fields, "", "")
	return d
}

type applier struct {
	spelled map[string]schema.Type
	changes []schema.Change
}

// fields rebuilds one list of siblings: what stays in its order, then what has a place of its own.
func (a applier) fields(fields []schema.Field, was, is string) []schema.Field {
	var kept []schema.Field
	placed := map[int]schema.Field{}
	for _, f := range fields {
		old := f.Name
		gone, place := a.field(&f, was+f.Name)
		marks := f.Type.Leads()
		f.Fields = a.fields(f.Fields, was+old+marks+".", is+f.Name+marks+".")
		switch {
		case gone:
		case place > 0:
			placed[place-1] = f
		default:
			kept = append(kept, f)
		}
	}
	for _, c := range a.changes {
		parent, name := c.Path[:strings.LastIndexByte(c.Path, '.')+1], last(c.Path)
		if c.Kind == schema.FieldAdded && parent == is {
			placed[c.Ordinal-1] = schema.Field{Name: name, Type: a.spelled[c.After], Doc: "added"}
		}
	}
	for at := 0; len(placed) > 0 && at < 10_000; at++ {
		if f, ok := placed[at]; ok {
			kept = slices.Insert(kept, min(at, len(kept)), f)
			delete(placed, at)
		}
	}
	return kept
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func (a applier) field(f *schema.Field, path string) (gone bool, place int) {
	for _, c := range a.changes {
		marks := strings.TrimPrefix(c.Path, path)
		if !strings.HasPrefix(c.Path, path) || strings.Trim(marks, "[]{}") != "" {
			continue
		}
		switch c.Kind {
		case schema.FieldRemoved:
			gone = true
		case schema.FieldReordered:
			place = c.Ordinal
		case schema.FieldRenamed:
			f.Name = last(c.To)
		case schema.TypeWidened, schema.TypeNarrowed, schema.TypeChanged, schema.PrecisionChanged, schema.CardinalityChanged, schema.UnionChanged:
			f.Type = replaced(f.Type, len(marks)/2, a.spelled[c.After])
		case schema.NullableRelaxed, schema.NullableTightened:
			f.Nullable = c.Kind == schema.NullableRelaxed
		case schema.DefaultChanged:
			f.Default = &c.After
		case schema.DocChanged:
			f.Doc = c.After
		case schema.EnumValueAdded:
			f.Enum = append(slices.Clone(f.Enum), c.After)
		case schema.EnumValueRemoved:
			f.Enum = slices.DeleteFunc(slices.Clone(f.Enum), func(v string) bool { return v == c.Before })
		}
	}
	return gone, place
}

// replaced puts another type in, so many elements deep.
func replaced(t schema.Type, depth int, next schema.Type) schema.Type {
	if depth == 0 || t.Elem == nil {
		return next
	}
	elem := replaced(*t.Elem, depth-1, next)
	t.Elem = &elem
	return t
}

// Plain writes down what changes must carry over. A field that is new is known by name and type alone, so those
// that before does not have are written so on both sides.
func Plain(s, before schema.Schema) []string { return Format{}.plain(s, before) }

func (f Format) plain(s, before schema.Schema) []string {
	known := map[string]bool{}
	for _, d := range before.Datasets {
		known[d.Name] = true
	}
	var out []string
	for _, d := range s.Datasets {
		if d.Open || d.Renamed == "" && !known[d.Name] && !known[d.Renamed] {
			out = append(out, d.Name+" is new")
			continue
		}
		out = append(out, d.Name+" doc="+d.Doc+f.plainFields(d.Fields))
	}
	slices.Sort(out)
	return out
}

func (f Format) plainFields(fields []schema.Field) string {
	var out []string
	for _, field := range fields {
		out = append(out, f.plainField(field))
	}
	if f.Unordered {
		slices.Sort(out)
	}
	return strings.Join(out, "")
}

func (f Format) plainField(field schema.Field) string {
	if field.Doc == "added" {
		return fmt.Sprintf(" {%s %s}", field.Name, shape(field.Type))
	}
	value := ""
	if field.Default != nil {
		value = *field.Default
	}
	members := f.plainFields(field.Fields)
	if !leadsToRecord(field.Type) {
		members = "" // the alternatives of a union are part of its type
	}
	null := field.Nullable && !(f.Unordered && field.Type.Elem != nil)
	enum := slices.Sorted(slices.Values(field.Enum))
	return fmt.Sprintf(" {%s %s null=%t default=%s enum=%v doc=%s%s}", field.Name, shape(field.Type), null, value, enum, field.Doc, members)
}

func leadsToRecord(t schema.Type) bool {
	for t.Elem != nil {
		t = *t.Elem
	}
	return t.Kind == "struct"
}

// shape is the type without its spelling: INT64 and INTEGER are one.
func shape(t schema.Type) string {
	all := []string{showType(schema.Type{Kind: t.Kind, Bits: t.Bits, Length: t.Length, Fixed: t.Fixed, Digits: t.Digits, Scale: t.Scale, Zone: t.Zone, Physical: t.Kind})}
	if t.Elem != nil {
		all = append(all, "of", shape(*t.Elem))
	}
	for _, o := range t.Of {
		all = append(all, "or", shape(o))
	}
	return strings.Join(all, " ")
}

// Spelled lists the types of schemas by their spellings.
func Spelled(schemas ...schema.Schema) map[string]schema.Type {
	out := map[string]schema.Type{}
	for _, s := range schemas {
		for _, d := range s.Datasets {
			spelled(out, d.Fields)
		}
	}
	return out
}

func spelled(into map[string]schema.Type, fields []schema.Field) {
	for _, f := range fields {
		for t := &f.Type; t != nil; t = t.Elem {
			into[t.Physical] = *t
		}
		spelled(into, f.Fields)
	}
}
