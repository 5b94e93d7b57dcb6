package bankfile

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// FuzzReadDelimited: no content makes reading fail or stop, every line of it is yielded once in order, counts agree with
// what was yielded, and no amount is negative.
func FuzzReadDelimited(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(corpusFolder, "*.rsp"))
	require.NoError(f, err)
	more, err := filepath.Glob(filepath.Join(corpusFolder, "*.csv"))
	require.NoError(f, err)
	for _, name := range append(files, more...) {
		content, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(content)
	}
	formats := []*Format{shipped(f, "pipe-gb18030-return"), shipped(f, "icbc-txt-return"), shipped(f, "plain-csv-return"), shipped(f, "fixed-gbk-return")}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) == 0 || bytes.HasPrefix(content, []byte("PK\x03\x04")) {
			return
		}
		for _, format := range formats {
			rd := format.Read(bytes.NewReader(content), int64(len(content)), Expectation{Runs: []string{"r"}})
			last, n, good := 0, 0, 0
			var total domain.Money
			for l, err := range rd.Lines() {
				if err != nil {
					if !strings.Contains(err.Error(), "bankfile.titles") {
						t.Fatal(err)
					}
					return
				}
				if l.Line <= last || l.Amount.Sign() < 0 || l.SameAs >= l.Line || l.Result != Returned && l.Reason != "" {
					t.Fatalf("%+v after line %d", l, last)
				}
				last, n, total = l.Line, n+1, total.Add(l.Amount)
				if l.OK() {
					good++
				}
			}
			s := rd.Summary()
			if s.Lines != n || s.Good != good || !s.Total.Equal(total) || !s.Complete {
				t.Fatalf("%d lines, %d good, %v: %+v", n, good, total, s)
			}
		}
	})
}

// FuzzDescriptor: whatever is accepted reads and writes without a panic, and is accepted again.
func FuzzDescriptor(f *testing.F) {
	for _, id := range ShippedIDs() {
		source, err := ShippedSource(id)
		require.NoError(f, err)
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		format, err := Parse(source)
		if err != nil {
			if !strings.Contains(err.Error(), "bankfile.descriptor") {
				t.Fatal(err)
			}
			return
		}
		if _, err := Parse(format.Source()); err != nil {
			t.Fatal(err)
		}
		for _, content := range []string{"H|1|2\n", "1,2,3,4,5,6,7,8,9\n", "TOTAL|B|1|1\n"} {
			if _, err := collect(format.Read(strings.NewReader(content), int64(len(content)), Expectation{})); err != nil && format.Kind() != XLSX && !format.titles {
				t.Fatal(err)
			}
		}
		if format.Direction() != Out {
			return
		}
		h := headerOf(payLines(2))
		var b bytes.Buffer
		if _, err := format.Write(&b, h, payLines(2)); err != nil {
			return
		}
		lines, err := collect(format.Read(bytes.NewReader(b.Bytes()), int64(b.Len()), Expectation{}))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%q", err, b.Bytes())
		}
		for i, l := range lines {
			if l.PayRef != payLine(i+1).PayRef || !l.Amount.Equal(payLine(i+1).Amount) {
				t.Fatalf("line %d came back as %+v", i+1, l)
			}
		}
	})
}
