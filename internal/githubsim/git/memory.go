package git

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/skein-bot/skein/internal/repo"
)

// memory is a repository in maps. Objects are parsed once, when they are stored.
type memory struct {
	mu      sync.RWMutex
	closed  bool
	objects map[repo.SHA]*node
	refs    map[string]repo.SHA
	folders map[string]int // how many refs are below refs/heads, refs/heads/feature, ...
}

// node is a stored object, and what a commit's bytes say.
type node struct {
	object
	commit  Commit
	parents []*node
	// generation is one more than the highest of the parents'. Walking from high to low generations never meets
	// a commit before one of its descendants.
	generation int
}

// NewMemory returns an empty repository that lives as long as the process.
func NewMemory() Repo {
	m := &memory{objects: map[repo.SHA]*node{}, refs: map[string]repo.SHA{}, folders: map[string]int{}}
	m.objects[emptyTree] = &node{object: object{id: emptyTree, kind: KindTree}}
	return m
}

func (m *memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed, m.objects, m.refs, m.folders = true, nil, nil, nil
	return nil
}

// find returns an object. Nodes never change, so they are used without the lock.
func (m *memory) find(ctx context.Context, id repo.SHA) (*node, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	n, closed := m.objects[id], m.closed
	m.mu.RUnlock()
	switch {
	case n != nil:
		return n, nil
	case closed:
		return nil, ErrClosed
	}
	if err := checkID(id); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("object %s: %w", id, ErrNotFound)
}

func (m *memory) findKind(ctx context.Context, id repo.SHA, want Kind) (*node, error) {
	n, err := m.find(ctx, id)
	if err == nil && n.kind != want {
		return nil, missing(want, id)
	}
	return n, err
}

func (m *memory) Kind(ctx context.Context, id repo.SHA) (Kind, int64, error) {
	n, err := m.find(ctx, id)
	if err != nil {
		return "", 0, err
	}
	return n.kind, int64(len(n.data)), nil
}

func (m *memory) Blob(ctx context.Context, id repo.SHA) ([]byte, error) {
	n, err := m.findKind(ctx, id, KindBlob)
	if err != nil {
		return nil, err
	}
	return slices.Clip(n.data), nil
}

func (m *memory) Tree(ctx context.Context, id repo.SHA) ([]Entry, error) {
	n, err := m.findKind(ctx, id, KindTree)
	if err != nil {
		return nil, err
	}
	return slices.Clip(n.tree), nil
}

func (m *memory) Commit(ctx context.Context, id repo.SHA) (Commit, error) {
	n, err := m.findKind(ctx, id, KindCommit)
	if err != nil {
		return Commit{}, err
	}
	return n.commit, nil
}

// put stores objects; a commit's parents are there.
func (m *memory) put(ctx context.Context, objects []object) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	for _, o := range objects {
		if m.objects[o.id] != nil {
			continue
		}
		n := &node{object: o}
		var err error
		if o.kind == KindCommit {
			if n.commit, err = parseCommit(o.data); err != nil {
				return err
			}
			for _, p := range n.commit.Parents {
				parent := m.objects[p]
				n.parents = append(n.parents, parent)
				n.generation = max(n.generation, parent.generation+1)
			}
		}
		m.objects[o.id] = n
	}
	return nil
}

func (m *memory) WriteBlob(ctx context.Context, data []byte) (repo.SHA, error) {
	if err := checkBlob(data); err != nil {
		return "", err
	}
	blob := newObject(KindBlob, slices.Clone(data))
	return blob.id, m.put(ctx, []object{blob})
}

func (m *memory) WriteTree(ctx context.Context, entries []Entry) (repo.SHA, error) {
	return writeTree(ctx, m, entries)
}

func (m *memory) EditTree(ctx context.Context, base repo.SHA, changes []Change) (repo.SHA, error) {
	return editTree(ctx, m, base, changes)
}

func (m *memory) WriteCommit(ctx context.Context, c Commit) (repo.SHA, error) {
	return writeCommit(ctx, m, c)
}

func (m *memory) Refs(ctx context.Context, prefix string) ([]Ref, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return nil, ErrClosed
	}
	var refs []Ref
	for name, id := range m.refs {
		if strings.HasPrefix(name, prefix) {
			refs = append(refs, Ref{Name: name, ID: id})
		}
	}
	slices.SortFunc(refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	return refs, nil
}

func (m *memory) Ref(ctx context.Context, name string) (repo.SHA, error) {
	if err := checkRefName(name); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.ref(name)
}

func (m *memory) ref(name string) (repo.SHA, error) {
	if m.closed {
		return "", ErrClosed
	}
	id, ok := m.refs[name]
	if !ok {
		return "", noRef(name)
	}
	return id, nil
}

func (m *memory) CreateRef(ctx context.Context, name string, id repo.SHA) error {
	if err := m.checkRef(ctx, name, id); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if m.refs[name] != "" || m.folders[name] > 0 {
		return refExists(name)
	}
	for dir := range foldersOf(name) {
		if m.refs[dir] != "" {
			return refExists(dir)
		}
	}
	m.refs[name] = id
	m.count(name, 1)
	return nil
}

func (m *memory) count(name string, n int) {
	for dir := range foldersOf(name) {
		m.folders[dir] += n
	}
}

// foldersOf yields the names that a ref is below.
func foldersOf(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range name {
			if name[i] == '/' && !yield(name[:i]) {
				return
			}
		}
	}
}

func (m *memory) checkRef(ctx context.Context, name string, id repo.SHA) error {
	if err := checkRefName(name); err != nil {
		return err
	}
	if _, err := m.findKind(ctx, id, KindCommit); err != nil {
		return fmt.Errorf("ref %s: %w", name, err)
	}
	return nil
}

func (m *memory) UpdateRef(ctx context.Context, name string, old, id repo.SHA) error {
	if err := m.checkRef(ctx, name, id); err != nil {
		return err
	}
	if err := checkID(old); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.at(name, old); err != nil {
		return err
	}
	m.refs[name] = id
	return nil
}

func (m *memory) DeleteRef(ctx context.Context, name string, old repo.SHA) error {
	if err := checkRefName(name); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if old == "" {
		old = m.refs[name]
	} else if err := checkID(old); err != nil {
		return err
	}
	if err := m.at(name, old); err != nil {
		return err
	}
	delete(m.refs, name)
	m.count(name, -1)
	return nil
}

// at makes sure, under the lock, that a ref is where the caller thinks.
func (m *memory) at(name string, old repo.SHA) error {
	is, err := m.ref(name)
	if err == nil && is != old {
		return stale(name, old, is)
	}
	return err
}
