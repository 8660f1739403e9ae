package sql

import (
	"slices"

	"github.com/skein-bot/skein/rewrite/sql/token"
)

// A script can say where tables without a schema are: USE sales, SET search_path TO sales. From there a bare name
// means a dataset only if one of its names says so with that schema, or if the consumer says so in read_as.

// current is the schema that the script has chosen. Its path is empty if that is more than one name.
type current struct {
	chosen bool
	path   []name
}

// choose reads a statement that may change where bare names are looked for.
func (r *resolver) choose(s *stmt) {
	if s.end-s.start < 2 {
		return
	}
	at := s.start + 1
	switch key := r.toks[s.start].Key; {
	case key == token.Use && r.wordIn(at, "WAREHOUSE", "ROLE", "SECONDARY"):
		return
	case key == token.Use:
		if r.wordIn(at, "SCHEMA", "DATABASE", "CATALOG", "NAMESPACE") {
			at++
		}
	case key == token.Set && r.wordIn(at, "SEARCH_PATH", "SCHEMA"):
		if at++; at < s.end && (r.toks[at].Key == token.Eq || r.wordIn(at, "TO")) {
			at++
		}
	default:
		return
	}
	r.current = current{chosen: true, path: r.namesBetween(at, s.end)}
}

func (r *resolver) wordIn(at int, words ...string) bool {
	return at < len(r.toks) && slices.ContainsFunc(words, func(w string) bool { return equalFold(r.text(at), w) })
}

// namesBetween reads a.b; nothing if there is more, or less.
func (r *resolver) namesBetween(at, end int) []name {
	var out []name
	for i := at; i < end; i++ {
		t := r.toks[i]
		isName := t.Kind == token.Word || t.Kind == token.Quoted || t.Kind == token.String
		if (i-at)%2 == 0 != isName || !isName && t.Key != token.Dot {
			return nil
		}
		if isName {
			out = append(out, r.named(i))
		}
	}
	return out
}

// find looks for the table that a path means at this place of the script.
func (r *resolver) find(path []name) (*table, match) {
	t, sure := r.cat.find(path)
	if !r.current.chosen || len(path) != 1 || sure == noMatch || t.steady {
		return t, sure
	}
	if len(r.current.path) > 0 {
		long, how := r.cat.find(append(slices.Clone(r.current.path), path...))
		if how == fullMatch {
			return long, how
		}
	}
	if r.cat.readAs(t, path) {
		return t, sure
	}
	return t, mayMatch
}

// readAs: the consumer itself says that it knows the table by this name.
func (c *catalog) readAs(t *table, path []name) bool {
	return slices.ContainsFunc(c.req.ReadAs[t.dataset], func(n string) bool {
		parts := splitPath(n)
		return len(parts) == 1 && (parts[0].text == path[0].text || parts[0].form != quoted && c.d.bare(parts[0].text).text == path[0].text)
	})
}
