package rosterfile

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"almoner/domain"
)

func TestEncodings(t *testing.T) {
	plain := "姓名,身份证号,村居\n张某," + womanA + ",张庄村\n"
	for name, c := range map[string]struct {
		content []byte
		want    Encoding
	}{
		"utf-8":            {[]byte(plain), UTF8},
		"utf-8 with mark":  {[]byte("\xEF\xBB\xBF" + plain), UTF8},
		"gb18030":          {gb(t, plain), GB18030},
		"carriage returns": {[]byte(strings.ReplaceAll(plain, "\n", "\r\n")), UTF8},
		"tab":              {[]byte(strings.ReplaceAll(plain, ",", "\t")), UTF8},
		"gb18030 with tab": {gb(t, strings.ReplaceAll(plain, ",", "\t")), GB18030},
	} {
		t.Run(name, func(t *testing.T) {
			f := opened(t, c.content, Options{})
			require.Equal(t, c.want, f.Header().Encoding)
			require.Equal(t, "text", f.Header().Format)
			if strings.Contains(name, "tab") {
				require.Equal(t, "\t", f.Header().Delimiter)
			}
			r := one(t, f)
			require.Empty(t, r.Problems)
			require.Equal(t, "张某", r.Name.Reveal())
			require.Equal(t, "张庄村", r.Village)
			require.Equal(t, 2, r.Line)
		})
	}
}

// TestGB18030Revised: 龴 stands at FE59 in files of systems that follow GB18030-2022.
func TestGB18030Revised(t *testing.T) {
	content := append(gb(t, "姓名,身份证号,村居\n张"), 0xFE, 0x59)
	content = append(content, gb(t, ","+womanA+",张庄\n")...)
	r := one(t, opened(t, content, Options{}))
	require.Equal(t, "张龴", r.Name.Reveal())
	require.Empty(t, r.Problems)
}

