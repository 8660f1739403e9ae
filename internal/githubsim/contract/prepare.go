package contract

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// packages lists the npm packages and their exact versions, one a line. .ci/contracts reads the same file.
//
//go:embed packages.txt
var packages string

// Prepared files, as Load reads them.
const (
	restFile     = "rest.json"
	webhookFile  = "webhooks.json"
	graphqlFile  = "schema.graphql"
	examplesFile = "examples.json"
	stampFile    = "stamp"
)

// Prepare reads the unpacked npm packages below from and writes what Load needs below to. The stamp is
// written last, so that a half-written folder is never taken for a whole one.
func Prepare(from, to string) error {
	if err := os.MkdirAll(to, 0o750); err != nil {
		return err
	}
	for _, part := range []struct {
		source, target string
		trim           func([]byte) ([]byte, error)
	}{
		{"openapi/generated/api.github.com.json", restFile, TrimREST},
		{"openapi-webhooks/generated/api.github.com.json", webhookFile, TrimWebhooks},
		{"graphql-schema/schema.graphql", graphqlFile, whole},
		{"webhooks-examples/api.github.com/index.json", examplesFile, whole},
	} {
		b, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(part.source))) //nolint:gosec // the caller names the folder
		if err != nil {
			return err
		}
		if b, err = part.trim(b); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, part.target), b, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(to, stampFile), []byte(stamp()), 0o600)
}

func whole(b []byte) ([]byte, error) { return b, nil }

// stamp names what the prepared files were made from and by which rules.
func stamp() string {
	sum := sha256.Sum256([]byte(strings.Join(append(lines(packages), Operations()...), "\n") + trimRules))
	return hex.EncodeToString(sum[:]) + "\n"
}

// trimRules changes whenever Prepare writes something else from the same packages.
const trimRules = "5"

// ErrAbsent says that the descriptions have not been fetched, or were prepared from other versions.
var ErrAbsent = errors.New("GitHub's descriptions are not there: run .ci/contracts")

func checkStamp(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, stampFile)) //nolint:gosec // the caller names the folder
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: %w", dir, ErrAbsent)
	case err != nil:
		return err
	case string(b) != stamp():
		return fmt.Errorf("%s is out of date: %w", dir, ErrAbsent)
	}
	return nil
}

// Dir is the folder of the prepared files: $SKEIN_CONTRACTS, or the cache in the repository at root.
func Dir(root string) string {
	if dir := os.Getenv("SKEIN_CONTRACTS"); dir != "" {
		return dir
	}
	return filepath.Join(root, ".cache", "contracts")
}
