package git

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// checkRefName holds names to git's rules for refs, and to refs/KIND/NAME as GitHub does.
func checkRefName(name string) error {
	rest, ok := strings.CutPrefix(name, "refs/")
	ok = ok && len(name) <= 1024 && strings.Contains(rest, "/") &&
		!strings.Contains(name, "..") && !strings.Contains(name, "@{") && !strings.HasSuffix(name, ".") &&
		strings.IndexFunc(name, forbidden) < 0
	for part := range strings.SplitSeq(name, "/") {
		ok = ok && part != "" && part[0] != '.' && !strings.HasSuffix(part, ".lock")
	}
	if !ok {
		return fmt.Errorf("ref name %.200q: %w: want refs/heads/NAME or alike", name, ErrInvalid)
	}
	return nil
}

func forbidden(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(" ~^:?*[\\", r) }

func noRef(name string) error { return fmt.Errorf("ref %s: %w", name, ErrNotFound) }

func refExists(name string) error { return fmt.Errorf("ref %s: %w", name, ErrExists) }

func stale(name string, want, is repo.SHA) error {
	return fmt.Errorf("ref %s: %w: it is at %s, not %s", name, ErrStale, is.Short(), want.Short())
}

// clash reports whether two different refs cannot both exist because one would be a folder of the other.
func clash(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}
