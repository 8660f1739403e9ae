package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/skein-bot/skein/internal/repo"
)

// enough errors are reported of one file; the work for more would be for nobody.
const enough = 200

// reader collects what is wrong while shapes read nodes.
type reader struct {
	file     string
	keys     []string // from the root to the value being read, for messages
	findings []Finding
	errors   int
}

// full reports whether there are enough errors to stop reading.
func (r *reader) full() bool { return r.errors >= enough }

func (r *reader) top() repo.Position { return repo.Position{File: r.file, Line: 1, Column: 1} }

func (r *reader) errorf(at repo.Position, code Code, format string, args ...any) {
	r.errors++
	r.findings = append(r.findings, Finding{at, Error, code, printable(fmt.Sprintf(format, args...))})
}

func (r *reader) warnf(at repo.Position, code Code, format string, args ...any) {
	r.findings = append(r.findings, Finding{at, Warning, code, printable(fmt.Sprintf(format, args...))})
}

// printable keeps a file from steering the terminal of whoever reads the message.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return unicode.ReplacementChar
		}
		return c
	}, s)
}

// label names the value being read, for the beginning of a message.
func (r *reader) label() string {
	if len(r.keys) == 0 {
		return "the file"
	}
	return r.keys[len(r.keys)-1]
}

func (r *reader) wrong(n *node, want string) {
	if n.kind == broken {
		return
	}
	got := n.kind.String()
	switch n.kind {
	case null:
		got = "nothing; give it a value or leave the key out"
	case boolean, integer, float:
		got += " (" + brief(n.text) + ")"
		if want == text.String() {
			got += fmt.Sprintf("; quote it: %q", n.text)
		}
	case text:
		got = brief(strconv.Quote(n.text))
	case broken, list, mapping:
	}
	r.errorf(n.pos, WrongType, "%s: want %s, found %s", r.label(), want, got)
}

// schema is a JSON Schema, or a part of one.
type schema map[string]any

// shape is one kind of value: how it is read, and what the published JSON Schema says about it.
type shape[T any] struct {
	schema schema
	read   func(*reader, *node) (T, bool)
}

// problem is why a text is not right; the zero problem is none.
type problem struct {
	code    Code
	message string
}

func problemf(code Code, format string, args ...any) problem {
	return problem{code, fmt.Sprintf(format, args...)}
}

// words is text that parse understands.
func words[T any](s schema, parse func(string) (T, problem)) shape[T] {
	return shape[T]{merged(schema{"type": "string"}, s), func(r *reader, n *node) (T, bool) {
		var zero T
		if n.kind != text {
			r.wrong(n, text.String())
			return zero, false
		}
		v, p := parse(n.text)
		if p != (problem{}) {
			r.errorf(n.pos, p.code, "%s: %s", r.label(), p.message)
			return zero, false
		}
		return v, true
	}}
}

// choice is one of a few words. Spellings maps further spellings to the one that is kept.
func choice[T ~string](spellings map[T]T, values ...T) shape[T] {
	all := slices.Concat(values, slices.Sorted(maps.Keys(spellings)))
	s := shape[T]{schema: schema{"type": "string", "enum": all}}
	s.read = func(r *reader, n *node) (T, bool) {
		if n.kind == list || n.kind == mapping || n.kind == null || n.kind == broken {
			r.wrong(n, oneOf(values))
			return "", false
		}
		v := T(n.text)
		if kept, ok := spellings[v]; ok {
			return kept, true
		}
		if n.kind == text && slices.Contains(values, v) {
			return v, true
		}
		r.errorf(n.pos, BadValue, "%s: %s is not %s%s", r.label(), quoted(n.text), oneOf(values), didYouMean(n.text, all))
		return "", false
	}
	return s
}

// number is a whole number from 1 to most.
func number(most int) shape[int] {
	const least = 1
	s := schema{"type": "integer", "minimum": least, "maximum": most}
	return shape[int]{s, func(r *reader, n *node) (int, bool) {
		if n.kind != integer {
			r.wrong(n, integer.String())
			return 0, false
		}
		v, err := strconv.Atoi(n.text)
		if err == nil && least == most && v != least {
			r.errorf(n.pos, OutOfRange, "%s: %d is not known; write %d", r.label(), v, least)
			return 0, false
		}
		if err != nil || v < least || v > most {
			r.errorf(n.pos, OutOfRange, "%s: %s is not a whole number from %d to %d", r.label(), brief(n.text), least, most)
			return 0, false
		}
		return v, true
	}}
}

// yesNo is true or false.
func yesNo() shape[bool] {
	return shape[bool]{schema{"type": "boolean"}, func(r *reader, n *node) (bool, bool) {
		if n.kind == boolean {
			return strings.EqualFold(n.text, "true"), true
		}
		switch strings.ToLower(n.text) {
		case "yes", "on", "y":
			r.errorf(n.pos, WrongType, "%s: want true or false, found %q; did you mean true?", r.label(), n.text)
		case "no", "off", "n":
			r.errorf(n.pos, WrongType, "%s: want true or false, found %q; did you mean false?", r.label(), n.text)
		default:
			r.wrong(n, boolean.String())
		}
		return false, false
	}}
}

// said tells a value that was written from one that was not.
func said[T any](s shape[T]) shape[*T] {
	return shape[*T]{s.schema, func(r *reader, n *node) (*T, bool) {
		v, ok := s.read(r, n)
		if !ok {
			return nil, false
		}
		return &v, true
	}}
}

// many is a list. Items that cannot be read are left out; the slice is never nil.
func many[T any](item shape[T]) shape[[]T] { return upTo(5_000, item) }

// upTo is a list with at most so many items.
func upTo[T any](most int, item shape[T]) shape[[]T] {
	return shape[[]T]{schema{"type": "array", "items": item.schema, "maxItems": most}, func(r *reader, n *node) ([]T, bool) {
		out := []T{}
		if n.kind != list {
			r.wrong(n, list.String())
			return nil, false
		}
		if len(n.items) > most {
			r.errorf(n.items[most].pos, TooLarge, "%s: %d entries are too many; at most %d", r.label(), len(n.items), most)
			return out, true
		}
		for _, i := range n.items {
			if r.full() {
				break
			}
			if v, ok := item.read(r, i); ok {
				out = append(out, v)
			}
		}
		return out, true
	}}
}

// set is a list without repetitions.
func set[T comparable](item shape[T]) shape[[]T] {
	all := many(item)
	return shape[[]T]{merged(all.schema, schema{"uniqueItems": true}), func(r *reader, n *node) ([]T, bool) {
		before := len(r.findings)
		out, ok := all.read(r, n)
		if !ok || len(r.findings) > before {
			return out, ok
		}
		seen := map[T]bool{}
		for i, v := range out {
			if seen[v] {
				r.errorf(n.items[i].pos, Duplicate, "%s: %s stands in the list twice", r.label(), quoted(n.items[i].text))
			}
			seen[v] = true
		}
		return out, true
	}}
}
