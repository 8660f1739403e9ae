package avro

import "github.com/skein-bot/skein/internal/schema/tree"

// Looks reports whether a JSON value looks like an Avro schema or protocol.
func Looks(root *tree.Node) bool {
	if root.At("protocol").Is(tree.String) {
		return true
	}
	if root.Is(tree.List) && len(root.Items) > 0 {
		for _, n := range root.Items {
			if !Looks(n) && !(n.Is(tree.String) && primitive(n.Text)) {
				return false
			}
		}
		return true
	}
	switch t := root.At("type"); {
	case !t.Is(tree.String) || root.At("mode") != nil:
		return false
	case t.Text == "record" || t.Text == "error":
		return root.At("name").Is(tree.String) && root.At("fields").Is(tree.List)
	case t.Text == "enum":
		return root.At("symbols").Is(tree.List)
	case t.Text == "fixed":
		return root.At("size") != nil
	case t.Text == "array":
		return root.At("items") != nil && root.At("$schema") == nil && root.At("items").At("$ref") == nil
	case t.Text == "map":
		return root.At("values") != nil
	}
	return false
}
