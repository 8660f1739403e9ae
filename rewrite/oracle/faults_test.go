package oracle_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/oracle"
	"github.com/skein-bot/skein/rewrite/oracle/generate"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// faulty is the rewriter with something done to its results.
type faulty struct {
	rewrite.Rewriter
	spoil func(rewrite.File, rewrite.Request, *rewrite.Result)
}

func (f faulty) For(req rewrite.Request) func(rewrite.File) rewrite.Result {
	follow := f.Rewriter.For(req)
	return func(file rewrite.File) rewrite.Result {
		res := follow(file)
		f.spoil(file, req, &res)
		res.Sort()
		return res
	}
}

// without drops the edits that the test finds.
func without(test func(text string, e rewrite.Edit) bool) func(rewrite.File, rewrite.Request, *rewrite.Result) {
	return func(f rewrite.File, _ rewrite.Request, res *rewrite.Result) {
		kept := slices.DeleteFunc(slices.Clone(res.Edits), func(e rewrite.Edit) bool { return test(string(f.Content), e) })
		for _, e := range res.Edits { // still accounted for, so that only the answers can tell
			if !slices.Contains(kept, e) {
				res.Unrelated = append(res.Unrelated, rewrite.Unrelated{Start: e.Start, End: e.End})
			}
		}
		res.Edits = kept
	}
}

// clause is the last of these words before a place.
func clause(text string, at int) string {
	found := ""
	for w := range strings.FieldsSeq(strings.NewReplacer("(", " ", ")", " ", "\n", " ").Replace(text[:at])) {
		switch w = strings.ToUpper(w); w {
		case "SELECT", "FROM", "ON", "WHERE", "GROUP", "HAVING", "ORDER", "QUALIFY", "USING", "SET", "RETURNING", "WINDOW":
			found = w
		}
	}
	return found
}

func inClause(word string) func(string, rewrite.Edit) bool {
	return func(text string, e rewrite.Edit) bool { return clause(text, e.Start) == word }
}

func faults() map[string]func(rewrite.File, rewrite.Request, *rewrite.Result) {
	return map[string]func(rewrite.File, rewrite.Request, *rewrite.Result){
		"skips WHERE":    without(inClause("WHERE")),
		"skips GROUP BY": without(inClause("GROUP")),
		"skips HAVING":   without(inClause("HAVING")),
		"skips ORDER BY": without(inClause("ORDER")),
		"skips ON":       without(inClause("ON")),
		"skips qualified names": without(func(text string, e rewrite.Edit) bool {
			return e.Start > 0 && text[e.Start-1] == '.'
		}),
		"skips all but the first": func(_ rewrite.File, _ rewrite.Request, res *rewrite.Result) {
			for _, e := range res.Edits[min(1, len(res.Edits)):] {
				res.Unrelated = append(res.Unrelated, rewrite.Unrelated{Start: e.Start, End: e.End})
			}
			res.Edits = res.Edits[:min(1, len(res.Edits))]
		},
		"forgets aliases": func(_ rewrite.File, _ rewrite.Request, res *rewrite.Result) {
			for i := range res.Edits {
				res.Edits[i].New, _, _ = strings.Cut(res.Edits[i].New, " AS ")
			}
		},
		"forgets that the new name is taken": without(func(text string, e rewrite.Edit) bool {
			return strings.HasSuffix(e.New, "."+text[e.Start:e.End])
		}),
		"ignores shadowing": func(f rewrite.File, req rewrite.Request, res *rewrite.Result) {
			for _, u := range res.Unrelated {
				for _, ch := range req.Mapping.Changes {
					if strings.EqualFold(string(f.Content[u.Start:u.End]), ch.From) {
						res.Edits = append(res.Edits, rewrite.Edit{Start: u.Start, End: u.End, New: ch.To})
						break
					}
				}
			}
		},
		"replaces words": func(f rewrite.File, req rewrite.Request, res *rewrite.Result) {
			ch := req.Mapping.Changes[0]
			res.Refusals, res.Edits = nil, nil
			for at := 0; ; at++ {
				k := bytes.Index(f.Content[at:], []byte(ch.From))
				if k < 0 {
					return
				}
				at += k
				res.Edits = append(res.Edits, rewrite.Edit{Start: at, End: at + len(ch.From), New: ch.To})
			}
		},
		"refuses all": func(_ rewrite.File, _ rewrite.Request, res *rewrite.Result) {
			if len(res.Edits) > 0 {
				res.Refusals = append(res.Refusals, rewrite.Refusal{End: 1, Code: "planted"})
			}
		},
		"edits again and again": func(f rewrite.File, _ rewrite.Request, res *rewrite.Result) {
			res.Edits = append(res.Edits, rewrite.Edit{Start: len(f.Content), End: len(f.Content), New: " "})
		},
		"says nothing of what it leaves": func(_ rewrite.File, _ rewrite.Request, res *rewrite.Result) { res.Unrelated = nil },
		"depends on comments": func(f rewrite.File, _ rewrite.Request, res *rewrite.Result) {
			if bytes.Contains(f.Content, []byte("/*")) {
				res.Edits = nil
				res.Refusals = append(res.Refusals, rewrite.Refusal{Code: "planted"})
			}
		},
	}
}

// TestFaults plants mistakes: an oracle that misses one of them is worth nothing.
func TestFaults(t *testing.T) {
	honest := skeinsql.New()
	for name, spoil := range faults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, "sqlite")
			caught := map[oracle.Class]int{}
			for s := uint64(1); s < 12 && len(caught) == 0; s++ {
				before := failed(t, oracle.Court{Engine: e, Rewriter: honest}, s)
				for class, n := range failed(t, oracle.Court{Engine: e, Rewriter: faulty{honest, spoil}}, s) {
					if n > before[class] {
						caught[class] += n - before[class]
					}
				}
			}
			t.Logf("%v", caught)
			if len(caught) == 0 {
				t.Errorf("a rewriter that %s is not caught", name)
			}
		})
	}
}

// failed counts what goes wrong in a session. What the honest rewriter gets wrong catches nobody.
func failed(t *testing.T, court oracle.Court, seed uint64) map[oracle.Class]int {
	t.Helper()
	hunt := &oracle.Hunt{Source: generate.Source{}, Seed: seed, Enough: func(_ *oracle.Tally, begun uint64) bool { return begun > 0 }}
	total, _, err := hunt.Run(t.Context(), court)
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(total.Classes, func(c oracle.Class, _ int) bool { return !c.Failed() })
	return total.Classes
}
