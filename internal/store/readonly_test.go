package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skein-bot/skein/internal/rollout"
)

func add(t *testing.T, s *Store, title string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.AddMigration(t.Context(), rollout.Migration{Title: title})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func titles(t *testing.T, s *Store) (out []string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *Tx) error {
		all, err := tx.Migrations(t.Context(), false)
		for _, m := range all {
			out = append(out, m.Title)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A reader sees what the server commits, even amid one of its transactions, and can write nothing.
func TestOpenReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a file #1?.db")
	plain := filepath.Join(t.TempDir(), "skein.db")
	server, err := Open(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	add(t, server, "first")
	reader, err := OpenReadOnly(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	err = server.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.AddMigration(t.Context(), rollout.Migration{Title: "second"})
		if got := titles(t, reader); len(got) != 1 {
			t.Errorf("amid a transaction the reader sees %v", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := titles(t, reader); len(got) != 2 {
		t.Errorf("the reader sees %v, want both", got)
	}
	err = reader.Update(t.Context(), func(tx *Tx) error { return tx.SetMark(t.Context(), "x", "y") })
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("a write of the reader gave %v", err)
	}
	if err := errors.Join(reader.Close(), server.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(plain, path); err != nil {
		t.Fatal(err)
	}
	reopened, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal("after the server stopped, under an odd name:", err)
	}
	defer func() { _ = reopened.Close() }()
	if got := titles(t, reopened); len(got) != 2 {
		t.Errorf("after the server stopped the reader sees %v", got)
	}
}

// What is no database, or not ours, is told apart from what is.
func TestOpenReadOnlyRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, empty := filepath.Join(dir, "notes.txt"), filepath.Join(dir, "empty.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{dir: "there is no database", filepath.Join(dir, "none.db"): "there is no database", text: "not a database", empty: "not Skein's"} {
		s, err := OpenReadOnly(context.Background(), path)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
		if _, err := os.Stat(filepath.Join(dir, "none.db")); err == nil {
			t.Error("a file was created")
		}
	}
}
