package githubsim

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// What the contents API shows of a file: up to 1 MB in JSON, up to 100 MB raw.
const (
	maxInline = 1 << 20
	maxRaw    = 100 << 20
	maxListed = 1000 // entries of a folder
)

func (s *Sim) contentRoutes() []route {
	const contents = "/repos/{owner}/{repo}/contents"
	return []route{
		{method: "GET", pattern: contents, need: "contents:read", handle: s.getContents},
		{method: "GET", pattern: contents + "/{path...}", need: "contents:read", handle: s.getContents},
	}
}

// place is a path in a repository at a revision, and what is there.
type place struct {
	repo   *Repo
	ref    string // as it was asked for
	commit repo.SHA
	path   string
	entry  git.Entry
}

func (s *Sim) getContents(q *request) (int, any) {
	if q.repo.isEmpty(q.Context()) {
		return fail(http.StatusNotFound, "This repository is empty.")
	}
	at := place{repo: q.repo, ref: q.query("ref", q.repo.DefaultBranch), path: strings.Trim(path.Clean("/"+q.PathValue("path")), "/")}
	var err error
	if at.commit, err = q.repo.revision(q.Context(), at.ref); err != nil {
		return fail(http.StatusNotFound, "No commit found for the ref "+at.ref)
	}
	if at.path == "" {
		return s.getRoot(q, at)
	}
	if at.entry, err = git.Lookup(q.Context(), q.repo.git, at.commit, at.path); err != nil {
		return notFound()
	}
	return s.show(q, at)
}

// getRoot lists the top folder.
func (s *Sim) getRoot(q *request, at place) (int, any) {
	c, err := q.repo.git.Commit(q.Context(), at.commit)
	if err != nil {
		return failed(err)
	}
	at.entry = git.Entry{Mode: git.Dir, ID: c.Tree}
	return s.show(q, at)
}

// show answers with what is at a place. A link to a file in the repository shows the file.
func (s *Sim) show(q *request, at place) (int, any) {
	switch at.entry.Mode {
	case git.Dir:
		return s.showDir(q, at)
	case git.Submodule:
		return http.StatusOK, merged(s.entryJSON(at, "submodule", 0), object{"submodule_git_url": s.repoHTML(at.repo) + ".git"})
	case git.Symlink:
		data, err := q.repo.git.Blob(q.Context(), at.entry.ID)
		if err != nil {
			return failed(err)
		}
		target := path.Join(path.Dir(at.path), string(data))
		found, err := git.Lookup(q.Context(), q.repo.git, at.commit, target)
		if err != nil || found.Mode != git.File && found.Mode != git.Executable {
			return http.StatusOK, merged(s.entryJSON(at, "symlink", len(data)), object{"target": string(data)})
		}
		at.entry = found
	case git.File, git.Executable:
	}
	return s.showFile(q, at)
}

func (s *Sim) showFile(q *request, at place) (int, any) {
	data, err := q.repo.git.Blob(q.Context(), at.entry.ID)
	switch {
	case err != nil:
		return failed(err)
	case len(data) > maxRaw:
		return fail(http.StatusForbidden, "This API returns blobs up to 100 MB in size.")
	case wantsRaw(q):
		return http.StatusOK, raw{"application/vnd.github.raw+json; charset=utf-8", data}
	}
	o := merged(s.entryJSON(at, "file", len(data)), object{"encoding": "base64", "content": wrap(data)})
	if len(data) > maxInline {
		o["encoding"], o["content"] = "none", ""
	}
	return http.StatusOK, o
}

func wantsRaw(q *request) bool {
	accept := q.Header.Get("Accept")
	return strings.Contains(accept, "application/vnd.github.raw") || strings.Contains(accept, "application/vnd.github.v3.raw")
}

// wrap is base64 in lines of 60 characters, each ended.
func wrap(data []byte) string {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(text) > 0 {
		n := min(60, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	return b.String()
}

func (s *Sim) showDir(q *request, at place) (int, any) {
	entries, err := q.repo.git.Tree(q.Context(), at.entry.ID)
	if err != nil {
		return failed(err)
	}
	out := []object{}
	for _, e := range entries[:min(len(entries), maxListed)] {
		in := place{at.repo, at.ref, at.commit, path.Join(at.path, e.Name), e}
		kind, size, err := s.kindOf(q, e)
		if err != nil {
			return failed(err)
		}
		out = append(out, s.entryJSON(in, kind, size))
	}
	return http.StatusOK, out
}

// kindOf is what a list says that an entry is. A submodule is a file there, for old clients' sake.
func (s *Sim) kindOf(q *request, e git.Entry) (kind string, size int, err error) {
	if e.Mode == git.Dir || e.Mode == git.Submodule {
		return map[bool]string{true: "dir", false: "file"}[e.Mode == git.Dir], 0, nil
	}
	_, n, err := q.repo.git.Kind(q.Context(), e.ID)
	if e.Mode == git.Symlink {
		return "symlink", int(n), err
	}
	return "file", int(n), err
}

// entryJSON is what content-file, content-directory and the others have in common.
func (s *Sim) entryJSON(at place, kind string, size int) object {
	escaped := (&url.URL{Path: at.path}).EscapedPath()
	self := fmt.Sprintf("%s/contents/%s?ref=%s", s.repoURL(at.repo), escaped, url.QueryEscape(at.ref))
	object, view := "blobs", "blob"
	if kind == "dir" {
		object, view = "trees", "tree"
	}
	gitURL, html := s.gitURL(at.repo, object, at.entry.ID), fmt.Sprintf("%s/%s/%s/%s", s.repoHTML(at.repo), view, at.ref, escaped)
	o := map[string]any{
		"type": kind, "size": size, "name": path.Base(at.path), "path": at.path, "sha": at.entry.ID, "url": self,
		"git_url": gitURL, "html_url": html, "download_url": nil,
		"_links": map[string]any{"self": self, "git": gitURL, "html": html},
	}
	if kind == "file" {
		o["download_url"] = fmt.Sprintf("%s/raw/%s/%s", s.repoHTML(at.repo), at.ref, escaped)
	}
	return o
}
