package plan

import (
	"fmt"
	"slices"
	"sync"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/rewrite"
)

// Work is a plan made ready for one consumer. It is safe for concurrent use.
type Work struct {
	plan      Plan
	consumer  consumer.Consumer
	catalog   rewrite.Catalog
	rewriters []rewrite.Rewriter
	projects  []bool // whether a rewriter has seen the project

	mu       sync.Mutex
	requests map[string]*request // by the declarations that a file falls under
}

// request is what is asked of the files that fall under the same declarations.
type request struct {
	rewrite.Request
	follow []func(rewrite.File) rewrite.Result // by rewriter; nil for one that has nothing to do
	fault  *problem                            // why none of the files may be read
}

// For makes a plan ready for a consumer. others are the datasets of other repositories, as they are; files are
// those of the consumer that Helps names, at least.
func (p Plan) For(c consumer.Consumer, others []consumer.Snapshot, files []rewrite.File, rewriters []rewrite.Rewriter) *Work {
	w := &Work{plan: p, consumer: c, catalog: p.Catalog(others), requests: map[string]*request{}}
	for _, r := range rewriters {
		project, ok := r.(rewrite.Project)
		if ok {
			r = prepared(project, files)
		}
		w.rewriters, w.projects = append(w.rewriters, r), append(w.projects, ok)
	}
	return w
}

// File does one file. One that nobody declared is not edited, and one of a kind that no rewriter handles is
// refused as a whole if it names what changed.
func (w *Work) File(f rewrite.File) rewrite.Result {
	req := w.request(func(r consumer.Read) bool { return selects(r, f.Path) })
	if req == nil {
		return w.undeclared(f)
	}
	if len(req.Mapping.Changes) == 0 {
		return rewrite.Result{Path: f.Path}
	}
	if res, refused := unfit(f, req.Request); refused {
		return res
	}
	for i, r := range w.rewriters {
		switch {
		case req.follow[i] == nil || !r.Handles(f.Path) || !recognizes(r, f):
		case req.fault != nil:
			return refuseMentions(f, req.Request, *req.fault)
		default:
			return guarded(req.follow[i], f, req.Request)
		}
	}
	return unhandled(f, req.Request)
}

func recognizes(r rewrite.Rewriter, f rewrite.File) bool {
	c, looks := r.(rewrite.Recognizer)
	return !looks || c.Recognizes(f)
}

// undeclared is for a file that helps and that nobody declared. Where it would certainly have to be edited, the
// declaration is too narrow, and a person is told.
func (w *Work) undeclared(f rewrite.File) rewrite.Result {
	out := rewrite.Result{Path: f.Path}
	req := w.request(func(r consumer.Read) bool { return !matches(r.Ignore, f.Path) })
	if req == nil || len(req.Mapping.Changes) == 0 || binaryContent(f.Content) {
		return out
	}
	for i, r := range w.rewriters {
		if !w.projects[i] || req.follow[i] == nil || !r.Handles(f.Path) {
			continue
		}
		for _, e := range guarded(req.follow[i], f, req.Request).Edits {
			if !slices.ContainsFunc(out.Refusals, func(r rewrite.Refusal) bool { return r.Change == e.Change }) {
				out.Refusals = append(out.Refusals, missed(e))
			}
		}
		return out
	}
	return out
}

// missed refuses an edit in a file that no declaration names.
func missed(e rewrite.Edit) rewrite.Refusal {
	return rewrite.Refusal{
		Start: e.Start, End: max(e.End, e.Start+1), Line: e.Line, Column: e.Column, Code: "undeclared_file", Dataset: e.Dataset, Change: e.Change,
		Message:    fmt.Sprintf("this reads %s, and no declaration of this repository names the file", e.Dataset),
		Suggestion: fmt.Sprintf("add it to the paths of %s in .github/skein.yml, or to ignore", e.Dataset),
	}
}

// request is what is asked under the declarations that a test names; nil if there are none.
func (w *Work) request(under func(consumer.Read) bool) *request {
	key := make([]byte, (len(w.consumer.Reads)+7)/8) // a bit for each
	var reads []consumer.Read
	for i, r := range w.consumer.Reads {
		if under(r) {
			key[i/8] |= 1 << (i % 8)
			reads = append(reads, r)
		}
	}
	if len(reads) == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.requests[string(key)] == nil {
		w.requests[string(key)] = w.ask(reads)
	}
	return w.requests[string(key)]
}

func (w *Work) ask(reads []consumer.Read) *request {
	out := &request{Request: rewrite.Request{Mapping: w.plan.restrict(reads), Catalog: w.catalog, ReadAs: map[string][]string{}}}
	for _, r := range reads {
		if out.Dialect == "" {
			out.Dialect = r.Dialect
		}
		if len(r.ReadAs) > 0 {
			out.ReadAs[r.Dataset] = unique(append(out.ReadAs[r.Dataset], r.ReadAs...))
		}
		out.SQLKeys = unique(append(out.SQLKeys, r.SQLKeys...))
	}
	if p, twice := contradiction(reads); twice {
		out.fault = &p
	}
	for _, r := range w.rewriters {
		out.follow = append(out.follow, reading(r, out.Request))
	}
	return out
}

// reading has a rewriter read a request. One that fails at it, by a fault of ours, refuses its files.
func reading(r rewrite.Rewriter, req rewrite.Request) (follow func(rewrite.File) rewrite.Result) {
	defer func() {
		if cause := recover(); cause != nil {
			follow = func(f rewrite.File) rewrite.Result { return refuseAll(f, req, ourFault(fmt.Sprint(cause))) }
		}
	}()
	return r.For(req)
}

// guarded holds a rewriter to its contract: a fault of ours must cost one file, not the migration.
func guarded(follow func(rewrite.File) rewrite.Result, f rewrite.File, req rewrite.Request) (res rewrite.Result) {
	defer func() {
		if cause := recover(); cause != nil {
			res = refuseAll(f, req, ourFault(fmt.Sprint(cause)))
		}
	}()
	res = follow(f)
	if _, err := rewrite.Apply(f.Content, res.Edits); err != nil {
		return refuseAll(f, req, ourFault(err.Error()))
	}
	return res
}
