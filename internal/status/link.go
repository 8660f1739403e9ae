package status

import (
	"fmt"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// Pull is the address of a pull request; the number of an issue leads to the issue.
func (l Links) Pull(r repo.Name, number int) string {
	return fmt.Sprintf("%s/pull/%d", l.Repo(r), number)
}

// Issue is the address of an issue.
func (l Links) Issue(r repo.Name, number int) string {
	return fmt.Sprintf("%s/issues/%d", l.Repo(r), number)
}

// Commit is the address of a commit.
func (l Links) Commit(r repo.Name, sha repo.SHA) string {
	return fmt.Sprintf("%s/commit/%s", l.Repo(r), escapePath(string(sha)))
}

// Line is the address of a line of a file at a commit.
func (l Links) Line(r repo.Name, at repo.SHA, file string, line int) string {
	url := fmt.Sprintf("%s/blob/%s/%s", l.Repo(r), escapePath(string(at)), escapePath(file))
	if line > 0 {
		url += fmt.Sprintf("#L%d", line)
	}
	return url
}

// Repo is the address of a repository.
func (l Links) Repo(r repo.Name) string {
	return fmt.Sprintf("%s/%s/%s", strings.TrimSuffix(l.Web, "/"), escapePath(r.Owner), escapePath(r.Name))
}

// escapePath keeps a path from ending the link that it stands in.
func escapePath(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(plain, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

// link shows a name that leads somewhere.
func link(name, url string) string { return to(code(name), url) }

// to makes a link of Markdown, unless the address is longer than any that people have.
func to(label, url string) string {
	const longest = 1500
	if len(url) > longest {
		return label
	}
	return fmt.Sprintf("[%s](%s)", label, url)
}

// result links a check's page if GitHub itself serves it: any app may name any address as its own.
func (l Links) result(label, url string) string {
	const odd = "\"'`<>()[]\\ |"
	rest, ours := strings.CutPrefix(url, strings.TrimSuffix(l.Web, "/")+"/")
	if !ours || l.Web == "" || len(url) > sentence || strings.ContainsAny(rest, odd) || clean(rest, sentence) != rest {
		return label
	}
	return fmt.Sprintf("[%s](%s)", label, url)
}
