package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/imports"
	"almoner/domain/office"
	"almoner/domain/signoff"
	"almoner/eventstore"
	"almoner/ledger/rosterfile"
)

// testRow is one line of a test's roster, by header.
type testRow map[string]string

// rosterHeaders are the columns of the tests' admission lists.
var rosterHeaders = []string{
	"姓名", "身份证号", "村居", "户口性质", "婚姻状况", "配偶姓名", "配偶身份证号", "子女1姓名", "子女1身份证号", "子女2姓名", "子女2身份证号",
	"子女1死亡日期", "光荣证号", "光荣证发证日期", "类别", "申报日期", "起领年月", "已发至年月", "份额", "开户行", "账号", "户名", "与户名关系",
	"停领年月", "退出原因", "死亡日期", "发生日期", "报告日期", "金额", "文号", "项目", "户编号", "监护人", "监护人身份证号",
}

// roster writes rows as the CSV that an office would hand in.
func roster(rows ...testRow) []byte {
	var b strings.Builder
	b.WriteString(strings.Join(rosterHeaders, ",") + "\n")
	for _, r := range rows {
		cells := make([]string, len(rosterHeaders))
		for i, h := range rosterHeaders {
			cells[i] = r[h]
		}
		b.WriteString(strings.Join(cells, ",") + "\n")
	}
	return []byte(b.String())
}

