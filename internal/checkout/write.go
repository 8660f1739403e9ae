package checkout

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Edit rewrites a file of a folder on disk: whole or not at all, with the mode it had. The function is given what
// the file holds at that moment; its error leaves the file alone.
func (t *Tree) Edit(name string, edit func(content []byte) ([]byte, error)) error {
	if !t.OnDisk() {
		return fmt.Errorf("%s: only a folder on disk can be written to", t.arg)
	}
	root, err := os.OpenRoot(t.base)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // everything is synced by then
	if err := editIn(root, name, edit); err != nil {
		return fmt.Errorf("%s: %w", t.Show(name), err)
	}
	return nil
}

func editIn(root *os.Root, name string, edit func([]byte) ([]byte, error)) error {
	at := filepath.FromSlash(name)
	info, err := root.Lstat(at)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || behindLink(root, path.Dir(name), map[string]bool{}) {
		return errors.New("is not a regular file of this folder")
	}
	now, err := readIn(root, Entry{Path: name, Size: info.Size()})
	if err != nil {
		return err
	}
	next, err := edit(now)
	if err != nil || bytes.Equal(now, next) {
		return err
	}
	return swap(root, at, info.Mode(), next)
}

// swap writes beside the file and renames.
func swap(root *os.Root, at string, mode fs.FileMode, next []byte) error {
	temp := filepath.Join(filepath.Dir(at), ".skein-"+rand.Text()+".tmp")
	err := create(root, temp, mode, next)
	if err == nil {
		err = root.Rename(temp, at)
	}
	if err != nil {
		_ = root.Remove(temp) // the first error tells
	}
	return err
}

func create(root *os.Root, name string, mode fs.FileMode, content []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Chmod(mode.Perm()), f.Sync(), f.Close())
}
