package githubsim

import (
	"crypto/rsa"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// Options say how a Sim differs from its defaults. The zero value is usable.
type Options struct {
	// Clock is the time of the world; the machine's when nil.
	Clock clock.Clock
	// AuthClock is the time by which JWTs and tokens are judged; the machine's when nil.
	AuthClock clock.Clock
	// URL is where the server is reached, without a final slash. SetURL changes it later.
	URL string
	// MergeableDelay is how long GitHub takes to find out whether a pull request merges.
	MergeableDelay time.Duration
	// MergeDelay is how long a merge in the background takes.
	MergeDelay time.Duration
	// Limits are the rate limits; GitHub's own when nil.
	Limits *Limits
	// Git makes the git side of a new, empty repository; in memory when nil.
	Git func(id repo.ID) (git.Repo, error)
	// Faults is asked before every request; nil means a GitHub without faults.
	Faults FaultPlan
}

// Sim is one simulated GitHub.
type Sim struct {
	clock     clock.Clock
	authClock clock.Clock
	options   Options
	router    router
	inFlight  atomic.Int64

	mu            sync.Mutex
	url           string
	lastID        int64
	accounts      map[string]*Account // by lower-case login
	teams         map[string][]string // logins, by lower-case ORG/SLUG
	apps          map[int64]*App
	manifests     map[string]*manifest // by conversion code
	installations map[int64]*Installation
	repos         map[repo.ID]*Repo
	names         map[string]repo.ID // lower-case OWNER/NAME, old names included
	tokens        map[string]*token
	downloads     map[string]download
	history       []Entry
	merges        map[string]*asyncMerge // by uuid
	onCall        func(Call)
	limits        limiter
	faults        FaultPlan
	told          map[string]*recorder // the last answer to each read, kept while there is a plan of faults
	events        simEvents
}

// New returns an empty world.
func New(o Options) *Sim {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.AuthClock == nil {
		o.AuthClock = clock.Real{}
	}
	if o.URL == "" {
		o.URL = "http://github.invalid"
	}
	if o.Git == nil {
		o.Git = func(repo.ID) (git.Repo, error) { return git.NewMemory(), nil }
	}
	s := &Sim{
		clock: o.Clock, authClock: o.AuthClock, options: o, url: strings.TrimSuffix(o.URL, "/"), faults: o.Faults,
		accounts: map[string]*Account{}, apps: map[int64]*App{}, manifests: map[string]*manifest{},
		installations: map[int64]*Installation{}, repos: map[repo.ID]*Repo{}, names: map[string]repo.ID{},
		tokens: map[string]*token{}, downloads: map[string]download{},
		told: map[string]*recorder{}, merges: map[string]*asyncMerge{},
	}
	s.limits = newLimiter(o.Limits)
	s.router = newRouter(s.routes())
	return s
}

// SetURL tells the world where its server listens; URLs in answers begin with it.
func (s *Sim) SetURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.url = strings.TrimSuffix(url, "/")
}

// Now is the time of the world.
func (s *Sim) Now() time.Time { return s.now() }

// now has the resolution of GitHub's answers: whole seconds.
func (s *Sim) now() time.Time { return s.clock.Now().UTC().Truncate(time.Second) }

// nextID gives ids out in order. They start high enough not to be mistaken for numbers of issues.
func (s *Sim) nextID() int64 {
	s.lastID++
	return 1000 + s.lastID
}

// Account is a person, an organization or the bot of an app.
type Account struct {
	ID    int64
	Login string
	Type  string // User, Organization or Bot
	Name  string
	Email string
}

// App is a registered GitHub App.
type App struct {
	ID                       int64
	Slug, Name               string
	Owner                    *Account
	Bot                      *Account
	ExternalURL, Description string
	Permissions              map[string]string
	Events                   []string
	WebhookURL               string
	WebhookActive            bool
	WebhookSecret            string
	ClientID, ClientSecret   string
	PEM                      string
	CreatedAt                time.Time
	key                      *rsa.PublicKey
}

