package reports_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/reports"
)

var update = flag.Bool("update", false, "write the golden pages")

// Every report has one golden page; a change of it is looked at, since papers made before must come out the same.
func TestGoldenPages(t *testing.T) {
	m := story(t).maker()
	seen := map[reports.Kind]bool{}
	for _, r := range requests() {
		seen[r.Kind] = true
		_, page := bytesOf(t, m, r, "", reports.HTML)
		path := filepath.Join("testdata", string(r.Kind)+".html")
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(path, page, 0o644))
			continue
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(page), "%s; if this is meant: go test ./reports -run TestGoldenPages -args -update", r.Kind)
		require.NotRegexp(t, `(?i)<script|https?://|src=`, string(page), "%s loads nothing", r.Kind)
	}
	for _, s := range reports.Kinds() {
		require.True(t, seen[s.Kind], "%s has a golden page", s.Kind)
	}
}

// sheetContent reads a workbook back into the lines that its content hash is taken over, by what docs/reports.md says.
func sheetContent(t *testing.T, r reports.Kind, b []byte) (content []byte, hash string, cells int) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	require.NoError(t, err)
	defer f.Close()
	var out strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	line := func(fields ...string) {
		for i, x := range fields {
			fields[i] = escape.Replace(x)
		}
		out.WriteString(strings.Join(fields, "\t") + "\n")
	}
	var notes []string
	for i, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
		require.NoError(t, err)
		heading := 1
		for !strings.HasPrefix(rows[heading][0], "取自日志前 ") {
			heading++
		}
		position := strings.Fields(strings.TrimPrefix(rows[heading][0], "取自日志前 "))[0]
		if i == 0 {
			line("almoner report v1", string(r))
			line("head", "title", rows[0][0])
			for _, fact := range rows[1:heading] {
				name, value, _ := strings.Cut(fact[0], "：")
				line("head", name, value)
			}
			line("head", "position", position)
		}
		heading++
		line("table", sheet)
		line(append([]string{"columns"}, rows[heading]...)...)
		width, row := len(rows[heading]), heading+1
		for ; row < len(rows) && bordered(t, f, sheet, row+1); row++ {
			what, fields := "row", make([]string, width)
			if rows[row][0] == "合计" {
				what = "total"
			}
			for c := range fields {
				if c < len(rows[row]) {
					fields[c] = rows[row][c]
				}
				name, err := excelize.CoordinatesToCellName(c+1, row+1)
				require.NoError(t, err)
				formula, err := f.GetCellFormula(sheet, name)
				require.NoError(t, err)
				require.Empty(t, formula, "%s!%s is no formula", sheet, name)
				kind, err := f.GetCellType(sheet, name)
				require.NoError(t, err)
				if fields[c] != "" && kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
					fields[c] = number(t, f, sheet, name, fields[c])
				}
				cells++
			}
			line(append([]string{what}, fields...)...)
		}
		notes = nil
		for _, rest := range rows[row:] {
			if found, ok := strings.CutPrefix(rest[0], "内容摘要 SHA-256："); ok {
				hash = found
				break
			}
			notes = append(notes, rest[0])
		}
	}
	for _, n := range notes {
		line("note", n)
	}
	return []byte(out.String()), hash, cells
}

// bordered says that a row belongs to the table.
func bordered(t *testing.T, f *excelize.File, sheet string, row int) bool {
	t.Helper()
	id, err := f.GetCellStyle(sheet, fmt.Sprintf("A%d", row))
	require.NoError(t, err)
	style, err := f.GetStyle(id)
	require.NoError(t, err)
	return len(style.Border) > 0
}

// number writes a cell's number as it is hashed: amounts have two decimals.
func number(t *testing.T, f *excelize.File, sheet, cell, raw string) string {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	require.NoError(t, err)
	style, err := f.GetStyle(id)
	require.NoError(t, err)
	if style.NumFmt != 4 {
		_, err := strconv.ParseInt(raw, 10, 64)
		require.NoError(t, err, "%s!%s", sheet, cell)
		return raw
	}
	amount, err := domain.ParseMoney(raw)
	require.NoError(t, err, "%s!%s is an amount to the fen", sheet, cell)
	return amount.String()
}

// The hash can be taken again from the workbook alone, and workbook and page have the same.
func TestHashIsOfTheContent(t *testing.T) {
	m := story(t).maker()
	for _, r := range requests() {
		made, book := bytesOf(t, m, r, "", reports.XLSX)
		content, stated, cells := sheetContent(t, r.Kind, book)
		sum := sha256.Sum256(content)
		require.Equal(t, hex.EncodeToString(sum[:]), stated, "%s\n%s", r.Kind, content)
		require.Equal(t, made.Hash, stated)
		require.Positive(t, cells, r.Kind)
		page, html := bytesOf(t, m, r, "", reports.HTML)
		require.Equal(t, made.Hash, page.Hash)
		require.Contains(t, string(html), made.Hash)
	}
}

