package bankfile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

func TestTurns(t *testing.T) {
	_, err := DecideTurn(Desk{}, TakeTurn{BankFile: "in-1"})
	refused(t, err, domain.Invalid, "bankdesk.incomplete")
	_, err = DecideTurn(Desk{BankFile: "in-1"}, TakeTurn{Classified: "in-1", Finance: "finance"})
	refused(t, err, domain.Invalid, "bankdesk.incomplete")

	take := func(s Desk, file, classified string) Desk {
		t.Helper()
		events, err := DecideTurn(s, TakeTurn{BankFile: file, Finance: "finance", Classified: classified})
		require.NoError(t, err)
		require.Equal(t, []domain.Event{TurnTaken{BankFile: file, Finance: "finance"}}, events)
		return EvolveDesk(s, domain.Fact{Event: events[0]})
	}
	s := take(Desk{}, "in-1", "")
	events, err := DecideTurn(s, TakeTurn{BankFile: "in-1", Finance: "finance"})
	require.NoError(t, err)
	require.Empty(t, events)
	_, err = DecideTurn(s, TakeTurn{BankFile: "in-2", Finance: "finance"})
	refused(t, err, domain.Conflict, "bankdesk.turn")
	_, err = DecideTurn(s, TakeTurn{BankFile: "in-2", Finance: "finance", Classified: "in-0"})
	refused(t, err, domain.Conflict, "bankdesk.turn")
	s = take(s, "in-2", "in-1")
	require.Equal(t, "in-2", s.BankFile)
	require.Equal(t, s, EvolveDesk(s, domain.Fact{Event: other{}}))
}
