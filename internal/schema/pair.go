package schema

import (
	"slices"
	"strings"
)

// A chain is a thing's name followed by its former names, latest first, as keys. A migration folder tells the
// whole history, so the chain of the old version is a tail of the new one's; two columns that swapped their
// names are told apart by that.
type chain struct {
	names []string
	moved bool // renamed by a statement, which outweighs that something else bears the old name now
}

// pair returns, for each new chain, the index of the old one that it continues, or -1.
func pair(old, next []chain) []int { return pairRest(old, next, nil) }

// pairRest pairs what known, of the same form, has not paired yet.
func pairRest(old, next []chain, known []int) []int {
	p := pairing{old: old, next: next, match: known, used: make([]bool, len(old)), was: byName(old), is: byName(next)}
	if known == nil {
		p.match = make([]int, len(next))
		for i := range p.match {
			p.match[i] = -1
		}
	}
	for _, o := range p.match {
		if o >= 0 {
			p.used[o] = true
		}
	}
	p.each(func(c chain) int {
		if c.moved {
			return p.anyHistory(c)
		}
		return -1
	})
	p.each(func(c chain) int { return p.history(c, 0) })
	p.each(p.anyHistory)
	p.each(func(c chain) int { return p.free(c.names[0]) })
	p.each(p.former)
	return p.match
}

// anyHistory tries the name itself and then the former ones, latest first.
func (p *pairing) anyHistory(c chain) int {
	for k := range c.names {
		if o := p.history(c, k); o >= 0 {
			return o
		}
	}
	return -1
}

type pairing struct {
	old, next []chain
	match     []int
	used      []bool
	was, is   map[string]int
}

func byName(chains []chain) map[string]int {
	m := make(map[string]int, len(chains))
	for i, c := range chains {
		if _, double := m[c.names[0]]; !double {
			m[c.names[0]] = i
		}
	}
	return m
}

// each asks for a partner of every chain that has none yet.
func (p *pairing) each(partner func(chain) int) {
	for i, c := range p.next {
		if p.match[i] >= 0 {
			continue
		}
		if o := partner(c); o >= 0 {
			p.match[i], p.used[o] = o, true
		}
	}
}

func (p *pairing) free(name string) int {
	if o, ok := p.was[name]; ok && !p.used[o] {
		return o
	}
	return -1
}

// history finds an old chain that is the new one's tail from its k-th name.
func (p *pairing) history(c chain, k int) int {
	if o := p.free(c.names[k]); o >= 0 && slices.Equal(p.old[o].names, c.names[k:]) {
		return o
	}
	return -1
}

// former finds an old name that nothing new bears any more.
func (p *pairing) former(c chain) int {
	for _, name := range c.names[1:] {
		if _, stays := p.is[name]; stays {
			continue
		}
		if o := p.free(name); o >= 0 {
			return o
		}
	}
	return -1
}

func unmatched(n int, match []int) []int {
	used := make([]bool, n)
	for _, o := range match {
		if o >= 0 {
			used[o] = true
		}
	}
	var out []int
	for i, u := range used {
		if !u {
			out = append(out, i)
		}
	}
	return out
}

func freshOf(match []int) []int {
	var out []int
	for i, o := range match {
		if o < 0 {
			out = append(out, i)
		}
	}
	return out
}

func datasetChains(s Schema) []chain {
	out := make([]chain, len(s.Datasets))
	for i, d := range s.Datasets {
		out[i].names = []string{s.DatasetKey(d)}
		for _, f := range formerNames(d.Renamed, d.Former) {
			out[i].names = append(out[i].names, datasetKey(s.dialectOf(d), f, true))
		}
	}
	return out
}

func fieldChains(dialect string, fields []Field) []chain {
	out := make([]chain, len(fields))
	for i, f := range fields {
		out[i] = chain{names: []string{columnKey(dialect, f.Name, f.Quoted)}, moved: f.Moved}
		for _, name := range formerNames(f.Renamed, f.Former) {
			out[i].names = append(out[i].names, columnKey(dialect, name, true))
		}
	}
	return out
}

func formerNames(renamed string, former []string) []string {
	if renamed == "" {
		return nil
	}
	return append([]string{renamed}, former...)
}

// index lists all fields by their paths, without marks and in lower case: the way a config names them.
func index(into map[string]Field, fields []Field, parent string) {
	for _, f := range fields {
		path := join(parent, strings.ToLower(f.Name))
		into[path] = f
		index(into, f.Fields, path)
	}
}
