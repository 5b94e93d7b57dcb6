package bankfile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/payrun"
)

// Every row tells files of one line each about one line of 80.00; the class is that of the last.
func TestClassOfTheLastLine(t *testing.T) {
	for _, c := range []struct {
		name     string
		line     func(*Line)
		said     []string
		sameFile bool
		class    Class
		late     bool
		status   LineStatus
		facts    string // of the follow-up
		undraw   bool
		overpaid string
		gotBack  string
	}{
		{name: "matched", said: []string{"paid 80.00 S1 5"}, class: Matched, status: LineSettled},
		{name: "one fen short", said: []string{"paid 79.99 S1 5"}, class: UnderAmount, status: LineSettled, facts: "under-amount"},
		{name: "nothing paid", said: []string{"paid 0.00 S1 5"}, class: UnderAmount, status: LinePending, facts: "under-amount"},
		{name: "one fen more", said: []string{"paid 80.01 S1 5"}, class: OverAmount, status: LineSettled, facts: "over-amount", overpaid: "0.01"},
		{name: "the rest", said: []string{"paid 30.00 S1 5", "paid 50.00 S2 6"}, class: Matched, status: LineSettled},
		{name: "a part of the rest", said: []string{"paid 30.00 S1 5", "paid 20.00 S2 6"}, class: UnderAmount, status: LineSettled, facts: "under-amount"},
		{name: "more than the rest", said: []string{"paid 30.00 S1 5", "paid 80.00 S2 6"}, class: PaidTwice, status: LineSettled, facts: "paid-twice", overpaid: "30.00"},
		{name: "paid twice in two files", said: []string{"paid 80.00 S1 5", "paid 80.00 S2 6"}, class: PaidTwice, status: LineSettled, facts: "paid-twice", overpaid: "80.00"},
		{name: "paid twice in two files without numbers", said: []string{"paid 80.00 - 5", "paid 80.00 - 6"}, class: PaidTwice, status: LineSettled, facts: "paid-twice", overpaid: "80.00"},
		{name: "paid twice in one file", said: []string{"paid 80.00 S1 5", "paid 80.00 S2 5"}, sameFile: true, class: PaidTwice, status: LineSettled, facts: "paid-twice", overpaid: "80.00"},
		{name: "duplicate in one file", said: []string{"paid 80.00 - -", "paid 80.00 - -"}, sameFile: true, class: DuplicateLine, status: LineSettled},
		{name: "duplicate of another file", said: []string{"paid 80.00 S1 5", "paid 80.00 S1 5"}, class: DuplicateLine, status: LineSettled},
		{name: "the same with its number", said: []string{"paid 80.00 - 5", "paid 80.00 S1 5"}, class: DuplicateLine, status: LineSettled},
		{name: "one booking, another amount", said: []string{"paid 80.00 S1 5", "paid 79.99 S1 5"}, class: DuplicateLine, status: LineSettled},
		{name: "the amount put right by a fuller statement", said: []string{"paid 79.99 - 5", "paid 80.00 S1 5"}, class: Matched, status: LineSettled},
		{name: "a wrong amount taken back by a fuller statement", said: []string{"paid 100.00 - 5", "paid 80.00 S1 5"}, class: Matched, status: LineSettled, gotBack: "20.00"},

		{name: "returned", said: []string{"returned 80.00 S1 5"}, class: Returned, status: LineReturned, facts: "returned", undraw: true},
		{name: "returned in another file too", said: []string{"returned 80.00 S1 5", "returned 80.00 S1 5"}, class: DuplicateLine, status: LineReturned},
		{name: "returned once more", said: []string{"returned 80.00 S1 5", "returned 80.00 S2 9"}, class: DuplicateLine, status: LineReturned},
		{name: "returned with another amount", said: []string{"returned 79.99 S1 5"}, class: Returned, status: LineReturned, facts: "returned", undraw: true},
		{name: "the fen that was missing is returned", said: []string{"returned 79.99 S1 5", "returned 0.01 S2 6"}, class: Returned, status: LineReturned, facts: "returned"},
		{name: "bounced", said: []string{"paid 80.00 S1 5", "returned 80.00 S2 6"}, class: Returned, status: LineReturned, facts: "returned", undraw: true},
		{name: "the payment before the return, told after it", said: []string{"returned 80.00 S2 6", "paid 80.00 S1 5"}, class: Matched, status: LineReturned},
		{name: "the return before a payment, told after it", said: []string{"paid 80.00 S2 6", "returned 80.00 S1 5"}, class: Returned, status: LineSettled, facts: "returned"},
		{name: "the rest returned", said: []string{"paid 30.00 S1 5", "returned 50.00 S2 6"}, class: Returned, status: LineSettled, facts: "returned"},
		{name: "one of two returned", said: []string{"paid 80.00 S1 5", "paid 80.00 S2 5", "returned 80.00 S3 6"}, class: Returned, status: LineSettled, facts: "returned", gotBack: "80.00"},
		{name: "the first payment arrives after all", said: []string{"returned 80.00 S1 5", "paid 80.00 S2 6"}, class: Matched, late: true, status: LineSettled, facts: "late", overpaid: "80.00"},
		{name: "after all, a fen less", said: []string{"returned 80.00 S1 5", "paid 79.99 S2 6"}, class: UnderAmount, late: true, status: LineSettled, facts: "under-amount late", overpaid: "79.99"},
		{name: "after all, and bounced again", said: []string{"returned 80.00 S1 5", "paid 80.00 S2 6", "returned 80.00 S3 7"}, class: Returned, status: LineReturned, facts: "returned", gotBack: "80.00"},
		{name: "after all, twice", said: []string{"returned 80.00 S1 5", "paid 80.00 S2 6", "paid 80.00 S3 7"}, class: PaidTwice, late: true, status: LineSettled, facts: "paid-twice late", overpaid: "80.00"},

		{name: "reversed", said: []string{"paid 80.00 S1 5", "reversed 80.00 S2 6"}, class: Reversed, status: LineReturned, facts: "reversed", undraw: true},
		{name: "reversed as a negative payment", said: []string{"paid 80.00 S1 5", "paid -80.00 S2 6"}, class: Reversed, status: LineReturned, facts: "reversed", undraw: true},
		{name: "reversed with a negative amount", said: []string{"paid 80.00 S1 5", "reversed -80.00 S2 6"}, class: Reversed, status: LineReturned, facts: "reversed", undraw: true},
		{name: "a part reversed", said: []string{"paid 80.00 S1 5", "reversed 30.00 S2 6"}, class: Reversed, status: LineSettled, facts: "reversed"},
		{name: "the second payment reversed", said: []string{"paid 80.00 S1 5", "paid 80.00 S2 5", "reversed 80.00 S3 6"}, class: Reversed, status: LineSettled, facts: "reversed", gotBack: "80.00"},
		{name: "the over-payment reversed", said: []string{"paid 85.00 S1 5", "reversed 85.00 S2 6"}, class: Reversed, status: LineReturned, facts: "reversed", undraw: true, gotBack: "5.00"},
		{name: "reversed before paid", said: []string{"reversed 80.00 S2 5"}, class: Reversed, status: LineReturned, facts: "reversed", undraw: true},
		{name: "the payment of a reversal", said: []string{"reversed 80.00 S2 5", "paid 80.00 S1 5"}, class: Matched, status: LineReturned},
		{name: "the payment of a reversal, booked later", said: []string{"reversed 80.00 S2 5", "paid 80.00 S1 6"}, class: Matched, status: LineReturned},
		{name: "paid again after the reversal", said: []string{"reversed 80.00 S2 5", "paid 80.00 S1 5", "paid 80.00 S3 6"}, class: Matched, late: true, status: LineSettled, facts: "late", overpaid: "80.00"},
		{name: "the return told again as a credit", said: []string{"returned 80.00 S1 5", "reversed 80.00 S2 6"}, class: DuplicateLine, status: LineReturned},
		{name: "the late payment reversed", said: []string{"returned 80.00 S1 5", "paid 80.00 S2 6", "reversed 80.00 S3 7"}, class: Reversed, status: LineReturned, facts: "reversed", gotBack: "80.00"},

		{name: "answered after its time", line: func(l *Line) { l.Missing = true }, said: []string{"paid 80.00 S1 5"}, class: Matched, late: true, status: LineSettled, facts: "late"},
		{name: "returned after its time", line: func(l *Line) { l.Missing = true }, said: []string{"returned 80.00 S1 5"}, class: Returned, status: LineReturned, facts: "returned", undraw: true},
		{name: "paid although its draw was undone", line: func(l *Line) { l.Undrawn = true }, said: []string{"paid 80.00 S1 5"}, class: Matched, late: true, status: LineSettled, facts: "late", overpaid: "80.00"},
		{name: "returned when its draw was undone", line: func(l *Line) { l.Undrawn = true }, said: []string{"returned 80.00 S1 5"}, class: Returned, status: LineReturned, facts: "returned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := instructed(1, "80.00")
			if c.line != nil {
				c.line(&l)
			}
			b := book(t, l)
			var out Outcome
			file := received(1)
			for i, said := range c.said {
				line := bankLine(t, said)
				if line.Line = i + 1; !c.sameFile {
					file = received(i + 1)
				}
				out = b.Read(file, line)
			}
			require.Equal(t, c.class, out.Classified.Class)
			require.Equal(t, c.late, out.Classified.Late)
			require.Equal(t, c.status, out.After.Status)
			require.Equal(t, "draw-1", out.Classified.Draw)
			require.Equal(t, 0, out.Candidate)
			require.Equal(t, c.facts, strings.Join(out.FollowUp.Facts, " "))
			require.Equal(t, c.undraw, out.FollowUp.Undraw)
			require.Equal(t, orZero(c.overpaid), out.FollowUp.Overpaid.String())
			require.Equal(t, orZero(c.gotBack), out.FollowUp.GotBack.String())
			require.Equal(t, out.FollowUp.Nothing(), c.facts == "" && !c.undraw && c.overpaid == "" && c.gotBack == "")
		})
	}
}

