// Package store keeps what GitHub cannot show: deliveries, migrations and their changesets, intents, the
// journal. State and the intents it implies are written in one transaction, so a crash leaves both or neither.
//
// Documents are JSON beside the few columns that queries need. A migration or changeset carries a version;
// saving on top of somebody else's save is ErrStale, and whoever gets it starts again from what is there now.
package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver named sqlite
)

// Errors that callers branch on.
var (
	ErrNotFound = errors.New("not found")
	ErrStale    = errors.New("changed by somebody else meanwhile")
)

//go:embed migrations
var migrations embed.FS

// Store is a database file.
type Store struct {
	db *sql.DB
}

// Tx is one transaction. It is valid only inside the function it was given to.
type Tx struct {
	sql *sql.Tx
}

// Open opens or creates the SQLite file at path, or a database in memory for :memory:, and brings its tables up to date. It holds one connection:
// SQLite has one writer, and waiting in Go is fairer than waiting in its busy handler.
func Open(ctx context.Context, path string) (*Store, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(5000)"+
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	s := &Store{db: db}
	if err := errors.Join(checkPragmas(ctx, db), migrate(ctx, db)); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), db.Close())
	}
	return s, nil
}

// DB is the underlying pool, for the job queue, which keeps its tables in the same file.
func (s *Store) DB() *sql.DB { return s.db }

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Ping reports whether the store can be written.
func (s *Store) Ping(ctx context.Context) error {
	return s.Update(ctx, func(tx *Tx) error { return tx.SetMark(ctx, "ping", "") })
}

// SQL is the transaction itself, for whoever must write in it too.
func (tx *Tx) SQL() *sql.Tx { return tx.sql }

// Update runs f in a transaction that is committed when f returns nil.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := f(&Tx{sql: tx}); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// checkPragmas reads the settings back, because a misspelt one passes silently.
func checkPragmas(ctx context.Context, db *sql.DB) error {
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return err
		}
		if got != want && got != "memory" {
			return fmt.Errorf("PRAGMA %s is %s, want %s", pragma, got, want)
		}
	}
	return nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// get reads one document.
func get[T any](ctx context.Context, tx *Tx, query string, args ...any) (T, error) {
	var doc string
	var v T
	err := tx.sql.QueryRowContext(ctx, query, args...).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return v, ErrNotFound
	}
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(doc), &v)
}

// list reads documents.
func list[T any](ctx context.Context, tx *Tx, query string, args ...any) (out []T, err error) {
	err = each(ctx, tx, query, args, func(scan func(...any) error) error {
		var doc sql.RawBytes
		var v T
		if err := scan(&doc); err != nil {
			return err
		}
		if err := json.Unmarshal(doc, &v); err != nil {
			return err
		}
		if len(out) == cap(out) { // append alone would copy tens of thousands of documents many times
			out = slices.Grow(out, max(16, len(out)))
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

// each calls f for every row.
func each(ctx context.Context, tx *Tx, query string, args []any, f func(scan func(...any) error) error) (err error) {
	rows, err := tx.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.sql.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
