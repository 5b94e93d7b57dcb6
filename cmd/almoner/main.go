// Command almoner (惠民补贴台账) is the one binary of the ledger: the verbs of each role, the server and the demo. It wires the
// adapters together and holds no rule: what may be done is decided in domain, what is done in ledger.
//
// # Conventions
//
//   - `almoner <noun> <verb>`: the nouns and verbs are those of docs/cli.md, which a test writes from the grammar.
//   - Results go to standard output, everything said to the person goes to standard error. --json makes every result JSON:
//     one object on one line.
//   - Exit codes: 0 done, 1 refused, 2 usage, 3 fault, 4 a check failed; the one table is in exit.go. A refusal says what,
//     where and, on a line of its own, what to do next.
//   - What takes something away from the record in force (cancelling, stopping, withdrawing, revoking) or takes a whole file
//     in runs dry unless --commit is given. A signature is given by unlocking a key, and shown without one by --statement-only.
//   - Every write carries a command id (--command-id, random by default): repeating it with the same id and content answers
//     from what was done, after a crash too.
//
// # A ledger on disk
//
//	DIR/ledger.db   events                      DIR/views.db   read models, droppable
//	DIR/vault.db    persons and their keys      DIR/keys/      officers' sealed key files and the log's key, mode 0600
//	DIR.master      the master key, beside the folder and never in it: a copy of the folder alone opens nothing
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}))
}

// terminal is where a command reads and speaks.
type terminal struct {
	in     *os.File
	out    io.Writer
	err    io.Writer
	getenv func(string) string
}

// app is one run of the program: what its verbs share.
type app struct {
	terminal
	ctx   context.Context
	flags Global
	words language
	now   func() time.Time // nil: the real clock; a simulated ledger may be given another
}

// finished ends the program from inside the parser, which cannot return: after help was printed.
type finished struct{ code int }

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, t terminal) (code int) {
	defer func() {
		switch end := recover().(type) {
		case nil:
		case finished:
			code = end.code
		default:
			panic(end)
		}
	}()
	words := languageOf(args, t.getenv("ALMONER_LANG"))
	var c cli
	parser, err := newParser(&c, words, kong.Writers(t.out, t.err), kong.Exit(func(code int) { panic(finished{code}) }))
	if err != nil {
		return report(t.err, words, false, fmt.Errorf("the program's own grammar: %w", err))
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return report(t.err, words, c.JSON, usageOf(err, words))
	}
	a := &app{terminal: t, ctx: ctx, flags: c.Global, words: words}
	if err := a.setClock(); err != nil {
		return report(t.err, words, c.JSON, err)
	}
	err = parsed.Run(a)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = fmt.Errorf("%s: %w", words.pick("被中断；已写入的仍然有效，可用同一个 --command-id 重做", "interrupted; what was written stands, and the same --command-id may be used again"), err)
	}
	return report(t.err, words, c.JSON, err)
}

// setClock takes the clock of a simulated ledger from --now.
func (a *app) setClock() error {
	if a.flags.Now == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339, a.flags.Now)
	if err != nil {
		return usage(a.words, "--now %q 不是 RFC 3339 时刻，应写成 2021-12-05T09:00:00+08:00", "--now %q is not an RFC 3339 instant such as 2021-12-05T09:00:00+08:00", a.flags.Now)
	}
	a.now = func() time.Time { return at }
	return nil
}