func orZero(s string) string {
	if s == "" {
		return "0.00"
	}
	return s
}

func TestFollowUpCarriesTheBankFact(t *testing.T) {
	b := book(t, instructed(1, "80.00"))
	line := bankLine(t, "returned -80.00 S1 -")
	line.Line, line.Reason = 7, "account-closed"
	out := b.Read(received(3), line)
	require.Equal(t, FollowUp{
		Person: "person-1", Run: run, Draw: "draw-1", Facts: []string{"returned"}, Amount: yuan("80.00"), BankFile: "file-03", BankLine: 7,
		On: january(13), Reason: "account-closed", Serial: "S1", Undraw: true,
	}, out.FollowUp)
	require.Equal(t, ClassifiedLine{Amount: yuan("-80.00"), Class: Returned, Draw: "draw-1", Line: 7, Reason: "account-closed", Serial: "S1"}, out.Classified)
	require.Equal(t, Effect{Day: january(13), Line: 7, PayRef: payrun.PayRef(run, 1), Result: ResultReturned, Undraw: true}, out.Effect)
	require.Equal(t, out.Fact, FactOf("file-03", january(13), out.Classified, out.Effect), "the stored page gives the fact back")
	require.Equal(t, out.FollowUp, FollowUpOf("file-03", out.Classified, out.Effect, instructed(1, "80.00")))
	require.Equal(t, "0.00/80.00/-80.00", sums(out.Delta))

	line.BookedOn = january(12)
	out = book(t, instructed(1, "80.00")).Read(received(3), line)
	require.Equal(t, january(12), out.FollowUp.On)
	require.True(t, out.Effect.Dated)
	require.Equal(t, out.Fact, FactOf("file-03", january(13), out.Classified, out.Effect))
}

