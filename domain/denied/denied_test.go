package denied

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
)

func requireRefused(t *testing.T, err error, kind domain.Kind, rule string) {
	t.Helper()
	var refused *domain.RefusedError
	require.True(t, errors.As(err, &refused), "got %v", err)
	require.Equal(t, rule, refused.Rule)
	require.Equal(t, kind, refused.Kind)
	require.NotEmpty(t, refused.Next)
}

func TestDecideRecord(t *testing.T) {
	base := Record{Action: "payrun.sign-off", Rule: "officer.no-capacity", Subject: "payrun-1", Waiting: 1}
	one := []domain.Event{Refused{Action: "payrun.sign-off", Rule: "officer.no-capacity", Subject: "payrun-1"}}
	counted := func(n int) []domain.Event { return []domain.Event{Counted{More: n}} }
	for _, r := range []struct {
		name  string
		state State
		edit  func(*Record)
		rule  string
		want  []domain.Event
	}{
		{"the first", State{}, func(*Record) {}, "", one},
		{"the last below the cap", State{Refused: Cap - 1}, func(*Record) {}, "", one},
		{"without a subject", State{}, func(c *Record) { c.Subject = "" }, "", []domain.Event{Refused{Action: "payrun.sign-off", Rule: "officer.no-capacity"}}},
		{"the first beyond the cap", State{Refused: Cap}, func(*Record) {}, "", counted(1)},
		{"the second beyond the cap", State{Refused: Cap, Counted: 1}, func(*Record) {}, "", counted(1)},
		{"fewer waiting than were counted", State{Refused: Cap, Counted: 4}, func(c *Record) { c.Waiting = 3 }, "", nil},
		{"as many waiting as were counted", State{Refused: Cap, Counted: 4}, func(c *Record) { c.Waiting = 4 }, "", counted(4)},
		{"more waiting than were counted", State{Refused: Cap, Counted: 4}, func(c *Record) { c.Waiting = 9 }, "", counted(9)},
		{"text for an action", State{}, func(c *Record) { c.Action = "给张三签字" }, "denied.code", nil},
		{"text for a rule", State{}, func(c *Record) { c.Rule = "no such key: abc" }, "denied.code", nil},
		{"text for a subject", State{}, func(c *Record) { c.Subject = "张三" }, "denied.subject", nil},
		{"too long a subject", State{}, func(c *Record) { c.Subject = "payrun-" + string(make([]byte, 194)) }, "denied.subject", nil},
		{"nothing waiting", State{}, func(c *Record) { c.Waiting = 0 }, "denied.waiting", nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := base
			r.edit(&c)
			got, err := r.state.DecideRecord(c)
			if r.rule != "" {
				requireRefused(t, err, domain.Invalid, r.rule)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, r.want, got)
		})
	}
}

func TestLongestSubject(t *testing.T) {
	name := []byte("payrun-")
	for len(name) < 200 {
		name = append(name, '1')
	}
	_, err := State{}.DecideRecord(Record{Action: "a.b", Rule: "a.b", Subject: string(name), Waiting: 1})
	require.NoError(t, err)
	_, err = State{}.DecideRecord(Record{Action: "a.b", Rule: "a.b", Subject: string(name) + "1", Waiting: 1})
	requireRefused(t, err, domain.Invalid, "denied.subject")
}

func TestDecideFlush(t *testing.T) {
	got, err := State{Counted: 4}.DecideFlush(Flush{Waiting: 3})
	require.NoError(t, err)
	require.Equal(t, []domain.Event{Counted{More: 3}}, got)
	got, err = State{}.DecideFlush(Flush{})
	require.NoError(t, err)
	require.Empty(t, got)
	_, err = State{}.DecideFlush(Flush{Waiting: -1})
	requireRefused(t, err, domain.Invalid, "denied.waiting")
}

// However often somebody tries, the log grows by the cap and a few, the total is exact after a flush, and a crash at any
// moment loses at most as many as were counted.
func TestAFloodIsCappedAndCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attempts := rapid.IntRange(0, 20_000).Draw(t, "attempts")
		var s State
		events, waiting := 0, 0
		apply := func(decided []domain.Event) {
			for _, e := range decided {
				s, waiting = Evolve(s, domain.Fact{Event: e}), 0
				events++
			}
		}
		for range attempts {
			waiting++
			decided, err := s.DecideRecord(Record{Action: "payrun.sign-off", Rule: "sign-off.signature", Waiting: waiting})
			require.NoError(t, err)
			apply(decided)
			require.LessOrEqual(t, waiting, s.Counted)
		}
		decided, err := s.DecideFlush(Flush{Waiting: waiting})
		require.NoError(t, err)
		apply(decided)
		require.Equal(t, attempts, s.Total())
		require.LessOrEqual(t, events, Cap+17) // 2^15 > 20,000
		require.Equal(t, s, Evolve(s, domain.Fact{Event: foreign{}}))
	})
}

type foreign struct{}

func (foreign) EventType() string { return "foreign.happened" }
