package ledger

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/imports"
	"almoner/eventstore"
	"almoner/ledger/rosterfile"
)

// requireExplained wants row, column, sentence and remedy of everything a plan lists.
func requireExplained(t testing.TB, p ImportPlan) {
	t.Helper()
	for _, problem := range append(append([]rosterfile.Problem{}, p.Problems...), p.Warnings...) {
		require.NotZero(t, problem.Line, "%v", problem)
		require.NotEmpty(t, problem.Column, "%v", problem)
		require.NotEmpty(t, problem.Rule)
		require.Regexp(t, `\p{Han}`, problem.Message)
		require.Regexp(t, `\p{Han}`, problem.Remedy)
	}
}

func TestEveryProblemNamesItsCell(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300", "only-child-allowance@340311")
	l.imported(l.request(roster(eligible(8))))
	person := eligible(0)
	exit := func(row testRow) testRow { return row.with("申报日期", "") }
	for _, c := range []struct {
		name          string
		kind          rosterfile.Kind
		row           testRow
		rule          string
		column, value string
	}{
		{name: "account of somebody else", row: person.with("户名", "钱某"), rule: "import.account-not-own", column: "账号", value: "621700****0004"},
		{name: "account of somebody unnamed", row: person.with("户名", "钱某", "与户名关系", "监护人"), rule: "import.account-holder-unknown", column: "账号", value: "621700****0004"},
		{name: "urban", row: person.with("户口性质", "非农业"), rule: "import.not-qualified", column: "户口性质", value: "非农业"},
		{name: "hukou unknown", row: person.with("户口性质", ""), rule: "import.fact-missing", column: "户口性质"},
		{name: "spouse's hukou unknown", row: person.with("婚姻状况", "初婚", "配偶姓名", "赵某", "配偶身份证号", synthetic("19580101", 11)),
			rule: "import.fact-missing", column: "配偶身份证号", value: "340311****" + synthetic("19580101", 11)[14:]},
		{name: "too young", row: person.with("身份证号", synthetic("19700305", 2)), rule: "import.not-qualified", column: "身份证号", value: "340311****" + synthetic("19700305", 2)[14:]},
		{name: "two boys", row: person.with("子女1身份证号", synthetic("19850302", 1), "子女2姓名", "张小二", "子女2身份证号", synthetic("19880302", 1)),
			rule: "import.not-qualified", column: "子女1身份证号", value: "340311****" + synthetic("19850302", 1)[14:]},
		{name: "carried over, not eligible any more", row: person.with("起领年月", "2020-01", "已发至年月", "2021-11", "户口性质", "非农业"), rule: "import.criteria-failed", column: "户口性质", value: "非农业"},
		{name: "start differs", row: person.with("起领年月", "2021-12"), rule: "import.start-differs", column: "起领年月", value: "2021-12"},
		{name: "class differs", row: person.with("类别", "双女户"), rule: "import.class-differs", column: "类别", value: "双女户"},
		{name: "other programme", row: person.with("项目", "特别扶助"), rule: "import.other-programme", column: "项目", value: "特别扶助"},
		{name: "enrolled already", row: eligible(8), rule: "import.already-enrolled", column: "身份证号", value: "340311****" + eligible(8)["身份证号"][14:]},
		{name: "another name", row: eligible(8).with("姓名", "李某某"), rule: "import.name-differs", column: "姓名", value: "李*"},
		{name: "carried over without a start", row: person.with("已发至年月", "2021-11"), rule: "import.start-missing", column: "起领年月"},
		{name: "admission with an exit", row: person.with("退出原因", "户口迁出", "停领年月", "2021-10"), rule: "import.admission-with-exit", column: "停领年月", value: "2021-10"},
		{name: "exit of nobody", kind: rosterfile.Exit, row: exit(person.with("退出原因", "迁出", "发生日期", "2021-11-01")), rule: "import.no-enrolment", column: "身份证号", value: "340311****" + person["身份证号"][14:]},
		{name: "exit with another stop", kind: rosterfile.Exit, row: exit(eligible(8).with("退出原因", "迁出", "发生日期", "2021-11-01", "停领年月", "2021-06")), rule: "import.stop-differs", column: "停领年月", value: "2021-06"},
		{name: "death without a day", kind: rosterfile.Exit, row: exit(eligible(8).with("退出原因", "死亡", "停领年月", "2021-10")), rule: "import.died-on-missing", column: "死亡日期"},
		{name: "one-off money without a document", kind: rosterfile.Grant, row: eligible(8).with("金额", "100"), rule: "import.grant-document", column: "文号"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := l.request(roster(c.row))
			r.Kind, r.Grant = c.kind, GrantTerms{Campaign: "spring", Purpose: "festival"}
			p := l.plan(r)
			requireExplained(t, p)
			found := find(append(append([]rosterfile.Problem{}, p.Problems...), p.Warnings...), c.rule)
			require.NotNil(t, found, "%v %v", p.Problems, p.Warnings)
			require.Equal(t, 2, found.Line)
			require.Equal(t, c.column, found.Column)
			require.NotEmpty(t, found.Letter, "the column stands in the file")
			require.Equal(t, c.value, found.Value)
		})
	}
	t.Run("a child whose right another has", func(t *testing.T) {
		child := synthetic("20100302", 1)
		request := func(rows ...testRow) ImportRequest {
			r := l.request(roster(rows...))
			r.Programme, r.Stated = "only-child-allowance", Stated{}
			return r
		}
		p := l.plan(request(parent(0, child), parent(1, child)))
		require.Equal(t, "子女1身份证号", p.Problems[0].Column)
		require.Equal(t, "340311****"+child[14:], p.Problems[0].Value)
		l.imported(request(parent(0, child)))
		p = l.plan(request(parent(1, child)))
		require.Equal(t, "slot.taken", p.Problems[0].Rule)
		require.Equal(t, "子女1身份证号", p.Problems[0].Column)
	})
	t.Run("a column that the file lacks is named", func(t *testing.T) {
		headers, cells := []string{}, []string{}
		for _, h := range rosterHeaders {
			if h != "户口性质" && person[h] != "" {
				headers, cells = append(headers, h), append(cells, person[h])
			}
		}
		p := l.plan(l.request([]byte(strings.Join(headers, ",") + "\n" + strings.Join(cells, ",") + "\n")))
		require.Equal(t, []string{"import.fact-missing"}, problemRules(p.Problems))
		require.Equal(t, "户口性质", p.Problems[0].Column)
		require.Empty(t, p.Problems[0].Letter)
	})
}

