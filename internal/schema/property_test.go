package schema_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// TestDiffTellsAll makes up schemas, changes them at random, and holds that the reported changes, applied to
// the old schema, give the new one: nothing is left out and nothing is made up.
func TestDiffTellsAll(t *testing.T) {
	t.Parallel()
	kinds := map[schema.Kind]int{}
	for seed := range uint64(1500) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 7))}
		before := g.schema()
		after := g.changed(before)
		changes := schema.Diff(before, after, schema.Declarations{})
		got := apply(before, changes)
		if diff := cmp.Diff(plain(after), plain(got)); diff != "" {
			t.Fatalf("seed %d: applying\n%s(-new +applied):\n%s", seed, show(changes), diff)
		}
		for _, c := range changes {
			kinds[c.Kind]++
		}
	}
	for _, k := range []schema.Kind{schema.DatasetAdded, schema.DatasetRemoved, schema.DatasetRenamed, schema.FieldAdded, schema.FieldRemoved,
		schema.FieldRenamed, schema.FieldReordered, schema.FieldDeprecated, schema.TypeWidened, schema.TypeNarrowed, schema.TypeChanged,
		schema.PrecisionChanged, schema.NullableRelaxed, schema.NullableTightened, schema.CardinalityChanged, schema.DefaultChanged,
		schema.EnumValueAdded, schema.EnumValueRemoved, schema.EnumValueRenamed, schema.KeyChanged, schema.DocChanged} {
		if kinds[k] == 0 {
			t.Errorf("no schema ever had a change of kind %s: the generator is too tame", k)
		}
	}
}

// types are what the generator chooses from; what is written stands for the whole type.
func types() map[string]schema.Type {
	integer, text := schema.Type{Kind: "integer", Bits: 32, Physical: "int"}, schema.Type{Kind: "string", Physical: "text"}
	all := []schema.Type{integer, text,
		{Kind: "integer", Bits: 64, Physical: "bigint"}, {Kind: "float", Bits: 64, Physical: "double"},
		{Kind: "decimal", Digits: 10, Scale: 2, Physical: "decimal(10,2)"}, {Kind: "decimal", Digits: 12, Scale: 2, Physical: "decimal(12,2)"},
		{Kind: "string", Length: 9, Physical: "varchar(9)"}, {Kind: "date", Physical: "date"}, {Kind: "timestamp", Physical: "timestamp"},
		{Kind: "timestamp", Zone: true, Physical: "timestamptz"}, {Kind: "enum", Physical: "state"}, {Kind: "other", Physical: "point"},
		{Kind: "array", Elem: &integer, Physical: "int[]"}, {Kind: "array", Elem: &text, Physical: "text[]"},
	}
	out := map[string]schema.Type{}
	for _, t := range all {
		out[t.Physical] = t
	}
	return out
}

type generator struct {
	*rand.Rand
	n int
}

func (g *generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) name() string {
	g.n++
	return g.one("id", "at", "cust_id", "note", "total") + strconv.Itoa(g.n)
}

func (g *generator) scalar() schema.Type {
	all := types()
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	return all[g.one(names...)]
}

func (g *generator) field() schema.Field {
	f := schema.Field{Name: g.name(), Type: g.scalar(), Nullable: g.IntN(2) == 0, Pos: repo.Position{File: "x", Line: g.n, Column: 1}}
	if f.Type.Kind == "enum" {
		f.Enum = []string{"a", "b"}
	}
	return f
}

func (g *generator) fields(depth int) []schema.Field {
	var out []schema.Field
	for range 1 + g.IntN(5) {
		f := g.field()
		if depth > 0 && g.IntN(3) == 0 {
			f.Type, f.Enum, f.Fields = schema.Type{Kind: "struct", Physical: "struct"}, nil, g.fields(depth-1)
			if g.IntN(2) == 0 {
				inner := f.Type
				f.Type = schema.Type{Kind: "array", Elem: &inner, Physical: "struct[]"}
			}
		}
		out = append(out, f)
	}
	return out
}

func (g *generator) schema() schema.Schema {
	s := schema.Schema{Format: "sql", Dialect: "ansi"}
	for range 1 + g.IntN(3) {
		s.Datasets = append(s.Datasets, schema.Dataset{Name: "s." + g.name(), Fields: g.fields(2), Pos: repo.Position{File: "x", Line: 1, Column: 1}})
	}
	return s
}

