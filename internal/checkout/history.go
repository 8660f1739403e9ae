package checkout

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"
)

// Commit is one commit of a branch's own line: what was pushed to it or merged into it.
type Commit struct {
	ID, Parent string // Parent is the first, and empty for the first commit of all
	When       time.Time
	Subject    string
}

// History lists the commits of the checked-out branch's own line that touched one of the paths since a time, oldest
// first. Paths are files or folders below the tree's folder; without any, every commit counts.
func (t *Tree) History(ctx context.Context, since time.Time, paths ...string) ([]Commit, error) {
	return t.log(ctx, []string{"--since=" + since.Format(time.RFC3339)}, paths)
}

// After lists the commits that touched a file later than a given one, oldest first.
func (t *Tree) After(ctx context.Context, commit, file string) ([]Commit, error) {
	return t.log(ctx, []string{commit + "..HEAD"}, []string{file})
}

// Before is the newest commit of the branch's own line at or before a time; empty when there is none.
func (t *Tree) Before(ctx context.Context, when time.Time) (string, error) {
	out, err := t.git.run(ctx, "rev-list", "-1", "--first-parent", "--before="+when.Format(time.RFC3339), "HEAD")
	return strings.TrimSpace(string(out)), err
}

// At is the same folder as of a commit.
func (t *Tree) At(ctx context.Context, commit string) (*Tree, error) {
	return openCommit(ctx, t.base+"@"+commit, t.base, commit)
}

// log reads git's log; fields end with a zero byte, which no subject holds.
func (t *Tree) log(ctx context.Context, limits, paths []string) ([]Commit, error) {
	args := append([]string{"log", "--first-parent", "--reverse", "-z", "--format=%H %P%x00%cI%x00%s"}, limits...)
	args = append(args, "--")
	for _, p := range paths {
		args = append(args, path.Clean(p))
	}
	out, err := t.git.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	fields := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	var all []Commit
	for ; len(fields) >= 3; fields = fields[3:] {
		when, err := time.Parse(time.RFC3339, fields[1])
		if err != nil {
			return nil, fmt.Errorf("git log: %w", err)
		}
		id, parents, _ := strings.Cut(fields[0], " ")
		parent, _, _ := strings.Cut(parents, " ")
		all = append(all, Commit{ID: id, Parent: parent, When: when, Subject: fields[2]})
	}
	return all, nil
}
