package githubsim_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/githubsim/contract"
	"github.com/skein-bot/skein/internal/testenv"
)

// TestMain holds a full run to its lists: an exception that excused nothing has outlived its reason, and an
// operation that nobody speaks has no place in the trim.
func TestMain(m *testing.M) {
	code := m.Run()
	v, err := validator()
	full := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && !testing.Short()
	if code == 0 && full && err == nil && v != nil && flag.Lookup("test.fuzz").Value.String() == "" {
		if idle := idle(v); len(idle) > 0 {
			fmt.Fprintln(os.Stderr, strings.Join(idle, "\n"))
			code = 1
		}
	}
	os.Exit(code)
}

// idle lists what a full run did not need.
func idle(v *contract.Validator) []string {
	var out []string
	for _, x := range v.Unused() {
		out = append(out, "contract/exceptions.txt: "+x)
	}
	for _, id := range contract.Operations() {
		if v.Seen(id) == 0 {
			out = append(out, "contract/operations.txt: "+id+": no test uses it")
		}
	}
	return out
}

// TestContractsAreThere says when nothing is validated: a run without the descriptions must not pass for one with.
func TestContractsAreThere(t *testing.T) {
	t.Parallel()
	v, err := validator()
	if err != nil {
		t.Fatal(err)
	}
	if v == nil {
		testenv.Lacks(t, "exchanges and webhooks are not validated: run .ci/contracts")
	}
}

// taken is one exchange as it went over the wire.
type taken struct {
	req    *http.Request
	sent   []byte
	status int
	header http.Header
	body   []byte
}

// record is a client whose exchanges are written down.
func (l *listener) record() (*github.Client, *[]taken) {
	l.Helper()
	c := l.asBot()
	var all []taken
	next := c.Client().Transport
	c2 := github.NewClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		x := taken{req: r}
		if r.Body != nil {
			x.sent, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(x.sent))
		}
		resp, err := next.RoundTrip(r)
		if err == nil {
			x.body, _ = io.ReadAll(resp.Body)
			resp.Body = io.NopCloser(bytes.NewReader(x.body))
			x.status, x.header = resp.StatusCode, resp.Header
			all = append(all, x)
		}
		return resp, err
	})})
	c2.BaseURL = c.BaseURL
	return c2, &all
}

