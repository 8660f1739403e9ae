package jsonschema

import (
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/schema/tree"
)

// A condition may hold several that are independent of each other. They are entered one by one, so that a change is told
// of the one that changed, at its place, and a new one among them is known to make the set of documents smaller.

// maxGiven is how long an if may be to stand beside each condition of its branches, which are many.
const maxGiven = 1 << 10

// branches enters what then and else ask for, and an if for what it speaks of.
func (x *expander) branches(into *merged, p place) error {
	given, err := x.spelled(place{p.doc, p.node.At("if")}, 0)
	if err != nil {
		return err
	}
	into.conditions = append(into.conditions, condition{name: "if", text: given, pos: p.node.Key("if").Pos, free: true})
	for _, b := range []struct{ keyword, given string }{{"then", "if " + given}, {"else", "if not " + given}} {
		key := p.node.Key(b.keyword)
		if key == nil {
			continue
		}
		from := len(into.conditions)
		enter := x.asked
		if len(given) > maxGiven {
			enter = x.named
		}
		if err := enter(into, place{p.doc, p.node.At(b.keyword)}, b.keyword, key); err != nil {
			return err
		}
		for i := range into.conditions[from:] {
			c := &into.conditions[from+i]
			c.text = strings.TrimSpace(c.text + " " + b.given)
		}
	}
	return nil
}

// asked enters each keyword of a schema by itself, and each name below properties and required, where no keyword depends
// on another.
func (x *expander) asked(into *merged, p place, name string, key *tree.Node) error {
	if !p.node.Is(tree.Map) || dependent(p.node) {
		return x.named(into, p, name, key)
	}
	for _, e := range p.node.Entries {
		if !asserts(e.Key.Text) {
			continue
		}
		if err := x.askedEntry(into, p, name+" "+e.Key.Text, e); err != nil {
			return err
		}
	}
	return nil
}

func (x *expander) askedEntry(into *merged, p place, name string, e tree.Entry) error {
	switch {
	case e.Key.Text == "properties" && e.Value.Is(tree.Map):
		for _, one := range e.Value.Entries {
			if err := x.named(into, place{p.doc, one.Value}, name+" "+one.Key.Text, one.Key); err != nil {
				return err
			}
		}
		return nil
	case e.Key.Text == "required" && e.Value.Is(tree.List):
		for _, one := range e.Value.Items {
			into.conditions = append(into.conditions, condition{name: name + " " + one.Text, pos: one.Pos})
		}
		return nil
	}
	text, err := x.spelledEntry(p, e, 0)
	text = strings.TrimPrefix(text, strconv.Quote(e.Key.Text)+":")
	into.conditions = append(into.conditions, condition{name: name, text: text, pos: e.Key.Pos})
	return err
}

// named enters a whole schema as one condition.
func (x *expander) named(into *merged, p place, name string, key *tree.Node) error {
	text, err := x.spelled(p, 0)
	into.conditions = append(into.conditions, condition{name: name, text: text, pos: key.Pos, free: text == "true" || text == "{}"})
	return err
}

// counts reports whether a condition can make a value valid or not. One that any value meets does where what nothing
// speaks of is limited, and it speaks of something; so does one of an if that is alone.
func (m *merged) counts(c condition) bool { return !c.free || m.admits(c) }

// admits reports whether what a condition speaks of is let through by that. One that only requires a name does no such
// thing.
func (m *merged) admits(c condition) bool {
	keyword, rest, _ := strings.Cut(c.name, " ")
	switch keyword {
	case "then", "else":
		return m.leftover && !strings.HasPrefix(rest, "required ")
	case "if", "anyOf", "oneOf", "patternProperties", "dependentSchemas", "dependencies", "contains", "prefixItems", "items", "additionalItems":
		return m.leftover || c.admits
	}
	return false
}

// dependent reports whether a keyword of the schema looks at what others leave over, or stands for a whole schema.
func dependent(n *tree.Node) bool {
	for _, keyword := range []string{"$ref", "$dynamicRef", "$recursiveRef", "if", "additionalProperties", "patternProperties", "unevaluatedProperties",
		"items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"} {
		if n.At(keyword) != nil {
			return true
		}
	}
	return false
}

// tuple enters elements told one by one, each by its place from 0.
func (x *expander) tuple(into *merged, p place, e tree.Entry) error {
	from := len(into.conditions)
	for i, one := range e.Value.Items {
		if err := x.named(into, place{p.doc, one}, e.Key.Text+" "+strconv.Itoa(i), one); err != nil {
			return err
		}
	}
	if limited(p.node, "items", "additionalItems") {
		into.admit(from)
	}
	return nil
}

// limited reports whether one of the keywords says something about what is left over. A list under items is no such thing.
func limited(n *tree.Node, keywords ...string) bool {
	for _, keyword := range keywords {
		rest := n.At(keyword)
		if rest != nil && !rest.Is(tree.List) && !(rest.Is(tree.Bool) && rest.Text == "true") {
			return true
		}
	}
	return false
}
