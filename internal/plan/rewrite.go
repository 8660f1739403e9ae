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

func readsOf(c consumer.Consumer, file string) []consumer.Read {
	return slices.DeleteFunc(slices.Clone(c.Reads), func(r consumer.Read) bool { return !selects(r, file) })
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

func ourFault(cause string) problem {
	return problem{
		code:    "internal_error",
		message: "Skein cannot read this file, by a fault of its own: " + cause,
		suggest: "change it by hand, and please report the file to Skein's authors",
	}
}
