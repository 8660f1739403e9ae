package dbt

import "github.com/skein-bot/skein/internal/schema/tree"

// Looks reports whether a YAML value looks like a property file that declares tables.
func Looks(root *tree.Node) bool {
	for _, key := range []string{"models", "sources", "seeds", "snapshots"} {
		if list := root.At(key); list.Is(tree.List) && len(list.Items) > 0 && list.Items[0].At("name") != nil {
			return true
		}
	}
	return false
}
