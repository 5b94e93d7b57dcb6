package cases

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"almoner/domain"
	"almoner/domain/change"
	"almoner/domain/signoff"
)

type stranger struct{}

func (stranger) EventType() string { return "office.opened" }

func TestEvolve(t *testing.T) {
	s := opened(t)
	require.Equal(t, s, Evolve(s, domain.Fact{Event: stranger{}}))
	require.Equal(t, Proposal{Event: "id-case.opened", Revision: 1}, s.Proposal)
	require.Equal(t, handler.Officer, s.OpenedBy)
	require.Equal(t, "case-c-1", s.Signing.Subject)

	revised := exit()
	revised.Rulebook, revised.Village, revised.Programme, revised.Region = "rb-2", "340311101202", "other", "340000"
	s = Evolve(s, domain.Fact{Event: Revised{Case: caseID, Change: revised}, ID: "e2", Revision: 7})
	require.Equal(t, Proposal{Event: "e2", Revision: 7}, s.Proposal)
	require.Equal(t, []string{"rb-2", "340311101202", "other", "340000"}, []string{s.Rulebook, string(s.Village), s.Programme, s.Region})
	totals := signoff.Totals{Lines: 1, Root: "leaf", Total: "0.00"}
	require.Equal(t, signoff.Submission{Round: 1, Rulebook: "rb-2", Totals: totals, Sections: []signoff.SectionTotals{{Scope: "340311101202", Totals: totals}}}, s.Submission("leaf"))

	require.Equal(t, signoff.Refused, refused(t).Signing.Status)
	require.Equal(t, StatusRefused, refused(t).Status)
	require.Equal(t, signoff.Ended, withdrawn(t, s).Signing.Status)
	require.Equal(t, StatusFailed, applied(t, "slot.taken").Status)
	require.Equal(t, "slot.taken", applied(t, "slot.taken").Failed)
	require.Equal(t, StatusApplied, applied(t, "").Status)
}

func TestMoney(t *testing.T) {
	amount := domain.MustMoney("500.00")
	for _, c := range []struct {
		change change.Change
		want   string
	}{{exit(), "0.00"}, {change.Change{Grant: &change.GrantPart{Amount: amount}}, "500.00"}, {change.Change{Overpaid: &change.WriteOffPart{Amount: amount}}, "500.00"}} {
		require.Equal(t, c.want, Money(c.change).String())
		require.Equal(t, c.want, State{}.proposed(c.change, domain.Fact{}).Submission("").Total)
	}
}

func TestStateSurvivesJSON(t *testing.T) {
	for _, s := range []State{opened(t), awaiting(t), sentBack(t), agreed(t), refused(t), withdrawn(t, opened(t)), applied(t, "slot.taken")} {
		requireJSON(t, s)
	}
}

func requireJSON(t require.TestingT, s State) {
	b, err := json.Marshal(s)
	require.NoError(t, err)
	var read State
	require.NoError(t, json.Unmarshal(b, &read))
	s.Change = nil
	require.Equal(t, s, read)
}

func TestEventTypes(t *testing.T) {
	names := map[string]bool{}
	for _, e := range []domain.Event{Opened{}, Revised{}, Submitted{}, SignedOff{}, SentBack{}, Withdrawn{}, Decided{}, Applied{}} {
		require.Regexp(t, `^case\.[a-z-]+$`, e.EventType())
		names[e.EventType()] = true
	}
	require.Len(t, names, 8)
}

