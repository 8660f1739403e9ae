package checkout

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/rewrite"
)

// plant puts files below dir and returns it. A content that begins with "-> " makes a link.
func plant(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(at), 0o755)
		if to, isLink := strings.CutPrefix(content, "-> "); isLink {
			err = errors.Join(err, os.Symlink(to, at))
		} else {
			err = errors.Join(err, os.WriteFile(at, []byte(content), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func all(string) bool { return true }

func sqlFiles(name string) bool { return strings.HasSuffix(name, ".sql") }

func open(t *testing.T, arg string) *Tree {
	t.Helper()
	tree, err := Open(context.Background(), arg)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// read returns the contents by path, and the reasons by path.
func read(t *testing.T, tree *Tree, q Query) (files, skipped map[string]string) {
	t.Helper()
	got, unfit, err := tree.Files(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	files, skipped = map[string]string{}, map[string]string{}
	for _, f := range got {
		files[f.Path] = string(f.Content)
	}
	for _, s := range unfit {
		skipped[s.Path] = s.Reason
	}
	return files, skipped
}

func TestFolderAndCommitAreAlike(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	plant(t, dir, map[string]string{
		"a.sql": "select 1", "a/b.sql": "select 2\n", "a-b.sql": "", ".hidden/c.sql": "\r\n\x00", "big.sql": strings.Repeat("x", 33),
		"link.sql": "-> a.sql", "out.sql": "-> /etc/passwd", "dir": "-> a", "odd [x]*.sql": "o", "ünï.sql": "ü",
		"back\\slash.sql": "b", "new\nline.sql": "n", "other.txt": "t",
	})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	q := Query{Want: sqlFiles, MaxFile: 32}
	wantFiles := map[string]string{
		"a.sql": "select 1", "a/b.sql": "select 2\n", "a-b.sql": "", ".hidden/c.sql": "\r\n\x00", "odd [x]*.sql": "o", "ünï.sql": "ü",
	}
	wantSkipped := map[string]string{
		"link.sql": "a link", "out.sql": "a link", "big.sql": "larger than 32 bytes",
		"back\\slash.sql": "unusual characters in its path", "new\nline.sql": "unusual characters in its path",
	}
	for _, arg := range []string{dir, dir + "@main", dir + "@HEAD"} {
		files, skipped := read(t, open(t, arg), q)
		if diff := cmp.Diff(wantFiles, files); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", arg, diff)
		}
		if diff := cmp.Diff(wantSkipped, skipped); diff != "" {
			t.Errorf("%s: skipped (-want +got):\n%s", arg, diff)
		}
	}
}

// TestOrder holds both sources to git's order, in which an archive comes.
func TestOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	plant(t, dir, map[string]string{"a/z": "", "a-b": "", "a.b": "", "a0": "", "B": "", "a/b/c": ""})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	want := []string{"B", "a-b", "a.b", "a/b/c", "a/z", "a0"}
	for _, arg := range []string{dir, dir + "@main"} {
		entries, _, err := open(t, arg).List(context.Background(), Query{Want: all})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Path)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", arg, diff)
		}
	}
}

func TestIgnored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	plant(t, dir, map[string]string{
		".gitignore": "target/\n*.log\n", "q.sql": "tracked", "new.sql": "untracked", "target/compiled.sql": "made", "kept.log": "forced",
		"gone.sql": "gone", "moved/m.sql": "m",
	})
	git(t, dir, "add", "-f", "q.sql", "kept.log", "gone.sql", "moved", ".gitignore")
	git(t, dir, "commit", "-q", "-m", "one")
	if err := errors.Join(os.Remove(filepath.Join(dir, "gone.sql")), os.RemoveAll(filepath.Join(dir, "moved"))); err != nil {
		t.Fatal(err)
	}
	plant(t, dir, map[string]string{"moved": "-> target", "target/m.sql": "must not be read through the link"})
	git(t, t.TempDir(), "init", "-q", filepath.Join(dir, "inner"))
	plant(t, dir, map[string]string{"inner/i.sql": "another repository's"})
	files, _ := read(t, open(t, dir), Query{Want: sqlFiles})
	if diff := cmp.Diff(map[string]string{"q.sql": "tracked", "new.sql": "untracked"}, files); diff != "" {
		t.Errorf("without the ignored (-want +got):\n%s", diff)
	}
	files, _ = read(t, open(t, dir), Query{Want: sqlFiles, Ignored: true})
	if files["target/compiled.sql"] != "made" || files["q.sql"] != "tracked" || files["moved/m.sql"] != "" {
		t.Errorf("with the ignored: %v", files)
	}
}

