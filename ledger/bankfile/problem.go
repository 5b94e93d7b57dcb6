package bankfile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Severity says whether a fact is missing because of a Problem.
type Severity string

const (
	// Error means that something the line or file states could not be read, or cannot be true.
	Error Severity = "error"
	// Warning means that all was read, but a person should look.
	Warning Severity = "warning"
)

// Problem is one thing wrong with a file or one of its lines, told so that a finance officer can find it.
type Problem struct {
	Line     int    // row as an editor or a spreadsheet shows it, from 1; 0 when it concerns the whole file
	Column   string // title of the column, "" when not of one column
	Value    string // what stands there, masked when personal, shortened when long
	Rule     string // stable id, "bankfile.…"
	Severity Severity
	Message  string // Chinese, one sentence
	Remedy   string // Chinese, what to do next
}

// String is the whole problem as one Chinese line.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "第 %d 行", p.Line)
	}
	if p.Column != "" {
		fmt.Fprintf(&b, "「%s」", p.Column)
	}
	if p.Value != "" {
		fmt.Fprintf(&b, "（值：%s）", p.Value)
	}
	if b.Len() > 0 {
		b.WriteString("：")
	}
	fmt.Fprintf(&b, "%s处理办法：%s [%s]", p.Message, p.Remedy, p.Rule)
	return b.String()
}

// ruleSpec is one row of the table of problems of files that are read.
type ruleSpec struct {
	rule     string
	severity Severity
	zh       string // may take details by fmt
	remedy   string
	en       string
}

const (
	askBank = "向银行索取完整、正确的回盘文件；原文件照样留存。"
	byHand  = "按银行流水核对这一行，必要时请银行书面说明。"
)

// ruleTable lists every Problem that reading can give, in the order of the documents.
func ruleTable() []ruleSpec {
	return []ruleSpec{
		{"bankfile.encoding", Warning, "文件的编码是 %s，与格式规定的 %s 不同，已按实际编码读取。", "请银行按约定的编码出盘，或改正格式描述。", "the encoding is another than declared; the file was read in its own"},
		{"bankfile.file-name", Warning, "文件名与格式规定的不同，可能被改过名。", "文件内容照读；请保留银行给的原文件名。", "the file name does not fit the pattern"},
		{"bankfile.column-missing", Warning, "表头里没有列「%s」，各行都没有读取。", "检查格式；列名改了的，改正格式描述。", "a column that is not required has no title in the file"},
		{"bankfile.header-missing", Error, "没有第 %d 条头记录，这一行按明细读取。", askBank, "a header record is missing; the line in its place is read as a line"},
		{"bankfile.trailer-missing", Error, "没有尾记录，文件可能被截断。", askBank, "a trailer record is missing: the file is probably cut"},
		{"bankfile.declared", Error, "%s写的%s是 %s，逐行累计是 %s。", askBank, "header or trailer declare another count or sum than the lines have"},
		{"bankfile.declared-unreadable", Error, "%s的%s读不出来。", askBank, "a count or sum of header or trailer cannot be read"},
		{"bankfile.no-lines", Warning, "文件里没有明细。", "检查是否选错了文件。", "the file holds no lines"},
		{"bankfile.other-batch", Warning, "文件的批次号是 %s，要核对的是 %s。", "检查是否选错了文件；内容照样登记，逐行比对后归类。", "the batch number is another than expected"},
		{"bankfile.other-run", Warning, "付款附言属于另一个发放批次。", "可能是其他单位或其他批次的回盘，检查是否选错了文件。", "the payment reference belongs to a run that was not expected"},
		{"bankfile.truncated", Error, "最后一行不完整，文件可能被截断。", askBank, "the last line has too few columns and no line ending: the file is cut"},
		{"bankfile.no-line-ending", Warning, "最后一行没有换行符，其余各行都有，文件可能被截断。", "与银行核对总笔数。", "the last line has no line ending although the others have: it may be cut inside its last column"},
		{"bankfile.columns", Error, "有 %d 列，应有 %d 列；除付款附言外没有读取。", byHand, "another number of columns, or of bytes, than the layout has: nothing is taken from its place but the payment reference"},
		{"bankfile.line-too-long", Error, "这一行超过 %d 字节，没有读取。", byHand, "the line is longer than any layout can be"},
		{"bankfile.quotes", Error, "英文双引号不成对，无法分列；除付款附言外没有读取。", byHand, "the double quotes of a line do not match"},
		{"bankfile.after-trailer", Error, "尾记录之后还有明细。", askBank, "a line stands after the trailer"},
		{"bankfile.undecodable", Error, "有转换文件时丢失的字。", "请银行用 GB18030 或 UTF-8 重新出盘。", "a character was lost in conversion (U+FFFD)"},
		{"bankfile.formula", Warning, "单元格是公式，读取的是保存时的结果。", "与银行核对该值。", "the cell is a formula; its stored result was read"},
		{"bankfile.cell-too-long", Error, "超过 %d 个字符，没有读取。", byHand, "the cell is longer than any value can be"},
		{"bankfile.cell-error", Error, "单元格是错误值，或公式没有结果。", byHand, "the cell is an error or a formula without a result"},
		{"bankfile.constant", Warning, "固定内容应为“%s”，这一行可能不是明细。", byHand, "a constant column of a line holds something else: the record may be no line"},
		{"bankfile.missing", Error, "没有内容。", byHand, "a required value is missing"},
		{"bankfile.pay-ref", Error, "不是本台账的付款附言，或有字符抄错。", "按账号和金额人工核对；附言应为 16 位、以 P 开头。", "not a payment reference of this ledger, or a damaged one"},
		{"bankfile.account", Error, "不是 8 至 32 位数字的账号。", byHand, "not an account of 8 to 32 digits"},
		{"bankfile.account-scientific", Error, "账号已变成科学计数法，后面的数字已经丢失。", "请银行把该列设为文本后重新出盘，不要用表格软件打开后另存。", "the account is in scientific notation and has lost digits"},
		{"bankfile.account-number-cell", Error, "账号单元格是数值，超过 15 位的数字已经丢失。", "请银行把该列设为文本后重新出盘。", "the account is a number cell: digits beyond the fifteenth are lost"},
		{"bankfile.holder", Warning, "户名里有不能用于姓名的字符。", "与银行核对户名。", "the holder cannot be a name"},
		{"bankfile.amount", Error, "不是金额。", byHand, "not an amount in the unit of the column"},
		{"bankfile.amount-decimals", Error, "金额的小数超过两位。", byHand, "an amount in yuan with more than two decimals"},
		{"bankfile.result", Error, "格式描述里没有这个处理结果，这一行不作任何结论。", "问清含义后在格式描述的 results 中补充；内容照样登记。", "the result is not in the table: nothing follows from the line"},
		{"bankfile.reason", Warning, "格式描述里没有这个失败原因，按“其他原因”登记，原文保留。", "在格式描述的 reasons 中补充。", "the reason is not in the table; it is recorded as other"},
		{"bankfile.side", Error, "格式描述里没有这个借贷方向。", "问清含义后在格式描述的 sides 中补充。", "the side is not in the table"},
		{"bankfile.day", Error, "不是日期。", byHand, "not a day in year-month-day"},
		{"bankfile.duplicate-line", Warning, "与第 %d 行完全相同（序号除外）。", "同一文件内重复的行只算一次；与银行核对是否重复付款。", "the line equals an earlier one but for its number"},
	}
}

