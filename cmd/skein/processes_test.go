//go:build e2e

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/skein-bot/skein/internal/demo"
)

// rate is how many times faster than the machine's clock the story runs: its six hours take two and a half minutes.
const rate = 150

// kills is how often the server is killed on the way.
const kills = 10

// The story, with skein serve in a process of its own that talks to the simulator over HTTP and signed webhooks
// only, and is killed with -9 ten times at random moments. The story's verification finds whatever would be there
// twice or not at all. Every exchange is held to GitHub's own description on its way.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "skein")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	flow := fmt.Sprintf("%s,%s,%d", demo.Start().Format(time.RFC3339), now, rate)
	listen := freePort(t)
	var told bytes.Buffer
	up := &firstWord{said: make(chan struct{})}
	o := simOptions{
		io: streams{Out: &told, Err: up}, listen: freePort(t), hook: "http://" + listen + "/api/github/hook",
		out: filepath.Join(dir, "sim"), git: filepath.Join(dir, "git"), consumers: 10, story: true, fast: true, time: flow, watch: watched(t),
	}
	ended := make(chan error, 1)
	go func() { ended <- runSim(t.Context(), o) }()
	s := &server{t: t, binary: binary, config: filepath.Join(o.out, "server.yml"), listen: listen, time: flow, log: filepath.Join(dir, "serve.log")}
	select {
	case <-up.said:
	case err := <-ended:
		t.Fatalf("the simulator did not come up: %v", err)
	}
	s.start()
	seed := uint64(time.Now().UnixNano())
	t.Logf("kills are seeded with %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range kills {
		select {
		case err := <-ended:
			t.Fatalf("the story ended before the last kill: %v\n%s", err, told.String())
		case <-time.After(time.Duration(2+random.IntN(14)) * time.Second):
			s.kill()
			s.start()
		}
	}
	if err := <-ended; err != nil {
		log, _ := os.ReadFile(s.log)
		t.Fatalf("%v\n%s\n%s", err, told.String(), log[max(0, len(log)-4000):])
	}
	s.kill()
}

// firstWord tells when something was written: what the simulator says as soon as it is up.
type firstWord struct {
	once sync.Once
	said chan struct{}
}

func (f *firstWord) Write(p []byte) (int, error) {
	f.once.Do(func() { close(f.said) })
	return len(p), nil
}

// freePort is an address that nobody listens on at this moment.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// server is skein serve as a process.
type server struct {
	t      *testing.T
	binary string
	config string
	listen string
	time   string
	log    string

	cmd *exec.Cmd
}

func (s *server) start() {
	s.t.Helper()
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	s.cmd = exec.Command(s.binary, "serve", "--config", s.config, "--time", s.time)
	s.cmd.Env = append(os.Environ(), "SKEIN_LISTEN="+s.listen)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait() // it says that it was killed
}
