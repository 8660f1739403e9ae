package githubsim

import (
	"context"
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// forkView is a fork's side of the objects that it shares with its parent, as on GitHub: refs of its own, in a
// folder of the parent's that nobody else sees.
type forkView struct {
	git.Repo
	folder string // ends with a slash
}

func newForkView(parent git.Repo, id repo.ID) forkView {
	if p, ok := parent.(forkView); ok {
		parent = p.Repo
	}
	return forkView{parent, fmt.Sprintf("refs/forks/%d/", id)}
}

func (f forkView) inner(name string) string { return f.folder + strings.TrimPrefix(name, "refs/") }

func (f forkView) Refs(ctx context.Context, prefix string) ([]git.Ref, error) {
	refs, err := f.Repo.Refs(ctx, f.inner(prefix))
	out := make([]git.Ref, len(refs))
	for i, r := range refs {
		out[i] = git.Ref{Name: "refs/" + strings.TrimPrefix(r.Name, f.folder), ID: r.ID}
	}
	return out, err
}

func (f forkView) Ref(ctx context.Context, name string) (repo.SHA, error) {
	return f.Repo.Ref(ctx, f.inner(name))
}

func (f forkView) CreateRef(ctx context.Context, name string, id repo.SHA) error {
	return f.Repo.CreateRef(ctx, f.inner(name), id)
}

func (f forkView) UpdateRef(ctx context.Context, name string, old, id repo.SHA) error {
	return f.Repo.UpdateRef(ctx, f.inner(name), old, id)
}

func (f forkView) DeleteRef(ctx context.Context, name string, old repo.SHA) error {
	return f.Repo.DeleteRef(ctx, f.inner(name), old)
}

// Close leaves the objects to the parent.
func (f forkView) Close() error { return nil }