func TestMatch(t *testing.T) {
	twin := func(n int) Line { // another line of the same account and amount
		l := instructed(n, "80.00")
		l.Account = "account-1"
		return l
	}
	one := []Line{instructed(1, "80.00"), instructed(2, "90.00")}
	for _, c := range []struct {
		name   string
		lines  []Line
		before []BankLine
		edit   func(*BankLine) // of a plain payment of line 1
		at     int             // -1: unknown
		why    string
		class  Class  // where it is not matched
		draw   string // of an unknown line
	}{
		{name: "by payRef", lines: one},
		{name: "by payRef, whatever the amount", lines: one, edit: func(b *BankLine) { b.Amount = yuan("90.00") }, class: OverAmount},
		{name: "by payRef and account", lines: one, edit: func(b *BankLine) { b.Account = "account-1" }},
		{name: "the payRef in lower case between blanks", lines: one, edit: func(b *BankLine) { b.PayRef = " " + strings.ToLower(b.PayRef) + " " }},
		{name: "the row order means nothing", lines: []Line{one[1], one[0]}, at: 1},
		{name: "another account", lines: one, edit: func(b *BankLine) { b.Account = "account-2" }, at: -1, why: WhyAccount, draw: "draw-1"},
		{name: "a line of another run", lines: one, edit: func(b *BankLine) { b.PayRef, b.Account = payrun.PayRef("r2", 1), "account-1" }, at: -1, why: WhyReference},
		{name: "a line the run does not have", lines: one, edit: func(b *BankLine) { b.PayRef = payrun.PayRef(run, 3) }, at: -1, why: WhyReference},
		{name: "the amount unreadable", lines: one, edit: func(b *BankLine) { b.Problems = []Problem{"holder", ProblemAmount} }, at: -1, why: WhyAmount, draw: "draw-1"},
		{name: "the amount beyond what can be written", lines: one, edit: func(b *BankLine) { b.Amount = domain.Yuan(1e14) }, at: -1, why: WhyAmount, draw: "draw-1"},
		{name: "the result unreadable", lines: one, edit: func(b *BankLine) { b.Problems = []Problem{ProblemResult} }, at: -1, why: WhyResult, draw: "draw-1"},
		{name: "a result in no code table", lines: one, edit: func(b *BankLine) { b.Result = "" }, at: -1, why: WhyResult, draw: "draw-1"},
		{name: "a problem that decides nothing", lines: one, edit: func(b *BankLine) { b.Problems = []Problem{"holder"} }},

		{name: "no payRef, one waits", lines: one, edit: func(b *BankLine) { b.PayRef, b.Account = "", "account-1" }},
		{name: "a damaged payRef, one waits", lines: one, edit: func(b *BankLine) { b.PayRef, b.Account = b.PayRef[:12], "account-1" }},
		{name: "neither payRef nor account", lines: one, edit: func(b *BankLine) { b.PayRef = "" }, at: -1, why: WhyNoAccount},
		{name: "no payRef, another amount", lines: one, edit: func(b *BankLine) { b.PayRef, b.Account, b.Amount = "", "account-1", yuan("79.99") }, at: -1, why: WhyNoLine},
		{name: "no payRef, two wait", lines: []Line{one[0], twin(3)}, edit: func(b *BankLine) { b.PayRef, b.Account = "", "account-1" }, at: -1, why: WhyAmbiguous},
		{name: "no payRef, one of two waits", lines: []Line{one[0], twin(3)}, before: []BankLine{bankLine(t, "paid 80.00 S9 3")}, edit: func(b *BankLine) { b.PayRef, b.Account = "", "account-1" }, at: 1},
		{name: "no payRef, a booking that is known", lines: []Line{one[0], twin(3)}, before: []BankLine{bankLine(t, "paid 80.00 S1 5")}, edit: func(b *BankLine) { b.PayRef, b.Account = "", "account-1" }, class: DuplicateLine},
		{name: "no payRef, nobody waits, said before without number and day", lines: one, before: []BankLine{bankLine(t, "paid 80.00 - -")}, edit: func(b *BankLine) {
			b.PayRef, b.Account, b.Serial, b.BookedOn = "", "account-1", "", domain.Date{}
		}, class: DuplicateLine},
		{name: "no payRef, nobody waits, another booking", lines: one, before: []BankLine{bankLine(t, "paid 80.00 S9 3")}, edit: func(b *BankLine) { b.PayRef, b.Account = "", "account-1" }, at: -1, why: WhyNoLine},
		{name: "no payRef, the payment that bounced", lines: one, before: []BankLine{bankLine(t, "paid 80.00 S9 3")}, edit: func(b *BankLine) {
			b.PayRef, b.Account, b.Result = "", "account-1", ResultReturned
		}, class: Returned},
		{name: "no payRef, two payments might have bounced", lines: []Line{one[0], twin(3)}, before: []BankLine{bankLine(t, "paid 80.00 S8 3"), {PayRef: payrun.PayRef(run, 3), Result: ResultPaid, Amount: yuan("80.00"), Serial: "S9"}}, edit: func(b *BankLine) {
			b.PayRef, b.Account, b.Result = "", "account-1", ResultReturned
		}, at: -1, why: WhyAmbiguous},
		{name: "no payRef, a line sent after the file", lines: []Line{func() Line { l := twin(3); l.SentAt = 900; return l }()}, edit: func(b *BankLine) { b.PayRef, b.Account = "", "account-1" }, at: -1, why: WhyNoLine},
		{name: "no payRef, a missing line still waits", lines: []Line{func() Line { l := instructed(1, "80.00"); l.Missing = true; return l }()}, edit: func(b *BankLine) { b.PayRef, b.Account = "", "account-1" }},
		{name: "no lines at all", edit: func(b *BankLine) {}, at: -1, why: WhyReference},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := book(t, c.lines...)
			for i, earlier := range c.before {
				earlier.Line = i + 1
				require.NotEqual(t, Unknown, b.Read(received(1), earlier).Classified.Class)
			}
			line := bankLine(t, "paid 80.00 S1 5")
			if c.edit != nil {
				c.edit(&line)
			}
			before := b.Lines()
			out := b.Read(received(2), line)
			require.Equal(t, c.at, out.Candidate)
			if c.at < 0 {
				require.Equal(t, Unknown, out.Classified.Class)
				require.Equal(t, c.why, out.Classified.Reason)
				require.Equal(t, c.draw, out.Classified.Draw)
				require.True(t, out.Classified.Amount.InBounds())
				require.True(t, out.FollowUp.Nothing())
				require.True(t, out.Delta.IsZero())
				require.Equal(t, before, b.Lines(), "nothing changes")
				return
			}
			if c.class == "" {
				c.class = Matched
			}
			require.Equal(t, c.class, out.Classified.Class)
			require.Equal(t, c.lines[c.at].Draw, out.Classified.Draw)
		})
	}
}

