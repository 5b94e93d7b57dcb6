package rosterfile

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// base is a good row of an admission list; a case replaces or adds cells by header.
func base() map[string]string {
	return map[string]string{"姓名": "张某", "身份证号": womanA, "村居": "张庄村"}
}

// rowWith reads one row made of base and the given header, value pairs.
func rowWith(t *testing.T, opts Options, pairs ...string) Row {
	t.Helper()
	cells := base()
	for i := 0; i < len(pairs); i += 2 {
		cells[pairs[i]] = pairs[i+1]
	}
	headers := slices.Sorted(maps.Keys(cells))
	var values []string
	for _, h := range headers {
		values = append(values, `"`+strings.ReplaceAll(cells[h], `"`, `""`)+`"`)
	}
	return one(t, opened(t, csvOf(headers, values), opts))
}

// TestRowRules provokes each rule about a cell or a row: a row of this table is what the clerk did, the rule that answers
// and the column named.
func TestRowRules(t *testing.T) {
	today := Options{Today: domain.MustDate("2021-12-31")}
	childCert := childC + "43"
	for _, c := range []struct {
		name     string
		opts     Options
		cells    []string
		rule     string
		severity Severity
		column   string
	}{
		{"no name", Options{}, []string{"姓名", ""}, "import.required", Error, "姓名"},
		{"no number", Options{}, []string{"身份证号", " "}, "import.required", Error, "身份证号"},
		{"no village", Options{}, []string{"村居", ""}, "import.required", Error, "村居"},
		{"16 digits", Options{}, []string{"身份证号", "1101051955061222"}, "import.citizen.length", Error, "身份证号"},
		{"letter", Options{}, []string{"身份证号", "11010519550612222A"}, "import.citizen.characters", Error, "身份证号"},
		{"15 digits of before 1900", Options{}, []string{"身份证号", "110105550612996"}, "import.citizen.sequence", Error, "身份证号"},
		{"no such birth", Options{}, []string{"身份证号", "110105195506312224"}, "import.citizen.birth", Error, "身份证号"},
		{"check digit", Options{}, []string{"身份证号", womanA[:17] + wrongDigit(womanA)}, "import.citizen.check-digit", Error, "身份证号"},
		{"born tomorrow", today, []string{"身份证号", synthetic("20220101", 222)}, "import.birth-future", Error, "身份证号"},
		{"birth of another", Options{}, []string{"出生日期", "1955-06-13"}, "import.birth-differs", Error, "出生日期"},
		{"sex of another", Options{}, []string{"性别", "男"}, "import.sex-differs", Error, "性别"},
		{"no such sex", Options{}, []string{"性别", "x"}, "import.word", Error, "性别"},
		{"own spouse", Options{}, []string{"配偶身份证号", womanA}, "import.spouse-is-self", Error, "配偶身份证号"},
		{"symbol in name", Options{}, []string{"姓名", "张☆"}, "import.name.symbol", Error, "姓名"},
		{"private use in name", Options{}, []string{"姓名", "张\ue816"}, "import.name.private-use", Error, "姓名"},
		{"control in name", Options{}, []string{"姓名", "张\u0007某"}, "import.name.control", Error, "姓名"},
		{"no letter in name", Options{}, []string{"姓名", "·"}, "import.name.letters", Error, "姓名"},
		{"name too long", Options{}, []string{"姓名", strings.Repeat("张", 51)}, "import.name.length", Error, "姓名"},
		{"village elsewhere", Options{Villages: map[string]domain.AreaCode{"李庄村": "110105001002"}}, nil, "import.village-unknown", Error, "村居"},
		{"day of month missing", Options{}, []string{"申报日期", "2021-06"}, "import.date-day-missing", Error, "申报日期"},
		{"ambiguous day", Options{}, []string{"申报日期", "3/4/2021"}, "import.date-ambiguous", Error, "申报日期"},
		{"no day", Options{}, []string{"申报日期", "去年"}, "import.date", Error, "申报日期"},
		{"no such day", Options{}, []string{"申报日期", "2021-02-30"}, "import.date-none", Error, "申报日期"},
		{"serial as text", Options{}, []string{"申报日期", "44377"}, "import.date-serial", Error, "申报日期"},
		{"day to come", today, []string{"申报日期", "2022-01-01"}, "import.date-future", Error, "申报日期"},
		{"no month", Options{}, []string{"起领年月", "六月"}, "import.month", Error, "起领年月"},
		{"no such month", Options{}, []string{"起领年月", "2021-13"}, "import.month-none", Error, "起领年月"},
		{"January or October", Options{}, []string{"起领年月", "2021.1"}, "import.month-ambiguous", Error, "起领年月"},
		{"paid before due", Options{}, []string{"起领年月", "2021-06", "已发至年月", "2021-05"}, "import.paid-before-start", Error, "已发至年月"},
		{"how far paid?", Options{FirstPeriod: domain.MustPeriod("2021-12")}, []string{"起领年月", "2021-11", "已发至年月", ""}, "import.paid-through-missing", Error, "已发至年月"},
		{"stop before start", Options{}, []string{"起领年月", "2021-06", "停领年月", "2021-05", "退出原因", "死亡"}, "import.stop-before-start", Error, "停领年月"},
		{"stop without reason", Options{}, []string{"停领年月", "2021-05"}, "import.stop-without-reason", Error, "停领年月"},
		{"no such reason", Options{}, []string{"退出原因", "搬家"}, "import.word", Error, "退出原因"},
		{"dead and moved", Options{}, []string{"退出原因", "迁出", "死亡日期", "2021-01-01"}, "import.reason-contradicts", Error, "退出原因"},
		{"dead, no reason", Options{}, []string{"死亡日期", "2021-01-01"}, "import.reason-implied", Warning, "死亡日期"},
		{"reported too early", Options{}, []string{"死亡日期", "2021-01-02", "退出原因", "死亡", "报告日期", "2021-01-01"}, "import.reported-before", Error, "报告日期"},
		{"dead before birth", Options{}, []string{"死亡日期", "1950-01-02", "退出原因", "死亡"}, "import.before-birth", Error, "死亡日期"},
		{"exit without a day", Options{Kind: Exit}, []string{"退出原因", "迁出"}, "import.exit-day-missing", Error, "发生日期"},
		{"letters in account", Options{}, []string{"账号", "62170000A0000000"}, "import.account.characters", Error, "账号"},
		{"short account", Options{}, []string{"账号", "6217"}, "import.account.length", Error, "账号"},
		{"account in science", Options{}, []string{"账号", "6.217E+18"}, "import.scientific", Error, "账号"},
		{"phone in science", Options{}, []string{"电话", "1.39E+10"}, "import.scientific", Error, "电话"},
		{"card with wrong digit", Options{}, []string{"账号", "6217000000000000005"}, "import.account.luhn", Warning, "账号"},
		{"rounded account", Options{}, []string{"账号", "6217123456789010000"}, "import.account.rounded", Warning, "账号"},
		{"few digits", Options{}, []string{"账号", "12345678"}, "import.account.short", Warning, "账号"},
		{"many digits", Options{}, []string{"账号", "123456789012345678901234"}, "import.account.long", Warning, "账号"},
		{"one digit", Options{}, []string{"账号", "1111111111111"}, "import.account.repeated", Warning, "账号"},
		{"another holder", Options{}, []string{"户名", "李某"}, "import.holder-differs", Warning, "户名"},
		{"another holder, self", Options{}, []string{"户名", "李某", "与户名关系", "本人"}, "import.holder-differs", Warning, "户名"},
		{"three decimals", Options{}, []string{"金额", "80.005"}, "import.money", Error, "金额"},
		{"odd thousands", Options{}, []string{"金额", "1,00"}, "import.money", Error, "金额"},
		{"nothing to pay", Options{Kind: Grant}, []string{"金额", "0"}, "import.amount-sign", Error, "金额"},
		{"no share", Options{}, []string{"份额", "1月2日"}, "import.share", Error, "份额"},
		{"certificate of 19", Options{}, []string{"残疾证号", womanA + "4"}, "import.certificate.length", Error, "残疾证号"},
		{"no such type", Options{}, []string{"残疾证号", womanA + "93"}, "import.certificate.type", Error, "残疾证号"},
		{"no such grade", Options{}, []string{"残疾证号", womanA + "47"}, "import.certificate.grade", Error, "残疾证号"},
		{"certificate of a stranger", Options{}, []string{"残疾证号", childCert}, "import.disability-holder", Error, "残疾证号"},
		{"child's certificate of a stranger", Options{}, []string{"子女身份证号", childD, "子女残疾证号", childCert}, "import.disability-holder", Error, "子女残疾证号"},
		{"grade of another", Options{}, []string{"子女残疾证号", childCert, "子女残疾等级", "二级"}, "import.disability-grade", Error, "子女残疾证号"},
		{"child's birth", Options{}, []string{"子女身份证号", childC, "子女出生日期", "1985-03-03"}, "import.birth-differs", Error, "子女出生日期"},
		{"child's sex", Options{}, []string{"子女身份证号", childC, "子女性别", "男"}, "import.sex-differs", Error, "子女性别"},
		{"child dead before birth", Options{}, []string{"子女身份证号", childC, "子女死亡日期", "1984-03-03"}, "import.before-birth", Error, "子女死亡日期"},
		{"child in science", Options{}, []string{"子女身份证号", "1.1E+17"}, "import.scientific", Error, "子女身份证号"},
		{"two numbers, one name", Options{}, []string{"子女姓名", "张小某", "子女身份证号", childC + "、" + childD}, "import.children-count", Error, "子女身份证号"},
		{"the child is the parent", Options{}, []string{"子女身份证号", womanA}, "import.child-is-parent", Error, "子女身份证号"},
		{"one child twice", Options{}, []string{"子女身份证号", childC + "、" + childC}, "import.child-twice", Error, "子女身份证号"},
		{"a child older than the parent", Options{}, []string{"子女身份证号", manB}, "import.child-older", Error, "子女身份证号"},
		{"seven children", Options{}, []string{"子女姓名", "一、二、三、四、五、六、七"}, "import.children-many", Error, "子女姓名"},
		{"too long", Options{}, []string{"地址", strings.Repeat("路", MaxCellCharacters+1)}, "import.cell-too-long", Error, "地址"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rowWith(t, c.opts, c.cells...)
			p := find(t, r.Problems, c.rule)
			require.Equal(t, c.severity, p.Severity)
			require.Equal(t, c.column, p.Column)
			require.Equal(t, 2, p.Line)
			require.Equal(t, c.rule == "import.exit-day-missing", p.Letter == "", "only the column that the file lacks has no letter")
			require.Equal(t, c.severity == Warning, r.OK(), "%v", r.Problems)
			require.Regexp(t, `\p{Han}`, p.Message)
			require.Regexp(t, `\p{Han}`, p.Remedy)
			requireMasked(t, c.cells, r)
		})
	}
}

