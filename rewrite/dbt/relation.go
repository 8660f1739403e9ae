package dbt

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
)

// relation is what ref and source name.
type relation struct {
	source  string // of source('source', 'name')
	pkg     string // of ref('pkg', 'name')
	name    string
	version string
	raw     string        // the call as it is written, without spaces
	args    []*jinja.Expr // the literals, in order
	start   int
	end     int
}

// relationOf reads a call of ref or source with literal arguments; nil for anything else.
func relationOf(e *jinja.Expr) *relation {
	fn := strings.TrimPrefix(e.Callee(), "builtins.")
	if fn != "ref" && fn != "source" {
		return nil
	}
	r := &relation{start: e.Start, end: e.End}
	for _, a := range e.Args {
		switch {
		case a.Name == "" && a.Value.Kind == jinja.String:
			r.args = append(r.args, a.Value)
		case a.Name == "v" || a.Name == "version":
			if r.version = a.Value.Text; r.version == "" {
				return nil
			}
		default:
			return nil
		}
	}
	switch n := len(r.args); {
	case fn == "source" && n == 2:
		r.source, r.name = r.args[0].Text, r.args[1].Text
	case fn == "ref" && n == 1:
		r.name = r.args[0].Text
	case fn == "ref" && n == 2:
		r.pkg, r.name = r.args[0].Text, r.args[1].Text
	default:
		return nil
	}
	return r
}

// relationIn reads text such as ref('x') or {{ source("a", "b") }}; nil for other names.
func relationIn(text string) *relation {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{{") && strings.HasSuffix(text, "}}") {
		text = strings.Trim(text[2:len(text)-2], "-+ \t\r\n")
	}
	if !strings.HasPrefix(text, "ref") && !strings.HasPrefix(text, "source") {
		return nil
	}
	return relationOf(jinja.Expression([]byte(text), 0, len(text)))
}

// String is the call in the one spelling that names are compared in.
func (r *relation) String() string {
	var parts []string
	for _, s := range [...]string{r.source, r.pkg, r.name} {
		if s != "" {
			parts = append(parts, "'"+s+"'")
		}
	}
	if r.version != "" {
		parts = append(parts, "v="+r.version)
	}
	if r.source != "" {
		return "source(" + strings.Join(parts, ",") + ")"
	}
	return "ref(" + strings.Join(parts, ",") + ")"
}

// certainty is how sure it is that a relation is a dataset.
type certainty uint8

const (
	other certainty = iota
	perhaps
	sure
)

// names finds the datasets that relations are, for one request.
type names struct {
	idx   *index
	req   *rewrite.Request
	calls []written      // the names in the catalog that are calls
	byKey map[string]int // the first table of each call
	paths map[string][]written
	words map[string][]int // the tables of whose names a word, in lower case, is the last part
	kept  []bool           // tables that the changes are about, or whose names are no words

	memory memory
}

// written is one name of a catalog's table.
type written struct {
	table int
	rel   *relation
	path  []string
}

func newNames(idx *index, req *rewrite.Request) *names {
	n := &names{idx: idx, req: req, byKey: map[string]int{}, paths: map[string][]written{},
		words: map[string][]int{}, kept: make([]bool, len(req.Catalog.Tables))}
	for i := range req.Catalog.Tables {
		for _, name := range namesOf(req, &req.Catalog.Tables[i]) {
			if r := relationIn(name); r != nil {
				n.calls = append(n.calls, written{table: i, rel: r})
				if _, twice := n.byKey[r.String()]; !twice {
					n.byKey[r.String()] = i
				}
				n.index(i, strings.ToLower(r.name))
				continue
			}
			path := splitName(name)
			last := strings.ToLower(path[len(path)-1])
			n.paths[last] = append(n.paths[last], written{table: i, path: path})
			n.index(i, last)
		}
	}
	for i := range req.Mapping.Changes {
		for k := range req.Catalog.Tables {
			ch, dataset := &req.Mapping.Changes[i], req.Catalog.Tables[k].Dataset
			n.kept[k] = n.kept[k] || dataset == ch.Dataset || moves(ch) && (dataset == ch.From || dataset == ch.To)
		}
	}
	return n
}

func (n *names) index(table int, last string) {
	n.kept[table] = n.kept[table] || !plainName(last)
	if !slices.Contains(n.words[last], table) {
		n.words[last] = append(n.words[last], table)
	}
}

// mentioned are the tables that a text may name, so that a large catalog costs nothing: those whose last word is in it.
func (n *names) mentioned(text []byte, rels []*relation) []rewrite.Table {
	keep := slices.Clone(n.kept)
	mark := func(word string) {
		for _, i := range n.words[strings.ToLower(word)] {
			keep[i] = true
		}
	}
	for i := 0; i < len(text); i++ {
		k := i
		for k < len(text) && wordByte(text[k]) {
			k++
		}
		if k > i {
			mark(string(text[i:k]))
			i = k
		}
	}
	for _, r := range rels {
		mark(r.name)
		if t, c := n.find(r); c != other {
			keep[t] = true
		}
	}
	var out []rewrite.Table
	for i := range n.req.Catalog.Tables {
		if keep[i] {
			out = append(out, n.req.Catalog.Tables[i])
		}
	}
	return out
}

func namesOf(req *rewrite.Request, t *rewrite.Table) []string {
	return slices.Concat(t.Names, req.ReadAs[t.Dataset], []string{t.Dataset})
}

// splitName takes a dotted name apart. Quotes and backticks are taken off.
func splitName(s string) []string {
	s = strings.TrimSpace(s)
	if strings.ContainsAny(s, "`\"[]") {
		s = strings.NewReplacer("`", "", `"`, "", "[", "", "]", "").Replace(s)
	}
	return strings.Split(s, ".")
}

