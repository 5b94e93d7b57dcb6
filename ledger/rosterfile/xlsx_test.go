package rosterfile

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"almoner/domain"
)

// TestExcelizeFile reads what a common library writes, with shared texts, dates and styles of its own.
func TestExcelizeFile(t *testing.T) {
	x := excelize.NewFile()
	put := func(cell string, v any) { require.NoError(t, x.SetCellValue("Sheet1", cell, v)) }
	for i, h := range []string{"序号", "姓名", "身份证号", "村居", "申报日期", "起领年月", "标准"} {
		put(columnLetter(i)+"1", h)
	}
	put("A2", 1)
	put("B2", "张某")
	put("C2", womanA)
	put("D2", "张庄村")
	require.NoError(t, x.SetCellValue("Sheet1", "E2", domain.MustDate("2021-06-30").Start().Add(8*3600e9)))
	put("F2", "2021年7月")
	put("G2", 80.5)
	var b bytes.Buffer
	require.NoError(t, x.Write(&b))
	f := opened(t, b.Bytes(), Options{})
	r := one(t, f)
	require.Empty(t, r.Problems)
	require.Equal(t, "Sheet1", r.Sheet)
	require.Equal(t, "2021-06-30", r.AppliedOn.String())
	require.Equal(t, "2021-07", r.Start.String())
	require.Equal(t, "80.50", r.Standard.String())
	require.Equal(t, "xlsx", f.Header().Format)
}

func book(rows string) rawBook { return rawBook{sheets: []rawSheet{{name: "名册", rows: rows}}} }

func TestNumericCells(t *testing.T) {
	rows := texts(1, "姓名", "身份证号", "村居", "账号", "残疾证号", "电话", "组") +
		`<row r="2">` + inline("A", 2, "张某") + numeric("B", 2, 0, "3.20102198001011E+17") + numeric("C", 2, 0, "110105001001") +
		numeric("D", 2, 0, "6222020000000007") + numeric("E", 2, 0, "123") + numeric("F", 2, 0, "13900000000") + numeric("G", 2, 0, "3") + `</row>`
	r := one(t, opened(t, book(rows).bytes(t), Options{Villages: map[string]domain.AreaCode{"张庄村": "110105001001"}}))
	require.Equal(t, []string{"import.numeric-cell", "import.numeric-cell", "import.numeric-cell"}, rules(r.Problems))
	require.Equal(t, "B", r.Problems[0].Letter)
	require.Contains(t, r.Problems[0].Remedy, "文本")
	require.Empty(t, r.Number)
	require.Empty(t, r.Account, "sixteen digits look whole but may be rounded")
	require.Equal(t, "13900000000", r.Phone)
	require.Equal(t, "3", r.Group)
	require.EqualValues(t, "110105001001", r.Area)
}

// TestAlteredTexts: what a spreadsheet made of 3-1 and of a long certificate number.
func TestAlteredTexts(t *testing.T) {
	rows := texts(1, "姓名", "身份证号", "村居", "组", "光荣证号", "金额", "户名") +
		`<row r="2">` + inline("A", 2, "张某") + inline("B", 2, womanA) + inline("C", 2, "张庄") + numeric("D", 2, 1, "44256") +
		numeric("E", 2, 0, "1.2345678901234E+17") + numeric("F", 2, 1, "44256") + numeric("G", 2, 1, "44256") + `</row>`
	r := one(t, opened(t, book(rows).bytes(t), Options{}))
	require.ElementsMatch(t, []string{"import.date-in-text", "import.numeric-cell", "import.money", "import.date-in-text"}, rules(r.Problems))
	require.Empty(t, r.Group)
	require.Empty(t, r.Certificate)
	require.False(t, r.HasAmount)
}

func TestNumericCellsOfChildren(t *testing.T) {
	rows := texts(1, "姓名", "身份证号", "村居", "子女身份证号", "子女1残疾证号", "子女1出生日期") +
		`<row r="2">` + inline("A", 2, "张某") + inline("B", 2, womanA) + inline("C", 2, "张庄") + numeric("D", 2, 0, "110105198503021") +
		numeric("E", 2, 0, "11010519850302124443") + numeric("F", 2, 1, "31108") + `</row>`
	r := one(t, opened(t, book(rows).bytes(t), Options{}))
	require.Equal(t, []string{"import.numeric-cell", "import.numeric-cell"}, rules(r.Problems))
	require.Equal(t, "E", r.Problems[1].Letter)
	require.Equal(t, "1985-03-02", r.Children[len(r.Children)-1].Birth.String())
}

func TestTooManySheets(t *testing.T) {
	b := rawBook{}
	for range maxSheets + 1 {
		b.sheets = append(b.sheets, rawSheet{name: "x"})
	}
	require.ErrorContains(t, openError(t, b.bytes(t), Options{}), "import.too-many-sheets")
}

