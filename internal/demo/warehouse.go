package demo

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the engine of the warehouse

	"github.com/skein-bot/skein/internal/githubsim/git"
	"github.com/skein-bot/skein/internal/repo"
)

// warehouse is where CI finds tables: their shape is what the dataset repositories' main branches say at the
// moment, their rows are the seeds and what loaders have added since. It stands outside the simulator, as a
// warehouse does: it reads git objects, never the simulated GitHub.
type warehouse struct {
	datasets []git.Repo

	mu   sync.Mutex
	late map[string]bool // tables with a loader that came late
}

func newWarehouse(datasets ...git.Repo) *warehouse {
	return &warehouse{datasets: datasets, late: map[string]bool{}}
}

// load lets a late loader begin to write to a table.
func (w *warehouse) load(table string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late[table] = true
}

func (w *warehouse) loaded() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.late)
}

// open builds the tables of this moment.
func (w *warehouse) open(ctx context.Context) (*database, error) {
	ddl, err := w.schemas(ctx)
	if err != nil {
		return nil, err
	}
	return openDatabase(ctx, ddl, w.loaded())
}

// schemas reads the DDL on the main branches.
func (w *warehouse) schemas(ctx context.Context) (tree, error) {
	all := tree{}
	for _, r := range w.datasets {
		head, err := r.Ref(ctx, "refs/heads/main")
		if err != nil {
			return nil, fmt.Errorf("read a dataset's main branch: %w", err)
		}
		files, err := checkout(ctx, r, head)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, files.only(isSchema))
	}
	return all, nil
}

func isSchema(file string) bool { return path.Dir(file) == "schemas" && path.Ext(file) == ".sql" }

func checkout(ctx context.Context, r git.Repo, at repo.SHA) (tree, error) {
	files, err := git.Checkout(ctx, r, at)
	if err != nil {
		return nil, fmt.Errorf("check out %s: %w", at.Short(), err)
	}
	return readFS(files)
}

func readFS(files fs.FS) (tree, error) {
	out := tree{}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		out[name] = string(text)
		return err
	})
	return out, err
}

// database is an embedded SQL database, with the schemas sales and web attached.
type database struct{ db *sql.DB }

func openDatabase(ctx context.Context, ddl tree, late map[string]bool) (*database, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // another connection would be another memory
	d := &database{db}
	if err := d.fill(ctx, ddl, late); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return d, nil
}

func (d *database) close() error { return d.db.Close() }

func (d *database) fill(ctx context.Context, ddl tree, late map[string]bool) error {
	for _, schema := range []string{"sales", "web"} {
		if _, err := d.db.ExecContext(ctx, "ATTACH ':memory:' AS "+schema); err != nil {
			return err
		}
	}
	for _, file := range slices.Sorted(maps.Keys(ddl)) {
		if _, err := d.db.ExecContext(ctx, ddl[file]); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	for file, text := range readTree("seeds") {
		table := strings.TrimSuffix(path.Base(file), ".csv")
		if path.Dir(file) == "late" && !late[table] {
			continue
		}
		if err := d.seed(ctx, table, text); err != nil {
			return fmt.Errorf("seed %s: %w", table, err)
		}
	}
	return nil
}

// seed writes rows, each with the columns that the table has by now. An empty value is NULL.
func (d *database) seed(ctx context.Context, table, rows string) error {
	records, err := csv.NewReader(strings.NewReader(rows)).ReadAll()
	if err != nil {
		return err
	}
	has, err := d.columns(ctx, table)
	if err != nil || len(has) == 0 {
		return err
	}
	var names, marks []string
	for _, name := range records[0] {
		if slices.Contains(has, name) {
			names, marks = append(names, name), append(marks, "?")
		}
	}
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(marks, ", ")) //nolint:gosec // all names stand in files of this package
	for _, record := range records[1:] {
		var values []any
		for i, name := range records[0] {
			if slices.Contains(has, name) {
				values = append(values, sql.NullString{String: record[i], Valid: record[i] != ""})
			}
		}
		if _, err := d.db.ExecContext(ctx, insert, values...); err != nil {
			return err
		}
	}
	return nil
}

func (d *database) columns(ctx context.Context, table string) ([]string, error) {
	schema, name, _ := strings.Cut(table, ".")
	rows, err := d.rows(ctx, fmt.Sprintf("SELECT name FROM pragma_table_info('%s', '%s')", name, schema))
	var out []string
	for _, r := range rows.values {
		out = append(out, r[0])
	}
	return out, err
}

// result is what a query returned, every value as text.
type result struct {
	columns []string
	values  [][]string
}

func (d *database) rows(ctx context.Context, query string) (result, error) {
	rows, err := d.db.QueryContext(ctx, query)
	if err != nil {
		return result{}, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var out result
	if out.columns, err = rows.Columns(); err != nil {
		return out, err
	}
	for rows.Next() {
		values, into := make([]sql.NullString, len(out.columns)), make([]any, len(out.columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return out, err
		}
		row := make([]string, len(values))
		for i, v := range values {
			if row[i] = v.String; !v.Valid {
				row[i] = "NULL"
			}
		}
		out.values = append(out.values, row)
	}
	return out, rows.Err()
}

// define makes a view of each model, named like its file, so that models and tests can read one another.
func (d *database) define(ctx context.Context, models tree) error {
	for _, file := range slices.Sorted(maps.Keys(models)) {
		view := fmt.Sprintf("CREATE TEMP VIEW %q AS %s", modelName(file), models[file])
		if _, err := d.db.ExecContext(ctx, view); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func modelName(file string) string { return strings.TrimSuffix(path.Base(file), ".sql") }

// outputs runs every model and returns what each gives.
func (d *database) outputs(ctx context.Context, models tree) (map[string]result, error) {
	if err := d.define(ctx, models); err != nil {
		return nil, err
	}
	out := map[string]result{}
	for file := range models {
		got, err := d.rows(ctx, fmt.Sprintf("SELECT * FROM temp.%q", modelName(file)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out[file] = got
	}
	return out, nil
}
