package month

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"almoner/domain"
	"almoner/domain/signoff"
)

// Reckoning is what a month comes to at a cut-off: everything that is submitted, signed and closed, and all that a person
// has to see before. Lists are in the order in which they are given here; two reckonings of the same facts are equal.
type Reckoning struct {
	Finance string        `json:"finance"`
	Month   domain.Period `json:"month"`
	CutOff  int64         `json:"cutOff"` // the log index behind the last entry counted; 0 when nothing was

	Runs       []string  `json:"runs"`      // instructed in the month, sorted
	Rulebooks  []string  `json:"rulebooks"` // their rulebooks' hashes, sorted
	Programmes []Figures `json:"programmes"`
	Classes    []Figures `json:"classes"` // by programme and class
	Levels     []Figures `json:"levels"`  // by programme and funding level

	Differences []Difference `json:"differences"` // by cause, programme, run and line
	Bridge      []Bridge     `json:"bridge"`
	Checks      []Check      `json:"checks"`

	// What stands in the way of a close.
	Unclassified []string        `json:"unclassified"` // bank files received and not classified yet
	EarlierOpen  []domain.Period `json:"earlierOpen"`  // earlier months in which something was booked and that are not closed
	Moved        bool            `json:"moved"`        // something was ever booked in this month or before
}

// Difference is one thing to explain, by line and cause.
type Difference struct {
	Amount    domain.Money `json:"amount"`
	Cause     string       `json:"cause"`               // package bankfile's causes
	Programme string       `json:"programme,omitempty"` // empty for a bank line about no instruction line
	Run       string       `json:"run,omitempty"`
	Line      int          `json:"line,omitempty"` // in the run
	PayRef    string       `json:"payRef,omitempty"`
	BankFile  string       `json:"bankFile,omitempty"` // of a bank line about no instruction line
	BankLine  int          `json:"bankLine,omitempty"`
	Reason    string       `json:"reason,omitempty"`
}

// Check is one comparison of what this ledger says with what another side says.
type Check struct {
	Name   string       `json:"name"`           // closed code: "footing", "opening", "bank.matched", "fund.spent", …
	Part   string       `json:"part,omitempty"` // programme or run that it is about; empty for the whole
	Ours   domain.Money `json:"ours"`
	Theirs domain.Money `json:"theirs"`
}

// Agrees says that both sides say the same.
func (c Check) Agrees() bool { return c.Ours.Equal(c.Theirs) }

// Listed is the reckoning with empty lists in place of absent ones, as it is shown.
func (r Reckoning) Listed() Reckoning {
	r.Runs, r.Rulebooks, r.Unclassified, r.EarlierOpen = nonNil(r.Runs), nonNil(r.Rulebooks), nonNil(r.Unclassified), nonNil(r.EarlierOpen)
	r.Programmes, r.Classes, r.Levels = nonNil(r.Programmes), nonNil(r.Classes), nonNil(r.Levels)
	r.Differences, r.Bridge, r.Checks = nonNil(r.Differences), nonNil(r.Bridge), nonNil(r.Checks)
	return r
}

// Failed lists the checks that do not agree.
func (r Reckoning) Failed() []Check {
	return slices.DeleteFunc(slices.Clone(r.Checks), Check.Agrees)
}

// Balanced says that every check agrees: every fen is accounted for.
func (r Reckoning) Balanced() bool { return len(r.Failed()) == 0 }

// Total is the sum of the programmes' figures.
func (r Reckoning) Total() Figures {
	var sum Figures
	for _, f := range r.Programmes {
		sum = sum.Add(f)
	}
	sum.Programme = ""
	return sum
}

// Causes sums the differences by cause, in order of cause.
func (r Reckoning) Causes() []CauseSum {
	var sums []CauseSum
	for _, d := range r.Differences {
		i := slices.IndexFunc(sums, func(s CauseSum) bool { return s.Cause == d.Cause })
		if i < 0 {
			sums = append(sums, CauseSum{Cause: d.Cause})
			i = len(sums) - 1
		}
		sums[i].Lines++
		sums[i].Amount = sums[i].Amount.Add(d.Amount)
	}
	slices.SortFunc(sums, func(a, b CauseSum) int { return strings.Compare(a.Cause, b.Cause) })
	return sums
}

// figure is one amount of Figures by its stored name.
type figure struct {
	name   string
	amount *domain.Money
}

// all lists the amounts in the order of their names.
func (f *Figures) all() []figure {
	return []figure{
		{"beyond", &f.Beyond}, {"early", &f.Early}, {"gotBack", &f.GotBack}, {"instructed", &f.Instructed}, {"opening", &f.Opening},
		{"outstanding", &f.Outstanding}, {"prepared", &f.Prepared}, {"refunded", &f.Refunded}, {"reissued", &f.Reissued}, {"released", &f.Released},
		{"returned", &f.Returned}, {"setOff", &f.SetOff}, {"settled", &f.Settled}, {"stopped", &f.Stopped}, {"writtenOff", &f.WrittenOff},
	}
}

// FigureNames lists the names of the amounts, in their order.
func FigureNames() []string {
	var f Figures
	var names []string
	for _, a := range f.all() {
		names = append(names, a.name)
	}
	return names
}

// Of is the amount of a name; zero for a name that is none.
func (f Figures) Of(name string) domain.Money {
	for _, a := range f.all() {
		if a.name == name {
			return *a.amount
		}
	}
	return domain.Money{}
}

