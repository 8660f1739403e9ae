package dbt

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
	"github.com/skein-bot/skein/rewrite/sql"
)

// Where a name without a qualifier may belong to a changed dataset or to another model of the project, the columns
// of that model decide. They are the outputs of its query, which keep their names whatever is rewritten in it.

// maxDepth bounds how long a chain of models is followed, maxModel how much of one is read.
const (
	maxDepth = 40
	maxModel = 512 << 10
)

// memory keeps the columns of models: many files ask for the same ones.
type memory struct {
	mu    sync.Mutex
	known map[string][]rewrite.Column // by the name of the model
}

func (m *memory) get(key string) ([]rewrite.Column, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	cols, ok := m.known[key]
	return cols, ok
}

func (m *memory) put(key string, cols []rewrite.Column) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil {
		m.known = map[string][]rewrite.Column{}
	}
	m.known[key] = cols
}

// outputs are the columns of a model, nil if its text does not say them all. open are the models that are being read.
func (n *names) outputs(model string, open []string) []rewrite.Column {
	m := n.idx.models[model]
	switch {
	case m == nil:
		return nil
	case m.columns != nil:
		return m.columns
	case m.src == nil || m.latest != "" || len(m.src) > maxModel || len(open) > maxDepth || slices.Contains(open, model):
		return nil
	}
	if cols, ok := n.memory.get(model); ok {
		return cols
	}
	cols := n.trace(m, append(slices.Clip(open), model))
	n.memory.put(model, cols)
	return cols
}

// trace renders a model and asks where its outputs come from. All variants must have the same.
func (n *names) trace(m *model, open []string) []rewrite.Column {
	nodes, err := jinja.Parse(m.src, 0, len(m.src))
	if err != nil {
		return nil
	}
	j := &job{req: n.req, idx: n.idx, names: n}
	renders, _, ok := j.renderings(m.src, unit{nodes: nodes}, asName)
	var all []rewrite.Column
	for i, r := range renders {
		cols := n.outputsOf(r, m, open)
		if !ok || cols == nil || i > 0 && !slices.EqualFunc(all, cols, func(a, b rewrite.Column) bool { return a.Name == b.Name }) {
			return nil
		}
		all = cols
	}
	return all
}

func (n *names) outputsOf(r *renderer, m *model, open []string) []rewrite.Column {
	text := textOf(r.out, m.src)
	if r.partial || len(text) > 2*maxModel || bytes.Contains(text, []byte("{{ opaque }}")) {
		return nil
	}
	req := n.extend(text, relationsIn(r.rels), func(model string) []rewrite.Column { return n.outputs(model, open) })
	tables := slices.Clone(req.Catalog.Tables)
	for i := range tables {
		tables[i].Names = slices.Concat(tables[i].Names, req.ReadAs[tables[i].Dataset])
	}
	var out []rewrite.Column
	for _, o := range sql.Lineage(rewrite.File{Path: m.file, Content: text}, rewrite.Catalog{Tables: tables}, n.req.Dialect) {
		if o.Statement > 0 || o.Name == "" || o.Name == "*" || strings.Contains(o.Name, "{") {
			return nil
		}
		out = append(out, rewrite.Column{Name: o.Name})
	}
	return out
}

// textOf puts pieces together.
func textOf(pieces []sql.Piece, file []byte) []byte {
	var text []byte
	for _, p := range pieces {
		if p.Made {
			text = append(text, p.Text...)
		} else {
			text = append(text, file[p.Start:p.End]...)
		}
	}
	return text
}

// relationsIn lists relations in the order of their names.
func relationsIn(rels map[string]*relation) []*relation {
	var list []*relation
	for _, r := range rels {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b *relation) int { return strings.Compare(a.String()+a.raw, b.String()+b.raw) })
	return list
}
