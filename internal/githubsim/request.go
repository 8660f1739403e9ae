package githubsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/githubsim/git"
)

// request is what a handler works on: the HTTP request, who sent it, and the repository that its path names.
type request struct {
	*http.Request
	sim     *Sim
	route   *route
	by      actor
	repo    *Repo
	body    []byte
	header  http.Header // of the answer
	handled bool        // the handler ran
	charged *budget     // that pays for the request
}

// decode reads the JSON body into v. An empty body leaves v as it is.
func (q *request) decode(v any) error {
	if len(bytes.TrimSpace(q.body)) == 0 {
		return nil
	}
	return json.Unmarshal(q.body, v)
}

// number reads a path value that must be a number; 0 when it is none.
func (q *request) number(name string) int {
	n, err := strconv.Atoi(q.PathValue(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// query returns a query parameter, or the fallback when it is not given.
func (q *request) query(name, fallback string) string {
	if v := q.URL.Query().Get(name); v != "" {
		return v
	}
	return fallback
}

// moved redirects to the repository's id, where the rest of the path stays the same.
func (q *request) moved(r *Repo) (int, any) {
	rest := strings.SplitN(strings.TrimPrefix(q.URL.EscapedPath(), "/"), "/", 4)
	to := fmt.Sprintf("%s/repositories/%d", q.sim.url, r.ID)
	if len(rest) == 4 {
		to += "/" + rest[3]
	}
	if q.URL.RawQuery != "" {
		to += "?" + q.URL.RawQuery
	}
	q.header.Set("Location", to)
	status, message := http.StatusMovedPermanently, "Moved Permanently"
	if !isRead(q.Request) {
		status, message = http.StatusTemporaryRedirect, "Temporary Redirect"
	}
	return status, map[string]any{"message": message, "url": to, "documentation_url": docs}
}

// answer is a response before it is written.
type answer struct {
	status int
	header http.Header
	body   []byte
	stream stream
}

// stream is a body that is too large to hold: it is written after the world is unlocked.
type stream func(io.Writer) error

// raw is a body that is not JSON.
type raw struct {
	contentType string
	data        []byte
}

// reply turns a handler's result into an answer.
func (q *request) reply(status int, body any) answer {
	a := answer{status: status, header: q.header}
	switch b := body.(type) {
	case nil:
	case stream:
		a.stream = b
	case raw:
		q.header.Set("Content-Type", b.contentType)
		a.body = b.data
	default:
		q.header.Set("Content-Type", "application/json; charset=utf-8")
		a.body = encode(b)
	}
	return a
}

// encode writes JSON as GitHub does, without escaping for HTML.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("githubsim: a body that is not JSON: %v", err))
	}
	return bytes.TrimSpace(b.Bytes())
}

// etag is a weak tag of the body, as most of GitHub's are.
func (a *answer) etag() string {
	sum := sha256.Sum256(a.body)
	return `W/"` + hex.EncodeToString(sum[:]) + `"`
}

// unchanged reports whether the client already has this answer, and empties it then.
func (a *answer) unchanged(r *http.Request) bool {
	if r.Method != http.MethodGet || a.status != http.StatusOK || a.stream != nil {
		return false
	}
	tag := a.etag()
	a.header.Set("ETag", tag)
	a.header.Set("Cache-Control", "private, max-age=60, s-maxage=60")
	if !strings.Contains(r.Header.Get("If-None-Match"), strings.TrimPrefix(tag, "W/")) {
		return false
	}
	a.status, a.body = http.StatusNotModified, nil
	a.header.Del("Content-Type")
	return true
}

func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	if r != nil && r.Method == http.MethodHead {
		return
	}
	if a.stream == nil {
		_, _ = w.Write(a.body) // the client may be gone
		return
	}
	if a.stream(w) != nil {
		panic(http.ErrAbortHandler) // too late for a status: cut the connection
	}
}

// page cuts the asked-for page out of all, and links to the others.
func page[T any](q *request, all []T) []T {
	size := min(atoi(q.query("per_page", "30")), 100)
	if size < 1 {
		size = 30
	}
	current := max(atoi(q.query("page", "1")), 1)
	last := max((len(all)+size-1)/size, 1)
	q.link(current, last)
	if current > last {
		return []T{}
	}
	return append([]T{}, all[(current-1)*size:min(current*size, len(all))]...)
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// link sets the Link header for a page of several.
func (q *request) link(current, last int) {
	var links []string
	add := func(rel string, n int) {
		v := q.URL.Query()
		v.Set("page", strconv.Itoa(n))
		u := url.URL{Path: q.URL.Path, RawPath: q.URL.RawPath, RawQuery: v.Encode()}
		links = append(links, fmt.Sprintf("<%s%s>; rel=%q", q.sim.url, u.String(), rel))
	}
	if current > 1 {
		add("prev", min(current-1, last))
	}
	if current < last {
		add("next", current+1)
		add("last", last)
	}
	if current > 1 {
		add("first", 1)
	}
	if len(links) > 0 {
		q.header.Set("Link", strings.Join(links, ", "))
	}
}

// docs is where an error says that more can be read.
const docs = "https://docs.github.com/rest"

// apiError is the body of every answer that is not a success. What handlers and people share returns it as an error.
type apiError struct {
	Message string `json:"message"`
	Errors  any    `json:"errors,omitempty"`
	Docs    string `json:"documentation_url"`
	Status  string `json:"status"`
}

// fieldError is one of the faults that a 422 lists.
type fieldError struct {
	Resource string `json:"resource"`
	Field    string `json:"field,omitempty"`
	Code     string `json:"code"` // missing, missing_field, invalid, already_exists, unprocessable or custom
	Message  string `json:"message,omitempty"`
}

// Error shows the message and what it is about.
func (e apiError) Error() string {
	if e.Errors == nil {
		return e.Status + " " + e.Message
	}
	return e.Status + " " + e.Message + " " + string(encode(e.Errors))
}

// problem makes an error of an answer: problem(notFound()).
func problem(status int, body any) error {
	if e, ok := body.(apiError); ok {
		return e
	}
	return fmt.Errorf("githubsim: %d is no refusal", status)
}

// failed makes an answer of an error. Errors of the git side mean what they would mean to GitHub's users.
func failed(err error) (int, any) {
	var known apiError
	switch {
	case errors.As(err, &known):
		return atoi(known.Status), known
	case errors.Is(err, git.ErrNotFound):
		return notFound()
	case errors.Is(err, git.ErrConflict):
		return fail(http.StatusConflict, "Merge conflict")
	case errors.Is(err, git.ErrExists), errors.Is(err, git.ErrInvalid), errors.Is(err, git.ErrTooLarge),
		errors.Is(err, git.ErrStale), errors.Is(err, git.ErrUnrelated):
		return unprocessable(err.Error())
	}
	return fail(http.StatusInternalServerError, err.Error())
}

func fail(status int, message string) (int, any) {
	return status, apiError{Message: message, Docs: docs, Status: strconv.Itoa(status)}
}

// invalid is 422 with the faulty fields.
func invalid(errs ...fieldError) (int, any) {
	return http.StatusUnprocessableEntity, apiError{Message: "Validation Failed", Errors: errs, Docs: docs, Status: "422"}
}

func unprocessable(message string) (int, any) { return fail(http.StatusUnprocessableEntity, message) }

func notFound() (int, any) { return fail(http.StatusNotFound, "Not Found") }

func forbidden() (int, any) {
	return fail(http.StatusForbidden, "Resource not accessible by integration")
}

func badJSON() (int, any) { return fail(http.StatusBadRequest, "Problems parsing JSON") }
