package rosterfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMatchHeader(t *testing.T) {
	a := newAliases()
	for text, want := range map[string]place{
		"姓名": {FieldName, 0}, " 姓　名 ": {FieldName, 0}, "姓\n名*": {FieldName, 0}, "＊姓名": {FieldName, 0}, "【身份证号码】": {FieldNumber, 0},
		"公民身份号码：": {FieldNumber, 0}, "村(居)": {FieldVillage, 0}, "村（居）": {FieldVillage, 0}, "村/居": {FieldVillage, 0}, "村代码": {FieldVillage, 0},
		"金额（元）": {FieldAmount, 0}, "出生日期(yyyy-mm-dd)": {FieldBirth, 0}, "起发年月": {FieldStart, 0}, "社保卡账号": {FieldAccount, 0},
		"子女姓名": {FieldChildName, 0}, "子女1姓名": {FieldChildName, 1}, "第二个子女身份证号": {FieldChildNumber, 2}, "一孩出生日期": {FieldChildBirth, 1},
		"孩子身份证号码": {FieldChildNumber, 0}, "独生子女姓名": {FieldChildName, 0}, "独生子女光荣证号": {FieldCertificate, 0}, "子女（三）姓名": {FieldChildName, 3},
		"子女6残疾证号": {FieldChildDisability, 6}, "应发": {FieldUnused, 0},
		"": {}, "子女": {}, "电子邮箱": {}, "社保卡号": {}, "子女7姓名": {},
	} {
		f, child := a.match(text)
		require.Equal(t, want, place{f, child}, text)
	}
}

// TestAliasesAreUnambiguous: a header that two fields claim would be read by the order of the table.
func TestAliasesAreUnambiguous(t *testing.T) {
	seen := map[string]Field{}
	for _, s := range fieldTable() {
		require.NotEmpty(t, s.headers)
		for _, h := range s.headers {
			n := normalHeader(h)
			require.NotEmpty(t, n, h)
			require.NotContains(t, seen, n, h)
			seen[n] = s.field
			f, _ := newAliases().match(h)
			require.Equal(t, s.field, f, h)
		}
	}
	for _, k := range Kinds() {
		for _, f := range append(k.required(), templateFields(k)...) {
			require.NotEmpty(t, newAliases().headersOf(f), f)
		}
	}
}

func TestVocabulariesAreUnambiguous(t *testing.T) {
	for _, table := range [][]word{exitReasons(), sexWords(), hukouWords(), marriageWords(), relationWords(), gradeWords()} {
		seen := map[string]string{}
		for _, w := range table {
			for _, s := range w.words {
				require.NotContains(t, seen, normalWord(s), s)
				seen[normalWord(s)] = w.code
			}
		}
	}
}

func TestHeaderBelowTitles(t *testing.T) {
	f := opened(t, csvOf([]string{"某镇奖励扶助花名册"}, []string{"填报单位：某镇", "", "2021年12月"}, []string{"序号", "姓名", "身份证号", "村居"},
		[]string{"1", "张某", womanA, "张庄村"}), Options{})
	h := f.Header().Sheets[0]
	require.Equal(t, 3, h.Line)
	require.Equal(t, []string{"某镇奖励扶助花名册", "填报单位：某镇 2021年12月"}, h.Titles)
	require.Equal(t, 4, one(t, f).Line)
}

func TestHeaderTooFarDown(t *testing.T) {
	var rows [][]string
	for range HeaderWithin {
		rows = append(rows, []string{"标题", "x"})
	}
	rows = append(rows, []string{"姓名", "身份证号", "村居"}, []string{"张某", womanA, "张庄"})
	err := openError(t, csvOf(rows...), Options{})
	var h *HeaderError
	require.ErrorAs(t, err, &h)
	require.Equal(t, "import.header-none", h.Problems[0].Rule)
	f := opened(t, csvOf(rows[1:]...), Options{}) // the tenth row is still searched
	require.Equal(t, HeaderWithin, f.Header().Sheets[0].Line)
}

func TestHeaderProblemsAreToldTogether(t *testing.T) {
	err := openError(t, csvOf([]string{"姓名", "对象姓名", "备忘", "电话"}, []string{"张某", "张某", "x", "1"}), Options{})
	var h *HeaderError
	require.ErrorAs(t, err, &h)
	require.ElementsMatch(t, []string{"import.header-twice", "import.header-unknown", "import.header-missing", "import.header-missing"}, rules(h.Problems))
	twice := find(t, h.Problems, "import.header-twice")
	require.Equal(t, "B", twice.Letter)
	require.Contains(t, twice.Message, "A 列")
	require.Contains(t, err.Error(), "公民身份号码", "the accepted headers are named")
	require.Contains(t, err.Error(), "行政村")
}

func TestUnknownHeaderIsAWarning(t *testing.T) {
	f := opened(t, csvOf([]string{"姓名", "身份证号", "村居", "爱好"}, []string{"张某", womanA, "张庄", "x"}), Options{})
	p := find(t, f.Header().Problems, "import.header-unknown")
	require.Equal(t, Warning, p.Severity)
	require.Equal(t, "爱好", p.Column)
	require.Equal(t, "D", p.Letter)
}

func TestHeaderOfTwoRows(t *testing.T) {
	book := rawBook{sheets: []rawSheet{{name: "张庄村", rows: texts(1, "花名册") +
		texts(2, "姓名", "身份证号", "村居", "子女情况", "", "配偶信息", "") +
		texts(3, "", "", "", "姓名", "身份证号码", "姓名", "身份证号") +
		texts(4, "张某", womanA, "张庄", "张小某", childC, "李某", manB),
		tail: `<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/><mergeCell ref="C2:C3"/><mergeCell ref="D2:E2"/><mergeCell ref="F2:G2"/></mergeCells>`}}}
	r := one(t, opened(t, book.bytes(t), Options{}))
	require.Empty(t, r.Problems)
	require.Equal(t, childC, r.Children[0].Number.Reveal())
	require.Equal(t, manB, r.SpouseNumber.Reveal())
	require.Equal(t, "张庄", r.Village)
}

func TestColumnLetter(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		require.Equal(t, want, columnLetter(i))
		back, err := columnIndex([]byte(want + "1"))
		require.NoError(t, err)
		require.Equal(t, i, back)
	}
}
