package bankfile

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/payrun"
)

// sheet is one received file.
type sheet struct {
	file  ReturnFile
	lines []BankLine
}

// instructions draws one to four lines; the last two share an account and may share an amount.
func instructions(t *rapid.T) []Line {
	var lines []Line
	for n := range rapid.IntRange(1, 4).Draw(t, "instruction lines") {
		l := instructed(n+1, rapid.SampledFrom([]string{"80.00", "80.00", "0.01", "100.05"}).Draw(t, "instructed"))
		if n == 3 {
			l.Account = "account-3"
		}
		l.Missing = rapid.IntRange(0, 4).Draw(t, "time over") == 0
		lines = append(lines, l)
	}
	return lines
}

// sheets draws any bank facts: about these lines, about others, readable or not. Lines without a payRef are drawn only if
// asked for, because whom they are about depends on what came before.
func sheets(t *rapid.T, lines []Line, blind bool) []sheet {
	var all []sheet
	for n := range rapid.IntRange(0, 5).Draw(t, "files") {
		s := sheet{file: received(n + 1)}
		for i := range rapid.IntRange(0, 5).Draw(t, "lines") {
			s.lines = append(s.lines, anyLine(t, i+1, rapid.SampledFrom(lines).Draw(t, "about"), blind))
		}
		all = append(all, s)
	}
	return all
}

func anyLine(t *rapid.T, number int, about Line, blind bool) BankLine {
	amounts := []domain.Money{about.Amount, about.Amount, about.Amount, about.Amount.Sub(domain.Fen(1)), about.Amount.Add(domain.Fen(1)), domain.Fen(30)}
	b := BankLine{
		Line: number, PayRef: about.PayRef, Amount: rapid.SampledFrom(amounts).Draw(t, "amount"),
		Result: rapid.SampledFrom([]Result{ResultPaid, ResultPaid, ResultPaid, ResultReturned, ResultReversed}).Draw(t, "result"),
		Serial: rapid.SampledFrom([]string{"", "S1", "S2", "S3"}).Draw(t, "number"),
	}
	if day := rapid.IntRange(0, 4).Draw(t, "day"); day > 0 {
		b.BookedOn = january(day)
	}
	switch rapid.IntRange(0, 19).Draw(t, "oddity") {
	case 0:
		b.PayRef = payrun.PayRef("elsewhere", 1)
	case 1:
		b.Problems = []Problem{ProblemAmount}
	case 2:
		b.Account = "account-of-nobody"
	case 3:
		b.Amount = b.Amount.Neg()
	case 4:
		b.Direction = Credit
	case 5, 6, 7:
		if blind {
			b.PayRef, b.Account = "", about.Account
		}
	}
	return b
}

func bookOf(t require.TestingT, lines []Line) *Book {
	var candidates []Candidate
	for _, l := range lines {
		candidates = append(candidates, Candidate{Line: l})
	}
	b, err := NewBook(candidates)
	require.NoError(t, err)
	return b
}

// pageOf reads a sheet as one page, and its outcomes.
func pageOf(b *Book, s sheet) (Classified, []Outcome) {
	var outcomes []Outcome
	for _, l := range s.lines {
		outcomes = append(outcomes, b.Read(s.file, l))
	}
	p := PageOf(1, outcomes)
	return Classified{BankFile: s.file.ID, Effects: p.Effects, Lines: p.Lines, Page: 1}, outcomes
}

func states(b *Book) []LineState {
	var all []LineState
	for _, c := range b.Lines() {
		all = append(all, c.State)
	}
	return all
}

func total(candidates []Candidate) Buckets {
	var sum Buckets
	for _, c := range candidates {
		sum = sum.Add(c.State.Standing(c.Line).Buckets)
	}
	return sum
}

// requireMoney compares buckets: amounts are compared as amounts.
func requireMoney(t require.TestingT, want, got Buckets) {
	require.True(t, want.Sub(got).IsZero(), "%v is not %v", want, got)
}

