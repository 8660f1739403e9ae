package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/tools/go/packages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	pkg     string
	args    []string
	slow    string        // the tests to ask last
	quick   bool          // whether they are not asked at all
	reasons string        // a file of reasons for survivors
	limit   time.Duration // for one run of the tests
	workers int
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	var o options
	flags := flag.NewFlagSet("mutation", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&o.slow, "slow", "TestWalks|TestInnocence", "the tests to ask last, as go test -run takes them; none of that name is no error")
	flags.BoolVar(&o.quick, "quick", false, "do not ask the slow tests at all: quicker, and more mutants survive")
	flags.StringVar(&o.reasons, "reasons", "", "a file that says why a mutant survives; PACKAGE/testdata/survivors.txt unless given")
	flags.DurationVar(&o.limit, "limit", time.Minute, "how long the tests may take before the mutant counts as killed")
	flags.IntVar(&o.workers, "workers", 1, "how many mutants to try at once")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("give one package, for example ./internal/rollout")
	}
	o.pkg, o.args = flags.Arg(0), args
	if o.reasons == "" {
		o.reasons = filepath.Join(o.pkg, "testdata", "survivors.txt")
	}
	known, err := readReasons(o.reasons)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutation")
	if err != nil {
		return err
	}
	return errors.Join(o.measure(ctx, dir, known, out, progress), os.RemoveAll(dir))
}

// measure builds, tries and reports; what it writes besides the report is in dir.
func (o options) measure(ctx context.Context, dir string, known map[string]string, out, progress io.Writer) error {
	b, err := o.build(ctx, dir)
	if err != nil {
		return err
	}
	if err := o.try(ctx, &b, progress); err != nil {
		return err
	}
	return b.report(out, o.pkg, known)
}

// built is a test binary with all mutants in it.
type built struct {
	path, dir string   // the binary, and the folder that its tests run in
	hash      string   // of the package's sources without tests
	args      []string // of the command line
	mutants   []Mutant
	survivors []Mutant
	endless   []Mutant // the tests did not end
}

// build compiles the package's tests with every mutant behind its switch.
func (o options) build(ctx context.Context, dir string) (built, error) {
	b := built{path: filepath.Join(dir, "test"), args: o.args}
	pkgs, err := packages.Load(&packages.Config{Context: ctx, Mode: packages.LoadSyntax}, o.pkg)
	if err != nil {
		return b, err
	}
	if len(pkgs) != 1 || len(pkgs[0].Errors) > 0 || len(pkgs[0].GoFiles) == 0 {
		return b, fmt.Errorf("%s is not one package that compiles", o.pkg)
	}
	p := pkgs[0]
	b.dir = filepath.Dir(p.GoFiles[0])
	overlay, hash := map[string]string{}, sha256.New()
	put := func(at string, src []byte) error {
		file := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay)))
		overlay[at] = file
		return os.WriteFile(file, src, 0o600)
	}
	for i, f := range p.Syntax {
		name := p.CompiledGoFiles[i]
		src, err := os.ReadFile(name)
		if err != nil {
			return b, err
		}
		fmt.Fprintf(hash, "%s %d\n%s", filepath.Base(name), len(src), src)
		if err := put(name, mutate(p.Fset, p.TypesInfo, f, filepath.Base(name), src, &b.mutants)); err != nil {
			return b, err
		}
	}
	if err := put(filepath.Join(b.dir, "zz_mutation.go"), []byte(switches(p.Name))); err != nil {
		return b, err
	}
	b.hash = fmt.Sprintf("%x", hash.Sum(nil))
	return b, o.compile(ctx, b, dir, overlay)
}

func (o options) compile(ctx context.Context, b built, dir string, overlay map[string]string) error {
	data, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", file, "-o", b.path, o.pkg)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compile the mutants: %w\n%s", err, out)
	}
	return nil
}

// fate is what becomes of a mutant.
type fate int

const (
	survives fate = iota
	killed
	endless // the tests did not end, which notices it too
)

// try runs the tests for every mutant. Without one they must pass.
func (o options) try(ctx context.Context, b *built, progress io.Writer) error {
	if f, out := o.ask(ctx, b, 0); f != survives {
		return fmt.Errorf("the tests fail without any mutant:\n%s", out)
	}
	fates := make([]fate, len(b.mutants)+1)
	next := make(chan int)
	var all sync.WaitGroup
	for range o.workers {
		all.Go(func() {
			for id := range next {
				fates[id], _ = o.ask(ctx, b, id)
			}
		})
	}
	for i := range b.mutants {
		fmt.Fprintf(progress, "\r%d of %d", i+1, len(b.mutants))
		next <- i + 1
	}
	close(next)
	all.Wait()
	fmt.Fprintln(progress)
	for _, m := range b.mutants {
		switch fates[m.ID] {
		case survives:
			b.survivors = append(b.survivors, m)
		case endless:
			b.endless = append(b.endless, m)
		case killed:
		}
	}
	return ctx.Err()
}

// ask asks the quick tests, then the slow ones, whether they notice a mutant.
func (o options) ask(ctx context.Context, b *built, id int) (fate, []byte) {
	stages := []string{"-test.skip=" + o.slow, "-test.run=" + o.slow}
	if o.quick {
		stages = stages[:1]
	}
	for _, tests := range stages {
		run, cancel := context.WithTimeout(ctx, o.limit)
		var out bytes.Buffer
		cmd := exec.CommandContext(run, b.path, "-test.failfast", tests)
		cmd.Dir, cmd.Stdout, cmd.Stderr = b.dir, &out, &out
		cmd.Env = append(os.Environ(), "MUTANT="+strconv.Itoa(id))
		err, late := cmd.Run(), run.Err() != nil
		cancel()
		switch {
		case late:
			return endless, out.Bytes()
		case err != nil:
			return killed, out.Bytes()
		}
	}
	return survives, nil
}
