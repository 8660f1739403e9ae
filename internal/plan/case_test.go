package plan_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/avro"
	"github.com/skein-bot/skein/rewrite/dbt"
	"github.com/skein-bot/skein/rewrite/job"
	"github.com/skein-bot/skein/rewrite/jsonschema"
	"github.com/skein-bot/skein/rewrite/proto"
	"github.com/skein-bot/skein/rewrite/sql"
)

var update = flag.Bool("update", false, "write what happens into the cases")

// A case is one file: prose, then
//
//	from/PATH                 the dataset repository before
//	to/PATH                   what differs after; gone/PATH (empty) what is not there any more
//	catalog/NAME/PATH         further dataset repositories
//	consumer/OWNER/REPO/PATH  consumers, installed on the org
//	want                      changes, subject, and what happens in every consumer
type planCase struct {
	archive *txtar.Archive
	from    map[string][]byte
	to      map[string][]byte
	others  map[string]map[string][]byte
	readers map[string]map[string][]byte
	want    string
}

func loadCase(t *testing.T, file string) planCase {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(bytes.TrimSpace(a.Comment)) == 0 {
		t.Fatalf("%s: say in prose what the case is about", file)
	}
	c := planCase{archive: a, from: map[string][]byte{}, to: map[string][]byte{},
		others: map[string]map[string][]byte{}, readers: map[string]map[string][]byte{}}
	for _, f := range a.Files {
		if rest, ok := strings.CutPrefix(f.Name, "from/"); ok {
			c.from[rest], c.to[rest] = f.Data, f.Data
		}
	}
	for _, f := range a.Files {
		c.section(t, f)
	}
	return c
}

func (c *planCase) section(t *testing.T, f txtar.File) {
	kind, rest, _ := strings.Cut(f.Name, "/")
	parts := strings.SplitN(rest, "/", 3)
	switch {
	case kind == "from":
	case kind == "to":
		c.to[rest] = f.Data
	case kind == "gone":
		delete(c.to, rest)
	case kind == "catalog" && len(parts) > 1:
		put(c.others, parts[0], strings.Join(parts[1:], "/"), f.Data)
	case kind == "consumer" && len(parts) == 3:
		put(c.readers, parts[0]+"/"+parts[1], parts[2], f.Data)
	case f.Name == "want":
		c.want = string(f.Data)
	default:
		t.Fatalf("unknown section %q", f.Name)
	}
}

func put(m map[string]map[string][]byte, name, file string, data []byte) {
	if m[name] == nil {
		m[name] = map[string][]byte{}
	}
	m[name][file] = data
}