// with copies a row with other values in some columns.
func (r testRow) with(pairs ...string) testRow {
	out := testRow{}
	for k, v := range r {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// eligible is a widow of 61 with one girl: she qualifies for the rural reward whatever a spouse would be.
func eligible(n int) testRow {
	return testRow{
		"姓名": "王某" + string(rune('甲'+n%10)), "身份证号": synthetic("19600305", 2*n+2), "村居": []string{"张庄村", "李庄村"}[n%2], "户口性质": "农业", "婚姻状况": "丧偶",
		"子女1姓名": "张小某", "子女1身份证号": synthetic("19850302", 2*n+2), "申报日期": "2021-01-10", "开户行": "农商银行", "账号": account(n), "户名": "王某" + string(rune('甲'+n%10)),
	}
}

func (l *testLedger) request(file []byte) ImportRequest {
	return ImportRequest{
		Actor: Actor{Officer: "clerk", Office: "town", Capacity: "town.handler"}, Programme: "rural-reward", Office: "town",
		FileName: "名册.csv", File: bytes.NewReader(file), Size: int64(len(file)), Stated: Stated{Attested: []string{"no-violation"}},
	}
}

// problems lists "rule" of the errors of a plan's rows.
func problemRules(problems []rosterfile.Problem) []string {
	var rules []string
	for _, p := range problems {
		rules = append(rules, p.Rule)
	}
	return rules
}

func (l *testLedger) plan(r ImportRequest) ImportPlan {
	l.t.Helper()
	p, err := l.PlanImport(l.ctx, r, nil)
	require.NoError(l.t, err)
	return p
}

func (l *testLedger) personOf(number string) string {
	l.t.Helper()
	id, ok, err := l.vault.Lookup(l.ctx, number)
	require.NoError(l.t, err)
	require.True(l.t, ok, "the number is not registered")
	return id
}

func (l *testLedger) person(number string) beneficiary.State {
	l.t.Helper()
	s, err := fold(l.ctx, l.Ledger, beneficiary.Stream(l.personOf(number)), beneficiary.Evolve)
	require.NoError(l.t, err)
	return s.state
}

// committed imports a file and returns the outcome.
func (l *testLedger) committed(r ImportRequest, acceptGood bool) ImportOutcome {
	l.t.Helper()
	out, err := l.CommitImport(l.ctx, l.clerk(), r, acceptGood, nil)
	require.NoError(l.t, err)
	return out
}

// imported imports a file and has it signed to the end.
func (l *testLedger) imported(r ImportRequest) ImportOutcome {
	l.t.Helper()
	out := l.committed(r, false)
	l.signAll(Subject{ImportSubject, out.Import})
	return out
}

func requireRule(t testing.TB, err error, rule string) {
	t.Helper()
	var refusal *domain.RefusedError
	require.Error(t, err)
	require.True(t, errors.As(err, &refusal), "%v", err)
	require.Equal(t, rule, refusal.Rule, "%v", err)
}

func (l *testLedger) entries() int {
	n := 0
	for range l.log() {
		n++
	}
	return n
}

func TestAnImportIsPlannedCommittedSignedAndApplied(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	file := roster(eligible(0), eligible(1), eligible(2))
	before := l.entries()

	plan := l.plan(l.request(file))
	require.Empty(t, plan.Problems)
	require.Equal(t, 3, plan.Accepted)
	require.Equal(t, map[domain.AreaCode]int{testVillage1: 2, testVillage2: 1}, plan.ByVillage)
	require.Equal(t, map[string]int{"child=one-girl": 3}, plan.ByClass)
	require.Equal(t, before, l.entries(), "a dry run writes nothing")
	_, known, err := l.vault.Lookup(l.ctx, eligible(0)["身份证号"])
	require.NoError(t, err)
	require.False(t, known, "not even in the vault")

	out := l.committed(l.request(file), false)
	require.Equal(t, 3, out.Accepted)
	state, err := l.Import(l.ctx, out.Import)
	require.NoError(t, err)
	require.Equal(t, imports.StatusRead, state.Status)

	whole, sections, err := l.ImportSections(l.ctx, out.Import)
	require.NoError(t, err)
	require.Equal(t, out.Root, whole.Root)
	require.Len(t, sections, 2)
	require.Equal(t, 2, sections[0].Lines)

	require.Empty(t, l.person(eligible(0)["身份证号"]).Enrolments, "nothing takes effect before the last signature")
	l.signAll(Subject{ImportSubject, out.Import})
	for n := range 3 {
		s := l.person(eligible(n)["身份证号"])
		require.Len(t, s.Enrolments, 1)
		e := s.Enrolments[0]
		require.Equal(t, "2021-01", e.FirstUnit.String(), "the decision's year is paid in full (Bengbu)")
		require.Equal(t, "town", e.Places[0].Office)
		require.Len(t, e.Slots, 1)
		require.Len(t, s.Accounts, 1)
		require.NotEmpty(t, s.Facts)
	}
	state, err = l.Import(l.ctx, out.Import)
	require.NoError(t, err)
	require.Equal(t, imports.StatusApplied, state.Status)

	var back bytes.Buffer
	require.NoError(t, l.ImportFile(l.ctx, out.Import, &back))
	require.Equal(t, file, back.Bytes())
}

func TestAFileWithBadRows(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	file := roster(eligible(0), eligible(1).with("户口性质", "非农业"), eligible(2))
	c := l.clerk()
	before := l.entries()
	out, err := l.CommitImport(l.ctx, c, l.request(file), false, nil)
	requireRule(t, err, "import.bad-rows")
	require.Equal(t, []string{"import.not-qualified"}, problemRules(out.Plan.Problems))
	require.Contains(t, out.Plan.Problems[0].String(), "第 3 行")
	require.Equal(t, before, l.entries())

	out, err = l.CommitImport(l.ctx, l.clerk(), l.request(file), true, nil)
	require.NoError(t, err)
	require.Equal(t, 2, out.Accepted)
	require.Equal(t, 1, out.Refused)
	for row, err := range l.RefusedRows(l.ctx, out.Import) {
		require.NoError(t, err)
		require.Equal(t, 3, row.Row)
		require.Equal(t, []string{"import.not-qualified"}, row.Rules)
		require.Contains(t, row.Problems[0].Message, "农业户口")
		require.Equal(t, eligible(1)["身份证号"], row.Cells[1], "readable with the file's key")
	}
	for r := range l.log() {
		require.NotContains(t, string(r.Data), eligible(1)["身份证号"], "never in clear")
	}
}

func TestTheSameFileTwice(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	file := roster(eligible(0))
	c := l.clerk()
	first, err := l.CommitImport(l.ctx, c, l.request(file), false, nil)
	require.NoError(t, err)

	again, err := l.CommitImport(l.ctx, c, l.request(file), false, nil)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, first.Root, again.Root, "the same command answers the same")

	_, err = l.CommitImport(l.ctx, c, l.request(roster(eligible(1))), false, nil)
	requireRule(t, err, "command.other-content")

	_, err = l.CommitImport(l.ctx, l.clerk(), l.request(file), false, nil)
	requireRule(t, err, "import.same-file")
	require.Contains(t, err.Error(), first.Import)

	_, err = l.WithdrawImport(l.ctx, l.clerk(), first.Import, "mistake")
	require.NoError(t, err)
	second := l.committed(l.request(file), false)
	require.NotEqual(t, first.Import, second.Import, "a withdrawn file may come again")
	_, err = l.CommitImport(l.ctx, l.clerk(), l.request(file), false, nil)
	requireRule(t, err, "import.same-file")
	require.Contains(t, err.Error(), second.Import)
}

func TestWithdrawingLeavesNothingOnTheRoll(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	out := l.committed(l.request(roster(eligible(0))), false)
	s := Subject{ImportSubject, out.Import}
	l.submitFirst(s)
	require.True(t, l.signNext(s))
	_, err := l.WithdrawImport(l.ctx, l.clerk(), out.Import, "mistake")
	require.NoError(t, err)
	require.False(t, l.signNext(s))
	require.NoError(t, l.ApplyImport(l.ctx, out.Import, nil))
	require.False(t, l.person(eligible(0)["身份证号"]).Registered)
	for r := range l.log() {
		require.False(t, strings.HasPrefix(r.Stream, "beneficiary-") || strings.HasPrefix(r.Stream, "slot-"), r.Stream)
	}
}

func TestAnImportNeedsAuthority(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	r := l.request(roster(eligible(0)))
	r.Actor = Actor{Officer: "mayor", Office: "town", Capacity: "town.head"}
	_, err := l.PlanImport(l.ctx, r, nil)
	requireRule(t, err, "officer.capacity-needed")
	_, err = l.CommitImport(l.ctx, Command{Actor: r.Actor, ID: l.next()}, r, false, nil)
	requireRule(t, err, "officer.capacity-needed")
	_, err = l.OpenOffice(l.ctx, l.next(), l.root(), office.Open{
		Office: "other", Level: signoff.Town, Name: "别镇", Area: "340311102", Parent: "county", Villages: []office.Village{{Code: "340311102201", Name: "王庄村"}},
	})
	require.NoError(t, err)
	r = l.request(roster(eligible(0)))
	r.Office = "other"
	_, err = l.PlanImport(l.ctx, r, nil)
	requireRule(t, err, "officer.area")
	_, err = l.CommitImport(l.ctx, l.clerk(), r, false, nil)
	requireRule(t, err, "officer.area")

	l.imported(l.request(roster(eligible(4))))
	r = l.request(roster(eligible(4).with("退出原因", "迁出", "发生日期", "2021-11-01", "申报日期", "", "村居", "")))
	r.Kind, r.Office = rosterfile.Exit, "other"
	r.Actor = Actor{Officer: "county-clerk", Office: "county", Capacity: "county.handler"}
	require.Equal(t, []string{"import.other-office"}, problemRules(l.plan(r).Problems))

	form := l.widow(2)
	form.Row.Area = testVillage2
	_, _, err = l.OpenCase(l.ctx, l.command("village-clerk", "v1", "village.handler"), form)
	requireRule(t, err, "officer.area")

	r = l.request(roster(eligible(0)))
	r.Stated.Attested = []string{"rural"}
	_, err = l.PlanImport(l.ctx, r, nil)
	requireRule(t, err, "import.attested")
}

// A file of more rows than a chunk, interrupted at every append in both ways, and then repeated: the import comes out as if
// nothing had happened.
func TestACommitThatIsInterruptedGoesOn(t *testing.T) {
	var rows []testRow
	for n := range 130 {
		rows = append(rows, eligible(n))
	}
	file := roster(rows...)
	whole := newTestLedger(t, "rural-reward@340300")
	want := whole.committed(whole.request(file), false)
	require.Equal(t, 130, want.Accepted)

	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("written=%v", after), func(t *testing.T) {
			for strike := 1; ; strike++ {
				l := newTestLedger(t, "rural-reward@340300")
				c := l.clerk()
				breaking := &breakingStore{Store: l.disk, strike: strike, after: after}
				l.reopen(breaking)
				_, err := l.CommitImport(l.ctx, c, l.request(file), false, nil)
				l.reopen(l.disk)
				out, again := l.CommitImport(l.ctx, c, l.request(file), false, nil)
				require.NoError(t, again)
				require.Equal(t, 130, out.Accepted)
				whole, _, totals := l.ImportSections(l.ctx, out.Import)
				require.NoError(t, totals)
				require.Equal(t, out.Root, whole.Root)
				require.Equal(t, 1+parts(int64(len(file)))+130+1, l.streamLength(imports.Stream(out.Import)))
				if err == nil {
					require.False(t, breaking.struck)
					require.Greater(t, strike, 3, "opened, parts, rows, read")
					return
				}
				require.ErrorIs(t, err, errBroken)
			}
		})
	}
}

