package avro

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// expander follows names and writes records down with all that they lead to.
type expander struct {
	units map[string]*unit // by path
	order []*unit
	homes map[*named]*unit
	all   map[string]*named // the first declaration of each name
	here  *unit             // whose names are followed
	open  []*named
	count int
}

func newExpander() *expander {
	return &expander{units: map[string]*unit{}, homes: map[*named]*unit{}, all: map[string]*named{}}
}

func (x *expander) add(u *unit) {
	x.units[u.path] = u
	x.order = append(x.order, u)
	for _, n := range u.types {
		x.homes[n] = u
		if x.all[n.name] == nil {
			x.all[n.name] = n
		}
	}
}

func (x *expander) schema() (schema.Schema, error) {
	out := schema.Schema{Format: "avro"}
	if err := x.checkImports(); err != nil {
		return out, err
	}
	if !slices.ContainsFunc(x.order, func(u *unit) bool { return u.records != nil }) {
		return x.plain(out)
	}
	at := map[string]int{}
	for _, u := range x.order {
		for _, n := range u.records {
			d, err := x.dataset(u, n)
			if err != nil {
				return schema.Schema{}, err
			}
			i, double := at[d.Name]
			if !double {
				at[d.Name] = len(out.Datasets)
				out.Datasets = append(out.Datasets, d)
			} else if !same(out.Datasets[i], d) {
				return schema.Schema{}, fault(d.Pos, "%s is declared at %s already, and otherwise; keep one of the two", d.Name, out.Datasets[i].Pos)
			}
		}
	}
	return out, nil
}

// plain makes datasets of one field of files that hold an enum, a key or another type, and no record at all.
func (x *expander) plain(out schema.Schema) (schema.Schema, error) {
	for _, u := range x.order {
		if u.whole == nil {
			continue
		}
		x.here = u
		m, err := x.typeOf(*u.whole)
		if err != nil {
			return schema.Schema{}, err
		}
		d := schema.Dataset{Name: u.whole.kind, Format: "avro", Pos: u.whole.pos}
		f := schema.Field{Name: short(d.Name), Pos: u.whole.pos}
		if u.types[d.Name] == nil {
			d.Name, d.Nameless, f.Name = strings.TrimSuffix(path.Base(u.path), path.Ext(u.path)), true, "value"
		}
		m.into(&f)
		d.Fields = []schema.Field{f}
		out.Datasets = append(out.Datasets, d)
	}
	return out, nil
}

// same reports whether two files tell one record alike, as an .avdl and what was made of it do.
func same(a, b schema.Dataset) bool {
	one := func(d schema.Dataset) schema.Schema {
		return schema.Schema{Format: "avro", Datasets: []schema.Dataset{d}}
	}
	return len(schema.Diff(one(a), one(b), schema.Declarations{})) == 0
}

func (x *expander) checkImports() error {
	for _, u := range x.order {
		for _, i := range u.imports {
			if x.units[i.name] == nil {
				return fault(i.pos, "the imported file %s is not among the files of this schema; name the folder that holds both", i.name)
			}
		}
	}
	return nil
}

func (x *expander) dataset(u *unit, n *named) (schema.Dataset, error) {
	x.here, x.open = u, []*named{n}
	d := schema.Dataset{Name: n.name, Format: "avro", Doc: n.doc, Deprecated: n.deprecated, Pos: n.pos}
	d.Renamed, d.Former = renames(n.aliases)
	var err error
	d.Fields, err = x.fields(n)
	return d, err
}

// renames takes the first alias for the latest name.
func renames(aliases []string) (string, []string) {
	if len(aliases) == 0 {
		return "", nil
	}
	return aliases[0], aliases[1:]
}

func (x *expander) fields(n *named) ([]schema.Field, error) {
	var out []schema.Field
	for _, f := range n.fields {
		if x.count++; x.count > maxFields {
			return nil, fault(f.pos, "with the records that its fields lead to this schema has more than %d fields; Skein reads no such schema", maxFields)
		}
		to := schema.Field{Name: f.name, Doc: f.doc, Deprecated: f.deprecated, Pos: f.pos}
		to.Renamed, to.Former = renames(f.aliases)
		if f.value != nil {
			text := f.value.JSON()
			to.Default = &text
		}
		m, err := x.typeOf(f.typ)
		if err != nil {
			return nil, err
		}
		m.into(&to)
		out = append(out, to)
	}
	return out, nil
}

// meaning is a type with what hangs on it: members, symbols, and whether it may be null.
type meaning struct {
	schema.Type
	null   bool
	fields []schema.Field
	enum   *named
}

func (m meaning) into(f *schema.Field) {
	f.Type, f.Nullable, f.Fields = m.Type, m.null, m.fields
	if m.enum == nil {
		return
	}
	f.Fallback, f.EnumPos = m.enum.fallback, map[string]repo.Position{}
	for _, s := range m.enum.symbols {
		f.Enum = append(f.Enum, s.name)
		f.EnumPos[s.name] = s.pos
	}
}

