package protobuf

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// expander follows names and writes messages down with all that they lead to.
type expander struct {
	units []*unit
	types map[string]declared // by full name
	paths map[string]bool     // the files, by every end of their paths
	open  []*message
	using bool // what is reached counts as used
	count int
}

func newExpander() *expander {
	return &expander{using: true, types: map[string]declared{}, paths: map[string]bool{}}
}

// add enters what a file declares. A file may stand in two folders when both say the same.
func (x *expander) add(u *unit) error {
	if slices.ContainsFunc(x.units, func(o *unit) bool { return string(o.text.src) == string(u.text.src) }) {
		x.addPath(u.file)
		return nil
	}
	x.units = append(x.units, u)
	x.addPath(u.file)
	for _, m := range u.all {
		if err := x.enter(m.name, m.pos, declared{message: m}); err != nil {
			return err
		}
	}
	for _, e := range u.allEnums {
		if err := x.enter(e.name, e.pos, declared{enum: e}); err != nil {
			return err
		}
	}
	return nil
}

func (x *expander) enter(name string, at repo.Position, d declared) error {
	if before := x.types[name]; before != (declared{}) {
		return &schema.ParseError{Position: at, Msg: fmt.Sprintf("%s is declared at %s already; rename one, or compare one folder at a time", name, before.at())}
	}
	x.types[name] = d
	return nil
}

func (d declared) at() repo.Position {
	if d.message != nil {
		return d.message.pos
	}
	return d.enum.pos
}

func (x *expander) schema() (schema.Schema, error) {
	out := schema.Schema{Format: "protobuf"}
	if err := x.extensions(); err != nil {
		return out, err
	}
	for _, u := range x.units {
		for _, m := range u.messages {
			d, err := x.dataset(m)
			if err != nil {
				return schema.Schema{}, err
			}
			out.Datasets = append(out.Datasets, d)
		}
		for _, e := range u.enums {
			f := x.enumField(e)
			out.Datasets = append(out.Datasets, schema.Dataset{Name: e.name, Part: true, Fields: []schema.Field{f}, Deprecated: f.Deprecated, Pos: e.pos})
		}
	}
	return x.rest(out)
}

// rest adds the nested types, now that it is known which of them fields hold.
func (x *expander) rest(out schema.Schema) (schema.Schema, error) {
	at := 0
	for _, u := range x.units {
		for _, m := range u.messages {
			var err error
			if out.Datasets[at].Inner, err = x.inner(m, ""); err != nil {
				return schema.Schema{}, err
			}
			at++
		}
		for _, e := range u.enums {
			out.Datasets[at].Used = e.used
			at++
		}
	}
	return out, nil
}

