package jsonschema

import (
	"net/url"
	"path"
	"strings"

	"github.com/skein-bot/skein/internal/schema/tree"
)

// document is one file.
type document struct {
	path  string
	root  *tree.Node
	base  string // the URI that it gives itself
	draft draft
}

// draft is what a version of the specification means for reading.
type draft struct {
	refAlone bool // what stands beside a $ref is ignored
	formats  bool // a format is a condition, and no mere note
}

// place is a schema in its document.
type place struct {
	doc  *document
	node *tree.Node
}

// draftOf tells the draft by $schema; without one it is the latest.
func draftOf(root *tree.Node) draft {
	at := root.At("$schema")
	if !at.Is(tree.String) {
		return draft{}
	}
	for _, old := range []string{"draft-03", "draft-04", "draft-06", "draft-07", "json-schema.org/schema"} {
		if strings.Contains(at.Text, old) {
			return draft{refAlone: true, formats: true}
		}
	}
	return draft{}
}

// add enters a file under its path, and its ids and anchors under their URIs.
func (x *expander) add(file string, root *tree.Node) error {
	if !root.Is(tree.Map) && !root.Is(tree.Bool) {
		return root.Errorf("a JSON Schema is %s; write an object", root.Shown())
	}
	d := &document{path: path.Clean(file), root: root, draft: draftOf(root)}
	if d.base = idOf(root); d.base == "" {
		d.base = "file:///" + d.path
	}
	x.documents = append(x.documents, d)
	x.paths[d.path] = d
	return x.index(d, root, d.base, false)
}

func idOf(n *tree.Node) string {
	for _, key := range []string{"$id", "id"} {
		if at := n.At(key); at.Is(tree.String) {
			return at.Text
		}
	}
	return ""
}

// index finds the ids and anchors below a node. Below properties a key called $id is a property.
func (x *expander) index(d *document, n *tree.Node, base string, names bool) error {
	if n.Is(tree.Map) && !names {
		if id := idOf(n); id != "" && n.At("enum") == nil {
			base = resolved(base, id)
			if before, double := x.ids[base]; double && before.doc == d && before.node != n {
				return n.Errorf("the id %.80q stands at %s already; choose another", id, before.node.Pos)
			}
			x.ids[strings.TrimSuffix(base, "#")] = place{d, n}
		}
		for _, key := range []string{"$anchor", "$dynamicAnchor"} {
			if at := n.At(key); at.Is(tree.String) {
				x.ids[strings.TrimSuffix(base, "#")+"#"+at.Text] = place{d, n}
			}
		}
	}
	for _, e := range entries(n) {
		if !names && (e.Key.Text == "enum" || e.Key.Text == "const" || e.Key.Text == "default" || e.Key.Text == "examples") {
			continue
		}
		if err := x.index(d, e.Value, base, !names && holdsNames(e.Key.Text)); err != nil {
			return err
		}
	}
	for _, i := range n.Items {
		if err := x.index(d, i, base, false); err != nil {
			return err
		}
	}
	return nil
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
