package domain

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireRefused fails unless err is a refusal of that kind and rule that says what to do next. It returns the refusal.
func requireRefused(t *testing.T, err error, kind Kind, rule string) *RefusedError {
	t.Helper()
	var refused *RefusedError
	require.ErrorAs(t, err, &refused)
	require.ErrorIs(t, err, kind)
	require.Equal(t, rule, refused.Rule)
	require.NotEmpty(t, refused.Detail)
	require.NotEmpty(t, refused.Next, "a bad input is told what to do next")
	return refused
}

func TestRefusalIsOfItsKindHoweverDeepItIsWrapped(t *testing.T) {
	err := fmt.Errorf("case C1: %w", error(Refuse(Conflict, "case.step", "step %d is next", 3)))
	for _, kind := range []Kind{Invalid, NotFound, Forbidden, Refused} {
		require.NotErrorIs(t, err, kind)
	}
	require.ErrorIs(t, err, Conflict)
	require.EqualError(t, err, "case C1: step 3 is next (case.step)")
}

func TestNextStepStandsOnItsOwnLine(t *testing.T) {
	first := Refuse(Invalid, "date.form", "no date")
	second := first.WithNext("write %s", "2021-06-30")
	require.EqualError(t, second, "no date (date.form)\n  next: write 2021-06-30")
	require.EqualError(t, first, "no date (date.form)", "WithNext copies")
	require.ErrorIs(t, second, Invalid)
}

func TestKindsAreDistinct(t *testing.T) {
	kinds := []Kind{Invalid, NotFound, Conflict, Forbidden, Refused}
	for i, a := range kinds {
		for j, b := range kinds {
			require.Equal(t, i == j, errors.Is(a, b))
		}
	}
}

func TestKindsPrintTheirCode(t *testing.T) {
	require.EqualError(t, NotFound, "not-found")
}

func TestLongInputIsCutInRefusals(t *testing.T) {
	_, err := ParseDate(strings.Repeat("日", 5000))
	require.ErrorContains(t, err, strings.Repeat("日", maxQuoted)+"…")
	require.Less(t, len(err.Error()), 400)
}
