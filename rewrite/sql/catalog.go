package sql

import (
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// catalog is the request as the resolver asks it: tables by the names that a query uses, columns with both of
// their names. A table is only built when a query reads it. In a proof the catalog shows the new schema alone.
type catalog struct {
	d        *dialect
	req      *rewrite.Request
	changes  []change
	needles  *needles
	named    tableNames
	built    []*table
	shifts   shifts
	interest interest
	proving  *catalog // the new schema alone, for the proof
	old      *catalog // in a proof: the catalog that decided, whose unchanged tables serve again
	proof    bool
	drops    bool     // some change lets a field be dropped
	enums    bool     // some change renames the value of an enum
	spelled  spelling // the last name that was written
	reason   because  // the last reason that was given
}

// change is one change with its names read.
type change struct {
	*rewrite.Change
	from, to []string // path segments of a field
	path     string   // From without quotes
	seen     int      // the last statement, from 1, that reads what it concerns
}

// ofDataset: a person decides about the dataset as a whole.
func (ch *change) ofDataset() bool { return ch.Kind == rewrite.Review && ch.From == "" }

// table is one dataset as this file sees it.
type table struct {
	entry    *rewrite.Table
	dataset  string
	cols     []outcol
	open     bool // not all columns are known
	moved    *change
	gone     *change // the dataset is removed: a person decides about every reader
	reshape  *change
	changed  bool // something that readers must follow
	steady   bool // the new schema is the old one
	shape    shape
	interest interest // what it adds to the names of interest
}

// outcol is a column of a relation: its name before and after, empty where it does not exist.
type outcol struct {
	before, after name
	change        *change  // the change that concerns it
	also          *change  // another one
	trace         *trace   // for Lineage: where it comes from
	fields        []outcol // of a struct, or of an array's elements
	via           int      // the star that brought it, or -1
	unsure        int      // the item whose implicit name may hold an edited one, by its number, or -1
	at            int      // the item's first token
	gone          bool     // it was taken out of a select list
	twin          bool     // only in one schema is there another column of its name before it in the subquery
	pair          pair     // its table has both names
	scalar        bool     // its values have no fields
	array         bool     // its values are arrays, of elements with these fields
	value         *expr    // what a query computes it from, in the scope where it does
	in            *scope
}

// pair says whether a table has a column under its old and its new name.
type pair uint8

const (
	single pair = iota
	oldOfTwo
	newOfTwo
)

// renamed: who names the column must name it differently.
func (c *outcol) renamed() bool {
	return c.before.text != c.after.text && !c.before.empty() && !c.after.empty()
}

// lasting is the change that still concerns the column under another name: that of what it holds.
func (c *outcol) lasting() *change {
	if c.change == nil || c.change.Kind == rewrite.RenameField || c.change.Kind == rewrite.ReplaceDataset {
		return nil
	}
	return c.change
}

// touched: the column, or something inside it, is concerned by a change.
func (c *outcol) touched() bool { return c.change != nil || c.inside() != nil }

// inside is the change that concerns a field inside the column, if any.
func (c *outcol) inside() *change {
	for i := range c.fields {
		if f := &c.fields[i]; f.change != nil {
			return f.change
		} else if deep := f.inside(); deep != nil {
			return deep
		}
	}
	return nil
}

func newCatalog(d *dialect, req *rewrite.Request) *catalog {
	c := &catalog{d: d, req: req, built: make([]*table, len(req.Catalog.Tables)),
		changes: make([]change, 0, len(req.Mapping.Changes)), needles: &needles{}}
	for i := range req.Mapping.Changes {
		ch := change{Change: &req.Mapping.Changes[i]}
		for from, to := range ch.Fields {
			c.watch([]string{from, to})
		}
		c.drops = c.drops || ch.Kind == rewrite.DropField
		c.enums = c.enums || ch.Kind == rewrite.RenameEnum
		switch {
		case ch.Kind == rewrite.RenameDataset, ch.Kind == rewrite.ReplaceDataset, ch.ofDataset():
		default:
			ch.from, ch.to = strings.Split(ch.From, "."), strings.Split(ch.To, ".")
			c.watch(ch.from, ch.to)
			ch.path = unquotePath(ch.From)
		}
		c.changes = append(c.changes, ch)
	}
	c.collectFields()
	c.collectDatasets()
	c.needles.prepare()
	c.named = c.readNames()
	c.proving = &catalog{d: c.d, req: c.req, named: c.named, built: make([]*table, len(c.built)), old: c, proof: true}
	return c
}

// watch adds the names of a change to those of interest.
func (c *catalog) watch(paths ...[]string) {
	for _, path := range paths {
		for _, seg := range path {
			if seg != "" {
				c.interest.names.add(c.d.bare(unquotePath(seg)))
			}
		}
	}
}

// match is how sure it is that a path names a table.
type match uint8

const (
	noMatch match = iota
	mayMatch
	fullMatch
)

// find looks for the table that a path names. With mayMatch the table may be the one that is meant.
func (c *catalog) find(path []name) (*table, match) {
	if len(path) == 2 && c.d.schema != "" && strings.EqualFold(path[0].text, c.d.schema) {
		path = path[1:]
	}
	f, known := found{}, false
	word := len(path) == 1 && path[0].form == bare
	if word {
		f, known = c.named.found[path[0].text]
	}
	if !known {
		f = c.search(path)
	}
	if word && !known && len(c.named.found) < foundMost {
		c.named.found[strings.Clone(path[0].text)] = f
	}
	if f.sure == noMatch {
		return nil, noMatch
	}
	return c.table(f.table), f.sure
}

// search compares the path with the names of tables.
func (c *catalog) search(path []name) found {
	best := found{-1, noMatch}
	for i := range c.named.ending(path[len(path)-1].text) {
		switch c.matches(i, path) {
		case fullMatch:
			return found{i, fullMatch}
		case mayMatch:
			if best.sure == noMatch || c.concerned(i) {
				best = found{i, mayMatch}
			}
		}
	}
	return best
}

func (c *catalog) concerned(i int) bool {
	return c.first(c.req.Catalog.Tables[i].Dataset) != nil
}

// about is the dataset that a change is about. Dataset renames name it in From, or in Dataset.
func (ch *change) about() string {
	if (ch.Kind == rewrite.RenameDataset || ch.Kind == rewrite.ReplaceDataset) && ch.From != "" {
		return ch.From
	}
	return ch.Dataset
}

// matches compares a path with every name of a table. A path that only ends like a name, or the other way
// round, may mean the table; a name of the same length that differs says that it does not.
func (c *catalog) matches(i int, path []name) match {
	best, denied := noMatch, false
	call := ""
	if len(path) == 1 {
		call = templateCall(path[0].text)
	}
	for k := range c.named.of[i] {
		w := &c.named.of[i][k]
		if call != "" && !w.call {
			if best == noMatch && strings.HasSuffix(call, "'"+w.parts[len(w.parts)-1].text+"')") {
				best = mayMatch
			}
			continue
		}
		switch m := c.samePath(w.parts, path); {
		case m == fullMatch:
			return fullMatch
		case m == mayMatch && best == noMatch:
			best = mayMatch
		case m == noMatch && w.dots+1 >= len(path) && !w.call:
			denied = true
		}
	}
	if denied && !hasHole(path) {
		return noMatch
	}
	return best
}

func hasHole(path []name) bool {
	for i := range path {
		if path[i].hole() {
			return true
		}
	}
	return false
}

// hole: the name has a template in it.
func (n *name) hole() bool {
	return strings.IndexByte(n.text, '{') >= 0 && (strings.Contains(n.text, "{{") || strings.Contains(n.text, "${"))
}

// samePath compares from the end.
func (c *catalog) samePath(written, path []name) match {
	if len(written) == 0 || len(path) == 0 {
		return noMatch
	}
	result := fullMatch
	if len(written) != len(path) {
		result = mayMatch
	}
	literal := 0
	for i := 1; i <= min(len(written), len(path)); i++ {
		w, q := &written[len(written)-i], &path[len(path)-i]
		switch {
		case w.text == q.text:
			literal++
		case q.hole() && i > 1:
		case i == 1 && c.wildcard(w.text, q.text):
			result = mayMatch
		case q.hole(), !strings.EqualFold(w.text, q.text):
			return noMatch
		case c.d.fold != insensitive || c.d.exactTables:
			literal++
			result = mayMatch
		default:
			literal++
		}
	}
	if literal < 2 && hasHole(path) {
		return min(result, mayMatch)
	}
	return result
}

// wildcard: BigQuery's d.events_* reads every table whose name begins like that.
func (c *catalog) wildcard(written, text string) bool {
	prefix, star := strings.CutSuffix(text, "*")
	return star && c.d.dashPath && strings.HasPrefix(written, prefix)
}

// stored is a catalog's name as it compares in the consumer's dialect.
func (c *catalog) stored(t *rewrite.Table, text string) name {
	if len(text) > 1 && (text[0] == '"' || text[0] == '`' || text[0] == '[') {
		return exactly(unquote(text))
	}
	if !c.d.is(t.Dialect) {
		n := name{text: text, hash: hashOf(text)}
		if c.d.fold != insensitive {
			n.form = loose
		}
		return n
	}
	n := c.d.bare(text)
	if n.text != text {
		raw := text
		n.raw = &raw
	}
	return n
}
