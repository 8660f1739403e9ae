package git

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
)

// TestSameAsGit plays random histories to git and to memory, and compares everything that they say.
func TestSameAsGit(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			onDisk, p := newBare(t)
			pr := &pair{
				rand:   rand.New(rand.NewPCG(seed, 7)),
				memory: newFixture(t, NewMemory()), bare: newFixture(t, onDisk), git: p,
			}
			for range 25 {
				pr.step()
			}
			pr.compareAll()
			if pr.compared < 3 {
				t.Errorf("only %d merges were compared", pr.compared)
			}
			if out, err := p.run(t.Context(), nil, "fsck", "--full", "--strict"); err != nil || len(bytes.TrimSpace(out)) > 0 && !onlyDangling(out) {
				t.Errorf("git fsck: %v\n%s", err, out)
			}
		})
	}
}

func onlyDangling(out []byte) bool {
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "dangling ") {
			return false
		}
	}
	return true
}

// pair is one history in two repositories. Both fixtures' clocks go alike.
type pair struct {
	rand         *rand.Rand
	memory, bare *fixture
	git          plumbing
	commits      []repo.SHA
	compared     int // merges
}

func (p *pair) pick() repo.SHA {
	recent := min(len(p.commits), 8)
	return p.commits[len(p.commits)-1-p.rand.IntN(recent)]
}

// step adds an ordinary commit, or tries to merge two.
func (p *pair) step() {
	if len(p.commits) == 0 {
		p.add(nil, p.edits(nil, 6))
		return
	}
	if len(p.commits) < 4 || p.rand.IntN(3) > 0 {
		parent := p.pick()
		p.add([]repo.SHA{parent}, p.edits(p.memory.files(parent), 1+p.rand.IntN(3)))
		return
	}
	p.merge(p.pick(), p.pick())
}

func (p *pair) add(parents []repo.SHA, changes []Change) {
	var base repo.SHA
	if len(parents) > 0 {
		base = p.memory.tree(parents[0])
	}
	id := p.memory.commitChanges(parents, base, changes)
	wantSame(p.bare, p.bare.commitChanges(parents, base, changes), id)
	p.commits = append(p.commits, id)
}

// merge compares a merge and a replay of two commits, and keeps the merge if it is clean.
func (p *pair) merge(x, y repo.SHA) {
	ctx := p.memory.Context()
	draft, _ := p.memory.draft("merge"), p.bare.draft("merge")
	m, mErr := MergeCommit(ctx, p.memory.Repo, x, y, draft)
	b, bErr := MergeCommit(ctx, p.bare.Repo, x, y, draft)
	if p.known(x, y) {
		return
	}
	p.compared++
	if fmt.Sprint(mErr) != fmt.Sprint(bErr) || m != b {
		p.explain(x, y, m, b, mErr, bErr)
	} else if mErr == nil {
		p.commits = append(p.commits, m)
	}
	if p.knownReplay(x, y) {
		return
	}
	who, _ := p.memory.who(), p.bare.who()
	ms, mErr := Rebase(ctx, p.memory.Repo, x, y, who)
	bs, bErr := Rebase(ctx, p.bare.Repo, x, y, who)
	wantSame(p.bare, ms, bs)
	wantSame(p.bare, fmt.Sprint(mErr), fmt.Sprint(bErr))
}

// known reports whether a merge touches what memory does otherwise: several merge bases, or a rename.
func (p *pair) known(x, y repo.SHA) bool {
	bases := must(p.bare.MergeBases(p.bare.Context(), x, y))(p.bare)
	return len(bases) != 1 || p.renames(bases[0], x) || p.renames(bases[0], y)
}

// knownReplay is known for the single steps of a rebase.
func (p *pair) knownReplay(onto, head repo.SHA) bool {
	ctx := p.bare.Context()
	for _, id := range must(p.bare.Repo.Log(ctx, Range{From: head, Not: onto}))(p.bare) {
		for _, parent := range must(p.bare.Commit(ctx, id))(p.bare).Parents {
			if p.renames(parent, id) || p.renames(parent, onto) {
				return true
			}
		}
	}
	return false
}

