package bankfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"almoner/domain"
	"almoner/domain/payrun"
)

// This file renders the corpus without the engine under test: plain Sprintf and the encoders of golang.org/x/text.

// person is one line of an instruction of the corpus. Names and accounts are synthetic; accounts end in a Luhn digit.
type person struct {
	holder, amount string
	account        string
	again          string // payRef of the payment that this one repeats
}

// instruction is a fixture of testdata/bank/instructions.yaml.
type instruction struct {
	id    string
	lines []person
}

func (i instruction) payRef(line int) string { return payrun.PayRef(i.id, line) }

// testAccount makes a synthetic account of 19 digits whose last is the Luhn digit.
func testAccount(n int) string {
	first := fmt.Sprintf("622999%012d", n)
	for d := range 10 {
		if whole := first + fmt.Sprint(d); domain.Luhn(whole) {
			return whole
		}
	}
	panic("every number has a Luhn digit")
}

// act is one line that a bank writes in a file of the corpus, and what reading and classifying it must give.
type act struct {
	run     *instruction
	line    int    // of the run
	n       string // running number, "" for its place in the file
	ref     string // as written; "" for the payRef of the line, "-" for blank
	account string // the same
	holder  string // the same
	amount  string // yuan as meant; "" for the amount of the line
	shown   string // amount as written, "" for the layout's own form
	result  Result
	side    Side // as written
	reason  Reason
	on      string
	serial  string

	class    string
	late     bool
	problems []string     // rules that reading reports
	means    func(*means) // changes what reading must give
}

// means is what reading must give for a line.
type means struct {
	PayRef, Account, Amount, Result, Side, Reason, BookedOn, Serial string
}

func (a act) text(given, own string) string {
	switch given {
	case "":
		return own
	case "-":
		return ""
	}
	return given
}

func (a act) person() person { return a.run.lines[a.line-1] }

func (a act) yuan() domain.Money {
	return domain.MustMoney(a.text(a.amount, a.person().amount))
}

func (a act) fields(place int) (n, ref, account, holder string) {
	own := ""
	if a.line <= payrun.MaxLines && a.line >= 1 {
		own = a.run.payRef(a.line)
	}
	return a.text(a.n, fmt.Sprint(place)), a.text(a.ref, own), a.text(a.account, a.person().account), a.text(a.holder, a.person().holder)
}

// words of results and reasons as the shipped layouts with words have them.
var resultWords = map[Result]string{Paid: "成功", Returned: "失败", Reversed: "冲正", "": "处理中"}

var reasonWords = map[Reason]string{
	NameMismatch: "户名不符", Homophone: "户名同音字", IDMismatch: "证件号码不一致", WrongBank: "开户行错误", AccountNotFound: "账户不存在", AccountVoid: "账户已作废",
	AccountClosed: "账户已销户", AccountFrozen: "账户冻结", NotSettlementAccount: "非结算账户", NotActivated: "社保卡金融功能未激活", CardReplaced: "已换卡，旧卡停用",
	CardInvalid: "卡号错误", KYCIncomplete: "客户身份信息不完整", RareCharacter: "生僻字无法处理", TooManyBatches: "当日批次超限", OtherReason: "系统繁忙", "": "",
}

// reasonCodes are the codes of the shipped layouts with codes.
var reasonCodes = map[Reason]string{AccountNotFound: "01", NameMismatch: "02", AccountClosed: "03", AccountFrozen: "04", AccountVoid: "05", NotSettlementAccount: "06",
	NotActivated: "07", IDMismatch: "08", WrongBank: "09", CardReplaced: "10", CardInvalid: "11", KYCIncomplete: "12", RareCharacter: "13", Homophone: "14",
	TooManyBatches: "15", OtherReason: "19"}

func (a act) code() string {
	switch a.result {
	case Paid:
		return "00"
	case Reversed:
		return "90"
	case Returned:
		return reasonCodes[a.reason]
	}
	return "77"
}

func digitsOnly(day string) string { return strings.ReplaceAll(day, "-", "") }

func (a act) fen() string { return fmt.Sprint(a.yuan().Fen()) }

// icbcLine is a line of icbc-txt-return.
func icbcLine(a act, place int) string {
	n, ref, account, holder := a.fields(place)
	return strings.Join([]string{n, account, holder, a.text(a.shown, a.yuan().String()), ref, resultWords[a.result], reasonWords[a.reason], digitsOnly(a.on), a.serial}, ",")
}

