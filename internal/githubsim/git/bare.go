package git

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// bare is a bare repository on disk. Objects are read through one long-running cat-file and written as packs
// that git unpacks and names itself; everything else is one git process per question.
type bare struct {
	git     plumbing
	objects *reader
	refs    sync.Mutex // git refuses rather than waits when a ref is locked
}

// Init makes an empty bare repository at dir, which may exist if it is empty, and opens it.
func Init(dir string) (Repo, error) {
	if names, err := os.ReadDir(dir); err == nil && len(names) > 0 {
		return nil, fmt.Errorf("init %s: %w", dir, ErrExists)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("init repository: %w", err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("init repository: %w", err)
	}
	p := plumbing{dir: dir}
	args := []string{"init", "--bare", "--quiet", "--template=", "--initial-branch=main", "--object-format=sha1", "."}
	if _, err := p.run(context.Background(), nil, args...); err != nil {
		return nil, fmt.Errorf("init %s: %w", dir, err)
	}
	return Open(dir)
}

// Open opens the bare repository at dir.
func Open(dir string) (Repo, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "objects")); err != nil {
		return nil, fmt.Errorf("open %s: %w: not a bare repository", dir, ErrNotFound)
	}
	p := plumbing{dir: dir}
	return &bare{git: p, objects: &reader{plumbing: p}}, nil
}

func (b *bare) Close() error {
	b.objects.close()
	return nil
}

// ready is asked before each git process.
func (b *bare) ready(ctx context.Context) error {
	if b.objects.isClosed() {
		return ErrClosed
	}
	return ctx.Err()
}

func (b *bare) run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	if err := b.ready(ctx); err != nil {
		return nil, err
	}
	return b.git.run(ctx, stdin, args...)
}

func (b *bare) Kind(ctx context.Context, id repo.SHA) (Kind, int64, error) {
	if err := ctx.Err(); err != nil {
		return "", 0, err
	}
	return b.objects.info(id)
}

func (b *bare) Blob(ctx context.Context, id repo.SHA) ([]byte, error) {
	return b.contents(ctx, id, KindBlob)
}

func (b *bare) Tree(ctx context.Context, id repo.SHA) ([]Entry, error) {
	data, err := b.contents(ctx, id, KindTree)
	if err != nil {
		return nil, err
	}
	return parseTree(data)
}

func (b *bare) Commit(ctx context.Context, id repo.SHA) (Commit, error) {
	data, err := b.contents(ctx, id, KindCommit)
	if err != nil {
		return Commit{}, err
	}
	return parseCommit(data)
}

func (b *bare) contents(ctx context.Context, id repo.SHA, want Kind) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return b.objects.contents(id, want)
}

// put lets git unpack the objects. A single commit or tree costs one process, and so does a whole edit.
func (b *bare) put(ctx context.Context, objects []object) error {
	if len(objects) == 0 {
		return b.ready(ctx)
	}
	_, err := b.run(ctx, bytes.NewReader(pack(objects)), "unpack-objects", "-q")
	return err
}

func (b *bare) WriteBlob(ctx context.Context, data []byte) (repo.SHA, error) {
	if err := checkBlob(data); err != nil {
		return "", err
	}
	blob := newObject(KindBlob, data)
	return blob.id, b.put(ctx, []object{blob})
}

func (b *bare) WriteTree(ctx context.Context, entries []Entry) (repo.SHA, error) {
	return writeTree(ctx, b, entries)
}

func (b *bare) EditTree(ctx context.Context, base repo.SHA, changes []Change) (repo.SHA, error) {
	return editTree(ctx, b, base, changes)
}

func (b *bare) WriteCommit(ctx context.Context, c Commit) (repo.SHA, error) {
	return writeCommit(ctx, b, c)
}

