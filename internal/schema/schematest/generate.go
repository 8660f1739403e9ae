package schematest

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/skein-bot/skein/internal/schema"
)

// Maker makes schemas up, and changes them, within what a format can say. A new field has the doc "added", so
// that Plain can tell it.
type Maker struct {
	*rand.Rand
	Types    []schema.Type // scalars; Physical is what the test's printer prints
	Defaults []string      // as the format writes them
	Enum     *schema.Type  // of fields that have values; nil for none
	Arrays   bool
	n        int
}

func (m *Maker) name() string {
	m.n++
	return []string{"id", "at", "cust_id", "note", "total"}[m.IntN(5)] + strconv.Itoa(m.n)
}

// Schema makes up datasets, with records in records.
func (m *Maker) Schema() schema.Schema {
	var s schema.Schema
	for range 1 + m.IntN(3) {
		s.Datasets = append(s.Datasets, schema.Dataset{Name: m.name(), Fields: m.fields(2)})
	}
	return s
}

func (m *Maker) fields(depth int) []schema.Field {
	var out []schema.Field
	for range 1 + m.IntN(5) {
		f := m.field()
		if depth > 0 && m.IntN(3) == 0 {
			f.Type, f.Enum, f.Fields = schema.Type{Kind: "struct"}, nil, m.fields(depth-1)
			if m.Arrays && m.IntN(2) == 0 {
				f.Type = schema.Type{Kind: "array", Elem: &schema.Type{Kind: "struct"}}
			}
		}
		out = append(out, f)
	}
	return out
}

func (m *Maker) scalar() schema.Type {
	t := m.Types[m.IntN(len(m.Types))]
	if m.Arrays && m.IntN(5) == 0 {
		return schema.Type{Kind: "array", Elem: &t}
	}
	return t
}

func (m *Maker) field() schema.Field {
	f := schema.Field{Name: m.name(), Type: m.scalar(), Nullable: m.IntN(2) == 0}
	if m.Enum != nil && m.IntN(4) == 0 {
		f.Type, f.Enum = *m.Enum, []string{"a", "b"}
	}
	return f
}

// Changed makes a new version, in which every part may have changed several times over.
func (m *Maker) Changed(s schema.Schema) schema.Schema {
	var out schema.Schema
	for _, d := range s.Datasets {
		if m.IntN(8) == 0 {
			continue
		}
		d.Fields = m.changedFields(d.Fields)
		if m.IntN(4) == 0 {
			d.Doc = "words " + strconv.Itoa(m.IntN(3))
		}
		out.Datasets = append(out.Datasets, d)
	}
	if m.IntN(4) == 0 {
		out.Datasets = append(out.Datasets, schema.Dataset{Name: m.name(), Fields: m.fields(0)})
	}
	return out
}

func (m *Maker) changedFields(fields []schema.Field) []schema.Field {
	var out []schema.Field
	for _, f := range fields {
		if m.IntN(6) > 0 {
			out = append(out, m.changedField(f))
		}
	}
	for range m.IntN(3) {
		f := schema.Field{Name: m.name(), Type: m.scalar(), Nullable: true, Doc: "added"}
		out = slices.Insert(out, m.IntN(len(out)+1), f)
	}
	if len(out) > 1 && m.IntN(4) == 0 {
		i, j := m.IntN(len(out)), m.IntN(len(out))
		out[i], out[j] = out[j], out[i]
	}
	if len(out) == 0 {
		out = append(out, schema.Field{Name: m.name(), Type: m.scalar(), Nullable: true, Doc: "added"})
	}
	return out
}

func (m *Maker) changedField(f schema.Field) schema.Field {
	if len(f.Fields) > 0 {
		f.Fields = m.changedFields(f.Fields)
	}
	for range m.IntN(3) {
		switch m.IntN(6) {
		case 0:
			if f.Renamed == "" {
				f.Renamed, f.Name = f.Name, m.name()
			}
		case 1:
			f.Nullable = !f.Nullable
		case 2:
			if len(m.Defaults) > 0 {
				f.Default = &m.Defaults[m.IntN(len(m.Defaults))]
			}
		case 3:
			f.Doc = "words " + strconv.Itoa(m.IntN(3))
		case 4:
			if len(f.Fields) == 0 && len(f.Enum) == 0 {
				f.Type = m.scalar()
			}
		case 5:
			if len(f.Enum) > 0 {
				f.Enum = m.changedValues(f.Enum)
			}
		}
	}
	return f
}

func (m *Maker) changedValues(values []string) []string {
	if m.IntN(2) == 0 && len(values) > 1 {
		return slices.Clone(values[1:])
	}
	m.n++
	return append(slices.Clone(values), "v"+strconv.Itoa(m.n))
}
