package jsonschema

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/schema/tree"
)

// canonical writes a value in one spelling, whatever the order of its keys and the form of its numbers.
func canonical(n *tree.Node) string {
	switch n.Kind {
	case tree.Map:
		parts := make([]string, 0, len(n.Entries))
		for _, e := range n.Entries {
			parts = append(parts, strconv.Quote(e.Key.Text)+":"+canonical(e.Value))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case tree.List:
		parts := make([]string, 0, len(n.Items))
		for _, i := range n.Items {
			parts = append(parts, canonical(i))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case tree.Number:
		return number(n.Text)
	case tree.Null, tree.Bool, tree.String:
	}
	return n.JSON()
}

// number spells 1, 1.0 and 1e0 alike. What would take much room to write out is left as it is.
func number(text string) string {
	if len(text) > 40 || strings.ContainsAny(text, "eE") && exponent(text) > 60 {
		return text
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return text
	}
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(60), "0")
}

func exponent(text string) int {
	i := strings.IndexAny(text, "eE")
	e, err := strconv.Atoi(text[i+1:])
	if err != nil {
		return 1 << 20
	}
	return max(e, -e)
}

// spelled writes a schema, or an object or a list of them, in one spelling: without notes, and with what it refers
// to in place of references.
func (x *expander) spelled(p place, depth int) (string, error) {
	if err := x.step(p.node, depth); err != nil {
		return "", err
	}
	switch p.node.Kind {
	case tree.List:
		return x.spelledList(p, depth)
	case tree.Map:
		return x.spelledMap(p, depth)
	case tree.Null, tree.Bool, tree.Number, tree.String:
	}
	return canonical(p.node), nil
}

func (x *expander) spelledList(p place, depth int) (string, error) {
	var parts []string
	for _, i := range p.node.Items {
		one, err := x.spelled(place{p.doc, i}, depth+1)
		if err != nil {
			return "", err
		}
		parts = append(parts, one)
	}
	return "[" + strings.Join(parts, ",") + "]", nil
}

func (x *expander) spelledMap(p place, depth int) (string, error) {
	if slices.Contains(x.open, p.node) {
		return `{"$ref":"#"}`, nil
	}
	x.open = append(x.open, p.node)
	defer func() { x.open = x.open[:len(x.open)-1] }()
	var parts []string
	for _, e := range p.node.Entries {
		one, err := x.spelledEntry(p, e, depth)
		if err != nil {
			return "", err
		}
		if one != "" {
			parts = append(parts, one)
		}
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}", nil
}

func (x *expander) spelledEntry(p place, e tree.Entry, depth int) (string, error) {
	switch e.Key.Text {
	case "$comment", "title", "description", "examples", "default", "$defs", "definitions", "$id", "id", "$anchor", "$schema":
		return "", nil
	case "$ref":
		to, ok, err := x.follow(p, e.Value)
		if err != nil || !ok {
			return canonical(e.Value), err
		}
		return x.spelled(to, depth+1)
	case "enum", "const", "required", "type":
		return strconv.Quote(e.Key.Text) + ":" + canonical(sorted(e.Value)), nil
	}
	one, err := x.spelled(place{p.doc, e.Value}, depth+1)
	return strconv.Quote(e.Key.Text) + ":" + one, err
}

// sorted puts the items of a list whose order means nothing in one order.
func sorted(n *tree.Node) *tree.Node {
	if !n.Is(tree.List) {
		return n
	}
	items := slices.SortedFunc(slices.Values(n.Items), func(a, b *tree.Node) int { return strings.Compare(canonical(a), canonical(b)) })
	return &tree.Node{Kind: tree.List, Pos: n.Pos, Items: items}
}
