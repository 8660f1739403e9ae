package wave_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/wave"
)

func member(id int64, name string, topics []string, owners ...string) wave.Member {
	n, err := repo.ParseName(name)
	if err != nil {
		panic(err)
	}
	return wave.Member{Repo: repo.Repo{ID: repo.ID(id), Name: n, Topics: topics}, Owners: owners}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	members := []wave.Member{
		member(1, "acme/reports", nil), member(2, "Acme/Billing", []string{"tier-1"}), member(3, "acme/ml-train", nil, "@acme/ml"),
		member(4, "acme/ml-serve", nil, "@acme/ML", "@bo"), member(5, "other/tool", nil), member(6, "acme/ads", nil),
	}
	for _, test := range []struct {
		name  string
		waves []wave.Wave
		want  map[repo.ID]string
	}{
		{"no waves: one", nil, map[repo.ID]string{1: "rest", 2: "rest", 3: "rest", 4: "rest", 5: "rest", 6: "rest"}},
		{"by name, topic, owner, and who is left", []wave.Wave{{Name: "a", Repos: []string{"acme/reports"}}, {Name: "b", Topics: []string{"tier-1"}}, {Name: "c", Owners: []string{"@acme/ml"}}},
			map[repo.ID]string{1: "a", 2: "b", 3: "c", 4: "c", 5: "rest", 6: "rest"}},
		{"patterns, in GitHub's loose case", []wave.Wave{{Name: "a", Repos: []string{"ACME/*l*"}}, {Name: "b", Repos: []string{"**"}}},
			map[repo.ID]string{1: "b", 2: "a", 3: "a", 4: "a", 5: "b", 6: "b"}},
		{"the first that fits", []wave.Wave{{Name: "a", Repos: []string{"acme/ml-*"}}, {Name: "b", Owners: []string{"@bo"}}},
			map[repo.ID]string{1: "rest", 2: "rest", 3: "a", 4: "a", 5: "rest", 6: "rest"}},
		{"a wave that says nothing takes all", []wave.Wave{{Name: "a", Repos: []string{"other/*"}}, {Name: "b"}},
			map[repo.ID]string{1: "b", 2: "b", 3: "b", 4: "b", 5: "a", 6: "b"}},
		{"rest is taken", []wave.Wave{{Name: "rest", Repos: []string{"other/*"}}},
			map[repo.ID]string{1: "rest-2", 2: "rest-2", 3: "rest-2", 4: "rest-2", 5: "rest", 6: "rest-2"}},
		{"a pattern that is none matches nothing", []wave.Wave{{Name: "a", Repos: []string{"[", "other/*"}}},
			map[repo.ID]string{1: "rest", 2: "rest", 3: "rest", 4: "rest", 5: "a", 6: "rest"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, wave.Assign(members, test.waves)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestPercentIsDrawnByHash(t *testing.T) {
	t.Parallel()
	var members []wave.Member
	for i := range 100 {
		members = append(members, member(int64(i+1), fmt.Sprintf("acme/r%d", i), nil))
	}
	list := []wave.Wave{{Name: "canary", Percent: 5}, {Name: "half", Percent: 50}}
	got := wave.Assign(members, list)
	size := map[string]int{}
	for _, w := range got {
		size[w]++
	}
	if diff := cmp.Diff(map[string]int{"canary": 5, "half": 48, "rest": 47}, size); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	slices.Reverse(members)
	if diff := cmp.Diff(got, wave.Assign(members, list)); diff != "" {
		t.Errorf("depends on the order\n%s", diff)
	}
	if one := wave.Assign(members[:1], list); len(one) != 1 || one[members[0].Repo.ID] != "canary" {
		t.Errorf("five percent of one is one, got %v", one)
	}
}
