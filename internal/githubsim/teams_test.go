package githubsim_test

import (
	"net/http"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/skein-bot/skein/internal/githubsim"
)

// An installation with the right to see members is told who is in a team of its org, and of no other.
func TestTeams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.CreateOrg("globex", "")
	w.must(err)
	w.app, err = w.CreateApp("acme", githubsim.AppSpec{Name: "Members", PEM: testKey(), Permissions: map[string]string{"members": "read"}})
	w.must(err)
	w.installation, err = w.Install(githubsim.InstallSpec{App: w.app.ID, Account: "acme"})
	w.must(err)
	w.SetTeam("acme/Data", "bob")
	w.SetTeam("globex/data", "bob")
	see := w.asBot()
	for path, want := range map[string]int{
		"orgs/acme/teams/data/memberships/Bob":   http.StatusOK,
		"orgs/acme/teams/data/memberships/eve":   http.StatusNotFound,
		"orgs/acme/teams/none/memberships/bob":   http.StatusNotFound,
		"orgs/globex/teams/data/memberships/bob": http.StatusNotFound,
	} {
		req, err := see.NewRequest(http.MethodGet, path, nil)
		w.must(err)
		var got github.Membership
		resp, _ := see.Do(ctx, req, &got)
		if resp == nil || resp.StatusCode != want || (want == http.StatusOK) != (got.GetState() == "active") {
			t.Errorf("%s: %v %v, want %d", path, resp, got, want)
		}
	}
}
