package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/registration"
	"github.com/skein-bot/skein/internal/repo"
)

const owner = "acme"

// The people. Everybody else only looks.
const (
	ada     = "ada-holm"     // maintains everything
	mira    = "mira-lindh"   // data engineer: writes to the datasets
	jonas   = "jonas-berg"   // of the forecasting team: writes to its repository
	gil     = "gil-outside"  // may read
	nightly = "acme-nightly" // builds some main branches every night
)

// Options say what the org is to be like. The zero value is usable.
type Options struct {
	Consumers  int // how many consumer repositories; at least the ten that are written by hand
	HookURL    string
	HookSecret string
	// Fast tells the story in hours rather than days, for clocks that cannot jump.
	Fast bool
}

// Org is acme on a simulated GitHub, with Skein installed.
type Org struct {
	AppID        int64
	Key          string // PEM
	Secret       string // of the webhook
	Bot          string // the app's login
	Installation int64

	sim       *githubsim.Sim
	clock     clock.Clock
	timetable timetable
	warehouse *warehouse
	consumers []consumer
}

// Build creates the org in an empty world: people, repositories with their CI, rules, and the installed app.
func Build(ctx context.Context, sim *githubsim.Sim, clk clock.Clock, o Options) (*Org, error) {
	cal, err := newTimetable(o.Fast)
	if err != nil {
		return nil, err
	}
	org := &Org{sim: sim, clock: clk, timetable: cal, consumers: consumers(o.Consumers), Secret: o.HookSecret}
	for _, step := range []func() error{org.people, org.datasets, org.readers} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := step(); err != nil {
			return nil, fmt.Errorf("build %s: %w", owner, err)
		}
	}
	return org, org.install(o.HookURL)
}

// Repos lists the consumers' names, for whoever shows progress.
func (o *Org) Repos() []repo.Name {
	out := make([]repo.Name, len(o.consumers))
	for i, c := range o.consumers {
		out[i] = named(c.name)
	}
	return out
}

func named(name string) repo.Name { return repo.Name{Owner: owner, Name: name} }

func (o *Org) people() error {
	if _, err := o.sim.CreateOrg(owner, "ACME"); err != nil {
		return err
	}
	for login, name := range map[string]string{
		ada: "Ada Holm", mira: "Mira Lindh", jonas: "Jonas Berg", gil: "Gil Outside", nightly: "Nightly build",
	} {
		if _, err := o.sim.CreateUser(login, name); err != nil {
			return err
		}
	}
	return nil
}

// datasets creates the org's defaults and the dataset repositories, and the warehouse that follows them.
func (o *Org) datasets() error {
	var objects []git.Repo
	for _, name := range []string{".github", "sales-data", "web-data"} {
		if err := o.create(name, map[string]string{ada: "maintain", mira: "write", gil: "read"}); err != nil {
			return err
		}
		if name == ".github" {
			continue
		}
		r, err := o.sim.Objects(named(name))
		if err != nil {
			return err
		}
		objects = append(objects, r)
	}
	o.warehouse = newWarehouse(objects...)
	for _, name := range []string{"sales-data", "web-data"} {
		o.sim.SetCI(named(name), o.warehouse.schema(o.timetable.paced(4*time.Minute)))
	}
	for _, name := range []string{".github", "sales-data", "web-data"} {
		if err := o.begin(name, mira, readTree("repos/"+name)); err != nil {
			return err
		}
	}
	return o.require(schemaCheck, "sales-data", "web-data")
}

// readers creates the consumer repositories.
func (o *Org) readers() error {
	for _, c := range o.consumers {
		if err := o.create(c.name, map[string]string{ada: "maintain", jonas: "write", nightly: "write", gil: "read"}); err != nil {
			return err
		}
		o.sim.SetCI(named(c.name), o.warehouse.queries(o.timetable.paced(c.builds)))
		if err := o.begin(c.name, jonas, c.files); err != nil {
			return err
		}
		if err := o.require(queriesCheck, c.name); err != nil {
			return err
		}
	}
	return nil
}

// create makes an empty repository with its collaborators.
func (o *Org) create(name string, roles map[string]string) error {
	if _, err := o.sim.CreateRepo(githubsim.RepoSpec{Name: named(name), Private: true}); err != nil {
		return err
	}
	for login, role := range roles {
		if err := o.sim.As(ada).Collaborate(named(name), login, role); err != nil {
			return err
		}
	}
	return nil
}

// begin pushes the first commit, which CI already sees.
func (o *Org) begin(name, by string, files tree) error {
	paced := tree{}
	for file, text := range files {
		if paced[file] = text; strings.HasSuffix(file, "skein.yml") {
			paced[file] = o.timetable.config(text)
		}
	}
	_, err := o.sim.As(by).Push(named(name), "main", githubsim.Change{Message: "Begin", Files: paced})
	return err
}

// require makes a check a condition of every merge into the default branch.
func (o *Org) require(check string, names ...string) error {
	for _, name := range names {
		err := o.sim.As(ada).SetRulesets(named(name), githubsim.Ruleset{
			Name: "main", Branches: []string{"~DEFAULT_BRANCH"},
			Rules: []githubsim.Rule{githubsim.RequireChecks(false, githubsim.RequiredCheck{Context: check, App: actionsApp})},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// install registers Skein and installs it on all repositories.
func (o *Org) install(hookURL string) error {
	m, err := registration.Load(registration.Merge)
	if err != nil {
		return err
	}
	app, err := o.sim.CreateApp(owner, githubsim.AppSpec{
		Name: m.Name, Description: m.Description, URL: m.URL, Permissions: m.Permissions, Events: m.Events,
		WebhookURL: hookURL, Inactive: hookURL == "", Secret: o.Secret,
	})
	if err != nil {
		return err
	}
	o.AppID, o.Key, o.Bot = app.ID, app.PEM, app.Bot.Login
	o.Installation, err = o.sim.Install(githubsim.InstallSpec{App: app.ID, Account: owner, By: ada})
	return err
}