func files(m map[string][]byte, want func(string) bool) (out []rewrite.File) {
	for name, data := range m {
		if want(name) {
			out = append(out, rewrite.File{Path: name, Content: data})
		}
	}
	slices.SortFunc(out, func(a, b rewrite.File) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

func parsed(t *testing.T, m map[string][]byte) *config.Repo {
	t.Helper()
	cfg, findings := config.ParseRepo(config.RepoPath, m[config.RepoPath])
	for _, f := range findings {
		if f.Severity == config.Error && m[config.RepoPath] != nil {
			t.Fatalf("%s: %s", f.Position, f.Message)
		}
	}
	return cfg
}

func version(t *testing.T, m map[string][]byte) plan.Version {
	t.Helper()
	cfg := parsed(t, m)
	v, err := plan.Read(cfg, "", files(m, plan.Wants(cfg)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCases(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := loadCase(t, path)
			got := runCase(t, c)
			if *update {
				write(t, c, path, got)
				return
			}
			if diff := gocmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func write(t *testing.T, c planCase, path, got string) {
	t.Helper()
	c.archive.Files = slices.DeleteFunc(c.archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	c.archive.Files = append(c.archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(path, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runCase goes the way of the app: compare, resolve, rewrite.
func runCase(t *testing.T, c planCase) string {
	t.Helper()
	p := plan.Compare(version(t, c.from), version(t, c.to))
	var others []consumer.Snapshot
	for _, name := range sorted(c.others) {
		others = append(others, version(t, c.others[name]).Snapshots(1, "")...)
	}
	var own []consumer.Declaration
	for _, name := range sorted(c.readers) {
		n, err := repo.ParseName(name)
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, plan.Declarations(n, parsed(t, c.readers[name]))...)
	}
	var b strings.Builder
	for i, ch := range p.Changes {
		fmt.Fprintf(&b, "%d %s %s %s→ %s\n", i, ch.Kind, ch.Dataset, strings.TrimLeft(ch.Path+" ", " "), ch.To)
	}
	fmt.Fprintf(&b, "subject: %s\n", p.Subject())
	if d := p.Deadline(); !d.IsZero() {
		fmt.Fprintf(&b, "deadline: %s\n", d.Format("2006-01-02"))
	}
	for _, reader := range consumer.Resolve(p.Listings(), own) {
		runConsumer(t, &b, p, reader, others, c.readers[reader.Repo.String()])
	}
	return b.String()
}

func runConsumer(t *testing.T, b *strings.Builder, p plan.Plan, reader consumer.Consumer, others []consumer.Snapshot, tree map[string][]byte) {
	t.Helper()
	fmt.Fprintf(b, "\n%s", reader.Repo)
	for _, r := range reader.Reads {
		fmt.Fprintf(b, ", %s by %s", r.Dataset, r.Source)
	}
	fmt.Fprintf(b, ", coexists %v\n", p.Coexists(reader))
	rewriters := []rewrite.Rewriter{dbt.New(sql.New()), sql.New(), job.New(sql.New()), avro.New(), proto.New(), jsonschema.New()}
	declared, helps := plan.Selects(reader), plan.Helps(rewriters)
	in := files(tree, func(file string) bool { return declared(file) || helps(file) })
	results := p.Rewrite(reader, others, in, rewriters)
	after := map[string][]byte{}
	for _, res := range results {
		out, err := rewrite.Apply(tree[res.Path], res.Edits)
		if err != nil {
			t.Fatalf("%s: %v", res.Path, err)
		}
		after[res.Path] = out
		show(b, res, tree[res.Path], out)
	}
	accounted(t, p, reader, others, in, results)
	again(t, p, reader, others, in, after, rewriters)
}

func show(b *strings.Builder, res rewrite.Result, src, out []byte) {
	fmt.Fprintf(b, "  %s", res.Path)
	if res.Verified {
		b.WriteString(", verified")
	}
	b.WriteByte('\n')
	if !bytes.Equal(src, out) {
		for line := range strings.Lines(string(out)) {
			fmt.Fprintf(b, "    | %s\n", strings.TrimRight(line, "\n"))
		}
	}
	for _, x := range res.Refusals {
		fmt.Fprintf(b, "    %d:%d refused for %d, %s, %s: %s\n", x.Line, x.Column, x.Change, x.Dataset, x.Code, x.Message)
	}
	for _, x := range res.Unrelated {
		fmt.Fprintf(b, "    %d:%d unrelated: %s\n", x.Line, x.Column, x.Reason)
	}
}

// accounted is law 5 over the whole consumer: a changed name in a declared file is edited, refused or explained.
func accounted(t *testing.T, p plan.Plan, c consumer.Consumer, others []consumer.Snapshot, in []rewrite.File, results []rewrite.Result) {
	t.Helper()
	for _, f := range in {
		if ext := filepath.Ext(f.Path); ext == ".md" || bytes.IndexByte(f.Content, 0) >= 0 {
			continue
		}
		i := slices.IndexFunc(results, func(r rewrite.Result) bool { return r.Path == f.Path })
		for _, word := range changedWords(p, c, f.Path) {
			for _, at := range occurrences(f.Content, word) {
				if i < 0 || !covered(results[i], at, at+len(word)) {
					t.Errorf("%s: %q at byte %d is neither edited, refused nor explained", f.Path, word, at)
				}
			}
		}
	}
}

// changedWords are the old names of fields of the datasets that the file is declared to read.
func changedWords(p plan.Plan, c consumer.Consumer, file string) (out []string) {
	for _, ch := range p.Mapping.Changes {
		for _, r := range c.Reads {
			one := consumer.Consumer{Reads: []consumer.Read{r}}
			if r.Dataset != ch.Dataset || !plan.Selects(one)(file) {
				continue
			}
			if ch.Kind == rewrite.RenameField || ch.Kind == rewrite.Review && ch.From != "" {
				out = append(out, ch.From[strings.LastIndexByte(ch.From, '.')+1:])
			}
		}
	}
	return out
}

// occurrences finds whole words by hand, so that no scan of ours is trusted.
func occurrences(src []byte, word string) (at []int) {
	text, word := strings.ToLower(string(src)), strings.ToLower(word)
	isWord := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] == '_' || text[i] == '$' || text[i] >= '0' && text[i] <= '9' || text[i] >= 'a' && text[i] <= 'z')
	}
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i:i+len(word)] == word && !isWord(i-1) && !isWord(i+len(word)) {
			at = append(at, i)
		}
	}
	return at
}

func covered(res rewrite.Result, start, end int) bool {
	for _, e := range res.Edits {
		if start < max(e.End, e.Start+1) && end > e.Start {
			return true
		}
	}
	for _, x := range res.Refusals {
		if x.End == 0 || start < x.End && end > x.Start {
			return true
		}
	}
	for _, u := range res.Unrelated {
		if start < u.End && end > u.Start {
			return true
		}
	}
	return false
}

// again is law 4 over the whole consumer: what was rewritten is not rewritten once more.
func again(t *testing.T, p plan.Plan, c consumer.Consumer, others []consumer.Snapshot, in []rewrite.File, after map[string][]byte, rewriters []rewrite.Rewriter) {
	t.Helper()
	var second []rewrite.File
	for _, f := range in {
		if out, ok := after[f.Path]; ok {
			f.Content = out
		}
		second = append(second, f)
	}
	for _, res := range p.Rewrite(c, others, second, rewriters) {
		if len(res.Edits) > 0 {
			t.Errorf("%s: a second run edits again: %+v", res.Path, res.Edits)
		}
	}
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
