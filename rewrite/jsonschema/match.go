package jsonschema

import (
	"slices"
	"strings"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/jsontext"
)

// matches reports whether a path of names leads this way. It goes from the end, with all that may be left of the path
// at once: names of alternatives may be in it or not.
func (s *step) matches(path string) bool {
	left := []int{len(path)}
	for ; s.kind != start && len(left) > 0; s = s.up {
		var next []int
		for _, end := range left {
			if s.kind == alternative {
				next = append(next, end)
			}
			if rest, ok := before(path[:end], s.name); ok && s.kind != value && !slices.Contains(next, rest) {
				next = append(next, rest)
			}
		}
		left = next
	}
	return slices.Contains(left, 0)
}

// before returns where a path ends without its last name.
func before(path, last string) (int, bool) {
	head, ok := strings.CutSuffix(path, last)
	switch {
	case !ok || last == "":
		return 0, false
	case head == "":
		return 0, true
	}
	head, ok = strings.CutSuffix(head, ".")
	return len(head), ok && head != ""
}

// bare is a path without marks and quotes.
func bare(path string) string { return strings.ReplaceAll(rewrite.Plain(path), `"`, "") }

func last(path string) string {
	path = bare(path)
	return path[strings.LastIndexByte(path, '.')+1:]
}

// hit is a mention that a change is about, at one of its spots.
type hit struct {
	*mention
	at sighting
}

// hits are the mentions, of one text, that a path of a dataset leads to.
func hits(of []*mention, dataset, path string) (out []hit) {
	for _, m := range of {
		for _, s := range m.seen {
			if s.way.of.dataset == dataset && s.way.matches(path) {
				out = append(out, hit{m, s})
			}
		}
	}
	return out
}

// find lists the subjects of a file: the schema at its root and, where that says nothing or is no dataset, the
// definitions.
func (w *walker) find(req rewrite.Request) []*subject {
	root := w.doc.root
	whole := &subject{node: root, token: root, names: []string{lastPart(idOf(root)), root.At("title").Word(), stem(w.doc.name)}}
	for _, key := range []string{"$id", "id", "title"} {
		if n := root.At(key); n.Is('"') {
			whole.token = n
		}
	}
	whole.dataset = owner(req, stem(w.doc.name), append(whole.names, idOf(root))...)
	var out []*subject
	says := slices.ContainsFunc(root.Keys, func(k jsontext.Node) bool { return asserts(k.Text) })
	if says {
		out = append(out, whole)
	}
	for _, key := range []string{"$defs", "definitions"} {
		defs := root.At(key)
		for i := 0; defs.Is('{') && i < len(defs.Keys) && (!says || whole.dataset == ""); i++ {
			n := &defs.Items[i]
			s := &subject{node: n, token: &defs.Keys[i], names: []string{defs.Keys[i].Text, n.At("title").Word(), lastPart(idOf(n))}}
			if s.dataset = owner(req, "", append(s.names, idOf(n))...); s.dataset != "" || !says {
				out = append(out, s)
			}
		}
	}
	for _, s := range out {
		w.subjects[s.node] = s
	}
	return out
}

// asserts reports whether a keyword says something about values.
func asserts(keyword string) bool {
	switch keyword {
	case "$schema", "$id", "id", "$anchor", "$comment", "$vocabulary", "$defs", "definitions", "title", "description", "default", "examples":
		return false
	}
	return !strings.HasPrefix(keyword, "x-")
}

// owner is the dataset that a schema of these names describes: the only one that has such a name in full, else in its
// last part, else that is declared in a file of this name.
func owner(req rewrite.Request, file string, names ...string) string {
	datasets := make([]string, 0, len(req.Catalog.Tables)+len(req.Mapping.Changes))
	for _, t := range req.Catalog.Tables {
		datasets = append(datasets, t.Dataset)
	}
	for _, c := range req.Mapping.Changes {
		datasets = append(datasets, c.Dataset)
	}
	slices.Sort(datasets)
	datasets = slices.Compact(datasets)
	for _, same := range []func(d string) bool{
		func(d string) bool { return called(req, d, names, func(name, of string) bool { return name == of }) },
		func(d string) bool {
			return called(req, d, names, func(name, of string) bool { return name == last(of) })
		},
		func(d string) bool { return declared(req, d, file) },
	} {
		own := slices.DeleteFunc(slices.Clone(datasets), func(d string) bool { return !same(d) })
		switch len(own) {
		case 0:
		case 1:
			return own[0]
		default:
			return ""
		}
	}
	return ""
}

// called reports whether a dataset has one of the names.
func called(req rewrite.Request, dataset string, names []string, same func(name, of string) bool) bool {
	own, _ := req.NamesOf(dataset)
	return slices.ContainsFunc(own, func(of string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n != "" && same(n, of) })
	})
}

// declared reports whether a dataset is declared in a file of this name.
func declared(req rewrite.Request, dataset, file string) bool {
	return slices.ContainsFunc(req.Catalog.Tables, func(t rewrite.Table) bool {
		return t.Dataset == dataset && t.File != "" && stem(t.File) == file
	})
}

// resembles reports whether a schema that says nothing of its dataset looks like one: half of its properties are columns.
func resembles(s *subject, columns []rewrite.Column) bool {
	common := 0
	for name := range s.spot.names {
		if slices.ContainsFunc(columns, func(c rewrite.Column) bool { return bare(c.Name) == name }) {
			common++
		}
	}
	return len(columns) == 0 || 2*common >= len(s.spot.names)
}
