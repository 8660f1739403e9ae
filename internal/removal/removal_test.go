package removal

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/internal/schema"
	"github.com/skein-bot/skein/internal/schema/format"
)

// A case is a txtar file: what it shows, in words; -- ask -- with "ROOT DATASET FIELD… [dialect=…]"; the files under
// in/; and those that change under out/, or the words of the -- error --.
func TestWrite(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runCase(t, a)
		})
	}
}

func runCase(t *testing.T, a *txtar.Archive) {
	t.Helper()
	r, want, fault := Request{At: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}, map[string]string{}, ""
	var words []string
	for _, f := range a.Files {
		text := f.Data
		crlf := bytes.Contains(a.Comment, []byte("CRLF"))
		if crlf {
			text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
		}
		if in, ok := strings.CutPrefix(f.Name, "in/"); ok {
			r.Files = append(r.Files, schema.File{Path: in, Content: text})
		}
		if out, ok := strings.CutPrefix(f.Name, "out/"); ok {
			want[out] = string(text)
		}
		switch f.Name {
		case "ask":
			words = strings.Fields(string(f.Data))
		case "error":
			fault = strings.TrimSpace(string(f.Data))
		}
	}
	if last := words[len(words)-1]; strings.HasPrefix(last, "dialect=") {
		r.Dialect, words = strings.TrimPrefix(last, "dialect="), words[:len(words)-1]
	}
	r.Root, r.Fields = words[0], words[2:]
	locate(t, &r, words[1])
	got, err := Write(r)
	if fault != "" {
		if err == nil || err.Error() != fault {
			t.Fatalf("got %q and the error\n%v\nwant\n%s", got, err, fault)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, content := range got {
		texts[name] = string(content)
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func locate(t *testing.T, r *Request, dataset string) {
	t.Helper()
	f, picked, err := format.Pick(r.Files, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Parse(picked, r.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(s.Datasets, func(d schema.Dataset) bool { return d.Name == dataset })
	if i < 0 {
		t.Fatalf("there is no dataset %s in %+v", dataset, s.Datasets)
	}
	r.Dataset = s.Datasets[i].Pos
}

// Whatever the files are, Write takes the field out and nothing else, or says why not: it never panics, and Write has
// proven by itself what it returns.
func FuzzWrite(f *testing.F) {
	for _, ext := range []string{"sql", "avsc", "proto", "json", "yml"} {
		f.Add(ext, "CREATE TABLE t (a int, b int, -- @deprecated use=a\nc int);", "b")
	}
	f.Add("avsc", `{"type":"record","name":"t","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"}]}`, "b")
	f.Add("proto", "syntax = \"proto3\";\nmessage T { int32 a = 1; int32 b = 2 [deprecated = true]; }", "b")
	f.Add("json", `{"type":"object","title":"t","properties":{"a":{},"b":{}},"required":["b"]}`, "b")
	f.Add("json", `[{"name":"a","type":"STRING"},{"name":"b","type":"STRING"}]`, "b")
	f.Add("yml", "models:\n  - name: t\n    columns:\n      - name: a\n      - name: b\n", "b")
	f.Fuzz(func(_ *testing.T, ext, text, field string) {
		r := Request{Root: "s." + ext, Files: []schema.File{{Path: "s." + ext, Content: []byte(text)}}, Fields: []string{field}}
		w, picked, err := format.Pick(r.Files, "")
		if err != nil || len(picked) == 0 {
			return
		}
		s, err := w.Parse(picked, "")
		if err != nil {
			return
		}
		for _, d := range s.Datasets {
			r.Dataset = d.Pos
			_, _ = Write(r)
			for _, one := range d.Fields {
				r.Fields = []string{one.Name}
				_, _ = Write(r)
			}
		}
	})
}