func (p *pair) renames(from, to repo.SHA) bool {
	out, err := p.git.run(p.bare.Context(), nil, "diff-tree", "-r", "-M", "--diff-filter=R", string(from), string(to))
	return len(must(out, err)(p.bare)) > 0
}

func (p *pair) explain(x, y, m, b repo.SHA, mErr, bErr error) {
	p.bare.Helper()
	diff := ""
	if mErr == nil && bErr == nil {
		diff = cmp.Diff(p.bare.files(b), p.memory.files(m))
	}
	p.bare.Errorf("merge %s %s: memory %s %v, git %s %v\n%s", x, y, m, mErr, b, bErr, diff)
}

// edits makes changes to the files of a commit: lines replaced, inserted, removed, moved, new files, modes, deletions.
// Lines repeat, since repeated lines are what makes alignment hard.
func (p *pair) edits(files map[string]string, n int) []Change {
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range files {
			if !yield(name) {
				return
			}
		}
	})
	var changes []Change
	for range n {
		if len(names) == 0 || p.rand.IntN(5) == 0 {
			name := []string{"", "models/", "models/deep/", "jobs/"}[p.rand.IntN(4)] + fmt.Sprintf("q%d.sql", p.rand.IntN(12))
			changes = append(changes, Change{Path: name, Content: []byte(p.text(3 + p.rand.IntN(30)))})
			continue
		}
		i := p.rand.IntN(len(names))
		name := names[i]
		names = slices.Delete(names, i, i+1)
		content := files[name]
		if strings.HasPrefix(content, "100755 ") || strings.HasPrefix(content, "120000 ") {
			content = content[7:]
		}
		switch p.rand.IntN(14) {
		case 0:
			changes = append(changes, Change{Path: name, Delete: true})
		case 1:
			changes = append(changes, Change{Path: name, Content: []byte(content), Mode: Executable})
		case 2:
			changes = append(changes, Change{Path: name, Content: []byte("target"), Mode: Symlink})
		case 3:
			changes = append(changes, Change{Path: name + "/inside.sql", Content: []byte(p.text(4))})
		case 4:
			changes = append(changes, Change{Path: name, Content: []byte(strings.TrimSuffix(content, "\n"))})
		default:
			changes = append(changes, Change{Path: name, Content: []byte(p.mutate(content))})
		}
	}
	return changes
}

func (p *pair) line() string {
	words := []string{"select", "from orders", "where", "", ")", "  id,", "  cust_id,", "join", "end"}
	if p.rand.IntN(3) == 0 {
		return fmt.Sprintf("col_%d\n", p.rand.IntN(1000))
	}
	return words[p.rand.IntN(len(words))] + "\n"
}

func (p *pair) text(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(p.line())
	}
	return b.String()
}

func (p *pair) mutate(content string) string {
	lines := slices.Collect(strings.Lines(content))
	for range 1 + p.rand.IntN(3) {
		at := p.rand.IntN(len(lines) + 1)
		switch end := min(len(lines), at+p.rand.IntN(3)); p.rand.IntN(4) {
		case 0:
			lines = slices.Insert(lines, at, p.line())
		case 1:
			lines = slices.Delete(lines, at, end)
		case 2:
			lines = slices.Insert(slices.Delete(lines, at, end), at, p.line(), p.line())
		default:
			lines = slices.Insert(lines, p.rand.IntN(len(lines)+1), lines[at:end]...)
		}
	}
	return strings.Join(lines, "")
}

