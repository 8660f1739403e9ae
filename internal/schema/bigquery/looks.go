package bigquery

import (
	"strings"

	"github.com/skein-bot/skein/internal/schema/tree"
)

// Looks reports whether a value looks like a table schema: all fields have a name and a type that is one of
// BigQuery's. A list of lower-case records without modes is rather a union of Avro. What is said beside a schema looks
// like one too.
func Looks(root *tree.Node) bool {
	if root.At("friendly_name").Is(tree.String) && root.At("bigquery").Is(tree.Map) {
		return true
	}
	list, err := fieldList(root)
	if err != nil || len(list.Items) == 0 {
		return err == nil && root.At("tableReference") != nil
	}
	for _, n := range list.Items {
		t := n.At("type")
		if !n.At("name").Is(tree.String) || !t.Is(tree.String) {
			return false
		}
		word := strings.ToLower(t.Text)
		known := kind(word) != "other" || word == "geography" || word == "range"
		if !known || t.Text == "record" && n.At("mode") == nil && list == root {
			return false
		}
	}
	return root.At("type") == nil
}
