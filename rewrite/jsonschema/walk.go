package jsonschema

import (
	"errors"
	"strconv"

	"github.com/skein-bot/skein/rewrite/jsontext"
)

// maxSteps is how many schemas are looked at, those behind a reference each time that it is followed.
const maxSteps = 100_000

var errSteps = errors.New("with what its references lead to it has more than " + strconv.Itoa(maxSteps) + " parts")

// subject is a schema that describes the documents of a dataset, or of nothing that is known.
type subject struct {
	dataset string
	node    *jsontext.Node
	token   *jsontext.Node // what stands for it: its title, its id, or its key
	names   []string
	spot    *spot
}

// step is the way to a place of a document, told from its end.
type step struct {
	up   *step
	kind kind
	name string
	of   *subject
}

type kind byte

const (
	start       kind = iota
	property         // a path must name it
	alternative      // a path may name it: of a union
	value            // of a map: no path leads further
)

// spot is a place of documents, and all that the schema says about it at once.
type spot struct {
	below    map[string]*spot
	items    *spot
	rest     *spot
	names    map[string][]*mention       // properties that are spoken of
	values   map[string][]*mention       // of an enum
	held     map[string][]*jsontext.Node // properties in defaults and constants
	foreign  map[string][]*jsontext.Node // texts under keywords of other tools
	patterns []*jsontext.Node            // of names
	closed   []*jsontext.Node            // nothing else may stand here
}

// mention is a text of the file that is a property's name or an enum's value, with all the ways that lead to it.
type mention struct {
	node *jsontext.Node
	seen []sighting
}

type sighting struct {
	way  *step // to the property, or to the place that has the value
	spot *spot // that has the property, or the value
}

// leaving is a reference that leads out of the file.
type leaving struct {
	node *jsontext.Node
	way  *step
}

// walker goes through the schemas of a file.
type walker struct {
	doc      *document
	mentions map[*jsontext.Node]*mention
	names    map[string][]*mention // of properties
	values   map[string][]*mention // of enums
	leaving  []leaving
	subjects map[*jsontext.Node]*subject
	open     map[*jsontext.Node]bool
	steps    int
}

func newWalker(d *document) *walker {
	return &walker{doc: d, mentions: map[*jsontext.Node]*mention{}, names: map[string][]*mention{}, values: map[string][]*mention{},
		subjects: map[*jsontext.Node]*subject{}, open: map[*jsontext.Node]bool{}}
}

// walk goes through one subject.
func (w *walker) walk(s *subject) {
	s.spot = &spot{}
	way := &step{kind: start, of: s}
	if t := s.node.At("type").Word(); t != "" && t != "object" || s.node.At("enum") != nil {
		way = &step{up: way, kind: alternative, name: "value", of: s} // so the model calls what is no record
	}
	w.schema(s.node, s.spot, way)
}

// schema notes what one schema says about a spot. One that is around itself ends there.
func (w *walker) schema(n *jsontext.Node, at *spot, way *step) {
	if w.enough() || !n.Is('{') || w.open[n] {
		return
	}
	if s := w.subjects[n]; s != nil && s.dataset != "" && way.of.dataset == "" {
		return // a dataset in an envelope that is none
	}
	w.open[n] = true
	defer delete(w.open, n)
	for _, key := range []string{"$ref", "$dynamicRef", "$recursiveRef"} {
		ref := n.At(key)
		if !ref.Is('"') {
			continue
		}
		if to := w.doc.follow(n, ref.Text); to != nil {
			w.schema(to, at, way)
		} else {
			w.leaving = append(w.leaving, leaving{ref, way})
		}
		if w.doc.alone && key == "$ref" {
			return
		}
	}
	for i := range n.Keys {
		w.keyword(n, &n.Keys[i], &n.Items[i], at, way)
	}
}

// enough counts what is looked at, and reports when that is more than any honest schema has.
func (w *walker) enough() bool {
	w.steps++
	return w.steps > maxSteps
}

// keyword notes one keyword of a schema.
func (w *walker) keyword(n, key, v *jsontext.Node, at *spot, way *step) {
	switch key.Text {
	case "properties":
		w.properties(v, at, way.within(n, "object"))
	case "required":
		w.listed(v, at, way.within(n, "object"))
	case "dependentRequired", "dependentSchemas", "dependencies":
		w.dependent(v, at, way, way.within(n, "object"))
	case "patternProperties":
		for i := range v.Keys {
			at.patterns = append(at.patterns, &v.Keys[i])
			w.schema(&v.Items[i], at.other(), &step{up: way, kind: value, of: way.of})
		}
	case "additionalProperties", "unevaluatedProperties":
		if !v.Is('{') && !v.Is('"') && !v.Is('[') && v.End-v.Start == len("false") {
			at.closed = append(at.closed, v)
		}
		w.schema(v, at.other(), &step{up: way, kind: value, of: way.of})
	case "propertyNames":
		at.patterns = append(at.patterns, key)
	case "items", "prefixItems", "additionalItems", "unevaluatedItems", "contains":
		w.each(v, at.element(), way.within(n, "array"))
	default:
		w.furtherKeyword(key, v, at, way)
	}
}

