package avro

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/jsontext"
)

// record is a declared record and the names that lead to it.
type record struct {
	name   string // in full
	node   *jsontext.Node
	fields []*jsontext.Node
	in     []*record // that hold it, one for each field; nil for one at the top
}

func (r *record) waysFrom(from *record) int {
	return rewrite.WaysFrom(from, r, func(r *record) []*record { return r.in })
}

// file is what a schema file declares.
type file struct {
	records []*record
	byName  map[string]*record
	inside  *record                     // whose field is read, nil at the top
	holders map[*jsontext.Node]*record  // whose field each node that is a type stands in
	homes   map[*jsontext.Node]string   // the namespace around each node that is a type
	refs    map[string][]*jsontext.Node // the texts that refer to a record, by its full name
}

func read(root *jsontext.Node) *file {
	f := &file{byName: map[string]*record{}, homes: map[*jsontext.Node]string{}, holders: map[*jsontext.Node]*record{}, refs: map[string][]*jsontext.Node{}}
	space := root.At("namespace").Word()
	if types := root.At("types"); root.At("protocol") != nil && types.Is('[') {
		for i := range types.Items {
			f.declare(&types.Items[i], space)
		}
	} else {
		f.declare(root, "")
	}
	for n, space := range f.homes {
		if r := f.find(n.Word(), space); r != nil {
			if holder := f.holders[n]; holder != nil {
				r.in = append(r.in, holder)
			}
			f.refs[r.name] = append(f.refs[r.name], n)
		}
	}
	return f
}

// declare lists the records of a type, and of the types in it.
func (f *file) declare(n *jsontext.Node, space string) {
	switch {
	case n.Is('"'):
		f.homes[n], f.holders[n] = space, f.inside
	case n.Is('['):
		for i := range n.Items {
			f.declare(&n.Items[i], space)
		}
	case n.Is('{'):
		f.object(n, space)
	}
}

func (f *file) object(n *jsontext.Node, space string) {
	kind := n.At("type")
	switch kind.Word() {
	case "record", "error":
		f.record(n, space)
	case "array":
		f.declare(n.At("items"), space)
	case "map":
		f.declare(n.At("values"), space)
	case "enum", "fixed":
	default:
		if kind != nil {
			f.declare(kind, space)
		}
	}
}

func (f *file) record(n *jsontext.Node, space string) {
	name := n.At("name").Word()
	if own := n.At("namespace"); own != nil {
		space = own.Word()
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		space = name[:i]
	}
	r := &record{name: full(space, name), node: n}
	if f.inside != nil {
		r.in = append(r.in, f.inside)
	}
	if name == "" || f.byName[r.name] != nil {
		return
	}
	f.byName[r.name] = r
	f.records = append(f.records, r)
	fields := n.At("fields")
	if !fields.Is('[') {
		return
	}
	for i := range fields.Items {
		field := &fields.Items[i]
		r.fields = append(r.fields, field)
		if t := field.At("type"); t != nil {
			was := f.inside
			f.homes[t], f.holders[t], f.inside = space, r, r
			f.declare(t, space)
			f.inside = was
		}
	}
}

func full(space, name string) string {
	if space == "" || strings.Contains(name, ".") {
		return name
	}
	return space + "." + name
}

func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// find follows a name from its namespace, then without one.
func (f *file) find(name, space string) *record {
	if name == "" {
		return nil
	}
	if r := f.byName[full(space, name)]; r != nil {
		return r
	}
	return f.byName[name]
}

// field returns the field of a name, or nil.
func (r *record) field(name string) *jsontext.Node {
	for _, n := range r.fields {
		if n.At("name").Word() == name {
			return n
		}
	}
	return nil
}

// behind returns the records that a type leads to, through lists, maps and alternatives. known is false when one of
// its names leads nowhere in this file.
func (f *file) behind(n *jsontext.Node, space string) (out []*record, known bool) {
	known = true
	switch {
	case n.Is('"'):
		if r := f.find(n.Text, space); r != nil {
			return []*record{r}, true
		}
		return nil, primitive(n.Text)
	case n.Is('['):
		for i := range n.Items {
			some, ok := f.behind(&n.Items[i], space)
			out, known = append(out, some...), known && ok
		}
		return out, known
	case n.Is('{'):
		return f.behindObject(n, space)
	}
	return nil, true
}

func (f *file) behindObject(n *jsontext.Node, space string) ([]*record, bool) {
	switch kind := n.At("type"); kind.Word() {
	case "record", "error":
		for _, r := range f.records {
			if r.node == n {
				return []*record{r}, true
			}
		}
	case "array":
		return f.behind(n.At("items"), space)
	case "map":
		return f.behind(n.At("values"), space)
	case "enum", "fixed":
	default:
		return f.behind(kind, space)
	}
	return nil, true
}

func primitive(word string) bool {
	switch word {
	case "null", "boolean", "int", "long", "float", "double", "bytes", "string":
		return true
	}
	return false
}

// symbol returns the text of an enum's symbol that stands in a type, or nil.
func symbol(n *jsontext.Node, value string) *jsontext.Node {
	if symbols := n.At("symbols"); symbols.Is('[') {
		for i := range symbols.Items {
			if symbols.Items[i].Word() == value {
				return &symbols.Items[i]
			}
		}
	}
	if n.Is('[') || n.Is('{') {
		for i := range n.Items {
			if n.Is('{') && n.Keys[i].Text == "fields" {
				continue // those of a record are other fields
			}
			if s := symbol(&n.Items[i], value); s != nil {
				return s
			}
		}
	}
	return nil
}