func TestLinesSentWhenThePositionIsNotKnown(t *testing.T) {
	line := bankLine(t, "paid 80.00 S1 5")
	line.PayRef, line.Account = "", "account-1"
	file := received(1)
	file.Position = 0
	require.Equal(t, Matched, book(t, instructed(1, "80.00")).Read(file, line).Classified.Class)
}

func TestMeaning(t *testing.T) {
	for _, c := range []struct {
		name      string
		result    Result
		amount    string
		direction Direction
		want      Result
	}{
		{"payment", ResultPaid, "80.00", "", ResultPaid},
		{"payment as a debit", ResultPaid, "80.00", Debit, ResultPaid},
		{"reversal as a debit", ResultPaid, "-80.00", Debit, ResultReversed},
		{"reversal as a credit", ResultPaid, "80.00", Credit, ResultReversed},
		{"a credit taken back", ResultPaid, "-80.00", Credit, ResultPaid},
		{"nothing", ResultPaid, "0.00", Credit, ResultPaid},
		{"reversed by name", ResultReversed, "80.00", Debit, ResultReversed},
		{"reversed by name and sign", ResultReversed, "-80.00", Debit, ResultReversed},
		{"returned by name, as a credit", ResultReturned, "80.00", Credit, ResultReturned},
	} {
		require.Equal(t, c.want, BankLine{Result: c.result, Amount: yuan(c.amount), Direction: c.direction}.meaning(), c.name)
	}
}

