package accounting

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/projections"
)

// figures are all that postings may have.
func figures() []string {
	return []string{"released", "stopped", "settled", "returned", "beyond", "early", "setOff", "refunded", "gotBack", "writtenOff",
		projections.PostedReceived, projections.PostedRepaid, projections.PostedFound, projections.PostedFoundOpening, projections.PostedVoid}
}

// row is a posting of a month, as "2021-12 released 80.00"; its event and day are made up from its place.
func rows(written ...string) projections.Postings {
	all := projections.Postings{At: time.Date(2022, 1, 5, 1, 0, 0, 0, time.UTC)}
	for i, w := range written {
		var month, figure, amount string
		if _, err := fmt.Sscan(w, &month, &figure, &amount); err != nil {
			panic(err)
		}
		in := domain.MustPeriod(month)
		all.Rows = append(all.Rows, projections.Posting{
			Month: in, On: in.First().AddDays(i % 28), LogIndex: int64(i), Event: fmt.Sprintf("00000000-0000-4000-8000-%012d", i),
			Figure: figure, Programme: "rural-reward", Run: "run-1", Amount: domain.MustMoney(amount),
		})
		all.LogIndex = int64(i + 1)
	}
	return all
}

func book(t require.TestingT, period string, all projections.Postings) *Book {
	b, err := enter(all, domain.MustPeriod(period))
	require.NoError(t, err)
	b.Ledger, b.Demo, b.Finance, b.Name = "样例台账", true, "finance", "样例财政局"
	return b
}

// Each figure moves what it says from one account to another, and back when it is negative.
func TestEachFigure(t *testing.T) {
	cost := CostOf("rural-reward")
	for figure, want := range map[string][2]string{
		"released": {cost, Payable}, "stopped": {Payable, cost}, "settled": {Payable, Bank}, "returned": {Payable, cost}, "beyond": {cost, Bank}, "early": {Bank, Query},
		"setOff": {cost, Receivable}, "refunded": {Bank, Receivable}, "gotBack": {cost, Receivable}, "writtenOff": {Loss, Receivable},
		projections.PostedReceived: {Bank, Funding}, projections.PostedRepaid: {Funding, Bank}, projections.PostedFound: {Receivable, cost},
		projections.PostedFoundOpening: {Receivable, Surplus}, projections.PostedVoid: {cost, Receivable},
	} {
		for sign, amount := range map[int]string{1: "80.05", -1: "-80.05"} {
			b := book(t, "2021-12", rows("2021-12 "+figure+" "+amount))
			require.Len(t, b.Vouchers, 1, figure)
			v := b.Vouchers[0]
			debit, credit := want[0], want[1]
			if sign < 0 {
				debit, credit = credit, debit
			}
			require.Equal(t, debit, v.Lines[0].Account, figure)
			require.Equal(t, "80.05", v.Lines[0].Debit.String())
			require.Equal(t, credit, v.Lines[1].Account, figure)
			require.Equal(t, "80.05", v.Lines[1].Credit.String())
			require.Equal(t, "80.05", v.Total().String())
		}
	}
	_, err := enter(rows("2021-12 prepared 1.00"), domain.MustPeriod("2021-12"))
	require.ErrorContains(t, err, `no accounts for the figure "prepared"`)
}

// life is a payment with everything that can happen to it, over a turn of the year; what the accounts come to was worked out
// by hand.
func life() projections.Postings {
	return rows(
		"2020-12 received 500.00", "2020-12 released 320.00", "2020-12 stopped 20.00", "2020-12 settled 100.00",
		"2021-01 settled 120.00", "2021-01 returned 80.00", "2021-01 beyond 10.00", "2021-01 found 10.00", "2021-01 found-opening 7.00", "2021-01 found 100.00",
		"2021-02 received 300.00", "2021-02 released 80.00", "2021-02 settled 80.00", "2021-02 setOff 30.00", "2021-02 refunded 25.00", "2021-02 void 5.00",
		"2021-02 beyond -10.00", "2021-02 gotBack 10.00", "2021-02 early 3.00",
		"2021-12 writtenOff 40.00", "2021-12 repaid 428.00",
	)
}