// Log asks rev-list. Its --date-order shows no parent before its children.
func (b *bare) Log(ctx context.Context, q Range) ([]repo.SHA, error) {
	if err := b.checkCommits(ctx, q.From, q.Not); err != nil {
		return nil, err
	}
	if q.Path == "" {
		return b.revList(ctx, q)
	}
	if _, err := splitPath(q.Path); err != nil {
		return nil, err
	}
	if q.Not == "" {
		return b.revList(ctx, q)
	}
	return b.pathSince(ctx, q)
}

func (b *bare) revList(ctx context.Context, q Range) ([]repo.SHA, error) {
	args := []string{"rev-list", "--date-order"}
	if q.Limit > 0 {
		args = append(args, "--max-count="+strconv.Itoa(q.Limit))
	}
	args = append(args, string(q.From))
	if q.Not != "" {
		args = append(args, "^"+string(q.Not))
	}
	args = append(args, "--")
	if q.Path != "" {
		args = append(args, q.Path)
	}
	out, err := b.run(ctx, nil, args...)
	return ids(out), err
}

// pathSince asks twice: given both, rev-list decides which parents of a merge explain a path before it knows which
// of them are left out, and the answer depends on the commits' dates.
func (b *bare) pathSince(ctx context.Context, q Range) ([]repo.SHA, error) {
	inside, err := b.revList(ctx, Range{From: q.From, Not: q.Not})
	if err != nil {
		return nil, err
	}
	list, err := b.revList(ctx, Range{From: q.From, Path: q.Path})
	list = slices.DeleteFunc(list, func(id repo.SHA) bool { return !slices.Contains(inside, id) })
	if q.Limit > 0 && len(list) > q.Limit {
		list = list[:q.Limit]
	}
	return list, err
}

// checkCommits makes sure that arguments are commits, so that git need not be asked why it failed. Of several
// only the first must be given.
func (b *bare) checkCommits(ctx context.Context, must repo.SHA, may ...repo.SHA) error {
	for i, id := range append([]repo.SHA{must}, may...) {
		if id == "" && i > 0 {
			continue
		}
		if err := checkKind(ctx, b, id, KindCommit); err != nil {
			return err
		}
	}
	return nil
}

func ids(out []byte) []repo.SHA {
	var list []repo.SHA
	for id := range strings.FieldsSeq(string(out)) {
		list = append(list, repo.SHA(id))
	}
	return list
}

func (b *bare) MergeBases(ctx context.Context, x, y repo.SHA) ([]repo.SHA, error) {
	if err := b.checkCommits(ctx, x); err != nil {
		return nil, err
	}
	if err := b.checkCommits(ctx, y); err != nil {
		return nil, err
	}
	out, err := b.run(ctx, nil, "merge-base", "--all", string(x), string(y))
	if exitCode(err) == 1 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return newestFirst(ctx, b, ids(out))
}

// newestFirst sorts commits by date, then by id.
func newestFirst(ctx context.Context, r interface {
	Commit(context.Context, repo.SHA) (Commit, error)
}, list []repo.SHA) ([]repo.SHA, error) {
	if len(list) < 2 {
		return list, nil
	}
	when := make(map[repo.SHA]int64, len(list))
	for _, id := range list {
		c, err := r.Commit(ctx, id)
		if err != nil {
			return nil, err
		}
		when[id] = c.Committer.When.Unix()
	}
	slices.SortFunc(list, func(x, y repo.SHA) int {
		return cmp.Or(cmp.Compare(when[y], when[x]), cmp.Compare(x, y))
	})
	return list, nil
}

