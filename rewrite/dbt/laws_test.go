package dbt_test

import (
	"bytes"
	"path"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/sql"
)

// figures is what rewriting a project came to.
type figures struct{ files, bytes, edited, edits, refusals, unrelated int }

// rewritten does every file of a prepared project, as many at once as there are processors.
func rewritten(w rewrite.Rewriter, files []rewrite.File, req rewrite.Request) []rewrite.Result {
	out, follow := make([]rewrite.Result, len(files)), w.For(req)
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				if w.Handles(files[i].Path) {
					out[i] = follow(files[i])
				}
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	workers.Wait()
	return out
}

// laws rewrites a project, and once more what came of it, and holds what must be true whatever the files say: edits
// apply, every place of a changed name is accounted for, edited YAML says the same but for the change, and the
// second time changes nothing.
func laws(t testing.TB, files []rewrite.File, req rewrite.Request) (sum figures) {
	t.Helper()
	w := dbt.New(sql.New()).Prepare(files)
	after := make([]rewrite.File, len(files))
	for i, res := range rewritten(w, files, req) {
		f := files[i]
		sum.files, sum.bytes = sum.files+1, sum.bytes+len(f.Content)
		after[i] = f
		if !w.Handles(f.Path) || strings.Contains("/"+f.Path, "/dbt_packages/") {
			continue
		}
		after[i].Content = applied(t, f, res)
		accounted(t, f, res, req)
		sum.edits, sum.refusals, sum.unrelated = sum.edits+len(res.Edits), sum.refusals+len(res.Refusals), sum.unrelated+len(res.Unrelated)
		if len(res.Edits) > 0 {
			sum.edited++
			sameDocument(t, f, after[i], req)
		}
	}
	for i, res := range rewritten(dbt.New(sql.New()).Prepare(after), after, req) {
		if len(res.Edits) > 0 && !bytes.Equal(files[i].Content, after[i].Content) {
			t.Errorf("%s: a second run edits again: %+v", after[i].Path, res.Edits[0])
		}
	}
	return sum
}

// sameDocument asks another reader of YAML what both say.
func sameDocument(t testing.TB, before, after rewrite.File, req rewrite.Request) {
	t.Helper()
	if ext := path.Ext(before.Path); ext != ".yml" && ext != ".yaml" {
		return
	}
	var was, is any
	if yaml.UnmarshalWithOptions(before.Content, &was, yaml.UseOrderedMap()) != nil {
		return
	}
	if err := yaml.UnmarshalWithOptions(after.Content, &is, yaml.UseOrderedMap()); err != nil {
		t.Errorf("%s: after the edits: %v", after.Path, err)
		return
	}
	if !alike(was, is, req) {
		t.Errorf("%s: another document than before", after.Path)
	}
}

// alike compares values in which new names may stand for old ones.
func alike(was, is any, req rewrite.Request) bool {
	switch a := was.(type) {
	case yaml.MapSlice:
		b, ok := is.(yaml.MapSlice)
		for i := range a {
			if !ok || len(a) != len(b) || !alike(a[i].Key, b[i].Key, req) || !alike(a[i].Value, b[i].Value, req) {
				return false
			}
		}
		return ok && len(a) == len(b)
	case []any:
		b, ok := is.([]any)
		for i := range a {
			if !ok || len(a) != len(b) || !alike(a[i], b[i], req) {
				return false
			}
		}
		return ok && len(a) == len(b)
	case string:
		b, ok := is.(string)
		for _, ch := range req.Mapping.Changes {
			last := func(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }
			a, b = strings.ReplaceAll(a, last(ch.To), last(ch.From)), strings.ReplaceAll(b, last(ch.To), last(ch.From))
		}
		return ok && strings.EqualFold(a, b)
	}
	return was == is
}
