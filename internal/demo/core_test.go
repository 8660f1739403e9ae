package demo

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/config"
	readers "github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/sql"
)

// core is Skein's core over the org's files: what the app will do, without any GitHub.
type core struct {
	*testing.T
	datasets map[string]tree // by repository, as of now
	files    map[string]tree
	own      []readers.Declaration
}

func newCore(t *testing.T, consumers []consumer) *core {
	c := &core{T: t, datasets: map[string]tree{}, files: map[string]tree{}}
	for _, name := range []string{"sales-data", "web-data"} {
		c.datasets[name] = readTree("repos/" + name)
	}
	for _, x := range consumers {
		c.files[x.name] = x.files
		if text := x.files[config.RepoPath]; text != "" {
			c.own = append(c.own, plan.Declarations(named(x.name), c.config(text))...)
		}
	}
	return c
}

func (c *core) config(text string) *config.Repo {
	c.Helper()
	cfg, findings := config.ParseRepo(config.RepoPath, []byte(text))
	for _, f := range findings {
		c.Errorf("%s: %s", f.Position, f.Message)
	}
	return cfg
}

func (c *core) version(at repo.SHA, files tree) plan.Version {
	c.Helper()
	v, err := plan.Read(c.config(files[config.RepoPath]), at, asFiles(files))
	if err != nil {
		c.Fatal(err)
	}
	return v
}

func asFiles(files tree) (out []rewrite.File) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		out = append(out, rewrite.File{Path: name, Content: []byte(files[name])})
	}
	return out
}

// play makes a stage's change and rewrites every consumer.
func (c *core) play(s stage, dataset string) (plan.Plan, map[string][]rewrite.Result) {
	c.Helper()
	before := c.version("1", c.datasets[dataset])
	c.datasets[dataset] = c.datasets[dataset].with(readTree("changes/" + string(s) + "/" + dataset))
	p := plan.Compare(before, c.version("2", c.datasets[dataset]))
	var others []readers.Snapshot
	for name, files := range c.datasets {
		if name != dataset {
			others = append(others, c.version("3", files).Snapshots(1, "3")...)
		}
	}
	out := map[string][]rewrite.Result{}
	for _, r := range readers.Resolve(p.Listings(), c.own) {
		in := c.files[r.Repo.Name].only(plan.Selects(r))
		out[r.Repo.Name] = p.Rewrite(r, others, asFiles(in), []rewrite.Rewriter{dbt.New(sql.New()), sql.New()})
		c.apply(r.Repo.Name, out[r.Repo.Name])
	}
	return p, out
}

func (c *core) apply(name string, results []rewrite.Result) {
	c.Helper()
	c.files[name] = maps.Clone(c.files[name])
	for _, res := range results {
		text, err := rewrite.Apply([]byte(c.files[name][res.Path]), res.Edits)
		if err != nil {
			c.Fatal(err)
		}
		c.files[name][res.Path] = string(text)
		if len(res.Edits) > 0 && !res.Verified {
			c.Errorf("%s: %s is not verified", name, res.Path)
		}
	}
}

// The golden files are written by hand. If Skein's core does something else, one of the two is wrong.
func TestGoldenIsWhatTheCoreWrites(t *testing.T) {
	t.Parallel()
	all := consumers(40)
	c := newCore(t, all)
	for i, s := range told() {
		_, results := c.play(s.stage, s.dataset)
		for _, x := range all {
			done := []stage{orders, users, sessions}[:i+1]
			if diff := cmp.Diff(x.after(done...), c.files[x.name]); diff != "" {
				t.Errorf("%s after %s (-golden +core):\n%s", x.name, s.stage, diff)
			}
			_, found := results[x.name]
			if want := x.in(s.stage) || s.stage == orders && x.name == untouched || s.stage == sessions && x.name == "site-search"; found != want {
				t.Errorf("%s is a consumer in %s: %t, want %t", x.name, s.stage, found, want)
			}
		}
		for name, rs := range results {
			for _, r := range rs {
				if len(r.Refusals) > 0 != (name == refusing && r.Path == refusedFile) {
					t.Errorf("%s: refused in %s: %+v", name, r.Path, r.Refusals)
				}
			}
		}
	}
}
