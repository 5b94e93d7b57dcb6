package projections

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/fund"
	"almoner/domain/month"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
)

// bank plays a bank and the finance office beside it: files of synthetic lines, classified as the ledger does it.
type bank struct {
	*history
	books map[string]*bankfile.Book // by run
	files int
}

func newBank(h *history) *bank { return &bank{history: h, books: map[string]*bankfile.Book{}} }

const finance = "finance"

// until moves the clock on to a day at nine o'clock.
func (h *history) until(day string) {
	at := domain.MustDate(day).Start().Add(9 * time.Hour).UTC()
	require.False(h.t, at.Before(h.clock), "the clock does not go back to %s", day)
	h.clock = at
}

// run opens, draws, lists and releases a run of a month.
func (h *history) run(id, period string, rate beneficiary.Rates, persons ...string) (payrun.Opened, []payrun.Line) {
	o := h.openRun(id, period)
	lines := h.prepare(o, 1, rate, persons...)
	h.release(o, 1, lines)
	return o, lines
}

// instruct tells the bank to pay what is not stopped.
func (b *bank) instruct(o payrun.Opened, lines []payrun.Line) {
	var candidates []bankfile.Candidate
	total := domain.Money{}
	for _, l := range lines {
		if l.Amount.IsZero() {
			continue
		}
		total = total.Add(l.Amount)
		candidates = append(candidates, bankfile.Candidate{Line: bankfile.Line{PayRef: l.PayRef, Run: o.Run, Draw: l.Draw, Person: l.Person, Account: l.Person, Amount: l.Amount, SentAt: b.count()}})
	}
	book, err := bankfile.NewBook(candidates)
	require.NoError(b.t, err)
	b.books[o.Run] = book
	b.add(payrun.Stream(o.Run), payrun.Instructed{BankFiles: []string{"sent-" + o.Run}, Instruction: 1, Lines: len(candidates), Run: o.Run, Total: total})
}

// says is one line of a return file: line of the run, result, amount in yuan, day of booking.
type says struct {
	line   int
	result bankfile.Result
	yuan   int64
	on     string
}

// answer adds a return file about a run and classifies it, with what follows for the people.
func (b *bank) answer(o payrun.Opened, lines ...says) {
	b.t.Helper()
	b.files++
	id := fmt.Sprintf("back-%d", b.files)
	file := bankfile.ReturnFile{ID: id, ReceivedOn: domain.DateOf(b.clock), Position: b.count()}
	b.office = finance
	defer func() { b.office = "" }()
	b.add(bankfile.Stream(id), bankfile.Received{BankFile: id, Commitment: "cm", File: "key-" + id, Parts: 1, ReceivedOn: file.ReceivedOn, Size: 10, Private: nil},
		bankfile.Part{BankFile: id, File: "key-" + id, Part: 1})
	var outcomes []bankfile.Outcome
	total := domain.Money{}
	for i, s := range lines {
		amount := domain.Yuan(s.yuan)
		total = total.Add(amount)
		line := bankfile.BankLine{Line: i + 1, Amount: amount, Result: s.result, Serial: fmt.Sprintf("%s-%d", id, i)}
		if s.on != "" {
			line.BookedOn = domain.MustDate(s.on)
		}
		if s.line > 0 {
			line.PayRef = payrun.PayRef(o.Run, s.line)
		}
		outcomes = append(outcomes, b.books[o.Run].Read(file, line))
	}
	page := bankfile.PageOf(1, outcomes)
	b.add(bankfile.Stream(id), bankfile.Read{BankFile: id, Format: "test", FormatHash: "hash", Lines: len(lines), Total: total})
	b.add(bankfile.Stream(id), bankfile.Classified{BankFile: id, Page: 1, Lines: page.Lines, Effects: page.Effects})
	for _, out := range outcomes {
		if out.FollowUp.Undraw {
			b.person(out.FollowUp.Person, beneficiary.Undrawn{Cause: beneficiary.Returned, Draw: out.FollowUp.Draw, Person: out.FollowUp.Person, Run: o.Run})
		}
	}
	b.add(bankfile.Stream(id), bankfile.Followed{BankFile: id, Page: 1})
}