// compareAll asks both about pairs of commits, paths and archives.
func (p *pair) compareAll() {
	ctx := p.memory.Context()
	for range 12 {
		x, y := p.pick(), p.pick()
		wantSame(p.bare, must(p.memory.MergeBases(ctx, x, y))(p.bare), must(p.bare.MergeBases(ctx, x, y))(p.bare))
		m, mErr := Compare(ctx, p.memory.Repo, x, y)
		b, bErr := Compare(ctx, p.bare.Repo, x, y)
		wantSame(p.bare, m, b)
		wantSame(p.bare, fmt.Sprint(mErr), fmt.Sprint(bErr))
		for _, q := range []Range{{From: x}, {From: x, Not: y}, {From: x, Limit: 3}, {From: x, Path: "models"}, {From: x, Path: "q1.sql"}, {From: x, Path: "jobs", Not: y}} {
			got, want := must(p.memory.Repo.Log(ctx, q))(p.bare), must(p.bare.Repo.Log(ctx, q))(p.bare)
			if !slices.Equal(got, want) {
				p.bare.Errorf("log %+v:\nmemory %v\ngit    %v", q, got, want)
			}
		}
	}
	for _, id := range p.commits[max(0, len(p.commits)-3):] {
		var m, b bytes.Buffer
		wantSame(p.bare, p.memory.Archive(ctx, &m, id, "top"), nil)
		wantSame(p.bare, p.bare.Archive(ctx, &b, id, "top"), nil)
		wantSame(p.bare, unpack(p.bare, &m), unpack(p.bare, &b))
		wantSame(p.bare, p.memory.files(id), p.bare.files(id))
		mc, bc := must(p.memory.Commit(ctx, id))(p.bare), must(p.bare.Commit(ctx, id))(p.bare)
		wantSame(p.bare, mc, bc)
	}
}

// TestMergeText compares merges of single files with git's.
func TestMergeText(t *testing.T) {
	t.Parallel()
	p := &pair{rand: rand.New(rand.NewPCG(1, 2))}
	r, _ := newBare(t)
	git := newFixture(t, r)
	clean := 0
	for range 60 {
		base := p.text(5 + p.rand.IntN(30))
		ours, theirs := p.mutate(p.mutate(base)), p.mutate(base)
		got, ok := mergeText([]byte(base), []byte(ours), []byte(theirs))
		root := git.commit(nil, "f="+base)
		x, y := git.commit([]repo.SHA{root}, "f="+ours), git.commit([]repo.SHA{root}, "f="+theirs)
		want := git.merged(r.Merge(t.Context(), x, y))
		if ok != (want != "conflict: f") || ok && string(got) != want {
			t.Errorf("clean %t\nbase   %q\nours   %q\ntheirs %q\ngit    %q\nmemory %q", ok, base, ours, theirs, want, got)
		}
		if ok {
			clean++
		}
	}
	if clean < 15 || clean > 45 {
		t.Errorf("%d of 60 merges were clean: too one-sided to tell anything", clean)
	}
}

// TestPatchApplies gives patches to git apply.
func TestPatchApplies(t *testing.T) {
	t.Parallel()
	p := &pair{rand: rand.New(rand.NewPCG(3, 4))}
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	for range 60 {
		old := p.text(1 + p.rand.IntN(60))
		cur := p.mutate(p.mutate(old))
		if p.rand.IntN(4) == 0 {
			cur = strings.TrimSuffix(cur, "\n")
		}
		if old == cur || cur == "" {
			continue
		}
		unified, additions, deletions := patch([]byte(old), []byte(cur))
		if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "git", "apply", "--unidiff-zero", "-")
		cmd.Dir = dir
		cmd.Stdin = strings.NewReader("--- a/f\n+++ b/f\n" + unified + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git apply: %v %s\n%s", err, out, unified)
		}
		wantSame(t, string(must(os.ReadFile(file))(t)), cur)
		wantSame(t, additions-deletions, countLines(cur)-countLines(old))
	}
}

func countLines(s string) int { return len(slices.Collect(strings.Lines(s))) }