// What earlier rows took of a child is known again after a crash.
func TestACommitThatGoesOnRemembersTheChildrenTaken(t *testing.T) {
	l := newTestLedger(t, "only-child-allowance@340311")
	first := synthetic("20100302", 1)
	rows := []testRow{parent(0, first)}
	for n := 1; n < rowsPerPage; n++ {
		rows = append(rows, parent(n, synthetic("20110302", 2*n+1)))
	}
	rows = append(rows, parent(rowsPerPage, first))
	r := l.request(roster(rows...))
	r.Programme, r.Stated = "only-child-allowance", Stated{}
	c := l.clerk()
	l.reopen(&breakingStore{Store: l.disk, strike: 4}) // opened, the file, a page of rows, and then
	_, err := l.CommitImport(l.ctx, c, r, true, nil)
	require.ErrorIs(t, err, errBroken)
	l.reopen(l.disk)
	out, err := l.CommitImport(l.ctx, c, r, true, nil)
	require.NoError(t, err)
	require.Equal(t, rowsPerPage, out.Accepted)
	for row, err := range l.RefusedRows(l.ctx, out.Import) {
		require.NoError(t, err)
		require.Equal(t, []string{"import.slot-in-file"}, row.Rules)
	}
}

func (l *testLedger) streamLength(stream string) int {
	n := 0
	for _, err := range l.disk.ReadStream(l.ctx, stream, 0, eventstore.Forwards) {
		require.NoError(l.t, err)
		n++
	}
	return n
}