// requireMasked: no problem shows a whole number, account or certificate.
func requireMasked(t *testing.T, cells []string, r Row) {
	t.Helper()
	secrets := []string{womanA}
	for i := 0; i < len(cells); i += 2 {
		if v := cells[i+1]; len(v) >= 8 && strings.Trim(v, "0123456789X") == "" && !strings.Contains(cells[i], "年月") {
			secrets = append(secrets, v)
		}
	}
	for _, p := range r.Problems {
		for _, s := range secrets {
			require.NotContains(t, p.String(), s)
		}
	}
}

func wrongDigit(number string) string {
	if number[17] == '0' {
		return "1"
	}
	return "0"
}

// TestGoodRow reads a full row without a problem.
func TestGoodRow(t *testing.T) {
	opts := Options{Programme: "奖励扶助", FirstPeriod: domain.MustPeriod("2021-12"), Today: domain.MustDate("2022-03-01"),
		Villages: map[string]domain.AreaCode{"张庄村": "110105001001", "李庄村": "110105001002"}}
	r := rowWith(t, opts, "性别", "女", "出生日期", "1955年6月12日", "村居", "张庄村3组", "配偶姓名", "李某", "配偶身份证号", manB,
		"子女1姓名", "张小某", "子女1身份证号", childC, "子女1残疾等级", "三级", "子女2出生日期", "1988-09-09", "子女2性别", "男", "子女2死亡日期", "2001.2.3",
		"残疾证号", childC+"43", "光荣证号", "A-001", "光荣证发证日期", "1986-01-15", "类别", "双女户", "户口性质", "农业户口", "婚姻状况", "初婚",
		"申报日期", "2021/1/10", "起领年月", "202106", "已发至年月", "2021年11月", "份额", "1/2", "文号", "x〔2021〕1号", "开户行", "农商银行",
		"账号", goodAccount, "户名", "张 某", "家庭编号", "H1", "户主", "李某", "与户主关系", "妻", "户主身份证号", manB, "电话", "13900000000",
		"地址", "张庄3号", "户籍地址", "张庄", "监护人", "李某", "监护人身份证号", manB, "标准", "¥80.00元", "金额", "1,200", "备注", "-")
	require.Empty(t, r.Problems)
	require.True(t, r.OK())
	require.Equal(t, []string{"张庄村", "3组", "奖励扶助", "双女户", "agricultural", "first-marriage", "1/2"},
		[]string{r.Village, r.Group, r.Programme, r.Class, r.Hukou, r.Marriage, r.Share})
	require.EqualValues(t, "110105001001", r.Area)
	require.Equal(t, domain.Female, r.Sex)
	require.Equal(t, []string{"1955-06-12", "1986-01-15", "2021-01-10", "2021-06", "2021-11"},
		[]string{r.Birth.String(), r.CertificateOn.String(), r.AppliedOn.String(), r.Start.String(), r.PaidThrough.String()})
	require.Equal(t, []string{manB, manB, manB, goodAccount}, []string{r.SpouseNumber.Reveal(), r.HouseholdHeadNumber.Reveal(), r.GuardianNumber.Reveal(), r.Account.Reveal()})
	require.Equal(t, []string{"80.00", "1200.00"}, []string{r.Standard.String(), r.Amount.String()})
	require.Len(t, r.Children, 2)
	require.Equal(t, 3, r.Children[0].DisabilityGrade)
	require.Equal(t, childC+"43", r.Children[0].DisabilityCertificate.Reveal())
	require.Equal(t, "2001-02-03", r.Children[1].DiedOn.String())
	require.Equal(t, domain.Male, r.Children[1].Sex)
}

