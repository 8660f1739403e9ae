package deploy

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/githubsim"
	"github.com/skein-bot/skein/internal/testenv"
)

// TestImage builds the binary as the Dockerfile does and runs it as the image does: as a user that owns nothing
// but its data. It compiles everything once more, so only CI runs it, and whoever sets SKEIN_TEST_IMAGE.
func TestImage(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" || !testenv.CI() && os.Getenv("SKEIN_TEST_IMAGE") == "" {
		t.Skip("CI runs it, on Linux: set SKEIN_TEST_IMAGE=1 to build the binary as the Dockerfile does")
	}
	dir := entrance(t)
	bin := filepath.Join(dir, "skein")
	build(t, bin)
	static(t, bin)

	data, home := filepath.Join(dir, "data"), filepath.Join(dir, "home")
	for path, mode := range map[string]os.FileMode{data: 0o700, home: 0o555} {
		if err := os.Mkdir(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	nobody := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		if err := os.Chown(data, 65532, 65532); err != nil {
			t.Fatal(err)
		}
		nobody.Credential = &syscall.Credential{Uid: 65532, Gid: 65532}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	serve := exec.CommandContext(ctx, bin, "serve")
	serve.Dir, serve.SysProcAttr = home, nobody
	serve.Env = append(environment(t), "HOME="+home, "SKEIN_LISTEN=127.0.0.1:0", "SKEIN_DATABASE="+filepath.Join(data, "skein.db"))
	log, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(log)
	address := listening(t, lines)
	for _, path := range []string{"/healthz", "/readyz"} {
		if said, err := exec.CommandContext(ctx, bin, "health", "http://"+address+path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", path, err, said)
		}
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(lines) // the pipe ends with the process
	if err := serve.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, rest)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("it wrote outside its data: %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(data, "skein.db")); err != nil {
		t.Error(err)
	}
}

// entrance is a temporary folder that every user may enter.
func entrance(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "skein-image") //nolint:usetesting // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// build runs the Dockerfile's go build, with another output.
func build(t *testing.T, bin string) {
	t.Helper()
	words := dockerfile(t).build()
	at := slices.Index(words, "go")
	out := slices.Index(words, "-o")
	if at < 0 || out < 0 {
		t.Fatalf("no go build with an output in the Dockerfile: %q", words)
	}
	words[out+1] = bin
	cmd := exec.CommandContext(t.Context(), words[at], words[at+1:]...)
	cmd.Dir, cmd.Env = "..", append(os.Environ(), words[:at]...)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, said)
	}
}

// static reports a binary that needs a loader or libraries: the image has none.
func static(t *testing.T, bin string) {
	t.Helper()
	f, err := elf.Open(bin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) > 0 {
		t.Errorf("it needs %v, %v", libs, err)
	}
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		t.Error("it needs a loader")
	}
}

// environment is that of the image, with an app on a simulator.
func environment(t *testing.T) (env []string) {
	t.Helper()
	sim := githubsim.New(githubsim.Options{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	sim.SetURL(server.URL)
	if _, err := sim.CreateOrg("acme", "Acme"); err != nil {
		t.Fatal(err)
	}
	app, err := sim.CreateApp("acme", githubsim.AppSpec{Name: "Skein", Secret: strings.Repeat("s", 32)})
	if err != nil {
		t.Fatal(err)
	}
	env = strings.Fields(dockerfile(t).last("ENV"))
	return append(env, "SKEIN_GITHUB_URL="+server.URL, "SKEIN_GITHUB_APP_ID="+strconv.FormatInt(app.ID, 10),
		"SKEIN_GITHUB_PRIVATE_KEY="+app.PEM, "SKEIN_GITHUB_WEBHOOK_SECRET="+strings.Repeat("s", 32))
}

// listening reads the log for the address.
func listening(t *testing.T, log *bufio.Reader) string {
	t.Helper()
	var all bytes.Buffer
	for {
		line, err := log.ReadBytes('\n')
		all.Write(line)
		var said struct{ Listen string }
		if json.Unmarshal(line, &said) == nil && said.Listen != "" {
			return said.Listen
		}
		if err != nil {
			t.Fatalf("it ended before it listened:\n%s", all.Bytes())
		}
	}
}
