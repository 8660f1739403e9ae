package jsonschema

import (
	"strings"

	"github.com/skein-bot/skein/internal/schema/tree"
)

// Looks reports whether a JSON value looks like a JSON Schema: it says so, or describes properties or definitions.
func Looks(root *tree.Node) bool {
	if at := root.At("$schema"); at != nil {
		return at.Is(tree.String) && strings.Contains(at.Text, "json-schema.org")
	}
	switch {
	case root.At("$ref").Is(tree.String) && len(root.Entries) < 4, root.At("$defs").Is(tree.Map), root.At("definitions").Is(tree.Map):
		return true
	case root.At("properties").Is(tree.Map):
		return describes(root.At("properties"))
	}
	return root.At("$id").Is(tree.String) && (root.At("type") != nil || root.At("allOf") != nil || root.At("oneOf") != nil || root.At("anyOf") != nil)
}

// describes reports whether all values of an object are schemas.
func describes(n *tree.Node) bool {
	for _, e := range n.Entries {
		if !e.Value.Is(tree.Map) && !e.Value.Is(tree.Bool) {
			return false
		}
	}
	return true
}
