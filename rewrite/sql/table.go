package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// table builds what the resolver needs of a catalog entry.
func (c *catalog) table(i int) *table {
	if t := c.built[i]; t != nil {
		return t
	}
	entry := &c.req.Catalog.Tables[i]
	if c.old != nil && c.old.built[i] != nil && c.old.built[i].steady {
		c.built[i] = c.old.built[i]
		return c.built[i]
	}
	t := &table{entry: entry, dataset: entry.Dataset}
	c.built[i] = t
	c.fill(t, i)
	t.shape = shapeOf(t.cols, make([]uint32, 2*len(t.cols)))
	t.shape.index = [2]*index{indexOf(t.shape.hashes[0]), indexOf(t.shape.hashes[1])}
	c.shifts.learn(t.cols)
	if !t.steady {
		t.interest.learn(t.cols)
	}
	return t
}

// fill gives a table its columns.
func (c *catalog) fill(t *table, i int) {
	entry := t.entry
	if c.proof {
		t.cols = c.plain(entry, entry.After)
		if t.open = len(entry.After) == 0; t.open {
			c.learn(t)
		}
		return
	}
	t.open = len(entry.Before) == 0
	if t.steady = !c.concerned(i) && sameColumns(entry.Before, entry.After); t.steady {
		t.cols = c.plain(entry, entry.After)
		return
	}
	t.cols = c.pair(entry, entry.Before, entry.After, "")
	for k := range c.changes {
		if ch := &c.changes[k]; ch.about() == entry.Dataset {
			t.changed = true
			c.follow(t, ch)
		}
	}
	c.findPairs(t.cols)
	if t.reshape == nil && t.changed && t.moved == nil && t.reshaped() {
		t.reshape = c.first(entry.Dataset)
	}
}

// findPairs marks columns whose new name the table has already.
func (c *catalog) findPairs(cols []outcol) {
	for i := range cols {
		for k := range cols {
			if k != i && cols[i].change != nil && cols[i].renamed() && cols[k].change == nil && c.d.same(cols[k].before, cols[i].after) {
				cols[i].pair, cols[k].pair = oldOfTwo, newOfTwo
			}
		}
	}
}

// learn adds what the mapping says about a table whose columns are not in the catalog.
func (c *catalog) learn(t *table) {
	for i := range c.req.Mapping.Changes {
		ch := &c.req.Mapping.Changes[i]
		if ch.Kind == rewrite.RenameField && ch.Dataset == t.dataset && !strings.Contains(ch.To, ".") {
			n := c.stored(t.entry, ch.To)
			t.cols = append(t.cols, outcol{before: n, after: n, via: -1, unsure: -1})
		}
	}
}

func (c *catalog) plain(t *rewrite.Table, cols []rewrite.Column) []outcol {
	out := make([]outcol, len(cols))
	for i := range cols {
		n := c.stored(t, cols[i].Name)
		out[i] = outcol{before: n, after: n, via: -1, unsure: -1, scalar: isScalar(&cols[i]), array: cols[i].Array}
		if len(cols[i].Fields) > 0 {
			out[i].fields = c.plain(t, cols[i].Fields)
		}
	}
	return out
}

// pair puts both sides of a list of columns together: those of Before first, in order, then those only in After.
func (c *catalog) pair(t *rewrite.Table, before, after []rewrite.Column, prefix string) []outcol {
	out := c.plain(t, before)
	byName := func(text string, guess int) *rewrite.Column {
		if guess < len(after) && after[guess].Name == text { // most columns stay where they are
			return &after[guess]
		}
		for i := range after {
			if strings.EqualFold(after[i].Name, text) {
				return &after[i]
			}
		}
		return nil
	}
	for i := range before {
		path := prefix + before[i].Name
		now := byName(before[i].Name, i)
		if ch := c.changeOf(t.Dataset, path); ch != nil {
			out[i].change, out[i].also = ch, c.anotherOf(ch)
			if ch.Kind == rewrite.RenameField && sameParent(ch.from, ch.to) {
				out[i].after = c.stored(t, ch.to[len(ch.to)-1])
				now = byName(ch.to[len(ch.to)-1], i)
			}
		} else if now == nil && len(after) > 0 {
			out[i].after = name{}
		}
		if now != nil && len(before[i].Fields) > 0 {
			out[i].fields = c.pair(t, before[i].Fields, now.Fields, path+".")
		}
	}
	for i := range after {
		if i < len(before) && before[i].Name == after[i].Name && out[i].after.text == out[i].before.text {
			continue
		}
		if n := c.stored(t, after[i].Name); !hasAfter(c.d, out, n) {
			out = append(out, outcol{after: n, via: -1, unsure: -1, scalar: isScalar(&after[i])})
		}
	}
	return out
}

func hasAfter(d *dialect, cols []outcol, n name) bool {
	for i := range cols {
		if d.same(cols[i].after, n) {
			return true
		}
	}
	return false
}

func sameParent(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if !strings.EqualFold(a[i], b[i]) {
			return false
		}
	}
	return b[len(b)-1] != ""
}

