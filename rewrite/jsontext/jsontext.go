// Package jsontext reads JSON as text: each value with the bytes that it takes, so that a rewriter replaces a few of
// them and leaves every other byte, blanks and order of keys included, as it is.
//
// Parse is bounded in size and depth, and refuses an object that has a key twice: which of the two counts is for
// every reader to say, so nobody can tell what an edit would mean.
package jsontext

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/skein-bot/skein/rewrite"
)

// The bounds of a file.
const (
	maxFile  = 8 << 20
	maxDepth = 200
)

// Node is a JSON value, and the bytes from Start to End (exclusive) that it takes.
type Node struct {
	Start, End int
	Kind       byte   // { [ " or 0 for a number, true, false and null
	Text       string // of a text, without quotes and escapes
	Keys       []Node // of an object
	Items      []Node // the values of an object or of a list
}

// At returns the value of an object's key, or nil.
func (n *Node) At(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Keys {
		if n.Keys[i].Text == key {
			return &n.Items[i]
		}
	}
	return nil
}

// Is reports whether there is a value, and of this kind.
func (n *Node) Is(kind byte) bool { return n != nil && n.Kind == kind }

// Word returns a text's value, "" for anything else.
func (n *Node) Word() string {
	if n.Is('"') {
		return n.Text
	}
	return ""
}

// List returns the items of a list, none for anything else.
func (n *Node) List() []Node {
	if n.Is('[') {
		return n.Items
	}
	return nil
}

// Each gives every key of a value, and every value that holds no other, with the key that they stand under.
func (n *Node) Each(visit func(n *Node, under string, isKey bool)) { n.each("", visit) }

func (n *Node) each(under string, visit func(n *Node, under string, isKey bool)) {
	for i := range n.Items {
		inner := under
		if n.Is('{') {
			inner = n.Keys[i].Text
			visit(&n.Keys[i], under, true)
		}
		n.Items[i].each(inner, visit)
	}
	if len(n.Items) == 0 {
		visit(n, under, false)
	}
}

// Says reports whether a name stands in a text as a word of its own, in what it means or as it is written.
func (n *Node) Says(src []byte, name string) bool {
	return rewrite.HasWord(n.Text, name) || rewrite.HasWord(string(src[n.Start:n.End]), name)
}

// Quote writes a text as JSON. Bytes that are no UTF-8 become U+FFFD.
func Quote(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Parse reads one JSON value, after a byte order mark or without one.
func Parse(src []byte) (Node, error) {
	if len(src) > maxFile {
		return Node{}, errors.New("the file is larger than 8 MiB")
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	r := reader{src: string(src), i: len(src) - len(text)}
	if err := r.shallow(); err != nil {
		return Node{}, err
	}
	if err := valid(text); err != nil {
		return Node{}, err
	}
	n := r.value()
	return n, r.double
}

// valid asks the standard library, so that the reader only has to find places.
func valid(text string) error {
	var raw json.RawMessage
	err := json.Unmarshal([]byte(text), &raw)
	if at, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("line %d is no JSON", 1+strings.Count(text[:min(int(at.Offset), len(text))], "\n"))
	}
	return err
}

type reader struct {
	src    string
	i      int
	double error // the first key that an object has twice
}

// shallow refuses what nests deeper than any honest schema.
func (r *reader) shallow() error {
	depth, quoted := 0, false
	for i := r.i; i < len(r.src); i++ {
		switch c := r.src[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("line %d nests values more than %d deep", 1+strings.Count(r.src[:i], "\n"), maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// skip passes over blanks and the signs between values.
func (r *reader) skip() {
	for r.i < len(r.src) && strings.IndexByte(" \t\r\n,:", r.src[r.i]) >= 0 {
		r.i++
	}
}

func (r *reader) value() Node {
	r.skip()
	n := Node{Start: r.i}
	switch c := r.src[r.i]; c {
	case '{':
		n.Kind = c
		r.object(&n)
	case '[':
		n.Kind = c
		for r.i, n.Items = r.i+1, nil; !r.ends(']'); {
			n.Items = append(n.Items, r.value())
		}
	case '"':
		n.Kind = c
		n.Text = r.text()
	default:
		for r.i < len(r.src) && strings.IndexByte(" \t\r\n,:]}", r.src[r.i]) < 0 {
			r.i++
		}
	}
	n.End = r.i
	return n
}

func (r *reader) object(n *Node) {
	seen := map[string]bool{}
	for r.i++; !r.ends('}'); {
		key := r.value()
		if seen[key.Text] && r.double == nil {
			r.double = fmt.Errorf("line %d has the key %.80q twice in one object", 1+strings.Count(r.src[:key.Start], "\n"), key.Text)
		}
		seen[key.Text] = true
		n.Keys = append(n.Keys, key)
		n.Items = append(n.Items, r.value())
	}
}

// ends passes over the sign that ends an object or a list, if it is next.
func (r *reader) ends(sign byte) bool {
	r.skip()
	if r.src[r.i] != sign {
		return false
	}
	r.i++
	return true
}

func (r *reader) text() string {
	from := r.i
	for r.i++; r.src[r.i] != '"'; r.i++ {
		if r.src[r.i] == '\\' {
			r.i++
		}
	}
	r.i++
	var s string
	if json.Unmarshal([]byte(r.src[from:r.i]), &s) != nil {
		return ""
	}
	return s
}
