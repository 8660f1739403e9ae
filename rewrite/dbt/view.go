package dbt

import (
	"strings"
	"sync"

	"github.com/skein-bot/skein/rewrite"
)

// asked is a request, and how each project reads it: a catalog may hold thousands of names.
type asked struct {
	*rewriter
	req   *rewrite.Request
	plain func(rewrite.File) rewrite.Result // for SQL without templates
	mu    sync.Mutex
	views map[*index]*view
}

// view is a request as a project reads it.
type view struct {
	idx   *index
	names *names
	hot   *hot
}

func (a *asked) newView(x *index) *view {
	return &view{idx: x, names: newNames(x, a.req), hot: newHot(a.req, x)}
}

// viewOf is that of a file's project; nil where the file is not to be rewritten.
func (a *asked) viewOf(f rewrite.File) *view {
	x := a.indexOf(f.Path)
	switch {
	case x == nil && a.prepared, x != nil && x.project.installed(f.Path), strings.Contains("/"+f.Path, "/dbt_packages/"):
		return nil
	case x == nil:
		x = newIndex(nil)
		x.add(parsedFile(f))
		return a.newView(x)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.views[x] == nil {
		a.views[x] = a.newView(x)
	}
	return a.views[x]
}
