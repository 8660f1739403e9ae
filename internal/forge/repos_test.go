package forge

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
)

func TestWhoAndWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app, err := w.forge.App(t.Context())
	w.must(err)
	if app.Bot != bot || app.ID != w.app.ID || app.Permissions["contents"] != "write" {
		t.Errorf("%+v", app)
	}
	all, err := w.forge.Installations(t.Context())
	w.must(err)
	one, err := w.forge.Installation(t.Context(), w.installation)
	w.must(err)
	if diff := cmp.Diff([]Installation{one}, all); diff != "" || one.Account != "acme" || !one.Organization {
		t.Error(one, diff)
	}
	id, err := w.forge.InstallationOf(t.Context(), reports)
	if err != nil || id != w.installation {
		t.Error(id, err)
	}
	want := repo.Repo{
		ID: w.repo.ID, Name: reports, Installation: w.installation, DefaultBranch: "main", Visibility: repo.Private, Topics: []string{"sql"},
	}
	repos, err := w.forge.InstallationRepos(t.Context(), w.installation)
	w.must(err)
	if diff := cmp.Diff([]repo.Repo{want}, repos); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, w.repo); diff != "" {
		t.Error(diff)
	}
}

func TestManyRepositories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 120 {
		_, err := w.sim.CreateRepo(githubsim.RepoSpec{Name: repo.Name{Owner: "acme", Name: "r" + string(rune('a'+i%26)) + strings.Repeat("x", i/26)}, Private: true})
		w.must(err)
	}
	repos, err := w.forge.InstallationRepos(t.Context(), w.installation)
	if err != nil || len(repos) != 121 {
		t.Error(len(repos), err)
	}
}

// A repository is its id: a rename is followed, another that takes the name is not taken for it.
func TestRename(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.sim.As("ada").Rename(reports, "figures"))
	figures := repo.Name{Owner: "acme", Name: "figures"}
	byName, err := w.forge.Repo(t.Context(), w.installation, reports)
	if err != nil || byName.ID != w.repo.ID || byName.Name != figures {
		t.Error(byName, err)
	}
	if sha, err := w.forge.Head(t.Context(), w.repo); err != nil || sha == "" {
		t.Error("a read by the old name:", err)
	}
	_, err = w.sim.CreateRepo(githubsim.RepoSpec{Name: reports, Private: true, Files: map[string]string{"x": "y"}})
	w.must(err)
	now, err := w.forge.Refresh(t.Context(), w.repo)
	if err != nil || now.ID != w.repo.ID || now.Name != figures {
		t.Error(now, err)
	}
	if _, err := w.forge.Head(t.Context(), w.repo); !errors.Is(err, ErrGone) {
		t.Error("the old name leads to another repository now:", err)
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*world) error{
		"":                              func(*world) error { return nil },
		"archived":                      func(w *world) error { return w.sim.As("ada").Archive(reports, true) },
		"removed from the installation": func(w *world) error { return w.sim.As("ada").DeleteRepo(reports) },
		"the installation is suspended": func(w *world) error { return w.sim.Suspend(w.installation) },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.must(spoil(w))
			w.forge.Forget(w.installation)
			if readers, got, err := w.forge.Gone(t.Context(), w.repo); err != nil || got != want || readers != w.repo.Visibility {
				t.Errorf("%q, %s, %v", got, readers, err)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	large := strings.Repeat("select 1;\n", 200_000)
	sha := w.push("main", map[string]string{"odd name #1?.sql": "x", "large.sql": large})
	for path, want := range map[string]string{"a.sql": "select 1\n", "dir/b.sql": "select 2\n", "odd name #1?.sql": "x", "large.sql": large} {
		if got, err := w.forge.File(t.Context(), w.repo, path, sha); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	for _, path := range []string{"none.sql", "dir"} {
		if _, err := w.forge.File(t.Context(), w.repo, path, sha); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", path, err)
		}
	}
	files, skipped, err := w.forge.Archive(t.Context(), w.repo, sha, sqlOnly, Limits{File: 1000})
	w.must(err)
	wantFiles := []rewrite.File{
		{Path: "a.sql", Content: []byte("select 1\n")}, {Path: "dir/b.sql", Content: []byte("select 2\n")}, {Path: "odd name #1?.sql", Content: []byte("x")},
	}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Skipped{{"large.sql", "larger than 1000 bytes"}}, skipped); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	empty := w.create(repo.Name{Owner: "acme", Name: "empty"}, nil)
	if sha, err := w.forge.Head(t.Context(), empty); err != nil || sha != "" {
		t.Error(sha, err)
	}
	if _, err := w.forge.BranchHead(t.Context(), w.repo, "none"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestCommits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	base := w.head()
	sha := w.push("topic/x", map[string]string{"a.sql": "select 3\n", "c.sql": "c"})
	c, err := w.forge.Commit(t.Context(), w.repo, sha)
	w.must(err)
	if c.Author != "bob" || c.Subject != "bob's work" || !cmp.Equal(c.Parents, []repo.SHA{base}) || len(c.Files) != 2 {
		t.Errorf("%+v", c)
	}
	w.push("main", map[string]string{"d.sql": "d"})
	cmpd, err := w.forge.Compare(t.Context(), w.repo, "main", "topic/x")
	w.must(err)
	if cmpd.AheadBy != 1 || cmpd.BehindBy != 1 || cmpd.MergeBase != base || cmpd.Status != "diverged" || len(cmpd.Commits) != 1 || cmpd.Truncated {
		t.Errorf("%+v", cmpd)
	}
}

// Only the branch's own line descends from a merge: what came in from a side branch may lack it.
func TestDescendants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.push("side", map[string]string{"side.sql": "s"})
	after := w.push("main", map[string]string{"a.sql": "merged\n"})
	one := w.push("main", map[string]string{"c.sql": "1"})
	n, err := w.sim.As("bob").OpenPull(reports, githubsim.NewPull{Title: "side", Head: "side", Base: "main"})
	w.must(err)
	merge, err := w.sim.As("bob").MergePull(reports, n, githubsim.Merge{Method: "merge"})
	w.must(err)
	got, err := w.forge.Descendants(t.Context(), w.repo, after, "main")
	w.must(err)
	if diff := cmp.Diff([]repo.SHA{merge, one}, got); diff != "" {
		t.Error(diff)
	}
	if got, err := w.forge.Descendants(t.Context(), w.repo, merge, "main"); err != nil || len(got) != 0 {
		t.Error(got, err)
	}
}

