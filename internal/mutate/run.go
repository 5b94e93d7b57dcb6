package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// memory is the address space of one test run in KiB. Go reserves much more than it uses; a loop that appends for ever
// meets this limit before it takes the machine down.
const memory = 8 << 20

// switches is the file that goes with the switched sources of a package.
const switches = `package %s

import (
	"os"
	"strconv"
)

var mutantOn, _ = strconv.Atoi(os.Getenv("MUTANT"))

func mutantIs(number int) bool { return number == mutantOn }
`

// runner tries the mutants of one package.
type runner struct {
	dir     string // of the package, as given
	jobs    int
	timeout time.Duration // of one test run
	flags   []string      // further flags of the test binary
	out     io.Writer     // survivors
	talk    io.Writer     // progress

	// Set by run.
	scratch string // a folder for what is built
	sources map[string][]byte
	mutants []mutant
	binary  string // of the switched sources
}

type outcome int

const (
	killed outcome = iota
	survived
	uncompiled
)

// result is what became of one mutant, or why that is not known.
type result struct {
	outcome outcome
	err     error
}

// run tries every mutant and prints the survivors in the order of the source.
func (r runner) run(ctx context.Context) (score, error) {
	scratch, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return score{}, err
	}
	defer os.RemoveAll(scratch)
	r.scratch, r.binary = scratch, filepath.Join(scratch, "switched.test")
	if err := r.find(); err != nil {
		return score{}, err
	}
	if err := r.prepare(ctx); err != nil {
		return score{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results, slots := make([]chan result, len(r.mutants)), make(chan string, r.jobs)
	for slot := range r.jobs {
		slots <- fmt.Sprint("job", slot)
	}
	for i := range results {
		results[i] = make(chan result, 1)
	}
	go func() { // ends when every mutant was tried; after a cancellation that takes no time
		for i := range r.mutants {
			slot := <-slots
			go func() {
				results[i] <- r.try(ctx, i, slot)
				slots <- slot
			}()
		}
	}()
	return r.report(results)
}

// report waits for the results in order.
func (r runner) report(results []chan result) (score, error) {
	var s score
	for i, m := range r.mutants {
		got := <-results[i]
		if got.err != nil {
			return s, fmt.Errorf("%s: %w", m, got.err)
		}
		switch got.outcome {
		case killed:
			s.killed++
		case uncompiled:
			s.uncompiled++
		case survived:
			s.survived++
			fmt.Fprintln(r.out, m)
		}
		if (i+1)%100 == 0 {
			fmt.Fprintf(r.talk, "%s: %d of %d mutants tried\n", r.dir, i+1, len(r.mutants))
		}
	}
	return s, nil
}

// find reads every file of the package that is not a test.
func (r *runner) find() error {
	files, err := filepath.Glob(filepath.Join(r.dir, "*.go"))
	if err != nil {
		return err
	}
	r.sources = map[string][]byte{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		found, err := find(file, src)
		if err != nil {
			return err
		}
		r.sources[file], r.mutants = src, append(r.mutants, found...)
	}
	if len(r.sources) == 0 {
		return errors.New("no Go files; name the package by its folder, as in ./domain/payrun")
	}
	return nil
}

// prepare builds the switched sources and runs the tests with every switch off: a mutant is killed only by tests that pass
// without it. Sources that do not compile with switches in them are left as they are, and each mutant is built alone.
func (r *runner) prepare(ctx context.Context) error {
	files := map[string][]byte{}
	var name string
	for file, src := range r.sources {
		files[file] = switched(file, src, r.mutants)
		name = packageName(src)
	}
	files[filepath.Join(r.dir, "mutant_switches.go")] = fmt.Appendf(nil, switches, name)
	text, err := r.build(ctx, r.binary, "switched", files)
	if err != nil {
		fmt.Fprintf(r.talk, "%s: does not compile with switches, so each mutant is built alone:\n%s", r.dir, text)
		for i := range r.mutants {
			r.mutants[i].before = ""
		}
		if text, err := r.build(ctx, r.binary, "unchanged", nil); err != nil {
			return fmt.Errorf("build the unchanged tests: %w\n%s", err, text)
		}
	}
	if _, err := os.Stat(r.binary); err != nil {
		return errors.New("the package has no tests")
	}
	if text, err := r.test(ctx, r.binary, 0); err != nil {
		return fmt.Errorf("the unchanged tests must pass first: %w\n%s", err, text)
	}
	return nil
}

// packageName is the name in the package clause of a file that find could parse.
func packageName(src []byte) string {
	tree, err := parser.ParseFile(token.NewFileSet(), "", src, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return tree.Name.Name
}

// try tests mutant i: under its switch, or built alone into files that begin with slot.
func (r runner) try(ctx context.Context, i int, slot string) result {
	m, binary, number := r.mutants[i], r.binary, i+1
	if m.before == "" {
		binary, number = filepath.Join(r.scratch, slot+".test"), 0
		text, err := r.build(ctx, binary, slot, map[string][]byte{m.file: m.apply(r.sources[m.file])})
		switch {
		case ctx.Err() != nil:
			return result{err: ctx.Err()}
		case err != nil && strings.Contains(text, filepath.Join(slot, filepath.Base(m.file))+":"):
			return result{outcome: uncompiled}
		case err != nil:
			return result{err: fmt.Errorf("build, though the compiler found no fault in the mutant: %w\n%s", err, text)}
		}
	}
	_, err := r.test(ctx, binary, number)
	switch {
	case ctx.Err() != nil:
		return result{err: ctx.Err()}
	case err != nil:
		return result{outcome: killed}
	}
	return result{outcome: survived}
}

// build compiles the package's test binary with these files laid over the tree; name is a folder for them. It leaves out
// what would only take time: vet, debug information, frequent collections of the compiler's garbage.
func (r runner) build(ctx context.Context, binary, name string, files map[string][]byte) (string, error) {
	folder := filepath.Join(r.scratch, name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	over := map[string]string{}
	for file, src := range files {
		original, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		over[original] = filepath.Join(folder, filepath.Base(file))
		if err := os.WriteFile(over[original], src, 0o600); err != nil {
			return "", err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": over})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(folder+".json", overlay, 0o600); err != nil {
		return "", err
	}
	pkg := r.dir
	if !filepath.IsAbs(pkg) {
		pkg = "./" + filepath.Clean(pkg)
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-gcflags=./...=-dwarf=false", "-ldflags=-s -w", "-overlay", folder+".json", "-o", binary, pkg)
	cmd.Env = append(os.Environ(), "GOGC=400")
	return output(cmd)
}

// test runs a test binary in the folder of its package with one switch on, 0 for none, within the limits of time and memory.
func (r runner) test(ctx context.Context, binary string, number int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	args := append([]string{"-c", fmt.Sprintf(`ulimit -v %d; exec "$0" "$@"`, memory), binary, "-test.failfast"}, r.flags...)
	cmd := exec.CommandContext(ctx, "sh", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), fmt.Sprint("MUTANT=", number))
	return output(cmd)
}

// output runs a command and returns what it said.
func output(cmd *exec.Cmd) (string, error) {
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = time.Second // for what a killed command left holding its output
	err := cmd.Run()
	return said.String(), err
}
