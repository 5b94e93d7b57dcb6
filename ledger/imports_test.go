package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/change"
	"almoner/domain/imports"
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

var _ = fmt.Sprint
var _ = runtime.GC
var _ = slices.Contains[[]string]
var _ = change.Admission
var _ eventstore.Store