// Random commands of honest and less honest officers never break what the package promises.
func TestRandomHistories(t *testing.T) {
	reached := map[Status]int{}
	both := newOfficer("Both", "village.handler", east)
	bothAsHead := both
	bothAsHead.Capacity, bothAsHead.Officer, bothAsHead.Area = "county.head", "o-alias", "340311"
	staff := []officer{handler, lineHead, head, both, bothAsHead, newOfficer("Far", "town.line-head", "340311102")}
	rapid.Check(t, func(t *rapid.T) {
		s := opened(t)
		var stream []domain.Event
		do := func(t *rapid.T, by string, events []domain.Event, err error) {
			if err != nil {
				var no *domain.RefusedError
				require.ErrorAs(t, err, &no)
				require.Empty(t, events)
				return
			}
			for _, e := range events {
				require.NotContains(t, []Status{StatusRefused, StatusWithdrawn, StatusApplied, StatusFailed}, s.Status, "%s after the end", e.EventType())
				s = Evolve(s, domain.Fact{Event: e, Officer: by, ID: e.EventType(), Revision: int64(len(stream))})
				reached[s.Status]++
				stream = append(stream, e)
			}
		}
		sign := func(t *rapid.T) {
			if s.Status != StatusAwaiting {
				return
			}
			o := rapid.SampledFrom(staff).Draw(t, "officer")
			c := o.signs(s)
			if rapid.IntRange(0, 9).Draw(t, "forged") == 0 {
				c.Act.Sig[1] ^= 1
			}
			events, err := DecideSignOff(s, c)
			do(t, o.Officer, events, err)
		}
		// forward does what the case waits for, so that histories get far.
		forward := func(t *rapid.T) {
			switch s.Status {
			case StatusDraft, StatusSentBack:
				events, err := DecideSubmit(s, handler.submits(s))
				do(t, handler.Officer, events, err)
			case StatusAwaiting:
				o := staff[s.Signing.Step]
				events, err := DecideSignOff(s, o.signs(s))
				do(t, o.Officer, events, err)
			}
		}
		mood := func(t *rapid.T) bool { return rapid.IntRange(0, 3).Draw(t, "mood") == 0 }
		t.Repeat(map[string]func(*rapid.T){
			"submit": func(t *rapid.T) {
				o := rapid.SampledFrom(staff).Draw(t, "officer")
				events, err := DecideSubmit(s, o.submits(s))
				do(t, o.Officer, events, err)
			},
			"sign": sign, "sign again": sign, "forward": forward, "forward again": forward,
			"refuse": func(t *rapid.T) {
				if s.Status == StatusAwaiting {
					o := rapid.SampledFrom([]officer{staff[s.Signing.Step], head}).Draw(t, "officer")
					events, err := DecideRefuse(s, o.says(s, signoff.Refuse))
					do(t, o.Officer, events, err)
				}
			},
			"send back": func(t *rapid.T) {
				if s.Status == StatusAwaiting {
					o := rapid.SampledFrom([]officer{staff[s.Signing.Step], bothAsHead}).Draw(t, "officer")
					events, err := DecideSendBack(s, o.sendsBack(s, rapid.IntRange(0, 1).Draw(t, "to"), "visit"))
					do(t, o.Officer, events, err)
				}
			},
			"revise": func(t *rapid.T) {
				c := exit()
				c.Exit = &change.ExitPart{Reason: rapid.SampledFrom([]string{"died", "moved-out"}).Draw(t, "reason")}
				events, err := DecideRevise(s, Revise{Change: c})
				do(t, "", events, err)
			},
			"withdraw": func(t *rapid.T) {
				if mood(t) {
					events, err := DecideWithdraw(s, Withdraw{Officer: handler.Officer, Reason: "mistake"})
					do(t, "", events, err)
				}
			},
			"apply": func(t *rapid.T) {
				events, err := DecideApplied(s, Apply{Failed: rapid.SampledFrom([]string{"", "slot.taken"}).Draw(t, "rule")})
				do(t, "", events, err)
			},
			"": func(t *rapid.T) { requireJSON(t, s); requireHistory(t, stream) },
		})
	})
	t.Log("events that led to each status:", reached)
	for _, status := range []Status{StatusSentBack, StatusApplied, StatusFailed, StatusRefused, StatusWithdrawn} {
		require.NotZero(t, reached[status], "the histories are too tame to reach %s", status)
	}
}

// requireHistory reads a stream without State: nobody signs two steps, nothing changes while it waits, nothing takes
// effect before every step has signed it in its last round.
func requireHistory(t require.TestingT, stream []domain.Event) {
	persons, steps, waiting, full := map[string]int{}, map[int]bool{}, false, false
	stood := func(person string, step int) {
		if before, ok := persons[person]; ok {
			require.Equal(t, before, step, "%s signed two steps", person)
		}
		persons[person] = step
	}
	for _, e := range stream {
		switch e := e.(type) {
		case Revised:
			require.False(t, waiting, "revised while waiting for signatures")
		case Submitted:
			waiting, steps = true, map[int]bool{0: true}
			stood(e.Signed.Person, 0)
		case SignedOff:
			steps[e.Signed.Step] = true
			stood(e.Signed.Person, e.Signed.Step)
		case SentBack:
			waiting = false
			stood(e.Person, e.Step)
		case Decided:
			full = len(steps) == len(chain())
			require.True(t, full || e.Outcome == Refused, "agreed before the last signature")
		case Applied:
			require.True(t, full)
		}
	}
}

// TestHandlersAreKept: who opened a case or revised it signs no step but the first, under whatever account.
func TestHandlersAreKept(t *testing.T) {
	events, err := DecideOpen(State{}, openOf(exit(), chain()))
	s := after(t, State{}, "o-opener", events, err)
	revised := exit()
	revised.Exit = &change.ExitPart{Reason: "moved"}
	events, err = DecideRevise(s, Revise{Change: revised})
	s = after(t, s, "o-reviser", events, err)
	require.Equal(t, []string{"o-opener", "o-reviser"}, s.Signing.Handlers)

	colleague := handler.submits(s)
	events, err = DecideSubmit(s, colleague)
	s = after(t, s, handler.Officer, events, err)
	for _, account := range []string{"o-opener", "o-reviser"} {
		sign := lineHead.signs(s)
		sign.Act.Handlers = map[string]string{"o-opener": "p-opener", "o-reviser": "p-reviser"}
		sign.Act.Handlers[account] = lineHead.Person
		_, err = DecideSignOff(s, sign)
		require.ErrorContains(t, err, "sign-off.handler-step")
		_, err = DecideSendBack(s, SendBack{Origin: origin, Act: sign.Act, Reason: "wrong"})
		require.ErrorContains(t, err, "sign-off.handler-step")
	}
}
