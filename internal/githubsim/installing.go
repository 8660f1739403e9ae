package githubsim

import (
	"fmt"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// InstallSpec says where an app is installed, and with what.
type InstallSpec struct {
	App         int64
	Account     string
	Repos       []string          // names without owner; nil: all, also those to come
	Permissions map[string]string // nil: what the app asks for
	Events      []string          // nil: what the app asks for
	By          string            // who installs; the account when empty
}

// Install installs an app on an account and returns the installation's id.
func (s *Sim) Install(spec InstallSpec) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	app, account := s.apps[spec.App], s.account(spec.Account)
	if app == nil || account == nil {
		return 0, fmt.Errorf("install app %d on %s: no such app or account", spec.App, spec.Account)
	}
	for _, other := range s.installationsOf(app) {
		if other.Account == account {
			return 0, fmt.Errorf("install app %d on %s: it is installed already", spec.App, spec.Account)
		}
	}
	i := &Installation{
		ID: s.nextID(), App: app, Account: account, Permissions: levels(app.Permissions), Events: app.Events,
		All: spec.Repos == nil, Selected: map[repo.ID]bool{}, CreatedAt: s.now(), UpdatedAt: s.now(),
	}
	if spec.Permissions != nil {
		i.Permissions = levels(spec.Permissions)
		i.Permissions["metadata"] = "read"
	}
	if spec.Events != nil {
		i.Events = spec.Events
	}
	for _, name := range spec.Repos {
		r := s.repo(repo.Name{Owner: account.Login, Name: name})
		if r == nil {
			return 0, fmt.Errorf("install app %d: no repository %s/%s", spec.App, spec.Account, name)
		}
		i.Selected[r.ID] = true
	}
	s.installations[i.ID] = i
	s.onInstallation(i, "created", s.personOr(spec.By, account))
	return i.ID, nil
}

// personOr is the account of a login, or the other one when nobody is named.
func (s *Sim) personOr(login string, other *Account) *Account {
	if a := s.account(login); a != nil {
		return a
	}
	return other
}

// onInstallation tells the app about a change of its installation.
func (s *Sim) onInstallation(i *Installation, action string, by *Account) {
	s.record(actor{user: by}, "installation."+action, nil, fmt.Sprint(i.ID), "", "")
	s.emitInstallation("installation", i, object{
		"action": action, "repositories": list(s.coveredBy(i), s.shortRepoJSON), "sender": s.userJSON(by), "requester": nil,
	})
}

// coveredBy lists the repositories of an installation.
func (s *Sim) coveredBy(i *Installation) []*Repo { return s.reposOf(&token{installation: i}) }

// shortRepoJSON is a repository as events about installations show it.
func (s *Sim) shortRepoJSON(r *Repo) object {
	return object{
		"id": r.ID, "node_id": node("R", int64(r.ID)), "name": r.Name, "full_name": r.fullName().String(), "private": r.Private,
	}
}

// emitRepos tells the app that repositories came to its installation or left it.
func (s *Sim) emitRepos(i *Installation, action string, repos []*Repo, by *Account) {
	selection := "selected"
	if i.All {
		selection = "all"
	}
	changed := map[string][]object{"added": {}, "removed": {}}
	changed[action] = list(repos, s.shortRepoJSON)
	s.emitInstallation("installation_repositories", i, object{
		"action": action, "repository_selection": selection, "repositories_added": changed["added"],
		"repositories_removed": changed["removed"], "requester": nil, "sender": s.userJSON(by),
	})
}

// withInstallation runs a change of an installation with the world locked.
func (s *Sim) withInstallation(id int64, change func(*Installation) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.installations[id]
	if i == nil {
		return fmt.Errorf("installation %d: there is none", id)
	}
	i.UpdatedAt = s.now()
	return change(i)
}

// Suspend makes GitHub refuse every request of an installation.
func (s *Sim) Suspend(installation int64) error {
	return s.withInstallation(installation, func(i *Installation) error {
		s.onInstallation(i, "suspend", i.Account)
		i.SuspendedAt, i.SuspendedBy = s.now(), i.Account
		return nil
	})
}

// Unsuspend ends a suspension.
func (s *Sim) Unsuspend(installation int64) error {
	return s.withInstallation(installation, func(i *Installation) error {
		i.SuspendedAt, i.SuspendedBy = time.Time{}, nil
		s.onInstallation(i, "unsuspend", i.Account)
		return nil
	})
}

// Uninstall removes an installation; its tokens stop working.
func (s *Sim) Uninstall(installation int64) error {
	return s.withInstallation(installation, func(i *Installation) error {
		s.onInstallation(i, "deleted", i.Account)
		delete(s.installations, i.ID)
		return nil
	})
}

// Grant changes what an installation may do, as when its owner accepts new permissions.
func (s *Sim) Grant(installation int64, permissions map[string]string) error {
	return s.withInstallation(installation, func(i *Installation) error {
		i.Permissions = levels(permissions)
		i.Permissions["metadata"] = "read"
		s.onInstallation(i, "new_permissions_accepted", i.Account)
		return nil
	})
}

// Select adds a repository to an installation that has a selection, or takes it away.
func (s *Sim) Select(installation int64, name repo.Name, selected bool) error {
	return s.withInstallation(installation, func(i *Installation) error {
		r := s.repo(name)
		if r == nil || r.Owner != i.Account || i.All {
			return fmt.Errorf("installation %d: %s cannot be selected", installation, name)
		}
		action := "removed"
		if selected {
			action = "added"
			i.Selected[r.ID] = true
		} else {
			delete(i.Selected, r.ID)
		}
		s.emitRepos(i, action, []*Repo{r}, i.Account)
		return nil
	})
}
