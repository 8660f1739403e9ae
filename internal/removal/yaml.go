package removal

import (
	"bytes"
	"fmt"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/yaml"
)

// described cuts the lines that describe a column.
func described(f schema.File, field schema.Field, at int) ([]rewrite.Edit, error) {
	docs, err := yaml.Parse(f.Content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	var found []*yaml.Node
	for _, d := range docs {
		if found = append(found, trail(d, at)...); found != nil {
			break
		}
	}
	if len(found) < 2 {
		return nil, fmt.Errorf("%s: %s is not written down as an item with a name", field.Pos, field.Name)
	}
	one, list := found[0], found[1]
	if len(list.Content) == 1 {
		return nil, fmt.Errorf("%s: %s is the only column", field.Pos, field.Name)
	}
	if len(found) > 2 && elsewhere(found[2], one, field.Name) {
		return nil, fmt.Errorf("%s: something else of the model names %s too", field.Pos, field.Name)
	}
	from := lineStart(f.Content, one.Start)
	if dash := bytes.TrimSpace(f.Content[from:one.Start]); string(dash) != "-" {
		return nil, fmt.Errorf("%s: %s is not an item that has its lines to itself", field.Pos, field.Name)
	}
	return []rewrite.Edit{{Start: from, End: block(f.Content, from)}}, nil
}

// trail leads from the item whose name stands at a place up to the document: the item, its list, what holds the list.
func trail(n *yaml.Node, at int) []*yaml.Node {
	for _, inner := range n.Content {
		if name := inner.Get("name"); n.Kind == yaml.Sequence && name != nil && name.Start == at {
			return []*yaml.Node{inner, n}
		}
		if found := trail(inner, at); found != nil {
			return append(found, n)
		}
	}
	return nil
}

// elsewhere reports whether a scalar outside of an item has this value. What says that another column was called so
// does not mean it.
func elsewhere(n, but *yaml.Node, name string) bool {
	for i, inner := range n.Content {
		past := n.Kind == yaml.Mapping && i%2 == 1 && n.Content[i-1].Value == "renamed_from"
		if inner != but && !past && elsewhere(inner, but, name) {
			return true
		}
	}
	return n.Kind == yaml.Scalar && n.Value == name
}

// block is where an item of a list ends whose first line begins at from: before the next line that is no deeper than
// its dash, with the blank lines left in place.
func block(src []byte, from int) int {
	deep, end := indent(src[from:]), lineEnd(src, from)
	for next := end; next < len(src); {
		stop := lineEnd(src, next)
		if !blank(src[next:stop]) {
			if indent(src[next:]) <= deep {
				break
			}
			end = stop
		}
		next = stop
	}
	return end
}

func indent(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }
