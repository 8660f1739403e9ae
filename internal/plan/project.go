package plan

import (
	"fmt"
	"slices"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/rewrite"
)

// Helps reports which files of a consumer's repository are to be read also when they are not declared. They tell a
// rewriter what names mean; those that nobody declared are never edited.
func Helps(rewriters []rewrite.Rewriter) func(path string) bool {
	return func(file string) bool {
		return slices.ContainsFunc(rewriters, func(r rewrite.Rewriter) bool {
			project, ok := r.(rewrite.Project)
			return ok && project.Helps(file)
		})
	}
}

// prepared shows a rewriter the project. One that fails at it, by a fault of ours, works file by file.
func prepared(r rewrite.Project, files []rewrite.File) (out rewrite.Rewriter) {
	defer func() {
		if recover() != nil {
			out = r
		}
	}()
	return r.Prepare(slices.DeleteFunc(slices.Clone(files), func(f rewrite.File) bool { return !r.Helps(f.Path) }))
}

// undeclared is for a file that helps and that nobody declared. Where it would certainly have to be edited, the
// declaration is too narrow, and a person is told.
func (w Work) undeclared(f rewrite.File) rewrite.Result {
	out := rewrite.Result{Path: f.Path}
	reads := slices.DeleteFunc(slices.Clone(w.consumer.Reads), func(r consumer.Read) bool { return matches(r.Ignore, f.Path) })
	req := w.plan.request(reads, w.catalog)
	i := slices.IndexFunc(w.projects, func(r rewrite.Rewriter) bool { return r.Handles(f.Path) })
	if i < 0 || len(req.Mapping.Changes) == 0 || binaryContent(f.Content) {
		return out
	}
	told := map[int]bool{}
	for _, e := range guarded(w.projects[i], f, req).Edits {
		if told[e.Change] {
			continue
		}
		told[e.Change] = true
		out.Refusals = append(out.Refusals, rewrite.Refusal{
			Start: e.Start, End: max(e.End, e.Start+1), Line: e.Line, Column: e.Column, Code: "undeclared_file", Dataset: e.Dataset, Change: e.Change,
			Message:    fmt.Sprintf("this reads %s, and no declaration of this repository names the file", e.Dataset),
			Suggestion: fmt.Sprintf("add it to the paths of %s in .github/skein.yml, or to ignore", e.Dataset),
		})
	}
	return out
}
