// Package tree reads JSON and YAML into one kind of tree that knows where each value stands.
//
// A schema format that is written in JSON or YAML walks over Nodes and never sees the text; so its errors and
// its fields have positions, in bytes, whichever of the two it was. What is read is bounded in size, depth and
// number of values: an alias in YAML counts anew each time that it is followed, so a bomb stops early.
package tree

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/internal/schema"
)

// The bounds of one file. A schema written by people is far below them.
const (
	maxFile  = 8 << 20 // bytes
	maxDepth = 200     // values within values
	maxNodes = 1 << 20 // values
)

// Kind is what a value is.
type Kind int

// The kinds. A number keeps its spelling.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Map
)

// Read reads a file as YAML where it is called so, else as JSON.
func Read(f schema.File) (*Node, error) {
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".yml", ".yaml":
		return YAML(f)
	}
	return JSON(f)
}

// String says the kind as an error does.
func (k Kind) String() string {
	return [...]string{"null", "true or false", "a number", "text", "a list", "an object"}[k]
}

// Node is one value. Text is what a scalar says, without quotes.
type Node struct {
	Kind    Kind
	Text    string
	Tag     string // that a YAML file gives the value for a program of its own, such as !include
	Pos     repo.Position
	Items   []*Node
	Entries []Entry
	places  map[string]int // of the keys among the entries, when these are many
}

// Entry is one key of an object and its value.
type Entry struct{ Key, Value *Node }

// At returns the value under a key, or nil. A nil node has no keys.
func (n *Node) At(key string) *Node { return n.entry(key).Value }

// Key returns the node of a key itself, or nil.
func (n *Node) Key(key string) *Node { return n.entry(key).Key }

func (n *Node) entry(key string) Entry {
	if n == nil {
		return Entry{}
	}
	if n.places != nil {
		if i, ok := n.places[key]; ok {
			return n.Entries[i]
		}
		return Entry{}
	}
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e
		}
	}
	return Entry{}
}

// index makes finding a key fast, once all entries are there: whoever follows references looks into one object often.
func (n *Node) index() {
	const few = 16
	if len(n.Entries) <= few {
		return
	}
	n.places = make(map[string]int, len(n.Entries))
	for i, e := range n.Entries {
		n.places[e.Key.Text] = i
	}
}

// Is reports whether there is a value of the kind.
func (n *Node) Is(k Kind) bool { return n != nil && n.Kind == k }

// Absent reports whether there is no value, or null.
func (n *Node) Absent() bool { return n == nil || n.Kind == Null }

// Errorf is a fault at the node.
func (n *Node) Errorf(format string, args ...any) error {
	return &schema.ParseError{Position: n.Pos, Msg: fmt.Sprintf(format, args...)}
}

// Shown is how an error quotes the value.
func (n *Node) Shown() string {
	switch n.Kind {
	case String:
		if len(n.Text) > 40 {
			return fmt.Sprintf("%q…", strings.ToValidUTF8(n.Text[:40], ""))
		}
		return strconv.Quote(n.Text)
	case Number, Bool:
		return n.Text
	case Null, List, Map:
	}
	return n.Kind.String()
}

// Str returns text; "" when there is no value. Any other kind is a fault of what.
func (n *Node) Str(what string) (string, error) {
	if n.Absent() {
		return "", nil
	}
	if n.Kind != String {
		return "", n.Errorf("%s is %s; write text", what, n.Shown())
	}
	return n.Text, nil
}

// Int returns a whole number that is not negative, written as such or as text; 0 when there is no value.
func (n *Node) Int(what string) (int, error) {
	if n.Absent() {
		return 0, nil
	}
	if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil && i >= 0 && i <= math.MaxInt32 && (n.Kind == Number || n.Kind == String) {
		return int(i), nil
	}
	return 0, n.Errorf("%s is %s; write a whole number from 0 to %d", what, n.Shown(), math.MaxInt32)
}

// Flag returns true or false; false when there is no value.
func (n *Node) Flag(what string) (bool, error) {
	if n.Absent() {
		return false, nil
	}
	if n.Kind != Bool {
		return false, n.Errorf("%s is %s; write true or false", what, n.Shown())
	}
	return strings.EqualFold(n.Text, "true"), nil
}

// List returns the items of a list; none when there is no value.
func (n *Node) List(what string) ([]*Node, error) {
	if n.Absent() {
		return nil, nil
	}
	if n.Kind != List {
		return nil, n.Errorf("%s is %s; write a list", what, n.Shown())
	}
	return n.Items, nil
}

// Strings returns the texts of a list; none when there is no value.
func (n *Node) Strings(what string) ([]string, error) {
	items, err := n.List(what)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, i := range items {
		if i.Kind != String {
			return nil, i.Errorf("%s holds %s; write text", what, i.Shown())
		}
		out = append(out, i.Text)
	}
	return out, nil
}

// JSON writes the value down as compact JSON, the keys in their order.
func (n *Node) JSON() string {
	var b strings.Builder
	n.json(&b)
	return b.String()
}

func (n *Node) json(b *strings.Builder) {
	switch n.Kind {
	case Null:
		b.WriteString("null")
	case Bool:
		b.WriteString(strings.ToLower(n.Text))
	case Number:
		n.number(b)
	case String:
		quote(b, n.Text)
	case List:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.json(b)
		}
		b.WriteByte(']')
	case Map:
		b.WriteByte('{')
		for i, e := range n.Entries {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(b, e.Key.Text)
			b.WriteByte(':')
			e.Value.json(b)
		}
		b.WriteByte('}')
	}
}

// number writes what JSON has no number for as text, which is how Avro writes it too.
func (n *Node) number(b *strings.Builder) {
	switch n.Text {
	case "NaN", "Infinity", "-Infinity":
		quote(b, n.Text)
	default:
		b.WriteString(n.Text)
	}
}

func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// tooLarge refuses a file by its size alone.
func tooLarge(f schema.File) error {
	if len(f.Content) <= maxFile {
		return nil
	}
	return &schema.ParseError{Position: repo.Position{File: f.Path},
		Msg: fmt.Sprintf("too large for a schema: %d bytes, and at most %d are read; split data from schema", len(f.Content), maxFile)}
}

// lines turns byte offsets into positions. It remembers where it was, for offsets that come in order.
type lines struct {
	file  string
	src   string
	line  int // from 0
	start int // of the line
	seen  int // how far line ends were counted
}

func lineEnd(src string, from int) int {
	if i := strings.IndexByte(src[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(src)
}

func (l *lines) at(offset int) repo.Position {
	if offset < l.start {
		*l = lines{file: l.file, src: l.src}
	}
	for l.seen < offset {
		l.seen = min(lineEnd(l.src[:offset], l.seen)+1, offset)
		if l.src[l.seen-1] == '\n' {
			l.line, l.start = l.line+1, l.seen
		}
	}
	return repo.Position{File: l.file, Line: l.line + 1, Column: offset - l.start + 1}
}
