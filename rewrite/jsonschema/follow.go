package jsonschema

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/jsontext"
)

// problem is why a change is not followed.
type problem struct{ code, message, todo string }

// task is a change that gives mentions a new text.
type task struct {
	change  rewrite.Change
	hits    []hit
	problem problem
}

// follow decides about all changes. Those that give new texts are decided together, since they may share mentions.
func (w *work) follow() {
	var tasks []*task
	for _, c := range w.req.Mapping.Changes {
		switch c.Kind {
		case rewrite.RenameField, rewrite.RenameEnum:
			t := &task{change: c, hits: w.about(c)}
			t.problem = w.hinders(t)
			tasks = append(tasks, t)
		case rewrite.RenameDataset, rewrite.ReplaceDataset:
			w.dataset(c)
		case rewrite.Reshape:
			w.added(c)
		case rewrite.Cast, rewrite.DropField, rewrite.Review:
			w.decide(c)
		}
		w.unknown(c)
	}
	spread(tasks)
	for _, t := range tasks {
		w.settle(t)
	}
}

// about returns the mentions that a change is about.
func (w *work) about(c rewrite.Change) []hit {
	if c.Kind != rewrite.RenameEnum {
		return hits(w.names[last(c.From)], c.Dataset, bare(c.From))
	}
	if found := hits(w.values[c.OldValue], c.Dataset, bare(c.From)); found != nil {
		return found
	}
	return hits(w.values[jsontext.Quote(c.OldValue)], c.Dataset, bare(c.From))
}

// spread hinders every change that shares a mention with one that is hindered.
func spread(tasks []*task) {
	stuck := map[*mention]bool{}
	for changed := true; changed; {
		changed = false
		for _, t := range tasks {
			if t.problem.code == "" && slices.ContainsFunc(t.hits, func(h hit) bool { return stuck[h.mention] }) {
				t.problem = shared()
			}
			for _, h := range t.hits {
				if t.problem.code != "" && !stuck[h.mention] {
					stuck[h.mention], changed = true, true
				}
			}
		}
	}
}

func shared() problem {
	return problem{"shared_type", "Several properties share this schema, and the change is about some of them only.", "Give the changed one a schema of its own."}
}

// settle edits or refuses what a change is about.
func (w *work) settle(t *task) {
	for _, l := range w.outside(t.change) {
		w.refuse(t.change, l.node, elsewhere())
	}
	for _, h := range t.hits {
		if t.problem.code != "" {
			w.refuse(t.change, h.node, t.problem)
			continue
		}
		w.edit(t.change, h.node, w.text(t.change, h.node))
		if t.change.Kind == rewrite.RenameField {
			w.beside(t.change, h.at.spot)
		}
	}
}

// beside refuses what names the property and does not follow by itself.
func (w *work) beside(c rewrite.Change, at *spot) {
	for _, n := range at.held[last(c.From)] {
		w.refuse(c, n, problem{"value_holds_it", "A value that is written here has the property.", "Write the value as it is to be now."})
	}
	w.foreign(c, at)
	for _, s := range at.below {
		w.foreign(c, s)
	}
}

// foreign refuses what keywords of other tools say at a spot.
func (w *work) foreign(c rewrite.Change, at *spot) {
	for _, n := range at.foreign[last(c.From)] {
		w.refuse(c, n, problem{"foreign_keyword", "A keyword of another tool has this name, and may mean the property.", "Write the new name here if it does."})
	}
}

func elsewhere() problem {
	return problem{"unknown_type", "This part of the schema is declared in another file, which may name what changed.", "Change the file that declares it, and this one with it."}
}

// outside returns the references out of the file that stand on a change's way.
func (w *work) outside(c rewrite.Change) (out []leaving) {
	path := bare(c.From)
	for _, l := range w.leaving {
		for end := range len(path) + 1 {
			ends := end == 0 || end == len(path) && c.Kind == rewrite.RenameEnum || end < len(path) && path[end] == '.'
			if ends && l.way.of.dataset == c.Dataset && l.way.matches(path[:end]) {
				out = append(out, l)
				break
			}
		}
	}
	return out
}

