package bankfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"

	"almoner/domain"
)

// PayLine is one line of a file to the bank. PayRef, Account, Holder and Amount are needed by every layout; the rest is
// written where the layout has a column for it.
type PayLine struct {
	PayRef   string
	Account  domain.AccountNumber
	Holder   domain.PersonName
	Amount   domain.Money // above 0.00: lines of nothing are never sent
	Bank     string
	Province string // of that bank
	City     string // of that bank
	Remark   string
	Citizen  domain.CitizenNumber
	Phone    string
	Village  string
	Standard domain.Money
	Units    int
}

// Written is what became a file. It is stated in the event before the file leaves.
type Written struct {
	Lines  int
	Total  domain.Money
	SHA256 string // of the bytes, in hex
	Size   int64
}

// WriteProblem is one reason why a line cannot be written.
type WriteProblem struct {
	Line   int // its place among the lines, from 1; 0 for header and trailer
	PayRef string
	Column string
	Value  string // masked when personal
	Rule   string
	What   string // Chinese
	Next   string // Chinese
}

// String is the whole problem as one Chinese line.
func (p WriteProblem) String() string {
	return fmt.Sprintf("第 %d 行（附言 %s）「%s」（值：%s）：%s处理办法：%s [%s]", p.Line, p.PayRef, p.Column, p.Value, p.What, p.Next, p.Rule)
}

// maxWriteProblems is the number of problems that are listed: all those of a township, and enough of a county to see.
const maxWriteProblems = 2000

// WriteError says which lines a layout cannot carry. All are checked, so that one repair suffices. It unwraps to a
// domain.RefusedError of kind Refused with the rule bankfile.cannot-write.
type WriteError struct {
	Format   string
	Problems []WriteProblem // the first 2,000
	Count    int            // of all
}

