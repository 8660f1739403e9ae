package registration

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The files that setup writes.
const (
	ServerFile        = "server.yml"
	PrivateKeyFile    = "private-key.pem"
	WebhookSecretFile = "webhook-secret"
	databaseFile      = "skein.db"
)

// Folder is where an app's credentials and its server.yml are kept.
type Folder struct {
	path string // absolute
}

// NewFolder makes the folder, or takes one that is closed to others. Credentials that are there already are
// never overwritten, so their presence is an error: better now than when GitHub has handed new ones out.
func NewFolder(path string) (Folder, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Folder{}, err
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return Folder{}, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return Folder{}, err
	}
	if open := info.Mode().Perm() & 0o077; open != 0 {
		return Folder{}, fmt.Errorf("%s is open to others (%v); close it with: chmod 700", abs, info.Mode().Perm())
	}
	for _, name := range []string{ServerFile, PrivateKeyFile, WebhookSecretFile} {
		if _, err := os.Lstat(filepath.Join(abs, name)); !errors.Is(err, fs.ErrNotExist) {
			return Folder{}, fmt.Errorf("%s is there already; name another folder with --out", filepath.Join(abs, name))
		}
	}
	return Folder{abs}, nil
}

// Path is where a file of the folder is.
func (f Folder) Path(name string) string { return filepath.Join(f.path, name) }

// Keep writes an app's credentials, and the server.yml that uses them. The key comes first: it is what GitHub
// gives only once.
func (f Folder) Keep(a App, github, publicURL string) error {
	for _, file := range []struct{ name, text string }{
		{PrivateKeyFile, a.PrivateKey.Reveal()},
		{WebhookSecretFile, a.WebhookSecret.Reveal() + "\n"},
		{ServerFile, f.server(a, github, publicURL)},
	} {
		if err := write(f.Path(file.name), file.text); err != nil {
			return err
		}
	}
	return nil
}

// write creates a file that only its owner can read, and sees it onto the disk.
func write(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the folder that the user named
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// server is a server.yml for the app. A quoted text of Go's is one of YAML's too.
func (f Folder) server(a App, github, publicURL string) string {
	return fmt.Sprintf(`# Written by skein setup. What else can be said here: docs/operating.md
listen: 127.0.0.1:8080   # put a proxy with TLS before it that passes /api/github/hook on
public_url: %q
database: %q
github:
  url: %q
  app_id: %d             # %s
  private_key: {file: %q}
  webhook_secret: {file: %q}
`, publicURL, f.Path(databaseFile), github, a.ID, a.URL, f.Path(PrivateKeyFile), f.Path(WebhookSecretFile))
}
