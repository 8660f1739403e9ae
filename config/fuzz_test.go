package config_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/calendar"
	"github.com/skein-bot/skein/internal/repo"
)

// FuzzParseRepo: whatever the file, there is an answer, its places are in the file, and it is not endless.
func FuzzParseRepo(f *testing.F) {
	for _, c := range casesOf(f) {
		f.Add(c.Data)
	}
	f.Add([]byte(bomb()))
	f.Add([]byte("\xef\xbb\xbfversion: 1\r\nignore: [é]\r\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, found := config.ParseRepo("f", src)
		if c == nil || c.File != "f" {
			t.Fatal("no repo")
		}
		if _, org := config.ParseOrg("f", src); len(org) > 300 || len(found) > 300 {
			t.Fatalf("%d and %d findings", len(found), len(org))
		}
		for i, at := range found {
			checkPlace(t, src, at)
			if i > 0 && (at.Line < found[i-1].Line || at.Line == found[i-1].Line && at.Column < found[i-1].Column) {
				t.Errorf("%v comes after %v", at, found[i-1])
			}
		}
		if !config.HasErrors(found) {
			config.Policy(nil, c, c)
		}
	})
}

// What is valid stays valid and says the same, however it is laid out.
func TestLayoutSaysNothing(t *testing.T) {
	t.Parallel()
	valid := 0
	for _, c := range casesOf(t) {
		want, found := config.ParseRepo("f", c.Data)
		if config.HasErrors(found) || strings.HasSuffix(c.Name, "org.yml") {
			continue
		}
		valid++
		for name, src := range layouts(t, c.Data) {
			got, found := config.ParseRepo("f", src)
			if config.HasErrors(found) {
				t.Errorf("%s as %s: %v\n%s", c.Name, name, found, src)
			}
			if diff := cmp.Diff(want, got, withoutPlaces()...); diff != "" {
				t.Errorf("%s as %s:\n%s", c.Name, name, diff)
			}
		}
	}
	if valid < 15 {
		t.Errorf("only %d cases are valid", valid)
	}
}

// layouts writes one configuration in several ways.
func layouts(t *testing.T, src []byte) map[string][]byte {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	compact, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, compact, "", "    "); err != nil {
		t.Fatal(err)
	}
	block, err := yaml.MarshalWithOptions(doc, yaml.Indent(4), yaml.IndentSequence(true))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{
		"json": compact, "indented json": indented.Bytes(), "blocks": block,
		"crlf":       bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")),
		"marked":     append([]byte("\uFEFF"), src...),
		"unfinished": bytes.TrimRight(src, "\n"),
	}
	if !bytes.ContainsAny(src, "|>") { // an empty line means something in a block scalar
		out["airy"] = bytes.ReplaceAll(src, []byte("\n"), []byte("\n\n# air\n"))
	}
	return out
}

func withoutPlaces() []cmp.Option {
	return []cmp.Option{
		cmp.Comparer(func(a, b repo.Position) bool { return true }),
		cmp.Comparer(sameZone),
		cmp.Transformer("window", func(w calendar.Window) any { return [4]any{w.Cron, w.For, w.Zone.String(), w.MaxMerges} }),
		cmp.Transformer("freeze", func(f calendar.Freeze) any { return [3]any{f.From, f.To, f.Reason} }),
		cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
	}
}

// Hostile files cost little time, however their many findings are made.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"unknown keys": "version: 1\n" + numbered("key%", 9_000, ": x\n"),
		"windows":      "version: 1\nrollout:\n  windows:\n" + strings.Repeat("    - {cron: \"0 0 30 2 *\", for: 1h, timezone: Europ/Stokholmm}\n", 4_000),
		"undeclared":   "version: 1\ndatasets:\n" + numbered("  - {schema: a, name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%", 4_000, "}\n") + "drops:\n" + numbered("  - {field: f, dataset: baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%", 4_000, "}\n"),
		"one list":     "version: 1\nignore:\n" + numbered("  - f%", 9_000, "\n"),
		"aliases":      "version: 1\nignore: &a [" + strings.Repeat("/x, ", 900) + "]\ndrops:\n" + strings.Repeat("  - *a\n", 50),
		"replaced":     "version: 1\ndatasets:\n" + numbered("  - {schema: a, replaces: {dataset: a}, name: d%", 4_000, "}\n"),
		"wide":         "version: 1\nignore: [" + strings.Repeat("é, ", 39_000) + "]\n",
	} {
		_, found := config.ParseRepo("f", []byte(src))
		if n := len(found); n == 0 || n > 201 || !config.HasErrors(found) {
			t.Errorf("%s: %d findings", name, n)
		}
		if !slices.IsSortedFunc(found, func(a, b config.Finding) int { return a.Line - b.Line }) {
			t.Errorf("%s: not in order", name)
		}
	}
}

// numbered repeats a line with its number for the percent sign.
func numbered(line string, n int, end string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(line, "%", itoa(i)) + end)
	}
	return b.String()
}