// Made twice, and made again after more was recorded, a report is the same bytes; made from what is known now it is another.
func TestSameBytesAtAPosition(t *testing.T) {
	w := story(t)
	m := w.maker()
	type paper struct {
		position int64
		bytes    []byte
	}
	made := map[string]paper{}
	for _, f := range []reports.Format{reports.XLSX, reports.HTML} {
		for _, r := range requests() {
			one, first := bytesOf(t, m, r, "", f)
			_, second := bytesOf(t, m, r, "", f)
			require.Equal(t, first, second, "%s as %s", r.Kind, f)
			made[string(r.Kind)+string(f)] = paper{one.Position, first}
		}
	}
	w.enrol("g", "新样例", village1, "one-girl", "340523195503011145")
	w.add(beneficiary.Stream("d"), beneficiary.Suspended{Effect: beneficiary.Forfeit, Enrolment: "e-d", From: domain.MustPeriod("2022-01"), Reason: "moved", ReviewBy: domain.MustDate("2022-03-01")})
	require.NoError(t, m.Views.CatchUp(t.Context(), nil))
	for _, f := range []reports.Format{reports.XLSX, reports.HTML} {
		for _, r := range requests() {
			was := made[string(r.Kind)+string(f)]
			again, b := bytesOf(t, m, r, strconv.FormatInt(was.position, 10), f)
			require.Equal(t, was.position, again.Position)
			require.Equal(t, was.bytes, b, "%s as %s, made again", r.Kind, f)
		}
	}
	_, now := bytesOf(t, m, requests()[0], "", reports.HTML)
	require.NotEqual(t, made["rollhtml"].bytes, now)
	require.Contains(t, string(now), "共 6 人")
	left, err := os.ReadDir(m.Dir)
	require.NoError(t, err)
	require.Empty(t, left, "nothing of a report stays behind")
}

func TestContainerHasNoTimesAndOneOrder(t *testing.T) {
	_, b := bytesOf(t, story(t).maker(), requests()[0], "", reports.XLSX)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	require.Equal(t, "[Content_Types].xml", z.File[0].Name)
	for i, f := range z.File {
		require.Zero(t, f.ModifiedDate, f.Name)
		if i > 1 {
			require.Less(t, z.File[i-1].Name, f.Name)
		}
	}
}

// The amounts of a pay list, read from the workbook, come to what the run says, in figures and in words.
func TestPayListTotals(t *testing.T) {
	_, b := bytesOf(t, story(t).maker(), reports.Request{Kind: reports.PayList, Run: "run-1"}, "", reports.XLSX)
	f, err := excelize.OpenReader(bytes.NewReader(b))
	require.NoError(t, err)
	defer f.Close()
	rows, err := f.GetRows("发放清册", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	var sum domain.Money
	lines := 0
	for _, r := range rows {
		if _, err := strconv.Atoi(r[0]); err != nil || len(r) < 18 {
			continue
		}
		var parts domain.Money
		for _, c := range r[7:12] {
			parts = parts.Add(domain.MustMoney(c))
		}
		require.Equal(t, domain.MustMoney(r[12]).String(), parts.String(), "应发 + 补发 + 扣减 + 结转 + 追回抵扣 = 实发")
		sum = sum.Add(domain.MustMoney(r[12]))
		lines++
	}
	require.Equal(t, 4, lines)
	require.Equal(t, "4320.00", sum.String())
	text := fmt.Sprint(rows)
	require.Contains(t, text, "实发合计：¥4,320.00（人民币肆仟叁佰贰拾元整）")
	require.Contains(t, text, "其中止付：¥960.00（人民币玖佰陆拾元整）；应付：¥3,360.00（人民币叁仟叁佰陆拾元整）")
	titles, err := f.GetRows("缓发名单")
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(titles), "暂停发放")
}

