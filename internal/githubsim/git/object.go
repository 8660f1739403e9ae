package git

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // git names objects by SHA-1
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/repo"
)

// emptyTree is the id of the tree without entries. Git knows it in every repository.
const emptyTree repo.SHA = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

// object is an object with its canonical bytes, and with a tree's entries.
type object struct {
	id   repo.SHA
	kind Kind
	data []byte
	tree []Entry
}

func newObject(kind Kind, data []byte) object {
	return object{id: hash(kind, data), kind: kind, data: data}
}

func hash(kind Kind, data []byte) repo.SHA {
	var header [32]byte
	h := sha1.New() //nolint:gosec // git names objects by SHA-1
	head := append(header[:0], kind...)
	head = strconv.AppendInt(append(head, ' '), int64(len(data)), 10)
	h.Write(append(head, 0))
	h.Write(data)
	return repo.SHA(hex.EncodeToString(h.Sum(head[:0])))
}

// checkID refuses everything but 40 lower-case hex digits: ids are written to git's standard input, where a name
// such as HEAD:secret or a line break would mean something.
func checkID(id repo.SHA) error {
	ok := len(id) == 40
	for i := 0; ok && i < len(id); i++ {
		c := id[i]
		ok = '0' <= c && c <= '9' || 'a' <= c && c <= 'f'
	}
	if !ok {
		return fmt.Errorf("object id %.60q: %w: want 40 lower-case hex digits", string(id), ErrInvalid)
	}
	return nil
}

func missing(kind Kind, id repo.SHA) error { return fmt.Errorf("%s %s: %w", kind, id, ErrNotFound) }

func unrelated(a, b repo.SHA) error {
	return fmt.Errorf("%s and %s: %w", a.Short(), b.Short(), ErrUnrelated)
}

func checkBlob(data []byte) error {
	if len(data) > MaxBlob {
		return fmt.Errorf("blob of %d bytes: %w: at most %d", len(data), ErrTooLarge, MaxBlob)
	}
	return nil
}

// checkName refuses names that a tree must not hold: they would escape a checkout or reach into its .git.
func checkName(name string) error {
	switch {
	case name == "", name == ".", name == "..", strings.EqualFold(name, ".git"), strings.ContainsAny(name, "/\x00"):
		return fmt.Errorf("file name %.60q: %w", name, ErrInvalid)
	case len(name) > MaxPath:
		return fmt.Errorf("file name of %d bytes: %w: at most %d", len(name), ErrTooLarge, MaxPath)
	}
	return nil
}

// splitPath cuts a path from the root into its names.
func splitPath(path string) ([]string, error) {
	if len(path) > MaxPath {
		return nil, fmt.Errorf("path of %d bytes: %w: at most %d", len(path), ErrTooLarge, MaxPath)
	}
	names := strings.Split(path, "/")
	if len(names) > MaxDepth {
		return nil, fmt.Errorf("path of %d folders: %w: at most %d", len(names), ErrTooLarge, MaxDepth)
	}
	for _, name := range names {
		if err := checkName(name); err != nil {
			return nil, fmt.Errorf("path %.200q: %w", path, err)
		}
	}
	return names, nil
}

// newTree returns the tree of these entries, sorted as git sorts them.
func newTree(entries []Entry) (object, error) {
	if len(entries) > MaxEntries {
		return object{}, fmt.Errorf("tree of %d entries: %w: at most %d", len(entries), ErrTooLarge, MaxEntries)
	}
	entries = slices.Clone(entries)
	slices.SortFunc(entries, compareEntries)
	data := make([]byte, 0, 48*len(entries))
	for i, e := range entries {
		if err := checkEntry(e); err != nil {
			return object{}, err
		}
		if twice(entries, i) {
			return object{}, fmt.Errorf("tree entry %q: %w: it is there twice", e.Name, ErrInvalid)
		}
		data = strconv.AppendUint(data, uint64(e.Mode), 8)
		data = append(append(append(data, ' '), e.Name...), 0)
		data, _ = hex.AppendDecode(data, []byte(e.ID)) // checkEntry saw that it is hex
	}
	tree := newObject(KindTree, data)
	tree.tree = entries
	return tree, nil
}

// twice reports whether an entry's name was there before: just before, or for a folder where a file would stand.
func twice(entries []Entry, i int) bool {
	e := entries[i]
	if i > 0 && entries[i-1].Name == e.Name {
		return true
	}
	if e.Mode != Dir {
		return false
	}
	e.Mode = File
	_, found := slices.BinarySearchFunc(entries, e, compareEntries)
	return found
}

func checkEntry(e Entry) error {
	if err := checkName(e.Name); err != nil {
		return err
	}
	if !e.Mode.valid() {
		return fmt.Errorf("tree entry %q: mode %s: %w", e.Name, e.Mode, ErrInvalid)
	}
	if err := checkID(e.ID); err != nil {
		return fmt.Errorf("tree entry %q: %w", e.Name, err)
	}
	return nil
}

// compareEntries orders as git does: a folder sorts as if its name ended with a slash.
func compareEntries(a, b Entry) int {
	n := min(len(a.Name), len(b.Name))
	if c := strings.Compare(a.Name[:n], b.Name[:n]); c != 0 {
		return c
	}
	return int(a.after(n)) - int(b.after(n))
}

func (e Entry) after(n int) byte {
	switch {
	case n < len(e.Name):
		return e.Name[n]
	case e.Mode == Dir:
		return '/'
	default:
		return 0
	}
}

