package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// writePatch writes one patch for all consumers, with paths from the folder that holds them all.
func (v preview) writePatch(out io.Writer) error {
	root, err := v.root()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, r := range v.readers {
		for _, f := range r.files {
			if len(f.hunks) == 0 {
				continue
			}
			at, err := below(root, r.tree.Folder(), f.Path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "diff --git %s %s\n", patchPath("a/"+at, false), patchPath("b/"+at, false))
			fmt.Fprintf(&b, "--- %s\n+++ %s\n", patchPath("a/"+at, true), patchPath("b/"+at, true))
			b.Write(f.hunks)
		}
	}
	_, err = out.Write(b.Bytes())
	return err
}

// root is the nearest folder that holds all consumers.
func (v preview) root() (string, error) {
	root := ""
	for i, r := range v.readers {
		at, err := filepath.Abs(r.tree.Folder())
		if err != nil {
			return "", err
		}
		if i == 0 {
			root = at
		}
		for root != filepath.Dir(root) && at != root && !strings.HasPrefix(at, root+string(filepath.Separator)) {
			root = filepath.Dir(root)
		}
	}
	return root, nil
}

func below(root, folder, file string) (string, error) {
	at, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	at, err = filepath.Rel(root, filepath.Join(at, filepath.FromSlash(file)))
	return filepath.ToSlash(at), err
}

// patchPath writes a path as git does: in quotes when it holds one, and marked by a tab when it holds a space.
func patchPath(at string, alone bool) string {
	switch {
	case strings.Contains(at, `"`):
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(at) + `"`
	case alone && strings.Contains(at, " "):
		return at + "\t"
	}
	return at
}
