package dbt

import (
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/skein-bot/skein/rewrite"
)

// view is a request as a project reads it. The files of a consumer come with requests that say the same, and a
// catalog may hold thousands of names, so they are read once.
type view struct {
	req   rewrite.Request
	names *names
	hot   *hot
}

// views are the last ones of a project.
type views struct {
	mu   sync.Mutex
	last []*view
}

// maxViews is how many are kept.
const maxViews = 8

// view finds what is known of a request, or reads it.
func (x *index) view(req *rewrite.Request) *view {
	x.views.mu.Lock()
	defer x.views.mu.Unlock()
	for _, v := range x.views.last {
		if v.says(req) {
			return v
		}
	}
	v := &view{req: *req}
	v.req.Mapping.Changes = slices.Clone(req.Mapping.Changes)
	v.req.Catalog.Tables = slices.Clone(req.Catalog.Tables)
	for i := range v.req.Catalog.Tables {
		t := &v.req.Catalog.Tables[i]
		t.Names = slices.Clone(t.Names)
	}
	v.req.ReadAs = maps.Clone(req.ReadAs)
	v.names, v.hot = newNames(x, &v.req), newHot(&v.req, x)
	x.views.last = append(x.views.last[max(0, len(x.views.last)-maxViews+1):], v)
	return v
}

// says: the view is of a request that says the same.
func (v *view) says(req *rewrite.Request) bool {
	a, b := &v.req, req
	return a.Dialect == b.Dialect && maps.EqualFunc(a.ReadAs, b.ReadAs, slices.Equal) &&
		slices.EqualFunc(a.Mapping.Changes, b.Mapping.Changes, func(a, b rewrite.Change) bool { return reflect.DeepEqual(a, b) }) &&
		slices.EqualFunc(a.Catalog.Tables, b.Catalog.Tables, func(a, b rewrite.Table) bool {
			return a.Dataset == b.Dataset && a.Dialect == b.Dialect && slices.Equal(a.Names, b.Names) && same(a.Before, b.Before) && same(a.After, b.After)
		})
}

// same: two lists of columns are one, or say the same.
func same(a, b []rewrite.Column) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || reflect.DeepEqual(a, b))
}
