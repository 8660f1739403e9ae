package config

import (
	"fmt"
	"slices"
	"strings"
)

// What no single value shows.

func checkSchemaRef(r *reader, n *node, s *SchemaRef) {
	switch s.Format {
	case "avro", "protobuf", "jsonschema":
		if s.Dialect != "" {
			r.errorf(n.at("dialect").pos, Contradiction, "dialect: %s files have no SQL dialect", s.Format)
		}
	}
}

func checkDataset(r *reader, n *node, d *Dataset) {
	if n.at("consumers") == nil {
		d.Consumers = []ConsumerRef{{Org: true, Pos: n.pos}}
	}
	if d.Replaces != nil && d.Replaces.Dataset == d.Name {
		r.errorf(n.at("replaces").at("dataset").pos, Contradiction, "%s cannot replace itself", quoted(d.Name))
	}
	if strings.HasSuffix(d.Name, ".*") {
		checkWildcard(r, n, d)
	}
	seen := map[string]int{}
	for _, c := range d.Consumers {
		name := "org"
		if !c.Org {
			name = strings.ToLower(c.Repo.String())
		}
		if line, twice := seen[name]; twice {
			r.errorf(c.Pos, Duplicate, "consumers: %s stands in the list twice; first on line %d", quoted(name), line)
			continue
		}
		seen[name] = c.Pos.Line
	}
}

// checkWildcard refuses what can only be true of one dataset.
func checkWildcard(r *reader, n *node, d *Dataset) {
	if d.Schema.Table != "" {
		r.errorf(n.at("schema").at("table").pos, Contradiction, "table: %s declares every table of the file, so none can be named", quoted(d.Name))
	}
	if n.at("replaces") != nil {
		r.errorf(n.at("replaces").pos, Contradiction, "replaces: %s declares several datasets, and only one can take another's place", quoted(d.Name))
	}
	for _, a := range n.all("aliases", "*") {
		if !strings.HasSuffix(a.text, ".*") {
			r.errorf(a.pos, Contradiction, "aliases: %s would name every table of %s; end it in \".*\"", quoted(a.text), quoted(d.Name))
		}
	}
}

func checkRename(r *reader, n *node, c *Rename) {
	field, values := n.at("from") != nil || n.at("to") != nil, n.at("field") != nil || n.at("enum") != nil
	switch {
	case field && values:
		r.errorf(n.pos, Contradiction, "renames: \"from\" and \"to\" rename a field, \"field\" and \"enum\" its values; write two entries")
	case !field && !values:
		r.errorf(n.pos, MissingKey, "renames: say \"from\" and \"to\", or \"field\" and \"enum\"")
	case field:
		r.pair(n, "from", "to")
	case values:
		r.pair(n, "field", "enum")
	}
	if c.From != "" && c.From == c.To {
		r.errorf(n.at("to").pos, Contradiction, "to: the field has this name already")
	}
	if e := n.at("enum"); e != nil {
		for _, v := range e.entries {
			if v.value.kind == text && v.key.text == v.value.text {
				r.errorf(v.value.pos, Contradiction, "enum: %s keeps its name", quoted(v.key.text))
			}
		}
	}
}

// pair reports the one of two keys that is missing.
func (r *reader) pair(n *node, a, b string) {
	for _, name := range []string{a, b} {
		if n.at(name) == nil {
			r.errorf(n.pos, MissingKey, "%s: key %q is missing", r.label(), name)
		}
	}
}

func checkRollout(r *reader, n *node, o *Rollout) {
	for _, s := range n.all("watch", "signals", "*") {
		if slices.Contains(o.Merge.Ignore, s.text) {
			r.errorf(s.pos, Contradiction, "signals: %s is under \"ignore\" too, so it cannot prove anything", quoted(s.text))
		}
	}
	if n.at("order") != nil && o.Waves != nil {
		r.errorf(n.at("order").pos, Contradiction, "order: the graph decides about the waves, or the list under \"waves\" does; not both")
	}
}

func checkChecks(r *reader, n *node, m *MergeRules) {
	for _, name := range n.all("require", "*") {
		if name.text == "skein" {
			r.errorf(name.pos, Contradiction, "require: %s is Skein's own check, which waits for the others", quoted(name.text))
		}
	}
	for _, i := range n.all("ignore", "*") {
		if slices.Contains(m.Require, i.text) {
			r.errorf(i.pos, Contradiction, "ignore: %s is required too", quoted(i.text))
		}
	}
	if m.None != nil && *m.None && len(m.Require) > 0 {
		r.errorf(n.at("none").pos, Contradiction, "none: the repository has no checks, but %s is required", quoted(m.Require[0]))
	}
}

