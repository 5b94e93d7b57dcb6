package ledger_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
)

var (
	financeHandler = ledger.Actor{Officer: "finance-handler", Office: "finance", Capacity: "finance.handler"}
	financeHead    = ledger.Actor{Officer: "finance-head", Office: "finance", Capacity: "finance.head"}
)

// sceneT is what a scene needs of a test, one of rapid's included.
type sceneT interface {
	require.TestingT
	Helper()
	Name() string
}

// bankScene is a county with money, people on the roll, and a bank that answers as a test says. Everybody is synthetic.
type bankScene struct {
	*county
	t      sceneT
	ctx    context.Context
	serial int
	freed  map[string]domain.Money // of runs: instructions that were refused whole
}

// newBankScene founds a county whose finance office has a fund of a million for 2022, and n people on the roll from January.
func newBankScene(t testing.TB, n int, wrap func(eventstore.Store) eventstore.Store) *bankScene {
	t.Helper()
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "ledger")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, foundCounty(ctx, dir))
	c, err := openCounty(ctx, dir, false, nil)
	require.NoError(t, err)
	s := &bankScene{county: c, t: t, ctx: ctx, freed: map[string]domain.Money{}}
	s.financed()
	s.clock.set(domain.MustDate("2022-01-05"))
	if n > 0 {
		s.enrol(benchRoster(n), rosterfile.Admission)
	}
	require.NoError(t, c.Close())
	s.open(wrap)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// open opens the county again, as another process would, with a store in between.
func (s *bankScene) open(wrap func(eventstore.Store) eventstore.Store) {
	s.t.Helper()
	dir := s.dir
	c, err := openCounty(s.ctx, dir, false, wrap)
	require.NoError(s.t, err)
	s.county = c
}

// reopen closes and opens, and finishes what was left.
func (s *bankScene) reopen() {
	s.t.Helper()
	require.NoError(s.t, s.Close())
	s.open(nil)
	require.NoError(s.t, s.ledger.Resume(s.ctx, nil))
}

func (s *bankScene) next(a ledger.Actor) ledger.Command {
	s.serial++
	return ledger.Command{Actor: a, ID: fmt.Sprintf("%s-bank-%d", s.t.Name(), s.serial)}
}

// financed appoints who pays, and puts money into the fund.
func (s *bankScene) financed() {
	s.t.Helper()
	root := ledger.Granting{Actor: ledger.Actor{Officer: "root-1", Office: "ledger", Capacity: "root"}, Pen: s.pen("root-1")}
	for _, a := range []ledger.Actor{financeHandler, financeHead} {
		person, err := s.vault.RegisterAnonymous(s.ctx)
		require.NoError(s.t, err)
		_, err = s.ledger.Appoint(s.ctx, "appoint-"+a.Officer, root, officer.Appoint{Officer: a.Officer, Person: person, Name: a.Officer, Post: "officer"})
		require.NoError(s.t, err)
		_, err = s.ledger.GrantCapacity(s.ctx, "grant-"+a.Officer, root, a.Officer, officer.GrantCapacity{Capacity: a.Capacity, Office: a.Office, From: s.ledger.Today()})
		require.NoError(s.t, err)
		_, err = s.ledger.RegisterKey(s.ctx, "key-"+a.Officer, root, a.Officer, s.pen(a.Officer), countySigner(a.Officer).Public(), signoff.OwnDevice)
		require.NoError(s.t, err)
	}
	s.clock.set(domain.MustDate("2022-01-04"))
	fund, _, err := s.ledger.AppropriateFund(s.ctx, s.next(financeHandler), ledger.FundGrant{
		Programme: programme, Year: 2022, Amount: domain.Yuan(100_000_000), Document: "测试指标〔2022〕1号", IssuedOn: domain.MustDate("2022-01-02"), Level: "county",
	})
	require.NoError(s.t, err)
	_, err = s.ledger.ReceiveFund(s.ctx, s.next(financeHandler), ledger.FundMoney{Fund: fund, Amount: domain.Yuan(100_000_000), On: domain.MustDate("2022-01-03"), Voucher: "V1", Level: "county"})
	require.NoError(s.t, err)
}

// enrol brings a roster into effect.
func (s *bankScene) enrol(file []byte, kind rosterfile.Kind) {
	s.t.Helper()
	w := writer{s.county, s.ctx, func(string, ...any) {}}
	s.serial++
	require.NoError(s.t, w.roster(fmt.Sprint("roster-", s.serial), kind, file))
}

// released prepares a run of a month and has it signed to the end.
func (s *bankScene) released(month string, kind payrun.Kind) string {
	s.t.Helper()
	w := writer{s.county, s.ctx, func(string, ...any) {}}
	s.serial++
	run, err := w.prepared(fmt.Sprint("run-", s.serial), domain.MustPeriod(month), kind)
	require.NoError(s.t, err)
	require.NoError(s.t, w.released(fmt.Sprint("release-", s.serial), run))
	return run
}

// instructed tells the bank to pay runs in plain CSV.
func (s *bankScene) instructed(runs ...string) ledger.Instruction {
	s.t.Helper()
	out, err := s.ledger.Instruct(s.ctx, s.next(financeHandler), ledger.InstructRequest{Runs: runs, Format: "plain-csv"}, nil)
	require.NoError(s.t, err, "%v", out.Problems)
	return out
}

