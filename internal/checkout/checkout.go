// Package checkout reads repositories on this machine: a folder or a file as it is on disk, or PATH@REV, as it
// was at a commit of the git checkout around it.
//
//	Open   an argument of the command line → a Tree
//	List   a Tree and a Query → the wanted entries in git's order, and those that were wanted and are unfit
//	Each   reads entries one after the other, so that memory holds one file
//	Files  reads all at once
//	Edit   rewrites one file, whole or not at all
//
// What it reads equals what an archive of the same commit holds: links are not followed, .git is left out, and
// what is too large or oddly named is reported and not read. In a checkout it can leave out what git ignores,
// which no commit will ever hold. Git is only asked to list and to print; no hook, filter or monitor runs.
package checkout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// Tree is a folder, or a single file, on disk or at a commit.
type Tree struct {
	arg  string // as it was given
	base string // what stands before the paths of its files
	rev  string // @REV, or empty for the disk
	git  gitDir
	from source
}

// source is where a tree's files come from.
type source interface {
	// list returns what there is in any order, wanted or not being for scan to say.
	list(ctx context.Context, s *scan) error
	// read gives the content of listed entries, in their order.
	read(ctx context.Context, entries []Entry, visit func(rewrite.File) error) error
}

// Open finds what an argument names: a path, or PATH@REV for a path of a commit. A path that exists is one,
// whatever it holds.
func Open(ctx context.Context, arg string) (*Tree, error) {
	if name, rev, ok := Split(arg); ok {
		return openCommit(ctx, arg, name, rev)
	}
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such file or folder; write PATH@REV for one in the history of a git checkout", arg)
	case err != nil:
		return nil, err
	case info.IsDir():
		return &Tree{arg: arg, base: arg, git: gitDir(arg), from: folder(arg)}, nil
	}
	dir := filepath.Dir(arg)
	return &Tree{arg: arg, base: dir, git: gitDir(dir), from: single(arg)}, nil
}

// Split tells PATH@REV from a path.
func Split(arg string) (path, rev string, ok bool) {
	if _, err := os.Lstat(arg); err == nil {
		return arg, "", false
	}
	i := strings.LastIndexByte(arg, '@')
	if i < 1 || strings.HasPrefix(arg[i:], "@{") { // HEAD@{1} belongs to the revision
		j := strings.IndexByte(arg, '@')
		if j < 1 || j == i {
			return arg, "", false
		}
		i = j
	}
	return arg[:i], arg[i+1:], arg[i+1:] != ""
}

// String is the argument that the tree was opened with.
func (t *Tree) String() string { return t.arg }

// OnDisk reports whether the tree is a folder that can be written to.
func (t *Tree) OnDisk() bool { _, ok := t.from.(folder); return ok }

// Folder is the folder that the paths of files begin at.
func (t *Tree) Folder() string { return t.base }

// Commit is the full id of the commit, and empty for the disk.
func (t *Tree) Commit() string {
	if c, ok := t.from.(commit); ok {
		return c.id
	}
	return ""
}

// Show returns the path of one of the tree's files as a person can open it.
func (t *Tree) Show(file string) string {
	return filepath.Join(t.base, filepath.FromSlash(file)) + t.rev
}

// Files reads all wanted files. Those that were wanted and are unfit come back with the reason.
func (t *Tree) Files(ctx context.Context, q Query) ([]rewrite.File, []Skipped, error) {
	entries, skipped, err := t.List(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	files := make([]rewrite.File, 0, len(entries))
	err = t.Each(ctx, entries, func(f rewrite.File) error {
		files = append(files, f)
		return nil
	})
	return files, skipped, err
}

// File reads one file; an error with fs.ErrNotExist says that there is none.
func (t *Tree) File(ctx context.Context, path string) ([]byte, error) {
	files, skipped, err := t.Files(ctx, Query{Want: func(p string) bool { return p == path }, Ignored: true, Only: path})
	switch {
	case err != nil:
		return nil, err
	case len(files) > 0:
		return files[0].Content, nil
	case len(skipped) > 0:
		return nil, fmt.Errorf("%s: %s", t.Show(path), skipped[0].Reason)
	}
	return nil, fmt.Errorf("%s: %w", t.Show(path), fs.ErrNotExist)
}

// Each reads entries in their order. A file that is gone by now is left out.
func (t *Tree) Each(ctx context.Context, entries []Entry, visit func(rewrite.File) error) error {
	if len(entries) == 0 {
		return nil
	}
	return t.from.read(ctx, entries, visit)
}
