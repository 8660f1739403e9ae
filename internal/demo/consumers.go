package demo

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// stage is one schema change of the story, by the name of its folders.
type stage string

// The stages, in the order in which they are told.
const (
	orders   stage = "orders"   // sales.orders gains customer_id beside cust_id
	users    stage = "users"    // sales.users_v2 replaces sales.users_v1
	sessions stage = "sessions" // web.sessions renames visitor outright
)

// consumer is a repository that reads datasets.
type consumer struct {
	name    string
	files   tree           // as it is before the story
	golden  map[stage]tree // the files that a stage changes, as they must be afterwards
	builds  time.Duration  // how long its CI takes
	nightly bool           // somebody builds its main branch every night
}

// in reports whether a stage has something to change in the repository.
func (c consumer) in(s stage) bool { return len(c.golden[s]) > 0 }

// after is the repository as it must be once the stages are merged.
func (c consumer) after(stages ...stage) tree {
	out := c.files
	for _, s := range stages {
		out = out.with(c.golden[s])
	}
	return out
}

// Repositories that have a part of their own in the story.
const (
	canary    = "exec-reports"      // goes first
	ledger    = "finance-close"     // turns red, and its change is taken back
	refusing  = "crm-sync"          // has a place that no one can edit safely
	listed    = "legacy-dashboards" // declares nothing
	untouched = "web-insights"      // reads the same column of another dataset
	held      = "forecasting"       // asks to wait
	asking    = "growth-lab"        // regresses where the old query is broken too
)

// written lists the consumers that were written by hand, by name.
func written() []consumer {
	var out []consumer
	for i, name := range folders("repos") {
		files := readTree("repos/" + name)
		if len(files.models()) == 0 || len(files.only(isSchema)) > 0 {
			continue
		}
		c := consumer{name: name, files: files, golden: map[stage]tree{}, builds: time.Duration(2+i%4) * time.Minute}
		for _, s := range []stage{orders, users, sessions} {
			c.golden[s] = readTree(fmt.Sprintf("golden/%s/%s", s, name))
		}
		switch name {
		case ledger:
			c.builds = 20 * time.Minute // finance counts everything twice
		case "ad-spend", "site-search":
			c.nightly = true
		}
		out = append(out, c)
	}
	return out
}

// consumers lists n consumers: those written by hand, and as many variations as are missing.
func consumers(n int) []consumer {
	out := written()
	for i := len(out); i < n; i++ {
		out = append(out, variation(i))
	}
	return out
}

// variation is the i-th generated consumer: a store that keeps two queries of its own. The same number always
// gives the same files.
func variation(i int) consumer {
	name := fmt.Sprintf("store-%03d", i)
	fill := strings.NewReplacer(
		"{store}", strings.Replace(name, "-", " ", 1),
		"{o}", pick([]string{"o", "ord", "orders", "x", "t1"}, i),
		"{status}", pick([]string{"paid", "invoiced", "cancelled"}, i),
		"{channel}", pick([]string{"web", "phone"}, i/3),
	)
	c := consumer{name: name, files: tree{}, golden: map[stage]tree{orders: {}}, builds: time.Duration(2+i%5) * time.Minute}
	patterns := readTree("generated")
	names := slices.Sorted(maps.Keys(patterns))
	for _, k := range []int{i, i + 1 + i/len(names)%(len(names)-1)} {
		file := pick(names, k)
		text := fill.Replace(patterns[file])
		c.files[path.Join("sql", file)], c.golden[orders][path.Join("sql", file)] = sides(text)
	}
	dialect := pick([]string{"bigquery", "snowflake", "postgres", "duckdb", "trino", "databricks", "redshift"}, i)
	c.files[".github/skein.yml"] = fmt.Sprintf(
		"version: 1\nconsumes:\n  - {dataset: sales.orders, paths: [\"sql/**/*.sql\"], dialect: %s}\n", dialect)
	return c
}

func pick(from []string, i int) string { return from[i%len(from)] }

// sides resolves the places «before|after» of a pattern.
func sides(text string) (before, after string) {
	var b, a strings.Builder
	for {
		plain, rest, found := strings.Cut(text, "«")
		b.WriteString(plain)
		a.WriteString(plain)
		if !found {
			return b.String(), a.String()
		}
		place, tail, _ := strings.Cut(rest, "»")
		was, is, _ := strings.Cut(place, "|")
		b.WriteString(was)
		a.WriteString(is)
		text = tail
	}
}