// close submits and closes a month at the read models' cut-off, with signatures that nobody checks here.
func (h *history) close(v *Views, in string) Reconciliation {
	h.t.Helper()
	r := h.reckon(v, in)
	require.Empty(h.t, r.Failed(), "a month that does not balance is not closed")
	h.submitMonth(r)
	h.endClose(r)
	return r
}

func (h *history) reckon(v *Views, in string) Reconciliation {
	h.t.Helper()
	ctx := h.t.(*testing.T).Context()
	h.flush()
	require.NoError(h.t, v.CatchUp(ctx, nil))
	r, err := v.Reconciliation(ctx, finance, domain.MustPeriod(in))
	require.NoError(h.t, err)
	return r
}

func (h *history) submitMonth(r Reconciliation) {
	stream := month.Stream(finance, r.Month)
	round := r.State.SigningTo(monthChain()).Round + 1
	h.add(stream, month.Submitted{
		Chain: monthChain(), Differences: r.Causes(), Figures: r.Programmes, Finance: finance, LogIndex: r.CutOff, Month: r.Month, Runs: slices.Clone(r.Runs),
		Submission: r.Submission(round), Signed: signed("p-finance-1", round, 0, signoff.WholeScope),
	})
}

func (h *history) endClose(r Reconciliation) {
	stream := month.Stream(finance, r.Month)
	root, _ := r.Root()
	round := r.State.SigningTo(monthChain()).Round + 1
	h.add(stream, month.SignedOff{Finance: finance, Month: r.Month, Signed: signed("p-finance-2", round, 1, signoff.WholeScope)},
		month.Closed{Finance: finance, LogIndex: r.CutOff, Month: r.Month, Root: root})
}

func (h *history) reopen(in string) {
	m := domain.MustPeriod(in)
	stream := month.Stream(finance, m)
	h.add(stream, month.ReopenSubmitted{Chain: monthChain(), Finance: finance, Month: m, Reason: "bank-file-late",
		Submission: signoff.Submission{Round: 1, Rulebook: "-", Totals: signoff.Totals{Lines: 1, Root: "r", Total: "0.00"}}, Signed: signed("p-finance-1", 1, 0, signoff.WholeScope)})
	h.add(stream, month.Reopened{Finance: finance, Month: m, Reason: "bank-file-late", Signed: signed("p-finance-2", 1, 1, signoff.WholeScope)})
}

func monthChain() []signoff.Step {
	return []signoff.Step{
		{Level: signoff.Finance, Duty: signoff.Handler, Per: signoff.Whole, Min: 1},
		{Level: signoff.Finance, Duty: signoff.Head, Per: signoff.Whole, Min: 1},
	}
}

func enrolled(t *testing.T, n int) (*bank, []string) {
	h := newHistory(t)
	h.offices()
	var people []string
	for i := range n {
		id := string(rune('a' + i))
		h.enrol(id, village1, "2022-01")
		people = append(people, id)
	}
	return newBank(h), people
}

func sum(f month.Figures) string {
	s := fmt.Sprintf("%v + %v - %v - %v = %v", f.Opening, f.Instructed, f.Settled, f.Returned, f.Outstanding)
	if !f.Beyond.IsZero() {
		s += fmt.Sprintf(" beyond %v", f.Beyond)
	}
	return s
}

