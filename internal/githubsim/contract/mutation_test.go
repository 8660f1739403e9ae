package contract_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/githubsim/contract"
)

// exchange is a request and its answer. The zero status is 200.
type exchange struct {
	method, path, request string
	status                int
	answer                string
}

func (x exchange) check(v *contract.Validator) error {
	req := httptest.NewRequest(x.method, x.path, strings.NewReader(x.request))
	if x.request != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if x.status == 0 {
		x.status = http.StatusOK
	}
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	return v.Exchange(req, []byte(x.request), x.status, header, []byte(x.answer))
}

// sound returns small exchanges that are right.
func sound() map[string]exchange {
	const refBody = `{"ref":"refs/heads/a/b","node_id":"x","url":"https://x/y","object":{"type":"commit",` +
		`"sha":"aa218f56b14c9653891f9e74264a383fa43fefbd","url":"https://x/y"}}`
	const labelBody = `{"id":1,"node_id":"x","url":"https://x/y","name":"skein:stop","description":null,` +
		`"color":"f29513","default":false}`
	return map[string]exchange{
		"get ref":    {"GET", "/repos/o/r/git/ref/heads/a/b", "", 200, refBody},
		"create ref": {"POST", "/repos/o/r/git/refs", `{"ref":"refs/heads/a/b","sha":"aa218f56b14c9653891f9e74264a383fa43fefbd"}`, 201, refBody},
		"delete ref": {"DELETE", "/repos/o/r/git/refs/heads/a", "", 204, ""},
		"create blob": {"POST", "/repos/o/r/git/blobs", `{"content":"x","encoding":"utf-8"}`, 201,
			`{"url":"https://x/y","sha":"3a0f86fb8db8eea7ccbb9a95f325ddbedfb25e15"}`},
		"merge": {"PUT", "/repos/o/r/pulls/1/merge", `{"sha":"aa218f","merge_method":"squash"}`, 200,
			`{"sha":"6dcb09b5b57875f334f61aebed695e2e4193db5e","merged":true,"message":"Pull Request successfully merged"}`},
		"merge refused": {"PUT", "/repos/o/r/pulls/1/merge", `{"sha":"aa218f"}`, 409,
			`{"message":"Head branch was modified. Review and try the merge again.","documentation_url":"https://x/y"}`},
		"update branch": {"PUT", "/repos/o/r/pulls/1/update-branch", `{"expected_head_sha":"aa218f"}`, 202,
			`{"message":"Updating pull request branch.","url":"https://x/y"}`},
		"create label": {"POST", "/repos/o/r/labels", `{"name":"skein:stop","color":"f29513"}`, 201, labelBody},
		"add labels":   {"POST", "/repos/o/r/issues/7/labels", `{"labels":["skein:stop"]}`, 200, "[" + labelBody + "]"},
		"get contents": {"GET", "/repos/o/r/contents/sql/a.sql?ref=main", "", 404, `{"message":"Not Found","documentation_url":"https://x/y"}`},
		"redeliver":    {"POST", "/app/hook/deliveries/12/attempts", "", 202, `{}`},
		"protection": {"GET", "/repos/o/r/branches/release/1.0/protection", "", 200,
			`{"required_status_checks":{"strict":true,"contexts":["ci"],"checks":[{"context":"ci","app_id":null}]},"lock_branch":{"enabled":false}}`},
		"pulls of a commit": {"GET", "/repos/o/r/commits/a/b/pulls", "", 200, `[]`},
		"rules":             {"GET", "/repos/o/r/rules/branches/a%2Fb", "", 200, `[]`},
		"rate limited":      {"GET", "/rate_limit", "", 429, `{"message":"You have exceeded a secondary rate limit"}`},
		"not modified":      {"GET", "/repos/o/r", "", 304, ""},
		"enterprise":        {"DELETE", "/api/v3/repos/o/r/git/refs/heads/a", "", 204, ""},
	}
}

