package githubsim

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// Fork copies a repository to the person's account; it shares the objects, as forks do.
func (p Person) Fork(name repo.Name) (fork repo.Name, err error) {
	err = p.in(name, "fork", func(ctx context.Context, r *Repo, by actor) error {
		fork = repo.Name{Owner: by.user.Login, Name: r.Name}
		if old := p.sim.repo(fork); old != nil && old.Owner == by.user {
			return errors.New("name already exists on this account")
		}
		copied := p.sim.newRepo(by.user, RepoSpec{Name: fork, Private: r.Private, DefaultBranch: r.DefaultBranch})
		copied.Fork, copied.git = r, newForkView(r.git, copied.ID)
		p.sim.addRepo(copied)
		refs, err := r.git.Refs(ctx, heads)
		for _, ref := range refs {
			err = errors.Join(err, copied.git.CreateRef(ctx, ref.Name, ref.ID))
		}
		return err
	})
	return fork, err
}

// Collaborate gives someone a role in a repository: read, triage, write, maintain or admin; none takes it away.
func (p Person) Collaborate(name repo.Name, login, roleName string) error {
	return p.in(name, "invite "+login, func(_ context.Context, r *Repo, _ actor) error {
		who := p.sim.account(login)
		if who == nil || parseRole(roleName) == roleNone && roleName != "none" {
			return fmt.Errorf("no account %q or no role %q", login, roleName)
		}
		r.collaborators[who.ID] = parseRole(roleName)
		return nil
	})
}

// Protect sets the classic protection of a branch; nil takes it away.
func (p Person) Protect(name repo.Name, branch string, protection *Protection) error {
	return p.in(name, "protect "+branch, func(_ context.Context, r *Repo, by actor) error {
		if protection == nil {
			delete(r.protection, branch)
		} else {
			r.protection[branch] = new(*protection)
		}
		p.sim.record(by, "protection.set", r, branch, "", "")
		return nil
	})
}

// SetRulesets replaces the rulesets of a repository.
func (p Person) SetRulesets(name repo.Name, sets ...Ruleset) error {
	return p.in(name, "set rulesets", func(_ context.Context, r *Repo, by actor) error {
		r.rulesets = nil
		for _, set := range sets {
			set.ID = p.sim.nextID()
			r.rulesets = append(r.rulesets, &set)
		}
		p.sim.record(by, "rulesets.set", r, "", "", "")
		return nil
	})
}

// SetTopics replaces the topics of a repository.
func (p Person) SetTopics(name repo.Name, topics ...string) error {
	return p.in(name, "set topics", func(_ context.Context, r *Repo, by actor) error {
		r.Topics = slices.Clone(topics)
		p.sim.emit("repository", r, object{"action": "edited", "changes": object{}, "sender": p.sim.userJSON(by.user)})
		return nil
	})
}

// SetMerging changes which merge methods there are, and whether merged branches are deleted.
func (p Person) SetMerging(name repo.Name, m MergeSettings) error {
	return p.in(name, "set merging", func(_ context.Context, r *Repo, _ actor) error {
		r.Merging = m
		return nil
	})
}

// SetDefaultBranch makes another branch the default one.
func (p Person) SetDefaultBranch(name repo.Name, branch string) error {
	return p.in(name, "set the default branch", func(ctx context.Context, r *Repo, by actor) error {
		if r.tip(ctx, branch) == "" {
			return fmt.Errorf("no branch %s", branch)
		}
		changes := object{"default_branch": object{"from": r.DefaultBranch}}
		r.DefaultBranch = branch
		p.sim.emit("repository", r, object{"action": "edited", "changes": changes, "sender": p.sim.userJSON(by.user)})
		return nil
	})
}

// Rename gives a repository a new name; the old one redirects.
func (p Person) Rename(name repo.Name, to string) error {
	return p.in(name, "rename", func(_ context.Context, r *Repo, by actor) error {
		changes := object{"repository": object{"name": object{"from": r.Name}}}
		if err := p.sim.rename(r, r.Owner, to); err != nil {
			return err
		}
		p.sim.emit("repository", r, object{"action": "renamed", "changes": changes, "sender": p.sim.userJSON(by.user)})
		return nil
	})
}

// rename moves a repository to a free name. Former names go on leading to it.
func (s *Sim) rename(r *Repo, owner *Account, name string) error {
	to := repo.Name{Owner: owner.Login, Name: name}
	if _, err := repo.ParseName(to.String()); err != nil {
		return err
	}
	if old := s.repo(to); old != nil && old != r && strings.EqualFold(old.fullName().String(), to.String()) {
		return fmt.Errorf("%s exists", to)
	}
	r.Owner, r.Name, r.UpdatedAt = owner, name, s.now()
	s.names[strings.ToLower(to.String())] = r.ID
	return nil
}

// Transfer gives a repository to another account.
func (p Person) Transfer(name repo.Name, to string) error {
	return p.in(name, "transfer", func(_ context.Context, r *Repo, by actor) error {
		owner, from := p.sim.account(to), r.Owner
		if owner == nil {
			return fmt.Errorf("no account %q", to)
		}
		before := p.sim.coveringInstallations(r)
		if err := p.sim.rename(r, owner, r.Name); err != nil {
			return err
		}
		for _, i := range before {
			delete(i.Selected, r.ID)
			p.sim.emitRepos(i, "removed", []*Repo{r}, by.user)
		}
		kind := strings.ToLower(from.Type)
		p.sim.emit("repository", r, object{"action": "transferred", "sender": p.sim.userJSON(by.user),
			"changes": object{"owner": object{"from": object{kind: p.sim.userJSON(from)}}}})
		return nil
	})
}

// coveringInstallations lists the installations that were granted r.
func (s *Sim) coveringInstallations(r *Repo) []*Installation {
	var out []*Installation
	for i := range maps.Values(s.installations) {
		if i.covers(r) {
			out = append(out, i)
		}
	}
	return out
}

// Archive makes a repository read-only, or writable again.
func (p Person) Archive(name repo.Name, archived bool) error {
	return p.in(name, "archive", func(_ context.Context, r *Repo, by actor) error {
		r.Archived = archived
		action := map[bool]string{true: "archived", false: "unarchived"}[archived]
		p.sim.emit("repository", r, object{"action": action, "sender": p.sim.userJSON(by.user)})
		return nil
	})
}

// SetPrivate makes a repository private or public.
func (p Person) SetPrivate(name repo.Name, private bool) error {
	return p.in(name, "change visibility", func(_ context.Context, r *Repo, by actor) error {
		r.Private = private
		action := map[bool]string{true: "privatized", false: "publicized"}[private]
		p.sim.emit("repository", r, object{"action": action, "sender": p.sim.userJSON(by.user)})
		if !private {
			p.sim.emit("public", r, object{"sender": p.sim.userJSON(by.user)})
		}
		return nil
	})
}

// DeleteRepo deletes a repository for good.
func (p Person) DeleteRepo(name repo.Name) error {
	return p.in(name, "delete", func(_ context.Context, r *Repo, by actor) error {
		p.sim.emit("repository", r, object{"action": "deleted", "sender": p.sim.userJSON(by.user)})
		delete(p.sim.repos, r.ID)
		for _, pull := range p.sim.openPulls(r) {
			if pull.Head.Repo == r {
				pull.Head.Repo = nil // the pull request lives on without its branch
			}
		}
		for _, i := range p.sim.installations {
			delete(i.Selected, r.ID)
		}
		p.sim.record(by, "repo.delete", r, "", "", "")
		return nil
	})
}