// A run of January: two are paid, one comes back, one is stopped, two are still open at the month's end. February answers
// for them, pays one of them twice, and brings back a payment of January after January was closed.
func TestTwoMonths(t *testing.T) {
	b, people := enrolled(t, 6)
	v := b.open(Options{Ledger: b.ledger})
	b.until("2022-01-10")
	o, lines := b.run("run-1", "2022-01", rates{80}, people...)
	b.stop(o, lines[5])
	b.instruct(o, lines[:5])
	b.until("2022-01-20")
	b.answer(o, says{1, bankfile.ResultPaid, 80, "2022-01-18"}, says{2, bankfile.ResultPaid, 80, "2022-01-18"}, says{3, bankfile.ResultReturned, 80, "2022-01-18"},
		says{0, bankfile.ResultPaid, 7, "2022-01-18"})

	b.until("2022-01-31")
	january := b.close(v, "2022-01")
	require.Equal(t, "0.00 + 400.00 - 160.00 - 80.00 = 160.00", sum(january.Total()))
	require.Equal(t, "480.00", january.Total().Prepared.String())
	require.Equal(t, "480.00", january.Total().Released.String())
	require.Equal(t, "80.00", january.Total().Stopped.String())
	require.Equal(t, []string{"run-1"}, january.Runs)
	require.Equal(t, []month.CauseSum{
		{Amount: domain.Yuan(160), Cause: "pending", Lines: 2}, {Amount: domain.Yuan(80), Cause: "returned", Lines: 1}, {Amount: domain.Yuan(7), Cause: "unknown", Lines: 1},
	}, january.Causes())
	require.Equal(t, bankfile.WhyNoAccount, january.Differences[3].Reason)
	require.Equal(t, "400.00", january.Variance.This.String())
	require.Equal(t, []VarianceRow{{reward, Entered, 5, domain.Yuan(400)}}, january.Variance.Rows)

	// Recorded in January, after the close: booked in February. Nothing of January changes.
	b.answer(o, says{1, bankfile.ResultReversed, 80, "2022-01-30"})
	again := b.reckon(v, "2022-01")
	root, _ := january.Root()
	now, _ := again.Root()
	require.Equal(t, root, now)
	require.Equal(t, month.StatusClosed, again.State.Status)

	b.until("2022-02-03")
	b.answer(o, says{4, bankfile.ResultPaid, 80, "2022-01-31"}, says{5, bankfile.ResultPaid, 80, "2022-02-01"}, says{5, bankfile.ResultPaid, 80, "2022-02-02"})
	b.until("2022-02-12")
	b.person("c", beneficiary.AccountChanged{HolderPerson: "c", Person: "c", Relation: "self", On: domain.MustDate("2022-02-10")})
	p, lines := b.run("run-2", "2022-02", rates{90}, people[:4]...)
	b.instruct(p, lines)
	b.until("2022-03-02")
	february := b.close(v, "2022-02")
	f := february.Total()
	// The reversed payment of line 1 is a return: minus 80 settled, plus 80 returned.
	require.Equal(t, "160.00", f.Opening.String())
	require.Equal(t, january.Total().Outstanding.String(), f.Opening.String())
	require.Equal(t, "80.00", f.Settled.String(), "160 answered, 80 reversed")
	require.Equal(t, "80.00", f.Returned.String())
	require.Equal(t, "80.00", f.Beyond.String())
	require.Equal(t, f.Instructed.String(), f.Outstanding.String(), "nothing of February is answered")
	bridge := map[string]string{}
	for _, row := range february.Bridge {
		require.Equal(t, "2022-01", row.Month.String())
		require.Equal(t, reward, row.Programme)
		require.NotEmpty(t, row.Event)
		bridge[row.Cause+" "+row.Figure] = row.Amount.String()
	}
	require.Equal(t, map[string]string{"reversed settled": "-80.00", "reversed returned": "80.00", "matched settled": "80.00", "matched outstanding": "-80.00"}, bridge)

	// c's money came back in January and is paid again, with February's.
	require.Equal(t, "180.00", f.Reissued.String())
	require.Equal(t, february.Variance.This.Sub(february.Variance.Before).String(), varianceSum(february.Variance).String())
	causes := map[VarianceCause]string{}
	for _, row := range february.Variance.Rows {
		causes[row.Cause] = fmt.Sprintf("%d %v", row.Persons, row.Amount)
	}
	require.Equal(t, map[VarianceCause]string{
		RateChange: "3 30.00", Reissues: "1 90.00", ArrearsPaid: "2 20.00", // ten more for January, of those whose January stands
		Held: "1 -80.00", // a's payment was reversed, and waits for an account
		Left: "1 -80.00", // e is in no run of February
	}, causes)
	require.Equal(t, f.Instructed.String(), february.Variance.This.String())
}

