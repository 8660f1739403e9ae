package checkout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// single is a file that somebody named. It may be a pipe, and it is read whatever it is called.
type single string

func (f single) list(_ context.Context, s *scan) error {
	info, err := os.Stat(string(f))
	if err != nil {
		return err
	}
	e := Entry{Path: filepath.Base(string(f)), Size: info.Size()}
	if s.Only != "" && s.Only != e.Path {
		return nil
	}
	if e.Size > s.MaxFile {
		s.skip(e.Path, fmt.Sprintf("larger than %d bytes", s.MaxFile))
		return nil
	}
	return s.take(e)
}

func (f single) read(_ context.Context, entries []Entry, visit func(rewrite.File) error) error {
	file, err := os.Open(string(f))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	content, err := bounded(file, maxPipe)
	if err != nil {
		return fmt.Errorf("%s: %w", string(f), err)
	}
	return visit(rewrite.File{Path: entries[0].Path, Content: content})
}

// maxPipe bounds what is read of a file whose size is not known beforehand.
const maxPipe = 64 << 20

// bounded reads everything, up to a limit.
func bounded(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("larger than %d bytes", limit)
	}
	return b, err
}

// folder is a folder on disk. It is only ever read through an os.Root, which no link leads out of.
type folder string

func (f folder) list(ctx context.Context, s *scan) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // only read
	if s.Only != "" {
		return lookAt(root, s, s.Only)
	}
	if _, err := root.Lstat(".git"); err == nil && !s.Ignored {
		names, err := gitDir(f).files(ctx)
		if err == nil {
			return known(ctx, root, s, names)
		}
		if !errors.Is(err, exec.ErrNotFound) {
			return err
		}
	}
	return walk(ctx, root, s)
}

// known looks at the files that git tracks or would add.
func known(ctx context.Context, root *os.Root, s *scan, names []string) error {
	links := map[string]bool{}
	for _, name := range names {
		if err := errors.Join(ctx.Err(), s.look()); err != nil {
			return err
		}
		if behindLink(root, path.Dir(name), links) {
			continue
		}
		if err := lookAt(root, s, name); err != nil {
			return err
		}
	}
	return nil
}

// behindLink reports whether a folder, or one above it, is a link: what is tracked there is gone from disk.
func behindLink(root *os.Root, dir string, known map[string]bool) bool {
	if dir == "." || dir == "/" || strings.HasPrefix(dir, "..") {
		return false
	}
	if is, ok := known[dir]; ok {
		return is
	}
	info, err := root.Lstat(filepath.FromSlash(dir))
	is := err != nil || !info.IsDir() || behindLink(root, path.Dir(dir), known)
	known[dir] = is
	return is
}

// lookAt finds one file. One that is not there, as a tracked file may be, is no finding; nor is a folder, as a
// submodule is.
func lookAt(root *os.Root, s *scan, name string) error {
	if s.Only != "" && behindLink(root, path.Dir(name), map[string]bool{}) {
		return nil
	}
	info, err := root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return nil
	}
	return s.found(Entry{Path: name, Size: info.Size()}, kindOf(info.Mode()))
}

func kindOf(m fs.FileMode) kind {
	switch {
	case m.IsRegular():
		return regular
	case m&fs.ModeSymlink != 0:
		return link
	}
	return special
}

func walk(ctx context.Context, root *os.Root, s *scan) error {
	return fs.WalkDir(root.FS(), ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(root.Name(), filepath.FromSlash(at)), err)
		}
		if err := errors.Join(ctx.Err(), s.look()); err != nil {
			return err
		}
		switch {
		case d.IsDir() && inGit(at):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.found(Entry{Path: at, Size: info.Size()}, kindOf(info.Mode()))
	})
}

func (f folder) read(ctx context.Context, entries []Entry, visit func(rewrite.File) error) error {
	root, err := os.OpenRoot(string(f))
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // only read
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		content, err := readIn(root, e)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(string(f), filepath.FromSlash(e.Path)), err)
		}
		if err := visit(rewrite.File{Path: e.Path, Content: content}); err != nil {
			return err
		}
	}
	return nil
}

// readIn reads a listed file. It may have changed since, but not into anything else than a file of about its size.
func readIn(root *os.Root, e Entry) ([]byte, error) {
	name := filepath.FromSlash(e.Path)
	if info, err := root.Lstat(name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("is no regular file any more")
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	return bounded(file, max(2*e.Size, 1<<20))
}
