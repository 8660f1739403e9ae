package githubsim

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// router finds the route of a path. net/http's mux would do, if GitHub's API were free of overlaps: it has
// issues/comments/{id} beside issues/{number}/events, and branch names with slashes in the middle of a path.
//
// A pattern is read as the mux reads it, and {name...} may stand anywhere. Of several patterns that match, the one
// wins that is more literal further to the left.
type router map[string][]compiled // by method

type compiled struct {
	*route
	segments []segment
}

// segment is one part of a pattern: literal text, or a name that takes one part of the path, or several.
type segment struct {
	literal string
	name    string
	many    bool
}

func newRouter(routes []route) router {
	out := router{}
	for i, rt := range routes {
		out[rt.method] = append(out[rt.method], compiled{&routes[i], parsePattern(rt.pattern)})
	}
	for _, all := range out {
		slices.SortStableFunc(all, func(a, b compiled) int { return cmp.Compare(rankOf(a.segments), rankOf(b.segments)) })
	}
	return out
}

func parsePattern(pattern string) []segment {
	parts := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	out := make([]segment, len(parts))
	for i, p := range parts {
		name, isName := strings.CutPrefix(p, "{")
		if !isName {
			out[i] = segment{literal: p}
			continue
		}
		name, many := strings.CutSuffix(strings.TrimSuffix(name, "}"), "...")
		out[i] = segment{name: name, many: many}
	}
	return out
}

// rankOf orders patterns: the smaller is tried first.
func rankOf(segments []segment) string {
	rank := make([]byte, 0, len(segments)+1)
	for _, s := range segments {
		switch {
		case s.name == "":
			rank = append(rank, 'a')
		case !s.many:
			rank = append(rank, 'b')
		default:
			rank = append(rank, 'c')
		}
	}
	return string(append(rank, 'd'))
}

// find returns the route of a request, with the path's values set, or nil.
func (rs router) find(r *http.Request) *route {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, p := range parts {
		plain, err := url.PathUnescape(p)
		if err != nil {
			return nil
		}
		parts[i] = plain
	}
	for _, c := range rs[method] {
		if match(c.segments, parts, r.SetPathValue) {
			return c.route
		}
	}
	return nil
}

// match holds a path against a pattern. Values are set from the end, once the rest is known to fit.
func match(segments []segment, parts []string, set func(name, value string)) bool {
	if len(segments) == 0 {
		return len(parts) == 0
	}
	s := segments[0]
	least, most := 1, 1
	if s.many {
		most = len(parts)
	}
	for n := least; n <= min(most, len(parts)); n++ {
		value := strings.Join(parts[:n], "/")
		if s.name == "" && value != s.literal || s.name != "" && !s.many && value == "" {
			return false
		}
		if match(segments[1:], parts[n:], set) {
			if s.name != "" {
				set(s.name, value)
			}
			return true
		}
	}
	return false
}