func TestImportRefusesByRow(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300", "only-child-allowance@340311")
	l.imported(l.request(roster(eligible(8))))
	person := eligible(0)
	for _, c := range []struct {
		name string
		row  testRow
		rule string // first error; "" for none
		warn string // a warning expected
	}{
		{name: "good", row: person},
		{name: "urban", row: person.with("户口性质", "非农业"), rule: "import.not-qualified"},
		{name: "hukou unknown", row: person.with("户口性质", ""), rule: "import.fact-missing"},
		{name: "marriage unknown", row: person.with("婚姻状况", ""), rule: "import.fact-missing"},
		{name: "married, spouse's hukou unknown", row: person.with("婚姻状况", "初婚", "配偶姓名", "赵某", "配偶身份证号", synthetic("19580101", 11)), rule: "import.fact-missing"},
		{name: "too young", row: person.with("身份证号", synthetic("19700305", 2)), rule: "import.not-qualified"},
		{name: "two boys", row: person.with("子女1身份证号", synthetic("19850302", 1), "子女2姓名", "张小二", "子女2身份证号", synthetic("19880302", 1)), rule: "import.not-qualified"},
		{name: "two girls", row: person.with("子女2姓名", "张小二", "子女2身份证号", synthetic("19880302", 2))},
		{name: "stated class differs", row: person.with("类别", "双女户"), rule: "import.class-differs"},
		{name: "stated class agrees", row: person.with("类别", "独女户")},
		{name: "start differs", row: person.with("起领年月", "2021-12"), warn: "import.start-differs"},
		{name: "other programme", row: person.with("项目", "特别扶助"), rule: "import.other-programme"},
		{name: "programme by a part of its title", row: person.with("项目", "奖励扶助")},
		{name: "enrolled already", row: eligible(8), rule: "import.already-enrolled"},
		{name: "another name for a known number", row: eligible(8).with("姓名", "李某某"), rule: "import.name-differs"},
		{name: "account of somebody else", row: person.with("户名", "钱某"), rule: "import.account-not-own"},
		{name: "account of somebody unnamed", row: person.with("户名", "钱某", "与户名关系", "监护人"), rule: "import.account-holder-unknown"},
		{name: "account of the guardian", row: person.with("户名", "钱某", "与户名关系", "监护人", "监护人", "钱某", "监护人身份证号", synthetic("19700101", 9))},
		{name: "admission with an exit", row: person.with("退出原因", "户口迁出", "停领年月", "2021-10"), rule: "import.admission-with-exit"},
		{name: "carried over", row: person.with("起领年月", "2020-01", "已发至年月", "2021-11")},
		{name: "carried over, class unknown", row: person.with("起领年月", "2020-01", "已发至年月", "2021-11", "类别", "三女户"), rule: "import.class-unknown"},
		{name: "carried over without a start", row: person.with("已发至年月", "2021-11"), rule: "import.start-missing"},
		{name: "carried over, not eligible any more", row: person.with("起领年月", "2020-01", "已发至年月", "2021-11", "户口性质", "非农业"), warn: "import.criteria-failed"},
		{name: "carried over with nothing but the class", row: person.with("起领年月", "2020-01", "已发至年月", "2021-11", "户口性质", "", "婚姻状况", "", "子女1姓名", "", "子女1身份证号", "", "类别", "独男户"), warn: "import.end-unknown"},
		{name: "carried over with no class at all", row: person.with("起领年月", "2020-01", "已发至年月", "2021-11", "子女1姓名", "", "子女1身份证号", ""), rule: "import.class-missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := l.plan(l.request(roster(c.row)))
			requireExplained(t, p)
			if c.rule == "" {
				require.Empty(t, p.Problems)
			} else {
				require.Contains(t, problemRules(p.Problems), c.rule)
				require.NotEmpty(t, p.Problems[0].Remedy)
			}
			if c.warn != "" {
				require.Contains(t, problemRules(p.Warnings), c.warn)
			}
		})
	}
	t.Run("without the village's testimony", func(t *testing.T) {
		r := l.request(roster(person))
		r.Stated.Attested = nil
		require.Equal(t, []string{"import.fact-missing"}, problemRules(l.plan(r).Problems))
	})
	t.Run("the office states the spouses' hukou", func(t *testing.T) {
		r := l.request(roster(person.with("婚姻状况", "已婚", "配偶姓名", "赵某", "配偶身份证号", synthetic("19580101", 11))))
		r.Stated.SpouseHukou = "rural"
		require.Empty(t, l.plan(r).Problems)
	})
}

