package accounting

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"almoner/domain"
)

// shanghai is the zone of every instant on paper.
var shanghai = time.FixedZone("+08:00", 8*60*60)

// madeFrom says what a book is of and was made from, a line each.
func (b *Book) madeFrom() []string {
	office := b.Finance
	if b.Name != "" && b.Name != b.Finance {
		office = b.Name + "（" + b.Finance + "）"
	}
	out := []string{b.Ledger + "　" + office + "　" + b.Period.String(),
		fmt.Sprintf("取自日志前 %d 条记录，末条记于 %s；以 --known-at %d 重新生成，字节相同", b.Position, b.At.In(shanghai).Format("2006-01-02 15:04:05"), b.Position),
		"科目依据：" + System + "；标 assumed 的编码为本系统暂定，以本单位科目表为准"}
	if b.Demo {
		out = append(out, "演示数据：人员虚构，时钟为模拟")
	}
	return out
}

// Journal writes the book as a journal that `hledger check --strict` accepts: every account and the commodity declared, one
// transaction for each voucher with its event as a tag, and after each month the balance of every account asserted.
// Format: https://hledger.org/hledger.html, "Journal".
func (b *Book) Journal(w io.Writer) error {
	j := &journal{w: bufio.NewWriter(w), names: map[string]string{}}
	for _, line := range b.madeFrom() {
		j.printf("; %s\n", line)
	}
	j.printf("\ncommodity 1000.00 CNY\n\n")
	for _, a := range b.Accounts {
		j.names[a.Code] = a.Name()
		j.printf("account %s  ; type:%s, status:%s\n", a.Name(), a.Group.hledgerType(), a.Status)
	}
	j.opening(b)
	rest := b.Vouchers
	for _, month := range b.Period.Months() {
		n := 0
		for n < len(rest) && rest[n].Month == month {
			j.voucher(rest[n])
			n++
		}
		rest = rest[n:]
		j.asserted(b, month)
	}
	return j.w.Flush() // the first error of all writes
}

// journal writes; its names are the accounts' by code.
type journal struct {
	w     *bufio.Writer
	names map[string]string
}

func (j *journal) printf(format string, args ...any) {
	fmt.Fprintf(j.w, format, args...) //nolint:errcheck // Flush returns the first error
}

func (j *journal) opening(b *Book) {
	first := true
	for _, a := range b.Accounts {
		m := b.Opening[a.Code]
		if m.IsZero() {
			continue
		}
		if first {
			j.printf("\n%s * (期初) 期初余额\n", b.Period.First())
			first = false
		}
		j.printf("    %s  %s CNY\n", a.Name(), m)
	}
}

func (j *journal) voucher(v Voucher) {
	j.printf("\n%s * (%s) %s  ; event:%s, log-index:%d", v.On, v.ID(), plain(v.Summary()), v.Event, v.LogIndex)
	if v.Programme != "" {
		j.printf(", programme:%s", v.Programme)
	}
	j.printf("\n")
	for _, l := range v.Lines {
		j.printf("    %s  %s CNY", j.names[l.Account], l.Debit.Sub(l.Credit))
		if l.Summary != v.Summary() {
			j.printf("  ; %s", plain(l.Summary))
		}
		j.printf("\n")
	}
}

// asserted states every balance at a month's end. The transaction moves nothing, and stands behind all others of that day.
func (j *journal) asserted(b *Book, month domain.Period) {
	balances := b.Balances(month)
	j.printf("\n%s * (月末) %s 月末余额\n", month.Last(), month)
	for _, a := range b.Accounts {
		j.printf("    %s  0.00 CNY = %s CNY\n", a.Name(), balances[a.Code])
	}
}

// plain keeps a text from being read as syntax: it ends no line, begins no comment and names no payee.
func plain(s string) string {
	return strings.NewReplacer(";", "；", "|", "｜", "\n", " ", "\r", " ", "  ", " ").Replace(s)
}
