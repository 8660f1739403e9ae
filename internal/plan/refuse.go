package plan

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/skein-bot/skein/rewrite"
)

// problem is why a whole file cannot be rewritten.
type problem struct{ code, message, suggest string }

func (p problem) refusal(c rewrite.Change) rewrite.Refusal {
	return rewrite.Refusal{
		Line: 1, Column: 1, Code: p.code, Dataset: subject(c), Change: c.Index, Message: p.message, Suggestion: p.suggest,
	}
}

// subject is the dataset that a change is about.
func subject(c rewrite.Change) string {
	if c.Dataset == "" {
		return c.From
	}
	return c.Dataset
}

// refuseAll refuses the file for every change.
func refuseAll(f rewrite.File, req rewrite.Request, p problem) rewrite.Result {
	res := rewrite.Result{Path: f.Path}
	for _, c := range req.Mapping.Changes {
		res.Refusals = append(res.Refusals, p.refusal(c))
	}
	return res
}

// refuseMentions refuses the file for the changes whose names it holds.
func refuseMentions(f rewrite.File, req rewrite.Request, p problem) rewrite.Result {
	res := rewrite.Result{Path: f.Path}
	for _, c := range req.Mapping.Changes {
		if _, at := firstMention(f.Content, c, req); at > 0 {
			res.Refusals = append(res.Refusals, p.refusal(c))
		}
	}
	return res
}

// Unreadable refuses a file that was wanted and could not be read: silence would hide a reader.
func Unreadable(file, reason string) rewrite.Result {
	return rewrite.Result{Path: file, Refusals: []rewrite.Refusal{{
		Line: 1, Column: 1, Code: "unreadable_file", Message: reason,
		Suggestion: "look at it by hand, or leave it out with ignore: in .github/skein.yml",
	}}}
}

// unfit settles files that are no text in UTF-8. Binary ones are nobody's source code; text in UTF-16 may be.
func unfit(f rewrite.File, req rewrite.Request) (rewrite.Result, bool) {
	text, wide := fromUTF16(f.Content)
	switch {
	case wide && !documentation(f.Path):
		return refuseMentions(rewrite.File{Path: f.Path, Content: text}, req, problem{
			code:    "unsupported_encoding",
			message: "the file is text in UTF-16 and names what changed; only UTF-8 can be rewritten",
			suggest: "save it as UTF-8, or change it by hand",
		}), true
	case binaryContent(f.Content):
		return rewrite.Result{Path: f.Path}, true
	}
	return rewrite.Result{}, false
}

// binaryContent judges as git does: by a zero byte near the start.
func binaryContent(b []byte) bool { return bytes.IndexByte(b[:min(len(b), 8000)], 0) >= 0 }

// fromUTF16 decodes text that begins with UTF-16's byte order mark.
func fromUTF16(b []byte) ([]byte, bool) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return nil, false
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 2; i+1 < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	return []byte(string(utf16.Decode(units))), true
}

// unhandled accounts for a file that nobody can rewrite.
func unhandled(f rewrite.File, req rewrite.Request) rewrite.Result {
	res := rewrite.Result{Path: f.Path}
	if !utf8.Valid(f.Content) || documentation(f.Path) {
		return res
	}
	for _, c := range req.Mapping.Changes {
		word, line := firstMention(f.Content, c, req)
		if line == 0 {
			continue
		}
		res.Refusals = append(res.Refusals, problem{
			code:    "unsupported_file",
			message: fmt.Sprintf("line %d names %s, and %s cannot be rewritten yet", line, word, kindOf(f.Path)),
			suggest: "change it by hand, or leave it out with ignore: in .github/skein.yml",
		}.refusal(c))
	}
	return res
}

func kindOf(file string) string {
	if ext := path.Ext(file); ext != "" && ext != path.Base(file) {
		return ext + " files"
	}
	return "files like this"
}

// documentation is read by people. CI's own files are no readers of data either.
func documentation(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".markdown", ".rst", ".txt", ".adoc":
		return true
	}
	return strings.HasPrefix(file, ".github/")
}

// firstMention finds the first line that holds a word of what changed; 0 when there is none.
func firstMention(text []byte, c rewrite.Change, req rewrite.Request) (word string, line int) {
	lower, first := bytes.ToLower(text), -1
	for _, w := range words(c, req) {
		if at := indexWord(lower, strings.ToLower(w)); at >= 0 && (first < 0 || at < first) {
			word, first = w, at
		}
	}
	if first < 0 {
		return "", 0
	}
	return word, 1 + bytes.Count(lower[:first], []byte{'\n'})
}

// words are those that a place which a change concerns must hold one of: the field's name, or the last parts of
// the names of a dataset that moved or is gone, or the enum's value. That columns were added concerns only SQL.
func words(c rewrite.Change, req rewrite.Request) []string {
	moved := c.Kind == rewrite.RenameDataset || c.Kind == rewrite.ReplaceDataset
	switch {
	case c.Kind == rewrite.Reshape:
		return nil
	case c.Kind == rewrite.RenameEnum:
		return []string{c.OldValue}
	case !moved && c.From != "":
		return []string{strings.Trim(last(c.From), `"`)}
	}
	name := subject(c)
	if moved {
		name = c.From
	}
	out := []string{last(name)}
	for _, t := range req.Catalog.Tables {
		if t.Dataset == name {
			for _, n := range slices.Concat(t.Names, req.ReadAs[name]) {
				out = append(out, called(n))
			}
		}
	}
	return unique(out)
}

// called is the last part of a name as people write it: of a.b and of source('a','b') it is b.
func called(name string) string {
	name = strings.TrimRight(name, " )\"'`]")
	return name[strings.LastIndexAny(name, ".\"'`[ ")+1:]
}

// indexWord finds a whole word in text that is in lower case like it.
func indexWord(text []byte, word string) int {
	if word == "" {
		return -1
	}
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(word))
		if i < 0 {
			return -1
		}
		start, end := at+i, at+i+len(word)
		before, _ := utf8.DecodeLastRune(text[:start])
		after, _ := utf8.DecodeRune(text[end:])
		if !inWord(before) && !inWord(after) {
			return start
		}
		at = start + 1
	}
}

func inWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
