package deploy

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/skein-bot/skein/config"
	"github.com/skein-bot/skein/internal/registration"
)

// compose is the part of compose.yml that the tests know. Anything else in it is an error: it would go untried.
type compose struct {
	Name     string
	Services map[string]service
	Configs  map[string]source
	Secrets  map[string]source
	Volumes  map[string]map[string]any
}

type source struct{ File string }

type service struct {
	Build       struct{ Context, Dockerfile string }
	Command     []string
	Environment map[string]string
	Configs     []struct{ Source, Target string }
	Secrets     []string
	Volumes     []string
	Ports       []string
	User        string
	ReadOnly    bool `yaml:"read_only"`
	Tmpfs       []string
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	Healthcheck struct {
		Test              []string
		Interval, Timeout string
		Retries           int
		StartPeriod       string `yaml:"start_period"`
	}
	Restart         string
	StopGracePeriod string `yaml:"stop_grace_period"`
}

func readCompose(t *testing.T) (compose, service) {
	t.Helper()
	var c compose
	if err := yaml.UnmarshalWithOptions(read(t, "compose.yml"), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return c, c.Services["skein"]
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mounts are the container's files, by path, as the compose file mounts them from what setup writes to dir.
func mounts(c compose, s service, dir string) map[string]string {
	from := func(x source) string { return strings.ReplaceAll(x.File, "${SKEIN_APP_DIR:-./skein-app}", dir) }
	out := map[string]string{}
	for _, m := range s.Configs {
		out[m.Target] = from(c.Configs[m.Source])
	}
	for _, name := range s.Secrets {
		out["/run/secrets/"+name] = from(c.Secrets[name])
	}
	return out
}

// setUp is a folder as skein setup writes it.
func setUp(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "skein-app")
	f, err := registration.NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	app := registration.App{ID: 7, Name: "Skein", URL: "https://github.com/apps/skein", PrivateKey: config.NewSecret(string(text)), WebhookSecret: config.NewSecret(rand.Text())}
	if err := f.Keep(app, "https://github.com", "https://skein.acme.example"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The server starts with what the compose file gives it, and with nothing else.
func TestComposeServes(t *testing.T) {
	t.Parallel()
	c, s := readCompose(t)
	if len(s.Command) != 3 || s.Command[0] != "serve" || s.Command[1] != "--config" {
		t.Fatalf("the command is %q", s.Command)
	}
	files := mounts(c, s, setUp(t))
	unused := map[string]bool{}
	for at := range files {
		unused[at] = true
	}
	server, findings := config.LoadServer(s.Command[2], func(name string) string { return s.Environment[name] }, func(name string) ([]byte, error) {
		delete(unused, name)
		if files[name] == "" {
			return nil, fmt.Errorf("%s is not mounted", name)
		}
		return os.ReadFile(files[name])
	})
	if len(findings) > 0 {
		t.Errorf("the configuration: %v", findings)
	}
	if len(unused) > 0 {
		t.Errorf("mounted and not read: %v", unused)
	}
	if server.Listen != ":8080" || !strings.HasPrefix(server.Database.DSN.Reveal(), "/data/") {
		t.Errorf("listens on %s and keeps its data in %s", server.Listen, server.Database.DSN.Reveal())
	}
}

// What the compose file refers to is there, and the container has no more rights than it needs.
func TestCompose(t *testing.T) {
	t.Parallel()
	c, s := readCompose(t)
	for _, name := range []string{filepath.Join(s.Build.Context, s.Build.Dockerfile), filepath.Join(s.Build.Context, "go.mod")} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	if _, ok := c.Volumes["data"]; !ok || !slices.Equal(s.Volumes, []string{"data:/data"}) {
		t.Errorf("volumes %v of %v", s.Volumes, c.Volumes)
	}
	if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
		t.Errorf("the container may more than it needs: %+v", s)
	}
	if !slices.Equal(s.Ports, []string{"127.0.0.1:8080:8080"}) {
		t.Errorf("the port is open to more than this machine: %v", s.Ports)
	}
	image := dockerfile(t)
	if user := image.last("USER"); s.User != user {
		t.Errorf("the compose file runs as %s and the image as %s", s.User, user)
	}
	if _, check, _ := strings.Cut(image.last("HEALTHCHECK"), "CMD "); !slices.Equal(list(t, check), s.Healthcheck.Test[1:]) || s.Healthcheck.Test[0] != "CMD" {
		t.Errorf("the compose file checks with %q and the image with %s", s.Healthcheck.Test, check)
	}
}

// instructions are a Dockerfile's lines, as KEYWORD and the rest.
type instructions [][2]string

func dockerfile(t *testing.T) (out instructions) {
	t.Helper()
	for line := range strings.Lines(string(read(t, "Dockerfile"))) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		keyword, rest, _ := strings.Cut(line, " ")
		out = append(out, [2]string{keyword, rest})
	}
	return out
}

// last is the last instruction of a kind.
func (in instructions) last(keyword string) (rest string) {
	for _, i := range in {
		if i[0] == keyword {
			rest = i[1]
		}
	}
	return rest
}

// build is the go build of the Dockerfile, as words.
func (in instructions) build() []string {
	for _, i := range in {
		if i[0] == "RUN" && strings.Contains(i[1], "go build") {
			return strings.Fields(i[1])
		}
	}
	return nil
}

func list(t *testing.T, text string) (out []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Errorf("%s is no list in JSON, so a shell would be needed: %v", text, err)
	}
	return out
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	in := dockerfile(t)
	if in.last("FROM") != "scratch" || in.last("USER") != "65532:65532" {
		t.Errorf("the image is from %s and runs as %s", in.last("FROM"), in.last("USER"))
	}
	entry := list(t, in.last("ENTRYPOINT"))
	if check := list(t, in.last("HEALTHCHECK")[strings.Index(in.last("HEALTHCHECK"), "["):]); check[0] != entry[0] {
		t.Errorf("the health check runs %s, which is not %s", check[0], entry[0])
	}
	want, _, _ := strings.Cut(strings.TrimPrefix(in[0][1], "golang:"), " ")
	if mod := string(read(t, "../go.mod")); !strings.Contains(mod, "\ngo "+want+".") {
		t.Errorf("the image builds with Go %s, and go.mod asks for another", want)
	}
}