func (x *expander) typeOf(t typeExpr) (meaning, error) {
	switch {
	case t.kind == "array" || t.kind == "map":
		return x.holder(t)
	case t.kind == "union":
		return x.union(t)
	case primitive(t.kind):
		return meaning{Type: scalar(t.kind, t.logical), null: t.kind == "null"}, nil
	}
	n := x.find(t)
	if n == nil {
		return meaning{}, fault(t.pos, "the type %s is declared in none of the files; declare it, or name the folder that holds its file too", t.kind)
	}
	switch n.kind {
	case "enum":
		x.count += len(n.symbols)
		return meaning{Type: schema.Type{Kind: "enum", Physical: short(n.name), Name: n.name, Aliases: n.aliases}, enum: n}, nil
	case "fixed":
		return meaning{Type: fixed(n)}, nil
	}
	return x.record(n, t)
}

// record writes a record's fields down, unless it is one that holds itself.
func (x *expander) record(n *named, t typeExpr) (meaning, error) {
	m := meaning{Type: schema.Type{Kind: "struct", Physical: short(n.name), Name: n.name, Aliases: n.aliases}}
	if slices.Contains(x.open, n) {
		return m, nil
	}
	if len(x.open) > maxDepth {
		return m, fault(t.pos, "records within records more than %d deep; Skein reads no such schema", maxDepth)
	}
	x.open = append(x.open, n)
	was := x.here
	x.here = x.homes[n]
	var err error
	m.fields, err = x.fields(n)
	x.open, x.here = x.open[:len(x.open)-1], was
	return m, err
}

func (x *expander) holder(t typeExpr) (meaning, error) {
	m, err := x.typeOf(*t.elem)
	elem := m.Type
	mark := ""
	if elem.Nullable = m.null; m.null && elem.Physical != "null" {
		mark = "?"
	}
	m.null = false
	m.Type = schema.Type{Kind: t.kind, Elem: &elem, Physical: fmt.Sprintf("%s<%s%s>", t.kind, elem.Physical, mark)}
	if t.kind == "map" {
		key := scalar("string", logical{})
		m.Key = &key
	}
	return m, err
}

// union leaves null out. What is one type then is that type; any other union has a member for each alternative.
func (x *expander) union(t typeExpr) (meaning, error) {
	u := meaning{Type: schema.Type{Kind: "union"}}
	var all []meaning
	var words []string
	seen := map[string]bool{}
	for _, b := range t.of {
		if b.kind == "union" {
			return u, fault(b.pos, "a union holds a union; write its alternatives into the outer one")
		}
		m, err := x.typeOf(b)
		if err != nil {
			return u, err
		}
		if m.null {
			if u.null {
				return u, fault(b.pos, "the union holds null twice; remove one")
			}
			u.null = true
			continue
		}
		f := schema.Field{Name: m.Branch(), Pos: b.pos}
		m.into(&f)
		if seen[branch(m.Type)] {
			return u, fault(b.pos, "the union holds %s twice; remove one", branch(m.Type))
		}
		seen[branch(m.Type)] = true
		all, words = append(all, m), append(words, m.Physical)
		u.Of, u.fields = append(u.Of, m.Type), append(u.fields, f)
	}
	switch {
	case len(all) == 1:
		all[0].null = u.null
		return all[0], nil
	case len(all) == 0 && u.null:
		u.Physical = "null"
	default:
		u.Physical = "union<" + strings.Join(words, ", ") + ">"
	}
	return u, nil
}

// branch is the full name of a named type: a union may hold two of one short name.
func branch(t schema.Type) string {
	for t.Name == "" && t.Base != nil && t.Kind != "string" {
		t = *t.Base
	}
	if t.Name != "" {
		return t.Name
	}
	return t.Branch()
}

// find follows a name: in its namespace, then without one; in its file, then its imports, then the other files.
func (x *expander) find(t typeExpr) *named {
	for _, name := range []string{fullName(t.space, t.kind), t.kind} {
		if n := x.here.types[name]; n != nil {
			return n
		}
		for _, u := range x.imports(x.here) {
			if n := u.types[name]; n != nil {
				return n
			}
		}
		if n := x.all[name]; n != nil {
			return n
		}
	}
	return nil
}

// imports returns the files that a unit imports, and those that they import.
func (x *expander) imports(u *unit) []*unit {
	if u.below != nil || len(u.imports) == 0 {
		return u.below
	}
	seen := map[*unit]bool{u: true}
	u.below = x.importsOf(u, seen, nil)
	for i := 0; i < len(u.below); i++ {
		u.below = x.importsOf(u.below[i], seen, u.below)
	}
	return u.below
}

func (x *expander) importsOf(u *unit, seen map[*unit]bool, into []*unit) []*unit {
	for _, i := range u.imports {
		if to := x.units[i.name]; to != nil && !seen[to] {
			seen[to] = true
			into = append(into, to)
		}
	}
	return into
}

// imported is the path of a file as the one that imports it names it.
func imported(from, name string) string { return path.Join(path.Dir(from), name) }