func TestSoundExchanges(t *testing.T) {
	t.Parallel()
	v := load(t)
	for name, x := range sound() {
		if err := x.check(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMutations takes each sound exchange wrong in one place; every one must be rejected, and for that reason.
func TestMutations(t *testing.T) {
	t.Parallel()
	v := load(t)
	for _, m := range mutations() {
		x, ok := sound()[m.of]
		if !ok {
			t.Fatalf("no exchange %q", m.of)
		}
		changed := m.apply(x)
		if cmp.Equal(x, changed, cmp.AllowUnexported(exchange{})) {
			t.Errorf("%s: %q changes nothing", m.of, m.old)
			continue
		}
		err := changed.check(v)
		if err == nil {
			t.Errorf("%s: accepted with %q for %q, status %d", m.of, m.new, m.old, changed.status)
		} else if !strings.Contains(err.Error(), m.want) {
			t.Errorf("%s: %q for %q: got %v, want it to name %q", m.of, m.new, m.old, err, m.want)
		}
	}
}

// mutation replaces the first old by new in every part of an exchange that holds it, or the status. Without an
// old, new is the answer.
type mutation struct {
	of, old, new string
	status       int
	want         string
}

func (m mutation) apply(x exchange) exchange {
	if m.status != 0 {
		x.status = m.status
	}
	if m.old == "" {
		x.answer += m.new
		return x
	}
	for _, part := range []*string{&x.method, &x.path, &x.request, &x.answer} {
		*part = strings.Replace(*part, m.old, m.new, 1)
	}
	return x
}

func mutations() []mutation {
	return []mutation{
		{"get ref", `"ref":"refs/heads/a/b",`, "", 0, "git/get-ref"},
		{"get ref", `"node_id":"x",`, "", 0, "git/get-ref"},
		{"get ref", `"type":"commit",`, "", 0, "git/get-ref"},
		{"get ref", `"type":"commit"`, `"type":7`, 0, "/object/type"},
		{"get ref", `aa218f56b14c9653891f9e74264a383fa43fefbd`, `aa218f`, 0, "/object/sha"},
		{"get ref", `"object":{`, `"objekt":{`, 0, "object"},
		{"get ref", `/git/ref/`, `/git/reff/`, 0, "no such operation"},
		{"get ref", `GET`, `POST`, 0, "no such operation"},
		{"get ref", `}}`, `}`, 0, "git/get-ref"},
		{"get ref", "", "", 201, "status is not supported"},
		{"create ref", `"sha":"aa218f56b14c9653891f9e74264a383fa43fefbd"}`, `"hash":1}`, 0, "git/create-ref: request"},
		{"create ref", `"ref":"refs/heads/a/b"`, `"ref":null`, 0, "request"},
		{"create ref", `"ref":"refs/heads/a/b"`, `"ref":["refs/heads/a/b"]`, 0, "request"},
		{"create ref", "", "", 200, "status is not supported"},
		{"delete ref", "", "", 200, "status is not supported"},
		{"delete ref", "DELETE", "PUT", 0, "no such operation"},
		{"create blob", `"content":"x",`, ``, 0, "git/create-blob: request"},
		{"create blob", `"encoding":"utf-8"`, `"encoding":8`, 0, "request"},
		{"create blob", `"sha":"3a0f86fb8db8eea7ccbb9a95f325ddbedfb25e15"`, `"sha":null`, 0, "/sha"},
		{"create blob", `"sha":"3a0f86fb8db8eea7ccbb9a95f325ddbedfb25e15"`, `"id":"3a0f"`, 0, "sha"},
		{"merge", `"squash"`, `"fast-forward"`, 0, "/merge_method"},
		{"merge", `"merged":true`, `"merged":"true"`, 0, "/merged"},
		{"merge", `"merged":true,`, ``, 0, "merged"},
		{"merge", `"sha":"aa218f"`, `"sha":12`, 0, "/sha"},
		{"merge", `pulls/1`, `pulls/one`, 0, "pull_number"},
		{"merge", `/merge`, `/merge-now`, 0, "no such operation"},
		{"merge", ``, ``, 202, "status is not supported"},
		{"merge refused", `{"message":"Head branch`, `["Head branch`, 0, "pulls/merge"},
		{"merge refused", `"message":"Head branch was modified. Review and try the merge again."`, `"message":409`, 0, "/message"},
		{"update branch", `"expected_head_sha":"aa218f"`, `"expected_head_sha":{}`, 0, "/expected_head_sha"},
		{"update branch", `"message":"Updating pull request branch."`, `"message":true`, 0, "/message"},
		{"create label", `"name":"skein:stop",`, ``, 0, "request"},
		{"create label", `"default":false`, `"default":"no"`, 0, "/default"},
		{"create label", `"color":"f29513","default"`, `"default"`, 0, "color"},
		{"add labels", `"labels":["skein:stop"]`, `"labels":[]`, 0, "request"},
		{"add labels", `issues/7`, `issues/7.5`, 0, "issue_number"},
		{"get contents", `{"message":"Not Found","documentation_url":"https://x/y"}`, `Not Found`, 0, "repos/get-content"},
		{"redeliver", `/12/`, `/twelve/`, 0, "delivery_id"},
		{"redeliver", `/attempts`, ``, 0, "no such operation"},
		{"protection", `/protection`, `/protection/enforce_admins`, 0, "not on the list"},
		{"protection", `"contexts":["ci"],`, ``, 0, "contexts"},
		{"protection", `"enabled":false`, `"enabled":"no"`, 0, "/lock_branch/enabled"},
		{"protection", `"app_id":null`, `"app_id":"ci"`, 0, "/checks/0/app_id"},
		{"pulls of a commit", `[]`, `{}`, 0, "repos/list-pull-requests-associated-with-commit"},
		{"pulls of a commit", `/pulls`, `/comments`, 0, "not on the list"},
		{"rules", `[]`, `{}`, 0, "repos/get-branch-rules"},
		{"rate limited", `"message":`, `"msg":`, 0, "message"},
		{"rate limited", `{"message":"You have exceeded a secondary rate limit"}`, `slow down`, 0, "JSON"},
		{"not modified", ``, `{}`, 0, "304"},
	}
}

func TestGraphQL(t *testing.T) {
	t.Parallel()
	v := load(t)
	const good = `query($o:String!,$n:Int!){repository(owner:$o,name:"r"){pullRequest(number:$n){state headRefOid}}}`
	vars := map[string]any{"o": "acme", "n": 7}
	if err := v.GraphQL(good, vars); err != nil {
		t.Error(err)
	}
	bad := map[string]struct {
		query string
		vars  map[string]any
	}{
		"unknown field":      {strings.Replace(good, "headRefOid", "headSha", 1), vars},
		"unknown argument":   {strings.Replace(good, `name:"r"`, `nam:"r"`, 1), vars},
		"unknown type":       {strings.Replace(good, "Int!", "Number!", 1), vars},
		"missing variable":   {good, map[string]any{"o": "acme"}},
		"wrong variable":     {good, map[string]any{"o": "acme", "n": "seven"}},
		"unused variable":    {strings.Replace(good, "number:$n", "number:1", 1), vars},
		"leaf with children": {strings.Replace(good, "state", "state{name}", 1), vars},
		"object as leaf":     {`{repository(owner:"o",name:"r")}`, nil},
		"syntax":             {good[:len(good)-1], vars},
		"first over nothing": {`{repository(owner:"o",name:"r"){pullRequests(first:"ten"){totalCount}}}`, nil},
	}
	for name, c := range bad {
		if v.GraphQL(c.query, c.vars) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGraphQLResults(t *testing.T) {
	t.Parallel()
	v := load(t)
	good := exchange{"POST", "/graphql",
		`{"query":"{a:repository(owner:\"o\",name:\"r\"){databaseId pullRequest(number:1){state merged} object(expression:\"x\"){... on Blob{oid isBinary}}}}"}`, 200,
		`{"data":{"a":{"databaseId":1,"pullRequest":{"state":"OPEN","merged":false},"object":{"oid":"aa","isBinary":null}}}}`}
	if err := good.check(v); err != nil {
		t.Error(err)
	}
	for _, m := range [][2]string{
		{`"OPEN"`, `"open"`}, {`"merged":false`, `"merged":0`}, {`"merged":false`, `"mergd":false`},
		{`"databaseId":1`, `"databaseId":"1"`}, {`"state":"OPEN"`, `"state":null`}, {`"a":{`, `"b":{`},
		{`"pullRequest":{"state":"OPEN","merged":false}`, `"pullRequest":[]`}, {`"data":`, `"daten":`},
		{`pullRequest(number:1)`, `pullRequest`},
	} {
		bad := good
		bad.request, bad.answer = strings.Replace(good.request, m[0], m[1], 1), strings.Replace(good.answer, m[0], m[1], 1)
		if bad.check(v) == nil {
			t.Errorf("%q for %q: accepted", m[1], m[0])
		}
	}
	refused := exchange{"POST", "/graphql", `{"query":"{nobody}"}`, 200, `{"errors":[{"message":"no such field"}]}`}
	if err := refused.check(v); err != nil {
		t.Errorf("a refused query: %v", err)
	}
}

func TestTransportReports(t *testing.T) {
	t.Parallel()
	v := load(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"sha":1}`))
	}))
	t.Cleanup(server.Close)
	var reported []error
	client := &http.Client{Transport: v.Transport(http.DefaultTransport, func(err error) { reported = append(reported, err) })}
	resp, err := client.Post(server.URL+"/repos/o/r/git/blobs", "application/json", strings.NewReader(`{"content":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if len(reported) != 1 || !strings.Contains(reported[0].Error(), "git/create-blob: response: /sha") {
		t.Errorf("got %v, want one report about /sha", reported)
	}
}
