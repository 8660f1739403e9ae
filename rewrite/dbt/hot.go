package dbt

import (
	"maps"
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt/jinja"
)

// hot are the words that may mean what changed.
type hot struct {
	req     *rewrite.Request
	words   []hotWord
	begin   [256][]int                   // the words that may begin with a byte, in lower case
	changes map[string][]*rewrite.Change // by dataset
}

// hotWord is one word: a field's name, or the last part of a dataset's.
type hotWord struct {
	text    string
	change  *rewrite.Change
	dataset bool
}

func newHot(req *rewrite.Request, idx *index) *hot {
	h := &hot{req: req, changes: map[string][]*rewrite.Change{}}
	tables := make(map[string]*rewrite.Table, len(req.Catalog.Tables))
	for i := range req.Catalog.Tables {
		tables[req.Catalog.Tables[i].Dataset] = &req.Catalog.Tables[i]
	}
	for i := range req.Mapping.Changes {
		ch := &req.Mapping.Changes[i]
		dataset := subject(ch)
		h.changes[dataset] = append(h.changes[dataset], ch)
		switch {
		case moves(ch) || ch.From == "" || ch.Kind == rewrite.Reshape:
			for from := range ch.Fields {
				h.add(from, ch, false)
			}
		default:
			h.add(ch.From[strings.LastIndexByte(ch.From, '.')+1:], ch, false)
		}
		if t := tables[dataset]; t != nil {
			h.addNames(t, ch, idx)
		}
	}
	return h
}

// subject is the dataset that a change is about.
func subject(ch *rewrite.Change) string {
	if moves(ch) && ch.From != "" {
		return ch.From
	}
	return ch.Dataset
}

// moves: readers go to another dataset.
func moves(ch *rewrite.Change) bool {
	return ch.Kind == rewrite.RenameDataset || ch.Kind == rewrite.ReplaceDataset
}

func (h *hot) add(word string, ch *rewrite.Change, dataset bool) {
	word = strings.ToLower(strings.Trim(word, "`\"[]{}"))
	if word != "" && !slices.ContainsFunc(h.words, func(w hotWord) bool { return w.text == word && w.change == ch }) {
		for first := range h.begin {
			if byte(first) == word[0] || byte(first) >= 0x80 || word[0] >= 0x80 {
				h.begin[first] = append(h.begin[first], len(h.words))
			}
		}
		h.words = append(h.words, hotWord{word, ch, dataset})
	}
}

// addNames adds how a dataset is called, in sources of the project too.
func (h *hot) addNames(t *rewrite.Table, ch *rewrite.Change, idx *index) {
	for _, n := range namesOf(h.req, t) {
		last := ""
		if r := relationIn(n); r != nil {
			last = r.name
		} else {
			path := splitName(n)
			last = path[len(path)-1]
			for _, s := range idx.byIdentifier[strings.ToLower(last)] {
				if s.is(path) == sure {
					h.add(s.rel.name, ch, true)
				}
			}
		}
		h.add(last, ch, true)
	}
}

// occurrence is one place of a hot word.
type occurrence struct {
	start, end int
	word       *hotWord
}

// find gives every place of a hot word, once, in order. Names of datasets count only where the dataset itself changes.
func (h *hot) find(text []byte, all bool) []occurrence {
	var out []occurrence
	for i := 0; i < len(text); {
		if !wordByte(text[i]) {
			i++
			continue
		}
		k := i
		for k < len(text) && wordByte(text[k]) {
			k++
		}
		if w := h.match(text[i:k], all); w != nil {
			out = append(out, occurrence{i, k, w})
		}
		i = k
	}
	return out
}

func (h *hot) match(word []byte, all bool) *hotWord {
	first := word[0]
	if 'A' <= first && first <= 'Z' {
		first |= 0x20
	}
	for _, i := range h.begin[first] {
		w := &h.words[i]
		if len(w.text) == len(word) && (all || !w.dataset || moves(w.change)) && strings.EqualFold(w.text, string(word)) {
			return w
		}
	}
	return nil
}

func wordByte(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || b == '_' || b >= 0x80
}

