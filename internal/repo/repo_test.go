package repo_test

import (
	"testing"

	"github.com/skein-bot/skein/internal/repo"
)

func TestParseName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"acme/reports": "acme/reports", "a-b/c.d_e": "a-b/c.d_e", "acme/.github": "acme/.github",
		"acme": "", "acme/": "", "/reports": "", "a/b/c": "", "../x": "", "x/..": "", "x/.": "", "a b/c": "", "a/b\n": "", "ä/b": "",
	} {
		got, err := repo.ParseName(in)
		if (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("ParseName(%q) = %v, %v, want %q", in, got, err, want)
		}
	}
}

func TestPosition(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]repo.Position{
		"a.sql": {File: "a.sql"}, "a.sql:3": {File: "a.sql", Line: 3}, "a.sql:3:7": {File: "a.sql", Line: 3, Column: 7},
	} {
		if got := p.String(); got != want {
			t.Errorf("%+v is %q, want %q", p, got, want)
		}
	}
	if got := repo.SHA("0123456789abcdef").Short() + repo.SHA("01").Short(); got != "012345601" {
		t.Errorf("Short: %q", got)
	}
}

// What is not known counts as public: nobody is told there what fewer people may read.
func TestWider(t *testing.T) {
	t.Parallel()
	order := []repo.Visibility{repo.Private, repo.Internal, repo.Public}
	for i, v := range order {
		for j, w := range order {
			if v.Wider(w) != (i > j) {
				t.Errorf("%s wider than %s: %t", v, w, v.Wider(w))
			}
		}
	}
	if !repo.Visibility("").Wider(repo.Internal) || repo.Public.Wider("") {
		t.Error("an unknown visibility is not as wide as public")
	}
}