// pipeLine is a line of pipe-gb18030-return.
func pipeLine(a act, place int) string {
	n, ref, account, holder := a.fields(place)
	side := map[Side]string{Debit: "J", Credit: "D"}[a.side]
	return strings.Join([]string{n, ref, account, holder, a.text(a.shown, a.fen()), a.code(), side, digitsOnly(a.on), a.serial}, "|")
}

// pipeTrailer is the true trailer of lines.
func pipeTrailer(batch string, acts []act) string {
	var all, ok domain.Money
	paid := 0
	for _, a := range acts {
		all = all.Add(a.yuan().Abs())
		if a.result == Paid && (a.side == Credit) == (a.yuan().Sign() < 0) {
			paid, ok = paid+1, ok.Add(a.yuan().Abs())
		}
	}
	return fmt.Sprintf("TOTAL|%s|%d|%d|%d|%d|%d|%d", batch, len(acts), all.Fen(), paid, ok.Fen(), len(acts)-paid, all.Sub(ok).Fen())
}

// csvLine is a line of plain-csv-return in the order of its descriptor.
func csvLine(a act, place int) string {
	_, ref, account, holder := a.fields(place)
	return strings.Join([]string{ref, account, holder, a.text(a.shown, a.yuan().String()), resultWords[a.result], reasonWords[a.reason], a.on, a.serial}, ",")
}

const csvTitles = "付款附言,收款账号,收款户名,金额,处理结果,失败原因,记账日期,流水号"

// padded fills a GBK text to a width in bytes; names of the corpus outside GBK do not stand in fixed files.
func padded(s string, width int) string {
	b, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return s + strings.Repeat(" ", width-len(b))
}

// fixedLine is a line of fixed-gbk-return.
func fixedLine(a act, place int) string {
	n, ref, account, holder := a.fields(place)
	return fmt.Sprintf("D%07s%s%s%013s%s%s%s%s", n, padded(account, 32), padded(holder, 40), a.text(a.shown, a.fen()), padded(ref, 20), padded(a.code(), 2),
		padded(digitsOnly(a.on), 8), padded(a.serial, 16))
}

func fixedHeader(batch string, lines int, total domain.Money) string {
	return fmt.Sprintf("H%s20211215%07d%015d", padded(batch, 20), lines, total.Fen())
}

func gb18030Bytes(s string) []byte {
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(err)
	}
	// The library writes 龴 by the table of 2005; banks that follow GB18030-2022 write FE59.
	return []byte(strings.ReplaceAll(string(b), "\x82\x35\x90\x37", "\xFE\x59"))
}

func joined(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

// sheetBytes is a workbook written by a library that is not under test. A cell that begins with # is stored as a number.
func sheetBytes(t *testing.T, rows [][]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // nothing is left on disk
	for i, row := range rows {
		for j, text := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			require.NoError(t, err)
			if number, ok := strings.CutPrefix(text, "#"); ok {
				require.NoError(t, f.SetCellDefault("Sheet1", cell, number))
			} else if text != "" {
				require.NoError(t, f.SetCellStr("Sheet1", cell, text))
			}
		}
	}
	b, err := f.WriteToBuffer()
	require.NoError(t, err)
	return b.Bytes()
}

// batchRow is a row of batch-sheet-xlsx-return; the amount is a number cell.
func batchRow(a act, place int) []string {
	_, ref, account, holder := a.fields(place)
	return []string{account, holder, "#" + a.text(a.shown, a.yuan().String()), ref, resultWords[a.result], reasonWords[a.reason], a.on, a.serial}
}

func batchTitles() []string {
	return []string{"收款账号", "收款账号名称", "金额", "备注", "处理状态", "失败原因", "处理日期", "交易流水号"}
}

// cardRow is a row of card-list-xlsx-return.
func cardRow(a act, place int) []string {
	n, ref, account, holder := a.fields(place)
	return []string{"#" + n, holder, account, "#" + a.text(a.shown, a.yuan().String()), ref, resultWords[a.result], reasonWords[a.reason], a.on}
}

func cardTitles() []string {
	return []string{"序号", "姓名", "社保卡账号", "金额", "备注", "发放结果", "失败原因", "入账日期"}
}