func TestConfigs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = ".github/skein.yml"
	sha := w.push("main", map[string]string{path: "version: 1\n"})
	renamed := w.create(repo.Name{Owner: "acme", Name: "old"}, map[string]string{path: "version: 2\n"})
	bare := w.create(repo.Name{Owner: "acme", Name: "bare"}, map[string]string{"x": "y"})
	empty := w.create(repo.Name{Owner: "acme", Name: "empty"}, nil)
	gone := w.create(repo.Name{Owner: "acme", Name: "gone"}, nil)
	w.must(w.sim.As("ada").Rename(renamed.Name, "new"))
	_, err := w.sim.CreateRepo(githubsim.RepoSpec{Name: renamed.Name, Private: true, Files: map[string]string{path: "version: 9\n"}})
	w.must(err)
	w.must(w.sim.As("ada").DeleteRepo(gone.Name))
	got, err := w.forge.Configs(t.Context(), w.installation, []repo.Repo{w.repo, renamed, bare, empty, gone}, path)
	w.must(err)
	for _, c := range []struct {
		repo repo.Repo
		text string
		head bool
		err  error
	}{{w.repo, "version: 1\n", true, nil}, {renamed, "version: 2\n", true, nil}, {bare, "", true, nil}, {empty, "", false, nil}, {gone, "", false, ErrGone}} {
		g := got[c.repo.ID]
		if g.Text != c.text || (g.Head != "") != c.head || !errors.Is(g.Err, c.err) || (g.OID != "") != (c.text != "") {
			t.Errorf("%s: %+v", c.repo.Name, g)
		}
	}
	if got[w.repo.ID].Head != sha || got[renamed.ID].Repo.Name.Name != "new" {
		t.Errorf("%+v", got)
	}
}
