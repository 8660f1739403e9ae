package git

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

func (m *memory) Merge(ctx context.Context, ours, theirs repo.SHA) (repo.SHA, error) {
	bases, err := m.MergeBases(ctx, ours, theirs)
	if err != nil {
		return "", err
	}
	if len(bases) == 0 {
		return "", unrelated(ours, theirs)
	}
	base, err := m.virtualBase(ctx, bases)
	if err != nil {
		return "", err
	}
	return replay(ctx, m, ours, base, theirs)
}

// virtualBase is what a merge starts from. Several merge bases are merged first, oldest first, into commits that
// no ref leads to; if they conflict the newest serves alone.
func (m *memory) virtualBase(ctx context.Context, bases []repo.SHA) (repo.SHA, error) {
	who := Signature{Name: "base", Email: "base", When: time.Unix(0, 0).UTC()}
	last := len(bases) - 1
	at := bases[last]
	for i := last - 1; i >= 0; i-- {
		tree, err := m.Merge(ctx, at, bases[i])
		if errors.Is(err, ErrUnrelated) {
			tree, err = replay(ctx, m, at, "", bases[i])
		}
		if errors.Is(err, ErrConflict) {
			return bases[0], nil
		}
		if err != nil {
			return "", err
		}
		c := Commit{Tree: tree, Parents: []repo.SHA{at, bases[i]}, Author: who, Committer: who}
		if at, err = m.WriteCommit(ctx, c); err != nil {
			return "", err
		}
	}
	return at, nil
}

func (m *memory) MergeTrees(ctx context.Context, base, ours, theirs repo.SHA) (repo.SHA, error) {
	for _, id := range []repo.SHA{base, ours, theirs} {
		if err := checkKind(ctx, m, id, KindTree); err != nil {
			return "", err
		}
	}
	t := &treeMerge{memory: m}
	tree, err := t.trees(ctx, "", base, ours, theirs)
	if err != nil {
		return "", err
	}
	if len(t.conflicts) > 0 {
		slices.Sort(t.conflicts)
		return "", &ConflictError{Paths: slices.Compact(t.conflicts)}
	}
	return tree, m.put(ctx, t.made)
}

// treeMerge is one MergeTrees: the objects it makes are stored only if there is no conflict.
type treeMerge struct {
	*memory
	conflicts []string
	made      []object
}

// settled returns the side that counts when at most one side changed something.
func settled[T comparable](base, ours, theirs T) (side T, ok bool) {
	if ours == theirs || base == theirs {
		return ours, true
	}
	return theirs, base == ours
}

func (t *treeMerge) trees(ctx context.Context, prefix string, base, ours, theirs repo.SHA) (repo.SHA, error) {
	if side, ok := settled(base, ours, theirs); ok {
		return side, nil
	}
	rows, err := align(ctx, t.memory, base, ours, theirs)
	if err != nil {
		return "", err
	}
	var entries []Entry
	for _, r := range rows {
		e, err := t.row(ctx, prefix+r.name, r)
		if err != nil {
			return "", err
		}
		if e.Mode != 0 {
			e.Name = r.name
			entries = append(entries, e)
		}
	}
	tree, err := newTree(entries)
	if err != nil {
		return "", err
	}
	if tree.id != emptyTree {
		t.made = append(t.made, tree)
	}
	return tree.id, nil
}

// row merges what is under one name: apart as a file and as a folder, and only one of them may be left.
func (t *treeMerge) row(ctx context.Context, path string, r row) (Entry, error) {
	base, ours, theirs := r.sides[0], r.sides[1], r.sides[2]
	if side, ok := settled(base, ours, theirs); ok {
		return side, nil
	}
	file, err := t.file(ctx, path, base.file(), ours.file(), theirs.file())
	if err != nil {
		return Entry{}, err
	}
	dir, err := t.trees(ctx, path+"/", base.dir(), ours.dir(), theirs.dir())
	if err != nil || dir == emptyTree {
		return file, err
	}
	if file.Mode != 0 {
		t.conflicts = append(t.conflicts, path)
	}
	return Entry{Mode: Dir, ID: dir}, nil
}

// file merges a file's mode and content. After a conflict something stays at the path, as in git.
func (t *treeMerge) file(ctx context.Context, path string, base, ours, theirs Entry) (Entry, error) {
	if side, ok := settled(base, ours, theirs); ok {
		return side, nil
	}
	kept := ours
	if ours.Mode == 0 {
		kept = theirs
	}
	if ours.Mode == 0 || theirs.Mode == 0 || ours.Mode.format() != theirs.Mode.format() {
		t.conflicts = append(t.conflicts, path)
		return kept, nil
	}
	mode, sameMode := settled(base.Mode, ours.Mode, theirs.Mode)
	id, sameContent := settled(base.ID, ours.ID, theirs.ID)
	if !sameContent && ours.Mode.format() == File {
		if base.Mode.format() != File {
			base = Entry{}
		}
		var err error
		if id, sameContent, err = t.content(ctx, base.ID, ours.ID, theirs.ID); err != nil {
			return Entry{}, err
		}
	}
	if !sameMode || !sameContent {
		t.conflicts = append(t.conflicts, path)
		return kept, nil
	}
	return Entry{Mode: mode, ID: id}, nil
}

// format is the mode without the executable bit.
func (m Mode) format() Mode {
	if m == Executable {
		return File
	}
	return m
}

func (t *treeMerge) content(ctx context.Context, ids ...repo.SHA) (id repo.SHA, ok bool, err error) {
	var sides [3][]byte
	for i, id := range ids {
		if id == "" {
			continue
		}
		if sides[i], err = t.Blob(ctx, id); err != nil {
			return "", false, err
		}
		if !isText(sides[i]) {
			return "", false, nil
		}
	}
	data, ok := mergeText(sides[0], sides[1], sides[2])
	if !ok {
		return "", false, nil
	}
	if err := checkBlob(data); err != nil {
		return "", false, err
	}
	blob := newObject(KindBlob, data)
	t.made = append(t.made, blob)
	return blob.id, true, nil
}
