package plan

import (
	"slices"

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
