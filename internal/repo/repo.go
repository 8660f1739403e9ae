// Package repo names repositories, commits and places in files.
//
// It is the lowest room of the house: a repository is known by its id, which survives renames and transfers,
// and carries its name only to be shown and to build request paths. Nothing here does I/O.
package repo

import (
	"cmp"
	"fmt"
	"strings"
)

// ID is GitHub's numeric repository id. It stays when a repository is renamed or transferred.
type ID int64

// SHA is a full commit or tree id in lower-case hex, or empty when unknown.
type SHA string

// Short returns the first seven characters, as people write commits.
func (s SHA) Short() string { return string(s[:min(7, len(s))]) }

// Name is OWNER/NAME as people write it.
type Name struct {
	Owner string `json:"owner"`
	Name  string `json:"name"`
}

// String returns OWNER/NAME.
func (n Name) String() string { return n.Owner + "/" + n.Name }

// Fold is the name in lower case, which is how GitHub tells names apart.
func (n Name) Fold() Name { return Name{strings.ToLower(n.Owner), strings.ToLower(n.Name)} }

// Same reports whether two names mean one repository.
func (n Name) Same(other Name) bool { return n.Fold() == other.Fold() }

// Compare orders names by owner, then by name.
func (n Name) Compare(other Name) int {
	return cmp.Or(strings.Compare(n.Owner, other.Owner), strings.Compare(n.Name, other.Name))
}

// IsZero reports whether the name is unset.
func (n Name) IsZero() bool { return n == Name{} }

// ParseName reads OWNER/NAME. Both parts follow GitHub's alphabet: letters, digits, dot, dash and underscore.
func ParseName(s string) (Name, error) {
	owner, name, ok := strings.Cut(s, "/")
	if !ok || !plain(owner) || !plain(name) {
		return Name{}, fmt.Errorf("%q is not a repository name: want OWNER/NAME", s)
	}
	return Name{Owner: owner, Name: name}, nil
}

// plain also keeps . and .. out of paths.
func plain(s string) bool {
	return strings.Trim(s, ".") != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

// Repo is a repository that Skein is installed on.
type Repo struct {
	ID            ID         `json:"id"`
	Name          Name       `json:"name"`
	Installation  int64      `json:"installation"`
	DefaultBranch string     `json:"default_branch"` // empty for an empty repository
	Visibility    Visibility `json:"visibility"`
	Archived      bool       `json:"archived,omitempty"`
	Topics        []string   `json:"topics,omitempty"`
}

// Visibility is who may read a repository. What it does not say is read by everybody.
type Visibility string

// In GitHub's words; an internal repository is read by everybody in its enterprise.
const (
	Public   Visibility = "public"
	Internal Visibility = "internal"
	Private  Visibility = "private"
)

// VisibilityOf is what GitHub says in two words, of which it may leave out the second: then no more is known than that
// not everybody reads it.
func VisibilityOf(private bool, said string) Visibility {
	switch {
	case !private:
		return Public
	case Visibility(said) == Internal:
		return Internal
	}
	return Private
}

// Wider reports whether people may read what is v who may not read what is w.
func (v Visibility) Wider(w Visibility) bool { return v.width() > w.width() }

func (v Visibility) width() int {
	switch v {
	case Private:
		return 0
	case Internal:
		return 1
	case Public:
	}
	return 2
}

// Position is a place in a file. Line and Column count from 1, columns in bytes; zero means the whole file.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String returns file:line:column, or what of it is known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}
