package dbt

import (
	"bytes"
	"fmt"
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
	known map[string][]rewrite.Column
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

// asked names a model's columns under a request: they depend on the catalog and on what its names are.
func (n *names) asked(model string) string {
	var first *rewrite.Table
	if len(n.req.Catalog.Tables) > 0 {
		first = &n.req.Catalog.Tables[0]
	}
	return fmt.Sprintf("%s %p %d %s %v", model, first, len(n.req.Catalog.Tables), n.req.Dialect, n.req.ReadAs)
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
	key := n.asked(model)
	if cols, ok := n.idx.memory.get(key); ok {
		return cols
	}
	cols := n.trace(m, append(slices.Clip(open), model))
	n.idx.memory.put(key, cols)
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
	var text bytes.Buffer
	for _, p := range r.out {
		switch {
		case p.Made && strings.Contains(p.Text, "{{ opaque }}"):
			return nil
		case p.Made:
			text.WriteString(p.Text)
		default:
			text.Write(m.src[p.Start:p.End])
		}
	}
	if r.partial || text.Len() > 2*maxModel {
		return nil
	}
	req := n.extend(relationsIn(r.rels), func(model string) []rewrite.Column { return n.outputs(model, open) })
	tables := slices.Clone(req.Catalog.Tables)
	for i := range tables {
		tables[i].Names = slices.Concat(tables[i].Names, req.ReadAs[tables[i].Dataset])
	}
	var out []rewrite.Column
	for _, o := range sql.Lineage(rewrite.File{Path: m.file, Content: text.Bytes()}, rewrite.Catalog{Tables: tables}, n.req.Dialect) {
		if o.Statement > 0 || o.Name == "" || o.Name == "*" || strings.Contains(o.Name, "{") {
			return nil
		}
		out = append(out, rewrite.Column{Name: o.Name})
	}
	return out
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
