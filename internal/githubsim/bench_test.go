package githubsim_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
)

// A repository of some age: what most steps of a long run cost.
func BenchmarkRequests(b *testing.B) {
	now := clock.NewVirtual(time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC))
	w := &world{T: &testing.T{}, clock: now, url: "http://sim.example"}
	w.Sim = githubsim.New(githubsim.Options{Clock: now, URL: w.url, Limits: &githubsim.Limits{Off: true}})
	w.populate()
	for i := range 200 {
		n := w.pull(fmt.Sprint("b", i), map[string]string{fmt.Sprint("f", i): "x"})
		if i%2 == 0 {
			_, err := w.As("bob").MergePull(reports, n, githubsim.Merge{Method: "squash"})
			w.must(err)
		}
	}
	token, err := w.UserToken("ada")
	w.must(err)
	for _, path := range []string{
		"/repos/acme/reports", "/repos/acme/reports/pulls/2", "/repos/acme/reports/pulls?per_page=100", "/repos/acme/reports/commits/main",
		"/repos/acme/reports/git/ref/heads/main", "/repos/acme/reports/rules/branches/main",
	} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				req, _ := http.NewRequest("GET", w.url+path, nil)
				req.Header.Set("Authorization", "Bearer "+token)
				resp, err := w.Transport().RoundTrip(req)
				if err != nil || resp.StatusCode != http.StatusOK {
					b.Fatal(resp, err)
				}
				w.shut(resp)
			}
		})
	}
	b.Run("push", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			w.push(reports, "main", map[string]string{"n": fmt.Sprint(i)})
		}
	})
}
