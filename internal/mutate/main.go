// Command mutate measures how much of a package its tests hold: it changes the source in one place, runs the package's own
// tests, and expects them to fail. A change that no test notices is a survivor: either a test is missing, or the change
// means the same as what stood there (an equivalent mutant), which only a reader can tell.
//
//	go run ./internal/mutate [-j 2] [-least 85] [-timeout 20s] [-test "flags of the test binary"] ./domain/payrun ...
//
// # Mutations
//
//   - the condition of an if and of a case without a tag is forced true and forced false, that of a for forced false (true
//     would run for ever);
//   - each operand of && and || is taken as if it were not there;
//   - a comparison is negated and, if it orders, moved over its boundary (< becomes >= and <=); a ! is dropped;
//   - + and - are swapped, also in +=, -=, ++ and --;
//   - a statement is deleted: a call, an assignment, ++, a return, a break or a continue. Definitions (:=) stay;
//   - a case is removed from its switch.
//
// A mutant that dies whenever another dies would only flatter the score, so it is left out: && for || (an operand dropped is
// harder to notice), the negation of what is forced or dropped already, the deletion of the only statement of an if, the
// removal of a case with one condition, the deletion of a function's last return.
//
// # How
//
// The tree is never written to. All mutants that can be switched on at run time are compiled into one test binary together,
// laid over the original sources (go build -overlay); each is then one run of that binary, in the package's folder, with
// -test.failfast and its number in the environment. What cannot be switched (arithmetic, cases, some returns) is laid over
// and compiled one by one; such a mutant may not compile, is then no mutant and is counted apart.
//
// The tests must pass first with every switch off. A run that does not end within the time given, or that wants more memory
// than a test should, has noticed the change and counts as killed. Tests that draw random inputs should be given a fixed
// seed with -test, or the same mutant may live today and die tomorrow.
//
// # Output
//
// One line a survivor, in the order of the source, then the count; several packages end with a count of all:
//
//	domain/payrun/state.go:41: condition forced true: s.Status == StatusOpen
//	./domain/payrun: killed 410 of 431, 21 survived, 12 did not compile: score 95.1 %
//
// The exit code is 1 if a package scores below -least, 2 if something could not be run.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	case !ok:
		os.Exit(1)
	}
}

// command runs the tool with its arguments and says whether every package reached the least score.
func command(ctx context.Context, args []string, out, talk io.Writer) (bool, error) {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(talk)
	jobs := flags.Int("j", 1, "mutants tried at the same time")
	least := flags.Float64("least", 0, "the lowest `score` in percent that is good enough")
	timeout := flags.Duration("timeout", 20*time.Second, "a test run that takes longer counts as killed")
	test := flags.String("test", "", "further `flags` of the test binary, separated by spaces")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if flags.NArg() == 0 || *jobs < 1 {
		return false, fmt.Errorf("name one package or more, as in: mutate -j 2 ./domain/payrun (-j is at least 1)")
	}
	good, all := true, score{}
	for _, dir := range flags.Args() {
		r := runner{dir: dir, jobs: *jobs, timeout: *timeout, flags: strings.Fields(*test), out: out, talk: talk}
		s, err := r.run(ctx)
		if err != nil {
			return false, fmt.Errorf("package %s: %w", dir, err)
		}
		fmt.Fprintf(out, "%s: %s\n", dir, s)
		good = good && s.percent() >= *least
		all = all.plus(s)
	}
	if flags.NArg() > 1 {
		fmt.Fprintln(out, all)
	}
	return good, nil
}

// score counts mutants by what became of them.
type score struct{ killed, survived, uncompiled int }

func (s score) plus(o score) score {
	return score{s.killed + o.killed, s.survived + o.survived, s.uncompiled + o.uncompiled}
}

// percent is the killed share of the mutants that compiled; with none, there was nothing to miss.
func (s score) percent() float64 {
	if s.killed+s.survived == 0 {
		return 100
	}
	return 100 * float64(s.killed) / float64(s.killed+s.survived)
}

func (s score) String() string {
	return fmt.Sprintf("killed %d of %d, %d survived, %d did not compile: score %.1f %%", s.killed, s.killed+s.survived, s.survived, s.uncompiled, s.percent())
}