func varianceSum(v Variance) domain.Money {
	var total domain.Money
	for _, r := range v.Rows {
		total = total.Add(r.Amount)
	}
	return total
}

// A month is reopened for a bank file that came late: what belongs to it by its own day is booked there, what does not is
// not, and the bridge names every difference to what was closed before.
func TestReopening(t *testing.T) {
	b, people := enrolled(t, 4)
	v := b.open(Options{Ledger: b.ledger})
	b.until("2022-01-10")
	o, lines := b.run("run-1", "2022-01", rates{80}, people...)
	b.instruct(o, lines)
	b.answer(o, says{1, bankfile.ResultPaid, 80, "2022-01-18"})
	b.until("2022-02-01")
	first := b.close(v, "2022-01")
	require.Equal(t, "0.00 + 320.00 - 80.00 - 0.00 = 240.00", sum(first.Total()))

	b.until("2022-02-03")
	b.answer(o, says{2, bankfile.ResultPaid, 80, "2022-01-31"}) // behind the close: February's, for ever
	b.reopen("2022-01")
	b.answer(o, says{3, bankfile.ResultReturned, 80, "2022-01-31"}, says{4, bankfile.ResultPaid, 80, "2022-02-02"})
	second := b.close(v, "2022-01")
	require.Equal(t, "0.00 + 320.00 - 80.00 - 80.00 = 160.00", sum(second.Total()))
	var told []string
	for _, row := range second.Bridge {
		told = append(told, fmt.Sprintf("%s %s %s %v", row.Month, row.Cause, row.Figure, row.Amount))
	}
	require.Equal(t, []string{"2022-01 returned outstanding -80.00", "2022-01 returned returned 80.00"}, told)
	before, _ := second.State.Close()
	require.Equal(t, first.CutOff, before.CutOff)

	february := b.reckon(v, "2022-02")
	require.Empty(t, february.Failed())
	require.Equal(t, "160.00 + 0.00 - 160.00 - 0.00 = 0.00", sum(february.Total()))

	// What each close said can be worked out again at its cut-off, although there is more by now.
	for _, r := range []Reconciliation{first, second} {
		again, err := v.ReconciliationAt(t.Context(), finance, r.Month, r.CutOff)
		require.NoError(t, err)
		was, _ := r.Root()
		now, _ := again.Root()
		require.Equal(t, was, now)
	}
	_, months, err := v.Months(t.Context(), finance)
	require.NoError(t, err)
	require.Len(t, months, 2)
	require.Equal(t, month.StatusClosed, months[0].State.Status)
	require.Equal(t, "160.00", months[0].Outstanding.String())
	require.Equal(t, "0.00", months[1].Outstanding.String())
	in, err := v.BookMonth(t.Context(), finance, b.count())
	require.NoError(t, err)
	require.Equal(t, "2022-02", in.String())
}

// Facts recorded between submission and the last signature belong behind the close.
func TestFactsBetweenSubmissionAndClose(t *testing.T) {
	b, people := enrolled(t, 2)
	v := b.open(Options{Ledger: b.ledger})
	b.until("2022-01-10")
	o, lines := b.run("run-1", "2022-01", rates{80}, people...)
	b.instruct(o, lines)
	b.until("2022-01-31")
	r := b.reckon(v, "2022-01")
	b.submitMonth(r)
	b.answer(o, says{1, bankfile.ResultPaid, 80, "2022-01-31"})
	b.endClose(r)
	require.Equal(t, "0.00 + 160.00 - 0.00 - 0.00 = 160.00", sum(b.reckon(v, "2022-01").Total()))
	february := b.reckon(v, "2022-02")
	require.Equal(t, "160.00 + 0.00 - 80.00 - 0.00 = 80.00", sum(february.Total()))
	require.Len(t, february.Bridge, 2)
	require.Equal(t, dump(t, b.caughtUp()), dump(t, v), "built live and at once")
}

