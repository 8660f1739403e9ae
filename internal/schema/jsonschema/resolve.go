package jsonschema

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/schema/tree"
)

// expander follows references and writes down what they lead to.
type expander struct {
	documents []*document
	paths     map[string]*document
	ids       map[string]place        // by URI, with the anchor behind #
	followed  map[*tree.Node]followed // what a $ref means, once it is known
	open      []*tree.Node
	steps     int
}

type followed struct {
	to place
	ok bool
}

// step counts what is looked at, and refuses what grows or nests without end.
func (x *expander) step(at *tree.Node, depth int) error {
	if x.steps++; x.steps > maxSteps {
		return at.Errorf("with what its references lead to this schema has more than %d parts; Skein reads no such schema", maxSteps)
	}
	if depth > maxDepth {
		return at.Errorf("schemas within schemas more than %d deep; Skein reads no such schema", maxDepth)
	}
	return nil
}

// follow returns the schema that a $ref means. A reference to another host leads to nothing that is known: ok is
// false, and so it is for the schema of schemas.
func (x *expander) follow(from place, ref *tree.Node) (place, bool, error) {
	if f, known := x.followed[ref]; known {
		return f.to, f.ok, nil
	}
	to, ok, err := x.lookUp(from, ref)
	if err == nil {
		x.followed[ref] = followed{to, ok}
	}
	return to, ok, err
}

func (x *expander) lookUp(from place, ref *tree.Node) (to place, ok bool, err error) {
	if !ref.Is(tree.String) {
		return place{}, false, ref.Errorf("a $ref is %s; write text", ref.Shown())
	}
	target, fragment, _ := strings.Cut(ref.Text, "#")
	doc, root := from.doc, from.doc.root
	if target != "" {
		at, known := x.target(from.doc, target)
		switch {
		case known:
			doc, root = at.doc, at.node
		case strings.Contains(target, "://"), strings.HasPrefix(target, "urn:"):
			return place{}, false, nil
		default:
			return place{}, false, ref.Errorf("the file %.80s is not among the files of this schema; name the folder that holds both", target)
		}
	}
	if fragment == "" {
		return place{doc, root}, true, nil
	}
	if strings.HasPrefix(fragment, "/") {
		return pointed(doc, root, fragment, ref)
	}
	base := doc.base
	if id := idOf(root); id != "" {
		base = resolved(base, id)
	}
	if at, known := x.ids[strings.TrimSuffix(base, "#")+"#"+fragment]; known {
		return at, true, nil
	}
	return place{}, false, ref.Errorf("the anchor %.80s is nowhere in %s; write $anchor where it belongs", fragment, doc.path)
}

// target finds a file or an embedded schema: by its URI, by its path from the file that refers to it, or, as URIs
// often only look like a path, by the end of a path.
func (x *expander) target(from *document, ref string) (place, bool) {
	if at, ok := x.ids[resolved(from.base, ref)]; ok {
		return at, true
	}
	name := ref
	if u, err := url.Parse(ref); err == nil && u.Path != "" {
		name = u.Path
	}
	if d := x.paths[path.Join(path.Dir(from.path), name)]; d != nil {
		return place{d, d.root}, true
	}
	for _, d := range x.documents {
		if strings.HasSuffix("/"+d.path, "/"+strings.TrimLeft(name, "./")) {
			return place{d, d.root}, true
		}
	}
	return place{}, false
}

// pointed follows a JSON pointer.
func pointed(doc *document, n *tree.Node, pointer string, ref *tree.Node) (place, bool, error) {
	if text, err := url.PathUnescape(pointer); err == nil {
		pointer = text
	}
	for part := range strings.SplitSeq(pointer[1:], "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		next := n.At(part)
		if i, err := strconv.Atoi(part); err == nil && n.Is(tree.List) && i >= 0 && i < len(n.Items) {
			next = n.Items[i]
		}
		if next == nil {
			return place{}, false, ref.Errorf("%.80s leads nowhere: %s has no %.40q there", ref.Text, doc.path, part)
		}
		n = next
	}
	return place{doc, n}, true, nil
}

// refName is how a union calls an alternative behind a reference.
func refName(ref string) string {
	ref = strings.TrimRight(ref, "/#")
	name := ref[strings.LastIndexAny(ref, "/#")+1:]
	return strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".schema")
}
