package jsonschema

import (
	"slices"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/tree"
)

// merged is all that holds for one value at once.
type merged struct {
	types      map[string]bool // nil for any
	told       bool            // a type stands there, so that nothing but objects or lists will do
	never      bool
	opaque     bool // something of it is not known
	recursive  bool // it is a schema around itself
	name       string
	properties []property
	at         map[string]int // into properties
	required   map[string]bool
	closed     bool
	rest       *place
	items      *place
	choices    []choice // anyOf and oneOf
	enum       []*tree.Node
	limited    bool // enum counts, even when it is empty
	leftover   bool // properties or elements that nothing speaks of are limited
	conditions []condition
	format     string
	asserted   bool // the format is a condition
	value      *tree.Node
	doc        string
	old        []string
	deprecated *schema.Deprecation
}

type property struct {
	name   string
	pos    repo.Position
	places []place
}

// choice is a list of alternatives: of anyOf, one at least holds, of oneOf, one alone.
type choice struct {
	keyword string
	doc     *document
	key     *tree.Node
	list    []*tree.Node
}

// condition is a keyword that the model has no word for.
type condition struct {
	name, text string
	pos        repo.Position
	admits     bool // what it speaks of is not among the rest, which is limited
	free       bool // any value meets it
}

// merge puts together what a schema says, what it refers to, and what allOf lists.
func (x *expander) merge(into *merged, p place, depth int) error {
	if err := x.step(p.node, depth); err != nil {
		return err
	}
	switch p.node.Kind {
	case tree.Bool:
		into.never = into.never || p.node.Text == "false"
		return nil
	case tree.Map:
	case tree.Null, tree.Number, tree.String, tree.List:
		return p.node.Errorf("a schema is %s; write an object, true or false", p.node.Shown())
	}
	if slices.Contains(x.open, p.node) {
		into.recursive = true
		return nil
	}
	x.open = append(x.open, p.node)
	defer func() { x.open = x.open[:len(x.open)-1] }()
	for _, keyword := range []string{"$ref", "$dynamicRef", "$recursiveRef"} {
		ref := p.node.At(keyword)
		if ref == nil {
			continue
		}
		if err := x.mergeRef(into, p, ref, depth); err != nil {
			return err
		}
		if p.doc.draft.refAlone {
			return nil
		}
	}
	into.leftover = into.leftover || limited(p.node, "unevaluatedItems") || p.node.At("additionalProperties") == nil && limited(p.node, "unevaluatedProperties")
	for _, e := range p.node.Entries {
		if err := x.keyword(into, p, e, depth); err != nil {
			return err
		}
	}
	return nil
}

func (x *expander) mergeRef(into *merged, p place, ref *tree.Node, depth int) error {
	to, ok, err := x.follow(p, ref)
	switch {
	case err != nil:
		return err
	case !ok:
		into.opaque = true
		return nil
	}
	if into.name == "" {
		into.name = refName(ref.Text)
	}
	return x.merge(into, to, depth+1)
}

// keyword enters one keyword of a schema.
func (x *expander) keyword(into *merged, p place, e tree.Entry, depth int) error {
	switch e.Key.Text {
	case "type":
		return into.typed(e.Value)
	case "allOf":
		list, err := e.Value.List("allOf")
		for _, n := range list {
			if err == nil {
				err = x.merge(into, place{p.doc, n}, depth+1)
			}
		}
		return err
	case "anyOf", "oneOf":
		list, err := e.Value.List(e.Key.Text)
		if err == nil && len(list) == 0 {
			return e.Value.Errorf("%s lists no schema; write one at least", e.Key.Text)
		}
		into.choices = append(into.choices, choice{e.Key.Text, p.doc, e.Key, list})
		return err
	case "enum":
		list, err := e.Value.List("enum")
		into.among(list)
		return err
	case "const":
		into.among([]*tree.Node{e.Value})
	case "items":
		return into.element(x, p, e)
	case "if":
		return x.branches(into, p)
	case "title", "examples", "id", "readOnly", "writeOnly", "then", "else":
	default:
		return x.furtherKeyword(into, p, e)
	}
	return nil
}

func (x *expander) furtherKeyword(into *merged, p place, e tree.Entry) (err error) {
	switch e.Key.Text {
	case "properties":
		return into.members(p, e.Value)
	case "required":
		return into.mustHave(e.Value)
	case "additionalProperties":
		into.others(p, e.Value)
	case "unevaluatedProperties":
		if p.node.At("additionalProperties") == nil { // which speaks of all names
			into.others(p, e.Value)
		}
	case "format":
		into.format, err = e.Value.Str("a format")
		into.asserted = p.doc.draft.formats
	case "default":
		into.value = e.Value
	case "description":
		into.doc, err = e.Value.Str("a description")
	case "deprecated":
		into.deprecated, err = deprecation(e.Value)
	case "x-renamed-from":
		into.old, err = oldNames(e.Value)
	default:
		return x.condition(into, p, e)
	}
	return err
}

// deprecation reads deprecated, which by the specification is true or false. Many write the reason there.
func deprecation(n *tree.Node) (*schema.Deprecation, error) {
	if n.Is(tree.String) {
		return &schema.Deprecation{Note: n.Text}, nil
	}
	yes, err := n.Flag("deprecated")
	if !yes {
		return nil, err
	}
	return &schema.Deprecation{}, err
}

