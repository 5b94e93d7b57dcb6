package rosterfile

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// NotesSheet is the sheet of a template that explains the columns. It is passed over when the template comes back.
const NotesSheet = "填表说明"

// templateFields are the columns of a template, in the order a clerk fills them in.
func templateFields(k Kind) []Field {
	person := []Field{FieldSerial, FieldName, FieldSex, FieldNumber}
	account := []Field{FieldBank, FieldAccount, FieldHolder, FieldHolderRelation}
	switch k {
	case Exit:
		return append(person, FieldVillage, FieldGroup, FieldProgramme, FieldClass, FieldReason, FieldDiedOn, FieldOccurredOn,
			FieldReportedOn, FieldStop, FieldDocument, FieldNote)
	case AccountChange:
		return append(append(person, FieldVillage, FieldGroup), append(account, FieldHeir, FieldHeirNumber, FieldPhone, FieldNote)...)
	case Grant:
		return append(append(person, FieldVillage, FieldGroup, FieldProgramme, FieldAmount, FieldDocument), append(account, FieldNote)...)
	default:
		return slices.Concat(person, []Field{FieldBirth, FieldVillage, FieldGroup, FieldHukou, FieldMarriage, FieldSpouseName,
			FieldSpouseNumber, FieldChildName, FieldChildNumber, FieldChildBirth, FieldChildSex, FieldChildDiedOn, FieldChildGrade,
			FieldChildDisability, FieldCertificate, FieldCertificateOn, FieldProgramme, FieldClass, FieldAppliedOn, FieldStart,
			FieldPaidThrough, FieldShare, FieldHousehold, FieldHouseholdHead, FieldDocument},
			account, []Field{FieldPhone, FieldAddress, FieldGuardian, FieldGuardianNumber, FieldNote})
	}
}

// Template writes an empty XLSX for a kind of list: the headers (required ones with an asterisk), every column formatted
// as text so that the spreadsheet leaves numbers and dates alone, choice lists for closed sets, and a sheet of notes.
//
// It fails with *domain.RefusedError for an unknown kind, and when w does.
func Template(w io.Writer, kind Kind) error {
	if kind.label() == "" {
		return refuse("import.kind", "可用："+kindNames()+"。", "没有“%s”这种名单。", kind)
	}
	f := excelize.NewFile()
	defer f.Close() //nolint:errcheck // nothing is left on disk
	t := &template{file: f, kind: kind, aliases: newAliases()}
	for _, step := range []func() error{t.styles, t.list, t.notes} {
		if err := step(); err != nil {
			return fmt.Errorf("write template %s: %w", kind, err)
		}
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write template %s: %w", kind, err)
	}
	return nil
}

type template struct {
	file    *excelize.File
	kind    Kind
	aliases aliases
	header  int // style
	text    int // style
}

func (t *template) styles() (err error) {
	const asText = 49 // the built-in format "@"
	t.header, err = t.file.NewStyle(&excelize.Style{
		Font:      &excelize.Font{Bold: true},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}},
		Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "center", WrapText: true},
		NumFmt:    asText,
	})
	if err != nil {
		return err
	}
	t.text, err = t.file.NewStyle(&excelize.Style{NumFmt: asText})
	return err
}

// list writes the sheet that is filled in.
func (t *template) list() error {
	const name = "名单"
	if err := t.file.SetSheetName(t.file.GetSheetName(0), name); err != nil {
		return err
	}
	for i, field := range templateFields(t.kind) {
		letter, spec := columnLetter(i), t.aliases.specs[field]
		if err := t.file.SetColStyle(name, letter, t.text); err != nil {
			return err
		}
		if err := t.file.SetColWidth(name, letter, letter, widthOf(spec.form)); err != nil {
			return err
		}
		if err := t.file.SetCellStr(name, letter+"1", t.mark(field)); err != nil {
			return err
		}
		if err := t.file.SetCellStyle(name, letter+"1", letter+"1", t.header); err != nil {
			return err
		}
		if err := t.choices(name, letter, field); err != nil {
			return err
		}
	}
	return t.file.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (t *template) mark(f Field) string {
	if slices.Contains(t.kind.required(), f) {
		return t.aliases.label(f) + "*"
	}
	return t.aliases.label(f)
}

// choices adds a choice list to the columns of closed sets. Several children may stand in one cell, so theirs have none.
func (t *template) choices(sheet, letter string, f Field) error {
	var table []word
	switch f {
	case FieldSex:
		table = sexWords()
	case FieldHukou:
		table = hukouWords()
	case FieldMarriage:
		table = marriageWords()
	case FieldReason:
		table = exitReasons()
	case FieldHolderRelation:
		table = relationWords()
	default:
		return nil
	}
	var words []string
	for _, w := range table {
		words = append(words, w.words[0])
	}
	v := excelize.NewDataValidation(true)
	v.Sqref = fmt.Sprintf("%s2:%s%d", letter, letter, MaxRows)
	if err := v.SetDropList(words); err != nil {
		return err
	}
	return t.file.AddDataValidation(sheet, v)
}

func widthOf(f form) float64 {
	switch f {
	case formNumber:
		return 24
	case formDay, formMonth, formName:
		return 13
	default:
		return 11
	}
}

// notes writes what each column takes.
func (t *template) notes() error {
	if _, err := t.file.NewSheet(NotesSheet); err != nil {
		return err
	}
	lines := [][]string{
		{t.kind.label()}, {"带 * 的列必须填写。整列已设为文本格式，请不要改动；从别处粘贴时选“只粘贴值”。"},
		{"列", "填法", "示例（虚构）", "其他可用表头"},
	}
	for _, f := range templateFields(t.kind) {
		spec := t.aliases.specs[f]
		lines = append(lines, []string{t.mark(f), t.howTo(spec), spec.example, strings.Join(spec.headers[1:], "、")})
	}
	for i, l := range lines {
		for j, text := range l {
			if err := t.file.SetCellStr(NotesSheet, fmt.Sprintf("%s%d", columnLetter(j), i+1), text); err != nil {
				return err
			}
		}
	}
	return t.file.SetColWidth(NotesSheet, "A", "D", 32)
}

// howTo says in Chinese how a field is filled in.
func (t *template) howTo(s fieldSpec) string {
	switch s.field {
	case FieldShare:
		return "1/1 或 1/2"
	case FieldVillage:
		return "村（居）全称或 12 位代码"
	case FieldPaidThrough:
		return "最后一个已发月份，如 2021-11；没发过的留空"
	case FieldStop:
		return "不再发放的第一个月，如 2022-03"
	case FieldChildName, FieldChildNumber, FieldChildBirth, FieldChildSex, FieldChildDiedOn, FieldChildGrade, FieldChildDisability:
		return "多个子女用“、”分隔，各列次序相同，缺的写“无”"
	}
	switch s.form {
	case formNumber:
		return "按原件录入数字（文本）"
	case formDay:
		return "年-月-日，如 2021-06-30"
	case formMonth:
		return "年-月，如 2021-06"
	case formMoney:
		return "元，最多两位小数"
	case formCode:
		return "从下拉列表选择"
	default:
		return ""
	}
}