func TestSeveralChildrenInOneCell(t *testing.T) {
	r := rowWith(t, Options{}, "子女姓名", "张小某、\n张二某", "子女身份证号", childC+"/"+childD, "子女死亡日期", "无、2020-01-02", "子女残疾等级", "3级;无")
	require.Empty(t, r.Problems)
	require.Equal(t, childD, r.Children[1].Number.Reveal())
	require.True(t, r.Children[0].DiedOn.IsZero())
	require.Equal(t, "2020-01-02", r.Children[1].DiedOn.String())
	require.Equal(t, []int{3, 0}, []int{r.Children[0].DisabilityGrade, r.Children[1].DisabilityGrade})
	r = rowWith(t, Options{}, "子女出生日期", "1985/3/2", "子女姓名", "无")
	require.Contains(t, r.Children[0].Birth.String(), "1985-03-02", "a slash in a day separates nothing")
	require.Empty(t, rowWith(t, Options{}, "子女姓名", "无").Children)
}

func TestExitReasons(t *testing.T) {
	for text, want := range map[string]ExitReason{
		"死亡": ReasonDied, "户口迁出": ReasonMovedOut, "收养子女": ReasonMoreChildren, "子女康复": ReasonChildRecovered, "错误确认": ReasonConfirmedByMistake,
		"子女超龄": ReasonAgeEnded, "农转非": ReasonHukouChanged, "出国定居": ReasonEmigrated, "服刑": ReasonImprisoned, "光荣证注销": ReasonCertificate,
		"转特扶": ReasonHandedOver, " 自愿 退出 ": ReasonWithdrew, "其它": ReasonOther,
	} {
		require.Equal(t, want, rowWith(t, Options{}, "退出原因", text, "停领年月", "2021-05").Reason, text)
	}
	r := rowWith(t, Options{Kind: Exit}, "退出原因", "", "死亡日期", "2021-01-01")
	require.Equal(t, ReasonDied, r.Reason)
	require.True(t, r.ReasonImplied)
	require.True(t, r.OK())
}

