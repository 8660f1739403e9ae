package githubsim

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// CreateUser registers a person.
func (s *Sim) CreateUser(login, name string) (Account, error) {
	return s.createAccount(Account{Login: login, Name: name, Type: "User"})
}

// CreateOrg registers an organization.
func (s *Sim) CreateOrg(login, name string) (Account, error) {
	return s.createAccount(Account{Login: login, Name: name, Type: "Organization"})
}

func (s *Sim) createAccount(a Account) (Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	added, err := s.addAccount(a)
	if err != nil {
		return Account{}, err
	}
	return *added, nil
}

func (s *Sim) addAccount(a Account) (*Account, error) {
	if _, err := repo.ParseName(strings.TrimSuffix(a.Login, "[bot]") + "/x"); err != nil {
		return nil, fmt.Errorf("create account: %q is not a login", a.Login)
	}
	if s.account(a.Login) != nil {
		return nil, fmt.Errorf("create account %s: the login is taken", a.Login)
	}
	a.ID = s.nextID()
	s.accounts[strings.ToLower(a.Login)] = &a
	return &a, nil
}

// somebody is the person that acts where GitHub would know from a session who is there: the first one.
func (s *Sim) somebody() *Account {
	var first *Account
	for _, a := range s.accounts {
		if a.Type == "User" && (first == nil || a.ID < first.ID) {
			first = a
		}
	}
	return first
}

// UserToken gives a person a token that does not expire.
func (s *Sim) UserToken(login string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(login)
	if a == nil {
		return "", fmt.Errorf("token for %s: no such account", login)
	}
	t := &token{secret: secret("ghp_", 27), user: a}
	s.tokens[t.secret] = t
	return t.secret, nil
}

// AppSpec describes an app to be registered.
type AppSpec struct {
	Name, URL, Description string
	Permissions            map[string]string
	Events                 []string
	WebhookURL             string
	Inactive               bool   // no webhooks
	Secret                 string // of the webhook
	PEM                    string // the private key; made when empty
}

// CreateApp registers an app that belongs to owner.
func (s *Sim) CreateApp(owner string, spec AppSpec) (App, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.createApp(s.account(owner), spec)
	if err != nil {
		return App{}, fmt.Errorf("create app %s: %w", spec.Name, err)
	}
	return *a, nil
}

func (s *Sim) createApp(owner *Account, spec AppSpec) (*App, error) {
	if owner == nil {
		return nil, problem(notFound())
	}
	key, text, err := privateKey(spec.PEM)
	if err != nil {
		return nil, err
	}
	slug := slugOf(spec.Name)
	bot, err := s.addAccount(Account{Login: slug + "[bot]", Type: "Bot"})
	if err != nil {
		return nil, problem(unprocessable("Name has already been taken"))
	}
	a := &App{
		ID: s.nextID(), Slug: slug, Name: spec.Name, Owner: owner, Bot: bot, ExternalURL: spec.URL,
		Description: spec.Description, Permissions: levels(spec.Permissions), Events: spec.Events,
		WebhookURL: spec.WebhookURL, WebhookActive: !spec.Inactive, WebhookSecret: spec.Secret,
		ClientSecret: secret("", 20), PEM: text, CreatedAt: s.now(), key: &key.PublicKey,
	}
	a.ClientID = fmt.Sprintf("Iv1.%016x", a.ID)
	a.Permissions["metadata"] = "read"
	s.apps[a.ID] = a
	return a, nil
}

// slugOf is an app's name as it stands in URLs.
func slugOf(name string) string {
	keep := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}
	return strings.Trim(strings.Map(keep, strings.ToLower(name)), "-")
}

// privateKey reads a key, or makes one.
func privateKey(text string) (*rsa.PrivateKey, string, error) {
	if text == "" {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, "", err
		}
		block := pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
		return key, string(pem.EncodeToMemory(&block)), nil
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, "", fmt.Errorf("the key is not PEM")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return key, text, err
}

// Configure changes an app's webhook, as its settings page would.
func (s *Sim) Configure(app int64, url, secret string, active bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[app]
	if a == nil {
		return fmt.Errorf("configure app %d: no such app", app)
	}
	a.WebhookURL, a.WebhookSecret, a.WebhookActive = url, secret, active
	return nil
}

// RepoSpec describes a repository to be created.
type RepoSpec struct {
	Name          repo.Name
	Description   string
	Private       bool
	Internal      bool   // private, but for everybody of the enterprise, which all users here are
	DefaultBranch string // main when empty
	Topics        []string
	Merging       MergeSettings
	Files         map[string]string // of the first commit; none leave the repository empty
	By            string            // who makes the first commit; the owner when empty
}

// CreateRepo creates a repository, with a first commit if there are files.
func (s *Sim) CreateRepo(spec RepoSpec) (repo.ID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.createRepo(spec)
	if err != nil {
		return 0, fmt.Errorf("create %s: %w", spec.Name, err)
	}
	by := s.account(spec.By)
	if by == nil {
		by = r.Owner
	}
	if len(spec.Files) > 0 {
		c := Change{Message: "Initial commit", Files: spec.Files}
		if _, err := s.push(context.Background(), r, r.DefaultBranch, actor{user: by}, c); err != nil {
			return 0, fmt.Errorf("create %s: %w", spec.Name, err)
		}
	}
	return r.ID, nil
}

func (s *Sim) createRepo(spec RepoSpec) (*Repo, error) {
	owner := s.account(spec.Name.Owner)
	if _, err := repo.ParseName(spec.Name.String()); err != nil {
		return nil, err
	}
	if owner == nil {
		return nil, fmt.Errorf("no account %s", spec.Name.Owner)
	}
	if old := s.repo(spec.Name); old != nil && strings.EqualFold(old.fullName().String(), spec.Name.String()) {
		return nil, fmt.Errorf("name already exists on this account")
	}
	if spec.DefaultBranch == "" {
		spec.DefaultBranch = "main"
	}
	r := s.newRepo(owner, spec)
	objects, err := s.options.Git(r.ID)
	if err != nil {
		return nil, err
	}
	r.git = objects
	s.addRepo(r)
	return r, nil
}

func (s *Sim) newRepo(owner *Account, spec RepoSpec) *Repo {
	return &Repo{
		ID: repo.ID(s.nextID()), Owner: owner, Name: spec.Name.Name, Description: spec.Description,
		DefaultBranch: spec.DefaultBranch, Private: spec.Private || spec.Internal, Internal: spec.Internal, Topics: spec.Topics, Merging: spec.Merging,
		CreatedAt: s.now(), PushedAt: s.now(), UpdatedAt: s.now(), issues: map[int]*Issue{}, pulls: map[int]*Pull{},
		collaborators: map[int64]role{}, protection: map[string]*Protection{}, signed: map[repo.SHA]bool{},
	}
}

// addRepo makes a repository known, also to the installations that cover everything of its owner.
func (s *Sim) addRepo(r *Repo) {
	s.repos[r.ID] = r
	s.names[strings.ToLower(r.fullName().String())] = r.ID
	s.emit("repository", r, object{"action": "created", "sender": s.userJSON(r.Owner)})
	for _, i := range s.installations {
		if i.All && i.Account == r.Owner {
			s.emitRepos(i, "added", []*Repo{r}, r.Owner)
		}
	}
}