// TestFolderOfAnotherCheckout: what an outer repository ignores is no business of a plain folder in it.
func TestFolderOfAnotherCheckout(t *testing.T) {
	t.Parallel()
	outer := t.TempDir()
	git(t, outer, "init", "-q")
	plant(t, outer, map[string]string{".gitignore": "tmp/\n", "tmp/c/q.sql": "q"})
	files, _ := read(t, open(t, filepath.Join(outer, "tmp", "c")), Query{Want: all})
	if diff := cmp.Diff(map[string]string{"q.sql": "q"}, files); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := plant(t, t.TempDir(), map[string]string{".git/config": "[core]", "sub/.git/x.sql": "x", "sub/.git2/y.sql": "y"})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.sql"), 0o644); err != nil {
		t.Fatal(err)
	}
	files, skipped := read(t, open(t, dir), Query{Want: all, Ignored: true})
	if diff := cmp.Diff(map[string]string{"sub/.git2/y.sql": "y"}, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"pipe.sql": "not a regular file"}, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	plant(t, dir, map[string]string{"a.sql": "12345", "b.sql": "12345", "c.txt": "12345", "d/e.txt": "12345"})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	for name, c := range map[string]struct {
		q    Query
		says string
	}{
		"files":   {Query{MaxFiles: 1}, "more than 1 wanted files"},
		"entries": {Query{MaxEntries: 3}, "more than 3 files and folders"},
		"total":   {Query{MaxTotal: 9}, "more than 9 bytes of wanted files"},
	} {
		for _, arg := range []string{dir, dir + "@main"} {
			for _, ignored := range []bool{true, false} {
				c.q.Want, c.q.Ignored = sqlFiles, ignored
				_, _, err := open(t, arg).List(context.Background(), c.q)
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s of %s: %v", name, arg, err)
				}
			}
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	plant(t, dir, map[string]string{".github/skein.yml": "version: 1\n", "there": "-> .github", "l.yml": "-> .github/skein.yml"})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	for _, arg := range []string{dir, dir + "@main"} {
		tree := open(t, arg)
		if got, err := tree.File(context.Background(), ".github/skein.yml"); err != nil || string(got) != "version: 1\n" {
			t.Errorf("%s: %q, %v", arg, got, err)
		}
		for _, name := range []string{"skein.yml", ".github", "there/skein.yml", ".git/config", "../x"} {
			if got, err := tree.File(context.Background(), name); err == nil {
				t.Errorf("%s: %s is %q", arg, name, got)
			}
		}
		if _, err := tree.File(context.Background(), "skein.yml"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", arg, err)
		}
		if _, err := tree.File(context.Background(), "l.yml"); err == nil || !strings.HasSuffix(err.Error(), ": a link") {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestSingleFileAndSubfolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	plant(t, dir, map[string]string{"db/old/x.txt": "old", "db/y.sql": "y"})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	git(t, dir, "rm", "-rq", "db/old")
	git(t, dir, "commit", "-q", "-m", "two")
	at := filepath.Join(dir, "db", "old", "x.txt") + "@HEAD~1"
	tree := open(t, at)
	files, _ := read(t, tree, Query{Want: sqlFiles})
	if diff := cmp.Diff(map[string]string{"x.txt": "old"}, files); diff != "" || tree.Show("x.txt") != at || tree.Commit() == "" {
		t.Errorf("%s: (-want +got):\n%s", tree.Show("x.txt"), diff)
	}
	tree = open(t, filepath.Join(dir, "db")+"@HEAD~1")
	files, _ = read(t, tree, Query{Want: all})
	if diff := cmp.Diff(map[string]string{"old/x.txt": "old", "y.sql": "y"}, files); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tree = open(t, filepath.Join(dir, "db", "y.sql"))
	files, _ = read(t, tree, Query{Want: func(string) bool { return false }})
	if diff := cmp.Diff(map[string]string{"y.sql": "y"}, files); diff != "" || tree.OnDisk() {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHooksStayQuiet: listing runs nothing that the checkout's own config names.
func TestHooksStayQuiet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	plant(t, dir, map[string]string{"q.sql": "q", "evil.sh": "#!/bin/sh\ntouch " + filepath.Join(dir, "ran") + "\n"})
	if err := os.Chmod(filepath.Join(dir, "evil.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	git(t, dir, "config", "core.fsmonitor", filepath.Join(dir, "evil.sh"))
	if files, _ := read(t, open(t, dir), Query{Want: sqlFiles}); files["q.sql"] != "q" {
		t.Errorf("files: %v", files)
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("the checkout's monitor ran")
	}
}

func TestEachStops(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	plant(t, dir, map[string]string{"a": strings.Repeat("a", 1<<20), "b": strings.Repeat("b", 1<<20), "c": "c"})
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	enough := errors.New("enough")
	for _, arg := range []string{dir, dir + "@main"} {
		tree := open(t, arg)
		entries, _, err := tree.List(context.Background(), Query{Want: all})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = tree.Each(context.Background(), entries, func(rewrite.File) error { n++; return enough })
		if !errors.Is(err, enough) || n != 1 {
			t.Errorf("%s: %d files, %v", arg, n, err)
		}
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://github.com/acme/reports.git":      "acme/reports",
		"https://github.com/acme/reports":          "acme/reports",
		"https://github.com/acme/reports/":         "acme/reports",
		"https://user:secret@ghe.example/acme/r.x": "acme/r.x",
		"ssh://git@github.com/acme/reports.git":    "acme/reports",
		"ssh://git@github.com:22/acme/reports":     "acme/reports",
		"git://github.com/acme/reports.git":        "acme/reports",
		"git@github.com:acme/reports.git":          "acme/reports",
		"github.com:acme/reports":                  "acme/reports",
		"git@github.com:/acme/reports.git":         "acme/reports",
		"acme/reports":                             "",
		"/srv/git/acme/reports.git":                "",
		"../acme/reports":                          "",
		"file:///srv/acme/reports":                 "",
		`C:\work\reports`:                          "",
		"https://gitlab.example/group/sub/reports": "",
		"https://github.com/reports":               "",
		"git@github.com:acme/re ports.git":         "",
		"ssh://[::1":                               "",
		"":                                         "",
	} {
		name, ok := nameOf(address)
		if got := name.String(); ok && got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", address, got, ok, want)
		}
	}
	dir := t.TempDir()
	git(t, dir, "init", "-q")
	if name, ok := open(t, dir).Origin(context.Background()); ok {
		t.Errorf("no remote, but %s", name)
	}
	git(t, dir, "remote", "add", "origin", "git@github.com:acme/reports.git")
	if name, ok := open(t, dir).Origin(context.Background()); !ok || name.String() != "acme/reports" {
		t.Errorf("%s, %v", name, ok)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	dir := plant(t, t.TempDir(), map[string]string{"c/a.sql": "old", "c/run.sql": "old", "c/link.sql": "-> a.sql", "c/up": "-> ..", "out.sql": "old"})
	if err := os.Chmod(filepath.Join(dir, "c", "run.sql"), 0o750); err != nil {
		t.Fatal(err)
	}
	tree := open(t, filepath.Join(dir, "c"))
	add := func(b []byte) ([]byte, error) { return append(b, " and new"...), nil }
	if err := tree.Edit("run.sql", add); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "c", "run.sql"))
	if err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	no := errors.New("no")
	if err := tree.Edit("run.sql", func([]byte) ([]byte, error) { return []byte("evil"), no }); !errors.Is(err, no) {
		t.Errorf("an edit that fails: %v", err)
	}
	for _, name := range []string{"link.sql", "../out.sql", "up/out.sql", "/etc/passwd", "gone.sql", ".", filepath.Join(dir, "out.sql")} {
		if err := tree.Edit(name, add); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	files, _ := read(t, open(t, dir), Query{Want: all, Ignored: true})
	if diff := cmp.Diff(map[string]string{"c/a.sql": "old", "c/run.sql": "old and new", "out.sql": "old"}, files); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzOrigin(f *testing.F) {
	f.Add("git@github.com:acme/reports.git")
	f.Add("https://u:p@h:1/a/b.git/")
	f.Fuzz(func(t *testing.T, address string) {
		if name, ok := nameOf(address); ok && (name.Owner == "" || name.Name == "" || strings.ContainsAny(name.String(), " \n\\")) {
			t.Errorf("%q is %q", address, name)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("a@b")
	f.Add("HEAD@{1}")
	f.Add("x@HEAD@{0}")
	f.Fuzz(func(t *testing.T, arg string) {
		if name, rev, ok := Split(arg); ok && (name+"@"+rev != arg || name == "" || rev == "") {
			t.Errorf("%q is %q at %q", arg, name, rev)
		}
	})
}

// TestAlso: what lies beside the wanted files is taken as far as it fits, in the order of an archive, and nobody is
// told of the rest.
func TestAlso(t *testing.T) {
	t.Parallel()
	dir := plant(t, t.TempDir(), map[string]string{
		"b.sql": "wanted", "1.yml": "four", "2.yml": "sixsix", "3.yml": "333", "4.yml": strings.Repeat("x", 101), "5.yml": "-> 1.yml", "x.txt": "x",
	})
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "one")
	also := func(name string) bool { return strings.HasSuffix(name, ".yml") }
	for _, arg := range []string{dir, dir + "@main"} {
		files, skipped := read(t, open(t, arg), Query{Want: sqlFiles, Also: also, MaxFile: 100, MaxBeside: 8, MaxFiles: 1, MaxTotal: 6})
		want := map[string]string{"b.sql": "wanted", "1.yml": "four", "3.yml": "333"}
		if diff := cmp.Diff(want, files); diff != "" || len(skipped) > 0 {
			t.Errorf("%s: %v (-want +got)\n%s", arg, skipped, diff)
		}
	}
}

// A checkout may hold a part of its history: what it does not have is left out, and told when it is wanted.
func TestAbsent(t *testing.T) {
	t.Parallel()
	dir := plant(t, t.TempDir(), map[string]string{"a.sql": "SELECT 1", "large.sql": "SELECT 2", "other.csv": "3"})
	git(t, dir, "init", "-q")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "x")
	for _, file := range []string{"large.sql", "other.csv"} {
		id, err := exec.Command("git", "-C", dir, "rev-parse", "HEAD:"+file).Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(dir, ".git", "objects", string(id[:2]), strings.TrimSpace(string(id[2:])))); err != nil {
			t.Fatal(err)
		}
	}
	files, skipped := read(t, open(t, dir+"@HEAD"), Query{Want: sqlFiles})
	if diff := cmp.Diff(map[string]string{"a.sql": "SELECT 1"}, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"large.sql": "not in this checkout, which holds a part of the repository"}, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}
