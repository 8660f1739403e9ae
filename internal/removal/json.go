package removal

import (
	"bytes"
	"fmt"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/jsontext"
)

// listed cuts a field out of a list of objects, such as the fields of a record in Avro.
func listed(f schema.File, field schema.Field, at int) ([]rewrite.Edit, error) {
	root, err := jsontext.Parse(f.Content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	n := holder(&root, at)
	if n == nil {
		return nil, fmt.Errorf("%s: %s is not written down as an object with a name", field.Pos, field.Name)
	}
	i := member(f.Content, n.Start, n.End)
	if i.only() {
		return nil, fmt.Errorf("%s: %s is the only field", field.Pos, field.Name)
	}
	return cut(f.Content, i, nil), nil
}

// holder finds the object in a list whose name stands at a place.
func holder(n *jsontext.Node, at int) *jsontext.Node {
	for i := range n.Items {
		inner := &n.Items[i]
		if at < inner.Start || at >= inner.End {
			continue
		}
		if name := inner.At("name"); n.Is('[') && name != nil && name.Start == at {
			return inner
		}
		return holder(inner, at)
	}
	return nil
}

// property cuts a key out of the properties of an object, and its name out of those that the object requires.
func property(f schema.File, field schema.Field, at int) ([]rewrite.Edit, error) {
	root, err := jsontext.Parse(f.Content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	object, properties, k := owner(&root, at)
	if object == nil {
		return nil, fmt.Errorf("%s: %s does not stand among the properties of an object", field.Pos, field.Name)
	}
	if len(properties.Keys) == 1 {
		return nil, fmt.Errorf("%s: %s is the only property", field.Pos, field.Name)
	}
	edits := cut(f.Content, member(f.Content, properties.Keys[k].Start, properties.Items[k].End), nil)
	return append(edits, unrequired(f.Content, object, field.Name)...), nil
}

// owner finds the object whose properties have a key at a place.
func owner(n *jsontext.Node, at int) (object, properties *jsontext.Node, key int) {
	for i := range n.Items {
		inner := &n.Items[i]
		if n.Is('{') && n.Keys[i].Text == "properties" {
			for k := range inner.Keys {
				if inner.Keys[k].Start == at {
					return n, inner, k
				}
			}
		}
		if inner.Start <= at && at < inner.End {
			return owner(inner, at)
		}
	}
	return nil, nil, 0
}

func unrequired(src []byte, object *jsontext.Node, name string) []rewrite.Edit {
	required := object.At("required")
	for _, r := range required.List() {
		if r.Word() != name {
			continue
		}
		if len(required.Items) > 1 {
			return cut(src, member(src, r.Start, r.End), nil)
		}
		for i := range object.Keys { // an empty list is not allowed everywhere
			if object.Keys[i].Text == "required" {
				return cut(src, member(src, object.Keys[i].Start, required.End), nil)
			}
		}
	}
	return nil
}

// member is what stands between start and end in a list or an object, with the commas beside it.
func member(src []byte, start, end int) item {
	i := item{start: start, end: end, before: -1, after: -1}
	ahead := bytes.TrimRight(src[:start], " \t\r\n")
	if bytes.HasSuffix(ahead, []byte(",")) {
		i.before = len(ahead) - 1
	}
	behind := bytes.TrimLeft(src[end:], " \t\r\n")
	if bytes.HasPrefix(behind, []byte(",")) {
		i.after = len(src) - len(behind)
	}
	return i
}