// TestSamePersonTwice: both lines are named, whichever form the number has; another programme is another matter.
func TestSamePersonTwice(t *testing.T) {
	old := womanA[:6] + womanA[8:17] // the 15-digit form
	f := opened(t, csvOf([]string{"姓名", "身份证号", "村居", "项目"}, []string{"张某", womanA, "张庄", "奖扶"}, []string{"张某", womanA, "张庄", "特扶"},
		[]string{"李某", manB, "张庄", "奖扶"}, []string{"张某", old, "张庄", "奖扶"}), Options{})
	rows := all(t, f)
	for _, r := range rows[:3] {
		require.Empty(t, r.Problems)
	}
	p := find(t, rows[3].Problems, "import.number-twice")
	require.Equal(t, 5, p.Line)
	require.Contains(t, p.Message, "第 2 行")
	require.Equal(t, Summary{Complete: true, Rows: 4, Good: 3, Errors: 1}, f.Summary())
	require.Equal(t, rows, all(t, f), "a second pass starts afresh")
}

func TestSamePersonOnTwoSheets(t *testing.T) {
	sheet := func(name string) rawSheet {
		return rawSheet{name: name, rows: texts(1, "姓名", "身份证号", "村居") + texts(2, "张某", womanA, "张庄")}
	}
	rows := all(t, opened(t, rawBook{sheets: []rawSheet{sheet("一村"), sheet("二村")}}.bytes(t), Options{}))
	require.Contains(t, find(t, rows[1].Problems, "import.number-twice").Message, "工作表「一村」第 2 行")
}

