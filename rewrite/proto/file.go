package proto

import (
	"bytes"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"

	"github.com/skein-bot/skein/rewrite"
)

// span is a range of bytes.
type span struct{ start, end int }

func (s span) holds(o span) bool { return s.start <= o.start && o.end <= s.end }

// message is a declared message under its full name.
type message struct {
	name   string
	place  span
	ident  span
	top    bool
	fields []*field
	in     []*message // that hold it, one for each field
}

func (m *message) waysFrom(from *message) int {
	return rewrite.WaysFrom(from, m, func(m *message) []*message { return m.in })
}

// field is a field, which may be a group or an extension.
type field struct {
	name    string
	ident   span
	number  int
	typ     string // as written, that of a map's values
	scope   string // where typ is looked up
	options *ast.CompactOptionsNode
	tagEnd  int
	odd     string // what a rename cannot reach: "a group", "an extension"
}

// enum is a declared enum under its full name.
type enum struct {
	name   string
	place  span
	values []*ast.EnumValueNode
	uses   int
}

// extension is a field that stands outside the message that it belongs to.
type extension struct {
	*field
	of string
}

// file is what a .proto file declares.
type file struct {
	src      []byte
	node     *ast.FileNode
	messages []*message
	byName   map[string]*message
	enums    map[string]*enum
	names    map[string]bool // all full names
	reserved map[string]bool // full names that may not be used
	options  []*ast.OptionNode
	extended []extension
}

func parse(src []byte) (*file, error) {
	if err := guard(src); err != nil {
		return nil, err
	}
	if bom := []byte("\ufeff"); bytes.HasPrefix(src, bom) {
		src = append([]byte("   "), src[len(bom):]...) // places stay what they are
	}
	node, err := parser.Parse("it", bytes.NewReader(src), reporter.NewHandler(nil))
	if err != nil {
		return nil, err
	}
	if _, err := parser.ResultFromAST(node, true, reporter.NewHandler(nil)); err != nil {
		return nil, err
	}
	f := &file{src: src, node: node, byName: map[string]*message{}, enums: map[string]*enum{}, names: map[string]bool{}, reserved: map[string]bool{}}
	return f, f.read()
}

func (f *file) read() error {
	home := ""
	for _, d := range f.node.Decls {
		if p, ok := d.(*ast.PackageNode); ok {
			home = string(p.Name.AsIdentifier())
		}
	}
	for _, d := range f.node.Decls {
		f.declare(d, home, nil)
	}
	for _, x := range f.extended {
		if m := f.message(x.of, x.scope); m != nil {
			m.fields = append(m.fields, x.field)
		}
	}
	for _, m := range f.messages {
		for _, x := range m.fields {
			if to := f.message(x.typ, x.scope); to != nil {
				to.in = append(to.in, m)
			} else if e := f.enum(x.typ, x.scope); e != nil {
				e.uses++
			}
		}
	}
	return ast.Walk(f.node, &ast.SimpleVisitor{DoVisitOptionNode: func(o *ast.OptionNode) error {
		f.options = append(f.options, o)
		return nil
	}})
}

// place is where a node stands. The offset of an end is that of the last byte.
func (f *file) place(n ast.Node) span {
	info := f.node.NodeInfo(n)
	return span{info.Start().Offset, min(info.End().Offset+1, len(f.src))}
}

func (f *file) text(s span) string { return string(f.src[s.start:s.end]) }

// declare enters one declaration. in is the message around it, nil at the top and for extensions.
func (f *file) declare(d ast.Node, scope string, in *message) {
	switch d := d.(type) {
	case *ast.MessageNode:
		f.body(full(scope, d.Name.Val), d.Name, d, d.Decls, in == nil)
	case *ast.EnumNode:
		f.enumeration(d, scope)
	case *ast.OneofNode:
		f.names[full(scope, d.Name.Val)] = true
		for _, e := range d.Decls {
			f.declare(e, scope, in)
		}
	case *ast.ExtendNode:
		f.extend(d, scope)
	case *ast.ReservedNode:
		f.reserve(d, scope)
	case *ast.FieldNode:
		f.enter(in, d, d.Name, scope, string(d.FldType.AsIdentifier()))
	case *ast.MapFieldNode:
		f.enter(in, d, d.Name, scope, string(d.MapType.ValueType.AsIdentifier()))
	case *ast.GroupNode:
		if x := f.enter(in, d, d.Name, scope, d.Name.Val); x != nil {
			x.name, x.odd = strings.ToLower(x.name), "a group"
		}
		f.body(full(scope, d.Name.Val), d.Name, d, d.Decls, false)
	}
}

func (f *file) body(name string, ident *ast.IdentNode, n ast.Node, decls []ast.MessageElement, top bool) {
	m := &message{name: name, place: f.place(n), ident: f.place(ident), top: top}
	f.messages = append(f.messages, m)
	f.byName[name], f.names[name] = m, true
	for _, d := range decls {
		f.declare(d, name, m)
	}
}

// enter adds a field to its message.
func (f *file) enter(m *message, d ast.FieldDeclNode, ident *ast.IdentNode, scope, typ string) *field {
	x := &field{name: ident.Val, ident: f.place(ident), typ: typ, scope: scope, options: d.GetOptions()}
	if tag, ok := d.FieldTag().(*ast.UintLiteralNode); ok && tag != nil {
		x.number, x.tagEnd = int(min(tag.Val, 1<<29)), f.place(tag).end
	}
	f.names[full(scope, x.name)] = true
	if m != nil {
		m.fields = append(m.fields, x)
	}
	return x
}

func (f *file) extend(d *ast.ExtendNode, scope string) {
	holder := &message{}
	for _, e := range d.Decls {
		f.declare(e, scope, holder)
	}
	for _, x := range holder.fields {
		x.odd = "an extension"
		f.extended = append(f.extended, extension{x, string(d.Extendee.AsIdentifier())})
	}
}

func (f *file) enumeration(d *ast.EnumNode, scope string) {
	e := &enum{name: full(scope, d.Name.Val), place: f.place(d)}
	f.enums[e.name] = e
	f.names[e.name] = true
	for _, el := range d.Decls {
		switch el := el.(type) {
		case *ast.EnumValueNode:
			e.values = append(e.values, el)
			f.names[full(scope, el.Name.Val)] = true // values stand beside their enum
		case *ast.ReservedNode:
			f.reserve(el, e.name)
		}
	}
}

func (f *file) reserve(d *ast.ReservedNode, scope string) {
	for _, n := range d.Names {
		f.reserved[full(scope, n.AsString())] = true
	}
	for _, n := range d.Identifiers {
		f.reserved[full(scope, n.Val)] = true
	}
}

func full(scope, name string) string {
	if scope == "" {
		return name
	}
	return scope + "." + name
}

func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func parent(name string) string { return name[:max(0, strings.LastIndexByte(name, '.'))] }

// find looks a name up as protoc does, from the scope outwards.
func (f *file) find(name, scope string, found func(full string) bool) {
	if abs, ok := strings.CutPrefix(name, "."); ok {
		found(abs)
		return
	}
	for ; scope != ""; scope = parent(scope) {
		if found(full(scope, name)) {
			return
		}
	}
	found(name)
}

func (f *file) message(name, scope string) (m *message) {
	f.find(name, scope, func(full string) bool { m = f.byName[full]; return m != nil })
	return m
}

func (f *file) enum(name, scope string) (e *enum) {
	f.find(name, scope, func(full string) bool { e = f.enums[full]; return e != nil })
	return e
}

// scalar reports whether a type is the language's own.
func scalar(name string) bool {
	switch name {
	case "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes":
		return true
	}
	return false
}