// TestPlainReads reads what no other test has a reason to read.
func TestPlainReads(t *testing.T) {
	t.Parallel()
	l := listen(t)
	c := l.asBot()
	l.ci(reports, githubsim.Report{Name: "build", Conclusion: "success"})
	n, err := l.As("ada").OpenIssue(reports, "x", "y", "bug")
	l.must(err)
	l.pull("topic", map[string]string{"a.sql": "x"})
	sha := string(l.push(reports, "topic", map[string]string{"b.sql": "y"}))
	l.settle()
	suites, _, err := c.Checks.ListCheckSuitesForRef(ctx, "acme", "reports", sha, nil)
	l.must(err)
	suite, _, err := c.Checks.GetCheckSuite(ctx, "acme", "reports", suites.CheckSuites[0].GetID())
	l.must(err)
	label, _, err := c.Issues.GetLabel(ctx, "acme", "reports", "BUG")
	l.must(err)
	pulls, _, err := c.PullRequests.ListPullRequestsWithCommit(ctx, "acme", "reports", sha, nil)
	l.must(err)
	tree, _, err := c.Git.GetTree(ctx, "acme", "reports", sha, false)
	l.must(err)
	blob, _, err := c.Git.GetBlob(ctx, "acme", "reports", tree.Entries[0].GetSHA())
	l.must(err)
	app, _, err := c.Apps.Get(ctx, "listener")
	l.must(err)
	user, _, err := c.Users.Get(ctx, "ada")
	l.must(err)
	ofOrg, _, err := c.Repositories.ListByOrg(ctx, "acme", nil)
	l.must(err)
	ofUser, _, err := c.Repositories.ListByUser(ctx, "ada", nil)
	l.must(err)
	got := fmt.Sprintln(suite.GetHeadSHA() == sha, label.GetName(), n, len(pulls), blob.GetContent() != "", app.GetID() == l.app.ID,
		user.GetLogin(), len(ofOrg), len(ofUser))
	if want := "true bug 1 1 true true ada 1 0\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestMutatedExchangesAreRejected spoils real exchanges in every place, one at a time: a value of another type
// where GitHub says which one, and a field left out. What passes all the same must be what the description leaves open.
func TestMutatedExchangesAreRejected(t *testing.T) {
	t.Parallel()
	v, err := validator()
	if err != nil {
		t.Fatal(err)
	}
	if v == nil {
		testenv.Lacks(t, "GitHub's descriptions are not there: run .ci/contracts")
	}
	l := listen(t)
	rejected, passed := 0, map[string]int{}
	for _, x := range l.conversation() {
		for place, body := range spoil(x.body) {
			if v.Exchange(x.req, x.sent, x.status, x.header, body) != nil {
				rejected++
			} else {
				passed[strings.SplitN(place, " ", 2)[0]]++
			}
		}
		for place, sent := range spoil(x.sent) {
			if strings.HasPrefix(place, "retyped") && v.Exchange(x.req, sent, x.status, x.header, x.body) == nil {
				t.Errorf("%s %s: request accepted: %s", x.req.Method, x.req.URL.Path, place)
			}
		}
	}
	total := rejected + passed["retyped"] + passed["dropped"]
	t.Logf("%d of %d mutations rejected; passed: %v", rejected, total, passed)
	if rejected < 500 || passed["retyped"] > 0 {
		t.Errorf("only %d of %d mutations were rejected: %v passed", rejected, total, passed)
	}
}

// conversation does a little of everything and returns the exchanges.
func (l *listener) conversation() []taken {
	l.Helper()
	c, all := l.record()
	l.ci(reports, githubsim.Report{Name: "build", Conclusion: "success"}, githubsim.Report{Name: "s", Kind: githubsim.Status, Conclusion: "success"})
	n := l.pull("topic", map[string]string{"a.sql": "x"})
	l.settle()
	sha := l.push(reports, "main", map[string]string{"b.sql": "x"})
	l.settle()
	done := func(_ any, _ *github.Response, err error) { l.must(err) }
	done(c.Repositories.Get(ctx, "acme", "reports"))
	done(c.PullRequests.Get(ctx, "acme", "reports", n))
	done(c.Git.GetRef(ctx, "acme", "reports", "heads/main"))
	done(c.Checks.ListCheckRunsForRef(ctx, "acme", "reports", string(sha), nil))
	done(c.Checks.ListCheckSuitesForRef(ctx, "acme", "reports", string(sha), nil))
	done(c.Checks.CreateCheckRun(ctx, "acme", "reports", github.CreateCheckRunOptions{Name: "skein", HeadSHA: string(sha)}))
	done(c.Repositories.GetCombinedStatus(ctx, "acme", "reports", string(sha), nil))
	done(c.Actions.ListRepositoryWorkflowRuns(ctx, "acme", "reports", nil))
	done(c.Issues.Create(ctx, "acme", "reports", &github.IssueRequest{Title: new("t"), Body: new("b")}))
	done(c.Issues.CreateComment(ctx, "acme", "reports", n, &github.IssueComment{Body: new("b")}))
	done(c.Issues.CreateLabel(ctx, "acme", "reports", &github.Label{Name: new("l"), Color: new("ffffff")}))
	done(c.Repositories.CreateDeployment(ctx, "acme", "reports", &github.DeploymentRequest{Ref: new("main")}))
	return *all
}

// spoil returns a JSON object with each of its values, down to the second level, retyped or dropped.
func spoil(body []byte) map[string][]byte {
	var o map[string]any
	if json.Unmarshal(body, &o) != nil {
		return nil
	}
	out := map[string][]byte{}
	each := func(in map[string]any, prefix string) {
		for _, key := range slices.Sorted(maps.Keys(in)) {
			was := in[key]
			in[key] = retyped(was)
			out["retyped "+prefix+key], _ = json.Marshal(o)
			delete(in, key)
			out["dropped "+prefix+key], _ = json.Marshal(o)
			in[key] = was
		}
	}
	each(o, "/")
	for key, v := range o {
		if inner, ok := v.(map[string]any); ok {
			each(inner, "/"+key+"/")
		}
	}
	return out
}

// retyped returns something of another type that GitHub nowhere takes for it.
func retyped(v any) any {
	if _, ok := v.([]any); ok {
		return 7.5
	}
	return []any{[]any{7.5}}
}
