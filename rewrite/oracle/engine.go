package oracle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // an engine that judges
	_ "github.com/jackc/pgx/v5/stdlib" // an engine that judges
	_ "modernc.org/sqlite"             // an engine that judges
)

// patience is how long a query may take. What is slower is not worth waiting for.
const patience = 4 * time.Second

// brief is how long a random query may take on the old schema: it runs again for every change.
const brief = 30 * time.Millisecond

// maxRows is how many rows are compared; a query with more is dropped.
const maxRows = 1000

var errMany = errors.New("too many rows to compare")

// Engine is one connection to a database that is ours alone. Its name is the rewriter's dialect too.
type Engine struct {
	Name string
	dsn  string
	db   *sql.DB
	conn *sql.Conn
}

// Open starts an engine: duckdb and sqlite live in memory, postgres is at the DSN and gets a schema of its own.
func Open(ctx context.Context, name, dsn string) (*Engine, error) {
	given, driver, setup := dsn, name, []string(nil)
	switch name {
	case "duckdb": // several threads give ties and row numbers in any order
		dsn, setup = "", []string{"SET threads = 1"}
	case "sqlite": // without _dqs a quoted name that is missed would run, as a string
		dsn = "file::memory:?_dqs=0"
	case "postgres":
		driver = "pgx"
		dsn += " default_query_exec_mode=simple_protocol" // plans kept from before a rename do not run after it
		setup = []string{"DROP SCHEMA IF EXISTS skein_oracle CASCADE", "CREATE SCHEMA skein_oracle",
			"SET search_path = skein_oracle", "SET client_min_messages = error", "SET statement_timeout = 1000", "SET jit = off"}
	default:
		return nil, fmt.Errorf("engine %q: use duckdb, sqlite or postgres", name)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), db.Close())
	}
	e := &Engine{Name: name, dsn: given, db: db, conn: conn}
	if err := e.Do(ctx, setup...); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Version is what the engine calls itself.
func (e *Engine) Version(ctx context.Context) (string, error) {
	query := "SELECT version()"
	if e.Name == "sqlite" {
		query = "SELECT sqlite_version()"
	}
	var version string
	if err := e.conn.QueryRowContext(ctx, query).Scan(&version); err != nil {
		return "", fmt.Errorf("%s: %w", e.Name, err)
	}
	if words := strings.Fields(version); len(words) > 1 { // PostgreSQL tells its compiler too
		version = words[1]
	}
	return e.Name + " " + version, nil
}

// Close ends the connection; what is in the engine's memory is gone.
func (e *Engine) Close() error { return errors.Join(e.conn.Close(), e.db.Close()) }

// gaveUp: the error says that the engine found a fault of its own in a query, and answers nothing from now on.
func gaveUp(err error) bool {
	return err != nil && strings.Contains(err.Error(), "database has been invalidated")
}

// revive begins again with an engine that gave up.
func (e *Engine) revive(ctx context.Context) error {
	again, err := Open(ctx, e.Name, e.dsn)
	if err != nil {
		return err
	}
	_ = e.Close() // which may say again what is wrong
	*e = *again
	return nil
}

// Do runs statements that answer nothing. Where the machine was too busy for one, it gets another chance.
func (e *Engine) Do(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		_, err := e.conn.ExecContext(ctx, s)
		if timedOut(err) {
			if _, again := e.conn.ExecContext(ctx, s); again == nil {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w, in %s", e.Name, err, s)
		}
	}
	return nil
}

// Load creates the tables with their values.
func (e *Engine) Load(ctx context.Context, s *Schema) error {
	for i := range s.Tables {
		if err := e.Do(ctx, s.Tables[i].ddl(e.Name), s.Tables[i].insert("")); err != nil {
			return err
		}
	}
	return nil
}

// Drop takes the tables away.
func (e *Engine) Drop(ctx context.Context, s *Schema) error {
	for i := range s.Tables {
		if err := e.Do(ctx, "DROP TABLE IF EXISTS "+quote(s.Tables[i].Name)); err != nil {
			return err
		}
	}
	return nil
}

// Shuffle loads a table again, with the values of one column in other rows; of none if column is empty.
func (e *Engine) Shuffle(ctx context.Context, t *Table, column string) error {
	return e.Do(ctx, "DELETE FROM "+quote(t.Name), t.insert(column))
}

// written stands before the rows that a writing query leaves in its table.
const written = "--"

// Answer is what a query gives. A query that writes gives what is in the table afterwards too.
type Answer struct {
	Names []string
	Rows  []string
}

// Same reports whether the rows are the same in the same order.
func (a Answer) Same(b Answer) bool { return slices.Equal(a.Rows, b.Rows) }

// edited is the answer with something done to each row, and sorted again.
func (a Answer) edited(edit func(string) string, ordered bool) Answer {
	out := Answer{Names: a.Names}
	for _, row := range a.Rows {
		out.Rows = append(out.Rows, edit(row))
	}
	rest := out.Rows
	if end := slices.Index(rest, written); end >= 0 {
		slices.Sort(rest[end+1:])
		rest = rest[:end]
	}
	if !ordered {
		slices.Sort(rest)
	}
	return out
}

// Ask runs a query. All but the last statement of a script answer nothing, and whatever it writes is taken back.
func (e *Engine) Ask(ctx context.Context, q *Query, text string) (answer Answer, err error) {
	if e.Name != "postgres" { // whose connection would be gone afterwards; it has a limit of its own
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	if !q.script() {
		return e.ask(ctx, text, q.Ordered())
	}
	if err := e.Do(ctx, "BEGIN"); err != nil {
		return Answer{}, err
	}
	defer func() { err = errors.Join(err, e.Do(context.WithoutCancel(ctx), "ROLLBACK")) }()
	parts := Statements(text)
	if err := e.Do(ctx, parts[:len(parts)-1]...); err != nil {
		return Answer{}, err
	}
	if answer, err = e.ask(ctx, parts[len(parts)-1], q.Ordered()); err != nil || q.Writes == "" {
		return answer, err
	}
	left, err := e.ask(ctx, q.left(), false)
	answer.Rows = append(append(answer.Rows, written), left.Rows...)
	return answer, err
}

func (e *Engine) ask(ctx context.Context, text string, ordered bool) (a Answer, err error) {
	rows, err := e.conn.QueryContext(ctx, text)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if a.Names, err = rows.Columns(); err != nil {
		return a, err
	}
	cells, targets := make([]any, len(a.Names)), make([]any, len(a.Names))
	for i := range cells {
		targets[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return a, err
		}
		a.Rows = append(a.Rows, line(cells))
		if len(a.Rows) > maxRows {
			return a, errMany
		}
	}
	if !ordered {
		slices.Sort(a.Rows)
	}
	return a, rows.Err()
}

func line(cells []any) string {
	var b strings.Builder
	for _, c := range cells {
		if text, ok := c.([]byte); ok {
			c = string(text)
		}
		_, _ = fmt.Fprintf(&b, "%v|", c)
	}
	return b.String()
}
