package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"almoner": main})
}

const (
	testPassphrase = "correct horse battery"
	testNow        = "2021-11-20T09:00:00+08:00"
)

// TestScripts runs every script of testdata/script: what a user could type, with what comes back. Each has a town of its own
// in $WORK/town, copied from one that is founded once, with ALMONER_DATA naming it; scripts that found their own unset that.
// Beside the standard commands there are:
//
//	exits CODE PROGRAM ARGS…   runs a program and wants exactly this exit code
//	take NAME KEY              sets an environment variable to a field of the last output, a JSON object or the first of an array
//	roster FILE N [FROM]       writes a roster of N synthetic people, whose numbers and accounts have valid check digits
//	replace FILE OLD NEW       replaces a text in a file, which must be there once
//	damage FILE                turns over one byte in the middle of a file
//	agree FILE FILE FIELD…     wants two JSON objects to have the same fields and values, except for those named
func TestScripts(t *testing.T) {
	home := foundTown(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			for key, value := range map[string]string{
				"ALMONER_DATA": filepath.Join(e.WorkDir, "town"), "ALMONER_PASSPHRASE": testPassphrase, "ALMONER_NOW": testNow, "ALMONER_LANG": "zh", "SITUATIONS": situations(t),
			} {
				e.Setenv(key, value)
			}
			return copyTown(home, e.WorkDir)
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": wantExit, "take": take, "roster": writeRoster, "replace": replace, "damage": damage, "agree": agree, "answer": answer},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func situations(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "testdata", "situations"))
	require.NoError(t, err)
	return path
}

// foundTown founds a county with a town of two villages, the officers of every level with keys, and a published rulebook, by
// the verbs themselves.
func foundTown(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	env := map[string]string{"ALMONER_DATA": filepath.Join(home, "town"), "ALMONER_PASSPHRASE": testPassphrase, "ALMONER_NOW": testNow}
	for key, value := range env {
		t.Setenv(key, value)
	}
	almoner := func(args ...string) string {
		t.Helper()
		return almoner(t, args...)
	}
	almoner("ledger", "init", "--name", "测试台账", "--area", "340311", "--first-period", "2021-12", "--root", "root-1:王一:主任", "--root", "root-2:李二:副主任", "--simulated")
	for _, office := range [][]string{
		{"county", "--level", "county", "--area", "340311", "--name", "测试县"},
		{"town", "--level", "town", "--area", "340311101", "--parent", "county", "--name", "测试镇", "--village", "340311101201:张庄村", "--village", "340311101202:李庄村"},
		{"v1", "--level", "village", "--area", "340311101201", "--parent", "town", "--name", "张庄村"},
		{"v2", "--level", "village", "--area", "340311101202", "--parent", "town", "--name", "李庄村"},
		{"finance", "--level", "finance", "--area", "340311", "--name", "测试县财政局"},
	} {
		almoner(append([]string{"office", "open", "--as", "root-1"}, office...)...)
	}
	for _, o := range []struct{ id, capacity, offices string }{
		{"clerk", "town.handler", "town"}, {"second", "town.handler", "town"}, {"line", "town.line-head", "town"}, {"mayor", "town.head", "town"},
		{"village-clerk", "village.handler", "v1 v2"}, {"village-head", "village.head", "v1 v2"},
		{"county-clerk", "county.handler", "county"}, {"county-head", "county.head", "county"}, {"payer", "finance.handler", "finance"}, {"treasurer", "finance.head", "finance"},
	} {
		almoner("officer", "appoint", o.id, "--name", o.id, "--post", "干部", "--as", "root-1")
		for _, office := range strings.Fields(o.offices) {
			almoner("officer", "grant", o.id, o.capacity, "--at", office, "--as", "root-1")
		}
		almoner("key", "register", o.id, "--as", "root-1")
	}
	book := filepath.Join(home, "book.yaml")
	require.NoError(t, os.WriteFile(book, []byte(almoner("rulebook", "shipped", "rural-reward@340300")), 0o600))
	almoner("rulebook", "publish", book, "--as", "county-clerk")
	almoner("rulebook", "sign-off", "rural-reward@340300", "--as", "county-head")
	return home
}

// almoner runs a command line in this process, as the environment says, wants it to be done, and returns its result.
func almoner(t *testing.T, args ...string) string {
	t.Helper()
	var out, spoken bytes.Buffer
	code := run(context.Background(), args, terminal{out: &out, err: &spoken, getenv: os.Getenv})
	require.Zerof(t, code, "almoner %s: %s", strings.Join(args, " "), spoken.String())
	return out.String()
}

// copyTown copies the founded town: folder and master key.
func copyTown(home, to string) error {
	if err := os.CopyFS(filepath.Join(to, "town"), os.DirFS(filepath.Join(home, "town"))); err != nil {
		return err
	}
	for _, path := range []string{"vault.db", "keys"} { // CopyFS keeps modes only up to the umask
		if err := tighten(filepath.Join(to, "town", path)); err != nil {
			return err
		}
	}
	master, err := os.ReadFile(filepath.Join(home, "town.master"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "town.master"), master, 0o600)
}

func tighten(path string) error {
	return filepath.Walk(path, func(p string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		return os.Chmod(p, 0o600)
	})
}

// wantExit runs a program and compares its exit code.
func wantExit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGS…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	have := 0
	if errors.As(err, &exit) {
		have = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if have != want {
		ts.Fatalf("exit code %d, want %d", have, want)
	}
}

// take sets a variable to a field of the JSON printed last.
func take(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: take NAME KEY")
	}
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &value))
	for _, key := range strings.Split(args[1], ".") {
		if list, ok := value.([]any); ok {
			if len(list) == 0 {
				ts.Fatalf("%s: the list is empty", args[1])
			}
			value = list[0]
		}
		object, ok := value.(map[string]any)
		if !ok || object[key] == nil {
			ts.Fatalf("%s: there is no %q in the output", args[1], key)
		}
		value = object[key]
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

// agree wants two JSON objects to say the same.
func agree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: agree FILE FILE FIELD...")
	}
	var objects [2]map[string]json.RawMessage
	for i := range objects {
		ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[i])), &objects[i]))
		for _, except := range args[2:] {
			delete(objects[i], except)
		}
	}
	if len(objects[0]) == 0 {
		ts.Fatalf("%s: nothing is left to compare", args[0])
	}
	if !reflect.DeepEqual(objects[0], objects[1]) {
		ts.Fatalf("%s and %s differ:\n%s\n%s", args[0], args[1], objects[0], objects[1])
	}
}

