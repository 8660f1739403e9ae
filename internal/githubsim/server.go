package githubsim

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// maxBody bounds what is read of a request: GitHub takes blobs of 40 MB, in base64.
const maxBody = 64 << 20

// route is one operation of the API.
type route struct {
	method  string
	pattern string // as net/http writes them; {owner}/{repo} is resolved before the handler runs
	need    string // permission:level, such as contents:write; empty when any valid token will do
	caller  caller
	creates bool // counts against the limits on content creation
	handle  handler
}

// handler does the work of a route, with the world locked. A nil body is an empty answer.
type handler func(*request) (status int, body any)

// caller says with which credentials a route is called.
type caller int

const (
	byToken  caller = iota // an installation's or a person's token
	byApp                  // the app's JWT
	byBot                  // an installation's token only
	byAnyone               // none needed
)

// routes lists the whole API, noun by noun.
func (s *Sim) routes() []route {
	return slices.Concat(
		s.authRoutes(), s.appRoutes(), s.limitRoutes(), s.repoRoutes(), s.commitRoutes(), s.contentRoutes(),
		s.gitRoutes(), s.archiveRoutes(), s.pullRoutes(), s.reviewRoutes(), s.mergeRoutes(), s.asyncRoutes(), s.protectionRoutes(),
		s.collaboratorRoutes(), s.teamRoutes(), s.eventRoutes(),
	)
}

// ServeHTTP answers as api.github.com would, and below /api as an Enterprise Server would.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = cutPrefix(r, "/api/v3", "/api")
	s.withFault(w, r, func(w http.ResponseWriter) {
		r := s.byID(r)
		rt := s.router.find(r)
		if rt == nil {
			rt = &route{caller: byAnyone, handle: func(*request) (int, any) { return notFound() }}
		}
		s.serve(rt, w, r)
	})
}

// cutPrefix removes the first of the prefixes that r's path has.
func cutPrefix(r *http.Request, prefixes ...string) *http.Request {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(r.URL.EscapedPath(), p+"/"); ok {
			return withPath(r, "/"+rest)
		}
	}
	return r
}

// byID turns /repositories/ID/… into /repos/OWNER/NAME/…, the way that redirects take.
func (s *Sim) byID(r *http.Request) *http.Request {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/repositories/")
	if !ok {
		return r
	}
	id, rest, _ := strings.Cut(rest, "/")
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return r
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.repos[repo.ID(n)]
	if found == nil {
		return r
	}
	return withPath(r, strings.TrimSuffix("/repos/"+found.fullName().String()+"/"+rest, "/"))
}

// withPath returns r for another escaped path.
func withPath(r *http.Request, escaped string) *http.Request {
	u, err := r.URL.Parse(escaped)
	if err != nil {
		return r
	}
	u.RawQuery = r.URL.RawQuery
	r = r.Clone(r.Context())
	r.URL = u
	return r
}

// serve takes one request through admission and its handler.
func (s *Sim) serve(rt *route, w http.ResponseWriter, r *http.Request) {
	s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	r = r.WithContext(context.WithoutCancel(r.Context())) // what has begun is finished
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	q := &request{Request: r, sim: s, route: rt, body: body, header: http.Header{}}
	if err != nil {
		a := q.reply(fail(http.StatusRequestEntityTooLarge, "Payload too big"))
		a.write(w, r)
		return
	}
	a := s.answer(q)
	a.write(w, r)
}

// answer admits the request and runs its handler, with the world locked.
func (s *Sim) answer(q *request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, body := s.admit(q)
	if status == 0 {
		status, body = q.route.handle(q)
		q.handled = true
	}
	a := q.reply(status, body)
	s.finish(q, &a)
	s.tell(q, a.status)
	return a
}

// admit is everything that stands before a handler; status 0 lets the request through.
func (s *Sim) admit(q *request) (status int, body any) {
	for _, gate := range []handler{s.authenticate, s.limit, s.resolve, s.authorize} {
		if status, body = gate(q); status != 0 {
			return status, body
		}
	}
	return 0, nil
}

// resolve finds the repository that the path names. A former name is answered with a redirect to its id.
func (s *Sim) resolve(q *request) (int, any) {
	owner, name := q.PathValue("owner"), q.PathValue("repo")
	if owner == "" || name == "" {
		return 0, nil
	}
	r := s.repo(repo.Name{Owner: owner, Name: name})
	if r == nil || !q.by.sees(r) {
		return notFound()
	}
	if !strings.EqualFold(r.fullName().String(), owner+"/"+name) {
		return q.moved(r)
	}
	q.repo = r
	return 0, nil
}
