package git

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1" //nolint:gosec // packs end with a SHA-1
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"

	"github.com/skein-bot/skein/internal/repo"
)

// plumbing runs git on one bare repository, away from the machine's and the user's configuration.
type plumbing struct{ dir string }

// command prepares git with these arguments. No shell is involved, and no hook, pager, prompt or gc.
func (p plumbing) command(ctx context.Context, args ...string) *exec.Cmd {
	fixed := []string{
		"--git-dir=" + p.dir, "--no-pager", "--no-replace-objects", "--literal-pathspecs",
		"-c", "core.hooksPath=" + os.DevNull, "-c", "core.attributesFile=" + os.DevNull, "-c", "core.quotePath=false",
		"-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "core.fsync=none",
	}
	cmd := exec.CommandContext(ctx, "git", append(fixed, args...)...) //nolint:gosec // arguments are checked ids, names and constants
	cmd.Dir = p.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.DevNull, "LC_ALL=C", "TZ=UTC",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1",
	}
	return cmd
}

// run runs git to its end and returns what it printed. A failure is a *gitError.
func (p plumbing) run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	var out bytes.Buffer
	err := p.stream(ctx, stdin, &out, args...)
	return out.Bytes(), err
}

func (p plumbing) stream(ctx context.Context, stdin io.Reader, stdout io.Writer, args ...string) error {
	cmd := p.command(ctx, args...)
	var diag bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, &diag
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &gitError{verb: args[0], said: strings.TrimSpace(diag.String()), err: err}
}

// gitError is a git that did not end with 0.
type gitError struct {
	verb string
	said string
	err  error
}

func (e *gitError) Error() string {
	return fmt.Sprintf("git %s: %v: %s", e.verb, e.err, strings.ReplaceAll(e.said, "\n", "; "))
}

func (e *gitError) Unwrap() error { return e.err }

// exitCode returns what git ended with, or -1 if it did not end by itself.
func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return -1
}

// reader is one long-running git cat-file that answers one question at a time. It starts with the first
// question, and again after an answer that could not be read to its end.
type reader struct {
	plumbing
	mu     sync.Mutex
	closed bool
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
}

// info returns an object's kind and size.
func (r *reader) info(id repo.SHA) (Kind, int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ask("info", id)
}

// contents returns an object, if it has the kind wanted.
func (r *reader) contents(id repo.SHA, want Kind) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind, size, err := r.ask("contents", id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, missing(want, id)
	case err != nil:
		return nil, err
	case size > MaxBlob:
		r.stop() // rather than read it
		return nil, fmt.Errorf("%s %s of %d bytes: %w: at most %d", kind, id, size, ErrTooLarge, MaxBlob)
	}
	data := make([]byte, size+1) // a line feed follows
	if _, err = io.ReadFull(r.out, data); err != nil {
		return nil, r.broken(err)
	}
	if kind != want {
		return nil, missing(want, id)
	}
	return data[:size:size], nil
}

// ask writes one question and reads the line that answers it: ID KIND SIZE, or ID missing.
func (r *reader) ask(verb string, id repo.SHA) (Kind, int64, error) {
	if err := checkID(id); err != nil {
		return "", 0, err
	}
	if err := r.start(); err != nil {
		return "", 0, err
	}
	if _, err := io.WriteString(r.in, verb+" "+string(id)+"\n"); err != nil {
		return "", 0, r.broken(err)
	}
	line, err := r.out.ReadString('\n')
	if err != nil {
		return "", 0, r.broken(err)
	}
	f := strings.Fields(line)
	if len(f) == 2 && f[1] == "missing" {
		return "", 0, fmt.Errorf("object %s: %w", id, ErrNotFound)
	}
	if len(f) != 3 {
		return "", 0, r.broken(fmt.Errorf("unexpected answer %.200q", line))
	}
	size, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		return "", 0, r.broken(err)
	}
	return Kind(f[1]), size, nil
}

func (r *reader) start() error {
	if r.closed {
		return ErrClosed
	}
	if r.cmd != nil {
		return nil
	}
	cmd := r.command(context.Background(), "cat-file", "--batch-command")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git cat-file: %w", err)
	}
	r.cmd, r.in, r.out = cmd, in, bufio.NewReaderSize(out, 1<<16)
	return nil
}

// broken ends a process whose answers can no longer be trusted to match the questions.
func (r *reader) broken(err error) error {
	r.stop()
	return fmt.Errorf("git cat-file: %w", err)
}

func (r *reader) stop() {
	if r.cmd == nil {
		return
	}
	_ = r.in.Close()
	_ = r.cmd.Process.Kill() // it may have ended by itself
	_ = r.cmd.Wait()
	r.cmd = nil
}

func (r *reader) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.stop()
}

// isClosed reports whether close was called.
func (r *reader) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// pack writes objects as a git pack, the one way to hand git many objects of all kinds at once.
func pack(objects []object) []byte {
	var b bytes.Buffer
	b.WriteString("PACK")
	b.Write(binary.BigEndian.AppendUint32(nil, 2))
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(objects)))) //nolint:gosec // bounded by MaxEntries and their folders
	z := zlib.NewWriter(&b)
	for _, o := range objects {
		b.Write(packHeader(o))
		z.Reset(&b)
		_, _ = z.Write(o.data) // a buffer takes everything
		_ = z.Close()
	}
	sum := sha1.Sum(b.Bytes()) //nolint:gosec // packs end with a SHA-1
	b.Write(sum[:])
	return b.Bytes()
}

// packHeader holds kind and size: three bits of kind and four of size, then seven of size per byte.
func packHeader(o object) []byte {
	code := map[Kind]byte{KindCommit: 1, KindTree: 2, KindBlob: 3}[o.kind]
	size := len(o.data)
	head := []byte{code<<4 | byte(size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		head[len(head)-1] |= 0x80
		head = append(head, byte(size&0x7f))
	}
	return head
}
