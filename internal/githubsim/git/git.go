// Package git is the repositories beneath the GitHub simulator.
//
// A Repo is a store of immutable objects (blobs, trees, commits), named by the SHA-1 of their canonical bytes,
// and of refs, names that move from one commit to another by compare-and-swap. There are two:
//
//   - Open and Init work on a bare repository through git's own plumbing, so that demos and end-to-end tests
//     stand on the real thing: merges are git's merges, archives are git's archives;
//   - NewMemory keeps everything in maps and gives the same ids, trees, logs and merges, for tests that take
//     millions of steps.
//
// One conformance suite holds both to the same behaviour, and random histories are played to both and compared.
//
// Whatever GitHub builds from these primitives is a function over a Repo: MergeCommit, Squash, Rebase and Apply
// make the commits behind GitHub's merge buttons, Compare and Changes the answers about differences, Checkout the
// read-only file system that a simulated CI job looks at.
//
// Nothing here reads a clock: whoever writes a commit says when.
//
// The two differ in three things. Git's merges follow renames, while in memory a file renamed on one side and
// changed on the other is a conflict. Where two commits have several merge bases, which git merges first, the memory
// store takes the newest if they conflict. And only git's archives obey export-ignore and export-subst.
package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// Errors that callers tell apart with errors.Is. The error itself says which object, path or ref.
var (
	ErrNotFound  = errors.New("not found")
	ErrExists    = errors.New("already exists")
	ErrStale     = errors.New("ref has moved")
	ErrConflict  = errors.New("merge conflict")
	ErrUnrelated = errors.New("no common ancestor")
	ErrInvalid   = errors.New("invalid")
	ErrTooLarge  = errors.New("too large")
	ErrClosed    = errors.New("repository is closed")
)

// Limits on what a repository takes. Anything beyond them is ErrTooLarge.
const (
	MaxBlob    = 100 << 20 // bytes of a blob, as on GitHub
	MaxEntries = 100_000   // entries of one tree, changes of one edit, files of one listing
	MaxPath    = 4096      // bytes of a path
	MaxDepth   = 256       // nested folders
	MaxMessage = 1 << 20   // bytes of a commit message
	MaxParents = 16        // parents of a commit
)

// Repo is one repository. All methods are safe for concurrent use.
// Slices that it returns are shared: they must not be modified.
type Repo interface {
	// Kind returns an object's kind and the size of its content in bytes.
	Kind(ctx context.Context, id repo.SHA) (Kind, int64, error)
	// Blob returns a file's bytes. Blob, Tree and Commit answer ErrNotFound for an object of another kind.
	Blob(ctx context.Context, id repo.SHA) ([]byte, error)
	// Tree returns the entries of one folder in git's order.
	Tree(ctx context.Context, id repo.SHA) ([]Entry, error)
	Commit(ctx context.Context, id repo.SHA) (Commit, error)

	WriteBlob(ctx context.Context, data []byte) (repo.SHA, error)
	// WriteTree stores one folder, in any order of entries; all but submodules must exist. None is the empty tree.
	WriteTree(ctx context.Context, entries []Entry) (repo.SHA, error)
	// EditTree applies changes in order to the tree base and its folders and returns the new tree. An empty
	// base is the empty tree. Folders that become empty vanish; a file in the way of a folder is replaced.
	EditTree(ctx context.Context, base repo.SHA, changes []Change) (repo.SHA, error)
	// WriteCommit stores a commit; its tree and parents must exist.
	WriteCommit(ctx context.Context, c Commit) (repo.SHA, error)

	// Refs returns the refs whose full name starts with prefix, by name.
	Refs(ctx context.Context, prefix string) ([]Ref, error)
	// Ref returns the commit that a ref, named in full (refs/heads/main), points to.
	Ref(ctx context.Context, name string) (repo.SHA, error)
	// CreateRef fails with ErrExists if the ref is there, or one that is a folder of it or in it.
	CreateRef(ctx context.Context, name string, id repo.SHA) error
	// UpdateRef moves a ref from old to id, and fails with ErrStale if it is not at old.
	UpdateRef(ctx context.Context, name string, old, id repo.SHA) error
	// DeleteRef removes a ref that is at old; an empty old means wherever it is.
	DeleteRef(ctx context.Context, name string, old repo.SHA) error

	// Log lists commits, children before their parents and otherwise the newest first.
	Log(ctx context.Context, q Range) ([]repo.SHA, error)
	// MergeBases returns the best common ancestors, newest first; none for unrelated histories.
	MergeBases(ctx context.Context, a, b repo.SHA) ([]repo.SHA, error)
	// Diff returns the files that differ between two trees, by path. An empty id is the empty tree.
	Diff(ctx context.Context, from, to repo.SHA) ([]Delta, error)
	// Merge merges two commits and returns the resulting tree, or a *ConflictError, or ErrUnrelated.
	Merge(ctx context.Context, ours, theirs repo.SHA) (repo.SHA, error)
	// MergeTrees brings what changed from the tree base to theirs into ours, and returns as Merge does.
	MergeTrees(ctx context.Context, base, ours, theirs repo.SHA) (repo.SHA, error)

	// Archive writes a commit's files as tar.gz below the single folder top (OWNER-REPO-SHA), as GitHub lays it out.
	// The same commit gives the same bytes.
	Archive(ctx context.Context, w io.Writer, commit repo.SHA, top string) error

	// Close releases the repository. Later calls fail with ErrClosed.
	Close() error
}

