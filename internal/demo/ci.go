package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
)

// The checks that the org requires.
const (
	queriesCheck = "ci/queries" // of consumers
	schemaCheck  = "ci/schema"  // of datasets
	actionsApp   = 15368        // GitHub's own id of the app behind Actions
)

// queries is a consumer's CI. It builds the warehouse of this moment, runs every model, and every test must
// return no rows.
func (w *warehouse) queries(takes time.Duration) githubsim.CI {
	return githubsim.Usual(func(ctx context.Context, c githubsim.Commit) []githubsim.Report {
		files, err := readFS(c.Files)
		if err != nil {
			return report(queriesCheck, takes, verdict{faults: []fault{{"", err}}})
		}
		return report(queriesCheck, takes, w.check(ctx, files))
	})
}

// schema is a dataset's CI: the DDL must run, and the data must fit.
func (w *warehouse) schema(takes time.Duration) githubsim.CI {
	return githubsim.Usual(func(ctx context.Context, c githubsim.Commit) []githubsim.Report {
		var v verdict
		files, err := readFS(c.Files)
		if err == nil {
			var db *database
			if db, err = openDatabase(ctx, files.only(isSchema), w.loaded()); err == nil {
				err = db.close()
			}
		}
		if err != nil {
			v.faults = []fault{{"", err}}
		}
		v.ran = len(files.only(isSchema))
		return report(schemaCheck, takes, v)
	})
}

// verdict is what CI found.
type verdict struct {
	ran    int
	faults []fault
}

type fault struct {
	file string
	err  error
}

func (w *warehouse) check(ctx context.Context, files tree) (v verdict) {
	db, err := w.open(ctx)
	if err != nil {
		return verdict{faults: []fault{{"", err}}}
	}
	defer db.close() //nolint:errcheck // a memory that is thrown away
	return db.check(ctx, files)
}

// check runs every model and every test, so that one that fails does not hide another.
func (d *database) check(ctx context.Context, files tree) verdict {
	models, tests := files.models(), files.tests()
	v := verdict{ran: len(models) + len(tests)}
	for _, file := range slices.Sorted(maps.Keys(models)) {
		if _, err := d.outputs(ctx, tree{file: models[file]}); err != nil {
			v.faults = append(v.faults, fault{file, err})
		}
	}
	for _, file := range slices.Sorted(maps.Keys(tests)) {
		if err := d.finds(ctx, tests[file]); err != nil {
			v.faults = append(v.faults, fault{file, fmt.Errorf("%s: %w", file, err)})
		}
	}
	return v
}

// finds is the error of a test that fails to run or finds something.
func (d *database) finds(ctx context.Context, test string) error {
	got, err := d.rows(ctx, test)
	if err == nil && len(got.values) > 0 {
		err = fmt.Errorf("%d rows, want none; the first is %s", len(got.values), strings.Join(got.values[0], ", "))
	}
	return err
}

// report says it as a job of GitHub Actions.
func report(name string, takes time.Duration, v verdict) []githubsim.Report {
	r := githubsim.Report{
		Name: name, Kind: githubsim.Job, Workflow: "build", Conclusion: "success", Queue: takes / 8, Duration: takes - takes/8,
		Title: fmt.Sprintf("%d files ran", v.ran),
	}
	if len(v.faults) == 0 {
		return []githubsim.Report{r}
	}
	var lines []string
	for _, f := range v.faults {
		lines = append(lines, f.err.Error())
		if f.file != "" {
			r.Notes = append(r.Notes, githubsim.Annotation{Path: f.file, StartLine: 1, EndLine: 1, Level: "failure", Message: f.err.Error()})
		}
	}
	r.Conclusion, r.Title = "failure", fmt.Sprintf("%d of %d failed", len(v.faults), max(v.ran, 1))
	r.Summary = strings.Join(lines, "\n")
	return []githubsim.Report{r}
}
