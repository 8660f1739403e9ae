package githubsim_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/clock"
	"github.com/skein-bot/skein/internal/githubsim"
)

// BenchmarkPush is a push with CI of two jobs, in a world without listeners.
func BenchmarkPush(b *testing.B) {
	c := clock.NewVirtual(time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC))
	s := githubsim.New(githubsim.Options{Clock: c})
	if _, err := s.CreateUser("acme", ""); err != nil {
		b.Fatal(err)
	}
	if _, err := s.CreateRepo(githubsim.RepoSpec{Name: reports, Files: map[string]string{"a": "b"}}); err != nil {
		b.Fatal(err)
	}
	s.SetCI(reports, func(context.Context, githubsim.Commit) []githubsim.Report {
		return []githubsim.Report{{Name: "a", Conclusion: "success"}, {Name: "b", Conclusion: "failure"}}
	})
	for n := 0; b.Loop(); n++ {
		if _, err := s.As("acme").Push(reports, "main", githubsim.Change{Message: "m", Files: map[string]string{"a": fmt.Sprint(n)}}); err != nil {
			b.Fatal(err)
		}
		c.Advance(1)
	}
}