func TestDateCells(t *testing.T) {
	rows := texts(1, "姓名", "身份证号", "村居", "申报日期", "起领年月", "已发至年月", "份额") +
		`<row r="2">` + inline("A", 2, "张某") + inline("B", 2, womanA) + inline("C", 2, "张庄") + numeric("D", 2, 1, "44377.5") +
		numeric("E", 2, 2, "44348") + numeric("F", 2, 0, "2021.1") + numeric("G", 2, 1, "44228") + `</row>` +
		`<row r="3">` + inline("A", 3, "李某") + inline("B", 3, manB) + inline("C", 3, "张庄") + numeric("D", 3, 0, "44377") +
		numeric("E", 3, 0, "202106") + numeric("F", 3, 1, "60") + numeric("G", 3, 0, "0.5") + `</row>`
	content := book(rows)
	got := all(t, opened(t, content.bytes(t), Options{}))
	require.Equal(t, "2021-06-30", got[0].AppliedOn.String())
	require.Equal(t, "2021-06", got[0].Start.String())
	require.Equal(t, []string{"import.month-ambiguous", "import.share"}, rules(got[0].Problems))
	require.Equal(t, []string{"import.date-serial", "import.date-serial"}, rules(got[1].Problems))
	require.Equal(t, "2021-06", got[1].Start.String())
	require.Equal(t, "1/2", got[1].Share)

	content.date1904 = true
	got = all(t, opened(t, content.bytes(t), Options{}))
	require.Equal(t, "2025-07-01", got[0].AppliedOn.String(), "1904 counts four years and a day later")
}

func TestFormulas(t *testing.T) {
	rows := texts(1, "序号", "姓名", "身份证号", "村居", "类别", "组") +
		`<row r="2"><c r="A2"><f>ROW()-1</f><v>1</v></c><c r="B2" t="str"><f>X2</f><v>张某</v></c>` + inline("C", 2, womanA) + inline("D", 2, "张庄") +
		`<c r="E2"><f>VLOOKUP(1,X:X,1)</f></c><c r="F2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`
	r := one(t, opened(t, book(rows).bytes(t), Options{}))
	require.Equal(t, []string{"import.formula", "import.formula-empty", "import.cell-error"}, rules(r.Problems), "a formula as running number is no matter")
	require.Equal(t, "张某", r.Name.Reveal())
	require.Equal(t, Warning, r.Problems[0].Severity)
	require.Equal(t, "张*", r.Problems[0].Value[:len("张*")], "masked")
}