// Names that begin like formulas, names with markup, rare characters: all stand as text, in full only when asked for.
func TestHostileAndRareNames(t *testing.T) {
	m := story(t).maker()
	r := requests()[0]
	_, masked := bytesOf(t, m, r, "", reports.HTML)
	for _, secret := range []string{"张样例", "𠮷龴样例", "340523195503011022", "6217002180001234566", "13800001234"} {
		require.NotContains(t, string(masked), secret)
	}
	r.Unmasked = true
	made, html := bytesOf(t, m, r, "", reports.HTML)
	require.Equal(t, 5, made.People)
	require.Len(t, made.Persons, 5)
	require.Contains(t, string(html), "𠮷龴样例")
	require.Contains(t, string(html), "@王&lt;b&gt;&amp;样例")
	require.NotContains(t, string(html), "<b>")
	_, book := bytesOf(t, m, r, "", reports.XLSX)
	content, _, _ := sheetContent(t, r.Kind, book) // asserts that no cell is a formula
	for _, name := range []string{"=cmd|' /C calc'!A0", "+李·" + strings.Repeat("长", 40), "@王<b>&样例", "𠮷龴样例", "340523195503011022", "6217002180001234566"} {
		require.Contains(t, string(content), "\t"+name+"\t")
	}
}

// A public notice shows nothing but masked names.
func TestNoticeIsMasked(t *testing.T) {
	m := story(t).maker()
	r := reports.Request{Kind: reports.Notice, Programme: reward, Office: townID, AsOf: domain.MustDate("2022-01-31")}
	for _, f := range []reports.Format{reports.HTML, reports.XLSX} {
		_, b := bytesOf(t, m, r, "", f)
		content := b
		if f == reports.XLSX {
			content, _, _ = sheetContent(t, r.Kind, b)
		}
		text := regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(string(content), "")
		require.NotRegexp(t, `\d{11}|\*{4}\d|身份证|账号|电话</th>`, text)
		require.NotContains(t, text, "张样例")
	}
	r.Unmasked = true
	_, err := m.Make(t.Context(), r, "", reports.HTML)
	require.ErrorIs(t, err, domain.Forbidden)
}

func TestMakeRefuses(t *testing.T) {
	m := story(t).maker()
	period := domain.MustPeriod("2022")
	for _, c := range []struct {
		r     reports.Request
		known string
		f     reports.Format
		rule  string
	}{
		{reports.Request{Kind: "rolls"}, "", reports.HTML, "report.kind"},
		{reports.Request{Kind: reports.Roll, Programme: reward}, "", reports.HTML, "report.parameter"},
		{reports.Request{Kind: reports.Roll, Programme: reward, Office: townID, Run: "run-1"}, "", reports.HTML, "report.parameter"},
		{reports.Request{Kind: reports.Exits, Programme: reward, Office: townID}, "", reports.HTML, "report.parameter"},
		{reports.Request{Kind: reports.Summary, Programme: reward, Office: townID, Unmasked: true}, "", reports.HTML, "report.masked-only"},
		{reports.Request{Kind: reports.Notice, Programme: reward, Office: townID, Unmasked: true}, "", reports.HTML, "report.notice-masked"},
		{reports.Request{Kind: reports.Roll, Programme: reward, Office: townID}, "", "pdf", "report.format"},
		{reports.Request{Kind: reports.Roll, Programme: reward, Office: townID}, "soon", reports.HTML, "known.form"},
		{reports.Request{Kind: reports.PayList, Run: "none"}, "", reports.HTML, "projections.no-payrun"},
		{reports.Request{Kind: reports.PayList, Programme: reward, Office: townID, Period: domain.MustPeriod("2020")}, "", reports.HTML, "report.no-run"},
		{reports.Request{Kind: reports.Appropriation, Programme: reward, Office: townID, Period: domain.MustPeriod("2020")}, "", reports.HTML, "report.no-request"},
		{reports.Request{Kind: reports.Appropriation, Request: "none"}, "", reports.HTML, "projections.no-fund-request"},
		{reports.Request{Kind: reports.MonthSummary, Finance: "finance", Period: period}, "", reports.HTML, "month.period"},
		{reports.Request{Kind: reports.PayList, Programme: reward, Office: townID, Period: period}, "30", reports.HTML, ""},
	} {
		_, err := m.Make(t.Context(), c.r, c.known, c.f)
		require.Error(t, err, c.rule)
		var refused *domain.RefusedError
		require.ErrorAs(t, err, &refused, "%v", c.rule)
		require.NotEmpty(t, refused.Next, refused.Rule)
		if c.rule != "" {
			require.Equal(t, c.rule, refused.Rule)
		}
	}
	left, err := os.ReadDir(m.Dir)
	require.NoError(t, err)
	require.Empty(t, left, "a refused report leaves nothing behind")
}

// Two runs that fit are not chosen between.
func TestWhichRun(t *testing.T) {
	w := story(t)
	w.run("run-2", "a")
	m := w.maker()
	_, err := m.Make(t.Context(), reports.Request{Kind: reports.PayList, Programme: reward, Office: townID, Period: domain.MustPeriod("2022")}, "", reports.HTML)
	require.ErrorContains(t, err, "run-1 run-2")
	require.ErrorIs(t, err, domain.Conflict)
}
