package plan

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/repo"
	ddl "github.com/skein-bot/skein/internal/schema/sql"
	"github.com/skein-bot/skein/rewrite"
)

// Selects reports which files of a consumer's repository are to be read.
func Selects(c consumer.Consumer) func(path string) bool {
	return func(file string) bool {
		return slices.ContainsFunc(c.Reads, func(r consumer.Read) bool { return selects(r, file) })
	}
}

func selects(r consumer.Read, file string) bool {
	if matches(r.Ignore, file) {
		return false
	}
	return len(r.Paths) == 0 || matches(r.Paths, file)
}

func matches(globs []string, file string) bool {
	return slices.ContainsFunc(globs, func(g string) bool {
		ok, err := doublestar.Match(strings.TrimPrefix(g, "/"), file)
		return err == nil && ok
	})
}

// Rewrite does one consumer's files, as many at once as there are processors. files are those that Selects and Helps
// name. Files without a finding are left out; the others stay in their order.
func (p Plan) Rewrite(c consumer.Consumer, others []consumer.Snapshot, files []rewrite.File, rewriters []rewrite.Rewriter) []rewrite.Result {
	work := p.For(c, others, files, rewriters)
	all := make([]rewrite.Result, len(files))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		workers.Go(func() {
			for i := range next {
				all[i] = work.File(files[i])
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	workers.Wait()
	return slices.DeleteFunc(all, func(res rewrite.Result) bool { return !Found(res) })
}

// Found reports whether a result says anything.
func Found(res rewrite.Result) bool {
	return len(res.Edits)+len(res.Refusals)+len(res.Unrelated) > 0
}

// Work is a plan made ready for one consumer. It is safe for concurrent use.
type Work struct {
	plan      Plan
	consumer  consumer.Consumer
	catalog   rewrite.Catalog
	rewriters []rewrite.Rewriter
	projects  []rewrite.Rewriter // those of rewriters that have seen the project
}

// For makes a plan ready for a consumer. others are the datasets of other repositories, as they are; files are
// those of the consumer that Helps names, at least.
func (p Plan) For(c consumer.Consumer, others []consumer.Snapshot, files []rewrite.File, rewriters []rewrite.Rewriter) Work {
	w := Work{plan: p, consumer: c, catalog: p.Catalog(others)}
	for _, r := range rewriters {
		if project, ok := r.(rewrite.Project); ok {
			r = prepared(project, files)
			w.projects = append(w.projects, r)
		}
		w.rewriters = append(w.rewriters, r)
	}
	return w
}

// File does one file. One that nobody declared is not edited, and one of a kind that no rewriter handles is
// refused as a whole if it names what changed.
func (w Work) File(f rewrite.File) rewrite.Result {
	reads := readsOf(w.consumer, f.Path)
	if len(reads) == 0 {
		return w.undeclared(f)
	}
	req := w.plan.request(reads, w.catalog)
	if len(req.Mapping.Changes) == 0 {
		return rewrite.Result{Path: f.Path}
	}
	if res, refused := unfit(f, req); refused {
		return res
	}
	i := slices.IndexFunc(w.rewriters, func(r rewrite.Rewriter) bool { return handles(r, f, req) })
	if i < 0 {
		return unhandled(f, req)
	}
	if fault, twice := contradiction(reads); twice {
		return refuseMentions(f, req, fault)
	}
	return guarded(w.rewriters[i], f, req)
}

func handles(r rewrite.Rewriter, f rewrite.File, req rewrite.Request) bool {
	if c, chooses := r.(rewrite.Chooser); chooses && !c.Serves(req) || !r.Handles(f.Path) {
		return false
	}
	c, looks := r.(rewrite.Recognizer)
	return !looks || c.Recognizes(f)
}

func readsOf(c consumer.Consumer, file string) []consumer.Read {
	var out []consumer.Read
	for _, r := range c.Reads {
		if selects(r, file) {
			out = append(out, r)
		}
	}
	return out
}

func (p Plan) request(reads []consumer.Read, catalog rewrite.Catalog) rewrite.Request {
	req := rewrite.Request{Mapping: p.restrict(reads), Catalog: catalog, ReadAs: map[string][]string{}}
	for _, r := range reads {
		if req.Dialect == "" {
			req.Dialect = r.Dialect
		}
		if len(r.ReadAs) > 0 {
			req.ReadAs[r.Dataset] = unique(append(req.ReadAs[r.Dataset], r.ReadAs...))
		}
		req.SQLKeys = unique(append(req.SQLKeys, r.SQLKeys...))
	}
	return req
}

// contradiction finds two declarations that give one file two dialects. Reading it in the wrong one could turn
// a string into a name.
func contradiction(reads []consumer.Read) (problem, bool) {
	said := -1
	for i, r := range reads {
		switch {
		case r.Dialect == "":
		case said < 0:
			said = i
		case canonical(r.Dialect) != canonical(reads[said].Dialect):
			return problem{
				code:    "dialect_conflict",
				message: fmt.Sprintf("this file is declared as %s and as %s", inDialect(reads[said]), inDialect(r)),
				suggest: "let the paths of the declarations part, or give both the same dialect",
			}, true
		}
	}
	return problem{}, false
}

// canonical takes spark for databricks, and so on.
func canonical(dialect string) string {
	name, _ := ddl.Dialect(dialect)
	return name
}

func inDialect(r consumer.Read) string {
	where := ""
	if r.Pos != (repo.Position{}) {
		where = " (" + r.Pos.String() + ")"
	}
	return fmt.Sprintf("%s for %s%s", r.Dialect, r.Dataset, where)
}

// guarded holds a rewriter to its contract: a fault of ours must cost one file, not the migration.
func guarded(w rewrite.Rewriter, f rewrite.File, req rewrite.Request) (res rewrite.Result) {
	defer func() {
		if cause := recover(); cause != nil {
			res = refuseAll(f, req, ourFault(fmt.Sprint(cause)))
		}
	}()
	res = w.Rewrite(f, req)
	if _, err := rewrite.Apply(f.Content, res.Edits); err != nil {
		return refuseAll(f, req, ourFault(err.Error()))
	}
	return res
}

func ourFault(cause string) problem {
	return problem{
		code:    "internal_error",
		message: "Skein cannot read this file, by a fault of its own: " + cause,
		suggest: "change it by hand, and please report the file to Skein's authors",
	}
}