func TestMoneyIsConserved(t *testing.T) {
	met := map[Class]int{}
	reached := map[LineStatus]int{}
	rapid.Check(t, func(t *rapid.T) {
		lines := instructions(t)
		b := bookOf(t, lines)
		opening, running := total(b.Lines()), total(b.Lines())
		var pages []Classified
		overpaid := map[int]domain.Money{}
		count := 0
		for _, s := range sheets(t, lines, true) {
			page, outcomes := pageOf(b, s)
			pages = append(pages, page)
			require.Len(t, page.Lines, len(s.lines))
			for i, o := range outcomes {
				count++
				met[o.Classified.Class]++
				requireOneClass(t, s.lines[i], o)
				running = running.Add(o.Delta)
				if o.Candidate >= 0 {
					overpaid[o.Candidate] = overpaid[o.Candidate].Add(o.FollowUp.Overpaid).Sub(o.FollowUp.GotBack)
				}
			}
		}
		closing := b.Lines()
		requireMoney(t, running, total(closing))
		require.True(t, opening.Instructed.Equal(total(closing).Instructed))
		requireStates(t, closing, reached)
		for i, c := range closing {
			require.True(t, overpaid[i].Equal(notDue(c.State.Standing(c.Line), c.Line, c.Line.Undrawn)), "overpaid less got back is what no draw covers")
		}
		requireReconciled(t, closing, pages, count)
		requireRebuilt(t, lines, closing, pages)
	})
	for _, c := range Classes() {
		require.Positive(t, met[c], "no history met the class %s", c)
	}
	for _, s := range LineStatuses() {
		require.Positive(t, reached[s], "no history reached the state %s", s)
	}
}

// requireOneClass holds the class to what the line is, apart from how it was found.
func requireOneClass(t require.TestingT, b BankLine, o Outcome) {
	class := o.Classified.Class
	require.Contains(t, Classes(), class)
	require.Equal(t, class == Unknown, o.Candidate < 0)
	require.Equal(t, o.Classified.Amount.String(), b.Amount.String())
	if class == Unknown {
		require.NotEmpty(t, o.Classified.Reason)
		require.True(t, o.Delta.IsZero())
		require.True(t, o.FollowUp.Nothing())
		return
	}
	switch b.meaning() {
	case ResultPaid:
		require.Contains(t, []Class{Matched, UnderAmount, OverAmount, PaidTwice, DuplicateLine}, class)
	case ResultReturned:
		require.Contains(t, []Class{Returned, DuplicateLine}, class)
	case ResultReversed:
		require.Contains(t, []Class{Reversed, DuplicateLine}, class)
	}
	require.False(t, o.Classified.Late && b.meaning() != ResultPaid, "only payments are late")
	require.False(t, o.FollowUp.Undraw && o.After.Status != LineReturned, "units are due again only if nothing is with the payee")
	require.True(t, o.Delta.Instructed.IsZero())
}

func requireStates(t require.TestingT, lines []Candidate, reached map[LineStatus]int) {
	for _, c := range lines {
		s := c.State.Standing(c.Line)
		reached[s.Status]++
		require.Contains(t, LineStatuses(), s.Status)
		require.True(t, s.Foots())
		for _, m := range []domain.Money{s.Settled, s.Returned, s.Outstanding, s.Beyond, s.Early} {
			require.GreaterOrEqual(t, m.Sign(), 0)
		}
		require.Equal(t, s.Status == LineSettled, s.Held().Sign() > 0)
		require.False(t, s.Beyond.Sign() > 0 && !s.Settled.Equal(s.Instructed), "nothing is beyond before all is settled")
		if s.Status == LinePending || s.Status == LineMissing {
			require.True(t, s.Outstanding.Equal(s.Instructed))
			require.Equal(t, c.Line.Missing, s.Status == LineMissing)
		}
	}
}

func requireReconciled(t require.TestingT, lines []Candidate, pages []Classified, count int) {
	r := Reconcile(lines, pages)
	require.True(t, r.Balanced())
	require.Equal(t, len(lines), r.Lines)
	requireMoney(t, total(lines), r.Total)
	var byStatus Buckets
	inStates, inClasses := 0, 0
	for _, s := range r.Statuses {
		byStatus, inStates = byStatus.Add(s.Buckets), inStates+s.Lines
	}
	for _, c := range r.Classes {
		inClasses += c.Lines
	}
	requireMoney(t, r.Total, byStatus)
	require.Equal(t, len(lines), inStates)
	require.Equal(t, count, inClasses)
	require.Equal(t, r.Unanswered() == 0, r.Total.Outstanding.IsZero())
}

// requireRebuilt folds the stored pages back into states.
func requireRebuilt(t require.TestingT, lines []Line, closing []Candidate, pages []Classified) {
	rebuilt := map[string]LineState{}
	for n, p := range slices.Backward(pages) {
		byLine := map[int]ClassifiedLine{}
		for _, l := range p.Lines {
			byLine[l.Line] = l
		}
		for _, e := range p.Effects {
			rebuilt[e.PayRef] = rebuilt[e.PayRef].Evolve(FactOf(p.BankFile, received(n+1).ReceivedOn, byLine[e.Line], e))
		}
	}
	for i, l := range lines {
		require.Equal(t, closing[i].State, rebuilt[l.PayRef])
	}
}

