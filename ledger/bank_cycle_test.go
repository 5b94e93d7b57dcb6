package ledger_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/payrun"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
)

// newAccount is a list that gives the n-th person of benchRoster another account.
func newAccount(n, card int) []byte {
	birth := domain.MustDate("1961-01-01").AddDays(n / 499 % 364)
	number := countyNumber(birth.String()[:4]+birth.String()[5:7]+birth.String()[8:], n%499)
	return crashCSV([][]string{{"姓名", "身份证号", "村居", "开户行", "账号", "户名"}, {"虚构人", number, []string{"东村", "西村"}[n%2], "农商银行", countyCard(card), "虚构人"}})
}

// cardOf finds whose account a line pays.
func cardOf(t *testing.T, p paid) int {
	t.Helper()
	for n := range 1000 {
		if countyCard(n) == p.account {
			return n
		}
	}
	t.Fatalf("account %s is nobody's", p.account)
	return 0
}

// TestReturnedAndReissued follows a line that came back: the step that owns the account is told, the corrected account is
// signed and paid by a reissue, and the first payment, which arrives after all, is overpaid.
func TestReturnedAndReissued(t *testing.T) {
	s := newBankScene(t, 4, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	lines := s.toBank(s.instructed(run))
	s.clock.set(domain.MustDate("2022-01-18"))
	var answers []answer
	for i, line := range lines {
		answers = append(answers, line.answers([]string{"失败", "成功"}[min(i, 1)], "2022-01-15", fmt.Sprint("S", i)))
	}
	s.received(answers...)
	require.NoError(t, s.synced(s.ctx))
	_, waiting, err := s.views.ReturnedLines(s.ctx, north, programme)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.Equal(t, lines[0].ref, waiting[0].Candidate.Line.PayRef)
	require.Equal(t, "account-closed", waiting[0].Reason)
	work, err := s.views.WorkList(s.ctx, []projections.Capacity{{Capacity: "town.handler", Office: north, Area: north1[:9]}})
	require.NoError(t, err)
	require.Contains(t, actionsOf(work), projections.CorrectAccount)
	_, err = s.ledger.SettlePayrun(s.ctx, s.next(financeHandler), run, false)
	require.NoError(t, err)

	early := s.reissue("2022-01")
	require.Equal(t, 0, early.Listing.Lines)
	require.Equal(t, 1, early.Listing.Held, "held until the account is corrected")

	s.enrol(newAccount(cardOf(t, lines[0]), 700), rosterfile.AccountChange)
	require.NoError(t, s.synced(s.ctx))
	_, waiting, err = s.views.ReturnedLines(s.ctx, "", "")
	require.NoError(t, err)
	require.Empty(t, waiting)
	work, err = s.views.WorkList(s.ctx, []projections.Capacity{{Capacity: "town.handler", Office: north, Area: north1[:9]}})
	require.NoError(t, err)
	require.NotContains(t, actionsOf(work), projections.CorrectAccount)

	s.clock.set(domain.MustDate("2022-01-22"))
	again := s.released("2022-01", payrun.Reissue)
	check, err := s.ledger.RecheckPayrun(s.ctx, again, nil)
	require.NoError(t, err)
	require.Empty(t, check.Mismatches)
	require.Equal(t, 1, check.Lines)
	second := s.toBank(s.instructed(again))
	require.Len(t, second, 1)
	require.Equal(t, countyCard(700), second[0].account, "the account that was signed")
	s.received(second[0].answers("成功", "2022-01-24", "T1"))
	reissued := s.line(second[0].ref)
	require.Equal(t, bank.LineSettled, reissued.Status)
	require.Equal(t, s.line(lines[0].ref).Candidate.Line.Draw, reissued.Again)

	s.clock.set(domain.MustDate("2022-01-28"))
	late := s.received(lines[0].answers("成功", "2022-01-27", "U1"))
	require.Equal(t, []string{"matched late"}, s.classes(late.BankFile))
	fold, err := s.views.PersonFold(s.ctx, reissued.Candidate.Line.Person)
	require.NoError(t, err)
	require.Len(t, fold.State.Overpayments, 1)
	require.Equal(t, "80.00", fold.State.Overpayments[0].Outstanding().String())
	s.foots(run)
	s.foots(again)

	back := s.received(lines[0].answers("冲正", "2022-01-28", "V1"))
	require.Equal(t, []string{"reversed"}, s.classes(back.BankFile))
	fold, err = s.views.PersonFold(s.ctx, reissued.Candidate.Line.Person)
	require.NoError(t, err)
	require.True(t, fold.State.Overpayments[0].Outstanding().IsZero(), "the bank took it back")
	s.foots(run)
}

func actionsOf(w projections.WorkList) []string {
	var out []string
	for _, item := range w.Items {
		out = append(out, item.Action)
	}
	return out
}

// reissue prepares a reissue without having it signed, and cancels it.
func (s *bankScene) reissue(month string) payrun.State {
	s.t.Helper()
	w := writer{s.county, s.ctx, func(string, ...any) {}}
	s.serial++
	run, err := w.prepared(fmt.Sprint("reissue-", s.serial), domain.MustPeriod(month), payrun.Reissue)
	require.NoError(s.t, err)
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(s.t, err)
	_, err = s.ledger.CancelPayrun(s.ctx, s.next(handlerOf(north)), run, "too-early")
	require.NoError(s.t, err)
	return state
}

// TestRefusedWhole: a file that the bank refused whole is sent again with the same payment references, after proof that
// nothing of it was booked.
func TestRefusedWhole(t *testing.T) {
	s := newBankScene(t, 7, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	out, err := s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: []string{run}, Format: "plain-csv", MaxLines: 3}, nil)
	require.NoError(t, err)
	require.Len(t, out.Files, 3)
	require.Equal(t, []int{3, 3, 1}, []int{out.Files[0].Lines, out.Files[1].Lines, out.Files[2].Lines})
	first := s.toBank(out)
	require.NoError(t, s.synced(s.ctx))
	for i, line := range first {
		require.Equal(t, out.Files[i/3].ID, s.line(line.ref).BankFile)
	}
	file := out.Files[1].ID

	_, err = s.ledger.RefuseWhole(s.ctx, s.next(financeHead), file, ledger.BankRefusal{Reason: "format"})
	refuses(t, err, "bankfile.proof")
	_, err = s.ledger.RefuseWhole(s.ctx, s.next(financeHead), file, ledger.BankRefusal{Reason: "format", Proof: file})
	refuses(t, err, "bankfile.proof")
	_, err = s.ledger.RefuseWhole(s.ctx, s.next(handlerOf(north)), file, ledger.BankRefusal{Reason: "format", Proof: file})
	refuses(t, err, "officer.capacity-needed")

	notice, err := s.ledger.AddBankFile(s.ctx, s.next(financeHandler), ledger.ReceiveRequest{
		FileName: "拒绝通知.txt", File: bytes.NewReader([]byte("\x00\x01nothing a layout can read")), Size: 27, Format: "batch-sheet-xlsx-return",
	}, nil)
	require.NoError(t, err)
	require.Equal(t, bank.StatusUnreadable, notice.State.Status)
	c := s.next(financeHead)
	_, err = s.ledger.RefuseWhole(s.ctx, c, file, ledger.BankRefusal{Reason: "format", Proof: notice.BankFile})
	require.NoError(t, err)
	_, err = s.ledger.RefuseWhole(s.ctx, c, file, ledger.BankRefusal{Reason: "format", Proof: notice.BankFile})
	require.NoError(t, err, "asked twice")
	s.freed[run] = out.Total
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(t, err)
	require.Equal(t, payrun.StatusReleased, state.Status)
	fund, err := s.ledger.Fund(s.ctx, "fund-finance-"+programme+"-2022")
	require.NoError(t, err)
	require.True(t, fund.Run(run).Outstanding().IsZero(), "the money is free")
	for _, f := range out.Files {
		_, err = s.ledger.ExportBankFile(s.ctx, s.next(financeHandler), f.ID, "send", &bytes.Buffer{})
		refuses(t, err, "bankfile.not-instructed")
	}

	again := s.instructed(run)
	require.NotEqual(t, out.Files[0].ID, again.Files[0].ID)
	second := s.toBank(again)
	require.Equal(t, refsOf(first), refsOf(second), "the same payments")
	require.Equal(t, 2, s.line(first[0].ref).Instruction)
	s.received(first[0].answers("成功", "2022-01-15", "S1"))
	_, err = s.ledger.RefuseWhole(s.ctx, s.onPaper(financeHead), again.Files[0].ID, ledger.BankRefusal{Reason: "format"})
	refuses(t, err, "bankfile.booked")
	s.foots(run)
}

