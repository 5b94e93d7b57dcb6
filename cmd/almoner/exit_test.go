package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/eventstore"
	"almoner/internal/keyfile"
	"almoner/internal/vault"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
	"almoner/projections"
)

func TestExitCodes(t *testing.T) {
	refusal := domain.Refuse(domain.Conflict, "payrun.step-order", "not yet")
	for name, row := range map[string]struct {
		err  error
		code int
	}{
		"done":                         {nil, exitDone},
		"refused, wrapped":             {fmt.Errorf("payrun R1: %w", refusal), exitRefused},
		"usage":                        {usage(chinese, "甲", "a"), exitUsage},
		"fault":                        {errors.New("disk on fire"), exitFault},
		"check failed":                 {&failedError{text: "3 mismatches"}, exitFailed},
		"signed, follow-up unfinished": {&ledger.FollowUpError{Err: refusal}, exitFault},
		"read models behind":           {&projections.StaleError{Have: 1, Want: 2}, exitRefused},
		"read models broken":           {&projections.BrokenError{Problem: "gap"}, exitFailed},
		"events damaged":               {fmt.Errorf("check: %w", &eventstore.CorruptError{Where: "row 7"}), exitFailed},
		"disk full":                    {eventstore.ErrFull, exitFault},
		"wrong passphrase":             {fmt.Errorf("key of a: %w", keyfile.ErrWrongPassphrase), exitRefused},
		"key file too open":            {keyfile.ErrWideMode, exitRefused},
		"wrong master key":             {vault.ErrWrongMaster, exitRefused},
		"vault lacks keys":             {vault.ErrIncomplete, exitFailed},
		"file not there":               {fmt.Errorf("roster: %w", fs.ErrNotExist), exitRefused},
		"form with problems":           {&ledger.ProblemsError{Problems: []rosterfile.Problem{{Severity: rosterfile.Error, Rule: "import.x"}}}, exitRefused},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.code, exitCode(row.err)) })
	}
}

func TestReportSaysWhatWhereAndNext(t *testing.T) {
	err := fmt.Errorf("payrun R1: %w", domain.Refuse(domain.Forbidden, "sign-off.area", "village V lies outside your area A").WithNext("ask another"))
	var b bytes.Buffer
	require.Equal(t, exitRefused, report(&b, english, false, err))
	require.Equal(t, "refused: village V lies outside your area A (sign-off.area)\n  where: payrun R1\n  next: ask another\n", b.String())
	b.Reset()
	require.Equal(t, exitRefused, report(&b, chinese, false, err))
	require.Equal(t, "不能办理: 超出您的辖区 (sign-off.area)\n  详情: village V lies outside your area A\n  处: payrun R1\n  下一步: 请辖区内的人员签字\n", b.String())
	b.Reset()
	require.Equal(t, exitFault, report(&b, chinese, false, errors.New("disk on fire")))
	require.Equal(t, "故障: disk on fire\n", b.String())
}

// TestRefusalsWithoutChinese shows a rule that nobody has translated as it is.
func TestRefusalsWithoutChinese(t *testing.T) {
	what, detail, next := refusalIn(domain.Refuse(domain.Invalid, "new.rule", "this is new").WithNext("wait"), chinese)
	require.Equal(t, []string{"this is new", "", "wait"}, []string{what, detail, next})
}

func TestProblemsAreAllToldAtOnce(t *testing.T) {
	err := fmt.Errorf("open case: %w", &ledger.ProblemsError{Problems: []rosterfile.Problem{
		{Severity: rosterfile.Error, Rule: "import.a", Message: "甲。"}, {Severity: rosterfile.Error, Rule: "import.b", Message: "乙。"},
	}})
	told := tell(err, chinese)
	require.Equal(t, "import.a", told.Rule)
	require.Equal(t, []string{"甲。 [import.a]", "乙。 [import.b]"}, told.Reasons)
}