func TestReconciliationRefuses(t *testing.T) {
	b, people := enrolled(t, 1)
	v := b.open(Options{Ledger: b.ledger})
	o, lines := b.run("run-1", "2022-01", rates{80}, people...)
	b.instruct(o, lines)
	b.reckon(v, "2022-01")
	_, err := v.Reconciliation(t.Context(), finance, domain.MustPeriod("2022-Q1"))
	require.ErrorIs(t, err, domain.Invalid)
	var stale *StaleError
	_, err = v.ReconciliationAt(t.Context(), finance, domain.MustPeriod("2022-01"), b.count()+1)
	require.ErrorAs(t, err, &stale)
	for _, id := range []string{"", "finance", "/2022-01", "finance/2022", "finance/2022-Q1", "finance/x"} {
		_, _, err := ParseMonthID(id)
		require.ErrorIs(t, err, domain.Invalid, id)
	}
	office, in, err := ParseMonthID("finance/2022-01")
	require.NoError(t, err)
	require.Equal(t, "finance/2022-01", MonthID(office, in))

	// An office without any money, and a month before any: nothing, and nothing to close.
	empty, err := v.Reconciliation(t.Context(), "another", domain.MustPeriod("2022-01"))
	require.NoError(t, err)
	require.False(t, empty.Moved)
	require.Empty(t, empty.Programmes)
	later := b.reckon(v, "2022-02")
	require.Equal(t, []domain.Period{domain.MustPeriod("2022-01")}, later.EarlierOpen)

	// A file that came and is not classified stands in the way; somebody who tampers with a line is found out.
	b.office = finance
	b.add(bankfile.Stream("late"), bankfile.Received{BankFile: "late", Commitment: "cm", File: "key", Parts: 1, ReceivedOn: domain.MustDate("2022-01-04"), Size: 10})
	b.office = ""
	require.Equal(t, []string{"late"}, b.reckon(v, "2022-01").Unclassified)
	_, err = v.db.Writer.ExecContext(t.Context(), `UPDATE instructed_v1 SET outstanding = outstanding - 1, settled = settled + 1`)
	require.NoError(t, err)
	failed := b.reckon(v, "2022-01").Failed()
	require.Len(t, failed, 1)
	require.Equal(t, month.Check{Name: "lines.outstanding", Ours: domain.Yuan(80), Theirs: domain.MustMoney("79.99")}, failed[0])
}

