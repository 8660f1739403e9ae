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