func TestSharedAccount(t *testing.T) {
	rows := all(t, opened(t, csvOf([]string{"姓名", "身份证号", "村居", "卡号", "项目"}, []string{"张某", womanA, "张庄", goodAccount, "奖扶"},
		[]string{"张某", womanA, "张庄", goodAccount, "特扶"}, []string{"李某", manB, "张庄", goodAccount, "奖扶"}), Options{}))
	require.Empty(t, rows[1].Problems, "one person, one account, two programmes")
	p := find(t, rows[2].Problems, "import.account-shared")
	require.Equal(t, Warning, p.Severity)
	require.Contains(t, p.Message, "第 2 行")
	require.NotContains(t, p.Value, goodAccount)
}

func TestSkippedRows(t *testing.T) {
	f := opened(t, csvOf([]string{"序号", "姓名", "身份证号", "村居", "金额"}, []string{"1", "张某", womanA, "张庄", "80"}, []string{"2", "", "", "", ""},
		[]string{"小计", "", "", "", "80"}, []string{"序号", "姓名", "身份证号", "村居", "金额"}, []string{"3", "合计某", manB, "张庄", "20"},
		[]string{"", "合 计", "", "", "101"}, []string{"", "", "", "", ""}, []string{"制表人：某", "", "", "审核人：某", ""}, []string{"", "", "", "", ""}), Options{})
	rows := all(t, f)
	require.Len(t, rows, 2)
	require.Equal(t, "合计某", rows[1].Name.Reveal(), "whoever has a number is a person")
	s := f.Summary()
	require.Equal(t, []Skip{{"", 3, 3, SkipBlank}, {"", 4, 4, SkipTotal}, {"", 5, 5, SkipHeader}, {"", 7, 7, SkipTotal}, {"", 8, 8, SkipBlank}, {"", 9, 9, SkipFooter}}, s.Skipped)
	p := find(t, s.Problems, "import.total-differs")
	require.Equal(t, 7, p.Line)
	require.Contains(t, p.Message, "100.00")
	for _, k := range s.Skipped {
		require.Regexp(t, `\p{Han}`, k.Why.Label())
	}
}

// TestWhoseDisability: the certificate of the plain column goes to the person or the child that its number names.
func TestWhoseDisability(t *testing.T) {
	r := rowWith(t, Options{}, "残疾证号", womanA+"12")
	require.Empty(t, r.Problems)
	require.Equal(t, 2, r.DisabilityCertificate.Grade())
	r = rowWith(t, Options{}, "残疾证号", childC+"61", "子女姓名", "张小某", "子女出生日期", "1985-03-02")
	require.Empty(t, r.Problems)
	require.Equal(t, childC, r.Children[0].Number.Reveal(), "an only child of that birth has that number")
	require.Equal(t, 1, r.Children[0].DisabilityGrade)
	for _, cells := range [][]string{
		{"残疾证号", childC + "61", "子女姓名", "张小某", "子女出生日期", "1985-03-03"}, // born on another day
		{"残疾证号", childC + "61", "子女姓名", "张小某、张二某"},                     // which of the two?
	} {
		r = rowWith(t, Options{}, cells...)
		require.Equal(t, []string{"import.disability-holder"}, rules(r.Problems))
	}
}

func TestSkipsAreBounded(t *testing.T) {
	var s Summary
	for i := range 2 * maxSkips {
		s.skip("", 10*i, 10*i+1, SkipBlank)
		s.skip("", 10*i+2, 10*i+2, SkipBlank)
	}
	require.Len(t, s.Skipped, maxSkips)
	require.Equal(t, Skip{"", 0, 2, SkipBlank}, s.Skipped[0], "neighbours are one stretch")
	require.Equal(t, 3*maxSkips, s.Rest)
}