// Diff reads diff-tree's raw format: ":MODE MODE ID ID STATUS", a zero byte, the path, a zero byte.
func (b *bare) Diff(ctx context.Context, from, to repo.SHA) ([]Delta, error) {
	for _, id := range []*repo.SHA{&from, &to} {
		if *id == "" {
			*id = emptyTree
		}
		if err := checkKind(ctx, b, *id, KindTree); err != nil {
			return nil, err
		}
	}
	out, err := b.run(ctx, nil, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index", string(from), string(to))
	if err != nil {
		return nil, err
	}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	var deltas []Delta
	for ; len(fields) >= 2; fields = fields[2:] {
		d, err := parseDelta(fields[0], fields[1])
		if err != nil {
			return nil, err
		}
		deltas = append(deltas, d)
	}
	slices.SortFunc(deltas, func(x, y Delta) int { return strings.Compare(x.Path, y.Path) })
	return deltas, nil
}

func parseDelta(head, path string) (Delta, error) {
	d := Delta{Path: path}
	var oldID, newID, status string
	if _, err := fmt.Sscanf(head, ":%o %o %s %s %s", &d.OldMode, &d.NewMode, &oldID, &newID, &status); err != nil {
		return Delta{}, fmt.Errorf("git diff-tree: unexpected line %.200q: %w", head, err)
	}
	if d.OldMode != 0 {
		d.Old = repo.SHA(oldID)
	}
	if d.NewMode != 0 {
		d.New = repo.SHA(newID)
	}
	return d, nil
}

func (b *bare) Merge(ctx context.Context, ours, theirs repo.SHA) (repo.SHA, error) {
	bases, err := b.MergeBases(ctx, ours, theirs)
	if err != nil {
		return "", err
	}
	if len(bases) == 0 {
		return "", unrelated(ours, theirs)
	}
	return b.mergeTree(ctx, ours, theirs)
}

// MergeTrees makes commits of the trees, since merge-tree finds the base in a history. They are the same for
// the same trees, and no ref leads to them.
func (b *bare) MergeTrees(ctx context.Context, base, ours, theirs repo.SHA) (repo.SHA, error) {
	who := Signature{Name: "base", Email: "base", When: time.Unix(0, 0).UTC()}
	c := Commit{Tree: base, Author: who, Committer: who}
	root, err := b.WriteCommit(ctx, c)
	if err != nil {
		return "", err
	}
	c.Parents, c.Tree = []repo.SHA{root}, ours
	x, err := b.WriteCommit(ctx, c)
	if err != nil {
		return "", err
	}
	c.Tree, c.Message = theirs, "theirs"
	y, err := b.WriteCommit(ctx, c)
	if err != nil {
		return "", err
	}
	return b.mergeTree(ctx, x, y)
}

// mergeTree prints the tree, and on a conflict (exit code 1) the paths; all end with a zero byte.
func (b *bare) mergeTree(ctx context.Context, ours, theirs repo.SHA) (repo.SHA, error) {
	out, err := b.run(ctx, nil, "merge-tree", "--write-tree", "--no-messages", "--name-only", "-z", string(ours), string(theirs))
	if err != nil && exitCode(err) != 1 {
		return "", err
	}
	fields := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	if err == nil {
		return repo.SHA(fields[0]), nil
	}
	return "", &ConflictError{Paths: conflictPaths(fields[1:], ours, theirs)}
}

// conflictPaths undoes the names that git gives to a file in the way of a folder: PATH~COMMIT.
func conflictPaths(paths []string, ours, theirs repo.SHA) []string {
	for i, p := range paths {
		for _, id := range []repo.SHA{ours, theirs} {
			if at := strings.LastIndex(p, "~"+string(id)); at >= 0 {
				paths[i] = p[:at]
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// Archive compresses here rather than in git: an archive must not depend on the machine's gzip.
func (b *bare) Archive(ctx context.Context, w io.Writer, commit repo.SHA, top string) error {
	if err := checkName(top); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if err := b.checkCommits(ctx, commit); err != nil {
		return err
	}
	if err := b.ready(ctx); err != nil {
		return err
	}
	z := gzip.NewWriter(w)
	args := []string{"-c", "tar.umask=0002", "archive", "--format=tar", "--prefix=" + top + "/", string(commit)}
	if err := b.git.stream(ctx, nil, z, args...); err != nil {
		return errors.Join(fmt.Errorf("archive %s: %w", commit.Short(), err), z.Close())
	}
	return z.Close()
}