// parent is a mother who holds the certificate of an only child born in 2010.
func parent(n int, child string) testRow {
	return testRow{
		"姓名": "孙某某", "身份证号": synthetic("19800305", 2*n+2), "村居": "张庄村", "婚姻状况": "初婚", "子女1姓名": "周小某", "子女1身份证号": child,
		"光荣证号": "皖2010-1", "光荣证发证日期": "2010-06-01", "申报日期": "2021-11-01",
	}
}

func TestOneChildIsClaimedOnce(t *testing.T) {
	l := newTestLedger(t, "only-child-allowance@340311")
	child := synthetic("20100302", 1)
	request := func(rows ...testRow) ImportRequest {
		r := l.request(roster(rows...))
		r.Programme, r.Stated = "only-child-allowance", Stated{}
		return r
	}
	t.Run("both parents in one file", func(t *testing.T) {
		require.Equal(t, []string{"import.slot-in-file"}, problemRules(l.plan(request(parent(0, child), parent(1, child))).Problems))
		p := l.plan(request(parent(0, child).with("份额", "1/2"), parent(1, child).with("份额", "1/2")))
		require.Empty(t, p.Problems)
	})
	t.Run("a child without number", func(t *testing.T) {
		p := l.plan(request(parent(0, "")))
		require.NotEmpty(t, p.Problems)
	})
	l.imported(request(parent(0, child)))
	e := l.person(parent(0, child)["身份证号"]).Enrolments[0]
	require.Equal(t, "2010-06", e.FirstUnit.String())
	require.Equal(t, "2026-02", e.Until.String(), "the month before the 16th birthday's")
	t.Run("the other parent later", func(t *testing.T) {
		require.Equal(t, []string{"slot.taken"}, problemRules(l.plan(request(parent(1, child))).Problems))
	})
	t.Run("carried over, the end follows from the birthday", func(t *testing.T) {
		other := synthetic("20120720", 3)
		l.imported(request(parent(2, other).with("起领年月", "2012-09", "已发至年月", "2021-11", "光荣证号", "", "光荣证发证日期", "")))
		e := l.person(parent(2, other)["身份证号"]).Enrolments[0]
		require.Equal(t, beneficiary.CarriedOver, e.Origin)
		require.Equal(t, "2021-11", e.PaidThrough.String())
		require.Equal(t, "2028-06", e.Until.String())
	})
}

