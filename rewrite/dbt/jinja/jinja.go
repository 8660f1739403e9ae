// Package jinja reads templates as dbt uses them, with the place of everything it reads.
//
// Scan cuts a text into literal text, {{ outputs }}, {% statements %} and {# comments #}; Parse makes a tree of
// them. The reader is tolerant where a template engine would stop: an expression that it does not understand
// becomes Opaque, for the caller to be careful with. What it cannot put into a tree, such as an {% if %} that
// nothing closes, is an error with its place. It evaluates nothing.
package jinja

import (
	"bytes"
	"fmt"
)

// Limits on what is read. Real templates stay far below.
const (
	maxDepth = 100
	maxNodes = 200_000
)

// Error is a template that cannot be read.
type Error struct {
	Offset  int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Message) }

// SegmentKind says what a stretch of a template is.
type SegmentKind uint8

// The stretches of a template.
const (
	TextSegment SegmentKind = iota
	OutputSegment
	StatementSegment
	CommentSegment
)

// Segment is a stretch of a template. Put end to end, the segments are the text again.
type Segment struct {
	Kind       SegmentKind
	Start, End int // delimiters included
	From, To   int // without delimiters and the marks of whitespace control
}

// Scan cuts src[lo:hi] into segments.
func Scan(src []byte, lo, hi int) ([]Segment, error) {
	var out []Segment
	text := lo
	for i := lo; i+1 < hi; {
		kind, closer := opens(src[i:hi])
		if kind == TextSegment {
			i++
			continue
		}
		if text < i {
			out = append(out, Segment{TextSegment, text, i, text, i})
		}
		end := closing(src[:hi], i+2, kind, closer)
		if end < 0 {
			return nil, &Error{i, "this template tag is not closed"}
		}
		seg := Segment{Kind: kind, Start: i, End: end, From: i + 2, To: end - 2}
		seg.trim(src)
		out = append(out, seg)
		i, text = end, end
		if kind == StatementSegment && word(src, seg) == "raw" {
			i = endRaw(src[:hi], i)
		}
	}
	if text < hi {
		out = append(out, Segment{TextSegment, text, hi, text, hi})
	}
	return out, nil
}

func opens(b []byte) (SegmentKind, string) {
	if b[0] != '{' {
		return TextSegment, ""
	}
	switch b[1] {
	case '{':
		return OutputSegment, "}}"
	case '%':
		return StatementSegment, "%}"
	case '#':
		return CommentSegment, "#}"
	}
	return TextSegment, ""
}

// closing finds the end of a tag. Strings and braces may hold what looks like the end.
func closing(src []byte, i int, kind SegmentKind, closer string) int {
	if kind == CommentSegment {
		if n := bytes.Index(src[i:], []byte(closer)); n >= 0 {
			return i + n + 2
		}
		return -1
	}
	braces := 0
	for ; i+1 < len(src); i++ {
		switch b := src[i]; {
		case b == '\'' || b == '"':
			end := endString(src, i)
			if end < 0 {
				return -1
			}
			i = end - 1
		case b == '{':
			braces++
		case b == '}' && braces > 0:
			braces--
		case b == closer[0] && src[i+1] == closer[1]:
			return i + 2
		}
	}
	return -1
}

// endString is behind the string that begins at i, or -1.
func endString(src []byte, i int) int {
	for k := i + 1; k < len(src); k++ {
		switch src[k] {
		case '\\':
			k++
		case src[i]:
			return k + 1
		}
	}
	return -1
}

// trim takes the marks of whitespace control off.
func (s *Segment) trim(src []byte) {
	if s.From < s.To && (src[s.From] == '-' || src[s.From] == '+') {
		s.From++
	}
	if s.From < s.To && (src[s.To-1] == '-' || src[s.To-1] == '+') {
		s.To--
	}
}

// word is the first word of a statement.
func word(src []byte, s Segment) string {
	i := s.From
	for i < s.To && space(src[i]) {
		i++
	}
	k := i
	for k < s.To && nameByte(src[k]) {
		k++
	}
	return string(src[i:k])
}

// endRaw is where the {% endraw %} begins, or the end of the text.
func endRaw(src []byte, i int) int {
	for ; i+1 < len(src); i++ {
		if src[i] != '{' || src[i+1] != '%' {
			continue
		}
		end := bytes.Index(src[i:], []byte("%}"))
		if end < 0 {
			break
		}
		seg := Segment{Start: i, End: i + end + 2, From: i + 2, To: i + end}
		seg.trim(src)
		if word(src, seg) == "endraw" {
			return i
		}
	}
	return len(src)
}

func space(b byte) bool {
	return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f' || b == '\v'
}

func nameByte(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || b == '_' || b >= 0x80
}
