package jsonschema

import (
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// field makes a nameless field of a schema.
func (x *expander) field(p place, depth int) (schema.Field, error) {
	return x.fieldOf([]place{p}, depth)
}

// fieldOf makes a nameless field of schemas that hold together.
func (x *expander) fieldOf(places []place, depth int) (schema.Field, error) {
	m := &merged{}
	was := len(x.open)
	for _, p := range places {
		if err := x.merge(m, p, depth); err != nil {
			return schema.Field{}, err
		}
	}
	for _, p := range places {
		x.open = append(x.open, p.node)
	}
	x.open = append(x.open, x.behind(places, m)...)
	defer func() { x.open = x.open[:was] }()
	f, err := x.shaped(m, places[0].node.Pos, depth)
	f.Pos = places[0].node.Pos
	return f, err
}

// behind lists the schemas that references lead to, so that what refers back to them ends there.
func (x *expander) behind(places []place, m *merged) []*tree.Node {
	if m.name == "" {
		return nil
	}
	var out []*tree.Node
	for _, p := range places {
		for range maxDepth {
			ref := p.node.At("$ref")
			if ref == nil {
				break
			}
			to, ok, err := x.follow(p, ref)
			if err != nil || !ok || slices.Contains(out, to.node) {
				break
			}
			out, p = append(out, to.node), to
		}
	}
	return out
}

// shaped turns what holds for a value into a field.
func (x *expander) shaped(m *merged, at repo.Position, depth int) (schema.Field, error) {
	f := schema.Field{Doc: m.doc, Deprecated: m.deprecated, Pos: at}
	if len(m.old) > 0 {
		f.Renamed, f.Former = m.old[0], m.old[1:]
	}
	if m.value != nil {
		text := canonical(m.value)
		f.Default = &text
	}
	if m.recursive {
		f.Type = schema.Type{Kind: "struct", Wire: "json", Physical: "object"}
		return f, nil
	}
	if err := x.choose(m, &f, depth); err != nil {
		return f, err
	}
	if f.Type.Kind == "" {
		if err := x.typeInto(m, &f, depth); err != nil {
			return f, err
		}
	}
	if m.told && (f.Type.Kind == "struct" || f.Type.Kind == "map" || f.Type.Kind == "array") {
		f.Constraints = append(f.Constraints, schema.Constraint{Name: "type", Expr: f.Type.Kind, Pos: at})
	}
	for _, c := range m.conditions {
		if m.counts(c) {
			f.Constraints = append(f.Constraints, schema.Constraint{Name: c.name, Expr: c.text, Pos: c.pos, Admits: m.admits(c)})
		}
	}
	return f, nil
}

// choose looks at anyOf and oneOf. An alternative of null is nullability, a single one holds as if it stood there,
// and constants are an enum. Other alternatives make a union where nothing else says what the value is, and a
// condition where something does.
func (x *expander) choose(m *merged, f *schema.Field, depth int) error {
	for len(m.choices) > 0 {
		c := m.choices[0]
		m.choices = m.choices[1:]
		list := c.list
		if m.types == nil || m.types["null"] {
			list = slices.DeleteFunc(slices.Clone(c.list), isNull)
			f.Nullable = f.Nullable || len(list) < len(c.list)
		}
		switch {
		case len(list) == 1:
			if err := x.merge(m, place{c.doc, list[0]}, depth+1); err != nil {
				return err
			}
		case len(list) == 0:
			m.types = map[string]bool{"null": true}
		case constants(list) && m.properties == nil:
			var values []*tree.Node
			for _, n := range list {
				values = append(values, n.At("const"))
			}
			m.among(values)
		case m.types == nil && len(m.words()) == 0 && !m.limited && f.Type.Kind == "":
			if err := x.union(c.doc, list, f, depth); err != nil {
				return err
			}
		default:
			text, err := x.spelled(place{c.doc, &tree.Node{Kind: tree.List, Items: c.list, Pos: c.key.Pos}}, 0)
			if err != nil {
				return err
			}
			m.conditions = append(m.conditions, condition{name: c.keyword, text: text, pos: c.key.Pos})
		}
	}
	return nil
}

func isNull(n *tree.Node) bool {
	t, c := n.At("type"), n.At("const")
	return t.Is(tree.String) && t.Text == "null" || c.Is(tree.Null)
}

func constants(list []*tree.Node) bool {
	return !slices.ContainsFunc(list, func(n *tree.Node) bool { return n.At("const") == nil })
}

// union has a member for each alternative.
func (x *expander) union(doc *document, list []*tree.Node, f *schema.Field, depth int) error {
	var fields []schema.Field
	for _, n := range list {
		one, err := x.field(place{doc, n}, depth+1)
		if err != nil {
			return err
		}
		one.Name = one.Type.Physical
		if ref := n.At("$ref"); ref.Is(tree.String) {
			one.Name = refName(ref.Text)
		} else if title := n.At("title"); title.Is(tree.String) {
			one.Name = title.Text
		}
		one.Required = true
		fields = append(fields, one)
	}
	united(f, fields)
	return nil
}

// united makes a union of alternatives, each of a name.
func united(f *schema.Field, fields []schema.Field) {
	seen := map[string]int{}
	var words []string
	for i := range fields {
		name := fields[i].Name
		if seen[name]++; seen[name] > 1 {
			fields[i].Name = name + strconv.Itoa(seen[name])
		}
		f.Type.Of = append(f.Type.Of, fields[i].Type)
		words = append(words, fields[i].Name)
	}
	f.Type.Kind, f.Type.Wire, f.Type.Physical, f.Fields = "union", "json", strings.Join(words, " | "), fields
}

// typeInto puts the type that the keywords tell into the field.
func (x *expander) typeInto(m *merged, f *schema.Field, depth int) error {
	if m.types["null"] {
		f.Nullable = true
	}
	if m.limited {
		enumInto(m, f)
		return nil
	}
	words := m.words()
	switch {
	case m.never:
		f.Type = schema.Type{Kind: "never", Wire: "json", Physical: "never"}
	case m.opaque && len(words) == 0:
		f.Type = schema.Type{Kind: "unknown", Wire: "json", Physical: "unknown"}
	case len(words) == 0 && m.types["null"]:
		f.Type = schema.Type{Kind: "union", Wire: "json", Physical: "null"}
	case len(words) == 0:
		f.Type = schema.Type{Kind: "any", Wire: "json", Physical: "any"}
		f.Nullable = true
	case len(words) == 1:
		return x.wordInto(m, words[0], f, depth)
	default:
		var fields []schema.Field
		for _, w := range words {
			one := schema.Field{Name: w, Required: true, Pos: f.Pos}
			if err := x.wordInto(m, w, &one, depth); err != nil {
				return err
			}
			fields = append(fields, one)
		}
		united(f, fields)
	}
	return nil
}

// words are the types that the value may have, null left out. Without a type, the other keywords tell one.
func (m *merged) words() []string {
	var out []string
	for _, w := range []string{"string", "integer", "number", "boolean", "object", "array"} {
		if m.types[w] && !(w == "integer" && m.types["number"]) {
			out = append(out, w)
		}
	}
	if m.types == nil {
		switch {
		case m.properties != nil || m.required != nil || m.closed || m.rest != nil:
			out = append(out, "object")
		case m.items != nil:
			out = append(out, "array")
		}
	}
	return out
}

func (x *expander) wordInto(m *merged, word string, f *schema.Field, depth int) error {
	f.Type = schema.Type{Kind: word, Wire: "json", Physical: word}
	switch word {
	case "string":
		f.Type = textType(m, f)
	case "number":
		f.Type.Kind = "float"
	case "object":
		return x.object(m, f, depth)
	case "array":
		return x.array(m, f, depth)
	}
	return nil
}

// textType is a string, or what a format makes of it. A format that is but a note leaves a string below.
func textType(m *merged, f *schema.Field) schema.Type {
	base := schema.Type{Kind: "string", Wire: "json", Physical: "string"}
	t := schema.Type{Wire: "json", Physical: m.format}
	switch m.format {
	case "":
		return base
	case "date-time":
		t.Kind, t.Zone = "timestamp", true
	case "date", "time", "uuid":
		t.Kind = m.format
	case "duration":
		t.Kind = "interval"
	default:
		m.conditions = append(m.conditions, condition{name: "format", text: m.format, pos: f.Pos})
		return base
	}
	if !m.asserted {
		t.Base = &base
	}
	return t
}

// enumInto makes an enum of the values. null among them is nullability, in so far as the type has null too.
func enumInto(m *merged, f *schema.Field) {
	f.Type = schema.Type{Kind: "enum", Wire: "json", Physical: "enum"}
	f.EnumPos = map[string]repo.Position{}
	f.Nullable = false
	for _, n := range m.enum {
		if m.types != nil && !m.types[kindOf(n)] && !(kindOf(n) == "integer" && m.types["number"]) {
			continue
		}
		if n.Is(tree.Null) {
			f.Nullable = true
			continue
		}
		v := valueText(n)
		if _, double := f.EnumPos[v]; !double {
			f.Enum = append(f.Enum, v)
			f.EnumPos[v] = n.Pos
		}
	}
	if base := sharedKind(m.enum); base != "" {
		f.Type.Base = &schema.Type{Kind: base, Wire: "json", Physical: base}
	}
	if len(f.Enum) == 0 {
		f.Type = schema.Type{Kind: "never", Wire: "json", Physical: "never"}
	}
}

func kindOf(n *tree.Node) string {
	switch n.Kind {
	case tree.Null:
		return "null"
	case tree.Bool:
		return "boolean"
	case tree.Number:
		if strings.Contains(number(n.Text), ".") {
			return "number"
		}
		return "integer"
	case tree.String:
		return "string"
	case tree.List:
		return "array"
	case tree.Map:
	}
	return "object"
}

// sharedKind is the kind that all values are of, "" when there is none.
func sharedKind(values []*tree.Node) string {
	kind := ""
	for _, n := range values {
		k := kindOf(n)
		switch {
		case k == "null":
		case kind == "" || kind == k:
			kind = k
		default:
			return ""
		}
	}
	switch kind {
	case "number":
		return "float"
	case "object":
		return "struct"
	}
	return kind
}

// valueText is how a value is called: text as it is, unless it looks like a value of another kind.
func valueText(n *tree.Node) string {
	if n.Is(tree.String) && n.Text != "true" && n.Text != "false" && (n.Text == "" || !strings.ContainsAny(n.Text[:1], `-0123456789"[{`)) {
		return n.Text
	}
	return canonical(n)
}

func (x *expander) object(m *merged, f *schema.Field, depth int) error {
	f.Type.Kind, f.Closed = "struct", m.closed
	for _, p := range m.properties {
		one, err := x.fieldOf(p.places, depth+1)
		if err != nil {
			return err
		}
		one.Name, one.Pos, one.Required = p.name, p.pos, m.required[p.name]
		f.Fields = append(f.Fields, one)
	}
	for _, name := range slices.Sorted(requiredAlone(m)) {
		f.Fields = append(f.Fields, schema.Field{Name: name, Type: schema.Type{Kind: "any", Wire: "json", Physical: "any"}, Nullable: true, Required: true, Pos: f.Pos})
	}
	if m.rest == nil || m.closed {
		return nil
	}
	rest, err := x.field(*m.rest, depth+1)
	if err != nil {
		return err
	}
	if rest.Name = "{}"; len(f.Fields) > 0 {
		f.Rest = &rest
		return nil
	}
	held(f, rest, "map")
	return nil
}

// requiredAlone yields the names that are required and not described.
func requiredAlone(m *merged) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m.required {
			if _, described := m.at[name]; !described && !yield(name) {
				return
			}
		}
	}
}

func (x *expander) array(m *merged, f *schema.Field, depth int) error {
	elem := schema.Field{Type: schema.Type{Kind: "any", Wire: "json", Physical: "any"}, Nullable: true}
	if m.items != nil {
		var err error
		if elem, err = x.field(*m.items, depth+1); err != nil {
			return err
		}
	}
	held(f, elem, "array")
	return nil
}

// held makes a list or a map of what it holds. What hangs on that hangs on the field from then on; conditions say
// by a mark that they are about what is held.
func held(f *schema.Field, elem schema.Field, kind string) {
	t := elem.Type
	t.Nullable = elem.Nullable
	mark := "[]"
	if kind == "map" {
		mark = "{}"
		f.Type.Key = &schema.Type{Kind: "string", Wire: "json", Physical: "string"}
	}
	f.Type.Kind, f.Type.Elem, f.Type.Physical = kind, &t, kind+"<"+t.Physical+">"
	f.Fields, f.Enum, f.EnumPos, f.Content = elem.Fields, elem.Enum, elem.EnumPos, elem.Content
	for _, c := range elem.Constraints {
		c.Name = mark + c.Name
		f.Constraints = append(f.Constraints, c)
	}
}
