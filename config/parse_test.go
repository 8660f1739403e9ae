package config_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/config"
)

var update = flag.Bool("update", false, "write what the code says into the files under testdata and docs")

// Each case is a file, and what validate says about it: line:column severity code: message.
func TestFindings(t *testing.T) {
	t.Parallel()
	for _, file := range caseFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runFindings(t, file)
		})
	}
}

func caseFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/findings/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	return files
}

// runFindings reads pairs of a configuration and its wanted findings.
func runFindings(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.Files)%2 != 0 {
		t.Fatalf("%s: every configuration needs a want", file)
	}
	for i := 0; i < len(archive.Files); i += 2 {
		in, want := archive.Files[i], &archive.Files[i+1]
		name, ok := strings.CutPrefix(want.Name, "want ")
		if !ok || name != in.Name {
			t.Fatalf("%s: %q cannot follow %q", file, want.Name, in.Name)
		}
		got := findings(t, in.Name, in.Data)
		if *update {
			want.Data = []byte(got)
		} else if diff := cmp.Diff(string(want.Data), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in.Name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// findings parses by the name's ending: org.yml is an org's defaults, anything else a repository's file.
func findings(t *testing.T, name string, src []byte) string {
	t.Helper()
	var found []config.Finding
	if strings.HasSuffix(name, "org.yml") {
		_, found = config.ParseOrg("f", src)
	} else {
		_, found = config.ParseRepo("f", src)
	}
	var out strings.Builder
	for _, f := range found {
		fmt.Fprintf(&out, "%d:%d %s %s: %s\n", f.Line, f.Column, f.Severity, f.Code, f.Message)
		checkPlace(t, src, f)
	}
	return out.String()
}

// checkPlace makes sure that a finding points into the file.
func checkPlace(t *testing.T, src []byte, f config.Finding) {
	t.Helper()
	lines := bytes.Split(src, []byte("\n"))
	if f.File != "f" || f.Line < 1 || f.Line > len(lines) || f.Column < 1 || f.Column > len(lines[f.Line-1])+1 {
		t.Errorf("finding outside of the file: %+v", f)
	}
}

// What no text file can hold.
func TestBytes(t *testing.T) {
	t.Parallel()
	const ok = "version: 1\nignore: [a]\n"
	for name, c := range map[string]struct {
		src  string
		want string // of the first finding; "" for none
	}{
		"plain":               {ok, ""},
		"crlf":                {strings.ReplaceAll(ok, "\n", "\r\n"), ""},
		"no final line end":   {strings.TrimSuffix(ok, "\n"), ""},
		"byte order mark":     {"\uFEFF" + ok, ""},
		"mark, then error":    {"\uFEFFversion: 2\n", "1:13 out_of_range"},
		"nul":                 {"version: 1\nignore: [\x00]\n", "2:10 encoding"},
		"latin-1":             {"version: 1\nignore: [\xe9]\n", "2:10 encoding"},
		"utf-16":              {"\xff\xfev\x00", "1:1 encoding"},
		"too large":           {ok + strings.Repeat("#", 512<<10), "1:1 too_large"},
		"deep flow":           {"a: " + strings.Repeat("[", 100_000), "1:104 too_large"},
		"deep blocks":         {strings.Repeat("- ", 100_000), "1:129 too_large"},
		"deep within reason":  {"a: " + strings.Repeat("[", 60) + strings.Repeat("]", 60), "1:36 too_large"},
		"too many commas":     {"ignore: [" + strings.Repeat("a,", 60_000) + "]", "1:80009 too_large"},
		"too many lines":      {strings.Repeat("\n", 20_000), "10001:1 too_large"},
		"carriage return":     {"version: 1\rignore: [a]\n", "1:11 encoding"},
		"bytes, not runes":    {"version: 1\nignore: [éé, \"/é\"]\n", "2:16 bad_glob"},
		"bytes after unicode": {"version: 1\nrollout: {mode: merge, wątch: {}}\n", "2:24 unknown_key"},
		"empty":               {"", "1:1 missing_key"},
		"comment only":        {"# nothing\n", "1:1 missing_key"},
		"bomb":                {bomb(), "1:9 too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, found := config.ParseRepo("f", []byte(c.src))
			got := ""
			if i := slices.IndexFunc(found, func(f config.Finding) bool { return f.Severity == config.Error }); i >= 0 {
				got = fmt.Sprintf("%d:%d %s", found[i].Line, found[i].Column, found[i].Code)
			}
			if got != c.want {
				t.Errorf("got %q, want %q; all: %v", got, c.want, found)
			}
		})
	}
}

// bomb doubles a list thirty times by aliases.
func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x]\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	return b.String()
}
