package bankfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"almoner/domain"
	bank "almoner/domain/bankfile"
)

// facts turns a line as it was read into what the rules of package domain/bankfile take.
func facts(l BankLine) bank.BankLine {
	b := bank.BankLine{Line: l.Line, PayRef: l.PayRef, Account: l.Account.Reveal(), Amount: l.Amount, Reason: string(l.Reason), Serial: l.Serial, BookedOn: l.BookedOn,
		Result: map[Result]bank.Result{Paid: bank.ResultPaid, Returned: bank.ResultReturned, Reversed: bank.ResultReversed}[l.Result]}
	if !l.HasAmount {
		b.Problems = append(b.Problems, bank.ProblemAmount)
	}
	return b
}

// TestCorpusClasses reads each file after those that come before it and requires the class of every line: reading and
// rules together, from bytes to meaning.
func TestCorpusClasses(t *testing.T) {
	var runs []struct {
		ID    string `yaml:"id"`
		Lines []struct {
			Line    int    `yaml:"line"`
			PayRef  string `yaml:"payRef"`
			Account string `yaml:"account"`
			Holder  string `yaml:"holder"`
			Amount  string `yaml:"amount"`
			Again   string `yaml:"again"`
		} `yaml:"lines"`
	}
	decodeCorpus(t, "instructions.yaml", &runs)
	var files []expectedFile
	decodeCorpus(t, "expected.yaml", &files)
	byName := map[string]expectedFile{}
	for _, f := range files {
		byName[f.File] = f
	}
	seen := map[string]int{}
	for _, want := range files {
		t.Run(want.File, func(t *testing.T) {
			var lines []bank.Candidate
			about := map[string]bool{want.Run: true}
			for _, earlier := range want.After {
				about[byName[earlier].Run] = true
			}
			for _, run := range runs {
				for _, l := range run.Lines {
					if about[run.ID] {
						lines = append(lines, bank.Candidate{Line: bank.Line{PayRef: l.PayRef, Run: run.ID, Account: l.Account, Amount: domain.MustMoney(l.Amount)}})
					}
				}
			}
			book, err := bank.NewBook(lines)
			require.NoError(t, err)
			for i, earlier := range want.After {
				classified(t, book, byName[earlier], i)
			}
			have := classified(t, book, want, len(want.After))
			require.Len(t, have, len(want.Lines))
			for i, w := range want.Lines {
				require.Equal(t, fmt.Sprint(w.Line, w.Class, w.Late), fmt.Sprint(have[i].Line, have[i].Class, have[i].Late))
				seen[w.Class]++
			}
		})
	}
	require.Len(t, seen, 8, "every class is in the corpus")
}

func decodeCorpus(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(corpusFolder, name))
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(into))
}

// classified reads a file of the corpus, the n-th of its sequence, into the book.
func classified(t *testing.T, book *bank.Book, f expectedFile, n int) []bank.ClassifiedLine {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(corpusFolder, f.File))
	require.NoError(t, err)
	read, err := collect(shipped(t, f.Format).Read(bytes.NewReader(content), int64(len(content)), Expectation{}))
	if f.Error == "" {
		require.NoError(t, err)
	}
	var out []bank.ClassifiedLine
	for _, l := range read {
		file := bank.ReturnFile{ID: f.File, ReceivedOn: domain.MustDate("2022-02-01").AddDays(n)}
		out = append(out, book.Read(file, facts(l)).Classified)
	}
	return out
}
