package githubsim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// Person acts as somebody with an account. What they do goes the same way as it would through the API.
type Person struct {
	sim   *Sim
	login string
}

// As returns a person to act as.
func (s *Sim) As(login string) Person { return Person{s, login} }

// in runs an act of the person in a repository, with the world locked.
func (p Person) in(name repo.Name, what string, act func(context.Context, *Repo, actor) error) error {
	p.sim.mu.Lock()
	defer p.sim.mu.Unlock()
	a, r := p.sim.account(p.login), p.sim.repo(name)
	var err error
	switch {
	case a == nil:
		err = fmt.Errorf("no account %q", p.login)
	case r == nil:
		err = fmt.Errorf("no such repository")
	default:
		err = act(context.Background(), r, actor{user: a})
	}
	if err != nil {
		return fmt.Errorf("%s: %s in %s: %w", p.login, what, name, err)
	}
	return nil
}

// onPull runs an act of the person on a pull request.
func (p Person) onPull(name repo.Name, number int, what string, act func(context.Context, *Pull, actor) error) error {
	return p.in(name, fmt.Sprintf("%s #%d", what, number), func(ctx context.Context, r *Repo, by actor) error {
		if r.pulls[number] == nil {
			return errors.New("no such pull request")
		}
		return act(ctx, r.pulls[number], by)
	})
}

// Change is a commit that a person makes.
type Change struct {
	Message string
	Files   map[string]string // path → content
	Links   map[string]string // path → target of a symbolic link
	Scripts map[string]string // path → content of an executable file
	Delete  []string
	When    time.Time // now when zero
}

// Push commits changes on a branch, one after the other, and pushes them at once. A branch that is not there starts at
// the default branch.
func (p Person) Push(name repo.Name, branch string, changes ...Change) (head repo.SHA, err error) {
	err = p.in(name, "push to "+branch, func(ctx context.Context, r *Repo, by actor) error {
		head, err = p.sim.push(ctx, r, branch, by, changes...)
		return err
	})
	return head, err
}

// ForcePush puts a branch on onto, with changes on top.
func (p Person) ForcePush(name repo.Name, branch string, onto repo.SHA, changes ...Change) (head repo.SHA, err error) {
	err = p.in(name, "force-push to "+branch, func(ctx context.Context, r *Repo, by actor) error {
		if head, err = p.sim.commitAll(ctx, r, onto, by, changes); err != nil {
			return err
		}
		return p.sim.moveRef(ctx, r, heads+branch, r.tip(ctx, branch), head, by)
	})
	return head, err
}

// DeleteBranch deletes a branch.
func (p Person) DeleteBranch(name repo.Name, branch string) error {
	return p.in(name, "delete "+branch, func(ctx context.Context, r *Repo, by actor) error {
		return p.sim.moveRef(ctx, r, heads+branch, r.tip(ctx, branch), "", by)
	})
}

// push commits and moves the branch, or creates it.
func (s *Sim) push(ctx context.Context, r *Repo, branch string, by actor, changes ...Change) (repo.SHA, error) {
	if r.Archived {
		return "", errors.New("the repository is archived")
	}
	before := r.tip(ctx, branch)
	from := before
	if from == "" {
		from = r.tip(ctx, r.DefaultBranch)
	}
	head, err := s.commitAll(ctx, r, from, by, changes)
	if err != nil || head == before {
		return head, err
	}
	return head, s.moveRef(ctx, r, heads+branch, before, head, by)
}

// commitAll makes commits on top of parent, which is empty for a first commit.
func (s *Sim) commitAll(ctx context.Context, r *Repo, parent repo.SHA, by actor, changes []Change) (repo.SHA, error) {
	for _, c := range changes {
		var err error
		if parent, err = s.commitOne(ctx, r, parent, by, c); err != nil {
			return "", err
		}
	}
	return parent, nil
}

