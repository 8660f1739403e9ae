package sql

import (
	"sync"

	"github.com/skein-bot/skein/rewrite"
)

// asked is a request with catalogs made from it. A catalog learns while it answers, so each serves one file at a time.
type asked struct {
	req  rewrite.Request
	idle sync.Pool // of *catalog
}

// catalogOf is a catalog of what is asked: most often the one that served the memory's last file.
func (m *memory) catalogOf(a *asked) *catalog {
	if m.asked != a {
		if m.asked != nil {
			m.asked.idle.Put(m.cat)
		}
		m.asked, m.cat = a, a.catalog()
	}
	for k := range m.cat.changes {
		m.cat.changes[k].seen = 0
	}
	return m.cat
}

func (a *asked) catalog() *catalog {
	if c, ok := a.idle.Get().(*catalog); ok {
		return c
	}
	d := dialectOf(a.req.Dialect)
	whole := a.req
	whole.Catalog = complete(&whole)
	return newCatalog(&d, &whole)
}
