package githubsim

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// downloadLife is how long the address of an archive is good for.
const downloadLife = 5 * time.Minute

// download is an archive that someone may fetch without further credentials.
type download struct {
	repo    repo.ID
	commit  repo.SHA
	expires time.Time
}

func (s *Sim) archiveRoutes() []route {
	const tarball = "/repos/{owner}/{repo}/tarball"
	return []route{
		{method: "GET", pattern: tarball, need: "contents:read", handle: s.getTarball},
		{method: "GET", pattern: tarball + "/{ref...}", need: "contents:read", handle: s.getTarball},
		{method: "GET", pattern: "/_codeload/{name}/legacy.tar.gz/{ref...}", caller: byAnyone, handle: s.download},
	}
}

// getTarball redirects to where the archive can be fetched, as GitHub does to another host.
func (s *Sim) getTarball(q *request) (int, any) {
	id, err := q.repo.revision(q.Context(), q.PathValue("ref"))
	if err != nil {
		return notFound()
	}
	key := secret("", 20)
	s.downloads[key] = download{q.repo.ID, id, s.authClock.Now().Add(downloadLife)}
	to := fmt.Sprintf("%s/_codeload/%s/legacy.tar.gz/%s", s.url, q.repo.Name, id)
	q.header.Set("Location", to+"?token="+url.QueryEscape(key))
	return http.StatusFound, nil
}

func (s *Sim) download(q *request) (int, any) {
	d, ok := s.downloads[q.URL.Query().Get("token")]
	r := s.repos[d.repo]
	if !ok || r == nil || s.authClock.Now().After(d.expires) {
		return http.StatusNotFound, raw{"text/plain; charset=utf-8", []byte("404: Not Found")}
	}
	top := fmt.Sprintf("%s-%s-%s", r.Owner.Login, r.Name, d.commit.Short())
	q.header.Set("Content-Type", "application/x-gzip")
	q.header.Set("Content-Disposition", "attachment; filename="+top+".tar.gz")
	ctx, objects := q.Context(), r.git
	return http.StatusOK, stream(func(w io.Writer) error { return objects.Archive(ctx, w, d.commit, top) })
}
