package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/checkout"
	"github.com/skein-bot/skein/internal/consumer"
	"github.com/skein-bot/skein/internal/plan"
	"github.com/skein-bot/skein/internal/repo"
	"github.com/skein-bot/skein/rewrite"
)

// driftCode is that of a declaration which the code beside it does not bear out.
const driftCode config.Code = "drift"

// drift says where a repository's declarations and its code differ: what is declared and not read, and what is read
// outside the declared paths. It needs the checkout around the config; a schema only where names alone do not tell.
func drift(ctx context.Context, file string, src []byte) ([]config.Finding, error) {
	root := filepath.Dir(filepath.Dir(file))
	cfg, found := config.ParseRepo(file, src)
	if filepath.Join(root, config.RepoPath) != filepath.Clean(file) || config.HasErrors(found) || len(cfg.Consumes) == 0 {
		return nil, nil
	}
	tree, err := checkout.Open(ctx, root)
	if err != nil {
		return nil, err
	}
	d := drifting{config: cfg, reads: consumer.Consumer{Repo: repo.Name{Name: "."}}}
	for _, c := range plan.Declarations(d.reads.Repo, cfg) {
		if c.Dataset != "" {
			d.reads.Reads = append(d.reads.Reads, consumer.Read{Declaration: c, Source: consumer.Own})
		}
	}
	skipped, err := d.look(ctx, tree)
	if err != nil {
		return nil, err
	}
	if skipped == 0 && d.seen.Left == 0 {
		d.idle()
	}
	d.astray()
	slices.SortFunc(d.found, func(a, b config.Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return d.found, nil
}

// drifting compares what one repository declares with what its code was seen to read.
type drifting struct {
	config *config.Repo
	reads  consumer.Consumer
	seen   consumer.Evidence
	found  []config.Finding
}

// look reads the code. skipped is how many declared files cannot be read.
func (d *drifting) look(ctx context.Context, tree *checkout.Tree) (skipped int, err error) {
	known, err := d.known(ctx, tree)
	if err != nil {
		return 0, err
	}
	tools := rewriters()
	handled := func(file string) bool {
		return slices.ContainsFunc(tools, func(r rewrite.Rewriter) bool { return r.Handles(file) })
	}
	declared := plan.Selects(d.reads)
	files, left, err := tree.Files(ctx, checkout.Query{Want: func(file string) bool { return declared(file) || handled(file) }, Also: plan.Witnesses(tools)})
	if err != nil {
		return 0, err
	}
	for _, s := range left {
		if declared(s.Path) {
			skipped++
		}
	}
	d.seen = plan.Evidence(d.reads, known, files, tools)
	return skipped, nil
}

// known are the datasets that the config speaks of: with their schemas those of this repository, and by name the others.
func (d *drifting) known(ctx context.Context, tree *checkout.Tree) ([]consumer.Snapshot, error) {
	files, _, err := tree.Files(ctx, checkout.Query{Want: plan.Wants(d.config), Ignored: true})
	if err != nil {
		return nil, err
	}
	own, _ := plan.Read(d.config, "", files) // a schema that cannot be read is told elsewhere, and is known by name
	out := own.Snapshots(0, "")
	for _, r := range d.reads.Reads {
		if !slices.ContainsFunc(out, func(s consumer.Snapshot) bool { return s.Dataset == r.Dataset }) {
			out = append(out, consumer.Snapshot{Dataset: r.Dataset, Names: []string{r.Dataset}, Dialect: r.Dialect})
		}
	}
	return out, nil
}

// idle tells the declarations that no code bears out.
func (d *drifting) idle() {
	for _, r := range d.reads.Reads {
		if !slices.ContainsFunc(d.seen.Sights, func(s consumer.Sight) bool { return s.Declared && s.Dataset == r.Dataset }) {
			d.warn(r.Pos, "%s is declared, and no file of these paths was seen to read it", r.Dataset)
		}
	}
}

// astray tells, for each declared dataset, the files that read it and are not declared.
func (d *drifting) astray() {
	told := map[string]bool{}
	for _, r := range d.reads.Reads {
		for _, s := range slices.Backward(d.seen.Sights) { // a field says more than the dataset's name, which comes first
			if key := s.Dataset + " " + s.File; s.Dataset == r.Dataset && !s.Declared && !s.How.Claimed() && !told[key] {
				told[key] = true
				d.warn(r.Pos, "%s:%d %s %s, and is outside the declared paths: nobody is asked to change it", s.File, s.Line, s.How, strings.TrimSuffix(s.Dataset+"."+s.Field, "."))
			}
		}
	}
}

func (d *drifting) warn(at repo.Position, format string, args ...any) {
	d.found = append(d.found, config.Finding{Position: at, Severity: config.Warning, Code: driftCode, Message: fmt.Sprintf(format, args...)})
}