func TestTheOrderAndRepetitionOfFilesMakeNoDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := instructions(t)
		files := sheets(t, lines, false)
		first := bookOf(t, lines)
		for _, s := range files {
			pageOf(first, s)
		}
		var other []sheet
		for n, s := range files {
			for again := range rapid.IntRange(1, 3).Draw(t, "times") {
				copied := sheet{file: s.file, lines: slices.Clone(s.lines)}
				if again > 0 { // renamed, later, its rows in another order
					copied.file.ID = fmt.Sprintf("%s-again-%d", s.file.ID, again)
					copied.file.ReceivedOn = january(20 + n + again)
					copied.lines = rapid.Permutation(copied.lines).Draw(t, "rows")
				}
				other = append(other, copied)
			}
		}
		second := bookOf(t, lines)
		for _, s := range rapid.Permutation(other).Draw(t, "files") {
			pageOf(second, s)
		}
		require.Equal(t, states(first), states(second))
		for i, c := range first.Lines() {
			require.Equal(t, c.State.Standing(lines[i]), second.Lines()[i].State.Standing(lines[i]))
		}
	})
}

func TestAFileThatComesAgainChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := instructions(t)
		files := sheets(t, lines, false)
		b := bookOf(t, lines)
		for _, s := range files {
			pageOf(b, s)
		}
		if len(files) == 0 {
			return
		}
		before := b.Lines()
		again := rapid.SampledFrom(files).Draw(t, "again")
		again.file.ID, again.file.ReceivedOn = "renamed", january(31)
		_, outcomes := pageOf(b, again)
		for _, o := range outcomes {
			require.Contains(t, []Class{DuplicateLine, Unknown}, o.Classified.Class)
			require.False(t, o.Classified.Late)
			require.True(t, o.Delta.IsZero())
			require.True(t, o.FollowUp.Nothing())
			require.Empty(t, o.Contradictions)
		}
		require.Equal(t, before, b.Lines())
	})
}

// Whole payments and reversals, each of its own number and day: the model is the arithmetic of the bank's own account.
func TestStandingAgreesWithTheBanksArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := instructed(1, "80.00")
		steps := rapid.SliceOfN(rapid.SampledFrom([]Result{ResultPaid, ResultReversed}), 0, 6).Draw(t, "steps")
		var facts []Fact
		net := 0
		for i, r := range steps {
			facts = append(facts, Fact{Result: r, Amount: l.Amount, Serial: fmt.Sprint(i), BookedOn: january(i + 1), ReceivedOn: january(20), File: "f", Line: i})
			net += map[Result]int{ResultPaid: 1, ResultReversed: -1}[r]
		}
		var s LineState
		for _, f := range rapid.Permutation(facts).Draw(t, "facts") {
			s = s.Evolve(f)
		}
		st := s.Standing(l)
		require.True(t, st.Held().Sub(st.Early).Equal(l.Amount.Times(int64(net))))
		switch {
		case net > 0:
			require.Equal(t, LineSettled, st.Status)
		case len(steps) > 0:
			require.Equal(t, LineReturned, st.Status)
		}
	})
}

// Whole payments and returns: a return takes the last payment back, or finds nothing there.
func TestStandingAgreesWithAModelOfReturns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := instructed(1, "80.00")
		steps := rapid.SliceOfN(rapid.SampledFrom([]Result{ResultPaid, ResultReturned}), 0, 6).Draw(t, "steps")
		var s LineState
		there, returned, late := 0, false, false
		for i, r := range steps {
			s = s.Evolve(Fact{Result: r, Amount: l.Amount, Serial: fmt.Sprint(i), BookedOn: january(i + 1), ReceivedOn: january(20), File: "f", Line: i})
			switch {
			case r == ResultPaid:
				late = late || returned
				there, returned = there+1, false
			default:
				there = max(there-1, 0)
				if there == 0 {
					returned, late = true, false
				}
			}
		}
		st := s.Standing(l)
		require.True(t, st.Held().Equal(l.Amount.Times(int64(there))))
		require.Equal(t, late, st.Late)
		require.Equal(t, returned, st.Status == LineReturned)
	})
}