func TestWhatIsStoredOfALineHasABound(t *testing.T) {
	line := bankLine(t, "paid 80.00 S1 5")
	line.Serial, line.Reason = strings.Repeat("9", 33), strings.Repeat("x", 33)
	out := book(t, instructed(1, "80.00")).Read(received(1), line)
	require.Len(t, out.Classified.Serial, 32)
	require.Equal(t, ReasonOther, out.Classified.Reason)
	line.Serial += "9"
	require.NotEqual(t, out.Classified.Serial, line.serial(), "numbers are told apart by their fingerprints")
	line.Serial = "流水1"
	require.Regexp(t, "^#[0-9a-f]{31}$", line.serial())
	line.Serial, line.BookedOn = "  S1 ", domain.Date{Year: 2022, Month: 2, Day: 30}
	require.Equal(t, "S1", line.serial())
	require.True(t, line.fact(received(1)).BookedOn.IsZero(), "a day the calendar does not have is none")
}

func TestBookRefuses(t *testing.T) {
	none, zero := instructed(1, "80.00"), instructed(2, "0.00")
	none.PayRef = ""
	for _, lines := range [][]Candidate{{{Line: none}}, {{Line: zero}}} {
		_, err := NewBook(lines)
		refused(t, err, domain.Invalid, "bankfile.instruction-line")
	}
	_, err := NewBook([]Candidate{{Line: instructed(1, "80.00")}, {Line: instructed(1, "90.00")}})
	refused(t, err, domain.Invalid, "bankfile.pay-ref-twice")
}

func TestWants(t *testing.T) {
	line := bankLine(t, "returned -80.00 S1 5")
	line.Account = "account-1"
	require.Equal(t, Want{PayRef: payrun.PayRef(run, 1), Account: "account-1", Amount: yuan("80.00")}, line.Wants())
	line.Problems = []Problem{ProblemAmount}
	require.Equal(t, Want{PayRef: payrun.PayRef(run, 1)}, line.Wants())
}
