package avro

import (
	"encoding/json"
	"errors"
	"strings"
)

// The bounds of a file.
const (
	maxFile  = 8 << 20
	maxDepth = 200
)

// node is a JSON value and the bytes that it takes.
type node struct {
	start, end int
	kind       byte   // { [ " or 0 for anything else
	text       string // of a text, without quotes and escapes
	keys       []node // of an object
	items      []node // the values of an object or of a list
}

// at returns the value of a key, or nil.
func (n *node) at(key string) *node {
	if n == nil {
		return nil
	}
	for i := range n.keys {
		if n.keys[i].text == key {
			return &n.items[i]
		}
	}
	return nil
}

func (n *node) is(kind byte) bool { return n != nil && n.kind == kind }

// word returns a text's value, "" for anything else.
func (n *node) word() string {
	if n.is('"') {
		return n.text
	}
	return ""
}

var errDeep = errors.New("values nest too deep")

// parse reads one JSON value. That it is valid the standard library has seen to, so reader only finds places.
func parse(src []byte) (node, error) {
	if len(src) > maxFile {
		return node{}, errors.New("the file is larger than 8 MiB")
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	r := reader{src: string(src), i: len(src) - len(text)}
	if err := r.shallow(); err != nil {
		return node{}, err
	}
	if !json.Valid([]byte(text)) {
		return node{}, errors.New("it is no JSON")
	}
	return r.value(), nil
}

type reader struct {
	src string
	i   int
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
				return errDeep
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

func (r *reader) value() node {
	r.skip()
	n := node{start: r.i}
	switch c := r.src[r.i]; c {
	case '{', '[':
		n.kind = c
		r.i++
		for r.skip(); r.src[r.i] != '}' && r.src[r.i] != ']'; r.skip() {
			if c == '{' {
				n.keys = append(n.keys, r.value())
			}
			n.items = append(n.items, r.value())
		}
		r.i++
	case '"':
		n.kind = c
		n.text = r.text()
	default:
		for r.i < len(r.src) && strings.IndexByte(" \t\r\n,:]}", r.src[r.i]) < 0 {
			r.i++
		}
	}
	n.end = r.i
	return n
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
