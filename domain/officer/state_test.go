package officer

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

func TestAuthority(t *testing.T) {
	key := KeyID(publicOf("li"))
	ended := CapacityWithdrawn{Officer: "li", Capacity: "county.handler", Office: "o-county", Until: domain.MustDate("2022-06-30")}
	want := signoff.Authority{
		Officer: "li", Person: "person-li", Name: "李四", Post: "科员", Capacity: "county.handler", Office: "o-county", Area: county,
		Custody: signoff.OwnDevice, Key: key, Public: publicOf("li"),
	}
	pays := CapacityGranted{Officer: "li", Capacity: "finance.head", Office: "o-finance", Area: county, From: newYear}
	for _, r := range []struct {
		name                  string
		state                 State
		capacity, office, key string
		day                   string
		rule                  string
	}{
		{"not while holding both kinds", li(pays), "county.handler", "o-county", key, "2022-01-01", "officer.separation"},
		{"not while holding both kinds, the other way round", li(pays), "finance.head", "o-finance", key, "2022-01-01", "officer.separation"},
		{"holding both kinds one after the other", li(ended, CapacityGranted{Capacity: "finance.head", From: domain.MustDate("2022-07-01")}), "county.handler", "o-county", key, "2022-06-30", ""},
		{"holds it on the first day", li(), "county.handler", "o-county", key, "2022-01-01", ""},
		{"holds it on the last day", li(ended), "county.handler", "o-county", key, "2022-06-30", ""},
		{"not the day before", li(), "county.handler", "o-county", key, "2021-12-31", "officer.no-capacity"},
		{"not the day after", li(ended), "county.handler", "o-county", key, "2022-07-01", "officer.no-capacity"},
		{"not in another capacity", li(), "county.head", "o-county", key, "2022-01-01", "officer.no-capacity"},
		{"not for another office", li(), "county.handler", "o-other", key, "2022-01-01", "officer.no-capacity"},
		{"not with an unknown key", li(), "county.handler", "o-county", "0123456789abcdef", "2022-01-01", "officer.no-key"},
		{"not with a revoked key", li(KeyRevoked{Officer: "li", Key: key}), "county.handler", "o-county", key, "2022-01-01", "officer.key-revoked"},
		{"not with a key that is none", li(KeyRegistered{Key: "bad", Public: "ed25519:?"}), "county.handler", "o-county", "bad", "2022-01-01", "officer.no-key"},
		{"not after leaving", li(Left{Officer: "li"}), "county.handler", "o-county", key, "2022-01-01", "officer.left"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := r.state.Authority(r.capacity, r.office, r.key, domain.MustDate(r.day), nil)
			if r.rule != "" {
				requireRefused(t, err, domain.Forbidden, r.rule)
				require.Empty(t, got)
				return
			}
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	_, err := State{}.Authority("county.handler", "o-county", key, newYear, nil)
	requireRefused(t, err, domain.NotFound, "officer.unknown")
}

// TestAuthorityUnderTwoIDs: what the same person holds under another officer id stands in the way on that day, and only when
// it is of the other kind.
func TestAuthorityUnderTwoIDs(t *testing.T) {
	pays := Holding{Capacity: "finance.handler", Office: "o-finance", Area: county, From: newYear, Until: domain.MustDate("2022-03-31")}
	for _, r := range []struct {
		name   string
		others []Holding
		day    string
		rule   string
	}{
		{"pays too", []Holding{pays}, "2022-01-01", "officer.separation"},
		{"pays too, on the last day", []Holding{pays}, "2022-03-31", "officer.separation"},
		{"paid until the day before", []Holding{pays}, "2022-04-01", ""},
		{"pays from a later day on", []Holding{{Capacity: "finance.handler", From: domain.MustDate("2022-01-02")}}, "2022-01-01", ""},
		{"decides elsewhere too", []Holding{{Capacity: "town.head", Office: "o-town", From: newYear}}, "2022-01-01", ""},
		{"audits too", []Holding{{Capacity: Auditor, Office: "o-county", From: newYear}}, "2022-01-01", ""},
		{"one of several pays", []Holding{{Capacity: "town.head", From: newYear}, pays}, "2022-01-01", "officer.separation"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := li().Authority("county.handler", "o-county", KeyID(publicOf("li")), domain.MustDate(r.day), r.others)
			if r.rule == "" {
				require.NoError(t, err)
				require.Equal(t, "county.handler", got.Capacity)
				return
			}
			requireRefused(t, err, domain.Forbidden, r.rule)
			require.Empty(t, got)
			require.ErrorContains(t, err, "finance.handler for o-finance")
		})
	}
	_, err := li(CapacityGranted{Capacity: Personnel, Office: "o-county", Area: county, From: newYear}).Authority(Personnel, "o-county", KeyID(publicOf("li")), newYear, []Holding{pays})
	require.NoError(t, err, "who appoints neither decides nor pays")
}

func TestTheLatestGrantKnowsTheArea(t *testing.T) {
	s := li(CapacityGranted{Officer: "li", Capacity: "county.handler", Office: "o-county", Area: "340521", From: newYear})
	got, err := s.Authority("county.handler", "o-county", KeyID(publicOf("li")), newYear, nil)
	require.NoError(t, err)
	require.Equal(t, domain.AreaCode("340521"), got.Area)
	require.Equal(t, Granter{Officer: "li", Person: "person-li", Capacity: "county.handler", Area: "340521", Custody: signoff.OwnDevice,
		Key: got.Key, Public: got.Public}, GranterOf(got))
}

func TestEvolve(t *testing.T) {
	later := CapacityGranted{Officer: "li", Capacity: "county.handler", Office: "o-county", Area: county, From: domain.MustDate("2023-01-01")}
	other := CapacityGranted{Officer: "li", Capacity: "county.handler", Office: "o-other", Area: county, From: newYear}
	withdrawn := CapacityWithdrawn{Officer: "li", Capacity: "county.handler", Office: "o-county", Until: domain.MustDate("2022-06-30")}

	head := CapacityGranted{Officer: "li", Capacity: "county.head", Office: "o-county", Area: county, From: newYear}
	s := li(later, other, head, withdrawn)
	require.Equal(t, []Holding{
		{Capacity: "county.handler", Office: "o-county", Area: county, From: newYear, Until: domain.MustDate("2022-06-30")},
		{Capacity: "county.handler", Office: "o-county", Area: county, From: domain.MustDate("2023-01-01"), Until: domain.MustDate("2022-06-30")},
		{Capacity: "county.handler", Office: "o-other", Area: county, From: newYear},
		{Capacity: "county.head", Office: "o-county", Area: county, From: newYear},
	}, s.Capacities, "what begins later becomes void, other offices and capacities stay")
	_, held := s.holding("county.handler", "o-county", domain.MustDate("2023-01-01"))
	require.False(t, held)
	never := Holding{Capacity: "finance.head", From: newYear}
	require.False(t, s.Capacities[1].overlaps(never))
	require.False(t, never.overlaps(s.Capacities[1]))
	require.True(t, never.overlaps(s.Capacities[0]))
	require.Equal(t, int64(2), s.Keys[0].RegisteredRev)
	require.Zero(t, s.Keys[0].RevokedRev)

	key := s.Keys[0].Key
	s = li(KeyRevoked{Key: key}, KeyRevoked{Key: key}, KeyRegistered{Key: "second"}, KeyRevoked{Key: "unknown"})
	require.Zero(t, s.Keys[1].RevokedRev, "another key stays")
	require.Equal(t, int64(3), s.Keys[0].RevokedRev, "the first revocation counts")

	require.Equal(t, s, Evolve(s, domain.Fact{Event: foreign{}, Revision: 9}))
}

type foreign struct{}

func (foreign) EventType() string { return "foreign.happened" }

func TestEvolveSharesNothing(t *testing.T) {
	s := li()
	before, err := json.Marshal(s)
	require.NoError(t, err)
	key := s.Keys[0].Key
	for _, e := range []domain.Event{
		CapacityWithdrawn{Capacity: "county.handler", Office: "o-county", Until: newYear}, KeyRevoked{Key: key}, Left{},
		Appointed{Officer: "x"}, CapacityGranted{Capacity: "county.head"}, KeyRegistered{Key: "x"},
	} {
		one := Evolve(s, domain.Fact{Event: e, Revision: 5})
		Evolve(one, domain.Fact{Event: CapacityGranted{Capacity: "a"}, Revision: 6})
	}
	after, err := json.Marshal(s)
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after))

	var read State
	require.NoError(t, json.Unmarshal(after, &read))
	require.Equal(t, s, read, "a read model keeps folds as JSON")
}
