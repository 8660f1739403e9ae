package githubsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/repo"
)

// result is an answer of GraphQL.
type result struct {
	Data   map[string]any
	Errors []struct {
		Type    string
		Message string
		Path    []any
	}
}

// ask sends a query, checked like every other exchange.
func (w *world) ask(c *github.Client, query string, vars map[string]any) result {
	w.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	w.must(err)
	resp, err := c.Client().Post(w.url+"/graphql", "application/json", bytes.NewReader(body))
	w.must(err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	w.must(err)
	var out result
	if err := json.Unmarshal(b, &out); err != nil || resp.StatusCode != http.StatusOK {
		w.Fatalf("graphql: %d %s", resp.StatusCode, b)
	}
	return out
}

// at walks into a result.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func TestManyRepositoriesInOneQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const many = 120
	var q strings.Builder
	q.WriteString("query($file:String!){")
	for n := range many {
		name := repo.Name{Owner: "acme", Name: fmt.Sprintf("repo%d", n)}
		w.create(githubsim.RepoSpec{Name: name, Private: true, Files: map[string]string{".github/skein.yml": fmt.Sprintf("version: %d\n", n)}})
		fmt.Fprintf(&q, " r%d:repository(owner:\"acme\",name:\"repo%d\"){...config}", n, n)
	}
	q.WriteString(`} fragment config on Repository{databaseId isPrivate owner{login} defaultBranchRef{name target{oid}}
		object(expression:$file){oid ... on Blob{text byteSize isBinary isTruncated}}}`)
	got := w.ask(w.asBot(), q.String(), map[string]any{"file": "HEAD:.github/skein.yml"})
	if len(got.Errors) > 0 || len(got.Data) != many {
		t.Fatalf("got %d repositories and %v", len(got.Data), got.Errors)
	}
	for n := range many {
		r := at(got.Data, fmt.Sprintf("r%d", n))
		if at(r, "object", "text") != fmt.Sprintf("version: %d\n", n) || at(r, "defaultBranchRef", "name") != "main" || at(r, "owner", "login") != "acme" {
			t.Errorf("repository %d: %v", n, r)
		}
	}
}

func TestObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.push(reports, "main", map[string]string{"bin": "a\x00b", "big.sql": strings.Repeat("-- x\n", 120_000)})
	head := w.Branches(reports)["main"]
	object := func(expression string) any {
		t.Helper()
		got := w.ask(w.asBot(), `query($e:String!){repository(owner:"acme",name:"reports"){
			object(expression:$e){__typename oid ... on Blob{isBinary isTruncated text} ... on Commit{message} ...rest}}}
			fragment rest on GitObject{id}`, map[string]any{"e": expression})
		return at(got.Data, "repository", "object")
	}
	if got := object("main:a.sql"); at(got, "text") != "select 1\n" || at(got, "__typename") != "Blob" || at(got, "id") == nil {
		t.Errorf("a file: %v", got)
	}
	if got := object("main:bin"); at(got, "isBinary") != true || at(got, "text") != nil {
		t.Errorf("a binary file: %v", got)
	}
	if got := object(string(head) + ":big.sql"); at(got, "isTruncated") != true {
		t.Errorf("a large file: isTruncated is %v", at(got, "isTruncated"))
	}
	if got := object("main"); at(got, "__typename") != "Commit" || at(got, "oid") != string(head) {
		t.Errorf("a commit: %v", got)
	}
	if got := object("main:dir"); at(got, "__typename") != "Tree" {
		t.Errorf("a folder: %v", got)
	}
	for _, nothing := range []string{"main:none", "none:a.sql", "none", "", ":"} {
		if got := object(nothing); got != nil && nothing != ":" {
			t.Errorf("%q: got %v, want null", nothing, got)
		}
	}
}

const pullQuery = `query($n:Int!){repository(owner:"acme",name:"reports"){id databaseId pullRequest(number:$n){
	number state merged isDraft mergeable mergeStateStatus reviewDecision headRefOid headRefName baseRefName mergeCommit{oid}
	latestOpinionatedReviews(first:100,writersOnly:true){nodes{state author{login}}}
	reviewThreads(first:2){totalCount nodes{isResolved} pageInfo{hasNextPage endCursor}}}}}`

