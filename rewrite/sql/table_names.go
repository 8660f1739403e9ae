package sql

import (
	"iter"
	"slices"
	"strings"
)

// tableNames are the names of all tables, read once, so that a query's path is compared with few of them.
type tableNames struct {
	of     [][]tableName    // by table
	ends   map[string][]int // the last part of a name, in lower case, to tables
	folded bool             // some name is not ASCII: its case is another story, so every table is looked at
	found  map[string]found // what bare words were found to mean
}

// found is a table, by its number, and how sure it is; -1 if there is none.
type found struct {
	table int
	sure  match
}

// foundMost bounds how many words are remembered.
const foundMost = 4096

// tableName is one name of a table. A dbt call is one part.
type tableName struct {
	parts []name
	dots  int
	call  bool
}

func (c *catalog) readNames() tableNames {
	n := tableNames{of: make([][]tableName, len(c.req.Catalog.Tables)), ends: map[string][]int{}, found: map[string]found{}}
	for i := range c.req.Catalog.Tables {
		t := &c.req.Catalog.Tables[i]
		for _, written := range slices.Concat(t.Names, c.req.ReadAs[t.Dataset], []string{t.Dataset}) {
			parts := splitPath(written)
			if len(parts) == 0 {
				continue
			}
			for k := range parts {
				if parts[k].form != quoted {
					parts[k] = c.d.bare(parts[k].text)
				}
			}
			n.of[i] = append(n.of[i], tableName{parts: parts, dots: strings.Count(written, "."), call: templateCall(written) != ""})
		}
		c.lastNames(t, func(last string) { n.add(last, i) })
	}
	return n
}

func (n *tableNames) add(last string, table int) {
	n.folded = n.folded || !isASCII(last)
	last = strings.ToLower(last)
	if list := n.ends[last]; len(list) == 0 || list[len(list)-1] != table {
		n.ends[last] = append(list, table)
	}
}

// ending gives, in order, the tables that have a name whose last part may be this.
func (n *tableNames) ending(last string) iter.Seq[int] {
	return func(yield func(int) bool) {
		if call := templateCall(last); call != "" {
			last = lastArgument(call)
		} else if (&name{text: last}).hole() || strings.HasSuffix(last, "*") || n.folded || !isASCII(last) {
			for i := range n.of {
				if !yield(i) {
					return
				}
			}
			return
		}
		for _, i := range n.ends[strings.ToLower(last)] {
			if !yield(i) {
				return
			}
		}
	}
}