// Installation is an app on an account, with what the account's owner granted.
type Installation struct {
	ID          int64
	App         *App
	Account     *Account
	Permissions map[string]string
	Events      []string
	All         bool // every repository of the account
	Selected    map[repo.ID]bool
	SuspendedAt time.Time
	SuspendedBy *Account
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// covers reports whether the installation was granted r.
func (i *Installation) covers(r *Repo) bool {
	return r.Owner == i.Account && (i.All || i.Selected[r.ID])
}

// Repo is a repository: its git objects and what GitHub knows beside them.
type Repo struct {
	ID            repo.ID
	Owner         *Account
	Name          string
	Description   string
	DefaultBranch string
	Private       bool
	Internal      bool
	Archived      bool
	Topics        []string
	Fork          *Repo // the repository it was forked from
	Merging       MergeSettings
	CreatedAt     time.Time
	PushedAt      time.Time
	UpdatedAt     time.Time

	git           git.Repo
	lastNumber    int            // of issues and pull requests
	issues        map[int]*Issue // pull requests have one too
	pulls         map[int]*Pull  //
	collaborators map[int64]role // by account id
	protection    map[string]*Protection
	rulesets      []*Ruleset
	signed        map[repo.SHA]bool        // commits that GitHub signed
	codeOwners    []*Account               // of every file
	queues        map[string][]*queueEntry // by branch
	events        repoEvents
}

// MergeSettings are the repository's settings about merging.
type MergeSettings struct {
	NoMerge, NoSquash, NoRebase bool
	DeleteBranch                bool // of a merged pull request
}

// fullName is OWNER/NAME as it is now.
func (r *Repo) fullName() repo.Name { return repo.Name{Owner: r.Owner.Login, Name: r.Name} }

// nextNumber numbers issues and pull requests alike.
func (r *Repo) nextNumber() int {
	r.lastNumber++
	return r.lastNumber
}

// account finds a login; case does not matter.
func (s *Sim) account(login string) *Account { return s.accounts[strings.ToLower(login)] }

// repo finds a repository by any name it ever had, unless a newer one took that name.
func (s *Sim) repo(name repo.Name) *Repo { return s.repos[s.names[strings.ToLower(name.String())]] }

// installationOn returns app's installation that was granted r, or nil.
func (s *Sim) installationOn(app *App, r *Repo) *Installation {
	for _, i := range s.installations {
		if i.App == app && i.covers(r) {
			return i
		}
	}
	return nil
}

// Issue is a conversation. A pull request's Issue carries its title, body, state, labels and comments.
type Issue struct {
	ID          int64
	Number      int
	Title       string
	Body        string
	User        *Account
	State       string // open or closed
	StateReason string // completed, not_planned, reopened or empty
	Labels      []*Label
	Comments    []*Comment
	Assignees   []*Account
	Reactions   []*Reaction
	App         *App // that opened it, if one did
	CreatedAt   time.Time
	UpdatedAt   time.Time
	ClosedAt    time.Time
	ClosedBy    *Account
	Pull        *Pull // nil for an issue proper
}

// Comment is one entry of a conversation.
type Comment struct {
	ID        int64
	User      *Account
	App       *App
	Body      string
	Reactions []*Reaction
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Reaction is an emoji on an issue or a comment.
type Reaction struct {
	ID        int64
	User      *Account
	Content   string // +1, -1, laugh, confused, heart, hooray, rocket or eyes
	CreatedAt time.Time
}

// Label marks issues and pull requests.
type Label struct {
	ID          int64
	Name        string
	Color       string
	Description string
}

// actor is who acts: a person, or an app through one of its tokens. The zero actor is nobody in particular.
type actor struct {
	user         *Account // the bot, for an installation
	app          *App
	installation *Installation
	token        *token
	need         string // the permission that the route asked for
}

// Entry is one write in the history.
type Entry struct {
	At           time.Time
	Actor        string            // login
	Installation int64             // 0 for people
	Granted      map[string]string // what the token could do; nil for people
	Repos        int               // how many repositories the token reached; 0 means all of the installation
	Need         string            // what the route asks for, such as contents:write; empty for people
	Verb         string            // such as ref.update, pull.merge, comment.create
	RepoID       repo.ID
	Repo         repo.Name
	Target       string // a ref, or #NUMBER
	Before       string
	After        string
}

// record appends to the history. target, before and after mean what suits the verb.
func (s *Sim) record(by actor, verb string, r *Repo, target, before, after string) {
	e := Entry{At: s.clock.Now().UTC(), Verb: verb, Target: target, Before: before, After: after, Need: by.need}
	if by.user != nil {
		e.Actor = by.user.Login
	}
	if by.token != nil && by.installation != nil {
		e.Installation, e.Granted, e.Repos = by.installation.ID, by.token.permissions, len(by.token.repos)
	}
	if r != nil {
		e.RepoID, e.Repo = r.ID, r.fullName()
	}
	s.history = append(s.history, e)
}