// exported is a bank file's bytes.
func (s *bankScene) exported(id string) []byte {
	s.t.Helper()
	var b bytes.Buffer
	_, err := s.ledger.ExportBankFile(s.ctx, s.next(financeHandler), id, "send", &b)
	require.NoError(s.t, err)
	return b.Bytes()
}

// paid is one line as it stands in a file to the bank.
type paid struct{ ref, account, holder, amount string }

// toBank reads the lines of the files of an instruction, as a bank would.
func (s *bankScene) toBank(out ledger.Instruction) []paid {
	s.t.Helper()
	lines, err := s.sentLines(out)
	require.NoError(s.t, err)
	return lines
}

// answer is one line of a bank's file.
type answer struct{ ref, account, amount, result, reason, day, serial string }

func (p paid) answers(result, day, serial string) answer {
	a := answer{ref: p.ref, account: p.account, amount: p.amount, result: result, day: day, serial: serial}
	if result != "成功" {
		a.reason = "账户已销户"
	}
	return a
}

// returnFile is what the bank sends: plain CSV.
func returnFile(lines ...answer) []byte {
	rows := [][]string{{"付款附言", "收款账号", "收款户名", "金额", "处理结果", "失败原因", "记账日期", "流水号"}}
	for _, l := range lines {
		rows = append(rows, []string{l.ref, l.account, "虚构人", l.amount, l.result, l.reason, l.day, l.serial})
	}
	return append([]byte("\ufeff"), bytes.ReplaceAll(crashCSV(rows), []byte("\n"), []byte("\r\n"))...)
}

func receiving(name string, file []byte) ledger.ReceiveRequest {
	return ledger.ReceiveRequest{FileName: name, File: bytes.NewReader(file), Size: int64(len(file)), Format: "plain-csv-return"}
}

// received adds a file that came from the bank.
func (s *bankScene) received(lines ...answer) ledger.Reception {
	s.t.Helper()
	out, err := s.ledger.AddBankFile(s.ctx, s.next(financeHandler), receiving("HP_1.csv", returnFile(lines...)), nil)
	require.NoError(s.t, err)
	return out
}

// classes are the classes of a file's lines in its order, "late" behind those that are.
func (s *bankScene) classes(file string) []string {
	s.t.Helper()
	require.NoError(s.t, s.synced(s.ctx))
	lines, err := s.views.BankLines(s.ctx, file, 0, 0)
	require.NoError(s.t, err)
	var out []string
	for _, l := range lines.Lines {
		text := string(l.Class)
		if l.Late {
			text += " late"
		}
		if l.Class == bank.Unknown {
			text += " " + l.Reason
		}
		out = append(out, text)
	}
	return out
}

// line is an instruction line as the read models have it.
func (s *bankScene) line(ref string) projections.InstructedLine {
	s.t.Helper()
	require.NoError(s.t, s.synced(s.ctx))
	lines, err := s.views.InstructedByRef(s.ctx, "finance", []string{ref})
	require.NoError(s.t, err)
	require.Len(s.t, lines, 1)
	return lines[0]
}

// foots requires that a run's money is accounted for to the fen, and that the fund says the same.
func (s *bankScene) foots(run string) projections.Reconciled {
	s.t.Helper()
	require.NoError(s.t, s.synced(s.ctx))
	r, err := s.views.Reconcile(s.ctx, run)
	require.NoError(s.t, err)
	require.True(s.t, r.Balanced(), "%+v", r.Total)
	state, err := s.ledger.Payrun(s.ctx, run)
	require.NoError(s.t, err)
	require.Equal(s.t, state.Instruction.Total.String(), r.Total.Instructed.String())
	fund, err := s.ledger.Fund(s.ctx, "fund-finance-"+programme+"-2022")
	require.NoError(s.t, err)
	require.Equal(s.t, r.Total.Held().String(), fund.Run(run).Spent.String(), "the fund spent what payees hold")
	require.Equal(s.t, r.Total.Returned.Add(s.freed[run]).String(), fund.Run(run).Released.String(), "the fund got back what came back")
	return r
}

// refuses requires a refusal with the rule and a next step.
func refuses(t testing.TB, err error, rule string) {
	t.Helper()
	var r *domain.RefusedError
	require.ErrorAs(t, err, &r)
	require.Equal(t, rule, r.Rule, "%v", err)
	require.NotEmpty(t, r.Next)
}

// sentLines is toBank without a test's ending.
func (s *bankScene) sentLines(out ledger.Instruction) ([]paid, error) {
	var lines []paid
	for _, f := range out.Files {
		var b bytes.Buffer
		s.serial++
		if _, err := s.ledger.ExportBankFile(s.ctx, ledger.Command{Actor: financeHandler, ID: fmt.Sprint("walk-export-", s.serial)}, f.ID, "send", &b); err != nil {
			return nil, err
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\ufeff")))).ReadAll()
		if err != nil {
			return nil, err
		}
		for _, row := range rows[1:] {
			lines = append(lines, paid{ref: row[1], account: strings.Trim(row[2], "\t'"), holder: row[3], amount: row[5]})
		}
	}
	return lines, nil
}

func bankFilesSent() projections.BankFileFilter { return projections.BankFileFilter{Direction: "sent"} }

func instructionsOf(run string) projections.InstructionFilter {
	return projections.InstructionFilter{Run: run}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