// writeRoster writes people who turned 60 in 2020: widowed, rural, with one daughter. They are synthetic.
func writeRoster(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: roster FILE N [FROM]")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	from := 0
	if len(args) > 2 {
		from, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(rosterText(from, n)), 0o600))
}

// rosterText is the text of such a roster, from person number from on.
func rosterText(from, n int) string {
	var b strings.Builder
	b.WriteString("姓名,身份证号,村居,户口性质,婚姻状况,子女1姓名,子女1身份证号,申报日期,开户行,账号,户名\n")
	for i := from; i < from+n; i++ {
		name := "王某" + string([]rune("甲乙丙丁戊己庚辛壬癸")[i%10])
		fmt.Fprintf(&b, "%s,%s,%s,农业,丧偶,张小某,%s,2021-01-10,农商银行,%s,%s\n", name, syntheticNumber("19600305", 2*i+2), []string{"张庄村", "李庄村"}[i%2],
			syntheticNumber("19850302", 2*i+2), syntheticAccount(i), name)
	}
	return b.String()
}

// syntheticNumber makes a citizen number with a valid check digit; sequence is odd for men.
func syntheticNumber(birth string, sequence int) string {
	first := fmt.Sprintf("340311%s%03d", birth, sequence)
	return first + string(domain.CheckDigit(first))
}

// syntheticAccount makes a card number with a valid check digit.
func syntheticAccount(n int) string {
	first := fmt.Sprintf("621700%012d", n)
	for d := '0'; d <= '9'; d++ {
		if domain.Luhn(first + string(d)) {
			return first + string(d)
		}
	}
	panic("no digit satisfies Luhn")
}

// damage turns over one byte in the middle of a file.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage FILE")
	}
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	ts.Check(err)
	one := make([]byte, 1)
	_, err = f.ReadAt(one, size/2)
	ts.Check(err)
	one[0] ^= 0xff
	_, err = f.WriteAt(one, size/2)
	ts.Check(err)
}

// replace replaces a text in a file.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("%s holds %q %d times, not once", args[0], args[1], n)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}
