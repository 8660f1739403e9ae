package forge

import (
	"context"
	"time"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/rollout"
	"github.com/skein-bot/skein/rewrite"
)

type Forge struct{}

func New(o Options) (*Forge, error) { panic("pending") }

// App is how the app sees itself.
type App struct {
	ID          int64
	Slug        string
	Bot         string // the login that its commits and comments carry: SLUG[bot]
	Permissions map[string]string
	Events      []string
}

// Installation is one account that the app is installed on.
type Installation struct {
	ID           int64
	Account      string
	Organization bool
	SuspendedAt  time.Time // zero: not suspended
	Permissions  map[string]string
	Events       []string
}

// Limits bounds what is read from one archive. Zero values take the defaults.
type Limits struct {
	Entries int   // of the archive, wanted or not
	File    int64 // bytes of one wanted file; larger ones are skipped
	Total   int64 // bytes of all wanted files together
	Archive int64 // compressed bytes
	Ratio   int64 // uncompressed to compressed
}

// Skipped is an entry of an archive that was wanted and not taken, and why.
type Skipped struct {
	Path   string
	Reason string
}

// Commit is one commit with the files that it changed against its first parent.
type Commit struct {
	SHA       repo.SHA
	Tree      repo.SHA
	Parents   []repo.SHA
	Author    string // GitHub login; empty when the e-mail belongs to nobody
	Name      string // as written in the commit
	Committer string
	Subject   string
	Message   string
	At        time.Time
	Verified  bool
	URL       string
	Files     []ChangedFile // empty in listings
	Truncated bool          // GitHub listed not all files
}

// ChangedFile is one file that a commit or a comparison changed.
type ChangedFile struct {
	Path   string
	From   string // its former path, for a rename
	Status string // added, modified, removed, renamed, copied, changed, unchanged
}

// Comparison is how a head relates to a base.
type Comparison struct {
	Status    string // ahead, behind, identical, diverged
	AheadBy   int
	BehindBy  int
	MergeBase repo.SHA
	Commits   []Commit // that the head has and the base lacks, oldest first
	Files     []ChangedFile
	Truncated bool // not all commits or files are listed
}

// Config is a repository's skein.yml at the head of its default branch.
type Config struct {
	Repo repo.Repo // name, branch and visibility as they are now
	Head repo.SHA  // empty: the repository is empty
	OID  repo.SHA  // the blob; empty: there is no such file
	Text string
	Err  error // this repository could not be read; others could
}

// PullSpec is a pull request to open: one commit on BaseSHA, on a branch of its own.
type PullSpec struct {
	Repo    repo.Repo
	Base    string
	BaseSHA repo.SHA
	Branch  string
	Files   map[string][]byte // whole new contents; nil deletes. Modes are kept
	Message string            // with the trailers Skein-Migration and Skein-Changeset
	Title   string
	Body    string
	Draft   bool
}

// RevertSpec is a merge to take back out.
type RevertSpec struct {
	Repo    repo.Repo
	Base    string
	Number  int      // of the pull request that was merged; names the branch skein/revert-NUMBER
	Merge   repo.SHA // the merge commit, or the last of a rebased range
	Method  string   // squash, merge, rebase
	Parent  repo.SHA // the base just before the merge; needed for rebase
	Message string   // with trailers
	Title   string
	Body    string
	Draft   bool
}

// IssueSpec is an issue that Skein keeps. It is found by Number, else by Marker among the app's own issues.
type IssueSpec struct {
	Number int
	Marker string // a hidden string in Body
	Title  string
	Body   string
	Labels []string // added when missing, others are left alone
}

// CheckSpec is Skein's own check run on a commit, found by name and external id.
type CheckSpec struct {
	SHA         repo.SHA
	Name        string
	ExternalID  string
	Status      string // queued, in_progress, completed
	Conclusion  string // when completed: success, failure, neutral, action_required, …
	DetailsURL  string
	Title       string
	Summary     string
	Text        string
	Annotations []Annotation
}

// Annotation is a remark on lines of a file.
type Annotation struct {
	Path    string
	Line    int
	EndLine int    // 0: Line
	Level   string // notice, warning, failure
	Title   string
	Message string
}

// Delivery is one try to deliver a webhook.
type Delivery struct {
	ID           int64
	GUID         string
	Event        string
	Action       string
	At           time.Time
	Redelivery   bool
	Code         int // 0: no answer
	Installation int64
	Repo         repo.ID
}

func (f *Forge) App(ctx context.Context) (App, error)                             { panic("pending") }
func (f *Forge) Installations(ctx context.Context) ([]Installation, error)        { panic("pending") }
func (f *Forge) Installation(ctx context.Context, id int64) (Installation, error) { panic("pending") }

// InstallationOf finds the installation that covers a repository.
func (f *Forge) InstallationOf(ctx context.Context, name repo.Name) (int64, error) { panic("pending") }
func (f *Forge) InstallationRepos(ctx context.Context, installation int64) ([]repo.Repo, error) {
	panic("pending")
}

// Repo finds a repository by name, following renames; the answer carries the name of today.
func (f *Forge) Repo(ctx context.Context, installation int64, name repo.Name) (repo.Repo, error) {
	panic("pending")
}

// Refresh reads a repository anew by its id.
func (f *Forge) Refresh(ctx context.Context, r repo.Repo) (repo.Repo, error) { panic("pending") }

// Gone says why a repository cannot be worked on, or "" when it can.
func (f *Forge) Gone(ctx context.Context, r repo.Repo) (string, error) { panic("pending") }