// find is the first problem of a rule; nil when there is none.
func find(problems []rosterfile.Problem, rule string) *rosterfile.Problem {
	for _, p := range problems {
		if p.Rule == rule {
			return &p
		}
	}
	return nil
}

// mixedRoster has good rows, a row with a warning, one carried over, two refused for different reasons, an unknown column, and
// rows that are no persons.
func mixedRoster() []byte {
	bad := eligible(2)
	bad["身份证号"] = bad["身份证号"][:17] + "a"
	file := roster(eligible(0), eligible(1).with("起领年月", "2021-12"), bad, eligible(3).with("户口性质", "非农业", "户名", "钱某"),
		eligible(4).with("起领年月", "2020-01", "已发至年月", "2021-11"), testRow{}, testRow{}, testRow{"姓名": "制表人：某某"}, eligible(5), testRow{"姓名": "合计", "金额": "0"})
	return []byte(strings.Replace(string(file), "户编号", "幸运数字", 1))
}

// TestACommitTellsWhatTheDryRunTold: the commit, the same commit after a crash, and the same commit again answer with what the
// dry run said, and what is stored of the refused rows is that too.
func TestACommitTellsWhatTheDryRunTold(t *testing.T) {
	for strike := 0; strike <= 5; strike++ {
		l := newTestLedger(t, "rural-reward@340300")
		file := mixedRoster()
		plan := l.plan(l.request(file))
		if strike == 0 {
			require.Equal(t, 6, plan.Rows)
			require.Equal(t, 4, plan.Accepted)
			require.Equal(t, 1, plan.Carried)
			require.Positive(t, plan.Warned)
			require.Equal(t, map[string]int{"import.not-qualified": 1, "import.account-not-own": 1, "import.citizen.characters": 1}, plan.ByRule)
			require.NotNil(t, find(plan.Warnings, "import.header-unknown"))
			require.NotNil(t, find(plan.Warnings, "import.start-differs"))
			require.Equal(t, []rosterfile.Skip{{From: 7, To: 8, Why: rosterfile.SkipBlank}, {From: 9, To: 9, Why: rosterfile.SkipFooter}, {From: 11, To: 11, Why: rosterfile.SkipTotal}},
				plan.Summary.Skipped)
		}
		c := l.clerk()
		if strike > 0 {
			l.reopen(&breakingStore{Store: l.disk, strike: strike, after: strike%2 == 0})
			_, err := l.CommitImport(l.ctx, c, l.request(file), true, nil)
			l.reopen(l.disk)
			if strike <= 4 {
				require.ErrorIs(t, err, errBroken)
			}
		}
		for range 2 { // going on, and once more when it is complete
			out, err := l.CommitImport(l.ctx, c, l.request(file), true, nil)
			require.NoError(t, err)
			require.Equal(t, plan, out.Plan, "strike %d", strike)
			var stored []rosterfile.Problem
			for row, err := range l.RefusedRows(l.ctx, out.Import) {
				require.NoError(t, err)
				stored = append(stored, row.Problems...)
			}
			var errors []rosterfile.Problem
			for _, p := range stored {
				if p.Severity == rosterfile.Error {
					errors = append(errors, p)
				}
			}
			require.Equal(t, plan.Problems, errors)
			for row, err := range l.Rows(l.ctx, out.Import, "whole") {
				require.NoError(t, err)
				require.Equal(t, row.Warnings, problemRules(row.Notes), "signers read the warnings of accepted rows")
			}
		}
		for r := range l.log() {
			require.NotContains(t, string(r.Data), "钱某")
			require.NotContains(t, string(r.Data), "户口性质", "what is told of a row is sealed")
		}
	}
}