// changed makes the new version. Every part may be changed several times over.
func (g *generator) changed(s schema.Schema) schema.Schema {
	old := s.Datasets
	s.Datasets = nil
	for _, d := range old {
		switch g.IntN(8) {
		case 0:
			continue
		case 1:
			d.Renamed, d.Name = d.Name, "s."+g.name()
		}
		d.Fields = g.changedFields(d.Fields)
		d.PrimaryKey = nil
		if g.IntN(3) == 0 && len(d.Fields) > 0 {
			d.PrimaryKey = []string{d.Fields[g.IntN(len(d.Fields))].Name}
		}
		s.Datasets = append(s.Datasets, d)
	}
	if g.IntN(4) == 0 {
		s.Datasets = append(s.Datasets, schema.Dataset{Name: "s." + g.name(), Open: true, Pos: repo.Position{File: "x", Line: 1, Column: 1}})
	}
	return s
}

func (g *generator) changedFields(fields []schema.Field) []schema.Field {
	var out []schema.Field
	for _, f := range fields {
		if g.IntN(6) > 0 {
			out = append(out, g.changedField(f))
		}
	}
	for range g.IntN(3) {
		f := g.field()
		for f.Type.Kind == "enum" {
			f.Type, f.Enum = g.scalar(), nil
		}
		out = slices.Insert(out, g.IntN(len(out)+1), f)
	}
	if len(out) > 1 && g.IntN(4) == 0 {
		i, j := g.IntN(len(out)), g.IntN(len(out))
		out[i], out[j] = out[j], out[i]
	}
	if len(out) > 1 && g.IntN(8) == 0 {
		g.swap(out)
	}
	return out
}

// swap renames a to b and b to a, as three statements would.
func (g *generator) swap(fields []schema.Field) {
	a, b := &fields[0], &fields[1]
	if a.Renamed != "" || b.Renamed != "" {
		return
	}
	a.Name, b.Name = b.Name, a.Name
	a.Renamed, a.Former, a.Moved = "tmp", []string{b.Name}, true
	b.Renamed, b.Moved = a.Name, true
}

func (g *generator) changedField(f schema.Field) schema.Field {
	structured := len(f.Fields) > 0
	if structured {
		f.Fields = g.changedFields(f.Fields)
	}
	for range g.IntN(3) {
		switch g.IntN(7) {
		case 0:
			if f.Renamed == "" {
				f.Renamed, f.Name, f.Moved = f.Name, g.name(), g.IntN(2) == 0
			}
		case 1:
			f.Nullable = !f.Nullable
		case 2:
			value := g.one("1", "2", "now()")
			f.Default = &value
		case 3:
			f.Doc = g.one("x", "y")
		case 4:
			f.Deprecated = &schema.Deprecation{Note: g.one("soon", "later")}
		case 5:
			if !structured && f.Type.Kind != "enum" {
				if t := g.scalar(); t.Kind != "enum" {
					f.Type = t
				}
			}
		case 6:
			if f.Type.Kind == "enum" {
				g.changeEnum(&f)
			}
		}
	}
	return f
}

func (g *generator) changeEnum(f *schema.Field) {
	f.Enum = slices.Clone(f.Enum)
	switch g.IntN(3) {
	case 0:
		f.Enum = append(f.Enum, "v"+strconv.Itoa(g.IntN(1000)+len(f.Enum)*1000))
	case 1:
		f.Enum = f.Enum[1:]
		if len(f.Enum) == 0 {
			f.Enum = []string{"last"}
		}
	case 2:
		was := f.Enum[0]
		f.Enum[0] = "r" + strconv.Itoa(g.IntN(1000)+g.n*1000)
		f.EnumRenamed = map[string]string{f.Enum[0]: was}
	}
}

// apply does to a schema what changes say. It knows nothing of the new schema.
func apply(s schema.Schema, changes []schema.Change) schema.Schema {
	var out []schema.Dataset
	for _, d := range s.Datasets {
		mine := slices.DeleteFunc(slices.Clone(changes), func(c schema.Change) bool { return c.Dataset != d.Name })
		if slices.ContainsFunc(mine, func(c schema.Change) bool { return c.Kind == schema.DatasetRemoved }) {
			continue
		}
		out = append(out, applyDataset(d, mine))
	}
	for _, c := range changes {
		if c.Kind == schema.DatasetAdded {
			out = append(out, schema.Dataset{Name: c.Dataset})
		}
	}
	return schema.Schema{Datasets: out}
}