func checkWaves(r *reader, n *node, ws *[]Wave) {
	if len(*ws) == 0 && len(n.items) == 0 {
		r.errorf(n.pos, OutOfRange, "waves: the list is empty; leave the key out for one wave")
	}
	names, percent := map[string]int{}, 0
	var rest *Wave
	for i := range *ws {
		w := &(*ws)[i]
		if line, twice := names[w.Name]; twice {
			r.errorf(w.Pos, Duplicate, "waves: two have the name %s; the first is on line %d", quoted(w.Name), line)
		}
		names[w.Name] = w.Pos.Line
		if rest != nil {
			r.errorf(w.Pos, Contradiction, "waves: %s on line %d takes every repository that is left, so none gets to %s; put it last",
				quoted(rest.Name), rest.Pos.Line, quoted(w.Name))
			rest = nil
		}
		if w.takesAll() && i < len(*ws)-1 {
			rest = w
		}
		percent += w.Percent
		if percent > 100 && percent-w.Percent <= 100 {
			r.errorf(w.Pos, Contradiction, "waves: the percentages add up to %d with %s; at most 100", percent, quoted(w.Name))
		}
	}
	checkWaveRepos(r, n)
}

func (w Wave) takesAll() bool {
	return len(w.Repos)+len(w.Topics)+len(w.Owners) == 0 && (w.Percent == 0 || w.Percent == 100)
}

// checkWaveRepos reports repositories that an earlier wave has already.
func checkWaveRepos(r *reader, n *node) {
	first := map[string]*node{}
	for _, wave := range n.items {
		for _, name := range wave.all("repos", "*") {
			key := strings.ToLower(name.text)
			if earlier := first[key]; earlier != nil && earlier != wave {
				r.warnf(name.pos, NoEffect, "repos: an earlier wave, on line %d, takes %s", earlier.pos.Line, quoted(name.text))
			}
			first[key] = wave
		}
	}
}

func checkRepo(r *reader, n *node, c *Repo) {
	checkNames(r, n)
	checkReplaced(r, c)
	for _, section := range []string{"renames", "casts", "drops"} {
		checkDeclared(r, n, section)
	}
	checkRenames(r, c)
	checkOnce(r, n, "casts", "field")
	checkOnce(r, n, "drops", "field")
	checkDropped(r, c)
	checkConsumes(r, n)
	checkEffect(r, n)
}

// checkNames makes sure that a name leads to one dataset.
func checkNames(r *reader, n *node) {
	type claim struct {
		by   *node // the dataset
		at   *node
		what string
	}
	claims := map[string]claim{}
	take := func(dataset, at *node, what string) {
		if at == nil || at.kind != text {
			return
		}
		first, taken := claims[at.text]
		switch {
		case !taken:
			claims[at.text] = claim{dataset, at, what}
		case first.by == dataset && what == "name":
		case first.by == dataset && first.what == "name":
			r.errorf(at.pos, Duplicate, "aliases: %s is the dataset's own name", quoted(at.text))
		case first.by == dataset: // the list's own check has said so
		default:
			r.errorf(at.pos, Duplicate, "%s is the %s of another dataset already, on line %d", quoted(at.text), first.what, first.at.pos.Line)
		}
	}
	for _, d := range n.all("datasets", "*") {
		take(d, d.at("name"), "name")
	}
	for _, d := range n.all("datasets", "*") {
		for _, a := range d.all("aliases", "*") {
			take(d, a, "alias")
		}
	}
}

// checkReplaced refuses datasets that replace each other in a circle, and two that replace one.
func checkReplaced(r *reader, c *Repo) {
	by := map[string]string{}
	for _, d := range c.Datasets {
		if d.Replaces == nil || d.Replaces.Dataset == d.Name {
			continue
		}
		if other, taken := by[d.Replaces.Dataset]; taken {
			r.errorf(d.Replaces.Pos, Duplicate, "replaces: %s is replaced by %s already", quoted(d.Replaces.Dataset), quoted(other))
			continue
		}
		by[d.Replaces.Dataset] = d.Name
		for at, steps := by[d.Name], 0; at != "" && steps <= len(by); at, steps = by[at], steps+1 {
			if at == d.Name {
				r.errorf(d.Replaces.Pos, Contradiction, "replaces: %s and %s replace each other", quoted(d.Name), quoted(d.Replaces.Dataset))
				break
			}
		}
	}
}

