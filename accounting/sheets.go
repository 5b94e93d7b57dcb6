package accounting

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/xuri/excelize/v2"

	"almoner/domain"
	container "almoner/internal/workbook"
)

// Workbook writes the book as XLSX: the vouchers, a total below each, and the balances of all accounts. What excelize holds
// above 16 MB goes to files in dir, or in the system's folder for such files.
func (b *Book) Workbook(w io.Writer, dir string) (err error) {
	if dir, err = os.MkdirTemp(dir, "almoner-accounting-"); err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder for temporary files
	f := excelize.NewFile(excelize.Options{TmpDir: dir})
	defer f.Close() //nolint:errcheck // its files lie in that folder
	at := b.At.UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{Created: at, Modified: at, Creator: "almoner", LastModifiedBy: "almoner",
		Title: "记账凭证 " + b.Finance + " " + b.Period.String(), Identifier: fmt.Sprint(b.Position), Language: "zh-CN", Revision: "1"}); err != nil {
		return err
	}
	s := &sheets{file: f, book: b}
	if err := s.styled(); err != nil {
		return err
	}
	if err := s.vouchers(); err != nil {
		return fmt.Errorf("vouchers: %w", err)
	}
	if err := s.balances(); err != nil {
		return fmt.Errorf("balances: %w", err)
	}
	return container.Write(w, f)
}

// sheets writes one sheet after another, row by row.
type sheets struct {
	file                      *excelize.File
	book                      *Book
	text, money, bold, totals int // styles
	stream                    *excelize.StreamWriter
	next                      int // row
}

func (s *sheets) styled() error {
	for _, x := range []struct {
		id   *int
		bold bool
		form int // built-in: 49 text, 4 "#,##0.00"
	}{{&s.text, false, 49}, {&s.money, false, 4}, {&s.bold, true, 49}, {&s.totals, true, 4}} {
		id, err := s.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: x.bold, Size: 10, Family: "宋体"}, NumFmt: x.form})
		if err != nil {
			return err
		}
		*x.id = id
	}
	return nil
}

// begin starts a sheet with what it was made from, and its column titles.
func (s *sheets) begin(name string, widths []float64, titles ...any) (err error) {
	if s.stream == nil {
		err = s.file.SetSheetName(s.file.GetSheetName(0), name)
	} else {
		_, err = s.file.NewSheet(name)
	}
	if err != nil {
		return err
	}
	if s.stream, err = s.file.NewStreamWriter(name); err != nil {
		return err
	}
	for i, width := range widths {
		if err := s.stream.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	s.next = 1
	head := s.book.madeFrom()
	heading := len(head) + 1
	if err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: heading, TopLeftCell: fmt.Sprintf("A%d", heading+1), ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for _, line := range head {
		if err := s.row(false, line); err != nil {
			return err
		}
	}
	return s.row(true, titles...)
}

// row writes texts and amounts; an amount of zero is an empty cell.
func (s *sheets) row(bold bool, values ...any) error {
	text, money := s.text, s.money
	if bold {
		text, money = s.bold, s.totals
	}
	cells := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case domain.Money:
			// A spreadsheet keeps doubles whatever is written. The one nearest to n/100 prints as n/100 again below 2^53 fen;
			// nothing is computed with it here.
			cell := excelize.Cell{StyleID: money, Value: float64(v.Fen()) / 100}
			if v.IsZero() {
				cell.Value = nil
			}
			cells[i] = cell
		default:
			cells[i] = excelize.Cell{StyleID: text, Value: v}
		}
	}
	err := s.stream.SetRow(fmt.Sprintf("A%d", s.next), cells)
	s.next++
	return err
}

func (s *sheets) vouchers() error {
	widths := []float64{16, 11, 44, 20, 44, 15, 15, 38}
	if err := s.begin("记账凭证", widths, "凭证号", "日期", "摘要", "科目编码", "科目名称", "借方", "贷方", "事件编号"); err != nil {
		return err
	}
	names := map[string]string{}
	for _, a := range s.book.Accounts {
		names[a.Code] = a.Parent + "—" + a.Title
	}
	for _, v := range s.book.Vouchers {
		for _, l := range v.Lines {
			if err := s.row(false, v.ID(), v.On.String(), l.Summary, l.Account, names[l.Account], l.Debit, l.Credit, v.Event); err != nil {
				return err
			}
		}
		if err := s.row(true, v.ID(), v.On.String(), "合计", "", "", v.Total(), v.Total(), v.Event); err != nil {
			return err
		}
	}
	return s.stream.Flush()
}

func (s *sheets) balances() error {
	widths := []float64{20, 44, 11, 15, 15, 15, 15}
	if err := s.begin("科目余额", widths, "科目编码", "科目名称", "编码来源", "期初（借正贷负）", "借方发生", "贷方发生", "期末（借正贷负）"); err != nil {
		return err
	}
	debits, credits := Balances{}, Balances{}
	for _, v := range s.book.Vouchers {
		for _, l := range v.Lines {
			debits[l.Account], credits[l.Account] = debits[l.Account].Add(l.Debit), credits[l.Account].Add(l.Credit)
		}
	}
	for _, a := range s.book.Accounts {
		opening := s.book.Opening[a.Code]
		if err := s.row(false, a.Code, a.Parent+"—"+a.Title, a.Status, opening, debits[a.Code], credits[a.Code], opening.Add(debits[a.Code]).Sub(credits[a.Code])); err != nil {
			return err
		}
	}
	return s.stream.Flush()
}