func (w *walker) furtherKeyword(key, v *jsontext.Node, at *spot, way *step) {
	switch key.Text {
	case "allOf", "not", "if", "then", "else":
		w.each(v, at, way)
	case "anyOf", "oneOf":
		names := alternatives(v.List())
		for i := range v.List() {
			w.schema(&v.Items[i], at, &step{up: way, kind: alternative, name: names[i], of: way.of})
		}
	case "enum":
		for i := range v.List() {
			w.constant(&v.Items[i], at, way)
		}
	case "const", "default":
		w.constant(v, at, way)
	case "title", "description", "$comment", "examples", "example", "$schema", "$id", "id", "$ref", "$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$vocabulary",
		"$defs", "definitions", "type", "format", "pattern", "contentEncoding", "contentMediaType", "contentSchema", "deprecated", "readOnly", "writeOnly":
	default:
		w.tool(v, at)
	}
}

// within adds the word by which a path tells one of several types.
func (s *step) within(n *jsontext.Node, word string) *step {
	if len(n.At("type").List()) < 2 {
		return s
	}
	return &step{up: s, kind: alternative, name: word, of: s.of}
}

// each notes a schema, or a list of them.
func (w *walker) each(v *jsontext.Node, at *spot, way *step) {
	w.schema(v, at, way)
	for i := range v.List() {
		w.schema(&v.Items[i], at, way)
	}
}

// alternatives are called by their reference, title or type, as the model calls them, and numbered from the second.
func alternatives(list []jsontext.Node) []string {
	var out []string
	seen := map[string]int{}
	for i := range list {
		name := list[i].At("type").Word()
		if title := list[i].At("title").Word(); title != "" {
			name = title
		}
		if ref := list[i].At("$ref").Word(); ref != "" {
			name = lastPart(ref)
		}
		if seen[name]++; seen[name] > 1 {
			name += strconv.Itoa(seen[name])
		}
		out = append(out, name)
	}
	return out
}

func (w *walker) properties(v *jsontext.Node, at *spot, way *step) {
	for i := range v.Keys {
		name := v.Keys[i].Text
		w.schema(&v.Items[i], at.child(name), w.name(&v.Keys[i], at, way))
	}
}

// listed notes a list of names.
func (w *walker) listed(v *jsontext.Node, at *spot, way *step) {
	for i := range v.List() {
		if v.Items[i].Is('"') {
			w.name(&v.Items[i], at, way)
		}
	}
}

// dependent notes what holds where a property is there: further names, or a schema.
func (w *walker) dependent(v *jsontext.Node, at *spot, way, inside *step) {
	for i := range v.Keys {
		w.name(&v.Keys[i], at, inside)
		w.listed(&v.Items[i], at, inside)
		w.schema(&v.Items[i], at, way)
	}
}

// name notes a mention of a property, and returns the way to it.
func (w *walker) name(n *jsontext.Node, at *spot, way *step) *step {
	way = &step{up: way, kind: property, name: n.Text, of: way.of}
	if w.enough() {
		return way
	}
	if at.names == nil {
		at.names = map[string][]*mention{}
	}
	m, fresh := w.mention(n)
	if fresh {
		w.names[n.Text] = append(w.names[n.Text], m)
	}
	m.seen = append(m.seen, sighting{way, at})
	at.names[n.Text] = append(at.names[n.Text], m)
	return way
}

func (w *walker) mention(n *jsontext.Node) (m *mention, fresh bool) {
	if m = w.mentions[n]; m == nil {
		m, fresh = &mention{node: n}, true
		w.mentions[n] = m
	}
	return m, fresh
}

// constant notes a value of documents: one of an enum, or the properties of one that is an object.
func (w *walker) constant(n *jsontext.Node, at *spot, way *step) {
	if w.enough() {
		return
	}
	switch n.Kind {
	case '{':
		for i := range n.Keys {
			if at.held == nil {
				at.held = map[string][]*jsontext.Node{}
			}
			at.held[n.Keys[i].Text] = append(at.held[n.Keys[i].Text], &n.Keys[i])
			w.constant(&n.Items[i], at.child(n.Keys[i].Text), &step{up: way, kind: property, name: n.Keys[i].Text, of: way.of})
		}
	case '[':
		for i := range n.Items {
			w.constant(&n.Items[i], at.element(), way)
		}
	default:
		text := w.doc.spelled(n)
		m, fresh := w.mention(n)
		if fresh {
			w.values[text] = append(w.values[text], m)
		}
		m.seen = append(m.seen, sighting{way, at})
		if at.values == nil {
			at.values = map[string][]*mention{}
		}
		at.values[text] = append(at.values[text], m)
	}
}

// tool notes the texts under a keyword that is not JSON Schema's.
func (w *walker) tool(v *jsontext.Node, at *spot) {
	if w.enough() {
		return
	}
	if at.foreign == nil {
		at.foreign = map[string][]*jsontext.Node{}
	}
	if v.Is('"') {
		at.foreign[v.Text] = append(at.foreign[v.Text], v)
	}
	for i := range v.Keys {
		at.foreign[v.Keys[i].Text] = append(at.foreign[v.Keys[i].Text], &v.Keys[i])
	}
	for i := range v.Items {
		w.tool(&v.Items[i], at)
	}
}

func (s *spot) child(name string) *spot {
	if s.below == nil {
		s.below = map[string]*spot{}
	}
	if s.below[name] == nil {
		s.below[name] = &spot{}
	}
	return s.below[name]
}

func (s *spot) element() *spot {
	if s.items == nil {
		s.items = &spot{}
	}
	return s.items
}

func (s *spot) other() *spot {
	if s.rest == nil {
		s.rest = &spot{}
	}
	return s.rest
}
