package checkout

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// commit is a folder or a file as of a commit, read without touching the checkout.
type commit struct {
	git  gitDir
	id   string
	full string // from the root of the repository; "." is that root
}

func openCommit(ctx context.Context, arg, name, rev string) (*Tree, error) {
	dir, rel := existing(name)
	g := gitDir(dir)
	id, err := g.run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("%s: %s has no commit %q; give a branch, a tag or a commit of its history", arg, g.where(ctx), rev)
	}
	prefix, err := g.run(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	c := commit{git: g, id: strings.TrimSpace(string(id)), full: path.Join(strings.TrimSuffix(string(prefix), "\n"), filepath.ToSlash(rel))}
	kind, err := c.kind(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: at that commit there is no such file or folder", arg)
	}
	t := &Tree{arg: arg, base: name, rev: "@" + rev, git: g, from: c}
	if kind == "blob" {
		t.base = filepath.Dir(name)
	}
	return t, nil
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

// kind tells a file, a blob, from a folder, a tree.
func (c commit) kind(ctx context.Context) (string, error) {
	spec := c.id + "^{tree}"
	if c.full != "." {
		spec = c.id + ":" + c.full
	}
	out, err := c.git.run(ctx, "cat-file", "-t", spec)
	return strings.TrimSpace(string(out)), err
}

// list reads one line for each file: MODE TYPE ID SIZE, a tab, the path.
func (c commit) list(ctx context.Context, s *scan) error {
	args := []string{"ls-tree", "-r", "-l", "-z", "--full-tree", c.id}
	if c.full != "." {
		args = append(args, "--", c.full)
	}
	return c.git.pipe(ctx, nil, func(r *bufio.Reader) error {
		for {
			line, err := r.ReadString(0)
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := c.entry(s, strings.TrimSuffix(line, "\x00")); err != nil {
				return err
			}
		}
	}, args...)
}

func (c commit) entry(s *scan, line string) error {
	if err := s.look(); err != nil {
		return err
	}
	meta, name, ok := strings.Cut(line, "\t")
	f := strings.Fields(meta)
	if !ok || len(f) != 4 {
		return fmt.Errorf("git ls-tree: %q", line)
	}
	size, err := strconv.ParseInt(f[3], 10, 64)
	if f[1] != "blob" { // a submodule
		return nil
	}
	k := regular
	switch {
	case err != nil && f[3] == "BAD": // as git says of what it does not have
		k = absent
	case err != nil:
		return fmt.Errorf("git ls-tree: %q", line)
	case f[0] == "120000":
		k = link
	}
	e := Entry{Path: c.below(name), Size: size, id: f[2]}
	if s.Only != "" && e.Path != s.Only {
		return nil
	}
	if name == c.full && k == regular && size <= s.MaxFile { // the one that was named
		return s.take(e)
	}
	return s.found(e, k)
}

// below is the path of a file as found below the one that was asked for; its base name when it is that.
func (c commit) below(name string) string {
	switch c.full {
	case name:
		return path.Base(name)
	case ".":
		return name
	}
	return strings.TrimPrefix(name, c.full+"/")
}

// read prints all files through one process.
func (c commit) read(ctx context.Context, entries []Entry, visit func(rewrite.File) error) error {
	var ids bytes.Buffer
	for _, e := range entries {
		ids.WriteString(e.id + "\n")
	}
	return c.git.pipe(ctx, &ids, func(r *bufio.Reader) error {
		for _, e := range entries {
			content, err := blob(r, e)
			if err != nil {
				return fmt.Errorf("git cat-file: %s: %w", e.Path, err)
			}
			if err := visit(rewrite.File{Path: e.Path, Content: content}); err != nil {
				return err
			}
		}
		return nil
	}, "cat-file", "--batch")
}

// blob reads ID blob SIZE, a line feed, the content, and a line feed.
func blob(r *bufio.Reader, e Entry) ([]byte, error) {
	head, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	if head != fmt.Sprintf("%s blob %d\n", e.id, e.Size) {
		return nil, fmt.Errorf("unexpected %q", head)
	}
	content := make([]byte, e.Size+1)
	if _, err := io.ReadFull(r, content); err != nil {
		return nil, err
	}
	return content[:e.Size:e.Size], nil
}
