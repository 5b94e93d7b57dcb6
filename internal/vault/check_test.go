package vault

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
)

// given yields kids as a reader of the log would.
func given(kids ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, k := range kids {
			if !yield(k, nil) {
				return
			}
		}
	}
}

func TestCheck(t *testing.T) {
	v := create(t, vaultPath(t), Options{CachedKeys: -1})
	persons, err := v.RegisterMany(t.Context(), numbers(0, queryBatch+50))
	require.NoError(t, err)
	var kids []string
	for range 2 {
		for _, p := range persons {
			kids = append(kids, p.ID)
		}
	}
	report, err := v.Check(t.Context(), given(kids...))
	require.NoError(t, err)
	require.Equal(t, Report{Used: int64(len(kids))}, report)
	require.NoError(t, report.Err())
	report, err = v.Check(t.Context(), given())
	require.NoError(t, err)
	require.Zero(t, report)

	require.NoError(t, v.Destroy(t.Context(), kids[3]))
	_, err = v.db.Writer.ExecContext(t.Context(), "UPDATE keys SET wrapped = randomblob(60) WHERE kid = ?", kids[4])
	require.NoError(t, err)
	report, err = v.Check(t.Context(), given(append([]string{"missing-1"}, append(kids, "missing-2", "missing-1")...)...))
	require.NoError(t, err)
	require.Equal(t, Report{
		Used:      int64(len(kids) + 3),
		Missing:   []string{"missing-1", "missing-2"},
		Damaged:   []string{kids[4]},
		Destroyed: []string{kids[3]},
	}, report)
	require.ErrorIs(t, report.Err(), ErrIncomplete)
	require.ErrorContains(t, report.Err(), "missing-1")
}

func TestCheckOfTheWrongVaultEndsEarly(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	asked := 0
	report, err := v.Check(t.Context(), func(yield func(string, error) bool) {
		for i := range 1_000_000 {
			asked++
			if !yield(fmt.Sprint("kid-", i), nil) {
				return
			}
		}
	})
	require.NoError(t, err)
	require.True(t, report.Cut)
	require.Len(t, report.Missing, reportLimit)
	require.Equal(t, queryBatch, asked)
	require.ErrorIs(t, report.Err(), ErrIncomplete)
	require.ErrorContains(t, report.Err(), "at least 100 keys missing")
}

func TestCheckPassesOnTheLogsError(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	broken := errors.New("log is broken")
	_, err := v.Check(t.Context(), func(yield func(string, error) bool) { yield("", broken) })
	require.ErrorIs(t, err, broken)
}
