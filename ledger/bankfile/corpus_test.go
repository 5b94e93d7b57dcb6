package bankfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// update writes testdata/bank anew from corpus_script_test.go: go test ./ledger/bankfile -run TestCorpus -update
var update = flag.Bool("update", false, "write the files of testdata/bank and this package's golden files")

var corpusFolder = filepath.Join("..", "..", "testdata", "bank")

// expectedLine and expectedFile are the shape of expected.yaml.
type expectedLine struct {
	Line     int      `yaml:"line"`
	PayRef   string   `yaml:"payRef"`
	Account  string   `yaml:"account"`
	Amount   string   `yaml:"amount"` // "" when it cannot be read
	Result   string   `yaml:"result"`
	Side     string   `yaml:"side"`
	Reason   string   `yaml:"reason"`
	BookedOn string   `yaml:"bookedOn"`
	Serial   string   `yaml:"serial"`
	Class    string   `yaml:"class"`
	Late     bool     `yaml:"late"`
	Problems []string `yaml:"problems"`
}

type expectedFile struct {
	File     string         `yaml:"file"`
	Format   string         `yaml:"format"`
	Note     string         `yaml:"note"`
	Run      string         `yaml:"run"`
	After    []string       `yaml:"after"`
	Problems []string       `yaml:"problems"`
	Error    string         `yaml:"error"`
	Lines    []expectedLine `yaml:"lines"`
}

// expectation says what reading and classifying an act must give. Line is set by the place in the file.
func (a act) expectation(row int, f *Format) expectedLine {
	_, ref, account, _ := a.fields(0)
	m := means{PayRef: ref, Account: account, Amount: a.yuan().Abs().String(), Result: string(a.result), Reason: string(a.reason), BookedOn: a.on, Serial: a.serial}
	switch {
	case f.has(FieldSide) && a.side != "":
		m.Side = string(a.side)
	case a.yuan().Sign() < 0:
		m.Side = string(Debit)
	}
	if a.means != nil {
		a.means(&m)
	}
	return expectedLine{Line: row, PayRef: m.PayRef, Account: m.Account, Amount: m.Amount, Result: m.Result, Side: m.Side, Reason: m.Reason,
		BookedOn: m.BookedOn, Serial: m.Serial, Class: a.class, Late: a.late, Problems: a.problems}
}

// yamlOfCorpus writes expected.yaml by hand, one line of the file a line, so that it can be reviewed.
func yamlOfCorpus(t *testing.T, s *script) []byte {
	var b bytes.Buffer
	b.WriteString("# What reading and classifying each file must give. Written by corpus_test.go of ledger/bankfile; README.md explains.\n")
	for _, f := range s.files {
		format, err := Shipped(f.format)
		require.NoError(t, err)
		fmt.Fprintf(&b, "- file: %s\n  format: %s\n  note: %q\n  run: %s\n", f.name, f.format, f.note, f.run.id)
		list := func(key string, values []string) {
			if len(values) > 0 {
				fmt.Fprintf(&b, "  %s: [%s]\n", key, strings.Join(values, ", "))
			}
		}
		list("after", f.after)
		list("problems", f.problems)
		if f.fails != "" {
			fmt.Fprintf(&b, "  error: %s\n", f.fails)
		}
		if f.fails != "" || len(f.acts) == 0 {
			b.WriteString("  lines: []\n")
			continue
		}
		b.WriteString("  lines:\n")
		for i, a := range f.acts {
			row := f.first + i
			if a.problems != nil && a.problems[0] == "bankfile.after-trailer" {
				row++ // the trailer stands before it
			}
			fmt.Fprintf(&b, "    - {%s}\n", a.expectation(row, format).yaml())
		}
	}
	return b.Bytes()
}

func (l expectedLine) yaml() string {
	out := []string{fmt.Sprintf("line: %d", l.Line)}
	for _, p := range [][2]string{{"payRef", l.PayRef}, {"account", l.Account}, {"amount", l.Amount}, {"result", l.Result}, {"side", l.Side}, {"reason", l.Reason},
		{"bookedOn", l.BookedOn}, {"serial", l.Serial}, {"class", l.Class}} {
		if p[1] != "" {
			out = append(out, fmt.Sprintf("%s: %q", p[0], p[1]))
		}
	}
	if l.Late {
		out = append(out, "late: true")
	}
	if len(l.Problems) > 0 {
		out = append(out, "problems: ["+strings.Join(l.Problems, ", ")+"]")
	}
	return strings.Join(out, ", ")
}

