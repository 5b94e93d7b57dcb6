package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"almoner/domain"
	"almoner/eventstore"
	"almoner/internal/keyfile"
	"almoner/internal/vault"
	"almoner/ledger"
	"almoner/projections"
)

// The exit codes of every verb.
const (
	exitDone    = 0
	exitRefused = 1 // an answer: a rule, or what was given, says no
	exitUsage   = 2 // the command line cannot be understood
	exitFault   = 3 // something is broken: disk, file, program
	exitFailed  = 4 // a check ran to its end and did not hold
)

// usageError is a command line that cannot be understood.
type usageError struct{ text, next string }

func (e *usageError) Error() string { return e.text }

func usage(l language, zh, en string, args ...any) error {
	return &usageError{text: fmt.Sprintf(l.pick(zh, en), args...), next: l.pick("加 --help 看用法", "add --help to see how it is used")}
}

// usageOf wraps what the parser found.
func usageOf(err error, l language) error {
	return &usageError{text: l.pick("命令行有误：", "command line: ") + err.Error(), next: l.pick("加 --help 看用法", "add --help to see how it is used")}
}

// failedError is a check that did not hold; what it found has been printed.
type failedError struct{ text, next string }

func (e *failedError) Error() string { return e.text }

// exits is the one table from errors to exit codes. The first row that matches holds; what matches none is a fault.
var exits = []struct {
	is   func(error) bool
	code int
}{
	{as[*usageError], exitUsage},
	{as[*failedError], exitFailed},
	{as[*ledger.FollowUpError], exitFault}, // before what it wraps: the signature stands
	{as[*domain.RefusedError], exitRefused},
	{as[*projections.StaleError], exitRefused},
	{as[*projections.BrokenError], exitFailed},
	{as[*eventstore.CorruptError], exitFailed},
	{is(keyfile.ErrWrongPassphrase), exitRefused},
	{is(keyfile.ErrWeakPassphrase), exitRefused},
	{is(keyfile.ErrWideMode), exitRefused},
	{is(keyfile.ErrDamaged), exitRefused},
	{is(vault.ErrWrongMaster), exitRefused},
	{is(vault.ErrOtherLedger), exitRefused},
	{is(vault.ErrMasterInBackup), exitRefused},
	{is(vault.ErrIncomplete), exitFailed},
	{is(fs.ErrNotExist), exitRefused}, // of a file that the command line names
	{is(fs.ErrExist), exitRefused},
}

func as[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

// exitCode finds an error's code.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	for _, row := range exits {
		if row.is(err) {
			return row.code
		}
	}
	return exitFault
}

// told is an error as people and programs are told it.
type told struct {
	Error   string   `json:"error"`
	Detail  string   `json:"detail,omitempty"` // ids and numbers, in English, under a sentence in Chinese
	Reasons []string `json:"reasons,omitempty"`
	Rule    string   `json:"rule,omitempty"`
	Kind    string   `json:"kind,omitempty"`
	Where   string   `json:"where,omitempty"`
	Next    string   `json:"next,omitempty"`
	Exit    int      `json:"exit"`
}

// tell puts an error into words: what, where, what to do next.
func tell(err error, l language) told {
	t := told{Error: err.Error(), Exit: exitCode(err)}
	var refused *domain.RefusedError
	var misused *usageError
	var failed *failedError
	switch {
	case errors.As(err, &misused):
		t.Error, t.Next = misused.text, misused.next
	case errors.As(err, &failed):
		t.Error, t.Next = failed.text, failed.next
	case errors.As(err, &refused):
		t.Rule, t.Kind = refused.Rule, string(refused.Kind)
		t.Error, t.Detail, t.Next = refusalIn(refused, l)
		if t.Reasons = reasons(err); len(t.Reasons) > 0 { // which say it all
			t.Error, _, _ = strings.Cut(t.Error, "\n")
			t.Detail = ""
		} else {
			t.Where = where(err, refused)
		}
	}
	return t
}

// where is what wraps a refusal: what was attempted, on which id.
func where(err error, refused *domain.RefusedError) string {
	before, _, found := strings.Cut(err.Error(), refused.Error())
	if !found {
		return ""
	}
	return strings.TrimRight(before, ": ")
}

// report tells an error on standard error and returns the exit code.
func report(w io.Writer, l language, asJSON bool, err error) int {
	if err == nil {
		return exitDone
	}
	t := tell(err, l)
	if asJSON {
		line, _ := json.Marshal(t) // plain strings and a number
		fmt.Fprintf(w, "%s\n", line)
		return t.Exit
	}
	head := l.pick(map[int]string{exitRefused: "不能办理", exitUsage: "用法", exitFault: "故障", exitFailed: "核对不符"}[t.Exit],
		map[int]string{exitRefused: "refused", exitUsage: "usage", exitFault: "fault", exitFailed: "check failed"}[t.Exit])
	fmt.Fprintf(w, "%s: %s", head, t.Error)
	if t.Rule != "" {
		fmt.Fprintf(w, " (%s)", t.Rule)
	}
	fmt.Fprintln(w)
	for _, line := range []struct{ name, text string }{{l.pick("详情", "detail"), t.Detail}, {l.pick("处", "where"), t.Where}} {
		if line.text != "" {
			fmt.Fprintf(w, "  %s: %s\n", line.name, line.text)
		}
	}
	for _, reason := range t.Reasons {
		fmt.Fprintf(w, "  - %s\n", reason)
	}
	if t.Next != "" {
		fmt.Fprintf(w, "  %s: %s\n", l.pick("下一步", "next"), t.Next)
	}
	return t.Exit
}
