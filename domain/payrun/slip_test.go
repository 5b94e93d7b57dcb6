package payrun

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// TestNumbersThatNearlyFit: a command that fits but for one of its numbers is answered by what that number says.
func TestNumbersThatNearlyFit(t *testing.T) {
	events, err := DecideList(opened(t), List{Round: 1, Page: 1, Lines: listLines()[:3]})
	one := after(t, opened(t), "", events, err)
	undo := func(round, draws int) func(State) ([]domain.Event, error) {
		return func(s State) ([]domain.Event, error) { return DecideUndone(s, Undo{Round: round, Draws: draws}) }
	}
	oneEach := opened(t)
	events, err = DecideList(oneEach, List{Round: 1, Page: 1, Lines: listLines()[:1]})
	oneEach = after(t, oneEach, "", events, err)
	events, err = DecideHold(oneEach, Hold{Round: 1, Page: 1, Lines: listHeld()})
	oneEach = after(t, oneEach, "", events, err)
	totals, sections, err := Summarize(listLines()[:1], listHeld())
	require.NoError(t, err)
	runRows(t, []row{
		{name: "the lines of the last page under another number", state: one, kind: domain.Conflict, rule: "payrun.page-order", detail: "page 2 is expected, not page 3",
			ask: func(s State) ([]domain.Event, error) {
				return DecideList(s, List{Round: 1, Page: 3, Lines: listLines()[:3]})
			}},
		{name: "as many held as listed is not nobody", state: oneEach,
			ask: func(s State) ([]domain.Event, error) {
				return DecidePrepared(s, Prepare{Round: 1, Lines: listLines()[:1], Held: listHeld()})
			},
			events: []domain.Event{Prepared{HeldPages: 1, Pages: 1, Round: 1, Run: runID, Totals: totals, Sections: sections}}},
		{name: "the round undone before, while the next is being undone", state: cancelled(t, preparedAgain(t, undone(t))), ask: undo(1, 4),
			kind: domain.Conflict, rule: "payrun.undo-round", detail: "round 2"},
		{name: "a draw of a round without a page, after a round that was prepared", state: cancelled(t, undone(t)), ask: undo(2, 1),
			events: []domain.Event{Undone{Draws: 1, Round: 2, Run: runID}}},
	})
	_, err = DecideList(one, List{Round: 1, Page: 3, Lines: listLines()[3:]})
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Contains(t, refused.Next, "go on with page 2")
}

// TestRoundBeingUndone: a run cancelled in its first round still works on that round until its draws are undone.
func TestRoundBeingUndone(t *testing.T) {
	require.Equal(t, 1, cancelled(t, preparing(t)).working())
	require.Equal(t, 1, cancelled(t, sentBack(t)).working())
	require.Equal(t, 2, cancelled(t, preparedAgain(t, undone(t))).working())
}

// TestTwoStrangeCharacters: two characters that are no digits cancel each other in the remainder; they are refused all the
// same, for the line they name would be none of the run's.
func TestTwoStrangeCharacters(t *testing.T) {
	for _, ref := range []string{"PFKQFRW5Q3K0UU09", "PFKQFRW5Q3K00UUF", "PUUQFRW5Q3K00009"} {
		require.Zero(t, payRefRemainder(ref))
		_, _, err := ParsePayRef(ref)
		require.ErrorContains(t, err, "payrun.pay-ref", ref)
	}
}
