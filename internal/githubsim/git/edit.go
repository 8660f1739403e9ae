package git

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/skein-bot/skein/internal/repo"
)

// store is what editing and walking trees need of a repository.
type store interface {
	Kind(ctx context.Context, id repo.SHA) (Kind, int64, error)
	Tree(ctx context.Context, id repo.SHA) ([]Entry, error)
	// put stores objects that the repository may have already.
	put(ctx context.Context, objects []object) error
}

// folder is a tree being edited. What was not touched below it stays an entry and is never read.
type folder struct {
	entries map[string]Entry
	open    map[string]*folder // folders that were looked into; their entries are not in entries
}

// edit is one EditTree: the objects it makes are stored together at its end.
type edit struct {
	store
	made []object
}

// editTree is EditTree for any store.
func editTree(ctx context.Context, s store, base repo.SHA, changes []Change) (repo.SHA, error) {
	if len(changes) > MaxEntries {
		return "", fmt.Errorf("%d changes: %w: at most %d", len(changes), ErrTooLarge, MaxEntries)
	}
	e := &edit{store: s}
	root, err := e.load(ctx, base)
	if err != nil {
		return "", err
	}
	for _, c := range changes {
		if err := e.change(ctx, root, c); err != nil {
			return "", fmt.Errorf("change %.200q: %w", c.Path, err)
		}
	}
	id, err := e.save(root)
	if err != nil {
		return "", err
	}
	return id, e.put(ctx, e.made)
}

func (e *edit) load(ctx context.Context, id repo.SHA) (*folder, error) {
	var entries []Entry
	if id != "" {
		var err error
		if entries, err = e.Tree(ctx, id); err != nil {
			return nil, err
		}
	}
	f := &folder{entries: make(map[string]Entry, len(entries)+1), open: map[string]*folder{}}
	for _, entry := range entries {
		f.entries[entry.Name] = entry
	}
	return f, nil
}

func (e *edit) change(ctx context.Context, root *folder, c Change) error {
	names, err := splitPath(c.Path)
	if err != nil {
		return err
	}
	at := root
	for _, name := range names[:len(names)-1] {
		if at, err = e.enter(ctx, at, name, c.Delete); err != nil {
			return err
		}
	}
	last := names[len(names)-1]
	if c.Delete {
		return at.remove(last)
	}
	entry, err := e.entry(ctx, last, c)
	if err != nil {
		return err
	}
	delete(at.open, last)
	at.entries[last] = entry
	return nil
}

// enter opens a folder's folder, and makes it where it is not, unless it must exist.
func (e *edit) enter(ctx context.Context, f *folder, name string, must bool) (*folder, error) {
	if sub, ok := f.open[name]; ok {
		return sub, nil
	}
	id := repo.SHA("")
	if entry := f.entries[name]; entry.Mode == Dir {
		id = entry.ID
	} else if must {
		return nil, ErrNotFound
	}
	sub, err := e.load(ctx, id)
	if err != nil {
		return nil, err
	}
	delete(f.entries, name)
	f.open[name] = sub
	return sub, nil
}

func (f *folder) remove(name string) error {
	_, entry := f.entries[name]
	sub, open := f.open[name]
	if !entry && (!open || sub.empty()) {
		return ErrNotFound
	}
	delete(f.entries, name)
	delete(f.open, name)
	return nil
}

func (f *folder) empty() bool {
	if len(f.entries) > 0 {
		return false
	}
	for _, sub := range f.open {
		if !sub.empty() {
			return false
		}
	}
	return true
}

// entry is what a change puts at its path. New content is kept for the end; an object named by id must exist.
func (e *edit) entry(ctx context.Context, name string, c Change) (Entry, error) {
	entry := Entry{Name: name, Mode: c.Mode, ID: c.ID}
	if entry.Mode == 0 {
		entry.Mode = File
	}
	if c.ID != "" {
		return entry, checkTarget(ctx, e, entry)
	}
	if !entry.Mode.valid() || entry.Mode.Kind() != KindBlob {
		return Entry{}, fmt.Errorf("content with mode %s: %w", entry.Mode, ErrInvalid)
	}
	if err := checkBlob(c.Content); err != nil {
		return Entry{}, err
	}
	blob := newObject(KindBlob, slices.Clone(c.Content))
	e.made = append(e.made, blob)
	entry.ID = blob.id
	return entry, nil
}

// checkTarget makes sure that an entry's object exists and is what its mode says. Submodules live elsewhere.
func checkTarget(ctx context.Context, s store, e Entry) error {
	if err := checkEntry(e); err != nil {
		return err
	}
	if e.Mode == Submodule {
		return nil
	}
	kind, _, err := s.Kind(ctx, e.ID)
	if err != nil {
		return fmt.Errorf("tree entry %q: %w", e.Name, err)
	}
	if kind != e.Mode.Kind() {
		return fmt.Errorf("tree entry %q: mode %s: %w: object %s is a %s", e.Name, e.Mode, ErrInvalid, e.ID, kind)
	}
	return nil
}

// save turns a folder and those open below it into trees. Empty folders vanish.
func (e *edit) save(f *folder) (repo.SHA, error) {
	entries := slices.AppendSeq(make([]Entry, 0, len(f.entries)+len(f.open)), maps.Values(f.entries))
	for name, sub := range f.open {
		id, err := e.save(sub)
		if err != nil {
			return "", err
		}
		if id != emptyTree {
			entries = append(entries, Entry{Name: name, Mode: Dir, ID: id})
		}
	}
	tree, err := newTree(entries)
	if err != nil {
		return "", err
	}
	if tree.id != emptyTree {
		e.made = append(e.made, tree)
	}
	return tree.id, nil
}

// writeTree is WriteTree for any store.
func writeTree(ctx context.Context, s store, entries []Entry) (repo.SHA, error) {
	for _, e := range entries {
		if err := checkTarget(ctx, s, e); err != nil {
			return "", err
		}
	}
	tree, err := newTree(entries)
	if err != nil {
		return "", err
	}
	return tree.id, s.put(ctx, []object{tree})
}

// writeCommit is WriteCommit for any store.
func writeCommit(ctx context.Context, s store, c Commit) (repo.SHA, error) {
	data, err := encodeCommit(c)
	if err != nil {
		return "", err
	}
	if err := checkKind(ctx, s, c.Tree, KindTree); err != nil {
		return "", err
	}
	for _, p := range c.Parents {
		if err := checkKind(ctx, s, p, KindCommit); err != nil {
			return "", err
		}
	}
	commit := newObject(KindCommit, data)
	return commit.id, s.put(ctx, []object{commit})
}

func checkKind(ctx context.Context, s store, id repo.SHA, want Kind) error {
	kind, _, err := s.Kind(ctx, id)
	if err == nil && kind != want {
		return missing(want, id)
	}
	return err
}