// Every file that the binary is made of is in the build's context.
func TestDockerignore(t *testing.T) {
	t.Parallel()
	var taken, dropped []string
	for line := range strings.Lines(string(read(t, "Dockerfile.dockerignore"))) {
		line = strings.TrimSpace(line)
		if kept, ok := strings.CutPrefix(line, "!"); ok {
			taken = append(taken, kept)
		} else if line != "" && line != "*" && line[0] != '#' {
			dropped = append(dropped, strings.TrimPrefix(line, "**/"))
		}
	}
	matches := func(patterns []string, name string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			ok, err := path.Match(p, name)
			return ok && err == nil
		})
	}
	for _, file := range sources(t) {
		parts := strings.Split(file, "/")
		if !matches(taken, parts[0]) || slices.ContainsFunc(parts, func(p string) bool { return matches(dropped, p) }) {
			t.Errorf("%s is not in the build's context", file)
		}
	}
}

// sources are the files of the binary, relative to the module's root.
func sources(t *testing.T) (out []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=Dir,GoFiles,EmbedFiles,Module", "./cmd/skein")
	cmd.Dir = ".."
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(text))); d.More(); {
		var p struct {
			Dir                 string
			GoFiles, EmbedFiles []string
			Module              *struct {
				Dir  string
				Main bool
			}
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, f := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			rel, err := filepath.Rel(p.Module.Dir, filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, filepath.ToSlash(rel))
		}
	}
	if len(out) < 50 {
		t.Fatalf("the binary is made of %d files only", len(out))
	}
	return out
}
