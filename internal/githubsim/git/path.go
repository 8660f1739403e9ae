package git

import (
	"context"
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// Lookup returns the entry at a path of a commit. The empty path is the root folder.
func Lookup(ctx context.Context, r Repo, commit repo.SHA, path string) (Entry, error) {
	root, err := treeOf(ctx, r, commit)
	at := Entry{Name: path, Mode: Dir, ID: root}
	if err != nil || path == "" {
		return at, err
	}
	names, err := splitPath(path)
	if err != nil {
		return Entry{}, err
	}
	for _, name := range names {
		if at, err = child(ctx, r, at, name); err != nil {
			return Entry{}, err
		}
		if at.Mode == 0 {
			return Entry{}, fmt.Errorf("%s at %s: %w", path, commit.Short(), ErrNotFound)
		}
	}
	at.Name = path
	return at, nil
}

// child returns one entry of a folder, with mode 0 if it is not there.
func child(ctx context.Context, r interface {
	Tree(context.Context, repo.SHA) ([]Entry, error)
}, dir Entry, name string) (Entry, error) {
	if dir.Mode != Dir {
		return Entry{}, nil
	}
	entries, err := r.Tree(ctx, dir.ID)
	if err != nil {
		return Entry{}, err
	}
	for _, e := range entries {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry{}, nil
}

// ReadFile returns the content at a path of a commit; of a symbolic link, its target.
func ReadFile(ctx context.Context, r Repo, commit repo.SHA, path string) ([]byte, error) {
	e, err := Lookup(ctx, r, commit, path)
	if err != nil {
		return nil, err
	}
	if e.Mode.Kind() != KindBlob {
		return nil, fmt.Errorf("%s at %s: %w: it is not a file", path, commit.Short(), ErrNotFound)
	}
	return r.Blob(ctx, e.ID)
}

// List returns everything below a tree, folders before what is in them, by path from the root.
func List(ctx context.Context, r Repo, tree repo.SHA) ([]Entry, error) {
	return list(ctx, r, tree, "", nil)
}

func list(ctx context.Context, r Repo, tree repo.SHA, prefix string, found []Entry) ([]Entry, error) {
	if strings.Count(prefix, "/") > MaxDepth {
		return nil, fmt.Errorf("list tree: %w: more than %d nested folders", ErrTooLarge, MaxDepth)
	}
	entries, err := r.Tree(ctx, tree)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		e.Name = prefix + e.Name
		if found = append(found, e); len(found) > MaxEntries {
			return nil, fmt.Errorf("list tree: %w: more than %d entries", ErrTooLarge, MaxEntries)
		}
		if e.Mode != Dir {
			continue
		}
		if found, err = list(ctx, r, e.ID, e.Name+"/", found); err != nil {
			return nil, err
		}
	}
	return found, nil
}
