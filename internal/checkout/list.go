package checkout

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Query says what to take from a tree. Zero bounds take the defaults.
type Query struct {
	// Want says which files to take, by their paths from the tree's folder, with slashes. A tree of a single
	// file holds that one, wanted or not.
	Want func(path string) bool
	// Also says which files to take beside the wanted ones, as long as they are fit and MaxBeside allows it. Those
	// that are left out are not reported.
	Also    func(path string) bool
	Ignored bool   // take files that git ignores, too
	Only    string // look nowhere but at this path

	MaxFiles   int   // wanted files; 200,000
	MaxEntries int   // files and folders looked at, wanted or not; 2,000,000
	MaxFile    int64 // bytes of one file, larger ones are skipped; 2 MiB
	MaxTotal   int64 // bytes of all wanted files; 256 MiB
	MaxBeside  int64 // bytes of all files that Also takes; 64 MiB
}

func (q Query) withDefaults() Query {
	q.MaxFiles = cmp.Or(q.MaxFiles, 200_000)
	q.MaxEntries = cmp.Or(q.MaxEntries, 2_000_000)
	q.MaxFile = cmp.Or(q.MaxFile, 2<<20)
	q.MaxTotal = cmp.Or(q.MaxTotal, 256<<20)
	q.MaxBeside = cmp.Or(q.MaxBeside, 64<<20)
	if q.Also == nil {
		q.Also = func(string) bool { return false }
	}
	return q
}

// Entry is a file that can be read.
type Entry struct {
	Path string
	Size int64

	id     string // of the blob at a commit
	beside bool   // nobody wants it; Also does
}

// Skipped is a file that was wanted and cannot be taken, and why.
type Skipped struct {
	Path   string
	Reason string
}

// List returns the wanted files in git's order, which is that of their paths' bytes, and those that are unfit.
func (t *Tree) List(ctx context.Context, q Query) ([]Entry, []Skipped, error) {
	s := &scan{Query: q.withDefaults(), where: t.arg}
	if err := t.from.list(ctx, s); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(s.entries, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	s.entries = s.within()
	slices.SortFunc(s.skipped, func(a, b Skipped) int { return cmp.Compare(a.Path, b.Path) })
	return s.entries, s.skipped, nil
}

// scan collects what a source finds.
type scan struct {
	Query
	where   string
	looked  int
	wanted  int
	total   int64
	entries []Entry
	skipped []Skipped
}

// The kinds of entry.
type kind uint8

const (
	regular kind = iota
	link
	special // a device, a pipe, a socket
	absent  // of a checkout that does not hold all of its history
)

// look counts an entry, wanted or not.
func (s *scan) look() error {
	s.looked++
	if s.looked > s.MaxEntries {
		return fmt.Errorf("%s: more than %d files and folders; name the folder of one repository", s.where, s.MaxEntries)
	}
	return nil
}

// found takes an entry, skips it, or leaves it alone because nobody wants it.
func (s *scan) found(e Entry, k kind) error {
	if inGit(e.Path) {
		return nil
	}
	if odd(e.Path) {
		s.skip(strings.ToValidUTF8(e.Path, "?"), "unusual characters in its path")
		return nil
	}
	if !s.Want(e.Path) {
		if e.beside = k == regular && e.Size <= s.MaxFile && s.Also(e.Path); !e.beside {
			return nil
		}
		s.entries = append(s.entries, e)
		return nil
	}
	switch {
	case k == link:
		s.skip(e.Path, "a link")
	case k == absent:
		s.skip(e.Path, "not in this checkout, which holds a part of the repository")
	case k != regular:
		s.skip(e.Path, "not a regular file")
	case e.Size > s.MaxFile:
		s.skip(e.Path, fmt.Sprintf("larger than %d bytes", s.MaxFile))
	default:
		return s.take(e)
	}
	return nil
}

// within drops what lies beside the wanted files and no longer fits, in the order in which an archive has it.
func (s *scan) within() []Entry {
	sum := int64(0)
	return slices.DeleteFunc(s.entries, func(e Entry) bool {
		if !e.beside || sum+e.Size > s.MaxBeside {
			return e.beside
		}
		sum += e.Size
		return false
	})
}

func (s *scan) take(e Entry) error {
	s.total += e.Size
	s.wanted++
	s.entries = append(s.entries, e)
	switch {
	case s.wanted > s.MaxFiles:
		return fmt.Errorf("%s: more than %d wanted files", s.where, s.MaxFiles)
	case s.total > s.MaxTotal:
		return fmt.Errorf("%s: more than %d bytes of wanted files", s.where, s.MaxTotal)
	}
	return nil
}

// maxSkipped bounds the report.
const maxSkipped = 1000

func (s *scan) skip(path, reason string) {
	if len(s.skipped) < maxSkipped {
		s.skipped = append(s.skipped, Skipped{Path: path, Reason: reason})
	}
}

// inGit reports whether a path leads into a .git folder.
func inGit(file string) bool {
	for part := range strings.SplitSeq(file, "/") {
		if strings.EqualFold(part, ".git") {
			return true
		}
	}
	return false
}

// odd reports a path that no archive would be trusted with either.
func odd(file string) bool {
	return file != path.Clean(file) || strings.HasPrefix(file, "../") || strings.HasPrefix(file, "/") ||
		!utf8.ValidString(file) || strings.Contains(file, `\`) || strings.ContainsFunc(file, unicode.IsControl)
}
