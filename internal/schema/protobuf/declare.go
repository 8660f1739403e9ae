package protobuf

import (
	"slices"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// message is a declared message or group, under its full name.
type message struct {
	name     string
	desc     *descriptorpb.DescriptorProto
	unit     *unit
	pos      repo.Position
	features features
	hidden   bool // from other files
	nested   []*message
	enums    []*enum
	fields   []field
	used     bool
}

// field is a field or an extension, which belongs to the message that it extends.
type field struct {
	*descriptorpb.FieldDescriptorProto
	unit     *unit
	scope    string // where the name of its type is looked up
	name     string
	oneof    string
	pos      repo.Position
	features features
}

// enum is a declared enum, under its full name.
type enum struct {
	name   string
	desc   *descriptorpb.EnumDescriptorProto
	unit   *unit
	pos    repo.Position
	closed bool
	hidden bool // from other files
	used   bool
	field  *schema.Field // the enum as a field, once it is known
}

// features are those of an edition's features that readers notice. proto2 and proto3 are fixed sets of them.
type features struct {
	presence   descriptorpb.FeatureSet_FieldPresence
	closed     bool // enums take only the values that are listed
	expanded   bool // repeated numbers are encoded one by one
	groups     bool // messages are encoded as groups are
	visibility descriptorpb.FeatureSet_VisibilityFeature_DefaultSymbolVisibility
}

// defaults returns the features of a file that sets none.
func defaults(f *descriptorpb.FileDescriptorProto) features {
	switch f.GetSyntax() {
	case "proto3":
		return features{presence: descriptorpb.FeatureSet_IMPLICIT}
	case "editions":
		out := features{presence: descriptorpb.FeatureSet_EXPLICIT}
		if f.GetEdition() >= descriptorpb.Edition_EDITION_2024 {
			out.visibility = descriptorpb.FeatureSet_VisibilityFeature_EXPORT_TOP_LEVEL
		}
		return out
	}
	return features{presence: descriptorpb.FeatureSet_EXPLICIT, closed: true, expanded: true}
}

// under returns the features with what a declaration says itself.
func (f features) under(set *descriptorpb.FeatureSet) features {
	if set == nil {
		return f
	}
	if set.FieldPresence != nil {
		f.presence = set.GetFieldPresence()
	}
	if set.EnumType != nil {
		f.closed = set.GetEnumType() == descriptorpb.FeatureSet_CLOSED
	}
	if set.RepeatedFieldEncoding != nil {
		f.expanded = set.GetRepeatedFieldEncoding() == descriptorpb.FeatureSet_EXPANDED
	}
	if set.MessageEncoding != nil {
		f.groups = set.GetMessageEncoding() == descriptorpb.FeatureSet_DELIMITED
	}
	if set.DefaultSymbolVisibility != nil {
		f.visibility = set.GetDefaultSymbolVisibility()
	}
	return f
}

func full(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

// declare lists what the file declares.
func (u *unit) declare() {
	f := defaults(u.desc).under(u.desc.GetOptions().GetFeatures())
	for _, d := range u.desc.GetMessageType() {
		u.messages = append(u.messages, u.message(d, u.desc.GetPackage(), f))
	}
	for _, d := range u.desc.GetEnumType() {
		u.enums = append(u.enums, u.enum(d, u.desc.GetPackage(), f))
	}
}

func (u *unit) message(d *descriptorpb.DescriptorProto, scope string, f features) *message {
	m := &message{name: full(scope, d.GetName()), desc: d, unit: u, features: f.under(d.GetOptions().GetFeatures())}
	m.pos = u.place(u.parsed.MessageNode(d).MessageName())
	if n, ok := u.parsed.MessageNode(d).(*ast.MessageNode); ok {
		m.hidden = u.hidden(n.Keyword, scope != u.desc.GetPackage(), f)
	}
	u.all = append(u.all, m)
	for _, fd := range d.GetField() {
		m.fields = append(m.fields, u.field(fd, m.name, m.features, d.GetOneofDecl()))
	}
	for _, n := range d.GetNestedType() {
		m.nested = append(m.nested, u.message(n, m.name, m.features))
	}
	for _, e := range d.GetEnumType() {
		m.enums = append(m.enums, u.enum(e, m.name, m.features))
	}
	return m
}

func (u *unit) field(d *descriptorpb.FieldDescriptorProto, scope string, f features, oneofs []*descriptorpb.OneofDescriptorProto) field {
	out := field{FieldDescriptorProto: d, unit: u, scope: scope, name: d.GetName(), features: f}
	if d.OneofIndex != nil && !d.GetProto3Optional() {
		o := oneofs[d.GetOneofIndex()]
		out.oneof, out.features = o.GetName(), out.features.under(o.GetOptions().GetFeatures())
	}
	out.features = out.features.under(d.GetOptions().GetFeatures())
	out.pos = u.place(u.parsed.FieldNode(d).FieldName())
	return out
}

func (u *unit) enum(d *descriptorpb.EnumDescriptorProto, scope string, f features) *enum {
	e := &enum{name: full(scope, d.GetName()), desc: d, unit: u, closed: f.under(d.GetOptions().GetFeatures()).closed}
	e.pos = u.place(u.parsed.EnumNode(d))
	if n, ok := u.parsed.EnumNode(d).(*ast.EnumNode); ok {
		e.pos, e.hidden = u.place(n.Name), u.hidden(n.Keyword, scope != u.desc.GetPackage(), f)
	}
	u.allEnums = append(u.allEnums, e)
	return e
}

// reserved lists the numbers and names that the message keeps for nobody.
func (m *message) reserved() []schema.Reserved {
	var out []schema.Reserved
	for _, r := range m.desc.GetReservedRange() {
		out = append(out, schema.Reserved{From: int(r.GetStart()), To: int(r.GetEnd()) - 1,
			Pos: m.unit.place(m.unit.parsed.MessageReservedRangeNode(r))})
	}
	return append(inOrder(out), names(m.desc.GetReservedName(), m.pos)...)
}

// inOrder sorts ranges, of which the parser has seen to it that they do not overlap.
func inOrder(ranges []schema.Reserved) []schema.Reserved {
	slices.SortFunc(ranges, func(a, b schema.Reserved) int { return a.From - b.From })
	return ranges
}

func names(reserved []string, at repo.Position) []schema.Reserved {
	var out []schema.Reserved
	for _, n := range reserved {
		out = append(out, schema.Reserved{Name: n, Pos: at})
	}
	return out
}

func (e *enum) reserved() []schema.Reserved {
	var out []schema.Reserved
	for _, r := range e.desc.GetReservedRange() {
		out = append(out, schema.Reserved{From: int(r.GetStart()), To: int(r.GetEnd()),
			Pos: e.unit.place(e.unit.parsed.EnumReservedRangeNode(r))})
	}
	return append(inOrder(out), names(e.desc.GetReservedName(), e.pos)...)
}

func deprecated(yes bool) *schema.Deprecation {
	if !yes {
		return nil
	}
	return &schema.Deprecation{}
}