func TestSharedTexts(t *testing.T) {
	b := book(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c></row>` +
		`<row r="2"><c r="A2" t="s"><v>3</v></c>` + inline("B", 2, womanA) + `<c r="C2" t="s"><v>4</v></c></row>`)
	b.shared = `<si><t>姓名</t></si><si><r><rPr><b/></rPr><t>身份</t></r><r><t>证号</t></r></si><si><t xml:space="preserve"> 村居 </t></si>` +
		`<si><t>张某</t><rPh sb="0" eb="1"><t>ZHANG</t></rPh></si><si><t>张庄&amp;李庄_x000D_&#x6751;</t></si>`
	r := one(t, opened(t, b.bytes(t), Options{}))
	require.Equal(t, "张某", r.Name.Reveal(), "phonetic guides are no part of a name")
	require.Equal(t, "张庄&李庄\r村", r.Village)

	b.shared = `<si><t>姓名</t></si>`
	require.ErrorContains(t, openError(t, b.bytes(t), Options{}), "import.xlsx-damaged")
}

func TestMergedCells(t *testing.T) {
	b := book(texts(1, "姓名", "身份证号", "村居", "账号") + texts(2, "张某", womanA, "张庄村", goodAccount) + texts(3, "李某", manB) +
		texts(4, "一、李庄村") + texts(5, "王某", synthetic("19600101", 113), "李庄村"))
	b.sheets[0].tail = `<mergeCells count="3"><mergeCell ref="C2:C3"/><mergeCell ref="D2:D3"/><mergeCell ref="A4:D4"/></mergeCells>`
	f := opened(t, b.bytes(t), Options{})
	rows := all(t, f)
	require.Len(t, rows, 3)
	require.Empty(t, rows[0].Problems)
	require.Equal(t, "张庄村", rows[1].Village)
	require.Equal(t, Warning, find(t, rows[1].Problems, "import.merged").Severity)
	require.Equal(t, Error, find(t, rows[1].Problems, "import.merged-personal").Severity)
	require.Equal(t, "李庄村", rows[2].Village, "a merged range ends where it ends")
	require.Equal(t, []Skip{{"名册", 4, 4, SkipSection}}, f.Summary().Skipped)
}

func TestHiddenRowsAndSheets(t *testing.T) {
	b := rawBook{sheets: []rawSheet{
		{name: "一村", rows: texts(1, "姓名", "身份证号", "村居") + strings.Replace(texts(2, "张某", womanA, "一村"), `<row `, `<row hidden="1" `, 1)},
		{name: "旧", state: "hidden", rows: texts(1, "姓名", "身份证号", "村居") + texts(2, "李某", manB, "一村")},
		{name: "汇总", rows: texts(1, "村居", "人数") + texts(2, "一村", "1")},
		{name: "二村", rows: texts(1, "村居", "身份证号", "姓名") + texts(5, "二村", manB, "李某")},
	}}
	f := opened(t, b.bytes(t), Options{})
	rows := all(t, f)
	require.Len(t, rows, 2)
	require.True(t, rows[0].Hidden)
	require.Equal(t, Warning, find(t, rows[0].Problems, "import.row-hidden").Severity)
	require.Equal(t, "二村", rows[1].Sheet)
	require.Equal(t, 5, rows[1].Line)
	require.Equal(t, []string{"import.sheet-hidden", "import.sheet-no-header"}, rules(f.Header().Problems))
	require.Equal(t, []Skip{{"二村", 2, 4, SkipBlank}}, f.Summary().Skipped)

	f = opened(t, b.bytes(t), Options{Sheet: "二村"})
	require.Len(t, all(t, f), 1)
	require.ErrorContains(t, openError(t, b.bytes(t), Options{Sheet: "三村"}), "import.header-none")
}

func TestDamagedWorkbooks(t *testing.T) {
	head := texts(1, "姓名", "身份证号", "村居")
	person := texts(2, "张某", womanA, "张庄")
	for name, b := range map[string]rawBook{
		"doctype":             {sheets: []rawSheet{{name: "a", rows: `<!DOCTYPE x [<!ENTITY e "x">]>` + head + person}}},
		"unknown entity":      book(head + texts(2, "&e;", womanA, "张庄")),
		"rows out of order":   book(texts(3, "姓名", "身份证号", "村居") + person),
		"cells out of order":  book(`<row r="1">` + inline("B", 1, "姓名") + inline("A", 1, "身份证号") + `</row>`),
		"column beyond Excel": book(`<row r="1">` + inline("ZZZZ", 1, "姓名") + `</row>`),
		"two parts, one name": {sheets: []rawSheet{{name: "a", rows: head + person}}, extra: map[string]string{"XL/Workbook.xml": "<workbook/>"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := openError(t, b.bytes(t), Options{})
			require.ErrorIs(t, err, domain.Invalid)
			require.ErrorContains(t, err, "import.xlsx-damaged")
		})
	}
	wide := book(head + person + `<row r="3">` + inline(columnLetter(MaxColumns), 3, "x") + `</row>`)
	require.ErrorContains(t, openError(t, wide.bytes(t), Options{}), "import.too-many-columns")
	wide = book(head + person + `<row r="3"><c r="XFD3" s="1"/></row>`)
	require.Len(t, all(t, opened(t, wide.bytes(t), Options{})), 1, "formatted blank cells are no content")
}

// TestTruncatedSheet: a file cut off in the middle must not pass for a shorter list.
func TestTruncatedSheet(t *testing.T) {
	var rows strings.Builder
	for i := 2; i < 40; i++ {
		rows.WriteString(texts(i, "张某", womanA, "张庄"))
	}
	b := book(texts(1, "姓名", "身份证号", "村居") + rows.String())
	whole := b.bytes(t)
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	require.NoError(t, err)
	var cut bytes.Buffer
	w := zip.NewWriter(&cut)
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		var content bytes.Buffer
		_, err = content.ReadFrom(r)
		require.NoError(t, err)
		out, err := w.Create(f.Name)
		require.NoError(t, err)
		c := content.Bytes()
		if strings.Contains(f.Name, "sheet0") {
			c = c[:len(c)*3/4]
		}
		_, err = out.Write(c)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.ErrorContains(t, readError(t, opened(t, cut.Bytes(), Options{})), "import.xlsx-damaged")
}

// TestUnpackedLimit: a small archive that unpacks to more than a workbook may be.
func TestUnpackedLimit(t *testing.T) {
	b := book(texts(1, "姓名", "身份证号", "村居"))
	b.shared = `<si><t>` + strings.Repeat("x", maxSharedBytes) + `</t></si>`
	content := b.bytes(t)
	require.Less(t, len(content), 1<<20)
	require.ErrorContains(t, openError(t, content, Options{}), "import.unpacked-too-large")
}

func TestDateFormats(t *testing.T) {
	for code, want := range map[string]bool{
		"yyyy-mm-dd": true, `yyyy"年"m"月"d"日";@`: true, "[$-804]aaaa;@": false, "m/d": true, "0.00": false, "General": false, "@": false,
		"h:mm:ss": false, "[Red]0.00": false, `0"天"`: false, `"日期"0`: false, "mmm": true, `0\d`: false, "yy": true, "#,##0.00_d": false,
	} {
		require.Equal(t, want, isDateFormat(code), code)
	}
	require.True(t, isBuiltinDate(14))
	require.True(t, isBuiltinDate(57), "Chinese year and month")
	require.False(t, isBuiltinDate(0))
	require.False(t, isBuiltinDate(49))
	require.False(t, isBuiltinDate(20), "a time of day")
}