// changeOf finds the change of a field by its path.
func (c *catalog) changeOf(dataset, path string) *change {
	for k := range c.changes {
		ch := &c.changes[k]
		if ch.Dataset != dataset || len(ch.from) == 0 || ch.Kind == rewrite.Reshape {
			continue
		}
		if path := unquotePath(path); len(ch.path) == len(path) && strings.EqualFold(ch.path, path) {
			return ch
		}
	}
	return nil
}

// anotherOf is a second change of another kind to the same field.
func (c *catalog) anotherOf(ch *change) *change {
	for k := range c.changes {
		other := &c.changes[k]
		if other != ch && other.Kind != rewrite.Reshape && other.Dataset == ch.Dataset && len(other.from) > 0 &&
			strings.EqualFold(other.path, ch.path) && (other.Kind != rewrite.RenameEnum || ch.Kind != rewrite.RenameEnum) {
			return other
		}
	}
	return nil
}

// unquotePath takes quotes and the marks of elements out of a field's path.
func unquotePath(s string) string {
	if strings.ContainsAny(s, "\"`[]{}") {
		s = strings.NewReplacer("\"", "", "`", "", "[]", "", "{}", "", "[", "", "]", "").Replace(s)
	}
	return s
}

// follow notes a change on its table, and adds columns that the catalog does not list.
func (c *catalog) follow(t *table, ch *change) {
	switch {
	case ch.ofDataset():
		t.gone = ch
	case ch.Kind == rewrite.RenameDataset:
		t.moved = ch
		c.moveColumns(t, nil)
	case ch.Kind == rewrite.ReplaceDataset:
		t.moved = ch
		c.moveColumns(t, ch.Fields)
	case ch.Kind == rewrite.Reshape:
		t.reshape = ch
	default:
		if len(ch.from) > 1 {
			return
		}
		old := c.stored(t.entry, ch.from[0])
		for i := range t.cols {
			if t.cols[i].change == ch {
				return
			}
		}
		if t.open {
			col := outcol{before: old, after: old, change: ch, via: -1, unsure: -1}
			if ch.Kind == rewrite.RenameField {
				col.after = c.stored(t.entry, ch.to[0])
			}
			t.cols = append(t.cols, col)
		}
	}
}

// moveColumns pairs the columns of a dataset with those of the one that readers move to.
func (c *catalog) moveColumns(t *table, fields map[string]string) {
	to := c.entryOf(t.moved.To)
	if t.open && to != nil {
		c.guess(t, to, fields)
	}
	for i := range t.cols {
		col := &t.cols[i]
		if col.before.empty() || col.change != nil && col.change != t.moved {
			continue
		}
		target := col.before.text
		for from, into := range fields {
			if strings.EqualFold(from, col.before.text) {
				target = into
			}
		}
		if fields == nil && (to == nil || len(to.After) == 0) {
			col.after = col.before
			continue
		}
		col.after = name{}
		if to != nil {
			for k := range to.After {
				if strings.EqualFold(to.After[k].Name, target) {
					col.after = c.stored(to, to.After[k].Name)
				}
			}
		}
		if col.after.text != col.before.text {
			col.change = t.moved
		}
	}
}

// guess gives a dataset that nobody describes the columns that the mapping and the new one imply.
func (c *catalog) guess(t *table, to *rewrite.Table, fields map[string]string) {
	for i := range to.After {
		before := to.After[i].Name
		for from, into := range fields {
			if strings.EqualFold(into, before) {
				before = from
				break
			}
		}
		n := c.stored(t.entry, before)
		t.cols = append(t.cols, outcol{before: n, after: n, via: -1, unsure: -1})
	}
}

func (c *catalog) entryOf(dataset string) *rewrite.Table {
	for i := range c.req.Catalog.Tables {
		if c.req.Catalog.Tables[i].Dataset == dataset {
			return &c.req.Catalog.Tables[i]
		}
	}
	return nil
}

// first is the first change about a dataset.
func (c *catalog) first(dataset string) *change {
	for k := range c.changes {
		if c.changes[k].about() == dataset {
			return &c.changes[k]
		}
	}
	return nil
}

// reshaped: the new schema has more columns or fewer, or another order.
func (t *table) reshaped() bool {
	if len(t.entry.Before) == 0 || len(t.entry.After) == 0 {
		return false
	}
	if len(t.entry.Before) != len(t.entry.After) {
		return true
	}
	for i := range t.entry.After {
		if !strings.EqualFold(t.cols[i].after.text, t.entry.After[i].Name) {
			return true
		}
	}
	return false
}

// tableOf is the table that a change is about.
func (c *catalog) tableOf(ch *change) *table {
	for i := range c.req.Catalog.Tables {
		if ch.about() == c.req.Catalog.Tables[i].Dataset {
			return c.table(i)
		}
	}
	return nil
}

// sameColumns compares what SQL sees of columns.
func sameColumns(a, b []rewrite.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := &a[i], &b[i]
		if x.Name != y.Name || x.Type != y.Type || x.Array != y.Array || (len(x.Fields) > 0 || len(y.Fields) > 0) && !sameColumns(x.Fields, y.Fields) {
			return false
		}
	}
	return true
}