func (s *Sim) commitOne(ctx context.Context, r *Repo, parent repo.SHA, by actor, c Change) (repo.SHA, error) {
	author := s.signature(by.user)
	if !c.When.IsZero() {
		author.When = c.When
	}
	commit := git.Commit{Author: author, Committer: author, Message: c.Message}
	base := repo.SHA("")
	if parent != "" {
		above, err := r.git.Commit(ctx, parent)
		if err != nil {
			return "", err
		}
		base, commit.Parents = above.Tree, []repo.SHA{parent}
	}
	var err error
	if commit.Tree, err = r.git.EditTree(ctx, base, c.edits()); err != nil {
		return "", err
	}
	return r.git.WriteCommit(ctx, commit)
}

// edits lists the change for git, by path.
func (c Change) edits() []git.Change {
	var out []git.Change
	add := func(files map[string]string, mode git.Mode) {
		for path, content := range files {
			out = append(out, git.Change{Path: path, Mode: mode, Content: []byte(content)})
		}
	}
	add(c.Files, git.File)
	add(c.Links, git.Symlink)
	add(c.Scripts, git.Executable)
	for _, path := range c.Delete {
		out = append(out, git.Change{Path: path, Delete: true})
	}
	slices.SortFunc(out, func(a, b git.Change) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// OpenPull opens a pull request and returns its number.
func (p Person) OpenPull(name repo.Name, in NewPull) (number int, err error) {
	err = p.in(name, "open a pull request", func(ctx context.Context, r *Repo, by actor) error {
		pull, err := p.sim.openPull(ctx, r, in, by)
		if err == nil {
			number = pull.Number
		}
		return err
	})
	return number, err
}

// ClosePull closes a pull request without merging.
func (p Person) ClosePull(name repo.Name, number int) error {
	return p.onPull(name, number, "close", func(_ context.Context, pull *Pull, by actor) error {
		p.sim.closePull(pull, by)
		return nil
	})
}

// ReopenPull opens a closed pull request again.
func (p Person) ReopenPull(name repo.Name, number int) error {
	return p.onPull(name, number, "reopen", func(ctx context.Context, pull *Pull, by actor) error {
		return p.sim.reopenPull(ctx, pull, by)
	})
}

// EditPull changes title, body or base; nil leaves them.
func (p Person) EditPull(name repo.Name, number int, title, body, base *string) error {
	return p.onPull(name, number, "edit", func(ctx context.Context, pull *Pull, by actor) error {
		in := pullPatch{Title: title, Body: body, Base: base}
		if err := p.sim.changeBase(ctx, pull, in, by); err != nil {
			return err
		}
		return p.sim.changeText(ctx, pull, in, by)
	})
}

// MergePull merges as the button does, protection included.
func (p Person) MergePull(name repo.Name, number int, in Merge) (merged repo.SHA, err error) {
	err = p.onPull(name, number, "merge", func(ctx context.Context, pull *Pull, by actor) error {
		err := p.sim.mergePull(ctx, pull, in, by)
		merged = pull.MergeCommit
		return err
	})
	return merged, err
}

// Ready takes a pull request out of draft.
func (p Person) Ready(name repo.Name, number int) error {
	return p.onPull(name, number, "ready", func(_ context.Context, pull *Pull, by actor) error {
		if pull.Draft {
			pull.Draft, pull.UpdatedAt = false, p.sim.now()
			p.sim.onPullChanged(pull, "ready_for_review", by, nil)
		}
		return nil
	})
}

// Review judges the head of a pull request: APPROVE, REQUEST_CHANGES or COMMENT.
func (p Person) Review(name repo.Name, number int, event, body string) (id int64, err error) {
	err = p.onPull(name, number, "review", func(_ context.Context, pull *Pull, by actor) error {
		r, err := p.sim.review(pull, event, body, "", by)
		if err == nil {
			id = r.ID
		}
		return err
	})
	return id, err
}

// DismissReview takes the force from a review.
func (p Person) DismissReview(name repo.Name, number int, review int64) error {
	return p.onPull(name, number, "dismiss a review of", func(_ context.Context, pull *Pull, by actor) error {
		_, err := p.sim.dismiss(pull, review, by)
		return err
	})
}
