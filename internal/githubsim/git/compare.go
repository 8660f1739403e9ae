package git

import (
	"context"
	"slices"

	"github.com/skein-bot/skein/internal/repo"
)

// Status says how a file changed, in GitHub's words. Renames are a removal and an addition.
type Status string

// The ways in which a file changes.
const (
	Added    Status = "added"
	Modified Status = "modified"
	Removed  Status = "removed"
	Changed  Status = "changed" // only its mode
)

// FileChange is one file of a comparison.
type FileChange struct {
	Path                 string
	Status               Status
	ID                   repo.SHA // of the new content, or of the old for a removed file
	Additions, Deletions int      // lines
	Patch                string   // unified hunks without file header; empty for binary and large files
}

// Comparison is what GitHub shows for base...head.
type Comparison struct {
	Base          repo.SHA // the merge base, from which Files are counted
	Ahead, Behind int
	Commits       []repo.SHA // what head has and base lacks, oldest first
	Files         []FileChange
}

// Compare says how head differs from base since they parted; ErrUnrelated if they never met.
func Compare(ctx context.Context, r Repo, base, head repo.SHA) (Comparison, error) {
	common, err := MergeBase(ctx, r, base, head)
	if err != nil {
		return Comparison{}, err
	}
	ahead, err := r.Log(ctx, Range{From: head, Not: base})
	if err != nil {
		return Comparison{}, err
	}
	behind, err := r.Log(ctx, Range{From: base, Not: head})
	if err != nil {
		return Comparison{}, err
	}
	files, err := Changes(ctx, r, common, head)
	if err != nil {
		return Comparison{}, err
	}
	slices.Reverse(ahead)
	return Comparison{Base: common, Ahead: len(ahead), Behind: len(behind), Commits: ahead, Files: files}, nil
}

// Changes lists the files that differ between two commits, with patches. An empty from is an empty repository.
func Changes(ctx context.Context, r Repo, from, to repo.SHA) ([]FileChange, error) {
	old, err := treeOf(ctx, r, from)
	if err != nil {
		return nil, err
	}
	cur, err := treeOf(ctx, r, to)
	if err != nil {
		return nil, err
	}
	deltas, err := r.Diff(ctx, old, cur)
	if err != nil {
		return nil, err
	}
	files := make([]FileChange, len(deltas))
	for i, d := range deltas {
		if files[i], err = fileChange(ctx, r, d); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// fileChange counts and shows the lines of one difference.
func fileChange(ctx context.Context, r Repo, d Delta) (FileChange, error) {
	f := FileChange{Path: d.Path, Status: d.status(), ID: d.New}
	if d.New == "" {
		f.ID = d.Old
	}
	old, err := side(ctx, r, d.OldMode, d.Old)
	if err != nil {
		return FileChange{}, err
	}
	cur, err := side(ctx, r, d.NewMode, d.New)
	if err != nil || !isText(old) || !isText(cur) {
		return f, err
	}
	f.Patch, f.Additions, f.Deletions = patch(old, cur)
	return f, nil
}

func (d Delta) status() Status {
	switch {
	case d.OldMode == 0:
		return Added
	case d.NewMode == 0:
		return Removed
	case d.Old == d.New:
		return Changed
	default:
		return Modified
	}
}

// side returns one side's content; git shows a submodule as a line that names its commit.
func side(ctx context.Context, r Repo, mode Mode, id repo.SHA) ([]byte, error) {
	if mode == 0 {
		return nil, nil
	}
	if mode == Submodule {
		return []byte("Subproject commit " + string(id) + "\n"), nil
	}
	return r.Blob(ctx, id)
}
