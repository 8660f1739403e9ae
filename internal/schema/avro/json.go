package avro

import (
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

func at(f schema.File) repo.Position { return repo.Position{File: f.Path} }

// top reads a schema file. Each record of a union at the top is a dataset.
func (u *unit) top(root *tree.Node) error {
	t, err := u.typeOf(root, "", 0)
	if err != nil {
		return err
	}
	for _, t := range append(t.of, t) {
		if n := u.types[t.kind]; n != nil && n.kind == "record" {
			u.records = append(u.records, n)
		}
	}
	if u.records == nil {
		u.whole = &t
	}
	return nil
}

// protocol reads an .avpr file. Records of its types are datasets; types that stand in messages are not.
func (u *unit) protocol(root *tree.Node) error {
	name, err := root.At("protocol").Str("the name of a protocol")
	if err != nil {
		return err
	}
	space, err := namespace(root, spaceOf(name))
	if err != nil {
		return err
	}
	types, err := root.At("types").List("types")
	if err != nil {
		return err
	}
	for _, n := range types {
		t, err := u.typeOf(n, space, 0)
		if err != nil {
			return err
		}
		if d := u.types[t.kind]; d != nil && d.kind == "record" && n.Is(tree.Map) {
			u.records = append(u.records, d)
		}
	}
	return u.messages(root.At("messages"), space)
}

func (u *unit) messages(all *tree.Node, space string) error {
	if all.Absent() {
		return nil
	}
	if !all.Is(tree.Map) {
		return all.Errorf("messages is %s; write an object", all.Shown())
	}
	for _, e := range all.Entries {
		request, err := e.Value.At("request").List("a request")
		if err != nil {
			return err
		}
		errors, err := e.Value.At("errors").List("errors")
		if err != nil {
			return err
		}
		parts := errors
		for _, p := range append(request, e.Value) {
			for _, key := range []string{"type", "response"} {
				if t := p.At(key); t != nil {
					parts = append(parts, t)
				}
			}
		}
		for _, p := range parts {
			if _, err := u.typeOf(p, space, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// namespace returns what the object says, else the one around it.
func namespace(n *tree.Node, around string) (string, error) {
	at := n.At("namespace")
	if at == nil {
		return around, nil
	}
	return at.Str("a namespace")
}

// typeOf reads a type in any of its forms. A declared one is entered into the unit, and referred to.
func (u *unit) typeOf(n *tree.Node, space string, depth int) (typeExpr, error) {
	t := typeExpr{pos: n.Pos, space: space}
	if depth > maxDepth {
		return t, n.Errorf("types within types more than %d deep; Skein reads no such schema", maxDepth)
	}
	switch n.Kind {
	case tree.String:
		t.kind = n.Text
		if primitive(n.Text) {
			return t, nil
		}
		return t, wellNamed(place{n.Text, n.Pos}, "a type")
	case tree.List:
		t.kind = "union"
		for _, branch := range n.Items {
			b, err := u.typeOf(branch, space, depth+1)
			if err != nil {
				return t, err
			}
			t.of = append(t.of, b)
		}
		return t, nil
	case tree.Map:
		return u.object(n, t, depth)
	case tree.Null, tree.Bool, tree.Number:
	}
	return t, n.Errorf("a type is %s; write a name, an object with \"type\", or a list for a union", n.Shown())
}

func (u *unit) object(n *tree.Node, t typeExpr, depth int) (typeExpr, error) {
	of := n.At("type")
	if of == nil {
		return t, n.Errorf("this type says no \"type\"; write \"type\": \"record\" or another")
	}
	if of.Kind != tree.String {
		return u.typeOf(of, t.space, depth+1)
	}
	switch of.Text {
	case "record", "error", "enum", "fixed":
		return u.declared(n, of.Text, t, depth)
	case "array":
		return u.holder(n, "items", "array", t, depth)
	case "map":
		return u.holder(n, "values", "map", t, depth)
	}
	inner, err := u.typeOf(of, t.space, depth+1)
	if err != nil {
		return t, err
	}
	inner.logical = logicalOf(n)
	return inner, nil
}

func (u *unit) holder(n *tree.Node, key, kind string, t typeExpr, depth int) (typeExpr, error) {
	of := n.At(key)
	if of == nil {
		return t, n.Errorf("this %s says no %q; write the type that it holds", kind, key)
	}
	elem, err := u.typeOf(of, t.space, depth+1)
	t.kind, t.elem = kind, &elem
	return t, err
}

// logicalOf reads the logical type. What is invalid is ignored, as Avro says.
func logicalOf(n *tree.Node) logical {
	at := n.At("logicalType")
	if !at.Is(tree.String) {
		return logical{}
	}
	l := logical{name: at.Text}
	if l.name != "decimal" {
		return l
	}
	var invalid, wrong error
	l.precision, invalid = n.At("precision").Int("precision")
	l.scale, wrong = n.At("scale").Int("scale")
	if invalid != nil || wrong != nil || l.precision == 0 || l.scale > l.precision {
		return logical{}
	}
	return l
}

func (u *unit) declared(n *tree.Node, kind string, t typeExpr, depth int) (typeExpr, error) {
	name := n.At("name")
	if !name.Is(tree.String) || name.Text == "" {
		return t, n.Errorf("this %s has no name; write \"name\": \"…\"", kind)
	}
	space := spaceOf(name.Text)
	if !strings.Contains(name.Text, ".") {
		var err error
		if space, err = namespace(n, t.space); err != nil {
			return t, err
		}
	}
	d := &named{kind: kind, name: fullName(space, name.Text), pos: name.Pos, deprecated: deprecation(n.At("deprecated"))}
	t.kind, t.space = d.name, ""
	var err error
	if d.aliases, err = n.At("aliases").Strings("aliases"); err != nil {
		return t, err
	}
	if d.doc, err = n.At("doc").Str("a doc"); err != nil {
		return t, err
	}
	d.logical = logicalOf(n)
	if err := u.parts(d, n, space, depth); err != nil {
		return t, err
	}
	return t, u.declare(d)
}

// parts reads what a kind of named type is made of.
func (u *unit) parts(d *named, n *tree.Node, space string, depth int) (err error) {
	switch d.kind {
	case "enum":
		symbols := n.At("symbols")
		if !symbols.Is(tree.List) {
			return n.Errorf("the enum %s has no list of symbols; write \"symbols\": […]", short(d.name))
		}
		if _, err := symbols.Strings("symbols"); err != nil {
			return err
		}
		for _, s := range symbols.Items {
			d.symbols = append(d.symbols, place{s.Text, s.Pos})
		}
		d.fallback, err = n.At("default").Str("the default of an enum")
	case "fixed":
		if n.At("size") == nil {
			return n.Errorf("the fixed %s has no size; write \"size\": 16 or another", short(d.name))
		}
		d.size, err = n.At("size").Int("size")
	default:
		fields := n.At("fields")
		if !fields.Is(tree.List) {
			return n.Errorf("the record %s has no list of fields; write \"fields\": […]", short(d.name))
		}
		for _, f := range fields.Items {
			one, err := u.field(f, space, depth)
			if err != nil {
				return err
			}
			d.fields = append(d.fields, one)
		}
	}
	return err
}

func (u *unit) field(n *tree.Node, space string, depth int) (f field, err error) {
	name := n.At("name")
	if !name.Is(tree.String) {
		return f, n.Errorf("this field has no name; write an object with \"name\" and \"type\"")
	}
	typ := n.At("type")
	if typ == nil {
		return f, n.Errorf("the field %.40q has no type; write \"type\": \"string\" or another", name.Text)
	}
	f = field{name: name.Text, pos: name.Pos, value: n.At("default"), deprecated: deprecation(n.At("deprecated"))}
	if f.typ, err = u.typeOf(typ, space, depth+1); err != nil {
		return f, err
	}
	if f.aliases, err = n.At("aliases").Strings("aliases"); err != nil {
		return f, err
	}
	if order := n.At("order"); order != nil && (!order.Is(tree.String) || !validOrder(order.Text)) {
		return f, order.Errorf("order is %s; write ascending, descending or ignore", order.Shown())
	}
	f.doc, err = n.At("doc").Str("a doc")
	return f, err
}

func validOrder(word string) bool {
	return word == "ascending" || word == "descending" || word == "ignore"
}