func yamlOfInstructions(s *script) []byte {
	var b bytes.Buffer
	b.WriteString("# The instructions that the files answer. Every person and account is synthetic. Written by corpus_test.go of ledger/bankfile.\n")
	for _, run := range []*instruction{s.a, s.b, s.r} {
		fmt.Fprintf(&b, "- id: %s\n  lines:\n", run.id)
		for i, p := range run.lines {
			again := ""
			if p.again != "" {
				again = fmt.Sprintf(", again: %q", p.again)
			}
			fmt.Fprintf(&b, "    - {line: %d, payRef: %q, account: %q, holder: %q, amount: %q%s}\n", i+1, run.payRef(i+1), p.account, p.holder, p.amount, again)
		}
	}
	return b.Bytes()
}

// TestCorpusIsWhatTheScriptSays holds testdata/bank to the script and to SHA256SUMS. Workbooks are held to their sums
// alone: their compression may differ between versions of Go.
func TestCorpusIsWhatTheScriptSays(t *testing.T) {
	s := corpus(t)
	require.GreaterOrEqual(t, len(s.files), 40)
	content := map[string][]byte{"expected.yaml": yamlOfCorpus(t, s), "instructions.yaml": yamlOfInstructions(s)}
	for _, f := range s.files {
		require.NotContains(t, content, f.name, "two files of one name")
		content[f.name] = f.content
	}
	if *update {
		writeCorpus(t, content)
	}
	sums, err := os.ReadFile(filepath.Join(corpusFolder, "SHA256SUMS"))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(sums)), "\n")
	require.Len(t, lines, len(content), "SHA256SUMS lists another number of files; run once with -update if the script changed on purpose")
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		have, err := os.ReadFile(filepath.Join(corpusFolder, name))
		require.NoError(t, err)
		require.Equal(t, sum, sumOf(have), "%s is frozen", name)
		require.Contains(t, content, name)
		if filepath.Ext(name) != ".xlsx" {
			require.Equal(t, string(content[name]), string(have), "%s is not what the script says", name)
		}
	}
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func writeCorpus(t *testing.T, content map[string][]byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(corpusFolder, 0o755))
	var names []string
	for name := range content {
		names = append(names, name)
	}
	slices.Sort(names)
	var sums strings.Builder
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(corpusFolder, name), content[name], 0o644))
		fmt.Fprintf(&sums, "%s  %s\n", sumOf(content[name]), name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(corpusFolder, "SHA256SUMS"), []byte(sums.String()), 0o644))
}

// TestCorpus reads every file of testdata/bank and compares every field of every line with expected.yaml.
func TestCorpus(t *testing.T) {
	var files []expectedFile
	decodeCorpus(t, "expected.yaml", &files)
	require.GreaterOrEqual(t, len(files), 40)
	for _, want := range files {
		t.Run(want.File, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join(corpusFolder, want.File))
			require.NoError(t, err)
			f, err := Shipped(want.Format)
			require.NoError(t, err)
			rd := f.Read(bytes.NewReader(content), int64(len(content)), Expectation{Batch: corpusBatch, Runs: []string{want.Run}})
			lines, err := collect(rd)
			if want.Error != "" {
				require.ErrorContains(t, err, want.Error)
				require.False(t, rd.Summary().Complete)
				require.Empty(t, lines)
				return
			}
			require.NoError(t, err)
			require.True(t, rd.Summary().Complete)
			require.Equal(t, want.Problems, rulesOf(rd.Summary().Problems))
			require.Len(t, lines, len(want.Lines))
			for i, l := range lines {
				w := want.Lines[i]
				w.Class, w.Late = "", false // decided in domain/bankfile
				require.Equal(t, w, seenAs(l))
			}
			requireMasked(t, rd.Summary(), lines)
		})
	}
}

func collect(rd *Reading) ([]BankLine, error) {
	var lines []BankLine
	for l, err := range rd.Lines() {
		if err != nil {
			return lines, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func rulesOf(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Rule)
	}
	return out
}

// seenAs is a line as expected.yaml writes it.
func seenAs(l BankLine) expectedLine {
	out := expectedLine{Line: l.Line, PayRef: l.PayRef, Account: l.Account.Reveal(), Result: string(l.Result), Side: string(l.Side), Reason: string(l.Reason),
		Serial: l.Serial, Problems: rulesOf(l.Problems)}
	if l.HasAmount {
		out.Amount = l.Amount.String()
	}
	if l.BookedOn != (domain.Date{}) {
		out.BookedOn = l.BookedOn.String()
	}
	return out
}

// requireMasked: no problem shows an account or a name in clear.
func requireMasked(t *testing.T, s Summary, lines []BankLine) {
	t.Helper()
	var text strings.Builder
	for _, p := range s.Problems {
		text.WriteString(p.String() + "\n")
	}
	for _, l := range lines {
		for _, p := range l.Problems {
			require.Positive(t, p.Line)
			text.WriteString(p.String() + "\n")
		}
	}
	a, b, _ := corpusRuns()
	for _, p := range slices.Concat(a.lines, b.lines) {
		require.NotContains(t, text.String(), p.account)
		require.NotContains(t, text.String(), p.holder)
	}
}