// A row with more problems than an event holds keeps the errors, counts the rest, and is stored.
func TestNotesOfARowHaveRoom(t *testing.T) {
	var problems []rosterfile.Problem
	for n := range 200 {
		severity := rosterfile.Warning
		if n%2 == 1 {
			severity = rosterfile.Error
		}
		problems = append(problems, rosterfile.Problem{Column: strings.Repeat("列", 500), Rule: "import.x", Severity: severity, Message: strings.Repeat("错", 100), Remedy: "改。"})
	}
	notes := notesOf("表", problems)
	require.NotEmpty(t, notes.Problems)
	require.Equal(t, len(problems), len(notes.Problems)+notes.More)
	require.Equal(t, "error", notes.Problems[0].Severity)
	require.Len(t, []rune(notes.Problems[0].Column), maxNoteColumns+1)
	p := ImportPlan{ByRule: map[string]int{}}
	p.count(imports.RowRefused{Row: 3, Rules: []string{"import.x"}, Private: &imports.Row{Notes: notes}})
	require.Equal(t, len(problems), len(p.Problems)+len(p.Warnings)+p.Unlisted, "nothing is lost without being counted")
	p.count(imports.RowRefused{Row: 4, Rules: []string{"import.x"}})
	require.Equal(t, 2, p.ByRule["import.x"], "a row whose notes cannot be opened counts by its rules")
}

// openingStore lets something happen just before the first import is opened.
type openingStore struct {
	eventstore.Store
	before func()
}

func (s *openingStore) AppendBatch(ctx context.Context, batch []eventstore.Append) []eventstore.Result {
	if before := s.before; before != nil && batch[0].Events[0].Type == (imports.Opened{}).EventType() {
		s.before = nil
		before()
	}
	return s.Store.AppendBatch(ctx, batch)
}

// openedImports lists the imports that were opened.
func (l *testLedger) openedImports() []string {
	var ids []string
	for r := range l.log() {
		if r.Type == (imports.Opened{}).EventType() {
			ids = append(ids, strings.TrimPrefix(r.Stream, "import-"))
		}
	}
	return ids
}

// A process that died between claiming a file and opening its import leaves the file to whoever comes next, and cannot come
// back to it.
func TestAFileClaimedAndNotOpened(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	file := roster(eligible(0))
	dead := l.clerk()
	l.reopen(&breakingStore{Store: l.disk, strike: 1})
	_, err := l.CommitImport(l.ctx, dead, l.request(file), false, nil)
	require.ErrorIs(t, err, errBroken)
	require.Empty(t, l.openedImports())
	l.reopen(l.disk)

	next := l.clerk()
	out, err := l.CommitImport(l.ctx, next, l.request(file), false, nil)
	require.NoError(t, err)
	require.Equal(t, []string{out.Import}, l.openedImports())
	again, err := l.CommitImport(l.ctx, next, l.request(file), false, nil)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, out.Import, again.Import)
	require.Equal(t, out.Root, again.Root)

	_, err = l.CommitImport(l.ctx, dead, l.request(file), false, nil)
	requireRule(t, err, "import.same-file")
	require.Contains(t, err.Error(), out.Import)
	_, err = l.WithdrawImport(l.ctx, l.clerk(), out.Import, "mistake")
	require.NoError(t, err)
	_, err = l.CommitImport(l.ctx, dead, l.request(file), false, nil)
	requireRule(t, err, "import.command-taken")
	third := l.committed(l.request(file), false)
	require.Equal(t, []string{out.Import, third.Import}, l.openedImports())
}