// Head is the newest commit of the default branch; empty for an empty repository.
func (f *Forge) Head(ctx context.Context, r repo.Repo) (repo.SHA, error) { panic("pending") }
func (f *Forge) BranchHead(ctx context.Context, r repo.Repo, branch string) (repo.SHA, error) {
	panic("pending")
}
func (f *Forge) File(ctx context.Context, r repo.Repo, path string, at repo.SHA) ([]byte, error) {
	panic("pending")
}
func (f *Forge) Archive(ctx context.Context, r repo.Repo, at repo.SHA, want func(path string) bool, l Limits) ([]rewrite.File, []Skipped, error) {
	panic("pending")
}
func (f *Forge) Commit(ctx context.Context, r repo.Repo, sha repo.SHA) (Commit, error) {
	panic("pending")
}

// Compare relates head to base; both may be commits or branches.
func (f *Forge) Compare(ctx context.Context, r repo.Repo, base, head string) (Comparison, error) {
	panic("pending")
}

// Descendants lists the commits on a branch after the given one, newest first, the app's own excluded.
func (f *Forge) Descendants(ctx context.Context, r repo.Repo, after repo.SHA, branch string) ([]repo.SHA, error) {
	panic("pending")
}

// Configs reads the given path at the head of each repository's default branch, 100 repositories per query.
func (f *Forge) Configs(ctx context.Context, installation int64, repos []repo.Repo, path string) (map[repo.ID]Config, error) {
	panic("pending")
}

// Pull observes a pull request. What the branch requires decides whether open threads block.
func (f *Forge) Pull(ctx context.Context, r repo.Repo, number int, required rollout.Required) (rollout.Pull, error) {
	panic("pending")
}

// FindPull finds the newest pull request from a branch of this repository, open ones first; 0 when there is none.
func (f *Forge) FindPull(ctx context.Context, r repo.Repo, branch string) (int, error) {
	panic("pending")
}
func (f *Forge) Checks(ctx context.Context, r repo.Repo, sha repo.SHA) ([]rollout.Check, error) {
	panic("pending")
}
func (f *Forge) Required(ctx context.Context, r repo.Repo, branch string) (rollout.Required, error) {
	panic("pending")
}

// Permission is a person's exact role: admin, maintain, write, triage, read, none, or a custom role's name.
func (f *Forge) Permission(ctx context.Context, r repo.Repo, login string) (string, error) {
	panic("pending")
}

// StopIssue says why everything stops: an open issue labelled skein:stop by someone with write permission, or
// a switch that cannot be read. "" when nothing does.
func (f *Forge) StopIssue(ctx context.Context, r repo.Repo) (string, error) { panic("pending") }

// FailedDeliveries lists the webhook deliveries since then that no later try of the same GUID delivered.
func (f *Forge) FailedDeliveries(ctx context.Context, since time.Time) ([]Delivery, error) {
	panic("pending")
}
func (f *Forge) Redeliver(ctx context.Context, delivery int64) error { panic("pending") }

// OpenPull opens a pull request, or finds the one that an earlier try opened.
func (f *Forge) OpenPull(ctx context.Context, s PullSpec) (number int, head repo.SHA, err error) {
	panic("pending")
}

// UpdateBranch merges the base branch into the pull request's branch. The new head appears later.
func (f *Forge) UpdateBranch(ctx context.Context, r repo.Repo, number int, head repo.SHA) error {
	panic("pending")
}

// Merge merges a pull request at this head and returns the merge commit; one merged already is a success.
func (f *Forge) Merge(ctx context.Context, r repo.Repo, number int, head repo.SHA, method, title, message string) (repo.SHA, error) {
	panic("pending")
}

// ClosePull closes a pull request, after a comment when there is one to make.
func (f *Forge) ClosePull(ctx context.Context, r repo.Repo, number int, comment string) error {
	panic("pending")
}

// UpdatePull writes title and body of a pull request; an empty one is left as it is.
func (f *Forge) UpdatePull(ctx context.Context, r repo.Repo, number int, title, body string) error {
	panic("pending")
}

// Rerun asks for another attempt of workflow runs and of check runs that have none.
func (f *Forge) Rerun(ctx context.Context, r repo.Repo, runs, checks []int64) error { panic("pending") }

// OpenRevert opens a pull request that takes a merge back out.
func (f *Forge) OpenRevert(ctx context.Context, s RevertSpec) (number int, head repo.SHA, err error) {
	panic("pending")
}

// UpsertComment keeps one comment of ours on an issue or pull request, found by its marker; it returns its id.
func (f *Forge) UpsertComment(ctx context.Context, r repo.Repo, number int, marker, body string) (int64, error) {
	panic("pending")
}
func (f *Forge) UpsertIssue(ctx context.Context, r repo.Repo, s IssueSpec) (int, error) {
	panic("pending")
}
func (f *Forge) UpsertCheckRun(ctx context.Context, r repo.Repo, s CheckSpec) (int64, error) {
	panic("pending")
}

// React puts a reaction on a comment: +1, -1, laugh, confused, heart, hooray, rocket, eyes.
func (f *Forge) React(ctx context.Context, r repo.Repo, comment int64, content string) error {
	panic("pending")
}
func (f *Forge) CloseIssue(ctx context.Context, r repo.Repo, number int, comment string) error {
	panic("pending")
}

// DeleteBranch deletes a branch that still is at head; one that is gone is a success.
func (f *Forge) DeleteBranch(ctx context.Context, r repo.Repo, branch string, head repo.SHA) error {
	panic("pending")
}