// mentions: some hot word is in the text.
func (h *hot) mentions(text []byte) bool {
	for i := 0; i < len(text); {
		if !wordByte(text[i]) {
			i++
			continue
		}
		k := i
		for k < len(text) && wordByte(text[k]) {
			k++
		}
		if h.match(text[i:k], true) != nil {
			return true
		}
		i = k
	}
	return false
}

// field: the word is that of a changed field.
func (h *hot) field(text string) bool {
	for _, o := range h.find([]byte(text), true) {
		if !o.word.dataset {
			return true
		}
	}
	return false
}

// hides: a call may write the name of a changed field, so nobody can say what the file reads.
func (h *hot) hides(call *jinja.Expr, src []byte, idx *index, n *names) bool {
	return h.hidden(call, src, idx, n, map[string]bool{})
}

func (h *hot) hidden(call *jinja.Expr, src []byte, idx *index, n *names, seen map[string]bool) bool {
	callee := call.Callee()
	if h.field(string(src[call.Start:call.End])) {
		return true
	}
	switch callee {
	case "var":
		name := call.Arg("", 0)
		return name == nil || name.Kind != jinja.String || h.field(idx.vars[name.Text])
	case "env_var", "caller", "super":
		return callee != "env_var"
	}
	if fn := call.Kids[0]; fn.Callee() == "adapter.dispatch" && len(fn.Args) > 0 && fn.Args[0].Value.Kind == jinja.String {
		return h.dispatched("__"+fn.Args[0].Value.Text, idx, n, seen)
	}
	if m := idx.macros[callee]; m != nil {
		return h.reads(call, n) || h.inMacro(m, callee, idx, n, seen)
	}
	pkg, _, _ := strings.Cut(callee, ".")
	switch pkg {
	case "dbt", "dbt_utils", "dbt_date", "dbt_expectations":
		return h.reads(call, n)
	}
	return true
}

// reads: one of the arguments is a changed dataset, or is not known.
func (h *hot) reads(call *jinja.Expr, n *names) (found bool) {
	for _, a := range call.Args {
		a.Value.Walk(func(e *jinja.Expr) bool {
			if r := relationOf(e); r != nil {
				t, c := n.find(r)
				found = found || c != other && len(h.changes[h.req.Catalog.Tables[t].Dataset]) > 0
				return false
			}
			found = found || e.Kind == jinja.Name || e.Kind == jinja.Opaque
			return !found
		})
	}
	return found
}

// dispatched looks through every macro that adapter.dispatch may pick.
func (h *hot) dispatched(suffix string, idx *index, n *names, seen map[string]bool) bool {
	if idx.macros["default"+suffix] == nil {
		return true
	}
	for _, name := range slices.Sorted(maps.Keys(idx.macros)) {
		if strings.HasSuffix(name, suffix) && h.inMacro(idx.macros[name], name, idx, n, seen) {
			return true
		}
	}
	return false
}

// inMacro looks through the text of a macro and of those that it calls.
func (h *hot) inMacro(m *macro, name string, idx *index, n *names, seen map[string]bool) (found bool) {
	if seen[name] {
		return false
	}
	seen[name] = true
	if h.mentions(m.src[m.node.Start:m.node.End]) {
		return true
	}
	probe := newRenderer(m.src, idx, map[string]bool{})
	for _, p := range m.node.Params {
		probe.scopes[0][p.Name] = value{}
	}
	jinja.Walk(m.node.Body, func(b *jinja.Node) bool {
		if b.Kind == jinja.Set {
			for _, t := range b.Targets {
				probe.scopes[0][t] = value{}
			}
		}
		return true
	})
	jinja.Walk(m.node.Body, func(b *jinja.Node) bool {
		exprs := []*jinja.Expr{b.Expr}
		for _, br := range b.Branches {
			exprs = append(exprs, br.Cond)
		}
		for _, e := range exprs {
			for _, c := range probe.unknownCalls(e) {
				if _, ok := probe.known(c.Callee(), c); !ok || c.Callee() == "dbt_utils.star" || c.Callee() == "star" {
					found = found || h.hidden(c, m.src, idx, n, seen)
				}
			}
		}
		return !found
	})
	return found
}
