package git

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

func (m *memory) Diff(ctx context.Context, from, to repo.SHA) ([]Delta, error) {
	d := &treeDiff{memory: m}
	from, to = cmp.Or(from, emptyTree), cmp.Or(to, emptyTree)
	if err := d.trees(ctx, "", from, to); err != nil {
		return nil, err
	}
	slices.SortFunc(d.deltas, func(x, y Delta) int { return strings.Compare(x.Path, y.Path) })
	return d.deltas, nil
}

type treeDiff struct {
	*memory
	deltas []Delta
}

func (d *treeDiff) trees(ctx context.Context, prefix string, from, to repo.SHA) error {
	if from == to && prefix != "" {
		return nil
	}
	rows, err := align(ctx, d.memory, from, to)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := d.row(ctx, prefix+r.name, r.sides[0], r.sides[1]); err != nil {
			return err
		}
	}
	return nil
}

func (d *treeDiff) row(ctx context.Context, path string, from, to Entry) error {
	if from == to {
		return nil
	}
	if from.file() != to.file() {
		a, b := from.file(), to.file()
		d.deltas = append(d.deltas, Delta{Path: path, OldMode: a.Mode, NewMode: b.Mode, Old: a.ID, New: b.ID})
	}
	return d.trees(ctx, path+"/", from.dir(), to.dir())
}

// file is the entry, or nothing if it is a folder.
func (e Entry) file() Entry {
	if e.Mode == Dir {
		return Entry{}
	}
	return e
}

// dir is the tree that the entry is; the empty one if it is no folder.
func (e Entry) dir() repo.SHA {
	if e.Mode == Dir {
		return e.ID
	}
	return emptyTree
}

// row is what several trees have under one name; a tree without it has the zero entry.
type row struct {
	name  string
	sides [3]Entry
}

// align puts the entries of up to three trees side by side.
func align(ctx context.Context, m *memory, trees ...repo.SHA) ([]row, error) {
	var rows []row
	index := map[string]int{}
	for side, id := range trees {
		entries, err := m.Tree(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			i, ok := index[e.Name]
			if !ok {
				i = len(rows)
				index[e.Name] = i
				rows = append(rows, row{name: e.Name})
			}
			rows[i].sides[side] = e
		}
	}
	return rows, nil
}

// Archive writes what git archive writes, but does not know attributes: export-ignore and export-subst have no effect.
func (m *memory) Archive(ctx context.Context, w io.Writer, commit repo.SHA, top string) error {
	if err := checkName(top); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	c, err := m.Commit(ctx, commit)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(w)
	a := &archive{memory: m, out: tar.NewWriter(z), when: c.Committer.When}
	err = a.write(ctx, commit, c.Tree, top+"/")
	return errors.Join(err, a.out.Close(), z.Close())
}

type archive struct {
	*memory
	out  *tar.Writer
	when time.Time
}

func (a *archive) write(ctx context.Context, commit, tree repo.SHA, prefix string) error {
	id := &tar.Header{
		Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", Format: tar.FormatPAX,
		PAXRecords: map[string]string{"comment": string(commit)},
	}
	if err := a.out.WriteHeader(id); err != nil {
		return err
	}
	if err := a.header(prefix, tar.TypeDir, 0o775, 0, ""); err != nil {
		return err
	}
	entries, err := List(ctx, a, tree)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := a.entry(ctx, prefix+e.Name, e); err != nil {
			return fmt.Errorf("archive %s: %w", e.Name, err)
		}
	}
	return nil
}

func (a *archive) entry(ctx context.Context, path string, e Entry) error {
	if e.Mode == Dir || e.Mode == Submodule {
		return a.header(path+"/", tar.TypeDir, 0o775, 0, "")
	}
	data, err := a.Blob(ctx, e.ID)
	if err != nil {
		return err
	}
	if e.Mode == Symlink {
		return a.header(path, tar.TypeSymlink, 0o777, 0, string(data))
	}
	if err := a.header(path, tar.TypeReg, int64(e.Mode)&0o777|0o020, len(data), ""); err != nil {
		return err
	}
	_, err = a.out.Write(data)
	return err
}

func (a *archive) header(name string, kind byte, mode int64, size int, link string) error {
	return a.out.WriteHeader(&tar.Header{
		Name: name, Typeflag: kind, Mode: mode, Size: int64(size), Linkname: link, ModTime: a.when,
		Uname: "root", Gname: "root",
	})
}