func refsOf(lines []paid) []string {
	var refs []string
	for _, l := range lines {
		refs = append(refs, l.ref)
	}
	slices.Sort(refs)
	return refs
}

// TestBookedAfterRefusal: the bank books a line although it had refused it whole. The fact is taken in, and the line is not
// paid again without a person.
func TestBookedAfterRefusal(t *testing.T) {
	s := newBankScene(t, 3, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	out := s.instructed(run)
	lines := s.toBank(out)
	_, err := s.ledger.RefuseWhole(s.ctx, s.onPaper(financeHead), out.Files[0].ID, ledger.BankRefusal{Reason: "format"})
	require.NoError(t, err)
	odd := s.received(lines[1].answers("成功", "2022-01-15", "S1"))
	require.Equal(t, []string{"matched"}, s.classes(odd.BankFile))
	_, err = s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: []string{run}, Format: "plain-csv"}, nil)
	refuses(t, err, "bankfile.booked-after-refusal")
}

// TestInstructRefuses: what may not be instructed, and what a layout cannot carry, with nothing recorded.
func TestInstructRefuses(t *testing.T) {
	s := newBankScene(t, 3, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	w := writer{s.county, s.ctx, func(string, ...any) {}}
	unsigned, err := w.prepared("unsigned", domain.MustPeriod("2022-01"), payrun.Regular)
	require.NoError(t, err)
	before := s.ledger.Last()
	for _, c := range []struct {
		name    string
		actor   ledger.Actor
		request ledger.InstructRequest
		rule    string
	}{
		{"no run", financeHandler, ledger.InstructRequest{Format: "plain-csv"}, "bankfile.runs"},
		{"a run twice", financeHandler, ledger.InstructRequest{Runs: []string{unsigned, unsigned}, Format: "plain-csv"}, "payrun.not-released"},
		{"no such run", financeHandler, ledger.InstructRequest{Runs: []string{"nobody"}, Format: "plain-csv"}, "payrun.unknown"},
		{"not released", financeHandler, ledger.InstructRequest{Runs: []string{unsigned}, Format: "plain-csv"}, "payrun.not-released"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.ledger.Instruct(s.ctx, s.next(c.actor), c.request, nil)
			refuses(t, err, c.rule)
		})
	}
	require.Equal(t, before, s.ledger.Last())
	require.NoError(t, w.released("sign", unsigned))
	run := unsigned
	for _, c := range []struct {
		name    string
		actor   ledger.Actor
		request ledger.InstructRequest
		rule    string
	}{
		{"a clerk", handlerOf(north), ledger.InstructRequest{Runs: []string{run}, Format: "plain-csv"}, "officer.capacity-needed"},
		{"a run twice", financeHandler, ledger.InstructRequest{Runs: []string{run, run}, Format: "plain-csv"}, "bankfile.runs"},
		{"no layout", financeHandler, ledger.InstructRequest{Runs: []string{run}}, "bankfile.format"},
		{"no such layout", financeHandler, ledger.InstructRequest{Runs: []string{run}, Format: "x"}, "bankfile.not-shipped"},
		{"a layout of returns", financeHandler, ledger.InstructRequest{Runs: []string{run}, Format: "plain-csv-return"}, "bankfile.direction"},
		{"a layout that is none", financeHandler, ledger.InstructRequest{Runs: []string{run}, Descriptor: "id: x\n"}, "bankfile.descriptor"},
		{"fewer lines than none", financeHandler, ledger.InstructRequest{Runs: []string{run}, Format: "plain-csv", MaxLines: -1}, "bankfile.max-lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.ledger.Instruct(s.ctx, s.next(c.actor), c.request, nil)
			refuses(t, err, c.rule)
		})
	}
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(t, err)
	require.Equal(t, payrun.StatusReleased, state.Status)

	// One line cannot be written: nothing is recorded, and the line, the person and what to do are told.
	s.enrol(rareAccount(), rosterfile.Admission)
	s.clock.set(domain.MustDate("2022-02-10"))
	next := s.released("2022-02", payrun.Regular)
	plan, err := s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: []string{next}, Format: "fixed-gbk"}, nil)
	refuses(t, err, "bankfile.cannot-write")
	require.NotEmpty(t, plan.Problems)
	require.NotEmpty(t, plan.Problems[0].Person)
	require.NotZero(t, plan.Problems[0].RunLine)
	require.Equal(t, next, plan.Problems[0].Run)
	require.NoError(t, s.synced(s.ctx))
	files, err := s.views.BankFiles(s.ctx, projections.BankFileFilter{})
	require.NoError(t, err)
	require.Empty(t, files)
	plan, err = s.ledger.PlanInstruction(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: []string{run, next}, Format: "plain-csv"}, nil)
	require.NoError(t, err)
	require.Len(t, plan.Files, 1, "one file for two runs")
	require.Equal(t, []string{run, next}, plan.Files[0].Runs)

	// Two runs in one file, and a third that does not fit.
	told, err := s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: []string{run, next}, Format: "plain-csv", MaxLines: 7}, nil)
	require.NoError(t, err)
	require.Len(t, told.Files, 1)
	same, err := s.ledger.Instruct(s.ctx, s.next(financeHead), ledger.InstructRequest{Runs: []string{run, next}, Format: "plain-csv", MaxLines: 7}, nil)
	require.NoError(t, err)
	require.True(t, same.Repeated)
	require.Equal(t, told.Files, same.Files)
	_, err = s.ledger.Instruct(s.ctx, s.next(financeHead), ledger.InstructRequest{Runs: []string{run, next}, Format: "icbc-txt"}, nil)
	refuses(t, err, "payrun.instructed-otherwise")
	_, err = s.ledger.AddBankFile(s.ctx, s.next(financeHandler), receiving("DF.csv", s.exported(told.Files[0].ID)), nil)
	refuses(t, err, "bankfile.sent-by-us")
}

