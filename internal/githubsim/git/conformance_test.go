package git

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
)

// implementations opens one repository of each kind.
func implementations() map[string]func(testing.TB) Repo {
	return map[string]func(testing.TB) Repo{
		"memory": func(testing.TB) Repo { return NewMemory() },
		"bare":   func(t testing.TB) Repo { r, _ := newBare(t); return r },
	}
}

func newBare(t testing.TB) (Repo, plumbing) {
	t.Helper()
	dir := t.TempDir()
	r, err := Init(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, plumbing{dir: dir}
}

// fixture writes to a repository and fails the test if it cannot.
type fixture struct {
	testing.TB
	tested
	clock time.Time
}

// tested keeps the repository's methods below those of testing.TB, which has a Log too.
type tested struct{ Repo }

func newFixture(t testing.TB, r Repo) *fixture {
	return &fixture{TB: t, tested: tested{r}, clock: time.Date(2026, 3, 1, 9, 0, 0, 0, time.FixedZone("", 3600))}
}

func (f *fixture) who() Signature {
	f.clock = f.clock.Add(time.Minute)
	return Signature{Name: "Ada Example", Email: "ada@example.com", When: f.clock}
}

// draft is a commit without tree and parents.
func (f *fixture) draft(message string) Commit {
	who := f.who()
	return Commit{Author: who, Committer: who, Message: message}
}

// commit applies edits, written "path=content" or "-path", to the first parent.
func (f *fixture) commit(parents []repo.SHA, edits ...string) repo.SHA {
	f.Helper()
	var base repo.SHA
	if len(parents) > 0 {
		base = f.tree(parents[0])
	}
	var changes []Change
	for _, e := range edits {
		if path, ok := strings.CutPrefix(e, "-"); ok {
			changes = append(changes, Change{Path: path, Delete: true})
			continue
		}
		path, content, _ := strings.Cut(e, "=")
		changes = append(changes, Change{Path: path, Content: []byte(content)})
	}
	return f.commitChanges(parents, base, changes)
}

func (f *fixture) commitChanges(parents []repo.SHA, base repo.SHA, changes []Change) repo.SHA {
	f.Helper()
	c := f.draft("change\n")
	c.Parents = parents
	c.Tree = must(f.EditTree(f.Context(), base, changes))(f)
	return must(f.WriteCommit(f.Context(), c))(f)
}

func (f *fixture) tree(commit repo.SHA) repo.SHA {
	f.Helper()
	return must(f.Commit(f.Context(), commit))(f).Tree
}

// must returns a function that returns the value, or fails the test with the error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// files is a commit's files with their contents; modes other than File stand in front.
func (f *fixture) files(commit repo.SHA) map[string]string {
	f.Helper()
	found := map[string]string{}
	for _, e := range must(List(f.Context(), f.Repo, f.tree(commit)))(f) {
		if e.Mode.Kind() != KindBlob {
			continue
		}
		content := string(must(f.Blob(f.Context(), e.ID))(f))
		if e.Mode != File {
			content = e.Mode.String() + " " + content
		}
		found[e.Name] = content
	}
	return found
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

func wantSame[T any](t testing.TB, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestConformance is what every Repo must do.
func TestConformance(t *testing.T) {
	cases := map[string]func(*fixture){
		"objects":  testObjects,
		"invalid":  testInvalid,
		"edit":     testEdit,
		"refs":     testRefs,
		"race":     testRefRace,
		"log":      testLog,
		"bases":    testBases,
		"diff":     testDiff,
		"merge":    testMerge,
		"buttons":  testButtons,
		"rebase":   testRebase,
		"compare":  testCompare,
		"archive":  testArchive,
		"checkout": testCheckout,
		"closed":   testClosed,
	}
	for impl, open := range implementations() {
		for name, run := range cases {
			t.Run(impl+"/"+name, func(t *testing.T) {
				t.Parallel()
				run(newFixture(t, open(t)))
			})
		}
	}
}

// testObjects compares with ids that git itself gave.
func testObjects(f *fixture) {
	ctx := f.Context()
	blob := must(f.WriteBlob(ctx, []byte("hello\n")))(f)
	wantSame(f, blob, "ce013625030ba8dba906f756967f9e9ca394464a")
	wantSame(f, string(must(f.Blob(ctx, blob))(f)), "hello\n")
	wantSame(f, must(f.WriteTree(ctx, nil))(f), emptyTree)

	sub := must(f.WriteTree(ctx, []Entry{{"x", File, blob}}))(f)
	entries := []Entry{{"lib.c", Executable, blob}, {"lib", Dir, sub}, {"lib-x", Symlink, blob}, {"mod", Submodule, "1111111111111111111111111111111111111111"}}
	tree := must(f.WriteTree(ctx, entries))(f)
	sorted := []Entry{entries[2], entries[0], entries[1], entries[3]}
	wantSame(f, must(f.Tree(ctx, tree))(f), sorted)

	when := time.Unix(1_700_000_000, 0)
	c := Commit{
		Tree:      tree,
		Author:    Signature{"A U Thor", "a@example.com", when.In(time.FixedZone("", -(3*3600 + 1800)))},
		Committer: Signature{"C O Mitter", "c@example.com", when.UTC()},
		Message:   "subject\n\nbody without line feed",
	}
	first := must(f.WriteCommit(ctx, c))(f)
	wantSame(f, must(f.Commit(ctx, first))(f), c)
	c.Parents = []repo.SHA{first}
	second := must(f.WriteCommit(ctx, c))(f)
	wantSame(f, must(f.Commit(ctx, second))(f).Parents, c.Parents)

	kind, size, err := f.Kind(ctx, blob)
	wantSame(f, []any{kind, size, err}, []any{KindBlob, int64(6), nil})
	kind, size, err = f.Kind(ctx, emptyTree)
	wantSame(f, []any{kind, size, err}, []any{KindTree, int64(0), nil})
}

func testInvalid(f *fixture) {
	ctx := f.Context()
	blob := must(f.WriteBlob(ctx, nil))(f)
	const absent = repo.SHA("0123456789012345678901234567890123456789")
	_, err := f.Blob(ctx, absent)
	wantErr(f, err, ErrNotFound)
	_, err = f.Tree(ctx, blob)
	wantErr(f, err, ErrNotFound)
	for _, id := range []repo.SHA{"", "HEAD", "refs/heads/main", absent + "\n" + absent, absent[:39] + "G"} {
		_, err = f.Blob(ctx, id)
		wantErr(f, err, ErrInvalid)
		_, err = f.Repo.Log(ctx, Range{From: id})
		wantErr(f, err, ErrInvalid)
	}
	for _, name := range []string{"", ".", "..", ".git", ".GIT", "a/b", "a\x00b"} {
		_, err = f.WriteTree(ctx, []Entry{{name, File, blob}})
		wantErr(f, err, ErrInvalid)
		if name != "a/b" {
			_, err = f.EditTree(ctx, "", []Change{{Path: "dir/" + name}})
			wantErr(f, err, ErrInvalid)
		}
	}
	_, err = f.WriteTree(ctx, []Entry{{"a", File, blob}, {"a", Dir, emptyTree}})
	wantErr(f, err, ErrInvalid)
	_, err = f.WriteTree(ctx, []Entry{{"a", 0o100600, blob}})
	wantErr(f, err, ErrInvalid)
	_, err = f.WriteTree(ctx, []Entry{{"a", Dir, blob}})
	wantErr(f, err, ErrInvalid)
	_, err = f.WriteTree(ctx, []Entry{{"a", File, absent}})
	wantErr(f, err, ErrNotFound)
	_, err = f.EditTree(ctx, "", []Change{{Path: strings.Repeat("a/", MaxDepth) + "a"}})
	wantErr(f, err, ErrTooLarge)
	_, err = f.EditTree(ctx, "", []Change{{Path: strings.Repeat("a", MaxPath+1)}})
	wantErr(f, err, ErrTooLarge)

	good := f.draft("m")
	good.Tree = emptyTree
	for want, bad := range map[error]func(*Commit){
		ErrNotFound: func(c *Commit) { c.Parents = []repo.SHA{absent} },
		ErrTooLarge: func(c *Commit) { c.Message = strings.Repeat("x", MaxMessage+1) },
		ErrInvalid:  func(c *Commit) { c.Author.Name = "a\nparent x" },
	} {
		c := good
		bad(&c)
		_, err = f.WriteCommit(ctx, c)
		wantErr(f, err, want)
	}
	good.Tree = blob
	_, err = f.WriteCommit(ctx, good)
	wantErr(f, err, ErrNotFound)

	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = f.WriteBlob(done, nil)
	wantErr(f, err, context.Canceled)
}

func testEdit(f *fixture) {
	ctx := f.Context()
	first := f.commit(nil, "a/b/c.sql=1\n", "a/d.sql=2\n", "e.sql=3\n")
	blob := must(f.WriteBlob(ctx, []byte("4\n")))(f)
	base := f.tree(first)
	second := f.commitChanges([]repo.SHA{first}, base, []Change{
		{Path: "a/b/c.sql", Delete: true},           // the folder a/b vanishes
		{Path: "a/d.sql/x", Content: []byte("5\n")}, // a folder where a file was
		{Path: "f/g", ID: blob, Mode: Executable},   // an object that is there
		{Path: "link", Content: []byte("e.sql"), Mode: Symlink},
		{Path: "copy", ID: base, Mode: Dir},          // a whole tree
		{Path: "copy/e.sql", Content: []byte("6\n")}, // and an edit in it
		{Path: "twice", Content: []byte("7\n")},
		{Path: "twice", Content: []byte("8\n")},
	})
	wantSame(f, f.files(second), map[string]string{
		"a/d.sql/x": "5\n", "e.sql": "3\n", "f/g": "100755 4\n", "link": "120000 e.sql", "twice": "8\n",
		"copy/a/b/c.sql": "1\n", "copy/a/d.sql": "2\n", "copy/e.sql": "6\n",
	})
	third := f.commit([]repo.SHA{second}, "a=file\n", "-copy")
	wantSame(f, f.files(third)["a"], "file\n")
	wantSame(f, must(f.EditTree(ctx, base, nil))(f), base)
	wantSame(f, must(f.EditTree(ctx, base, []Change{{Path: "a", Delete: true}, {Path: "e.sql", Delete: true}}))(f), emptyTree)
	for _, path := range []string{"absent", "absent/x", "e.sql/x", "a/b/x"} {
		_, err := f.EditTree(ctx, base, []Change{{Path: path, Delete: true}})
		wantErr(f, err, ErrNotFound)
	}
	_, err := f.EditTree(ctx, base, []Change{{Path: "x", Mode: Dir, Content: []byte("x")}})
	wantErr(f, err, ErrInvalid)
	_, err = f.EditTree(ctx, base, []Change{{Path: "x", Mode: Dir, ID: blob}})
	wantErr(f, err, ErrInvalid)

	e := must(Lookup(ctx, f.Repo, second, "copy/a/b"))(f)
	wantSame(f, []any{e.Name, e.Mode}, []any{"copy/a/b", Dir})
	_, err = Lookup(ctx, f.Repo, second, "e.sql/x")
	wantErr(f, err, ErrNotFound)
	wantSame(f, string(must(ReadFile(ctx, f.Repo, second, "f/g"))(f)), "4\n")
	_, err = ReadFile(ctx, f.Repo, second, "copy")
	wantErr(f, err, ErrNotFound)
}

func testRefs(f *fixture) {
	ctx := f.Context()
	a := f.commit(nil, "x=1")
	b := f.commit([]repo.SHA{a}, "x=2")
	for _, name := range []string{"refs/heads/main", "refs/heads/feature/one", "refs/tags/v1", "refs/pull/1/head"} {
		if err := f.CreateRef(ctx, name, a); err != nil {
			f.Error(err)
		}
	}
	wantSame(f, must(f.Refs(ctx, "refs/heads/"))(f), []Ref{{"refs/heads/feature/one", a}, {"refs/heads/main", a}})
	wantSame(f, len(must(f.Refs(ctx, "refs/heads/ma"))(f)), 1)
	wantSame(f, len(must(f.Refs(ctx, ""))(f)), 4)
	for _, name := range []string{"refs/heads/main", "refs/heads/feature", "refs/heads/main/x"} {
		wantErr(f, f.CreateRef(ctx, name, b), ErrExists)
	}
	wantErr(f, f.UpdateRef(ctx, "refs/heads/main", b, b), ErrStale)
	wantErr(f, f.UpdateRef(ctx, "refs/heads/none", a, b), ErrNotFound)
	wantSame(f, f.UpdateRef(ctx, "refs/heads/main", a, b), nil)
	wantSame(f, must(f.Ref(ctx, "refs/heads/main"))(f), b)
	wantErr(f, f.DeleteRef(ctx, "refs/heads/main", a), ErrStale)
	wantSame(f, f.DeleteRef(ctx, "refs/heads/main", b), nil)
	wantErr(f, f.DeleteRef(ctx, "refs/heads/main", ""), ErrNotFound)
	wantSame(f, f.DeleteRef(ctx, "refs/heads/feature/one", ""), nil)
	wantSame(f, f.CreateRef(ctx, "refs/heads/feature", a), nil)
	_, err := f.Ref(ctx, "refs/heads/main")
	wantErr(f, err, ErrNotFound)
	// A branch may be called like a ref; looking up a ref must not find it.
	wantSame(f, f.CreateRef(ctx, "refs/heads/refs/heads/main", a), nil)
	_, err = f.Ref(ctx, "refs/heads/main")
	wantErr(f, err, ErrNotFound)
	for _, name := range []string{"", "main", "refs/main", "refs/heads/", "refs/heads/a..b", "refs/heads/a b", "refs/heads/.a",
		"refs/heads/a.lock", "refs/heads/a.", "refs/heads/a@{1}", "refs//heads", "refs/heads/a\nb", "--all", "refs/heads/a~1"} {
		wantErr(f, f.CreateRef(ctx, name, a), ErrInvalid)
		_, err := f.Ref(ctx, name)
		wantErr(f, err, ErrInvalid)
	}
	wantErr(f, f.CreateRef(ctx, "refs/heads/tree", emptyTree), ErrNotFound)
}

// testRefRace lets several move one ref; each step is won by exactly one.
func testRefRace(f *fixture) {
	ctx := f.Context()
	root := f.commit(nil, "x=0")
	wantSame(f, f.CreateRef(ctx, "refs/heads/main", root), nil)
	var next []repo.SHA
	for i := range 4 {
		next = append(next, f.commit([]repo.SHA{root}, fmt.Sprint("x=", i+1)))
	}
	var wins atomic.Int32
	var wg sync.WaitGroup
	for _, id := range next {
		wg.Go(func() {
			switch err := f.UpdateRef(ctx, "refs/heads/main", root, id); {
			case err == nil:
				wins.Add(1)
			case !errors.Is(err, ErrStale):
				f.Error(err)
			}
			if _, err := f.Blob(ctx, must(Lookup(ctx, f.Repo, id, "x"))(f).ID); err != nil {
				f.Error(err)
			}
		})
	}
	wg.Wait()
	wantSame(f, wins.Load(), 1)
}

func testLog(f *fixture) {
	ctx := f.Context()
	a := f.commit(nil, "x=1", "d/y=1")
	b := f.commit([]repo.SHA{a}, "x=2")
	c := f.commit([]repo.SHA{b}, "d/y=2")
	s := f.commit([]repo.SHA{b}, "z=1")
	m := must(MergeCommit(ctx, f.Repo, c, s, f.draft("merge\n")))(f)
	e := f.commit([]repo.SHA{m}, "x=3")
	for want, q := range map[string]Range{
		"e m s c b a": {From: e},
		"e m":         {From: e, Limit: 2},
		"m s":         {From: m, Not: c},
		"e b a":       {From: e, Path: "x"},
		"c a":         {From: e, Path: "d"},
		"c":           {From: e, Path: "d/y", Not: b},
		"s":           {From: e, Path: "z"},
		"":            {From: a, Not: e},
		"e":           {From: e, Path: "x", Limit: 1},
	} {
		names := map[repo.SHA]string{a: "a", b: "b", c: "c", s: "s", m: "m", e: "e"}
		var got []string
		for _, id := range must(f.Repo.Log(ctx, q))(f) {
			got = append(got, names[id])
		}
		wantSame(f, strings.Join(got, " "), want)
	}
	wantSame(f, len(must(f.Repo.Log(ctx, Range{From: e, Path: "no/where"}))(f)), 0)
	_, err := f.Repo.Log(ctx, Range{From: e, Path: "../x"})
	wantErr(f, err, ErrInvalid)
	_, err = f.Repo.Log(ctx, Range{From: emptyTree})
	wantErr(f, err, ErrNotFound)
}

func testBases(f *fixture) {
	ctx := f.Context()
	root := f.commit(nil, "x=1")
	a := f.commit([]repo.SHA{root}, "a=1")
	b := f.commit([]repo.SHA{root}, "b=1")
	wantSame(f, must(f.MergeBases(ctx, a, b))(f), []repo.SHA{root})
	wantSame(f, must(f.MergeBases(ctx, a, a))(f), []repo.SHA{a})
	wantSame(f, must(f.MergeBases(ctx, root, b))(f), []repo.SHA{root})
	x := must(MergeCommit(ctx, f.Repo, a, b, f.draft("x")))(f)
	y := must(MergeCommit(ctx, f.Repo, b, a, f.draft("y")))(f)
	wantSame(f, must(f.MergeBases(ctx, x, y))(f), []repo.SHA{b, a})
	wantSame(f, must(MergeBase(ctx, f.Repo, x, y))(f), b)
	p, q := f.commit([]repo.SHA{x}, "x=2"), f.commit([]repo.SHA{y}, "q=1")
	merged := must(MergeCommit(ctx, f.Repo, p, q, f.draft("criss-cross")))(f)
	wantSame(f, f.files(merged), map[string]string{"x": "2", "a": "1", "b": "1", "q": "1"})

	other := f.commit(nil, "o=1")
	wantSame(f, len(must(f.MergeBases(ctx, a, other))(f)), 0)
	_, err := MergeBase(ctx, f.Repo, a, other)
	wantErr(f, err, ErrUnrelated)
	_, err = f.Merge(ctx, a, other)
	wantErr(f, err, ErrUnrelated)
	wantSame(f, must(IsAncestor(ctx, f.Repo, root, p))(f), true)
	wantSame(f, must(IsAncestor(ctx, f.Repo, p, root))(f), false)
	wantSame(f, must(IsAncestor(ctx, f.Repo, other, p))(f), false)
}

func testDiff(f *fixture) {
	ctx := f.Context()
	a := f.commit(nil, "x/y=1", "z=1", "gone=1", "b.c=1")
	b := f.commitChanges(nil, f.tree(a), []Change{
		{Path: "x", Content: []byte("file")}, {Path: "gone", Delete: true}, {Path: "b/c", Content: []byte("2")},
		{Path: "z", Content: []byte("1"), Mode: Executable},
	})
	var got []string
	for _, d := range must(f.Diff(ctx, f.tree(a), f.tree(b)))(f) {
		got = append(got, fmt.Sprintf("%s %s %s %t %t", d.Path, d.OldMode, d.NewMode, d.Old == "", d.New == ""))
	}
	wantSame(f, got, []string{
		"b/c 000000 100644 true false",
		"gone 100644 000000 false true",
		"x 000000 100644 true false",
		"x/y 100644 000000 false true",
		"z 100644 100755 false false",
	})
	wantSame(f, len(must(f.Diff(ctx, "", f.tree(a)))(f)), 4)
	wantSame(f, len(must(f.Diff(ctx, f.tree(a), f.tree(a)))(f)), 0)
	_, err := f.Diff(ctx, a, "")
	wantErr(f, err, ErrNotFound)
}

func testMerge(f *fixture) {
	ctx := f.Context()
	const lines = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
	edit := func(old, cur string) string { return "f=" + strings.Replace(lines, old, cur, 1) }
	base := f.commit(nil, "f="+lines, "d/x=1\n", "bin=\x00a")
	for name, c := range map[string]struct {
		ours, theirs []string
		want         string // of f, or the conflicting paths
	}{
		"far apart":           {[]string{edit("2\n", "two\n")}, []string{edit("8\n", "eight\n")}, strings.NewReplacer("2", "two", "8", "eight").Replace(lines)},
		"one line between":    {[]string{edit("2\n", "two\n")}, []string{edit("4\n", "four\n")}, strings.NewReplacer("2", "two", "4", "four").Replace(lines)},
		"neighbours":          {[]string{edit("2\n", "two\n")}, []string{edit("3\n", "three\n")}, "conflict: f"},
		"same change":         {[]string{edit("2\n", "two\n")}, []string{edit("2\n", "two\n")}, strings.Replace(lines, "2", "two", 1)},
		"same change, more":   {[]string{edit("2\n", "two\n"), "n=1"}, []string{edit("2\n", "two\n"), "m=1"}, strings.Replace(lines, "2", "two", 1)},
		"same line":           {[]string{edit("2\n", "two\n")}, []string{edit("2\n", "deux\n")}, "conflict: f"},
		"both append":         {[]string{"f=" + lines + "a\n"}, []string{"f=" + lines + "b\n"}, "conflict: f"},
		"modify and delete":   {[]string{edit("2\n", "two\n")}, []string{"-f"}, "conflict: f"},
		"both delete":         {[]string{"-f"}, []string{"-f", "f2=x"}, "absent"},
		"add and add":         {[]string{"new=1\n"}, []string{"new=2\n"}, "conflict: new"},
		"add the same":        {[]string{"new=1\n"}, []string{"new=1\n", "o=1"}, lines},
		"binary":              {[]string{"bin=\x00b"}, []string{"bin=\x00c"}, "conflict: bin"},
		"file where a folder": {[]string{"new=1\n"}, []string{"new/x=2\n"}, "conflict: new"},
		"folder changed":      {[]string{"d=file\n"}, []string{"d/x=2\n"}, "conflict: d d/x"},
		"folder to file":      {[]string{"-d/x", "d=file\n"}, []string{edit("2\n", "two\n")}, strings.Replace(lines, "2", "two", 1)},
		"two paths":           {[]string{edit("2\n", "x\n"), "d/x=2\n"}, []string{edit("2\n", "y\n"), "d/x=3\n"}, "conflict: d/x f"},
	} {
		ours, theirs := f.commit([]repo.SHA{base}, c.ours...), f.commit([]repo.SHA{base}, c.theirs...)
		wantSame(f, name+": "+f.merged(f.Merge(ctx, ours, theirs)), name+": "+c.want)
		wantSame(f, name+": "+f.merged(f.MergeTrees(ctx, f.tree(base), f.tree(ours), f.tree(theirs))), name+": "+c.want)
	}
}

// merged returns the content of f in a merge's result, or what conflicts.
func (f *fixture) merged(tree repo.SHA, err error) string {
	f.Helper()
	if conflict, ok := errors.AsType[*ConflictError](err); ok {
		wantErr(f, err, ErrConflict)
		return "conflict: " + strings.Join(conflict.Paths, " ")
	}
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range must(f.Tree(f.Context(), tree))(f) {
		if e.Name == "f" {
			return string(must(f.Blob(f.Context(), e.ID))(f))
		}
	}
	return "absent"
}

func testButtons(f *fixture) {
	ctx := f.Context()
	base := f.commit(nil, "f=1\n")
	ours := f.commit([]repo.SHA{base}, "g=1\n")
	theirs := f.commit([]repo.SHA{base}, "f=2\n")
	merge := must(MergeCommit(ctx, f.Repo, ours, theirs, f.draft("merge")))(f)
	wantSame(f, must(f.Commit(ctx, merge))(f).Parents, []repo.SHA{ours, theirs})
	squash := must(Squash(ctx, f.Repo, ours, theirs, f.draft("squash")))(f)
	wantSame(f, must(f.Commit(ctx, squash))(f).Parents, []repo.SHA{ours})
	wantSame(f, f.tree(squash), f.tree(merge))

	later := f.commit([]repo.SHA{merge}, "h=1\n")
	revert := must(Apply(ctx, f.Repo, later, merge, ours, f.draft("revert the merge")))(f)
	wantSame(f, f.files(revert), map[string]string{"f": "1\n", "g": "1\n", "h": "1\n"})
	wantSame(f, must(f.Commit(ctx, revert))(f).Parents, []repo.SHA{later})
	again := must(Apply(ctx, f.Repo, revert, base, theirs, f.draft("pick")))(f)
	wantSame(f, f.tree(again), f.tree(later))
	over := f.commit([]repo.SHA{later}, "f=3\n")
	_, err := Apply(ctx, f.Repo, over, merge, ours, f.draft("revert"))
	wantErr(f, err, ErrConflict)
}

func testRebase(f *fixture) {
	ctx := f.Context()
	base := f.commit(nil, "f=1\n", "g=1\n")
	onto := f.commit([]repo.SHA{base}, "f=2\n")
	one := f.commit([]repo.SHA{base}, "h=1\n")
	same := f.commit([]repo.SHA{one}, "f=2\n") // onto has it
	empty := f.commitChanges([]repo.SHA{same}, f.tree(same), nil)
	two := f.commit([]repo.SHA{empty}, "g=2\n")
	done := must(Rebase(ctx, f.Repo, onto, two, f.who()))(f)
	wantSame(f, len(done), 3)
	wantSame(f, f.files(done[2]), map[string]string{"f": "2\n", "g": "2\n", "h": "1\n"})
	last, original := must(f.Commit(ctx, done[2]))(f), must(f.Commit(ctx, two))(f)
	wantSame(f, last.Author, original.Author)
	wantSame(f, last.Committer.When.After(original.Committer.When), true)
	wantSame(f, must(f.Repo.Log(ctx, Range{From: done[2]}))(f), []repo.SHA{done[2], done[1], done[0], onto, base})

	bad := f.commit([]repo.SHA{one}, "f=3\n")
	_, err := Rebase(ctx, f.Repo, onto, bad, f.who())
	wantSame(f, err, error(&ConflictError{Commit: bad, Paths: []string{"f"}}))
	wantSame(f, len(must(Rebase(ctx, f.Repo, onto, base, f.who()))(f)), 0)
}

func testCompare(f *fixture) {
	ctx := f.Context()
	root := f.commit(nil, "f=1\n2\n3\n4\n5\n6\n7\n8\n9\n", "gone=x\ny\n", "bin=\x00")
	base := f.commit([]repo.SHA{root}, "other=1\n")
	h1 := f.commit([]repo.SHA{root}, "f=1\n2\n3\n4\nfive\n6\n7\n8\n9", "-gone")
	h2 := f.commit([]repo.SHA{h1}, "new=n\n", "bin=\x00\x01")
	got := must(Compare(ctx, f.Repo, base, h2))(f)
	for i := range got.Files {
		got.Files[i].ID = ""
	}
	wantSame(f, got, Comparison{Base: root, Ahead: 2, Behind: 1, Commits: []repo.SHA{h1, h2}, Files: []FileChange{
		{Path: "bin", Status: Modified},
		{Path: "f", Status: Modified, Additions: 2, Deletions: 2, Patch: "@@ -2,8 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n-9\n+9\n\\ No newline at end of file"},
		{Path: "gone", Status: Removed, Deletions: 2, Patch: "@@ -1,2 +0,0 @@\n-x\n-y"},
		{Path: "new", Status: Added, Additions: 1, Patch: "@@ -0,0 +1 @@\n+n"},
	}})
	large := f.commitChanges([]repo.SHA{root}, f.tree(root), []Change{{Path: "f", Content: bytes.Repeat([]byte("line\n"), maxText/5+1)}})
	file := must(Changes(ctx, f.Repo, root, large))(f)[0]
	wantSame(f, []any{file.Patch, file.Additions, file.Deletions}, []any{"", maxText/5 + 1, 9})
	_, err := Compare(ctx, f.Repo, base, f.commit(nil, "u=1"))
	wantErr(f, err, ErrUnrelated)
	wantSame(f, len(must(Changes(ctx, f.Repo, "", root))(f)), 3)
}

func testArchive(f *fixture) {
	ctx := f.Context()
	long := strings.Repeat("long/", 40) + "name.sql"
	commit := f.commitChanges(nil, "", []Change{
		{Path: "a.sql", Content: []byte("select 1\n")}, {Path: "bin/run", Content: []byte("#!/bin/sh\n"), Mode: Executable},
		{Path: "link", Content: []byte("../../etc/passwd"), Mode: Symlink}, {Path: long, Content: []byte("x")},
		{Path: "mod", Mode: Submodule, ID: "1111111111111111111111111111111111111111"},
	})
	var first, second bytes.Buffer
	wantSame(f, f.Archive(ctx, &first, commit, "acme-reports-1234567"), nil)
	wantSame(f, f.Archive(ctx, &second, commit, "acme-reports-1234567"), nil)
	wantSame(f, bytes.Equal(first.Bytes(), second.Bytes()), true)
	got := unpack(f, &first)
	var lines []string
	for _, e := range got {
		if !strings.Contains(e, "long/ ") {
			lines = append(lines, e)
		}
	}
	top := "acme-reports-1234567/"
	wantSame(f, lines, []string{
		"pax_global_header " + string(commit),
		top + " 5 775  ", top + "a.sql 0 664  select 1\n", top + "bin/ 5 775  ", top + "bin/run 0 775  #!/bin/sh\n",
		top + "link 2 777 ../../etc/passwd ", top + long + " 0 664  x", top + "mod/ 5 775  ",
	})
	wantErr(f, f.Archive(ctx, io.Discard, commit, "../x"), ErrInvalid)
	wantErr(f, f.Archive(ctx, io.Discard, emptyTree, "x"), ErrNotFound)
	if err := f.Archive(ctx, full{}, commit, "x"); err == nil {
		f.Error("a writer's error is lost")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// unpack lists an archive: name, type, mode, link target, content.
func unpack(t testing.TB, r io.Reader) []string {
	t.Helper()
	in := tar.NewReader(must(gzip.NewReader(r))(t))
	var list []string
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			list = append(list, h.Name+" "+h.PAXRecords["comment"])
			continue
		}
		data := must(io.ReadAll(in))(t)
		list = append(list, fmt.Sprintf("%s %c %o %s %s", h.Name, h.Typeflag, h.Mode, h.Linkname, data))
	}
}

func testCheckout(f *fixture) {
	ctx := f.Context()
	commit := f.commitChanges(nil, "", []Change{
		{Path: "a.sql", Content: []byte("a")}, {Path: "dir/b.sql", Content: []byte("b"), Mode: Executable},
		{Path: "dir/deep/c.sql", Content: []byte("c")}, {Path: "empty", Content: nil},
	})
	files := must(Checkout(ctx, f.Repo, commit))(f)
	wantSame(f, fstest.TestFS(files, "a.sql", "dir/b.sql", "dir/deep/c.sql", "empty"), nil)
	wantSame(f, must(fs.Glob(files, "dir/*.sql"))(f), []string{"dir/b.sql"})

	links := f.commitChanges([]repo.SHA{commit}, f.tree(commit), []Change{
		{Path: "to/file", Content: []byte("../dir/b.sql"), Mode: Symlink}, {Path: "to/dir", Content: []byte("../dir"), Mode: Symlink},
		{Path: "out", Content: []byte("../../etc/passwd"), Mode: Symlink}, {Path: "abs", Content: []byte("/a.sql"), Mode: Symlink},
		{Path: "loop", Content: []byte("loop"), Mode: Symlink},
		{Path: "mod", Mode: Submodule, ID: "1111111111111111111111111111111111111111"},
	})
	files = must(Checkout(ctx, f.Repo, links))(f)
	wantSame(f, string(must(fs.ReadFile(files, "to/file"))(f)), "b")
	wantSame(f, string(must(fs.ReadFile(files, "to/dir/deep/c.sql"))(f)), "c")
	wantSame(f, must(fs.ReadLink(files, "to/dir"))(f), "../dir")
	wantSame(f, must(fs.Lstat(files, "to/dir"))(f).Mode().Type(), fs.ModeSymlink)
	wantSame(f, must(fs.Stat(files, "to/dir"))(f).IsDir(), true)
	wantSame(f, len(must(fs.ReadDir(files, "mod"))(f)), 0)
	for _, name := range []string{"out", "abs", "loop", "absent", "a.sql/x"} {
		_, err := fs.ReadFile(files, name)
		wantErr(f, err, fs.ErrNotExist)
	}
	for _, name := range []string{"../x", "/a.sql", "dir/"} {
		_, err := files.Open(name)
		wantErr(f, err, fs.ErrInvalid)
	}
	_, err := Checkout(ctx, f.Repo, emptyTree)
	wantErr(f, err, ErrNotFound)
}

func testClosed(f *fixture) {
	ctx := f.Context()
	id := f.commit(nil, "x=1")
	for range 2 {
		wantSame(f, f.Close(), nil)
	}
	_, err := f.Commit(ctx, id)
	wantErr(f, err, ErrClosed)
	_, err = f.WriteBlob(ctx, nil)
	wantErr(f, err, ErrClosed)
	_, err = f.Refs(ctx, "")
	wantErr(f, err, ErrClosed)
	wantErr(f, f.CreateRef(ctx, "refs/heads/x", id), ErrClosed)
	wantErr(f, f.Archive(ctx, io.Discard, id, "x"), ErrClosed)
}