// Whatever banks say in whatever order, and whenever months are closed and reopened: each month foots by programme, class
// and level, each begins with what the one before left, all of them together come to what was instructed, and every close
// can be worked out again at its cut-off.
func TestRandomMonths(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b, people := enrolled(t, 3)
		b.bulk = true // written when somebody looks
		v := b.open(Options{Ledger: b.ledger})
		defer v.Close()
		var runs []payrun.Opened
		sizes := map[string]int{}
		var closes []Reconciliation
		last := "" // month closed last
		day := domain.MustDate("2022-01-05")
		for step := range rapid.IntRange(4, 14).Draw(rt, "steps") {
			day = day.AddDays(rapid.IntRange(0, 12).Draw(rt, "days"))
			if !day.Start().Add(9 * time.Hour).Before(b.clock) {
				b.until(day.String())
			}
			switch do := rapid.IntRange(0, 9).Draw(rt, "do"); {
			case do <= 1 || len(runs) == 0:
				period := day.MonthPeriod()
				o, lines := b.run(fmt.Sprintf("run-%d", step), period.String(), rates{int64(80 + step)}, people...)
				if len(lines) > 0 {
					b.instruct(o, lines)
					runs, sizes[o.Run] = append(runs, o), len(lines)
				}
			case do <= 6:
				o := rapid.SampledFrom(runs).Draw(rt, "run")
				var said []says
				for range rapid.IntRange(1, 4).Draw(rt, "lines") {
					said = append(said, says{
						line: rapid.IntRange(0, sizes[o.Run]).Draw(rt, "line"), yuan: rapid.SampledFrom([]int64{80, 81, 82, 40, 90}).Draw(rt, "yuan"),
						result: rapid.SampledFrom([]bankfile.Result{bankfile.ResultPaid, bankfile.ResultPaid, bankfile.ResultReturned, bankfile.ResultReversed}).Draw(rt, "result"),
						on:     day.AddDays(-rapid.IntRange(0, 40).Draw(rt, "booked")).String(),
					})
				}
				b.answer(o, said...)
			case do == 7 && last != "" && domain.MustPeriod(last) == closes[len(closes)-1].Month:
				b.reopen(last)
				last = ""
			default:
				in := firstOpenMonth(b.history, v)
				if r := b.reckon(v, in); r.Moved && len(r.EarlierOpen) == 0 && !day.Before(r.Month.Last()) {
					closes, last = append(closes, b.close(v, in)), in
				}
			}
		}
		requireMonths(t, b, v)
		p, err := v.Postings(t.Context(), finance)
		require.NoError(t, err)
		requirePostings(t, p)
		for _, r := range closes {
			again, err := v.ReconciliationAt(t.Context(), finance, r.Month, r.CutOff)
			require.NoError(rt, err)
			was, _ := r.Root()
			now, _ := again.Root()
			require.Equal(rt, was, now, "the close of %s at %d", r.Month, r.CutOff)
		}
	})
}

func firstOpenMonth(h *history, v *Views) string {
	h.t.Helper()
	ctx := h.t.(*testing.T).Context()
	h.flush()
	require.NoError(h.t, v.CatchUp(ctx, nil))
	_, months, err := v.Months(ctx, finance)
	require.NoError(h.t, err)
	for _, m := range months {
		if !m.State.Closed() {
			return m.Month.String()
		}
	}
	return "2022-01"
}

// requireMonths compares all months with each other and with the log's instructions.
func requireMonths(t *testing.T, b *bank, v *Views) {
	t.Helper()
	b.flush()
	require.NoError(t, v.CatchUp(t.Context(), nil))
	_, months, err := v.Months(t.Context(), finance)
	require.NoError(t, err)
	var instructed, answered, left domain.Money
	for _, m := range months {
		r, err := v.ReconciliationAt(t.Context(), finance, m.Month, b.count())
		require.NoError(t, err)
		require.Empty(t, r.Failed(), "%s", m.Month)
		f := r.Total()
		require.Equal(t, left.String(), f.Opening.String(), "%s begins with what was left", m.Month)
		left = f.Outstanding
		instructed, answered = instructed.Add(f.Instructed), answered.Add(f.Settled).Add(f.Returned)
		for _, part := range slices.Concat(r.Programmes, r.Classes, r.Levels) {
			require.True(t, part.Foots(), "%+v", part)
		}
		require.Equal(t, r.Variance.This.Sub(r.Variance.Before).String(), varianceSum(r.Variance).String())
	}
	var told domain.Money
	for _, f := range b.facts {
		if e, ok := f.Event.(payrun.Instructed); ok {
			told = told.Add(e.Total)
		}
	}
	require.Equal(t, told.String(), instructed.String())
	require.Equal(t, told.Sub(answered).String(), left.String())
}

