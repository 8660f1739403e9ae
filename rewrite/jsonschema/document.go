package jsonschema

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/rewrite/jsontext"
)

// document is a file, and what its references may lead to.
type document struct {
	src   []byte
	root  *jsontext.Node
	name  string                    // of the file
	alone bool                      // what stands beside a $ref does not count, as up to draft-07
	ids   map[string]*jsontext.Node // by URI, with an anchor behind #
	homes map[*jsontext.Node]home   // of the schemas that refer
}

// home is the schema with an id of its own that another one stands in.
type home struct {
	base string
	root *jsontext.Node
}

func newDocument(file string, src []byte, root *jsontext.Node) *document {
	d := &document{src: src, root: root, name: path.Base(file), ids: map[string]*jsontext.Node{}, homes: map[*jsontext.Node]home{}}
	said := root.At("$schema").Word()
	d.alone = slices.ContainsFunc([]string{"draft-03", "draft-04", "draft-06", "draft-07"}, func(old string) bool { return strings.Contains(said, old) })
	d.index(root, home{"file:///" + d.name, root})
	return d
}

// spelled is how the model calls a value: a text as it is, unless it looks like a value of another kind.
func (d *document) spelled(n *jsontext.Node) string {
	switch {
	case !n.Is('"'):
		return string(d.src[n.Start:n.End])
	case literal(n.Text):
		return jsontext.Quote(n.Text)
	}
	return n.Text
}

// literal reports whether a text looks like a value that is none.
func literal(text string) bool {
	return text == "true" || text == "false" || text != "" && strings.IndexByte(`-0123456789"[{`, text[0]) >= 0
}

func idOf(n *jsontext.Node) string {
	if id := n.At("$id").Word(); id != "" {
		return id
	}
	return n.At("id").Word()
}

// index enters the ids and anchors of a schema and of those in it.
func (d *document) index(n *jsontext.Node, in home) {
	if n.Is('[') {
		for i := range n.Items {
			d.index(&n.Items[i], in)
		}
	}
	if !n.Is('{') {
		return
	}
	if id := idOf(n); id != "" {
		in = home{strings.TrimSuffix(resolved(in.base, id), "#"), n}
		d.ids[in.base] = n
	}
	d.homes[n] = in
	for _, key := range []string{"$anchor", "$dynamicAnchor"} {
		if anchor := n.At(key).Word(); anchor != "" {
			d.ids[in.base+"#"+anchor] = n
		}
	}
	for i := range n.Keys {
		switch v := &n.Items[i]; {
		case holdsValues(n.Keys[i].Text):
		case holdsNames(n.Keys[i].Text) && v.Is('{'):
			for k := range v.Items {
				d.index(&v.Items[k], in)
			}
		default:
			d.index(v, in)
		}
	}
}

// holdsValues reports whether a keyword holds values of documents, and no schemas.
func holdsValues(keyword string) bool {
	switch keyword {
	case "enum", "const", "default", "examples", "example":
		return true
	}
	return false
}

// holdsNames reports whether the keys below a keyword are names, and no keywords.
func holdsNames(keyword string) bool {
	switch keyword {
	case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies", "dependentRequired":
		return true
	}
	return false
}

// resolved is a reference as seen from a base.
func resolved(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	r, err := b.Parse(ref)
	if err != nil {
		return ref
	}
	return r.String()
}

// follow returns the schema that a reference of another one leads to, nil when it is not in this file.
func (d *document) follow(from *jsontext.Node, ref string) *jsontext.Node {
	in := d.homes[from]
	target, fragment, _ := strings.Cut(ref, "#")
	if target != "" {
		base := resolved(in.base, target)
		root := d.ids[base]
		if root == nil && target == d.name {
			root = d.root
		}
		if root == nil {
			return nil
		}
		in = d.homes[root]
	}
	switch {
	case fragment == "":
		return in.root
	case fragment[0] == '/':
		return pointed(in.root, fragment)
	}
	return d.ids[in.base+"#"+fragment]
}

// pointed follows a JSON pointer.
func pointed(n *jsontext.Node, pointer string) *jsontext.Node {
	if text, err := url.PathUnescape(pointer); err == nil {
		pointer = text
	}
	for part := range strings.SplitSeq(pointer[1:], "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		next := n.At(part)
		if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(n.List()) {
			next = &n.Items[i]
		}
		if n = next; n == nil {
			return nil
		}
	}
	return n
}

// lastPart is what a reference or an id calls its schema.
func lastPart(uri string) string {
	uri = strings.TrimRight(uri, "/#")
	return stem(uri[strings.LastIndexAny(uri, "/#:")+1:])
}

// stem is the name of a file without its endings.
func stem(file string) string {
	for _, end := range []string{".json", ".jsonschema", ".schema"} {
		if n := len(file) - len(end); n > 0 && strings.EqualFold(file[n:], end) {
			file = file[:n]
		}
	}
	return file
}
