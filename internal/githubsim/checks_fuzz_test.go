package githubsim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/githubsim"
)

// FuzzRequests sends anything to any route: no panic, and whatever is answered is JSON.
func FuzzRequests(f *testing.F) {
	for _, seed := range [][3]string{
		{"POST", "check-runs", `{"name":"x","head_sha":"HEAD","output":{"title":"t","summary":"s","annotations":[{"path":"a"}]}}`},
		{"PATCH", "check-runs/1", `{"status":"completed","output":{}}`},
		{"GET", "commits/main/check-runs?filter=all&per_page=0&page=-1", ``},
		{"GET", "commits/feature/x/status", ``},
		{"POST", "statuses/HEAD", `{"state":"success","context":null,"description":"\ud800"}`},
		{"POST", "actions/runs/9999999999999999999/rerun", `[]`},
		{"POST", "issues", `{"title":"x","labels":[{"name":7},null,"a",{}],"assignees":null}`},
		{"PATCH", "issues/1", `{"labels":null,"state":"closed"}`},
		{"GET", "issues?since=x&labels=,,&sort=updated", ``},
		{"POST", "issues/1/labels", `["a",""]`},
		{"POST", "issues/1/comments", `{"body":7}`},
		{"POST", "issues/comments/1/reactions", `{"content":["+1"]}`},
		{"POST", "deployments", `{"ref":"main","payload":"x"}`},
		{"POST", "deployments/1/statuses", `{"state":1}`},
		{"PUT", "pulls/1/merge", `{"sha":1}`},
		{"DELETE", "issues/1/labels/%2F", ``},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	s := githubsim.New(githubsim.Options{Limits: &githubsim.Limits{Off: true}})
	token := populate(f, s)
	head := string(s.Branches(reports)["main"])
	f.Fuzz(func(t *testing.T, method, path, body string) {
		req, err := http.NewRequest(method, "http://x/repos/acme/reports/"+path, strings.NewReader(strings.ReplaceAll(body, "HEAD", head)))
		if err != nil {
			return // it is no request
		}
		req.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, req)
		isJSON := strings.HasPrefix(rec.Header().Get("Content-Type"), "application/json")
		if isJSON && !json.Valid(rec.Body.Bytes()) || rec.Code == 0 {
			t.Errorf("%s %s: %d %s", method, path, rec.Code, rec.Body)
		}
	})
}

// populate makes a repository with an issue and a comment, and returns its owner's token.
func populate(f *testing.F, s *githubsim.Sim) string {
	f.Helper()
	must := func(err error) {
		f.Helper()
		if err != nil {
			f.Fatal(err)
		}
	}
	_, err := s.CreateUser("acme", "")
	must(err)
	_, err = s.CreateRepo(githubsim.RepoSpec{Name: reports, Files: map[string]string{"a": "b"}})
	must(err)
	n, err := s.As("acme").OpenIssue(reports, "x", "y", "z")
	must(err)
	_, err = s.As("acme").Comment(reports, n, "x")
	must(err)
	token, err := s.UserToken("acme")
	must(err)
	return token
}