// extensions gives fields from elsewhere to the messages that they extend, in so far as these are known.
func (x *expander) extensions() error {
	for _, u := range x.units {
		f := defaults(u.desc).under(u.desc.GetOptions().GetFeatures())
		x.extend(u, u.desc.GetExtension(), u.desc.GetPackage(), f)
		for _, m := range u.all {
			x.extend(u, m.desc.GetExtension(), m.name, m.features)
		}
	}
	for _, u := range x.units {
		for _, m := range u.all {
			if err := m.check(); err != nil {
				return err
			}
		}
		for _, e := range u.allEnums {
			if err := e.check(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *expander) extend(u *unit, extensions []*descriptorpb.FieldDescriptorProto, scope string, f features) {
	for _, d := range extensions {
		to := x.find(d.GetExtendee(), scope).message
		if to == nil {
			continue
		}
		e := u.field(d, scope, f, nil)
		if slices.ContainsFunc(to.fields, func(f field) bool { return f.name == e.name }) {
			e.name = full(scope, e.name)
		}
		to.fields = append(to.fields, e)
	}
}

// check refuses doubles, which the parser of one file does not see: names, and numbers of extensions.
func (m *message) check() error {
	numbers, names := map[int32]field{}, map[string]field{}
	for _, f := range m.fields {
		if before, double := names[f.name]; double {
			return &schema.ParseError{Position: f.pos, Msg: fmt.Sprintf("%s has a second field %s beside the one at %s; rename one", m.desc.GetName(), f.name, before.pos)}
		}
		if before, double := numbers[f.GetNumber()]; double {
			return &schema.ParseError{Position: f.pos, Msg: fmt.Sprintf("%s has the number %d of %s, which stands at %s; choose another", f.name, f.GetNumber(), before.name, before.pos)}
		}
		numbers[f.GetNumber()], names[f.name] = f, f
	}
	return nil
}

// check refuses a value that stands twice.
func (e *enum) check() error {
	seen := map[string]bool{}
	for _, v := range e.desc.GetValue() {
		if seen[v.GetName()] {
			return &schema.ParseError{Position: e.unit.place(e.unit.parsed.EnumValueNode(v).GetName()), Msg: fmt.Sprintf("%s has the value %s twice; remove one", e.desc.GetName(), v.GetName())}
		}
		seen[v.GetName()] = true
	}
	return nil
}

func (x *expander) dataset(m *message) (schema.Dataset, error) {
	x.open = []*message{m}
	d := schema.Dataset{Name: m.name, Deprecated: deprecated(m.desc.GetOptions().GetDeprecated()), Pos: m.pos}
	d.Reserved = m.reserved()
	var err error
	d.Fields, err = x.fields(m)
	return d, err
}

// inner lists the types declared inside a message, in so far as they are no fields of their own: a group is.
func (x *expander) inner(m *message, under string) ([]schema.Inner, error) {
	var out []schema.Inner
	for _, n := range m.nested {
		if n.desc.GetOptions().GetMapEntry() {
			continue
		}
		name := under + n.desc.GetName()
		x.open, x.using = []*message{n}, !n.used
		fields, err := x.fields(n)
		if err != nil {
			return nil, err
		}
		f := schema.Field{Name: name, Type: messageType(n), Fields: fields, Deprecated: deprecated(n.desc.GetOptions().GetDeprecated()), Pos: n.pos}
		f.Reserved = n.reserved()
		out = append(out, schema.Inner{Field: f, Used: n.used})
		below, err := x.inner(n, name+".")
		if err != nil {
			return nil, err
		}
		out = append(out, below...)
	}
	for _, e := range m.enums {
		f := x.enumField(e)
		f.Name = under + f.Name
		out = append(out, schema.Inner{Field: f, Used: e.used})
	}
	return out, nil
}

func (x *expander) fields(m *message) ([]schema.Field, error) {
	var out []schema.Field
	for _, f := range m.fields {
		if x.count++; x.count > maxFields {
			return nil, &schema.ParseError{Position: f.pos, Msg: fmt.Sprintf("with the messages that its fields lead to this schema has more than %d fields; Skein reads no such schema", maxFields)}
		}
		one, err := x.field(f)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (x *expander) field(f field) (schema.Field, error) {
	out := schema.Field{Name: f.name, ID: int(f.GetNumber()), Oneof: f.oneof, Pos: f.pos,
		Deprecated: deprecated(f.GetOptions().GetDeprecated()), Default: defaultOf(f), Label: f.GetJsonName()}
	t, err := x.typeOf(f, &out)
	if err != nil {
		return out, err
	}
	out.Type = t
	switch {
	case f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED && t.Kind != "map":
		out.Type = schema.Type{Kind: "array", Elem: &t, Wire: f.run(t), Physical: "repeated " + t.Physical}
	case f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REPEATED:
	case f.GetLabel() == descriptorpb.FieldDescriptorProto_LABEL_REQUIRED, f.features.presence == descriptorpb.FeatureSet_LEGACY_REQUIRED:
		out.Required = true
	default:
		out.Nullable = f.oneof != "" || f.GetProto3Optional() || t.Wire == "message" || t.Wire == "group" ||
			f.features.presence == descriptorpb.FeatureSet_EXPLICIT
	}
	return out, nil
}

// run tells how elements are encoded: numbers may be packed into one run.
func (f field) run(elem schema.Type) string {
	packed := !f.features.expanded
	if o := f.GetOptions(); o != nil && o.Packed != nil {
		packed = o.GetPacked()
	}
	if packed && elem.Wire != "text" && elem.Wire != "message" && elem.Wire != "group" {
		return "packed"
	}
	return "repeated"
}

func defaultOf(f field) *string {
	if f.DefaultValue != nil {
		return f.DefaultValue
	}
	for _, o := range f.GetOptions().GetUninterpretedOption() {
		if len(o.GetName()) == 1 && o.GetName()[0].GetNamePart() == "default" && !o.GetName()[0].GetIsExtension() {
			return o.IdentifierValue
		}
	}
	return nil
}

// typeOf returns a field's type without its label, and puts what the type leads to into the field.
func (x *expander) typeOf(f field, into *schema.Field) (schema.Type, error) {
	if f.TypeName == nil {
		return scalar(f.GetType()), nil
	}
	name := strings.TrimPrefix(f.GetTypeName(), ".")
	if t, ok := wellKnown(name); ok {
		return t, nil
	}
	d := x.find(f.GetTypeName(), f.scope)
	switch {
	case d.hiddenFrom(f.unit):
		return schema.Type{}, &schema.ParseError{Position: f.unit.place(f.unit.parsed.FieldNode(f.FieldDescriptorProto).FieldType()),
			Msg: fmt.Sprintf("the type %.80s is local to its file, where it stands at %s; write export before it there", name, d.at())}
	case d.enum != nil:
		d.enum.used = d.enum.used || x.using
		e := x.enumField(d.enum)
		into.Enum, into.EnumID, into.EnumOpen, into.EnumPos, into.Reserved = e.Enum, e.EnumID, e.EnumOpen, e.EnumPos, e.Reserved
		return e.Type, nil
	case d.message != nil:
		return x.messageOf(f, d.message, into)
	}
	if t, ok := googles(name, f.scope); ok {
		return t, nil
	}
	if x.complete(f.unit) {
		return schema.Type{}, &schema.ParseError{Position: f.unit.place(f.unit.parsed.FieldNode(f.FieldDescriptorProto).FieldType()),
			Msg: fmt.Sprintf("the type %.80s is declared in none of the files; declare it, or name the folder that holds its file too", name)}
	}
	return schema.Type{Kind: "unknown", Wire: "message", Name: name, Physical: name}, nil
}

// messageOf writes a message's fields down, unless it is one that holds itself. A map's entry gives a map.
func (x *expander) messageOf(f field, m *message, into *schema.Field) (schema.Type, error) {
	if m.desc.GetOptions().GetMapEntry() {
		key, err := x.typeOf(m.fields[0], &schema.Field{})
		if err != nil {
			return key, err
		}
		value, err := x.typeOf(m.fields[1], into)
		return schema.Type{Kind: "map", Key: &key, Elem: &value, Wire: "map", Physical: fmt.Sprintf("map<%s, %s>", key.Physical, value.Physical)}, err
	}
	t := messageType(m)
	if f.GetType() == descriptorpb.FieldDescriptorProto_TYPE_GROUP || f.features.groups {
		t.Wire, t.Physical = "group", "group "+t.Physical
	}
	into.Reserved = m.reserved()
	if slices.Contains(x.open, m) {
		return t, nil
	}
	m.used = m.used || x.using
	if len(x.open) > maxDepth {
		return t, &schema.ParseError{Position: f.pos, Msg: fmt.Sprintf("messages within messages more than %d deep; Skein reads no such schema", maxDepth)}
	}
	x.open = append(x.open, m)
	var err error
	into.Fields, err = x.fields(m)
	x.open = x.open[:len(x.open)-1]
	return t, err
}

func messageType(m *message) schema.Type {
	return schema.Type{Kind: "struct", Wire: "message", Name: m.name, Physical: m.unit.local(m.name)}
}

// local is a full name without the package of the file that declares it.
func (u *unit) local(name string) string {
	return strings.TrimPrefix(name, u.desc.GetPackage()+".")
}

// enumField is an enum as a field that holds one of its values.
func (x *expander) enumField(e *enum) schema.Field {
	if e.field == nil {
		f := e.asField()
		e.field = &f
	}
	x.count += len(e.field.Enum)
	return *e.field
}

func (e *enum) asField() schema.Field {
	f := schema.Field{Name: e.desc.GetName(), Nullable: true, EnumID: map[string]int{}, EnumPos: map[string]repo.Position{}, EnumOpen: !e.closed,
		Type:       schema.Type{Kind: "enum", Wire: "varint", Name: e.name, Physical: e.unit.local(e.name)},
		Deprecated: deprecated(e.desc.GetOptions().GetDeprecated()), Pos: e.pos}
	for _, v := range e.desc.GetValue() {
		f.Enum = append(f.Enum, v.GetName())
		f.EnumID[v.GetName()] = int(v.GetNumber())
		f.EnumPos[v.GetName()] = e.unit.place(e.unit.parsed.EnumValueNode(v).GetName())
	}
	f.Reserved = e.reserved()
	return f
}
