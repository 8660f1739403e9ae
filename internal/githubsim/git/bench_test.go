package git

import (
	"fmt"
	"testing"

	"github.com/skein-bot/skein/internal/repo"
)

func each(b *testing.B, run func(*testing.B, *fixture, repo.SHA)) {
	for impl, open := range implementations() {
		b.Run(impl, func(b *testing.B) {
			f := newFixture(b, open(b))
			var edits []string
			for i := range 40 {
				edits = append(edits, fmt.Sprintf("models/m%d.sql=select %d as id\nfrom orders\nwhere x = %d\n", i, i, i))
			}
			root := f.commit(nil, edits...)
			b.ReportAllocs()
			run(b, f, root)
		})
	}
}

// BenchmarkCommit edits four files in two folders and commits.
func BenchmarkCommit(b *testing.B) {
	each(b, func(b *testing.B, f *fixture, at repo.SHA) {
		for i := 0; b.Loop(); i++ {
			at = f.commitChanges([]repo.SHA{at}, f.tree(at), []Change{
				{Path: "models/m1.sql", Content: fmt.Appendf(nil, "select %d\n", i)},
				{Path: "models/m2.sql", Content: fmt.Appendf(nil, "select %d\n", i+1)},
				{Path: "models/m3.sql", Content: fmt.Appendf(nil, "select %d\n", i+2)},
				{Path: "README.md", Content: fmt.Appendf(nil, "%d\n", i)},
			})
		}
	})
}

// BenchmarkMerge merges two commits that changed one file in different lines.
func BenchmarkMerge(b *testing.B) {
	each(b, func(b *testing.B, f *fixture, root repo.SHA) {
		ours := f.commit([]repo.SHA{root}, "models/m1.sql=select 1 as key\nfrom orders\nwhere x = 1\n")
		theirs := f.commit([]repo.SHA{root}, "models/m1.sql=select 1 as id\nfrom orders\nwhere x = 2\n")
		for b.Loop() {
			must(f.Merge(b.Context(), ours, theirs))(b)
		}
	})
}

// BenchmarkReadFile reads one file at a commit.
func BenchmarkReadFile(b *testing.B) {
	each(b, func(b *testing.B, f *fixture, root repo.SHA) {
		for b.Loop() {
			must(ReadFile(b.Context(), f.Repo, root, "models/m7.sql"))(b)
		}
	})
}
