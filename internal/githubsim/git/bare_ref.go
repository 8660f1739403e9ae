package git

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

func (b *bare) Refs(ctx context.Context, prefix string) ([]Ref, error) {
	out, err := b.run(ctx, nil, "for-each-ref", "--format=%(objectname) %(refname)")
	if err != nil {
		return nil, err
	}
	var refs []Ref
	for line := range strings.Lines(string(out)) {
		id, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if strings.HasPrefix(name, prefix) {
			refs = append(refs, Ref{Name: name, ID: repo.SHA(id)})
		}
	}
	return refs, nil
}

func (b *bare) Ref(ctx context.Context, name string) (repo.SHA, error) {
	if err := checkRefName(name); err != nil {
		return "", err
	}
	out, err := b.run(ctx, nil, "show-ref", "--verify", "--hash", "--", name)
	if code := exitCode(err); code == 1 || code == 128 && strings.Contains(err.Error(), "not a valid ref") {
		return "", noRef(name)
	}
	return repo.SHA(strings.TrimSpace(string(out))), err
}

func (b *bare) CreateRef(ctx context.Context, name string, id repo.SHA) error {
	if err := b.checkRef(ctx, name, id); err != nil {
		return err
	}
	b.refs.Lock()
	defer b.refs.Unlock()
	refs, err := b.Refs(ctx, "refs/")
	if err != nil {
		return err
	}
	for _, r := range refs {
		if r.Name == name || clash(r.Name, name) {
			return refExists(r.Name)
		}
	}
	_, err = b.run(ctx, nil, "update-ref", "--no-deref", name, string(id), strings.Repeat("0", 40))
	return err
}

func (b *bare) checkRef(ctx context.Context, name string, id repo.SHA) error {
	if err := checkRefName(name); err != nil {
		return err
	}
	if err := b.checkCommits(ctx, id); err != nil {
		return fmt.Errorf("ref %s: %w", name, err)
	}
	return nil
}

func (b *bare) UpdateRef(ctx context.Context, name string, old, id repo.SHA) error {
	if err := b.checkRef(ctx, name, id); err != nil {
		return err
	}
	if err := checkID(old); err != nil {
		return err
	}
	b.refs.Lock()
	defer b.refs.Unlock()
	return b.moved(ctx, name, old, "update-ref", "--no-deref", name, string(id), string(old))
}

func (b *bare) DeleteRef(ctx context.Context, name string, old repo.SHA) error {
	b.refs.Lock()
	defer b.refs.Unlock()
	if old == "" {
		is, err := b.Ref(ctx, name)
		if err != nil {
			return err
		}
		old = is
	}
	if err := errors.Join(checkRefName(name), checkID(old)); err != nil {
		return err
	}
	return b.moved(ctx, name, old, "update-ref", "--no-deref", "-d", name, string(old))
}

// moved runs an update-ref that git refuses if the ref is not at old, and says what the matter was.
func (b *bare) moved(ctx context.Context, name string, old repo.SHA, args ...string) error {
	_, failure := b.run(ctx, nil, args...)
	if failure == nil {
		return nil
	}
	is, err := b.Ref(ctx, name)
	switch {
	case err != nil:
		return err
	case is != old:
		return stale(name, old, is)
	default:
		return failure
	}
}