// TestNobodyIsSkippedByARemark: a person whose number is missing stays a person.
func TestNobodyIsSkippedByARemark(t *testing.T) {
	r := rowWith(t, Options{}, "身份证号", "", "备注", "说明：身份证丢失")
	require.Equal(t, []string{"import.required"}, rules(r.Problems))
	f := opened(t, csvOf([]string{"姓名", "身份证号", "村居"}, []string{"张某", womanA, "张庄"}, []string{"", "", "审核人：某"}, []string{"制表人：", "王某", "张庄"}), Options{})
	require.Len(t, all(t, f), 2, "whatever stands in the column of the number is somebody's")
	require.Equal(t, []Skip{{"", 3, 3, SkipFooter}}, f.Summary().Skipped)
}

func TestNoRows(t *testing.T) {
	f := opened(t, csvOf([]string{"姓名", "身份证号", "村居"}, []string{"", "", ""}), Options{})
	require.Empty(t, all(t, f))
	require.Equal(t, []string{"import.no-rows"}, rules(f.Summary().Problems))
}

func TestVillages(t *testing.T) {
	opts := Options{Villages: map[string]domain.AreaCode{"张庄村": "110105001001", "李庄社区": "110105001002", "王庄村": "110105001003", "王庄社区": "110105001004"}}
	for text, want := range map[string]string{"张庄村": "110105001001", "张 庄": "110105001001", "张庄村委会": "110105001001", "李庄": "110105001002",
		"110105001002": "110105001002", "王庄社区": "110105001004"} {
		require.EqualValues(t, want, rowWith(t, opts, "村居", text).Area, text)
	}
	for _, text := range []string{"王庄", "赵庄村", "110105001009"} {
		r := rowWith(t, opts, "村居", text)
		require.Empty(t, r.Area)
		require.Equal(t, []string{"import.village-unknown"}, rules(r.Problems), text)
	}
}

// TestPaidThrough: only an admission that is due before the ledger begins must say how far it was paid.
func TestPaidThrough(t *testing.T) {
	first := Options{FirstPeriod: domain.MustPeriod("2021-12")}
	require.Empty(t, rowWith(t, first, "起领年月", "2021-12").Problems)
	require.Empty(t, rowWith(t, first, "起领年月", "2021-11", "已发至年月", "2021-11").Problems)
	require.Equal(t, []string{"import.paid-through-missing"}, rules(rowWith(t, first, "起领年月", "2021-11").Problems), "also without the column")
	require.Empty(t, rowWith(t, Options{}, "起领年月", "2021-11").Problems)
}

// TestEveryRuleIsTested holds that each rule id in the sources stands in a test as well.
func TestEveryRuleIsTested(t *testing.T) {
	id := regexp.MustCompile(`"(import\.[a-z0-9.-]+)"`)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var tests strings.Builder
	sources := map[string]string{}
	for _, name := range files {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		if strings.HasSuffix(name, "_test.go") {
			tests.Write(content)
			continue
		}
		for _, m := range id.FindAllStringSubmatch(string(content), -1) {
			sources[m[1]] = name
		}
	}
	require.Greater(t, len(sources), 60)
	for rule, file := range sources {
		require.True(t, strings.Contains(tests.String(), fmt.Sprintf("%q", rule)), "no test names %s of %s", rule, file)
	}
}

// TestDomainRulesAreChinese: what package domain refuses is told in Chinese.
func TestDomainRulesAreChinese(t *testing.T) {
	rule := regexp.MustCompile(`Refuse\(Invalid, "((?:citizen|certificate|account|name)\.[a-z-]+)"`)
	seen := 0
	for _, name := range []string{"citizen.go", "certificate.go", "account.go", "name.go"} {
		content, err := os.ReadFile(filepath.Join("..", "..", "domain", name))
		require.NoError(t, err)
		for _, m := range rule.FindAllStringSubmatch(string(content), -1) {
			if m[1] == "citizen.override" {
				continue // a roster overrides nothing
			}
			seen++
			f := chinese(domain.Refuse(domain.Invalid, m[1], "english"))
			require.Regexp(t, `\p{Han}`, f.message, m[1])
			require.NotEmpty(t, f.remedy, m[1])
		}
	}
	require.Greater(t, seen, 12)
	require.Equal(t, "import.value", chinese(errors.New("anything else")).rule)
}

func TestShownIsMasked(t *testing.T) {
	a := newAliases()
	require.Equal(t, "110105****"+womanA[14:], shown(a.specs[FieldNumber], womanA))
	require.NotContains(t, shown(a.specs[FieldPhone], "13900001234"), "3900001234")
	require.NotContains(t, shown(a.specs[FieldNumber], "1101051955"), "101051955", "a mistyped number is personal as well")
	require.Equal(t, "张庄村", shown(a.specs[FieldVillage], "张庄村"))
}