// TestGB18030AgainstLibrary: apart from the revised codes, every one- and two-byte sequence and a sample of the four-byte
// ones decode as in the library, also when the bytes arrive one at a time.
func TestGB18030AgainstLibrary(t *testing.T) {
	var sequences [][]byte
	for a := 0x80; a <= 0xFF; a++ {
		sequences = append(sequences, []byte{byte(a)})
		for b := 0; b <= 0xFF; b++ {
			if revised2022(byte(a), byte(b)) == 0 {
				sequences = append(sequences, []byte{byte(a), byte(b), 'x'})
			}
			if b >= 0x30 && b <= 0x39 {
				sequences = append(sequences, []byte{byte(a), byte(b), 0x81, 0x30}, []byte{byte(a), byte(b), 0xFE, 0x39}, []byte{byte(a), byte(b), 0x90, 0x29, 'y'})
			}
		}
	}
	for _, s := range sequences {
		want, err := simplifiedchinese.GB18030.NewDecoder().Bytes(s)
		require.NoError(t, err)
		got, _, err := transform.Bytes(newGB18030Decoder(), s)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "% x", s)
		slow, err := io.ReadAll(transform.NewReader(iotest.OneByteReader(bytes.NewReader(s)), newGB18030Decoder()))
		require.NoError(t, err)
		require.Equal(t, string(want), string(slow), "% x", s)
	}
	for code, want := range map[string]string{"\xA6\xD9": "︐", "\xFE\xA0": "龻", "\xA8\xBC": "ḿ", "a\xFE\x59b": "a龴b"} {
		got, _, err := transform.String(newGB18030Decoder(), code)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestLostCharacter: a damaged byte is named by row and does not turn the file into another encoding.
func TestLostCharacter(t *testing.T) {
	good := strings.Repeat("李某,"+manB+",张庄村委会\n", 20)
	f := opened(t, []byte("姓名,身份证号,村居\n"+good+"张\xff,"+womanA+",张庄村\n"), Options{})
	require.Equal(t, UTF8, f.Header().Encoding)
	rows := all(t, f)
	p := find(t, rows[20].Problems, "import.undecodable")
	require.Equal(t, 22, p.Line)
	require.Equal(t, "A", p.Letter)
	require.False(t, rows[20].OK())
	require.Empty(t, rows[20].Name)

	broken := append(gb(t, "姓名,身份证号,村居,爱好\n张某,"+womanA+",张庄,"), 0xFF, '\n')
	r := one(t, opened(t, broken, Options{}))
	require.Equal(t, "D", find(t, r.Problems, "import.undecodable").Letter, "lost characters count in columns that are not read, too")
}

// TestLinesAsExcelShowsThem: blank lines count, line breaks inside quotes do not.
func TestLinesAsExcelShowsThem(t *testing.T) {
	content := "标题\n\n姓名,身份证号,村居,备注\n张某," + womanA + ",张庄,\"一\n二\n三\"\n\n李某," + manB + ",张庄,\n"
	f := opened(t, []byte(content), Options{})
	rows := all(t, f)
	require.Equal(t, []int{4, 6}, []int{rows[0].Line, rows[1].Line})
	require.Equal(t, "一\n二\n三", rows[0].Note)
	require.Equal(t, []Skip{{"", 5, 5, SkipBlank}}, f.Summary().Skipped)
}

func TestQuotesThatDoNotClose(t *testing.T) {
	filler := strings.Repeat("李某,"+manB+",张庄,\n", HeaderWithin)
	f := opened(t, []byte("姓名,身份证号,村居,备注\n张某,"+womanA+",张庄,\"a\nb\"\n"+filler+"李某,"+manB+",张庄,x\"y\n"), Options{})
	err := readError(t, f)
	require.ErrorIs(t, err, domain.Invalid)
	require.ErrorContains(t, err, "import.quotes")
	require.ErrorContains(t, err, "第 13 行")

	err = openError(t, []byte("姓名,身份证号,村居,备注\n张某,"+womanA+",张庄,\"a\n"), Options{})
	require.ErrorContains(t, err, "import.quotes", "a quote that swallows the rest of the file is no roster of one row")
}

func TestTextTraps(t *testing.T) {
	head := []string{"姓名", "身份证号", "村居", "账号", "起领年月", "备注"}
	r := one(t, opened(t, csvOf(head, []string{"张某", "'" + womanA, "张庄", `"=""` + goodAccount + `"""`, "2021.2", "=1+1"}), Options{}))
	require.Equal(t, womanA, r.Number.Reveal())
	require.Equal(t, goodAccount, r.Account.Reveal())
	require.Equal(t, "=1+1", r.Note, "kept as text")

	r = one(t, opened(t, csvOf(head, []string{"张某", "3.20102E+17", "张庄", "6.217E+18", "2021.1", "@x"}), Options{}))
	require.Equal(t, []string{"import.scientific", "import.month-ambiguous", "import.scientific"}, rules(r.Problems))
	require.Empty(t, r.Number)
	require.Equal(t, "@x", r.Note)

	wide := strings.NewReplacer("0", "０", "1", "１", "2", "２", "5", "５", "6", "６", "9", "９").Replace(womanA)
	r = one(t, opened(t, csvOf(head, []string{"张某", "　" + wide + " ", "张庄", "6217 0000 0000 0000 004", "", ""}), Options{}))
	require.Equal(t, womanA, r.Number.Reveal())
	require.Equal(t, goodAccount, r.Account.Reveal())
	require.Empty(t, r.Problems)
}

func TestNotARoster(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte("姓名\t身份证号"))
	require.NoError(t, err)
	for rule, content := range map[string][]byte{
		"import.old-or-encrypted": []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more"),
		"import.html":             []byte("\n<html><table>"),
		"import.pdf":              []byte("%PDF-1.7"),
		"import.binary":           []byte("GIF89a\x00\x00"),
		"import.utf16":            utf16,
		"import.empty":            {},
		"import.xlsx-damaged":     []byte("PK\x03\x04 and then nothing"),
		"import.header-none":      []byte("some words, and others\n"),
	} {
		err := openError(t, content, Options{})
		require.ErrorIs(t, err, domain.Invalid, rule)
		require.ErrorContains(t, err, rule)
	}
	require.ErrorContains(t, openError(t, []byte("姓名,身份证号\n"), Options{Kind: "list"}), "import.kind")
	require.ErrorContains(t, openError(t, []byte("姓名,身份证号\n"), Options{Encoding: "Big5"}), "import.encoding")
	_, err = Open("x", bytes.NewReader(nil), MaxBytes+1, Options{})
	require.ErrorContains(t, err, "import.too-large")
}

func TestTextLimits(t *testing.T) {
	wide := csvOf([]string{"姓名", "身份证号", "村居"}, append([]string{"张某", womanA, "张庄"}, make([]string, MaxColumns)...))
	require.Len(t, all(t, opened(t, wide, Options{})), 1, "blank fields beyond the last column are no content")
	wide = csvOf([]string{"姓名", "身份证号", "村居"}, append(append([]string{"张某", womanA, "张庄"}, make([]string, MaxColumns)...), "x"))
	require.ErrorContains(t, openError(t, wide, Options{}), "import.too-many-columns")

	long := csvOf([]string{"姓名", "身份证号", "村居", "备注"}, []string{"张某", womanA, "张庄", strings.Repeat("长", MaxCellCharacters+1)},
		[]string{"李某", manB, "张庄", strings.Repeat("长", MaxCellCharacters)})
	rows := all(t, opened(t, long, Options{}))
	p := find(t, rows[0].Problems, "import.cell-too-long")
	require.Less(t, len(p.Value), 200)
	require.Empty(t, rows[0].Note)
	require.True(t, rows[1].OK())
}