// ruleSet is ruleTable by rule.
type ruleSet map[string]ruleSpec

func newRuleSet() ruleSet {
	set := ruleSet{}
	for _, s := range ruleTable() {
		set[s.rule] = s
	}
	return set
}

func (set ruleSet) problem(line int, column, shown, rule string, args ...any) Problem {
	s := set[rule]
	return Problem{Line: line, Column: column, Value: shown, Rule: rule, Severity: s.severity, Message: fmt.Sprintf(s.zh, args...), Remedy: s.remedy}
}

// maxShown is the number of characters of a value that a Problem repeats: enough to recognise it.
const maxShown = 40

// shown makes a value fit to be displayed. Values that are no valid numbers are masked too: a mistyped account is still
// nearly somebody's.
func shown(c column, text string) string {
	n := utf8.RuneCountInString(text)
	switch {
	case text == "":
		return ""
	case !c.personal:
		return shorten(maskLine(text, c.form != formCode))
	case c.form == formAccount && n >= 16 && n == len(text):
		return text[:6] + "****" + text[n-4:]
	}
	first, _ := utf8.DecodeRuneInString(text)
	return fmt.Sprintf("%c***（共 %d 个字符）", first, n)
}

// maskLine makes a whole line fit to be displayed: of a run of nine digits or more the first two and last two stay, and of
// a word of letters beyond ASCII the first one, where words can be names.
func maskLine(text string, names bool) string {
	const secretDigits = 9 // a payment's amount and day are shorter
	var b strings.Builder
	runes := []rune(text)
	for i := 0; i < len(runes); {
		j := i
		for j < len(runes) && sort(runes[j]) == sort(runes[i]) {
			j++
		}
		switch word := runes[i:j]; {
		case sort(word[0]) == digitSort && len(word) >= secretDigits:
			fmt.Fprintf(&b, "%s****%s", string(word[:2]), string(word[len(word)-2:]))
		case sort(word[0]) == letterSort && names:
			fmt.Fprintf(&b, "%c*", word[0])
		default:
			b.WriteString(string(word))
		}
		i = j
	}
	return b.String()
}

const (
	otherSort = iota
	digitSort
	letterSort
)

func sort(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return digitSort
	case r >= utf8.RuneSelf && r != utf8.RuneError && !unicode.IsPunct(r):
		return letterSort
	}
	return otherSort
}

func shorten(s string) string {
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}