// What levels pay is divided so that it foots for each, sums to the whole, and comes to each level's share of the run once
// the bank has answered for all of it, whatever came in which month.
func TestDivision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels := division{}
		for _, level := range []string{"central", "province", "county"}[:rapid.IntRange(1, 3).Draw(t, "levels")] {
			levels = append(levels, fund.Share{Level: level, Weight: rapid.Int64Range(1, 9).Draw(t, "weight")})
		}
		told := rapid.Int64Range(1, 100_000).Draw(t, "told")
		var settled, returned [3]int64 // in three months
		left := told
		for i := range settled {
			settled[i] = rapid.Int64Range(0, left).Draw(t, "settled")
			left -= settled[i]
			returned[i] = rapid.Int64Range(0, left).Draw(t, "returned")
			left -= returned[i]
		}
		if rapid.Bool().Draw(t, "answered whole") {
			settled[2], left = settled[2]+left, 0
		}
		opening := map[string]string{"central": "0.00", "province": "0.00", "county": "0.00"}
		paid := make([]int64, len(levels))
		for i := range settled {
			before, in := i, i+1
			sums := []bookSum{
				{reward, "run", "instructed", told, 0},
				{reward, "run", "outstanding", told - total(settled[:before]) - total(returned[:before]), -settled[i] - returned[i]},
				{reward, "run", "settled", total(settled[:before]), settled[i]}, {reward, "run", "returned", total(returned[:before]), returned[i]},
				{reward, "run", "setOff", 0, -7},
			}
			if i == 0 {
				sums[0].before, sums[0].in, sums[1].before, sums[1].in = 0, told, 0, told-settled[0]-returned[0]
			}
			var whole month.Figures
			rows := gather(levels.divide(sums), func(s bookSum) month.Figures { return month.Figures{Programme: s.programme, Level: s.part} })
			for _, f := range rows {
				require.True(t, f.Foots(), "%+v", f)
				require.Equal(t, opening[f.Level], f.Opening.String())
				opening[f.Level] = f.Outstanding.String()
				whole = whole.Add(f)
				for n, l := range levels {
					if l.Level == f.Level {
						paid[n] += f.Settled.Fen()
					}
				}
			}
			require.Equal(t, settled[i], whole.Settled.Fen())
			require.Equal(t, returned[i], whole.Returned.Fen())
			require.Equal(t, int64(-7), whole.SetOff.Fen())
			require.Equal(t, told-total(settled[:in])-total(returned[:in]), whole.Outstanding.Fen())
		}
		if total(settled[:]) == told {
			for n, share := range levels.split(told) {
				require.Equal(t, share.Fen(), paid[n])
			}
		}
	})
}

func total(all []int64) int64 {
	var sum int64
	for _, n := range all {
		sum += n
	}
	return sum
}

// Money got back, set off and given up is booked with the finance office that had paid it.
func TestRecoveriesAreBooked(t *testing.T) {
	h := newHistory(t)
	story(h)
	h.person("a", beneficiary.Recovered{Amount: domain.Yuan(20), Method: beneficiary.MethodBankReversal, BankFile: "f", BankLine: 1, Overpayment: "o-a", Person: "a", ReceivedOn: domain.MustDate("2022-02-22")},
		beneficiary.WrittenOff{Amount: domain.Yuan(40), Overpayment: "o-a", Person: "a", Reason: "hardship"})
	v := h.caughtUp()
	r := h.reckon(v, "2022-01") // the history's clock stands in January throughout
	f := r.Total()
	require.Equal(t, []string{"30.00", "20.00", "40.00"}, []string{f.Refunded.String(), f.GotBack.String(), f.WrittenOff.String()})
	require.Equal(t, "child=two-girls", r.Classes[len(r.Classes)-1].Class)
	require.Equal(t, "40.00", r.Classes[len(r.Classes)-1].WrittenOff.String())
	// What was sent back and cancelled comes to nothing; what a bank returned stays.
	require.Equal(t, []string{"790.00", "790.00", "80.00", "320.00"}, []string{f.Prepared.String(), f.Released.String(), f.Stopped.String(), f.Instructed.String()})
	require.True(t, f.Foots())
}
