package forge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/repo"
)

// call is one request to be made: what, on whose behalf, and with the least permission that it needs. It
// travels in the request's context, where every round tripper finds it.
type call struct {
	installation int64     // 0: as the app itself
	repos        []repo.ID // what the token is narrowed to; empty: all of the installation's
	needs        string    // permissions, NAME:LEVEL separated by blanks
	method       string
	route        string // template; {name} takes the next argument, {name*} keeps its slashes
	args         []any
	query        string
	mutation     bool // GraphQL that writes
	stream       bool // the answer is read by the caller, not buffered
	sent         bool // set by the limiter: the request left this process
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

func (c *call) writes() bool {
	return c.mutation || c.method != http.MethodGet && c.route != graphQLRoute
}

// on is a call on one repository.
func on(r repo.Repo, needs, method, route string) *call {
	return &call{installation: r.Installation, repos: []repo.ID{r.ID}, needs: needs, method: method, route: route}
}

// get reads one thing of a repository. The route is relative to /repos/OWNER/NAME.
func (f *Forge) get(ctx context.Context, r repo.Repo, needs, route string, out any, args ...any) error {
	_, err := f.do(ctx, on(r, needs, http.MethodGet, repoRoute+route), nil, out, withRepo(r, args)...)
	return err
}

// send writes to a repository. The route is relative to /repos/OWNER/NAME.
func (f *Forge) send(ctx context.Context, r repo.Repo, needs, method, route string, in, out any, args ...any) error {
	_, err := f.do(ctx, on(r, needs, method, repoRoute+route), in, out, withRepo(r, args)...)
	return err
}

const repoRoute = "/repos/{owner}/{repo}"

func withRepo(r repo.Repo, args []any) []any {
	return append([]any{r.Name.Owner, r.Name.Name}, args...)
}

// do makes the call and decodes the answer into out. A 202 is a success; every failure becomes one of this
// package's errors.
func (f *Forge) do(ctx context.Context, c *call, in, out any, args ...any) (*github.Response, error) {
	c.args = args
	path, err := fill(c.route, args)
	if err != nil {
		return nil, err
	}
	if c.query != "" {
		path += "?" + c.query
	}
	req, err := f.client.NewRequest(c.method, strings.TrimPrefix(path, "/"), in)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.method, c.route, err)
	}
	resp, err := f.client.Do(withCall(ctx, c), req, out)
	if accepted := (*github.AcceptedError)(nil); errors.As(err, &accepted) {
		return resp, decodeAccepted(accepted.Raw, out)
	}
	if err != nil {
		return resp, f.explain(ctx, c, err)
	}
	return resp, nil
}

func decodeAccepted(raw []byte, out any) error {
	if out == nil || len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// fill puts the arguments into the template, escaped.
func fill(route string, args []any) (string, error) {
	var b strings.Builder
	rest := route
	for {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, tail, _ := strings.Cut(after, "}")
		if len(args) == 0 {
			return "", fmt.Errorf("%s: no value for %s", route, name)
		}
		value, err := escape(fmt.Sprint(args[0]), strings.HasSuffix(name, "*"))
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", route, name, err)
		}
		b.WriteString(value)
		args, rest = args[1:], tail
	}
	if len(args) > 0 {
		return "", fmt.Errorf("%s: %d values too many", route, len(args))
	}
	return b.String(), nil
}

// escape makes one path segment, or with slashes several, of a value. Dot segments would lead to another
// endpoint and are refused.
func escape(value string, slashes bool) (string, error) {
	parts := []string{value}
	if slashes {
		parts = strings.Split(value, "/")
	}
	for i, p := range parts {
		if p == "" || p == "." || p == ".." {
			return "", fmt.Errorf("%q cannot stand in a path", value)
		}
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/"), nil
}

// maxPages bounds every listing: the longest is an installation's, and 100,000 repositories are more than any has.
const maxPages = 1000

// pages walks a listing. each is given a decoded page and says whether to go on.
func pages[T any](ctx context.Context, f *Forge, c call, args []any, each func(T) (more bool)) error {
	query, err := url.ParseQuery(c.query)
	if err != nil {
		return fmt.Errorf("%s: %w", c.route, err)
	}
	query.Set("per_page", "100")
	for page := 1; page <= maxPages; page++ {
		query.Set("page", fmt.Sprint(page))
		one := c
		one.query = query.Encode()
		var out T
		resp, err := f.do(ctx, &one, nil, &out, args...)
		if err != nil {
			return err
		}
		if !each(out) || resp.NextPage == 0 {
			return nil
		}
	}
	return fmt.Errorf("%s: more than %d pages: %w", c.route, maxPages, ErrTooLarge)
}

// every reads all pages of a repository's listing that is a bare array.
func every[T any](ctx context.Context, f *Forge, r repo.Repo, needs, route, query string, args ...any) (all []T, err error) {
	c := on(r, needs, http.MethodGet, repoRoute+route)
	c.query = query
	err = pages(ctx, f, *c, withRepo(r, args), func(page []T) bool {
		all = append(all, page...)
		return true
	})
	return all, err
}

func escapeQuery(s string) string { return url.QueryEscape(s) }