// Plus adds to the amount of a name.
func (f Figures) Plus(name string, amount domain.Money) Figures {
	for _, a := range f.all() {
		if a.name == name {
			*a.amount = a.amount.Add(amount)
		}
	}
	return f
}

// Add returns f + g, under f's programme, class and level.
func (f Figures) Add(g Figures) Figures {
	mine, theirs := f.all(), g.all()
	for i := range mine {
		*mine[i].amount = mine[i].amount.Add(*theirs[i].amount)
	}
	return f
}

// Foots says that opening + instructed − settled − returned = outstanding.
func (f Figures) Foots() bool {
	return f.Opening.Add(f.Instructed).Sub(f.Settled).Sub(f.Returned).Equal(f.Outstanding)
}

// IsZero says that no amount is in it.
func (f Figures) IsZero() bool {
	return !slices.ContainsFunc(f.all(), func(a figure) bool { return !a.amount.IsZero() })
}

// Root is the hex RFC 6962 root over the reckoning's lines, and how many there are. Each line is a leaf: words parted by a
// space, written as every signed text of this ledger writes its values.
func (r Reckoning) Root() (root string, lines int) {
	texts := r.lines()
	leaves := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		leaves[i] = signoff.Leaf([]byte(text))
	}
	return signoff.Hex(signoff.Root(leaves)), len(texts)
}

// lines writes the reckoning down: its head, and one line for each figure, difference, bridge entry, check and run.
func (r Reckoning) lines() []string {
	out := []string{line("month", r.Finance, r.Month.String(), number(r.CutOff))}
	for _, run := range r.Runs {
		out = append(out, line("run", run))
	}
	for _, f := range slices.Concat(r.Programmes, r.Classes, r.Levels) {
		words := []string{"figures", f.Programme, f.Class, f.Level}
		for _, a := range f.all() {
			words = append(words, a.amount.String())
		}
		out = append(out, line(words...))
	}
	for _, d := range r.Differences {
		out = append(out, line("difference", d.Cause, d.Amount.String(), d.Programme, d.Run, number(d.Line), d.PayRef, d.BankFile, number(d.BankLine), d.Reason))
	}
	for _, b := range r.Bridge {
		out = append(out, line("bridge", b.Month.String(), b.Programme, b.Figure, b.Amount.String(), b.Cause, b.Event, number(b.Facts)))
	}
	for _, c := range r.Checks {
		out = append(out, line("check", c.Name, c.Part, c.Ours.String(), c.Theirs.String()))
	}
	return out
}

func number[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }

// line joins words; an empty one is written "-", and a word that is "-" itself as its escape.
func line(words ...string) string {
	out := make([]string, len(words))
	for i, w := range words {
		switch w {
		case "":
			out[i] = "-"
		case "-":
			out[i] = "%2D"
		default:
			out[i] = signoff.PercentEncode(w)
		}
	}
	return strings.Join(out, " ")
}

// Submission is what the handler submits and signs in a round.
func (r Reckoning) Submission(round int) signoff.Submission {
	root, lines := r.Root()
	return signoff.Submission{Round: round, Rulebook: rulebooks(r.Rulebooks), Totals: signoff.Totals{Lines: lines, Root: root, Total: r.Total().Instructed.String()}}
}

// rulebooks names the rules of a month in one word: the one rulebook's hash, or a hash over several.
func rulebooks(hashes []string) string {
	switch len(hashes) {
	case 0:
		return "-"
	case 1:
		return hashes[0]
	}
	return signoff.PreviousHash(hashes)
}

// pageRows is how many rows a page holds: one takes up to 400 bytes, and an event at most 60,000.
const pageRows = 120

// maxPages is how many pages are submitted in one append, whose limit is 900,000 bytes.
const maxPages = 14

// pages parts figures by class and level, and the bridge. A bridge too long for one append is told by cause instead of by
// event: each row then names its first event.
func (r Reckoning) pages(round int) ([]Listed, error) {
	figures, bridge := slices.Concat(r.Classes, r.Levels), r.Bridge
	if (len(figures)+len(bridge)+pageRows-1)/pageRows > maxPages {
		bridge = byCause(bridge)
	}
	var pages []Listed
	for len(figures)+len(bridge) > 0 {
		p := Listed{Finance: r.Finance, Month: r.Month, Page: len(pages) + 1, Round: round}
		n := min(len(figures), pageRows)
		p.Figures, figures = figures[:n], figures[n:]
		m := min(len(bridge), pageRows-n)
		p.Bridge, bridge = bridge[:m], bridge[m:]
		pages = append(pages, p)
	}
	if len(pages) > maxPages {
		return nil, fmt.Errorf("month %s of %s: %d pages are more than one append holds", r.Month, r.Finance, len(pages))
	}
	return pages, nil
}

// byCause sums a bridge by month, programme, figure and cause.
func byCause(rows []Bridge) []Bridge {
	var out []Bridge
	index := map[[4]string]int{}
	for _, row := range rows {
		key := [4]string{row.Month.String(), row.Programme, row.Figure, row.Cause}
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, row)
			continue
		}
		out[i].Amount, out[i].Facts = out[i].Amount.Add(row.Amount), out[i].Facts+row.Facts
	}
	return out
}
