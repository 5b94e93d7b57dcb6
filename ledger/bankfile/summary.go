package bankfile

import (
	"slices"

	"almoner/domain"
)

const (
	// maxRuns bounds Summary.Runs. A file serves a handful of runs; one with more is not ours.
	maxRuns = 1000
	// maxFileProblems bounds Summary.Problems.
	maxFileProblems = 100
)

// Expectation is what the reader of a file knows about it. What differs is reported and read all the same.
type Expectation struct {
	Name  string   // file name; "" leaves it unchecked
	Batch string   // batch number; "" leaves it unchecked
	Runs  []string // ids of the runs the file may be about; nil leaves them unchecked
}

// Tally is a number of lines and the sum of their amounts, as far as these could be read.
type Tally struct {
	Lines int
	Total domain.Money
}

// Declaration is one count or sum that a file states about itself, beside what its lines come to.
type Declaration struct {
	Line     int // of the record
	Trailer  bool
	Field    Field
	Declared string // as it was read: a number, or yuan with two decimals
	Counted  string // the same of the lines
}

// Agrees reports whether the file told the truth.
func (d Declaration) Agrees() bool { return d.Declared == d.Counted }

// Summary is what a pass found. It is whole once Complete.
type Summary struct {
	Tally                         // of all lines
	Good         int              // lines without an error Problem
	ByResult     map[Result]Tally // "" are the lines whose result is not known
	Declarations []Declaration
	Batch        string         // of the file's records, lines or, failing these, name
	Runs         map[string]int // lines by run, the ten characters of payrun.RunPart; at most 1,000 runs
	Encoding     Encoding       // as found; "" for a workbook
	Sheet        string         // of a workbook
	Blank        int            // blank lines passed over
	Skipped      []int          // rows passed over before the titles, and repeated titles
	Problems     []Problem      // of the file; those of its lines stand with the lines; at most 100
	Rules        map[string]int // how often each rule was broken, by file and lines together
	Complete     bool           // the pass reached the end of the file
}

// Agrees reports whether all that the file declares of itself is true and its records are there.
func (s Summary) Agrees() bool {
	return !slices.ContainsFunc(s.Problems, func(p Problem) bool { return p.Severity == Error })
}
