package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
)

// OpenReadOnly opens an existing file for looking only: it takes no lock that a server would wait for, brings no
// table up to date, and every write fails. A server may run on the file meanwhile.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return nil, fmt.Errorf("there is no database %s", path)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_txlock=deferred&_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if err := recognise(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), db.Close())
	}
	return &Store{db: db}, nil
}

// recognise makes sure that the file is one of ours, and not of a version that lacks what is read.
func recognise(ctx context.Context, db *sql.DB) error {
	var n int
	err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('migrations', 'changesets', 'journal', 'members', 'evidence')`).Scan(&n)
	if err == nil && n != 5 {
		err = errors.New("it is not Skein's, or of an older version that `skein serve` brings up to date")
	}
	return err
}