func TestLife(t *testing.T) {
	b := book(t, "2021", life())
	require.Equal(t, map[string]string{Bank: "400.00", Payable: "-200.00", Surplus: "-200.00"}, written(b.Opening), "500 funded, 300 cost, of 2020")
	require.Equal(t, map[string]string{
		Bank: "100.00", Payable: "0.00", Receivable: "7.00", Query: "-3.00", Funding: "128.00", Loss: "40.00",
		Surplus: "-207.00", CostOf("rural-reward"): "-65.00",
	}, written(b.Balances(domain.MustPeriod("2021-12"))))
	february := book(t, "2021-02", life())
	require.Equal(t, written(b.Balances(domain.MustPeriod("2021-01"))), written(february.Opening), "a month begins where the one before ended")
	require.Equal(t, 1, february.Vouchers[0].Number)
	require.Equal(t, "2021-02-记-0001", february.Vouchers[0].ID())
	require.Equal(t, "批次下达，应付补助，批次 run-1", february.Vouchers[1].Summary())
	require.Contains(t, february.Vouchers[6].Summary(), "银行多付（冲回）")
}

func written(b Balances) map[string]string {
	out := map[string]string{}
	for code, m := range b {
		out[code] = m.String()
	}
	return out
}

// A voucher's day lies in its book month, whenever its event was recorded; events of one entry and programme share a voucher.
func TestDaysAndVouchers(t *testing.T) {
	all := rows("2022-01 settled 5.00", "2021-12 settled 6.00", "2021-12 returned 7.00")
	all.Rows[0].On, all.Rows[1].On = domain.MustDate("2021-12-31"), domain.MustDate("2022-01-09")
	all.Rows[2].LogIndex = all.Rows[1].LogIndex
	b := book(t, "2021", all)
	require.Len(t, b.Vouchers, 1)
	require.Len(t, b.Vouchers[0].Lines, 4)
	require.Equal(t, "2021-12-31", b.Vouchers[0].On.String())
	require.Equal(t, "2022-01-01", book(t, "2022-01", all).Vouchers[0].On.String())
	all.Rows[2].Programme = ""
	b = book(t, "2021", all)
	require.Len(t, b.Vouchers, 2, "of two programmes")
	require.Equal(t, []int{1, 2}, []int{b.Vouchers[0].Number, b.Vouchers[1].Number})
	require.Contains(t, b.Accounts[6].Name(), "未分项目")
}

// Whatever was booked: every voucher balances, all accounts come to zero, each month is numbered from 1 without a gap, and a
// month by itself begins and ends where the year has it.
func TestRandomBooks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var all []string
		months := []string{"2020-11", "2020-12", "2021-01", "2021-02", "2021-03"}
		for range rapid.IntRange(1, 40).Draw(rt, "rows") {
			fen := rapid.Int64Range(-1_000_000, 1_000_000).Filter(func(n int64) bool { return n != 0 }).Draw(rt, "fen")
			all = append(all, rapid.SampledFrom(months).Draw(rt, "month")+" "+rapid.SampledFrom(figures()).Draw(rt, "figure")+" "+domain.Fen(fen).String())
		}
		year := book(rt, "2021", rows(all...))
		number := map[domain.Period]int{}
		for _, v := range year.Vouchers {
			var debit, credit domain.Money
			for _, l := range v.Lines {
				debit, credit = debit.Add(l.Debit), credit.Add(l.Credit)
				require.GreaterOrEqual(rt, l.Debit.Sign(), 0)
				require.GreaterOrEqual(rt, l.Credit.Sign(), 0)
			}
			require.Equal(rt, debit.String(), credit.String())
			require.True(rt, v.Month.ContainsDate(v.On))
			number[v.Month]++
			require.Equal(rt, number[v.Month], v.Number)
		}
		for _, m := range months[2:] {
			in := domain.MustPeriod(m)
			var sum domain.Money
			for _, x := range year.Balances(in) {
				sum = sum.Add(x)
			}
			require.Equal(rt, "0.00", sum.String())
			month := book(rt, m, rows(all...))
			for _, a := range year.Accounts {
				require.Equal(rt, year.Balances(in)[a.Code].String(), month.Balances(in)[a.Code].String(), "%s in %s", a.Code, m)
				require.Equal(rt, year.Balances(in.Prev())[a.Code].Sub(year.Opening[a.Code]).Add(year.Opening[a.Code]).String(), month.Opening[a.Code].String())
			}
		}
	})
}