// Two commands that both found the file unclaimed or unopened meet at one stream: one opens it, the other is refused.
func TestTwoCommandsRaceForAFile(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	file := roster(eligible(0), eligible(1))
	slow, fast := l.clerk(), l.command("second", "town", "town.handler")
	store := &openingStore{Store: l.disk}
	l.reopen(store)
	var won ImportOutcome
	store.before = func() {
		r := l.request(file)
		r.Actor = fast.Actor
		var err error
		won, err = l.CommitImport(l.ctx, fast, r, false, nil)
		require.NoError(t, err)
	}
	_, err := l.CommitImport(l.ctx, slow, l.request(file), false, nil)
	requireRule(t, err, "import.written-elsewhere")
	require.Equal(t, []string{won.Import}, l.openedImports())
	_, err = l.CommitImport(l.ctx, slow, l.request(file), false, nil)
	requireRule(t, err, "import.same-file")
	require.Contains(t, err.Error(), won.Import)
}

func TestManyCommandsRaceForAFile(t *testing.T) {
	for range 3 {
		l := newTestLedger(t, "rural-reward@340300")
		file := roster(eligible(0), eligible(1))
		const racers = 6
		var (
			commands [racers]Command
			errs     [racers]error
			ready    sync.WaitGroup
			done     sync.WaitGroup
		)
		ready.Add(racers)
		for i := range racers {
			commands[i] = l.clerk()
			done.Go(func() {
				ready.Done()
				ready.Wait()
				_, errs[i] = l.CommitImport(l.ctx, commands[i], l.request(file), false, nil)
			})
		}
		done.Wait()
		require.Len(t, l.openedImports(), 1)
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			require.ErrorIs(t, err, domain.Conflict, "%v", err)
		}
		require.Equal(t, 1, won)
	}
}

// The same people may enter two programmes from one file, and leave one by the file they entered with.
func TestOneFileForTwoPurposes(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300", "only-child-allowance@340311")
	file := roster(eligible(0))
	first := l.committed(l.request(file), true)
	r := l.request(file)
	r.Programme, r.Stated = "only-child-allowance", Stated{}
	second := l.committed(r, true)
	require.NotEqual(t, first.Import, second.Import)
	_, err := l.CommitImport(l.ctx, l.clerk(), r, true, nil)
	requireRule(t, err, "import.same-file")
	require.Contains(t, err.Error(), second.Import)
}

// Two pages of failures that begin with the same row and go on differently are two commands: neither is taken for the other.
func TestAPageOfFailuresIsRecordedWhole(t *testing.T) {
	l := newTestLedger(t, "rural-reward@340300")
	out := l.committed(l.request(roster(eligible(0), eligible(1), eligible(2))), false)
	s := Subject{ImportSubject, out.Import}
	l.submitFirst(s)
	for l.signing(s).Step < len(l.signing(s).Chain)-1 {
		require.True(t, l.signNext(s))
	}
	l.reopen(&breakingStore{Store: l.disk, strike: 2}) // after the signature
	_, err := l.tryNext(s)
	require.ErrorIs(t, err, errBroken)
	l.reopen(l.disk)
	decided, err := l.decision(l.ctx, imports.Stream(out.Import), (imports.Decided{}).EventType())
	require.NoError(t, err)
	e := &effects{Ledger: l.Ledger, actor: decided.actor, intent: decided.ID}
	var rows []*agreedRow
	for r, err := range l.Rows(l.ctx, out.Import, "whole") {
		require.NoError(t, err)
		rows = append(rows, &agreedRow{cause: r.Event, change: r.Change, row: r.Row, sheet: r.Sheet, failed: "beneficiary.exclusive"})
	}
	require.NoError(t, e.recordFailed(l.ctx, out.Import, rows[:1]))
	require.NoError(t, e.recordFailed(l.ctx, out.Import, rows))
	require.NoError(t, e.recordFailed(l.ctx, out.Import, rows), "again")
	state, err := l.Import(l.ctx, out.Import)
	require.NoError(t, err)
	require.Equal(t, 3, state.Failed)
}
