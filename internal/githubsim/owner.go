package githubsim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// onRepo records a change of a repository itself, and tells about it by webhook.
func (s *Sim) onRepo(r *Repo, action string, by actor, changes object) {
	s.record(by, "repo."+action, r, "", "", "")
	payload := object{"action": action, "sender": s.userJSON(by.user)}
	if changes != nil {
		payload["changes"] = changes
	}
	s.emit("repository", r, payload)
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
	return p.in(name, "invite "+login, func(_ context.Context, r *Repo, by actor) error {
		who := p.sim.account(login)
		if who == nil || parseRole(roleName) == roleNone && roleName != "none" {
			return fmt.Errorf("no account %q or no role %q", login, roleName)
		}
		p.sim.record(by, "repo.collaborator", r, login, r.collaborators[who.ID].String(), roleName)
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
		p.sim.onRepo(r, "edited", by, object{})
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
		p.sim.onRepo(r, "edited", by, changes)
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
		p.sim.onRepo(r, "renamed", by, changes)
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
		p.sim.onRepo(r, "transferred", by, object{"owner": object{"from": object{kind: p.sim.userJSON(from)}}})
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
		p.sim.onRepo(r, map[bool]string{true: "archived", false: "unarchived"}[archived], by, nil)
		return nil
	})
}

// SetPrivate makes a repository private or public.
func (p Person) SetPrivate(name repo.Name, private bool) error {
	return p.in(name, "change visibility", func(_ context.Context, r *Repo, by actor) error {
		r.Private, r.Internal = private, false
		p.sim.onRepo(r, map[bool]string{true: "privatized", false: "publicized"}[private], by, nil)
		if !private {
			p.sim.emit("public", r, object{"sender": p.sim.userJSON(by.user)})
		}
		return nil
	})
}

// DeleteRepo deletes a repository for good.
func (p Person) DeleteRepo(name repo.Name) error {
	return p.in(name, "delete", func(_ context.Context, r *Repo, by actor) error {
		p.sim.onRepo(r, "deleted", by, nil)
		delete(p.sim.repos, r.ID)
		for _, pull := range p.sim.openPulls(r) {
			if pull.Head.Repo == r {
				pull.Head.Repo = nil // the pull request lives on without its branch
			}
		}
		for _, i := range p.sim.installations {
			delete(i.Selected, r.ID)
		}
		return nil
	})
}