func (e *WriteError) Error() string {
	lines := []string{fmt.Sprintf("格式 %s 写不出 %d 处内容，没有生成代发文件 (bankfile.cannot-write)", e.Format, e.Count)}
	for _, p := range e.Problems {
		lines = append(lines, "  "+p.String())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the refusal, for errors.As and errors.Is.
func (e *WriteError) Unwrap() error {
	return domain.Refuse(domain.Refused, "bankfile.cannot-write", "格式 %s 写不出 %d 处内容，没有生成代发文件。", e.Format, e.Count).
		WithNext("逐行处理列出的问题，或改用能写出全部文字的格式（GB18030、UTF-8、XLSX）。")
}

// recordWriter writes records of one kind of file. A record whose values it cannot carry is reported and left out.
type recordWriter interface {
	record(columns []column, texts []string) error // an error of the writer below, which ends everything
	close() error
}

// Write writes a file. The header's Lines and Total are compared with the lines at the end, because layouts may state
// them first. Equal inputs give equal bytes.
//
// It returns *WriteError for lines that the layout cannot carry, another error holding *domain.RefusedError when header
// and lines do not belong together, and any other error from w or lines. After any error the bytes written so far are no
// file and must be thrown away.
func (f *Format) Write(w io.Writer, h Header, lines iter.Seq2[PayLine, error]) (Written, error) {
	if f.direction != Out {
		return Written{}, domain.Refuse(domain.Invalid, "bankfile.direction", "格式 %s 是回盘格式，不能写代发文件。", f.id).WithNext("改用 %s。", f.answers)
	}
	if err := h.check(); err != nil {
		return Written{}, fmt.Errorf("write bank file %s as %s: %w", h.Batch, f.id, err)
	}
	fw := newFileWriter(f, w, h)
	if err := fw.all(lines); err != nil {
		return Written{}, fmt.Errorf("write bank file %s as %s: %w", h.Batch, f.id, err)
	}
	return fw.written, nil
}

// fileWriter is one file on its way out.
type fileWriter struct {
	f        *Format
	h        Header
	out      recordWriter
	counter  *countingWriter
	written  Written
	line     PayLine // the current one, numbered written.Lines
	seen     map[string]struct{}
	problems []WriteProblem
	count    int
	texts    []string // reused
}

// countingWriter counts and hashes what passes.
type countingWriter struct {
	w    io.Writer
	hash hash.Hash
	size int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.hash.Write(p[:n])
	c.size += int64(n)
	return n, err
}

func newFileWriter(f *Format, w io.Writer, h Header) *fileWriter {
	fw := &fileWriter{f: f, h: h, counter: &countingWriter{w: w, hash: sha256.New()}, seen: map[string]struct{}{}}
	if f.kind == XLSX {
		fw.out = newSheetWriter(fw, fw.counter)
	} else {
		fw.out = newTextWriter(fw, fw.counter)
	}
	return fw
}

// all writes header, titles, lines and trailer.
func (fw *fileWriter) all(lines iter.Seq2[PayLine, error]) error {
	for _, r := range fw.f.header {
		if err := fw.record(r.columns); err != nil {
			return err
		}
	}
	if fw.f.titles {
		if err := fw.titles(); err != nil {
			return err
		}
	}
	for line, err := range lines {
		if err != nil {
			return fmt.Errorf("line %d: %w", fw.written.Lines+1, err)
		}
		if err := fw.payLine(line); err != nil {
			return err
		}
	}
	fw.line = PayLine{}
	if fw.written.Lines != fw.h.Lines || !fw.written.Total.Equal(fw.h.Total) {
		return domain.Refuse(domain.Conflict, "bankfile.totals-differ", "指令是 %d 笔、%v 元，明细是 %d 笔、%v 元。", fw.h.Lines, fw.h.Total, fw.written.Lines, fw.written.Total).
			WithNext("重新读取该批次后再生成代发文件。")
	}
	for _, r := range fw.f.trailer {
		if err := fw.record(r.columns); err != nil {
			return err
		}
	}
	if fw.count > 0 {
		return &WriteError{Format: fw.f.id, Problems: fw.problems, Count: fw.count}
	}
	if err := fw.out.close(); err != nil {
		return err
	}
	fw.written.SHA256, fw.written.Size = hex.EncodeToString(fw.counter.hash.Sum(nil)), fw.counter.size
	return nil
}

func (fw *fileWriter) titles() error {
	fw.texts = fw.texts[:0]
	columns := make([]column, 0, len(fw.f.columns))
	for _, c := range fw.f.columns {
		fw.texts = append(fw.texts, c.title)
		columns = append(columns, column{fieldSpec: fieldSpec{form: formText}, title: c.title})
	}
	return fw.out.record(columns, fw.texts)
}

// payLine writes one line, or notes why it cannot. Once one line is refused no more is written, but all are checked.
func (fw *fileWriter) payLine(line PayLine) error {
	fw.line = line
	fw.written.Lines++
	fw.written.Total = fw.written.Total.Add(line.Amount)
	fw.checkLine()
	return fw.record(fw.f.columns)
}

// checkLine refuses what no layout may carry.
func (fw *fileWriter) checkLine() {
	ref := column{fieldSpec: fieldSpec{field: FieldPayRef, zh: "付款附言"}, title: "付款附言"}
	if _, ok := findPayRef(fw.line.PayRef); !ok || len(fw.line.PayRef) != payRefLength {
		fw.refuse(ref, fw.line.PayRef, "bankfile.pay-ref", "不是 16 位的付款附言。", "这是程序错误，请联系系统管理员。")
	}
	if _, twice := fw.seen[fw.line.PayRef]; twice {
		fw.refuse(ref, fw.line.PayRef, "bankfile.pay-ref-twice", "同一付款附言出现两次，会付两次款。", "检查该批次是否有重复的明细。")
	}
	fw.seen[fw.line.PayRef] = struct{}{}
	if fw.line.Amount.Sign() <= 0 {
		fw.refuse(fw.columnOf(FieldAmount), fw.line.Amount.String(), "bankfile.not-positive", "金额不大于 0。", "金额为 0 的明细不发给银行。")
	}
	if fw.line.Account == "" {
		fw.refuse(fw.columnOf(FieldAccount), "", "bankfile.missing", "没有账号。", "补登账户并签字后再发放。")
	}
	if fw.line.Holder == "" {
		fw.refuse(fw.columnOf(FieldHolder), "", "bankfile.missing", "没有户名。", "补登户名并签字后再发放。")
	}
}

func (fw *fileWriter) columnOf(f Field) column {
	return (&lineReader{f: fw.f}).columnOf(f)
}

// refuse notes why the current line cannot be written.
func (fw *fileWriter) refuse(c column, value, rule, what, next string) {
	fw.count++
	if len(fw.problems) == maxWriteProblems {
		return
	}
	line := fw.written.Lines
	if fw.line.PayRef == "" && fw.line.Account == "" {
		line = 0
	}
	fw.problems = append(fw.problems, WriteProblem{Line: line, PayRef: fw.line.PayRef, Column: c.title, Value: shown(c, value), Rule: rule, What: what, Next: next})
}

// record renders the columns for the current line and hands them on.
func (fw *fileWriter) record(columns []column) error {
	fw.texts = fw.texts[:0]
	for _, c := range columns {
		text := fw.text(c)
		if text == "" && c.required && c.field != FieldAccount && c.field != FieldHolder {
			fw.refuse(c, "", "bankfile.missing", "没有内容，而银行要求必填。", "补登该项后再生成代发文件。")
		}
		fw.texts = append(fw.texts, text)
	}
	return fw.out.record(columns, fw.texts)
}