// BenchmarkImport plans, commits and applies files; -bench 'Import/100000' -benchtime 1x runs the large one.
func BenchmarkImport(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if n > 10_000 && testing.Short() {
				b.Skip("large")
			}
			var rows []testRow
			for k := range n {
				day := domain.MustDate("1940-01-01").AddDays(k / 400 * 3) // 400 women a day, each with a child of her own
				child := strings.ReplaceAll(day.AddYears(30).String(), "-", "")
				rows = append(rows, eligible(k%400).with("身份证号", synthetic(strings.ReplaceAll(day.String(), "-", ""), 2*(k%400)+2),
					"子女1身份证号", synthetic(child, 2*(k%400)+2), "账号", account(k)))
			}
			file := roster(rows...)
			rows = nil
			for b.Loop() {
				l := newTestLedger(b, "rural-reward@340300")
				r := l.request(file)
				start := l.elapsed()
				out, err := l.CommitImport(l.ctx, l.clerk(), r, true, nil)
				require.NoError(b, err)
				require.Equal(b, n, out.Accepted)
				b.ReportMetric(float64(out.Accepted+out.Refused)/start().Seconds(), "commit-rows/s")
				s := Subject{ImportSubject, out.Import}
				l.submitFirst(s)
				for len(l.signing(s).Chain)-1 > l.signing(s).Step {
					require.True(b, l.signNext(s))
				}
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapInuse)/1e6, "heap-MB-after-commit")
				start = l.elapsed()
				require.True(b, l.signNext(s)) // the last signature carries everything out
				b.ReportMetric(float64(out.Accepted)/start().Seconds(), "apply-rows/s")
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapInuse)/1e6, "heap-MB")
			}
		})
	}
}