func oldNames(n *tree.Node) ([]string, error) {
	if n.Is(tree.List) {
		return n.Strings("x-renamed-from")
	}
	one, err := n.Str("x-renamed-from")
	return []string{one}, err
}

func (m *merged) typed(n *tree.Node) error {
	words := []*tree.Node{n}
	if n.Is(tree.List) {
		words = n.Items
	}
	types := map[string]bool{}
	for _, w := range words {
		if !w.Is(tree.String) || !typeWord(w.Text) {
			return w.Errorf("a type is %s; write one of array, boolean, integer, null, number, object, string", w.Shown())
		}
		types[w.Text] = true
	}
	m.told = true
	if m.types == nil {
		m.types = types
		return nil
	}
	both := map[string]bool{}
	for t := range types {
		if m.types[t] || t == "integer" && m.types["number"] {
			both[t] = true
		}
	}
	if m.types["integer"] && types["number"] {
		both["integer"] = true
	}
	m.types, m.never = both, m.never || len(both) == 0
	return nil
}

func typeWord(w string) bool {
	switch w {
	case "array", "boolean", "integer", "null", "number", "object", "string":
		return true
	}
	return false
}

// among holds the value to a list, and to that part of an earlier list which is in this one.
func (m *merged) among(list []*tree.Node) {
	if m.limited {
		list = slices.DeleteFunc(slices.Clone(m.enum), func(n *tree.Node) bool {
			return !slices.ContainsFunc(list, func(o *tree.Node) bool { return canonical(o) == canonical(n) })
		})
	}
	m.enum, m.limited = list, true
}

func (m *merged) members(p place, n *tree.Node) error {
	if !n.Is(tree.Map) {
		return n.Errorf("properties is %s; write an object", n.Shown())
	}
	if m.at == nil {
		m.at = map[string]int{}
	}
	for _, e := range n.Entries {
		i, known := m.at[e.Key.Text]
		if !known {
			i = len(m.properties)
			m.at[e.Key.Text] = i
			m.properties = append(m.properties, property{name: e.Key.Text, pos: e.Key.Pos})
		}
		m.properties[i].places = append(m.properties[i].places, place{p.doc, e.Value})
	}
	return nil
}

// mustHave reads required: a list of names. In draft-03 it was a flag of the property, which says nothing here.
func (m *merged) mustHave(n *tree.Node) error {
	if n.Is(tree.Bool) {
		return nil
	}
	names, err := n.Strings("required")
	if m.required == nil {
		m.required = map[string]bool{}
	}
	for _, name := range names {
		m.required[name] = true
	}
	return err
}

func (m *merged) others(p place, n *tree.Node) {
	switch {
	case n.Is(tree.Bool):
		m.closed = m.closed || n.Text == "false"
	case len(n.Entries) > 0 || !n.Is(tree.Map):
		m.rest = &place{p.doc, n}
	}
}

// element enters items. A list of schemas tells the elements one by one, which the model has no word for.
func (m *merged) element(x *expander, p place, e tree.Entry) error {
	if e.Value.Is(tree.List) {
		return x.tuple(m, p, e)
	}
	if m.items != nil {
		return x.condition(m, p, e)
	}
	m.items = &place{p.doc, e.Value}
	return nil
}

// perName reports whether the keyword is a condition for each of its names.
func perName(e tree.Entry) bool {
	switch e.Key.Text {
	case "dependencies", "dependentSchemas", "dependentRequired", "patternProperties":
		return e.Value.Is(tree.Map)
	}
	return false
}

func (x *expander) perName(into *merged, p place, e tree.Entry) error {
	from := len(into.conditions)
	for _, one := range e.Value.Entries {
		if err := x.named(into, place{p.doc, one.Value}, e.Key.Text+" "+one.Key.Text, one.Key); err != nil {
			return err
		}
	}
	if e.Key.Text == "patternProperties" && limited(p.node, "additionalProperties") {
		into.admit(from)
	}
	return nil
}

// admit marks the conditions from one on: what they speak of, the limit for all else lets through.
func (m *merged) admit(from int) {
	for i := range m.conditions[from:] {
		m.conditions[from+i].admits = true
	}
}

// condition enters a keyword that limits the value in a way of its own. Unknown keywords mean nothing.
func (x *expander) condition(into *merged, p place, e tree.Entry) error {
	switch {
	case perName(e):
		return x.perName(into, p, e)
	case e.Key.Text == "prefixItems" && e.Value.Is(tree.List):
		return x.tuple(into, p, e)
	}
	c := condition{name: e.Key.Text, pos: e.Key.Pos}
	switch e.Key.Text {
	case "maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf", "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties",
		"maxContains", "minContains":
		if !e.Value.Is(tree.Number) && !e.Value.Is(tree.Bool) {
			return e.Value.Errorf("%s is %s; write a number", e.Key.Text, e.Value.Shown())
		}
		c.text = canonical(e.Value)
	case "pattern", "contentEncoding", "contentMediaType":
		c.text = canonical(e.Value)
	case "uniqueItems":
		if c.text = canonical(e.Value); c.text == "false" {
			return nil
		}
	case "not", "contains", "propertyNames", "prefixItems", "items", "additionalItems", "unevaluatedItems":
		var err error
		if c.text, err = x.spelled(place{p.doc, e.Value}, 0); err != nil {
			return err
		}
	default:
		return nil
	}
	into.conditions = append(into.conditions, c)
	return nil
}