// hledger, where it is installed, accepts the journals and comes to our balances, account by account and month by month.
func TestHledgerAgrees(t *testing.T) {
	hledger, err := exec.LookPath("hledger")
	if err != nil {
		t.Skip("hledger is not installed: the journal is not checked from outside (make test installs it where it may)")
	}
	for _, period := range []string{"2020", "2021", "2021-01", "2021-02", "2021-Q4"} {
		b := book(t, period, life())
		var journal bytes.Buffer
		require.NoError(t, b.Journal(&journal))
		ask := func(stdin []byte, args ...string) (string, error) {
			c := exec.CommandContext(t.Context(), hledger, append([]string{"-f", "-"}, args...)...)
			c.Stdin, c.Env = bytes.NewReader(stdin), append(os.Environ(), "LC_ALL=C.UTF-8")
			said, err := c.CombinedOutput()
			return string(said), err
		}
		said, err := ask(journal.Bytes(), "check", "--strict")
		require.NoError(t, err, "%s: %s\n%s", period, said, journal.String())
		for _, month := range b.Period.Months() {
			said, err := ask(journal.Bytes(), "balance", "--flat", "--empty", "--no-total", "-O", "csv", "-e", month.Next().First().String())
			require.NoError(t, err, said)
			cells, err := csv.NewReader(strings.NewReader(said)).ReadAll()
			require.NoError(t, err)
			theirs := map[string]string{}
			for _, r := range cells[1:] {
				amount := strings.TrimSuffix(r[1], " CNY")
				if amount == "0" {
					amount = "0.00"
				}
				theirs[r[0]] = amount
			}
			ours := map[string]string{}
			for _, a := range b.Accounts {
				ours[a.Name()] = b.Balances(month)[a.Code].String()
			}
			require.Equal(t, ours, theirs, "%s at the end of %s", period, month)
		}
		// It would notice: a fen more in one voucher, an account that nobody declared, a balance that is not so.
		for _, broken := range [][2]string{{"10.00 CNY", "10.01 CNY"}, {"account 资产:1002", "account 资产:1003"}, {" = ", " = 1"}} {
			bad := strings.Replace(journal.String(), broken[0], broken[1], 1)
			if bad == journal.String() {
				continue
			}
			_, err := ask([]byte(bad), "check", "--strict")
			require.Error(t, err, "%s: %v", period, broken)
		}
	}
}

func TestJournal(t *testing.T) {
	var journal bytes.Buffer
	require.NoError(t, book(t, "2021-02", life()).Journal(&journal))
	text := journal.String()
	require.Contains(t, text, "取自日志前 21 条记录，末条记于 2022-01-05 09:00:00")
	require.Contains(t, text, "演示数据")
	require.Contains(t, text, "2021-02-01 * (期初) 期初余额\n    资产:1002 银行存款:100201 补助资金专户  270.00 CNY\n")
	require.Contains(t, text, "2021-02-13 * (2021-02-记-0003) 银行付讫，批次 run-1  ; event:00000000-0000-4000-8000-000000000012, log-index:12, programme:rural-reward\n"+
		"    负债:2303 应付政府补贴款:230301 应付补助款  80.00 CNY\n    资产:1002 银行存款:100201 补助资金专户  -80.00 CNY\n")
	require.Contains(t, text, "2021-02-28 * (月末) 2021-02 月末余额\n")
	require.Equal(t, "a；b｜c d", plain("a;b|c\nd"))
	require.ErrorContains(t, book(t, "2021-02", life()).Journal(full{}), "disk full")
}