// rareAccount is somebody whose name GBK does not have.
func rareAccount() []byte {
	number := countyNumber("19611202", 77)
	return crashCSV([][]string{
		{"姓名", "身份证号", "村居", "户口性质", "婚姻状况", "申报日期", "开户行", "账号", "户名"},
		{"𠮷某", number, "东村", "农业", "丧偶", "2022-01-03", "农商银行", countyCard(800), "𠮷某"},
	})
}

// TestFileThatNoLayoutReads is kept, and classified when the right layout is named.
func TestFileThatNoLayoutReads(t *testing.T) {
	s := newBankScene(t, 2, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	lines := s.toBank(s.instructed(run))
	file := returnFile(lines[0].answers("成功", "2022-01-09", "S1"), lines[1].answers("成功", "2022-01-09", "S2"))
	request := receiving("回盘.csv", file)
	request.Format = "card-list-xlsx-return"
	plan, err := s.ledger.PlanReception(s.ctx, s.next(financeHandler), request, nil)
	require.NoError(t, err)
	require.NotEmpty(t, plan.Reading.Rule)
	require.Empty(t, plan.BankFile)
	kept, err := s.ledger.AddBankFile(s.ctx, s.next(financeHandler), request, nil)
	require.NoError(t, err)
	require.Equal(t, bank.StatusUnreadable, kept.State.Status)
	require.Equal(t, plan.Reading.Rule, kept.Reading.Rule)
	require.Equal(t, file, s.exported(kept.BankFile), "kept whole")

	_, err = s.ledger.ClassifyBankFile(s.ctx, s.next(financeHandler), kept.BankFile, "plain-csv", "", nil)
	refuses(t, err, "bankfile.direction")
	_, err = s.ledger.ClassifyBankFile(s.ctx, s.next(financeHandler), "nothing", "plain-csv-return", "", nil)
	refuses(t, err, "bankfile.unknown")
	done, err := s.ledger.ClassifyBankFile(s.ctx, s.next(financeHandler), kept.BankFile, "plain-csv-return", "", nil)
	require.NoError(t, err)
	require.True(t, done.State.Done)
	require.Equal(t, []string{"matched", "matched"}, s.classes(kept.BankFile))
	_, err = s.ledger.ClassifyBankFile(s.ctx, s.next(financeHandler), kept.BankFile, "icbc-txt-return", "", nil)
	refuses(t, err, "bankfile.read-otherwise")
	s.foots(run)
}
