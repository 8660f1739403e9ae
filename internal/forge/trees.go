package forge

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// trees reads git trees one level at a time and remembers them: exact however large the repository is, where
// a recursive listing may be cut.
type trees struct {
	f     *Forge
	r     repo.Repo
	known map[string]map[string]node
}

// node is one entry of a tree.
type node struct{ mode, kind, sha string }

func (f *Forge) trees(r repo.Repo) *trees {
	return &trees{f: f, r: r, known: map[string]map[string]node{}}
}

func (t *trees) level(ctx context.Context, sha string) (map[string]node, error) {
	if level, ok := t.known[sha]; ok {
		return level, nil
	}
	var got github.Tree
	if err := t.f.get(ctx, t.r, "contents:read", "/git/trees/{sha}", &got, sha); err != nil {
		return nil, err
	}
	if got.GetTruncated() {
		return nil, fmt.Errorf("tree %s: %w", sha, ErrTooLarge)
	}
	level := map[string]node{}
	for _, e := range got.Entries {
		level[e.GetPath()] = node{e.GetMode(), e.GetType(), e.GetSHA()}
	}
	t.known[sha] = level
	return level, nil
}

// at finds the entry at a path; the zero node when there is none.
func (t *trees) at(ctx context.Context, root, path string) (node, error) {
	dir, rest, deeper := strings.Cut(path, "/")
	level, err := t.level(ctx, root)
	if err != nil || !deeper {
		return level[dir], err
	}
	if level[dir].kind != "tree" {
		return node{}, nil
	}
	return t.at(ctx, level[dir].sha, rest)
}

// shift is how one path differs between two trees.
type shift struct{ before, after node }

// diff walks two trees and collects the paths below which they differ. Equal subtrees are not read.
func (t *trees) diff(ctx context.Context, before, after, prefix string, out map[string]shift) error {
	old, err := t.levelOrNone(ctx, before)
	if err != nil {
		return err
	}
	now, err := t.levelOrNone(ctx, after)
	if err != nil {
		return err
	}
	names := maps.Clone(old)
	maps.Copy(names, now)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := t.diffEntry(ctx, old[name], now[name], prefix+name, out); err != nil {
			return err
		}
	}
	return nil
}

func (t *trees) diffEntry(ctx context.Context, old, now node, path string, out map[string]shift) error {
	if old == now {
		return nil
	}
	if len(out) > maxShifts {
		return fmt.Errorf("more than %d files differ: %w", maxShifts, ErrTooLarge)
	}
	if (old.kind == "tree" || old.kind == "") && (now.kind == "tree" || now.kind == "") {
		return t.diff(ctx, old.sha, now.sha, path+"/", out)
	}
	if old.kind == "tree" || now.kind == "tree" {
		return fmt.Errorf("%s: a file and a folder took each other's place", path)
	}
	out[path] = shift{old, now}
	return nil
}

// maxShifts bounds the files of one change.
const maxShifts = 5000

func (t *trees) levelOrNone(ctx context.Context, sha string) (map[string]node, error) {
	if sha == "" {
		return nil, nil
	}
	return t.level(ctx, sha)
}

// leaf is an entry of a tree that is to be made. A nil SHA without Content deletes the path.
type leaf struct {
	Path    string  `json:"path"`
	Mode    string  `json:"mode"`
	Type    string  `json:"type"`
	SHA     *string `json:"sha,omitempty"`
	Content *string `json:"content,omitempty"`
}

// removal is a leaf that deletes: GitHub wants an explicit null.
type removal struct {
	Path string  `json:"path"`
	Mode string  `json:"mode"`
	Type string  `json:"type"`
	SHA  *string `json:"sha"`
}

// workflows is where GitHub wants a permission that Skein never asks for.
const workflows = ".github/workflows/"

const plainMode = "100644"

// leaves turns contents into entries. A file that exists keeps its mode; links and submodules are not written
// through.
func (f *Forge) leaves(ctx context.Context, r repo.Repo, root string, files map[string][]byte) (out []any, err error) {
	known := f.trees(r)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(path, workflows) {
			return nil, &Forbidden{Route: "write " + workflows, Needs: "workflows:write", Message: "workflow files are left to people"}
		}
		was, err := known.at(ctx, root, path)
		if err != nil {
			return nil, err
		}
		if was.kind != "" && (was.kind != "blob" || was.mode == "120000") {
			return nil, fmt.Errorf("%s is not a regular file", path)
		}
		if files[path] == nil {
			if was.kind != "" {
				out = append(out, removal{Path: path, Mode: was.mode, Type: "blob"})
			}
			continue
		}
		mode := was.mode
		if mode == "" {
			mode = plainMode
		}
		one, err := f.leaf(ctx, r, path, mode, files[path])
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// leaf puts text into the tree request itself; what JSON cannot carry becomes a blob first.
func (f *Forge) leaf(ctx context.Context, r repo.Repo, path, mode string, content []byte) (leaf, error) {
	if utf8.Valid(content) && bytes.IndexByte(content, 0) < 0 {
		text := string(content)
		return leaf{Path: path, Mode: mode, Type: "blob", Content: &text}, nil
	}
	var blob github.Blob
	in := map[string]string{"content": base64.StdEncoding.EncodeToString(content), "encoding": "base64"}
	err := f.send(ctx, r, "contents:write", http.MethodPost, "/git/blobs", in, &blob)
	return leaf{Path: path, Mode: mode, Type: "blob", SHA: blob.SHA}, err
}

// makeTree writes a tree: base with the entries laid over it. Trees are named by their content, so that making
// one twice is making it once.
func (f *Forge) makeTree(ctx context.Context, r repo.Repo, base string, entries []any) (string, error) {
	var got github.Tree
	in := map[string]any{"base_tree": base, "tree": entries}
	err := f.send(ctx, r, "contents:write", http.MethodPost, "/git/trees", in, &got)
	return got.GetSHA(), err
}

// makeCommit writes a commit. Without an author GitHub makes it the app's bot and signs it.
func (f *Forge) makeCommit(ctx context.Context, r repo.Repo, message, tree string, parent repo.SHA) (repo.SHA, error) {
	var got github.Commit
	in := map[string]any{"message": message, "tree": tree, "parents": []repo.SHA{parent}}
	err := f.send(ctx, r, "contents:write", http.MethodPost, "/git/commits", in, &got)
	return repo.SHA(got.GetSHA()), err
}

func (f *Forge) treeOf(ctx context.Context, r repo.Repo, commit repo.SHA) (tree string, parents []repo.SHA, err error) {
	var got github.Commit
	err = f.get(ctx, r, "contents:read", "/git/commits/{sha}", &got, commit)
	for _, p := range got.Parents {
		parents = append(parents, repo.SHA(p.GetSHA()))
	}
	return got.GetTree().GetSHA(), parents, err
}