// full is a disk that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("disk full") }

// The workbook is the same bytes each time; each voucher is followed by its totals, which are equal, and names its event.
func TestWorkbook(t *testing.T) {
	b := book(t, "2021", life())
	var first, second bytes.Buffer
	require.NoError(t, b.Workbook(&first, t.TempDir()))
	require.NoError(t, b.Workbook(&second, t.TempDir()))
	require.Equal(t, first.Bytes(), second.Bytes())
	f, err := excelize.OpenReader(&first)
	require.NoError(t, err)
	defer f.Close()
	require.Equal(t, []string{"记账凭证", "科目余额"}, f.GetSheetList())
	cells, err := f.GetRows("记账凭证", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Equal(t, []string{"凭证号", "日期", "摘要", "科目编码", "科目名称", "借方", "贷方", "事件编号"}, cells[4])
	cells = cells[5:]
	for _, v := range b.Vouchers {
		for _, l := range v.Lines {
			require.Equal(t, []string{v.ID(), v.On.String(), l.Summary, l.Account}, cells[0][:4])
			require.Equal(t, v.Event, cells[0][7])
			require.NotEqual(t, cells[0][5] == "", cells[0][6] == "", "one side has the amount")
			cells = cells[1:]
		}
		require.Equal(t, "合计", cells[0][2])
		require.NotEmpty(t, cells[0][5])
		require.Equal(t, cells[0][5], cells[0][6])
		require.True(t, domain.MustMoney(cells[0][5]).Equal(v.Total()))
		cells = cells[1:]
	}
	require.Empty(t, cells)
	balances, err := f.GetRows("科目余额", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Len(t, balances, 5+len(b.Accounts))
	require.Equal(t, []string{Bank, "1002 银行存款—补助资金专户", "assumed", "400", "338", "638", "100"}, balances[5])
}

func TestChecks(t *testing.T) {
	all := rows("2021-12 received 500.00", "2021-12 released 320.00", "2021-12 settled 100.00", "2021-12 found 9.00")
	all.Standing = projections.PostedStanding{Funded: true, Funds: domain.Yuan(400), Outstanding: domain.Yuan(200), Waiting: domain.Yuan(20), Owed: domain.Yuan(8)}
	b := book(t, "2021-11", all)
	require.Equal(t, []Check{{"bank.fund", domain.Yuan(400), domain.Yuan(400)}, {"payable.lines", domain.Yuan(220), domain.Yuan(220)}, {"receivable.recovery", domain.Yuan(9), domain.Yuan(8)}}, b.Checks)
	require.True(t, b.Checks[1].Agrees())
	require.False(t, b.Checks[2].Agrees())
	all.Standing.Funded = false
	require.Len(t, book(t, "2021", all).Checks, 2, "an office without funds here is compared with none")
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		request Request
		rule    string
	}{
		{Request{Period: domain.MustPeriod("2021")}, "accounting.finance"}, {Request{Finance: "finance"}, "accounting.period"},
		{Request{Finance: "finance", Period: domain.MustPeriod("once")}, "accounting.period"},
	} {
		require.ErrorContains(t, c.request.Check(), c.rule)
	}
	require.NoError(t, Request{Finance: "finance", Period: domain.MustPeriod("2021-Q1")}.Check())
	_, err := ParseFormat("pdf")
	require.ErrorContains(t, err, "accounting.format")
	for _, f := range []Format{Journal, XLSX} {
		got, err := ParseFormat(string(f))
		require.NoError(t, err)
		require.Equal(t, f, got)
	}
}