func applyDataset(d schema.Dataset, changes []schema.Change) schema.Dataset {
	names := map[string]string{}
	for _, c := range changes {
		switch c.Kind {
		case schema.DatasetRenamed:
			d.Name = c.To
		case schema.FieldRenamed:
			names[c.Path] = lastName(c.To)
		}
	}
	var key []string
	for _, k := range d.PrimaryKey {
		if to, ok := names[k]; ok {
			k = to
		}
		key = append(key, k)
	}
	for _, c := range changes {
		if c.Kind == schema.KeyChanged {
			key = nil
			if list, ok := strings.CutPrefix(c.After, "primary key ("); ok {
				key = strings.Split(strings.TrimSuffix(list, ")"), ", ")
			}
		}
	}
	d.PrimaryKey = key
	d.Fields = applyFields(d.Fields, changes, "", "")
	return d
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// applyFields rebuilds one list of siblings: what stays in its order, then what has a place of its own.
func applyFields(fields []schema.Field, changes []schema.Change, was, is string) []schema.Field {
	var kept []schema.Field
	placed := map[int]schema.Field{}
	for _, f := range fields {
		mine := slices.DeleteFunc(slices.Clone(changes), func(c schema.Change) bool { return strings.TrimSuffix(c.Path, "[]") != was+f.Name })
		old := f.Name
		gone, place := applyField(&f, mine)
		marks := f.Type.Leads()
		f.Fields = applyFields(f.Fields, changes, was+old+marks+".", is+f.Name+marks+".")
		switch {
		case gone:
		case place > 0:
			placed[place-1] = f
		default:
			kept = append(kept, f)
		}
	}
	for _, c := range changes {
		parent, name := c.Path[:strings.LastIndexByte(c.Path, '.')+1], lastName(c.Path)
		if c.Kind == schema.FieldAdded && parent == is {
			placed[c.Ordinal-1] = schema.Field{Name: name, Type: types()[c.After], Nullable: c.Rule == "field_added"}
		}
	}
	for at := 0; len(placed) > 0; at++ {
		if f, ok := placed[at]; ok {
			kept = slices.Insert(kept, at, f)
			delete(placed, at)
		}
	}
	return kept
}

func applyField(f *schema.Field, changes []schema.Change) (gone bool, place int) {
	for _, c := range changes {
		switch c.Kind {
		case schema.FieldRemoved:
			gone = true
		case schema.FieldReordered:
			place = c.Ordinal
		case schema.FieldRenamed:
			f.Name = lastName(c.To)
		case schema.TypeWidened, schema.TypeNarrowed, schema.TypeChanged, schema.PrecisionChanged, schema.CardinalityChanged:
			f.Type = types()[c.After]
			if strings.HasSuffix(c.Path, "[]") {
				f.Type = types()[c.After+"[]"]
			}
		case schema.NullableRelaxed, schema.NullableTightened:
			f.Nullable = c.Kind == schema.NullableRelaxed
		case schema.DefaultChanged:
			f.Default = &c.After
		case schema.FieldDeprecated:
			f.Deprecated = &schema.Deprecation{Note: c.After}
		case schema.DocChanged:
			applyDoc(f, c.After)
		case schema.EnumValueAdded:
			f.Enum = append(slices.Clone(f.Enum), c.After)
		case schema.EnumValueRemoved:
			f.Enum = slices.DeleteFunc(slices.Clone(f.Enum), func(v string) bool { return v == c.Before })
		case schema.EnumValueRenamed:
			f.Enum = slices.Clone(f.Enum)
			f.Enum[slices.Index(f.Enum, c.Before)] = c.After
		}
	}
	return gone, place
}

// applyDoc reads "words (deprecated note)", either part of which may be missing.
func applyDoc(f *schema.Field, words string) {
	doc, note, both := strings.Cut(words, " (deprecated ")
	if alone, ok := strings.CutPrefix(words, "deprecated "); ok {
		doc, note, both = "", alone, true
	}
	f.Doc = doc
	if both {
		f.Deprecated = &schema.Deprecation{Note: strings.TrimSuffix(note, ")")}
	}
}

// plain writes down what the changes must carry over: all but positions, histories and the order of an enum's
// values and of datasets.
func plain(s schema.Schema) []string {
	var out []string
	for _, d := range s.Datasets {
		line := fmt.Sprintf("%s key=%v", d.Name, d.PrimaryKey)
		out = append(out, line+plainFields(d.Fields))
	}
	slices.Sort(out)
	return out
}

func plainFields(fields []schema.Field) string {
	var b strings.Builder
	for _, f := range fields {
		enum := slices.Sorted(slices.Values(f.Enum))
		value, note := "", ""
		if f.Default != nil {
			value = *f.Default
		}
		if f.Deprecated != nil {
			note = f.Deprecated.Note
		}
		fmt.Fprintf(&b, " {%s %s null=%t default=%s enum=%v doc=%s deprecated=%s%s}", f.Name, f.Type.Physical, f.Nullable, value, enum, f.Doc, note, plainFields(f.Fields))
	}
	return b.String()
}
