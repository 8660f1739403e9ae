package githubsim

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// CI is a repository's continuous integration: it looks at a commit and says what its checks will report. It is
// called without the world locked, once for every push to a branch and for every new head of a pull request
// that merges cleanly, and again when somebody asks for a rerun. It must not use the Sim.
type CI func(ctx context.Context, c Commit) []Report

// Commit is what CI looks at.
type Commit struct {
	Repo    repo.Name
	SHA     repo.SHA // that the checks are reported on
	Branch  string   // that was pushed, or the head of the pull request
	Default string   // the repository's default branch
	Event   string   // push or pull_request
	Pull    int      // the pull request's number, or 0
	Base    string   // the branch that the pull request goes into
	Changed []string // the files that the push or the pull request changes
	Attempt int      // 1, and one more with each rerun
	Files   fs.FS    // for a pull request: merged with its base, as GitHub does
	Time    time.Time
}

// Report is one check to come. It becomes visible After its cause, waits for Queue, and ends Duration later.
type Report struct {
	Name       string
	Kind       ReportKind
	Workflow   string // of a job; "CI" when empty
	App        string // that reports a check, by slug; "ci" when empty
	Conclusion string // success, failure, …; empty: it never ends
	Title      string
	Summary    string
	Link       string
	Notes      []Annotation
	After      time.Duration
	Queue      time.Duration
	Duration   time.Duration
}

// ReportKind says in which form a report appears.
type ReportKind int

// The forms of a report.
const (
	Job    ReportKind = iota // of a workflow in GitHub Actions, with a check run of its name
	Check                    // a check run of another app
	Status                   // a commit status
)

// Usual calls ci on what most workflows run on: pushes to the default branch, and pull requests.
func Usual(ci CI) CI {
	return func(ctx context.Context, c Commit) []Report {
		if c.Event == "push" && c.Branch != c.Default {
			return nil
		}
		return ci(ctx, c)
	}
}

// OnPaths calls ci only when one of the patterns, as path.Match knows them, fits a changed file or its folder. A check
// that is filtered so never appears, which is not the same as passing.
func OnPaths(ci CI, patterns ...string) CI {
	fits := func(file string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			whole, err := path.Match(p, file)
			folder, err2 := path.Match(p, path.Dir(file))
			return err == nil && err2 == nil && (whole || folder)
		})
	}
	return func(ctx context.Context, c Commit) []Report {
		if !slices.ContainsFunc(c.Changed, fits) {
			return nil
		}
		return ci(ctx, c)
	}
}

// Flaky gives the check of a name the conclusions of the script, one for each attempt; the last one stays.
func Flaky(ci CI, name string, script ...string) CI {
	return func(ctx context.Context, c Commit) []Report {
		reports := ci(ctx, c)
		for n := range reports {
			if reports[n].Name == name && len(script) > 0 {
				reports[n].Conclusion = script[min(c.Attempt, len(script))-1]
			}
		}
		return reports
	}
}

// SetCI gives a repository its CI, or none for nil.
func (s *Sim) SetCI(name repo.Name, ci CI) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.repo(name); r != nil {
		r.events.ci = ci
	}
}

// trigger is what made CI run.
type trigger struct {
	event   string
	sha     repo.SHA // that is reported on
	files   repo.SHA // the commit that is checked out
	before  repo.SHA
	branch  string
	pull    int
	base    string
	changed []string
}

// pushTrigger is the trigger of a commit of which no more is known.
func (s *Sim) pushTrigger(r *Repo, sha repo.SHA) trigger {
	t := trigger{event: "push", sha: sha, files: sha}
	refs, err := r.git.Refs(context.Background(), heads)
	if err != nil {
		return t
	}
	for _, ref := range refs {
		if ref.ID == sha {
			t.branch = strings.TrimPrefix(ref.Name, heads)
		}
	}
	return t
}

// onPush is called after a ref moved, whoever moved it: it sends push, create and delete, and starts CI.
// ref is full; before or after is empty when the ref was created or deleted.
func (s *Sim) onPush(r *Repo, ref string, before, after repo.SHA, by actor) {
	branch, isBranch := strings.CutPrefix(ref, heads)
	if !isBranch && !strings.HasPrefix(ref, "refs/tags/") {
		return
	}
	s.emitRef(r, ref, before, after, by)
	if !isBranch || after == "" {
		return
	}
	t := trigger{event: "push", sha: after, files: after, before: before, branch: branch}
	s.requestSuites(r, t, by)
	if r.events.ci == nil {
		return
	}
	ctx := context.Background()
	if before == "" && r.DefaultBranch != branch {
		before, _ = git.MergeBase(ctx, r.git, r.tip(ctx, r.DefaultBranch), after) // none: everything is new
	}
	t.changed = changed(ctx, r, before, after)
	s.startCI(r, t, by)
}

// onPullChanged is called after a pull request changed: it sends pull_request with the action, and starts CI.
func (s *Sim) onPullChanged(p *Pull, action string, by actor, extra object) {
	if s.isHeard("pull_request", p.Repo) {
		payload := object{"action": action, "number": p.Number, "pull_request": s.pullJSON(p), "sender": s.userJSON(by.user)}
		maps.Copy(payload, extra)
		s.emit("pull_request", p.Repo, payload)
	}
	if p.Repo.events.ci == nil || action != "opened" && action != "synchronize" && action != "reopened" {
		return
	}
	ctx := context.Background()
	base := p.Repo.tip(ctx, p.Base.Ref)
	merged, err := git.MergeCommit(ctx, p.Repo.git, base, p.Head.SHA, s.webCommit(by, "Merge "+string(p.Head.SHA)))
	if err != nil {
		return // a pull request with a conflict gets no workflows
	}
	from, _ := git.MergeBase(ctx, p.Repo.git, base, p.Head.SHA) // it merges, so there is one
	s.startCI(p.Repo, trigger{
		event: "pull_request", sha: p.Head.SHA, files: merged, branch: p.Head.Ref, pull: p.Number, base: p.Base.Ref,
		changed: changed(ctx, p.Repo, from, p.Head.SHA),
	}, by)
}

// changed lists the files that differ between two commits; from may be empty.
func changed(ctx context.Context, r *Repo, from, to repo.SHA) []string {
	tree := func(id repo.SHA) repo.SHA {
		c, err := r.git.Commit(ctx, id)
		if err != nil {
			return ""
		}
		return c.Tree
	}
	deltas, err := r.git.Diff(ctx, tree(from), tree(to))
	if err != nil {
		return nil
	}
	out := make([]string, len(deltas))
	for n, d := range deltas {
		out[n] = d.Path
	}
	return out
}

// requestSuites makes a suite on a pushed commit for every app that writes checks, and asks it to fill that.
func (s *Sim) requestSuites(r *Repo, t trigger, by actor) {
	for _, i := range s.installationsByID() {
		if i.covers(r) && i.SuspendedAt.IsZero() && grants(i.Permissions["checks"], "write") {
			s.emitSuite(i.App, s.suiteOf(r, i.App, t), "requested", by)
		}
	}
}