func TestPullRequestInGraphQL(t *testing.T) {
	t.Parallel()
	l := listen(t)
	bot := l.asBot()
	l.must(l.As("ada").Protect(reports, "main", &githubsim.Protection{Reviews: 1}))
	n := l.pull("topic", map[string]string{"a.sql": "x"})
	pull := func() any {
		t.Helper()
		got := l.ask(bot, pullQuery, map[string]any{"n": n})
		if len(got.Errors) > 0 {
			t.Fatal(got.Errors)
		}
		return at(got.Data, "repository", "pullRequest")
	}
	facts := func() string {
		p := pull()
		return fmt.Sprint(at(p, "state"), " ", at(p, "mergeable"), " ", at(p, "mergeStateStatus"), " ", at(p, "reviewDecision"))
	}
	if got := facts(); got != "OPEN UNKNOWN UNKNOWN REVIEW_REQUIRED" {
		t.Errorf("at first: %s", got)
	}
	l.settle()
	if got := facts(); got != "OPEN MERGEABLE BLOCKED REVIEW_REQUIRED" {
		t.Errorf("once it is computed: %s", got)
	}
	_, err := l.As("ada").Review(reports, n, "REQUEST_CHANGES", "No.")
	l.must(err)
	if got := facts(); got != "OPEN MERGEABLE BLOCKED CHANGES_REQUESTED" {
		t.Errorf("refused: %s", got)
	}
	_, err = l.As("ada").Review(reports, n, "APPROVE", "Yes.")
	l.must(err)
	if got := facts(); got != "OPEN MERGEABLE CLEAN APPROVED" {
		t.Errorf("approved: %s", got)
	}
	l.threads(t, n, pull)
	merged, err := l.As("ada").MergePull(reports, n, githubsim.Merge{})
	l.must(err)
	if p := pull(); at(p, "state") != "MERGED" || at(p, "merged") != true || at(p, "mergeCommit", "oid") != string(merged) {
		t.Errorf("merged: %v", p)
	}
}

func (l *listener) threads(t *testing.T, n int, pull func() any) {
	t.Helper()
	for range 3 {
		id, err := l.As("ada").OpenThread(reports, n)
		l.must(err)
		l.must(l.As("bob").ResolveThread(reports, n, id))
	}
	_, err := l.As("ada").OpenThread(reports, n)
	l.must(err)
	threads := at(pull(), "reviewThreads")
	if at(threads, "totalCount") != 4.0 || at(threads, "pageInfo", "hasNextPage") != true || at(threads, "nodes", 1, "isResolved") != true {
		t.Errorf("first page: %v", threads)
	}
	got := l.ask(l.asBot(), `query($n:Int!,$c:String){repository(owner:"acme",name:"reports"){pullRequest(number:$n){
		reviewThreads(first:100,after:$c){nodes{isResolved} pageInfo{hasNextPage}}}}}`,
		map[string]any{"n": n, "c": at(threads, "pageInfo", "endCursor")})
	want := map[string]any{"nodes": []any{map[string]any{"isResolved": true}, map[string]any{"isResolved": false}},
		"pageInfo": map[string]any{"hasNextPage": false}}
	if diff := cmp.Diff(want, at(got.Data, "repository", "pullRequest", "reviewThreads")); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
}

func TestGraphQLErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.pull("topic", map[string]string{"a.sql": "x"})
	contents := w.asBot(&github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Contents: new("read")}})
	for name, c := range map[string]struct {
		client *github.Client
		query  string
		kind   string
		words  string
		data   bool
	}{
		"unknown field":        {w.asBot(), `{repository(owner:"acme",name:"reports"){nobody}}`, "", "nobody", false},
		"syntax":               {w.asBot(), `{repository(`, "", "Expected", false},
		"missing variable":     {w.asBot(), `query($n:Int!){repository(owner:"acme",name:"reports"){pullRequest(number:$n){number}}}`, "", "must be defined", false},
		"no such repository":   {w.asBot(), `{repository(owner:"acme",name:"none"){id}}`, "NOT_FOUND", "acme/none", true},
		"hidden repository":    {w.asPerson("eve"), `{repository(owner:"acme",name:"reports"){id}}`, "NOT_FOUND", "acme/reports", true},
		"no such pull request": {w.asBot(), `{repository(owner:"acme",name:"reports"){pullRequest(number:99){id}}}`, "NOT_FOUND", "99", true},
		"without permission":   {contents, fmt.Sprintf(`{repository(owner:"acme",name:"reports"){id pullRequest(number:%d){id}}}`, n), "FORBIDDEN", "not accessible", true},
		"without first": {w.asBot(), fmt.Sprintf(`{repository(owner:"acme",name:"reports"){pullRequest(number:%d){reviewThreads{totalCount}}}}`, n),
			"MISSING_PAGINATION_BOUNDARIES", "reviewThreads", true},
		"too many": {w.asBot(), fmt.Sprintf(`{repository(owner:"acme",name:"reports"){pullRequest(number:%d){reviewThreads(first:101){totalCount}}}}`, n),
			"EXCESSIVE_PAGINATION", "100 records", true},
	} {
		got := w.ask(c.client, c.query, nil)
		if len(got.Errors) != 1 || got.Errors[0].Type != c.kind || !strings.Contains(got.Errors[0].Message, c.words) || (got.Data != nil) != c.data {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestRateLimitInGraphQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bot := w.asBot()
	left := func() float64 {
		t.Helper()
		n, _ := at(w.ask(bot, `{rateLimit{cost limit remaining used resetAt nodeCount}}`, nil).Data, "rateLimit", "remaining").(float64)
		return n
	}
	if first, second := left(), left(); second != first-1 {
		t.Errorf("remaining: %v, then %v", first, second)
	}
}

func TestGraphQLLimitIsSaidUnder200(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *githubsim.Options) { o.Limits = &githubsim.Limits{PerHour: 2} })
	bot := w.asBot()
	var got result
	for range 3 {
		got = w.ask(bot, `{rateLimit{remaining}}`, nil)
	}
	if got.Data != nil || len(got.Errors) != 1 || got.Errors[0].Type != "RATE_LIMITED" {
		t.Errorf("the third query of two: %+v", got)
	}
	w.clock.Advance(time.Hour)
	if got := w.ask(bot, `{rateLimit{remaining}}`, nil); len(got.Errors) > 0 {
		t.Errorf("an hour later: %+v", got)
	}
}

func TestDirectivesAndMergedSelections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.ask(w.asBot(), `query($yes:Boolean!){repository(owner:"acme",name:"reports"){
		name @skip(if:$yes) id @include(if:$yes) defaultBranchRef{name} ...{defaultBranchRef{target{__typename}}}}}`, map[string]any{"yes": true})
	r, _ := at(got.Data, "repository").(map[string]any)
	if r["name"] != nil || r["id"] == nil || at(r, "defaultBranchRef", "name") != "main" || at(r, "defaultBranchRef", "target", "__typename") != "Commit" {
		t.Errorf("got %v, errors %v", r, got.Errors)
	}
}

func FuzzGraphQL(f *testing.F) {
	for _, seed := range []string{pullQuery, `{a:repository(owner:"acme",name:"reports"){object(expression:":"){oid}}}`, `{rateLimit{cost}}`,
		`{repository(owner:"acme",name:"reports"){pullRequest(number:1){reviewThreads(first:-1,after:"-9"){nodes{id}}}}}`, `fragment a on Query{...a} {...a}`} {
		f.Add(seed)
	}
	w := &world{Sim: githubsim.New(githubsim.Options{Limits: &githubsim.Limits{Off: true}})}
	if _, err := w.CreateOrg("acme", ""); err != nil {
		f.Fatal(err)
	}
	if _, err := w.CreateRepo(githubsim.RepoSpec{Name: reports, Files: map[string]string{"a": "b"}}); err != nil {
		f.Fatal(err)
	}
	if _, err := w.CreateUser("ada", ""); err != nil {
		f.Fatal(err)
	}
	token, err := w.UserToken("ada")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, query string) {
		body := mustJSON(t, map[string]any{"query": query, "variables": map[string]any{"n": 1}})
		req, err := http.NewRequest(http.MethodPost, "http://x/graphql", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK || !json.Valid(rec.Body.Bytes()) {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
}