// hinders says why mentions cannot have the new text, with an empty code when they can.
func (w *work) hinders(t *task) problem {
	c := t.change
	switch {
	case len(t.hits) == 0:
		return problem{}
	case w.chained(c):
		return problem{"chained_names", "The new name is also the old one of another change here, and nothing in the schema would tell what is done.", "Rename them by hand, in one commit."}
	case len(w.outside(c)) > 0:
		return elsewhere()
	case slices.ContainsFunc(t.hits, func(h hit) bool { return !w.covered(c, h.mention) }):
		return shared()
	case c.Kind == rewrite.RenameEnum:
		return w.hindersValue(t)
	}
	return w.hindersName(t)
}

func (w *work) hindersValue(t *task) problem {
	for _, h := range t.hits {
		if _, ok := valueText(t.change.NewValue, h.node); !ok {
			return problem{"value_kind", "The new value looks like one of another kind.", "Write the value as it stands in the documents."}
		}
		if len(h.at.spot.values[t.change.NewValue]) > 0 {
			return problem{"name_taken", "The value " + t.change.NewValue + " is here already.", "Remove one of the two."}
		}
	}
	return problem{}
}

func (w *work) hindersName(t *task) problem {
	c, from, to := t.change, last(t.change.From), last(t.change.To)
	after, _ := w.req.Column(c.Dataset, c.To, true)
	switch {
	case !w.req.Mapping.InPlace(c):
		return problem{"moved", "The property is in another object now.", "Move it by hand."}
	case after.Label == from:
		return problem{"json_name_kept", "The dataset keeps this name in JSON.", "Look at the documents: where they keep it, nothing is to do."}
	}
	for _, h := range t.hits {
		s := h.at.spot
		switch {
		case len(s.names[to]) > 0:
			return problem{"name_taken", "This object has a property " + to + " already.", "Remove one of the two."}
		case slices.ContainsFunc(s.patterns, func(p *jsontext.Node) bool { return tells(p.Text, from, to) }):
			return problem{"name_pattern", "Conditions on the names of properties stand here, which may take one name and not the other.", "Rename the property together with them."}
		case c.Coexists && len(s.closed) > 0:
			return problem{"closed_object", "Documents have both names for now, and this schema takes no names that it does not list.", "List both names as long as both are there."}
		}
	}
	return problem{}
}

// tells reports whether a pattern may tell two names apart. propertyNames, which is no pattern, does.
func tells(pattern, a, b string) bool {
	re, err := regexp.Compile(pattern)
	return pattern == "propertyNames" || err != nil || re.MatchString(a) != re.MatchString(b)
}

// covered reports whether changes alike are about a mention on all its ways.
func (w *work) covered(c rewrite.Change, m *mention) bool {
	return !slices.ContainsFunc(m.seen, func(s sighting) bool {
		return !slices.ContainsFunc(w.req.Mapping.Changes, func(o rewrite.Change) bool {
			return o.Kind == c.Kind && o.Dataset == s.way.of.dataset && last(o.To) == last(c.To) && o.OldValue == c.OldValue && o.NewValue == c.NewValue && s.way.matches(bare(o.From))
		})
	})
}

// chained reports whether another change goes on from where this one ends, or ends where it begins.
func (w *work) chained(c rewrite.Change) bool {
	return slices.ContainsFunc(w.req.Mapping.Changes, func(o rewrite.Change) bool {
		if o.Kind != c.Kind || o.Dataset != c.Dataset {
			return false
		}
		if c.Kind == rewrite.RenameEnum {
			return bare(o.From) == bare(c.From) && (o.OldValue == c.NewValue || o.NewValue == c.OldValue)
		}
		return above(o.From) == above(c.From) && (last(o.From) == last(c.To) || last(o.To) == last(c.From))
	})
}

// above is the path of the object that has a property.
func above(path string) string { return strings.TrimSuffix(bare(path), last(path)) }

// text is what a mention becomes.
func (w *work) text(c rewrite.Change, n *jsontext.Node) string {
	if c.Kind == rewrite.RenameEnum {
		text, _ := valueText(c.NewValue, n)
		return text
	}
	return jsontext.Quote(last(c.To))
}

// valueText writes a value of an enum in place of another one; false when it is not certain which kind it is of.
func valueText(v string, old *jsontext.Node) (string, bool) {
	text := json.Valid([]byte(v)) && v[0] == '"'
	switch {
	case !old.Is('"'):
		return v, json.Valid([]byte(v)) && !text
	case text:
		return v, true
	}
	return jsontext.Quote(v), !literal(v)
}
