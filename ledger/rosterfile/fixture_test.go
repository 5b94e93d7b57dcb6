package rosterfile

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"almoner/domain"
)

// All persons in these tests are synthetic: the numbers are made here with valid check digits.

// synthetic makes a citizen number from a birth (yyyymmdd) and a sequence.
func synthetic(birth string, sequence int) string {
	first := fmt.Sprintf("110105%s%03d", birth, sequence)
	return first + string(domain.CheckDigit(first))
}

var (
	womanA = synthetic("19550612", 222) // 女
	manB   = synthetic("19530304", 111) // 男
	childC = synthetic("19850302", 124) // 女
	childD = synthetic("19880909", 331) // 男
)

const goodAccount = "6217000000000000004" // passes Luhn

func opened(t *testing.T, content []byte, opts Options) *File {
	t.Helper()
	f, err := Open("名册", bytes.NewReader(content), int64(len(content)), opts)
	require.NoError(t, err)
	return f
}

func openError(t *testing.T, content []byte, opts Options) error {
	t.Helper()
	_, err := Open("名册", bytes.NewReader(content), int64(len(content)), opts)
	require.Error(t, err)
	return err
}

// all reads every row and requires that the pass ends well.
func all(t *testing.T, f *File) []Row {
	t.Helper()
	var rows []Row
	for r, err := range f.Rows() {
		require.NoError(t, err)
		rows = append(rows, r)
	}
	require.True(t, f.Summary().Complete)
	return rows
}

func one(t *testing.T, f *File) Row {
	t.Helper()
	rows := all(t, f)
	require.Len(t, rows, 1)
	return rows[0]
}

// readError reads until the error that ends the pass.
func readError(t *testing.T, f *File) error {
	t.Helper()
	for _, err := range f.Rows() {
		if err != nil {
			require.False(t, f.Summary().Complete)
			return err
		}
	}
	t.Fatal("the pass ended without an error")
	return nil
}

func rules(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Rule)
	}
	return out
}

func find(t *testing.T, problems []Problem, rule string) Problem {
	t.Helper()
	for _, p := range problems {
		if p.Rule == rule {
			return p
		}
	}
	t.Fatalf("no %s among %v", rule, problems)
	return Problem{}
}

// csvOf joins headers and rows of cells with commas; cells need no quotes.
func csvOf(rows ...[]string) []byte {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.Join(r, ",") + "\r\n")
	}
	return []byte(b.String())
}

func gb(t *testing.T, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
	require.NoError(t, err)
	return b
}

// rawBook is a workbook written part by part, for what no library writes. Styles: 0 general, 1 date, 2 year and month, 3
// text.
type rawBook struct {
	sheets   []rawSheet
	shared   string // content of sst
	date1904 bool
	extra    map[string]string
}

type rawSheet struct {
	name, state string
	rows        string // content of sheetData
	tail        string // what follows it
}

func (b rawBook) bytes(t *testing.T) []byte {
	t.Helper()
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	const rel = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	parts := [][2]string{
		{"[Content_Types].xml", head + `<Types/>`},
		{"_rels/.rels", head + `<Relationships><Relationship Id="r1" Type="` + rel + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/styles.xml", head + `<styleSheet ` + main + `><numFmts count="1"><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;;@"/></numFmts>` +
			`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/><xf numFmtId="49"/></cellXfs></styleSheet>`},
		{"xl/sharedStrings.xml", head + `<sst ` + main + `>` + b.shared + `</sst>`},
	}
	sheets, rels := "", `<Relationship Id="s" Type="`+rel+`/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="y" Type="`+rel+`/styles" Target="/xl/styles.xml"/>`
	for i, s := range b.sheets {
		state := ""
		if s.state != "" {
			state = ` state="` + s.state + `"`
		}
		sheets += fmt.Sprintf(`<sheet name="%s" sheetId="%d"%s r:id="w%d"/>`, s.name, i+1, state, i)
		rels += fmt.Sprintf(`<Relationship Id="w%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, rel, i)
		parts = append(parts, [2]string{fmt.Sprintf("xl/worksheets/sheet%d.xml", i),
			head + `<worksheet ` + main + `><sheetData>` + s.rows + `</sheetData>` + s.tail + `</worksheet>`})
	}
	parts = append(parts,
		[2]string{"xl/workbook.xml", head + fmt.Sprintf(`<workbook %s><workbookPr date1904="%v"/><sheets>%s</sheets></workbook>`, main, b.date1904, sheets)},
		[2]string{"xl/_rels/workbook.xml.rels", head + `<Relationships>` + rels + `</Relationships>`})
	for name, content := range b.extra {
		parts = append(parts, [2]string{name, content})
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.Create(p[0])
		require.NoError(t, err)
		_, err = w.Write([]byte(p[1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}

// texts is a row of text cells; an empty text is left out.
func texts(number int, cells ...string) string {
	out := fmt.Sprintf(`<row r="%d">`, number)
	for i, c := range cells {
		if c != "" {
			out += inline(columnLetter(i), number, c)
		}
	}
	return out + `</row>`
}

func inline(letter string, number int, text string) string {
	return fmt.Sprintf(`<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>`, letter, number, text)
}

func numeric(letter string, number, style int, value string) string {
	return fmt.Sprintf(`<c r="%s%d" s="%d"><v>%s</v></c>`, letter, number, style, value)
}
