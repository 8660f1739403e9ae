package plan

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/rewrite"
)

// Selects reports which files of a consumer's repository are to be read.
func Selects(c consumer.Consumer) func(path string) bool {
	return func(file string) bool {
		return slices.ContainsFunc(c.Reads, func(r consumer.Read) bool { return selects(r, file) })
	}
}

func selects(r consumer.Read, file string) bool {
	if matches(r.Ignore, file) {
		return false
	}
	return len(r.Paths) == 0 || matches(r.Paths, file)
}

func matches(globs []string, file string) bool {
	return slices.ContainsFunc(globs, func(g string) bool {
		ok, err := doublestar.Match(strings.TrimPrefix(g, "/"), file)
		return err == nil && ok
	})
}

// Rewrite does one consumer's files, in the order given. Files without a finding are left out. A file of a kind
// that no rewriter handles is refused as a whole if it names what changed.
func (p Plan) Rewrite(c consumer.Consumer, others []consumer.Snapshot, files []rewrite.File, rewriters []rewrite.Rewriter) []rewrite.Result {
	catalog := p.Catalog(others)
	var out []rewrite.Result
	for _, f := range files {
		reads := readsOf(c, f.Path)
		if len(reads) == 0 {
			continue
		}
		res := one(f, p.request(reads, catalog), rewriters)
		if len(res.Edits)+len(res.Refusals)+len(res.Unrelated) > 0 {
			out = append(out, res)
		}
	}
	return out
}

func readsOf(c consumer.Consumer, file string) []consumer.Read {
	var out []consumer.Read
	for _, r := range c.Reads {
		if selects(r, file) {
			out = append(out, r)
		}
	}
	return out
}

func (p Plan) request(reads []consumer.Read, catalog rewrite.Catalog) rewrite.Request {
	req := rewrite.Request{Mapping: p.restrict(reads), Catalog: catalog, ReadAs: map[string][]string{}}
	for _, r := range reads {
		if req.Dialect == "" {
			req.Dialect = r.Dialect
		}
		if len(r.ReadAs) > 0 {
			req.ReadAs[r.Dataset] = unique(append(req.ReadAs[r.Dataset], r.ReadAs...))
		}
	}
	return req
}

func one(f rewrite.File, req rewrite.Request, rewriters []rewrite.Rewriter) rewrite.Result {
	for _, w := range rewriters {
		if w.Handles(f.Path) {
			return w.Rewrite(f, req)
		}
	}
	return unhandled(f, req)
}

// unhandled accounts for a file that nobody can rewrite: silence would hide a reader.
func unhandled(f rewrite.File, req rewrite.Request) rewrite.Result {
	res := rewrite.Result{Path: f.Path}
	if !utf8.Valid(f.Content) || documentation(f.Path) {
		return res
	}
	for _, c := range req.Mapping.Changes {
		word := last(c.From)
		if word == "" || !mentions(f.Content, word) {
			continue
		}
		res.Refusals = append(res.Refusals, rewrite.Refusal{
			Line: 1, Column: 1, Code: "unsupported_file", Dataset: c.Dataset, Change: c.Index,
			Message:    fmt.Sprintf("the file names %s, and files like this cannot be rewritten yet", word),
			Suggestion: "change it by hand, or leave it out with ignore: in .github/skein.yml",
		})
	}
	return res
}

func documentation(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".md", ".markdown", ".rst", ".txt", ".adoc":
		return true
	}
	return strings.HasPrefix(file, ".github/")
}

// mentions looks for a word, whatever its case.
func mentions(text []byte, word string) bool {
	lower, want := bytes.ToLower(text), bytes.ToLower([]byte(word))
	for at := 0; ; {
		i := bytes.Index(lower[at:], want)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(want)
		if (start == 0 || !wordByte(lower[start-1])) && (end == len(lower) || !wordByte(lower[end])) {
			return true
		}
		at = start + 1
	}
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= utf8.RuneSelf
}
