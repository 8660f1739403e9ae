package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// Checkout returns a commit's files as a read-only file system, with nothing written to disk. It reads from the
// repository as it goes, under ctx. Symbolic links lead to what they name inside the commit and never out of it;
// submodules are empty folders.
//
// The file system also has ReadFile, ReadDir, Stat, Lstat and ReadLink.
func Checkout(ctx context.Context, r Repo, commit repo.SHA) (fs.FS, error) {
	c, err := r.Commit(ctx, commit)
	if err != nil {
		return nil, err
	}
	return &checkout{ctx: ctx, repo: r, root: Entry{Name: ".", Mode: Dir, ID: c.Tree}, when: c.Committer.When}, nil
}

type checkout struct {
	ctx  context.Context //nolint:containedctx // fs.FS has no place for it
	repo Repo
	root Entry
	when time.Time
}

// maxLinks is how many symbolic links one name may go through, as on Linux.
const maxLinks = 40

// find walks to a name. follow: a link at its end is followed too.
func (c *checkout) find(name string, follow bool) (Entry, error) {
	if !fs.ValidPath(name) {
		return Entry{}, fs.ErrInvalid
	}
	way := []Entry{c.root}
	names := strings.Split(name, "/")
	for links := 0; len(names) > 0; {
		next := names[0]
		names = names[1:]
		switch next {
		case ".", "":
			continue
		case "..":
			if way = way[:len(way)-1]; len(way) == 0 {
				return Entry{}, fs.ErrNotExist
			}
			continue
		}
		e, err := child(c.ctx, c.repo, way[len(way)-1], next)
		if err != nil {
			return Entry{}, err
		}
		if e.Mode == 0 {
			return Entry{}, fs.ErrNotExist
		}
		if e.Mode != Symlink || len(names) == 0 && !follow {
			way = append(way, e)
			continue
		}
		target, err := c.target(e)
		if links++; err != nil || links > maxLinks || strings.HasPrefix(target, "/") {
			return Entry{}, errors.Join(err, fs.ErrNotExist)
		}
		names = append(strings.Split(target, "/"), names...)
	}
	found := way[len(way)-1]
	found.Name = name[strings.LastIndexByte(name, '/')+1:]
	return found, nil
}

// target reads where a link leads. Like any path it is at most MaxPath long.
func (c *checkout) target(e Entry) (string, error) {
	data, err := c.repo.Blob(c.ctx, e.ID)
	if err == nil && len(data) > MaxPath {
		err = fmt.Errorf("link target of %d bytes: %w", len(data), ErrTooLarge)
	}
	return string(data), err
}

// Open opens a file or folder.
func (c *checkout) Open(name string) (fs.File, error) {
	f, err := c.open(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f, nil
}

func (c *checkout) open(name string) (fs.File, error) {
	e, err := c.find(name, true)
	if err != nil {
		return nil, err
	}
	info, err := c.info(e)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		list, err := c.list(e)
		return &openDir{info: info, rest: list}, err
	}
	data, err := c.repo.Blob(c.ctx, e.ID)
	return &openFile{info: info, Reader: bytes.NewReader(data)}, err
}

// ReadFile returns a file's bytes, which are the caller's own.
func (c *checkout) ReadFile(name string) ([]byte, error) {
	e, err := c.find(name, true)
	if err == nil && e.Mode.Kind() != KindBlob {
		err = errors.New("is a directory")
	}
	var data []byte
	if err == nil {
		data, err = c.repo.Blob(c.ctx, e.ID)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return append([]byte{}, data...), nil
}

// ReadDir returns a folder's entries by name.
func (c *checkout) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := c.find(name, true)
	if err == nil && e.Mode.Kind() == KindBlob {
		err = errors.New("not a directory")
	}
	var list []fs.DirEntry
	if err == nil {
		list, err = c.list(e)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return list, nil
}

// Stat describes what a name leads to.
func (c *checkout) Stat(name string) (fs.FileInfo, error) { return c.stat(name, true) }

// Lstat describes a name itself, be it a link.
func (c *checkout) Lstat(name string) (fs.FileInfo, error) { return c.stat(name, false) }

func (c *checkout) stat(name string, follow bool) (fs.FileInfo, error) {
	e, err := c.find(name, follow)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return c.info(e)
}

// ReadLink returns where a link leads.
func (c *checkout) ReadLink(name string) (string, error) {
	e, err := c.find(name, false)
	if err == nil && e.Mode != Symlink {
		err = fs.ErrInvalid
	}
	var target string
	if err == nil {
		target, err = c.target(e)
	}
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return target, nil
}

func (c *checkout) list(dir Entry) ([]fs.DirEntry, error) {
	if dir.Mode == Submodule {
		return nil, nil
	}
	entries, err := c.repo.Tree(c.ctx, dir.ID)
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, len(entries))
	for i, e := range entries {
		info, err := c.info(e)
		if err != nil {
			return nil, err
		}
		list[i] = fs.FileInfoToDirEntry(info)
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

func (c *checkout) info(e Entry) (fileInfo, error) {
	info := fileInfo{name: e.Name, when: c.when}
	switch e.Mode {
	case Dir, Submodule:
		info.mode = fs.ModeDir | 0o755
		return info, nil
	case Symlink:
		info.mode = fs.ModeSymlink | 0o777
	case File, Executable:
		info.mode = fs.FileMode(e.Mode & 0o777)
	}
	_, size, err := c.repo.Kind(c.ctx, e.ID)
	info.size = size
	return info, err
}

type fileInfo struct {
	name string
	mode fs.FileMode
	size int64
	when time.Time
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return i.when }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }

type openFile struct {
	info fileInfo
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	info fileInfo
	rest []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.name, Err: errors.New("is a directory")}
}

// ReadDir returns the next n entries; all that are left for n <= 0.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.rest) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.rest) {
		n = len(d.rest)
	}
	list := d.rest[:n:n]
	d.rest = d.rest[n:]
	return list, nil
}
