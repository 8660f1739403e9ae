package checkout

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/skein-bot/skein/internal/repo"
)

// gitDir is a folder inside a git checkout.
type gitDir string

func (g gitDir) where(ctx context.Context) string {
	if _, err := g.run(ctx, "rev-parse", "--git-dir"); err != nil {
		return string(g) + " (which is in no git checkout)"
	}
	return "the git checkout of " + string(g)
}

// command never starts what the checkout's own config names.
func (g gitDir) command(ctx context.Context, args ...string) *exec.Cmd {
	safe := []string{"-C", string(g), "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull}
	cmd := exec.CommandContext(ctx, "git", append(safe, args...)...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), elsewhere), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	return cmd
}

// elsewhere are the variables that would send git to another repository, as they do inside of a hook.
func elsewhere(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	switch name {
	case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
		"GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX":
		return true
	}
	return false
}

func (g gitDir) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := g.command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	return out, explained(args[0], err, &stderr)
}

func explained(verb string, err error, stderr *bytes.Buffer) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("git %s: %w: %s", verb, err, bytes.TrimSpace(stderr.Bytes()))
}

// pipe runs git and gives its output to a reader, which may stop early by an error.
func (g gitDir) pipe(ctx context.Context, in io.Reader, read func(*bufio.Reader) error, args ...string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := g.command(ctx, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = in, &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git %s: %w", args[0], err)
	}
	failed := read(bufio.NewReaderSize(out, 64<<10))
	if failed != nil {
		cancel()
	}
	err = explained(args[0], cmd.Wait(), &stderr)
	if failed != nil && (err == nil || !errors.Is(failed, io.ErrUnexpectedEOF) && !errors.Is(failed, io.EOF)) {
		return failed
	}
	return err
}

// files lists what git tracks or would add: all but the ignored.
func (g gitDir) files(ctx context.Context) ([]string, error) {
	out, err := g.run(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	names := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(n string) bool {
		return n == "" || strings.HasSuffix(n, "/") // a repository inside this one
	}), nil
}

// Origin is OWNER/REPO of the remote named origin; false if there is none that says so.
func (t *Tree) Origin(ctx context.Context) (repo.Name, bool) {
	out, err := t.git.run(ctx, "remote", "get-url", "origin")
	if err != nil {
		return repo.Name{}, false
	}
	return nameOf(strings.TrimSpace(string(out)))
}

// nameOf reads the address of a remote: https://host/o/r.git, ssh://git@host:22/o/r or git@host:o/r.git.
func nameOf(address string) (repo.Name, bool) {
	where, ok := remotePath(address)
	if !ok {
		return repo.Name{}, false
	}
	name, err := repo.ParseName(strings.TrimSuffix(strings.Trim(where, "/"), ".git"))
	return name, err == nil
}

func remotePath(address string) (string, bool) {
	if strings.Contains(address, "://") {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme == "file" {
			return "", false
		}
		return u.Path, true
	}
	host, where, ok := strings.Cut(address, ":")
	return where, ok && host != "" && !strings.ContainsAny(host, `/\`) && !strings.HasPrefix(where, `\`)
}
