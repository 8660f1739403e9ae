package avro

import "strings"

// record is a declared record and the names that lead to it.
type record struct {
	name   string // in full
	node   *node
	fields []*node
	uses   int // how many fields hold it
}

// file is what a schema file declares.
type file struct {
	records []*record
	byName  map[string]*record
	inside  bool               // what is declared stands in a field
	homes   map[*node]string   // the namespace around each node that is a type
	refs    map[string][]*node // the texts that refer to a record, by its full name
}

func read(root *node) *file {
	f := &file{byName: map[string]*record{}, homes: map[*node]string{}, refs: map[string][]*node{}}
	space := root.at("namespace").word()
	if types := root.at("types"); root.at("protocol") != nil && types.is('[') {
		for i := range types.items {
			f.declare(&types.items[i], space)
		}
	} else {
		f.declare(root, "")
	}
	for n, space := range f.homes {
		if r := f.find(n.word(), space); r != nil {
			r.uses++
			f.refs[r.name] = append(f.refs[r.name], n)
		}
	}
	return f
}

// declare lists the records of a type, and of the types in it.
func (f *file) declare(n *node, space string) {
	switch {
	case n.is('"'):
		f.homes[n] = space
	case n.is('['):
		for i := range n.items {
			f.declare(&n.items[i], space)
		}
	case n.is('{'):
		f.object(n, space)
	}
}

func (f *file) object(n *node, space string) {
	kind := n.at("type")
	switch kind.word() {
	case "record", "error":
		f.record(n, space)
	case "array":
		f.declare(n.at("items"), space)
	case "map":
		f.declare(n.at("values"), space)
	case "enum", "fixed":
	default:
		if kind != nil {
			f.declare(kind, space)
		}
	}
}

func (f *file) record(n *node, space string) {
	name := n.at("name").word()
	if own := n.at("namespace"); own != nil {
		space = own.word()
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		space = name[:i]
	}
	r := &record{name: full(space, name), node: n}
	if f.inside {
		r.uses = 1
	}
	if name == "" || f.byName[r.name] != nil {
		return
	}
	f.byName[r.name] = r
	f.records = append(f.records, r)
	fields := n.at("fields")
	if !fields.is('[') {
		return
	}
	for i := range fields.items {
		field := &fields.items[i]
		r.fields = append(r.fields, field)
		if t := field.at("type"); t != nil {
			was := f.inside
			f.homes[t], f.inside = space, true
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
func (r *record) field(name string) *node {
	for _, n := range r.fields {
		if n.at("name").word() == name {
			return n
		}
	}
	return nil
}

// behind returns the records that a type leads to, through lists, maps and alternatives. known is false when one of
// its names leads nowhere in this file.
func (f *file) behind(n *node, space string) (out []*record, known bool) {
	known = true
	switch {
	case n.is('"'):
		if r := f.find(n.text, space); r != nil {
			return []*record{r}, true
		}
		return nil, primitive(n.text)
	case n.is('['):
		for i := range n.items {
			some, ok := f.behind(&n.items[i], space)
			out, known = append(out, some...), known && ok
		}
		return out, known
	case n.is('{'):
		return f.behindObject(n, space)
	}
	return nil, true
}

func (f *file) behindObject(n *node, space string) ([]*record, bool) {
	switch kind := n.at("type"); kind.word() {
	case "record", "error":
		for _, r := range f.records {
			if r.node == n {
				return []*record{r}, true
			}
		}
	case "array":
		return f.behind(n.at("items"), space)
	case "map":
		return f.behind(n.at("values"), space)
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
func symbol(n *node, value string) *node {
	if symbols := n.at("symbols"); symbols.is('[') {
		for i := range symbols.items {
			if symbols.items[i].word() == value {
				return &symbols.items[i]
			}
		}
	}
	if n.is('[') || n.is('{') {
		for i := range n.items {
			if n.is('{') && n.keys[i].text == "fields" {
				continue // those of a record are other fields
			}
			if s := symbol(&n.items[i], value); s != nil {
				return s
			}
		}
	}
	return nil
}
