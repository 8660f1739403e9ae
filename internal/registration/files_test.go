package registration_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/registration"
)

func app() registration.App {
	return registration.App{ID: 7, Name: "Skein", PrivateKey: config.NewSecret("PEM"), WebhookSecret: config.NewSecret("s3cret")}
}

// Only the owner can read what is kept.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	f, err := registration.NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Keep(app(), "https://github.com", "https://skein.acme.example"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		"": os.ModeDir | 0o700, registration.ServerFile: 0o600, registration.PrivateKeyFile: 0o600, registration.WebhookSecretFile: 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%q: got %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	server, err := os.ReadFile(f.Path(registration.ServerFile))
	if err != nil || strings.Contains(string(server), "s3cret") || strings.Contains(string(server), "PEM") {
		t.Errorf("server.yml holds a secret, or %v:\n%s", err, server)
	}
}

// What is there stays, found out before GitHub is asked and, should it come in between, afterwards.
func TestFolderKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{registration.ServerFile, registration.PrivateKeyFile, registration.WebhookSecretFile} {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		f, err := registration.NewFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Path(name), []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := registration.NewFolder(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
		if err := f.Keep(app(), "https://github.com", "https://skein.acme.example"); !os.IsExist(err) {
			t.Errorf("%s: got %v", name, err)
		}
		if got, err := os.ReadFile(f.Path(name)); err != nil || string(got) != "old" {
			t.Errorf("%s: is now %q, %v", name, got, err)
		}
	}
}

func TestFolderOpenToOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := registration.NewFolder(dir); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("got %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := registration.NewFolder(file); err == nil {
		t.Error("took a file for a folder")
	}
}