// Kind is what an object is.
type Kind string

// The kinds of objects.
const (
	KindBlob   Kind = "blob"
	KindTree   Kind = "tree"
	KindCommit Kind = "commit"
	KindTag    Kind = "tag"
)

// Mode says what a tree entry is.
type Mode uint32

// The modes that git knows.
const (
	File       Mode = 0o100644
	Executable Mode = 0o100755
	Symlink    Mode = 0o120000
	Dir        Mode = 0o040000
	Submodule  Mode = 0o160000
)

// String returns six octal digits, as the API shows modes.
func (m Mode) String() string { return fmt.Sprintf("%06o", uint32(m)) }

// Kind returns the kind of the object that an entry of this mode names.
func (m Mode) Kind() Kind {
	if m == Dir {
		return KindTree
	}
	if m == Submodule {
		return KindCommit
	}
	return KindBlob
}

// ParseMode reads a mode as the API writes it, such as 100644 or 040000.
func ParseMode(s string) (Mode, error) {
	n, err := strconv.ParseUint(s, 8, 32)
	if m := Mode(n); err == nil && len(s) <= 6 && m.valid() {
		return m, nil
	}
	return 0, fmt.Errorf("file mode %q: %w: want 100644, 100755, 120000, 040000 or 160000", s, ErrInvalid)
}

func (m Mode) valid() bool {
	switch m {
	case File, Executable, Symlink, Dir, Submodule:
		return true
	default:
		return false
	}
}

// Entry is one name in a tree. From List and Lookup the name is the path from the root.
type Entry struct {
	Name string
	Mode Mode
	ID   repo.SHA
}

// Change sets or deletes one path. Without ID the content becomes a blob; with ID the path is that object: a
// blob, a tree (mode Dir) or a submodule's commit. A zero mode is File.
type Change struct {
	Path    string
	Mode    Mode
	Content []byte
	ID      repo.SHA
	Delete  bool // the path must exist
}

// Commit is a commit as it is written and read.
type Commit struct {
	Tree      repo.SHA
	Parents   []repo.SHA
	Author    Signature
	Committer Signature
	Message   string
}

// Signature says who did something and when, to the second; the zone offset is kept.
type Signature struct {
	Name  string
	Email string
	When  time.Time
}

// Ref is a name for a commit.
type Ref struct {
	Name string // in full: refs/heads/main
	ID   repo.SHA
}

// Range says which commits to list: those that From reaches and Not does not. With a path it is those of the path's
// history, as git log FROM -- PATH follows it, that Not does not reach.
type Range struct {
	From  repo.SHA
	Not   repo.SHA // optional
	Path  string   // optional: a file or folder
	Limit int      // 0: all
}

// Delta is a file that differs between two trees. A side where it is not has mode 0 and an empty id.
type Delta struct {
	Path             string
	OldMode, NewMode Mode
	Old, New         repo.SHA
}

// ConflictError is a merge that needs a person. It is ErrConflict.
type ConflictError struct {
	Commit repo.SHA // in a rebase: the commit that could not be replayed
	Paths  []string // sorted
}

// Error names the first conflicting paths.
func (e *ConflictError) Error() string {
	const shown = 10
	at, more := "", ""
	if e.Commit != "" {
		at = " in " + e.Commit.Short()
	}
	if n := len(e.Paths) - shown; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%v%s: %s%s", ErrConflict, at, strings.Join(e.Paths[:min(shown, len(e.Paths))], ", "), more)
}

// Unwrap returns ErrConflict.
func (e *ConflictError) Unwrap() error { return ErrConflict }
