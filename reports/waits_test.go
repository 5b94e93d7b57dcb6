package reports_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/payrun"
	"almoner/reports"
)

// pays instructs one line of a run and has the bank say what became of it on a day.
func (w *town) pays(run string, l payrun.Line, result bankfile.Result, on string) {
	w.t.Helper()
	w.clock = domain.MustDate(on).Start().Add(time.Hour).UTC()
	book, err := bankfile.NewBook([]bankfile.Candidate{{Line: bankfile.Line{PayRef: l.PayRef, Run: run, Draw: l.Draw, Person: l.Person, Account: "x", Amount: l.Amount, SentAt: 1}}})
	require.NoError(w.t, err)
	w.add(payrun.Stream(run), payrun.Instructed{BankFiles: []string{"sent-" + run}, Instruction: 1, Lines: 1, Run: run, Total: l.Amount})
	id, day := "back-"+run, domain.MustDate(on)
	w.add(bankfile.Stream(id), bankfile.Received{BankFile: id, Commitment: "cm", File: "key-" + id, Parts: 1, ReceivedOn: day, Size: 10}, bankfile.Part{BankFile: id, File: "key-" + id, Part: 1})
	out := book.Read(bankfile.ReturnFile{ID: id, ReceivedOn: day, Position: 1000}, bankfile.BankLine{Line: 1, Amount: l.Amount, Result: result, PayRef: l.PayRef, Serial: "S-" + run, BookedOn: day})
	page := bankfile.PageOf(1, []bankfile.Outcome{out})
	w.add(bankfile.Stream(id), bankfile.Read{BankFile: id, Format: "test", FormatHash: "hash", Lines: 1, Total: l.Amount})
	w.add(bankfile.Stream(id), bankfile.Classified{BankFile: id, Page: 1, Lines: page.Lines, Effects: page.Effects})
	if out.FollowUp.Undraw {
		w.add(beneficiary.Stream(l.Person), beneficiary.Undrawn{Cause: beneficiary.Returned, Draw: l.Draw, Person: l.Person, Run: run})
	}
	w.add(bankfile.Stream(id), bankfile.Followed{BankFile: id, Page: 1})
}

// A payment comes back and is paid again to a new account: one wait from the day of the return to the day of the money, and
// the first payment is that of the money that arrived.
func TestWaitsFollowTheBank(t *testing.T) {
	w := newTown(t)
	w.enrol("a", "张样例", village1, "one-girl", "340523195503011022")
	m := w.maker()
	summary := func() string {
		require.NoError(t, m.Views.CatchUp(t.Context(), nil))
		_, b := bytesOf(t, m, reports.Request{Kind: reports.Timeliness, Programme: reward, Office: townID}, "", reports.XLSX)
		content, _, _ := sheetContent(t, reports.Timeliness, b)
		return string(content)
	}
	first := w.run("run-1", "a")
	w.pays("run-1", first[0], bankfile.ResultReturned, "2022-01-20")
	text := summary()
	require.Contains(t, text, "row\t退票到重付\t退票日期\t重付到账\t0\t1\t\t\t\n", "it waits")
	require.Contains(t, text, "row\t符合条件到首次发放\t符合条件之月\t首次到账\t0\t1\t\t\t\n", "what came back is no payment")

	w.add(beneficiary.Stream("a"), beneficiary.AccountChanged{HolderPerson: "a", Person: "a", Relation: "self", On: domain.MustDate("2022-01-25")})
	again := w.run("run-2", "a")
	w.pays("run-2", again[0], bankfile.ResultPaid, "2022-02-09")
	text = summary()
	require.Contains(t, text, "row\t退票到重付\t退票日期\t重付到账\t1\t0\t20\t20\t20\n")
	require.Contains(t, text, "row\t符合条件到首次发放\t符合条件之月\t首次到账\t1\t0\t70\t70\t70\n", "1 December to 9 February")
	require.Equal(t, 1, strings.Count(text, "2022-01-20\t2022-02-09\t20\t已办结"))

	// A period asks for the waits that ended in it.
	_, b := bytesOf(t, m, reports.Request{Kind: reports.Timeliness, Programme: reward, Office: townID, Period: domain.MustPeriod("2022-01")}, "", reports.XLSX)
	content, _, _ := sheetContent(t, reports.Timeliness, b)
	require.Contains(t, string(content), "row\t退票到重付\t退票日期\t重付到账\t0\t0\t\t\t\n")
}