// parseTree reads a tree's bytes. Modes that old programs wrote are read as git reads them.
func parseTree(data []byte) ([]Entry, error) {
	var entries []Entry
	for rest := data; len(rest) > 0; {
		head, tail, ok := bytes.Cut(rest, []byte{0})
		mode, name, spaced := strings.Cut(string(head), " ")
		bits, err := strconv.ParseUint(mode, 8, 32)
		if !ok || !spaced || err != nil || len(tail) < sha1.Size {
			return nil, fmt.Errorf("tree entry at byte %d: %w", len(data)-len(rest), ErrInvalid)
		}
		if len(entries) == MaxEntries {
			return nil, fmt.Errorf("tree: %w: more than %d entries", ErrTooLarge, MaxEntries)
		}
		id := repo.SHA(hex.EncodeToString(tail[:sha1.Size]))
		entries = append(entries, Entry{Name: name, Mode: canonical(bits), ID: id})
		rest = tail[sha1.Size:]
	}
	return entries, nil
}

func canonical(bits uint64) Mode {
	switch m := Mode(bits & 0o170000); {
	case m == Dir, m == Symlink:
		return m
	case m != 0o100000:
		return Submodule
	case bits&0o100 != 0:
		return Executable
	default:
		return File
	}
}

// encodeCommit returns the canonical bytes of a commit.
func encodeCommit(c Commit) ([]byte, error) {
	if err := checkCommit(c); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	data := make([]byte, 0, 256+len(c.Message))
	data = append(append(append(data, "tree "...), c.Tree...), '\n')
	for _, p := range c.Parents {
		data = append(append(append(data, "parent "...), p...), '\n')
	}
	data = c.Author.append(append(data, "author "...))
	data = c.Committer.append(append(data, "committer "...))
	return append(append(data, '\n'), c.Message...), nil
}

func checkCommit(c Commit) error {
	for _, id := range append([]repo.SHA{c.Tree}, c.Parents...) {
		if err := checkID(id); err != nil {
			return err
		}
	}
	switch {
	case len(c.Parents) > MaxParents:
		return fmt.Errorf("%d parents: %w: at most %d", len(c.Parents), ErrTooLarge, MaxParents)
	case len(c.Message) > MaxMessage:
		return fmt.Errorf("message of %d bytes: %w: at most %d", len(c.Message), ErrTooLarge, MaxMessage)
	case strings.Contains(c.Message, "\x00"):
		return fmt.Errorf("message with a zero byte: %w", ErrInvalid)
	}
	if err := c.Author.check(); err != nil {
		return fmt.Errorf("author: %w", err)
	}
	if err := c.Committer.check(); err != nil {
		return fmt.Errorf("committer: %w", err)
	}
	return nil
}

func (s Signature) check() error {
	const limit = 1 << 12
	switch {
	case strings.TrimSpace(s.Name) == "", strings.ContainsAny(s.Name, "<>\n\x00"), len(s.Name) > limit:
		return fmt.Errorf("name %.60q: %w", s.Name, ErrInvalid)
	case strings.ContainsAny(s.Email, "<>\n\x00"), len(s.Email) > limit:
		return fmt.Errorf("email %.60q: %w", s.Email, ErrInvalid)
	case s.When.Unix() < 0 || s.When.Year() > 9999:
		return fmt.Errorf("time %v: %w: want 1970 to 9999", s.When, ErrInvalid)
	}
	return nil
}

func (s Signature) append(data []byte) []byte {
	_, offset := s.When.Zone()
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	data = append(append(data, strings.TrimSpace(s.Name)...), " <"...)
	data = append(append(data, strings.TrimSpace(s.Email)...), "> "...)
	data = append(strconv.AppendInt(data, s.When.Unix(), 10), ' ', sign)
	hh, mm := offset/3600, offset/60%60
	return append(data, digit(hh/10), digit(hh), digit(mm/10), digit(mm), '\n')
}

func digit(n int) byte { return byte('0' + n%10) }

// parseCommit reads a commit's bytes. Headers that it does not know, such as signatures, are passed over.
func parseCommit(data []byte) (Commit, error) {
	var c Commit
	var err error
	head, message, _ := strings.Cut(string(data), "\n\n")
	c.Message = message
	for line := range strings.SplitSeq(strings.TrimSuffix(head, "\n"), "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "tree":
			c.Tree, err = repo.SHA(value), checkID(repo.SHA(value))
		case "parent":
			c.Parents, err = append(c.Parents, repo.SHA(value)), checkID(repo.SHA(value))
		case "author":
			c.Author, err = parseSignature(value)
		case "committer":
			c.Committer, err = parseSignature(value)
		}
		if err != nil {
			return Commit{}, fmt.Errorf("commit header %q: %w", key, err)
		}
	}
	if c.Tree == "" {
		return Commit{}, fmt.Errorf("commit without tree: %w", ErrInvalid)
	}
	return c, nil
}

func parseSignature(s string) (Signature, error) {
	bad := fmt.Errorf("%.200q: %w: want NAME <EMAIL> SECONDS ZONE", s, ErrInvalid)
	i, j := strings.IndexByte(s, '<'), strings.LastIndexByte(s, '>')
	if i < 0 || j < i {
		return Signature{}, bad
	}
	seconds, zone, _ := strings.Cut(strings.TrimSpace(s[j+1:]), " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	offset, err2 := strconv.Atoi(zone)
	if err != nil || err2 != nil || unix < 0 || offset < -9999 || offset > 9999 {
		return Signature{}, bad
	}
	when := time.Unix(unix, 0).In(fixedZone(offset/100*3600 + offset%100*60))
	return Signature{Name: strings.TrimSpace(s[:i]), Email: strings.TrimSpace(s[i+1 : j]), When: when}, nil
}

func fixedZone(offset int) *time.Location {
	if offset == 0 {
		return time.UTC
	}
	return time.FixedZone("", offset)
}
