package rosterfile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"almoner/domain"
)

// Options say what the caller knows about the list.
type Options struct {
	Kind        Kind                       // what the list is for; "" means Admission
	Sheet       string                     // read only this sheet; "" means every visible sheet with a header
	Encoding    Encoding                   // of a text file; "" means find out
	Programme   string                     // programme of rows without one
	Villages    map[string]domain.AreaCode // villages of the office by name and by code; nil leaves villages unresolved
	FirstPeriod domain.Period              // first month of the ledger: an admission due before it must say how far it was paid
	Today       domain.Date                // no fact may lie after it; zero leaves that unchecked
}

// File is an opened roster. It keeps r of Open and reads it again for each pass; passes must not overlap.
type File struct {
	header  Header
	opts    Options
	aliases aliases
	sheets  []sheet        // parallel to header.Sheets
	heads   []*SheetHeader // the same with their index
	summary Summary
}

// Header is what is known of a file before its rows are read.
type Header struct {
	Name      string
	Format    string   // "xlsx" or "text"
	Encoding  Encoding // of a text file
	Delimiter string   // of a text file: "," or a tab
	Sheets    []SheetHeader
	Problems  []Problem // warnings: unknown headers, sheets left out
}

// Open finds out what the file is and where its columns are. name is for messages only. r is read until the last pass is
// over; nothing has to be closed.
//
// It returns *HeaderError when the columns cannot be read, another error holding *domain.RefusedError (kind Invalid) when
// the file is no readable roster, and any other error when reading failed.
func Open(name string, r io.ReaderAt, size int64, opts Options) (*File, error) {
	if opts.Kind == "" {
		opts.Kind = Admission
	}
	if opts.Kind.label() == "" {
		return nil, refuse("import.kind", "可用："+kindNames()+"。", "没有“%s”这种名单。", opts.Kind)
	}
	if size == 0 {
		return nil, refuse("import.empty", "检查是否选错了文件。", "文件 %s 是空的。", name)
	}
	if size > MaxBytes {
		return nil, refuse("import.too-large", "删除图片和无关的工作表，或拆分后分别上传。", "文件 %s 大小为 %d 字节，超过 %d 字节。", name, size, MaxBytes)
	}
	head := make([]byte, min(size, 512))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("open roster %s: %w", name, err)
	}
	isWorkbook, err := sniff(head)
	if err != nil {
		return nil, fmt.Errorf("open roster %s: %w", name, err)
	}
	f := &File{header: Header{Name: name}, opts: opts, aliases: newAliases()}
	if isWorkbook {
		err = f.openWorkbook(r, size)
	} else {
		err = f.openText(r, size)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Header tells what was found. The caller may show it before importing.
func (f *File) Header() Header { return f.header }

func (f *File) openWorkbook(r io.ReaderAt, size int64) error {
	f.header.Format = "xlsx"
	book, err := openWorkbook(f.header.Name, r, size)
	if err != nil {
		return err
	}
	for _, name := range book.hidden {
		f.header.Problems = append(f.header.Problems, Problem{Sheet: name, Rule: "import.sheet-hidden", Severity: Warning,
			Message: "隐藏的工作表没有读取。", Remedy: "如需读入，请取消隐藏后重新上传。"})
	}
	var problems []Problem
	for _, s := range book.sheets {
		if f.opts.Sheet != "" && s.name != f.opts.Sheet || f.opts.Sheet == "" && s.name == NotesSheet {
			continue
		}
		if err := s.loadMerges(); err != nil {
			return fmt.Errorf("open roster %s: sheet %s: %w", f.header.Name, s.name, err)
		}
		found, err := f.addSheet(s, &problems)
		if err != nil {
			return err
		}
		if !found {
			f.header.Problems = append(f.header.Problems, Problem{Sheet: s.name, Rule: "import.sheet-no-header", Severity: Warning,
				Message: fmt.Sprintf("前 %d 行内没有找到表头，这张工作表没有读取。", HeaderWithin), Remedy: "如需读入，请把表头放在前几行，至少有“姓名”和“身份证号”。"})
		}
	}
	return f.conclude(problems)
}

// openText tries both delimiters and keeps the one under which more headers are known.
func (f *File) openText(r io.ReaderAt, size int64) error {
	f.header.Format = "text"
	encoding, skip, err := detectEncoding(r, size)
	if err != nil {
		return fmt.Errorf("open roster %s: %w", f.header.Name, err)
	}
	switch f.opts.Encoding {
	case "":
	case UTF8, GB18030:
		encoding = f.opts.Encoding
	default:
		return refuse("import.encoding", "可用：UTF-8、GB18030。", "没有“%s”这种编码。", f.opts.Encoding)
	}
	f.header.Encoding = encoding
	var best *textSheet
	var broken error // of a delimiter under which the first rows cannot be taken apart
	most := 0
	for _, delimiter := range []rune{',', '\t'} {
		s := &textSheet{r: r, size: size, skip: skip, encoding: encoding, delimiter: delimiter}
		h, _, found, err := findHeader(f.aliases, s)
		if err != nil && broken == nil {
			broken = fmt.Errorf("open roster %s: %w", f.header.Name, err)
		}
		if err == nil && found && len(h.at) > most {
			best, most = s, len(h.at)
		}
	}
	if best == nil && broken != nil {
		return broken
	}
	if best == nil {
		return f.conclude(nil)
	}
	f.header.Delimiter = string(best.delimiter)
	var problems []Problem
	if _, err := f.addSheet(best, &problems); err != nil {
		return err
	}
	return f.conclude(problems)
}

// addSheet finds the header of a sheet and collects what is wrong with it.
func (f *File) addSheet(s sheet, problems *[]Problem) (bool, error) {
	h, found, ok, err := findHeader(f.aliases, s)
	if err != nil {
		return false, fmt.Errorf("open roster %s: header of sheet %q: %w", f.header.Name, s.title(), err)
	}
	if !ok {
		return false, nil
	}
	if x, isXLSX := s.(*xlsxSheet); isXLSX {
		h.date1904 = x.book.date1904
	}
	*problems = append(*problems, found...)
	*problems = append(*problems, h.missing(f.aliases, f.opts.Kind)...)
	f.sheets, f.heads = append(f.sheets, s), append(f.heads, h)
	f.header.Sheets = append(f.header.Sheets, *h)
	return true, nil
}

// conclude decides whether the file can be read.
func (f *File) conclude(problems []Problem) error {
	if len(f.sheets) == 0 {
		p := Problem{Rule: "import.header-none", Severity: Error,
			Message: fmt.Sprintf("前 %d 行内没有找到表头。", HeaderWithin)}
		var need []string
		for _, field := range f.opts.Kind.required() {
			need = append(need, fmt.Sprintf("“%s”（可用：%s）", f.aliases.label(field), f.aliases.headersOf(field)))
		}
		p.Remedy = "表头必须有 " + strings.Join(need, "；") + "。"
		if f.opts.Sheet != "" {
			p.Sheet = f.opts.Sheet
		}
		return &HeaderError{File: f.header.Name, Problems: append(f.header.Problems, p)}
	}
	f.header.Problems = append(f.header.Problems, problems...)
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error }) {
		return &HeaderError{File: f.header.Name, Problems: f.header.Problems}
	}
	return nil
}

func kindNames() string {
	var out []string
	for _, k := range Kinds() {
		out = append(out, string(k))
	}
	return strings.Join(out, "、")
}