// checkDeclared makes sure that a section speaks of this file's datasets.
func checkDeclared(r *reader, n *node, section string) {
	var declared []string
	for _, name := range n.all("datasets", "*", "name") {
		declared = append(declared, name.text)
	}
	for _, d := range n.all(section, "*", "dataset") {
		if r.full() {
			return
		}
		if d.kind != text || slices.ContainsFunc(declared, func(name string) bool { return covers(name, d.text) }) {
			continue
		}
		hint := didYouMean(d.text, declared[:min(len(declared), enough)])
		if hint == "" && len(declared) > 0 && len(declared) <= 8 {
			hint = "; declared are " + listed(declared)
		}
		r.errorf(d.pos, Undeclared, "%s: this file declares no dataset %s%s", section, quoted(d.text), hint)
	}
}

// covers reports whether a declared name, which may end in a star, stands for a dataset.
func covers(declared, name string) bool {
	if prefix, ok := strings.CutSuffix(declared, "*"); ok {
		return strings.HasPrefix(name, prefix) && len(name) > len(prefix)
	}
	return declared == name
}

// checkRenames refuses two renames of one field, and two to one name.
func checkRenames(r *reader, c *Repo) {
	from, to := map[string]int{}, map[string]int{}
	for _, e := range c.Renames {
		what := e.From
		if what == "" {
			what = e.Field
		}
		id := fmt.Sprintf("%s\x00%s\x00%t", e.Dataset, what, e.From == "")
		if line, twice := from[id]; twice {
			r.errorf(e.Pos, Duplicate, "renames: %s of %s stands here twice; first on line %d", quoted(what), quoted(e.Dataset), line)
		}
		from[id] = e.Pos.Line
		if e.To == "" {
			continue
		}
		id = e.Dataset + "\x00" + e.To
		if line, twice := to[id]; twice {
			r.errorf(e.Pos, Contradiction, "renames: two fields of %s become %s; the other is on line %d", quoted(e.Dataset), quoted(e.To), line)
		}
		to[id] = e.Pos.Line
	}
}

// checkOnce refuses two entries of a section for one field.
func checkOnce(r *reader, n *node, section, field string) {
	first := map[string]int{}
	for _, e := range n.all(section, "*") {
		dataset, f := e.at("dataset"), e.at(field)
		if dataset == nil || f == nil {
			continue
		}
		id := dataset.text + "\x00" + f.text
		if line, twice := first[id]; twice {
			r.errorf(f.pos, Duplicate, "%s: %s of %s stands here twice; first on line %d", section, quoted(f.text), quoted(dataset.text), line)
			continue
		}
		first[id] = f.pos.Line
	}
}

// checkDropped refuses a field that is dropped and also renamed or cast.
func checkDropped(r *reader, c *Repo) {
	kept := map[string]string{}
	for _, e := range c.Renames {
		kept[e.Dataset+"\x00"+e.From] = fmt.Sprintf("renamed on line %d", e.Pos.Line)
	}
	for _, e := range c.Casts {
		kept[e.Dataset+"\x00"+e.Field] = fmt.Sprintf("cast on line %d", e.Pos.Line)
	}
	for _, d := range c.Drops {
		if how, both := kept[d.Dataset+"\x00"+d.Field]; both {
			r.errorf(d.Pos, Contradiction, "drops: %s is %s; it cannot be dropped too", quoted(d.Field), how)
		}
	}
}

// checkConsumes reports a dataset whose paths are declared in two entries with the same paths.
func checkConsumes(r *reader, n *node) {
	first := map[string]int{}
	for _, e := range n.all("consumes", "*") {
		dataset := e.at("dataset")
		if dataset == nil {
			continue
		}
		words := []string{dataset.text}
		for _, p := range e.all("paths", "*") {
			words = append(words, p.text)
		}
		id := strings.Join(words, "\x00")
		if line, twice := first[id]; twice {
			r.errorf(e.pos, Duplicate, "consumes: %s is declared with the same paths on line %d", quoted(dataset.text), line)
			continue
		}
		first[id] = e.pos.Line
	}
}

// checkEffect warns of what only the owner of a dataset decides.
func checkEffect(r *reader, n *node) {
	if n.at("datasets") != nil {
		return
	}
	if n.at("consumes") == nil && n.at("rollout") == nil && n.at("ignore") == nil && n.at("permissions") == nil {
		r.warnf(n.pos, NoEffect, "the file declares no datasets, consumes none and sets nothing")
	}
	for _, path := range [][]string{{"impact"}, {"visibility"}, {"rollout", "waves"}, {"rollout", "settle"}, {"rollout", "strategy"}} {
		if at := n.all(path...); len(at) > 0 {
			r.warnf(at[0].pos, NoEffect, "%s: only a repository with datasets decides this; it changes nothing here", path[len(path)-1])
		}
	}
}
