package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/schema/sql"
)

// The bounds of one side. A schema is far below them; a wrong path, such as the root of a disk, is not.
const (
	maxSourceFiles = 20_000
	maxSourceFile  = 8 << 20
)

// source is one side of a diff: files with paths relative to base, which an error puts before them again.
type source struct {
	base     string
	revision string // @REV, or empty for the disk
	files    []sql.File
}

// splitRevision tells PATH@REV from a path. A path that exists is one, whatever it holds.
func splitRevision(arg string) (path, rev string, ok bool) {
	if _, err := os.Lstat(arg); err == nil {
		return arg, "", false
	}
	i := strings.LastIndexByte(arg, '@')
	if i < 1 || strings.HasPrefix(arg[i:], "@{") { // HEAD@{1} belongs to the revision
		j := strings.IndexByte(arg, '@')
		if j < 1 || j == i {
			return arg, "", false
		}
		i = j
	}
	return arg[:i], arg[i+1:], arg[i+1:] != ""
}

func readSource(arg string) (source, error) {
	name, rev, ok := splitRevision(arg)
	if ok {
		return readRevision(name, rev)
	}
	info, err := os.Stat(arg)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return source{}, fmt.Errorf("%s: there is no such file or folder; write PATH@REV for one in the history of a git checkout", arg)
	case err != nil:
		return source{}, err
	case info.IsDir():
		return readFolder(arg)
	}
	f, err := readFile(arg, filepath.Base(arg))
	return source{base: filepath.Dir(arg), files: []sql.File{f}}, err
}

func readFile(at, shown string) (sql.File, error) {
	f, err := os.Open(at)
	if err != nil {
		return sql.File{}, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSourceFile+1))
	return sql.File{Path: shown, Content: content}, err
}

// readFolder reads the .sql files of a folder. Hidden folders and links are left out.
func readFolder(root string) (source, error) {
	src := source{base: root}
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && at != root && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case !d.Type().IsRegular() || !isSQL(at):
			return nil
		}
		rel, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		f, err := readFile(at, filepath.ToSlash(rel))
		src.files = append(src.files, f)
		if len(src.files) > maxSourceFiles {
			return tooMany(root)
		}
		return err
	})
	if err == nil && len(src.files) == 0 {
		err = fmt.Errorf("%s: the folder holds no .sql file; name the file, or the folder of migrations", root)
	}
	return src, err
}

func isSQL(name string) bool { return strings.EqualFold(path.Ext(filepath.ToSlash(name)), ".sql") }

func tooMany(where string) error {
	return fmt.Errorf("%s: more than %d .sql files; name the folder of one schema", where, maxSourceFiles)
}

// readRevision reads a file or a folder as of a commit, without touching the checkout.
func readRevision(name, rev string) (source, error) {
	dir, rel := existing(name)
	g := gitDir(dir)
	commit, err := g.run("rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return source{}, fmt.Errorf("%s@%s: %s has no commit %q; give a branch, a tag or a commit of its history", name, rev, g.where(), rev)
	}
	prefix, err := g.run("rev-parse", "--show-prefix")
	if err != nil {
		return source{}, err
	}
	full := path.Join(string(bytes.TrimSpace(prefix)), filepath.ToSlash(rel))
	entries, err := g.tree(string(bytes.TrimSpace(commit)), full)
	if err != nil {
		return source{}, err
	}
	if len(entries) == 0 {
		return source{}, fmt.Errorf("%s@%s: at that commit there is no such file, nor a folder with .sql files", name, rev)
	}
	src := source{base: name, revision: "@" + rev}
	if len(entries) == 1 && entries[0].path == full {
		src.base = filepath.Dir(name)
	}
	src.files, err = g.blobs(entries, full)
	return src, err
}

// existing returns the nearest folder above a path that is there, and the rest of the path: a file of an old
// commit may be gone, with its folder.
func existing(name string) (dir, rel string) {
	dir, rel = filepath.Clean(name), "."
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir, rel
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return dir, rel
		}
		dir, rel = parent, filepath.Join(filepath.Base(dir), rel)
	}
}

// gitDir is a folder inside a git checkout.
type gitDir string

func (g gitDir) where() string {
	if _, err := g.run("rev-parse", "--git-dir"); err != nil {
		return string(g) + " (which is in no git checkout)"
	}
	return "the git checkout of " + string(g)
}

func (g gitDir) run(args ...string) ([]byte, error) { return g.feed(nil, args...) }

func (g gitDir) feed(in io.Reader, args ...string) ([]byte, error) {
	cmd := exec.Command("git", append([]string{"-C", string(g), "--literal-pathspecs"}, args...)...)
	cmd.Stdin = in
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}

type treeEntry struct{ id, path string }

// tree lists the file of that path, or the .sql files below it.
func (g gitDir) tree(commit, full string) ([]treeEntry, error) {
	args := []string{"ls-tree", "-r", "-z", "--full-tree", commit}
	if full != "." && full != "" {
		args = append(args, "--", full)
	}
	out, err := g.run(args...)
	if err != nil {
		return nil, err
	}
	var entries []treeEntry
	for line := range strings.SplitSeq(string(out), "\x00") {
		meta, name, ok := strings.Cut(line, "\t")
		f := strings.Fields(meta)
		if !ok || len(f) != 3 || f[1] != "blob" || f[0] == "120000" || name != full && (!isSQL(name) || hidden(name, full)) {
			continue
		}
		if entries = append(entries, treeEntry{f[2], name}); len(entries) > maxSourceFiles {
			return nil, tooMany(full)
		}
	}
	return entries, nil
}

// hidden reports whether a folder below the root begins with a dot.
func hidden(name, root string) bool {
	return strings.Contains(path.Dir("/"+strings.TrimPrefix(name, root)), "/.")
}

// blobs reads all entries through one process.
func (g gitDir) blobs(entries []treeEntry, full string) ([]sql.File, error) {
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.id + "\n")
	}
	out, err := g.feed(strings.NewReader(ids.String()), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	files := make([]sql.File, 0, len(entries))
	for _, e := range entries {
		head, rest, _ := bytes.Cut(out, []byte("\n"))
		f := strings.Fields(string(head))
		if len(f) != 3 {
			return nil, fmt.Errorf("git cat-file: %s", head)
		}
		size, err := strconv.Atoi(f[2])
		if err != nil || size < 0 || size+1 > len(rest) {
			return nil, fmt.Errorf("git cat-file: %s", head)
		}
		files = append(files, sql.File{Path: below(e.path, full), Content: rest[:size]})
		out = rest[size+1:]
	}
	return files, nil
}

// below is the path of a file as found below the one that was asked for; its base name when it is that.
func below(name, full string) string {
	if name == full {
		return path.Base(name)
	}
	if full == "." || full == "" {
		return name
	}
	return strings.TrimPrefix(name, full+"/")
}