// find is the table that a relation is, by its number in the catalog.
func (n *names) find(r *relation) (table int, c certainty) {
	if i, ok := n.byKey[r.String()]; ok {
		return i, sure
	}
	for _, w := range n.calls {
		if n.idx.sameModel(w.rel, r) {
			return w.table, sure
		}
	}
	if r.source != "" {
		return n.findSource(r)
	}
	return n.findModel(r)
}

// findSource goes through the sources that the project declares.
func (n *names) findSource(r *relation) (int, certainty) {
	src := n.idx.sources[r.String()]
	if src == nil {
		return n.byLast(r.name)
	}
	table, best := 0, other
	for _, w := range n.paths[strings.ToLower(src.identifier)] {
		if c := src.is(w.path); c > best {
			table, best = w.table, c
		}
	}
	return table, best
}

// findModel: a model of this project may be a dataset that nobody calls by ref, unless the dataset is a source here.
func (n *names) findModel(r *relation) (int, certainty) {
	table, c := n.byLast(n.idx.alias(r.name))
	if c == other || n.idx.models[r.name] == nil {
		return table, c
	}
	if (r.version != "" || r.pkg != "") && len(n.callsOf(table)) > 0 {
		return 0, other // called by ref, and this is another version or another package's
	}
	if n.isSource(table) {
		return 0, other
	}
	return table, c
}

func (n *names) callsOf(table int) []written {
	var out []written
	for _, w := range n.calls {
		if w.table == table {
			out = append(out, w)
		}
	}
	return out
}

// isSource: the project reads the dataset as a source, so it does not build it.
func (n *names) isSource(table int) bool {
	for _, w := range n.callsOf(table) {
		if w.rel.source != "" {
			return true
		}
	}
	for _, name := range namesOf(n.req, &n.req.Catalog.Tables[table]) {
		path := splitName(name)
		for _, src := range n.idx.byIdentifier[strings.ToLower(path[len(path)-1])] {
			if src.is(path) == sure {
				return true
			}
		}
	}
	return false
}

func (n *names) byLast(name string) (int, certainty) {
	table, found := 0, other
	for _, w := range n.paths[strings.ToLower(name)] {
		table, found = w.table, perhaps
	}
	return table, found
}

// source is a table of a source, as the project's YAML declares it.
type source struct {
	rel                          relation
	database, schema, identifier string
	said                         bool // the identifier is written down, apart from the name
}

// behind: a renamed dataset is read through a source whose declaration says its identifier. That is all that changes:
// calls of the source stay as they are. Names that the config gives for such calls count first.
func (j *job) behind(r *relation, ch *rewrite.Change) (identifier string, ok bool) {
	if ch.Kind != rewrite.RenameDataset {
		return "", false
	}
	src := j.idx.sources[r.String()]
	if src == nil || !src.said || j.newCall(r, ch) != nil {
		return "", false
	}
	for _, old := range j.names.pathsOf(subject(ch)) {
		for _, next := range j.names.pathsOf(ch.To) {
			n := len(old) - 1
			if src.is(old) == sure && len(next) == n+1 && slices.EqualFunc(old[:n], next[:n], strings.EqualFold) {
				return next[n], true
			}
		}
	}
	return "", false
}

// pathsOf are the dotted names of a dataset.
func (n *names) pathsOf(dataset string) [][]string {
	t := rewrite.Table{Dataset: dataset}
	if i := slices.IndexFunc(n.req.Catalog.Tables, func(t rewrite.Table) bool { return t.Dataset == dataset }); i >= 0 {
		t = n.req.Catalog.Tables[i]
	}
	var out [][]string
	for _, name := range namesOf(n.req, &t) {
		if relationIn(name) == nil {
			out = append(out, splitName(name))
		}
	}
	return out
}

// is compares a source with a dataset's name, from its end. What is templated may be anything.
func (s *source) is(path []string) certainty {
	mine := []string{s.identifier, s.schema, s.database}
	certain := other
	for i := range min(len(path), 3) {
		want, have := path[len(path)-1-i], mine[i]
		switch {
		case have == "" || strings.Contains(have, "{{"):
			if i == 1 {
				return perhaps
			}
			return certain
		case !strings.EqualFold(want, have):
			return other
		case i == 0:
			certain = perhaps
		default:
			certain = sure
		}
	}
	return certain
}

// extend gives the rewriter of SQL what is known about the relations that a file reads: further names of
// datasets, and tables for relations that are certainly none of the changed ones, with the columns of models.
func (n *names) extend(text []byte, rels []*relation, columns func(model string) []rewrite.Column) rewrite.Request {
	req := *n.req
	req.Catalog.Tables = slices.Clip(n.mentioned(text, rels))
	readAs := map[string][]string{}
	for k, v := range req.ReadAs {
		readAs[k] = slices.Clone(v)
	}
	for _, r := range rels {
		calls := []string{r.String()}
		if r.raw != "" && r.raw != calls[0] {
			calls = append(calls, r.raw)
		}
		switch table, c := n.find(r); c {
		case sure:
			dataset := n.req.Catalog.Tables[table].Dataset
			readAs[dataset] = append(readAs[dataset], calls...)
		case other:
			var cols []rewrite.Column
			if r.source == "" && r.version == "" {
				cols = columns(r.name)
			}
			req.Catalog.Tables = append(slices.Clip(req.Catalog.Tables), rewrite.Table{Dataset: calls[0], Names: calls, Before: cols, After: cols})
		case perhaps:
		}
	}
	req.ReadAs = readAs
	return req
}
