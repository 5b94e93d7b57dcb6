package domain

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseAreaCode(t *testing.T) {
	for in, want := range map[string]string{
		"340523": "340523", "340523100": "340523100", "340523100201": "340523100201", "340523100000": "340523100", "340523000": "340523", "340523000000": "340523",
		"340000": "340000", "340500": "340500",
	} {
		c, err := ParseAreaCode(in)
		require.NoError(t, err, in)
		require.Equal(t, AreaCode(want), c)
	}
	for _, in := range []string{"", "34", "3405231", "34052310020", "3405231002011", "34052a", "３４０５２３", " 340523", "090000", "103523"} {
		_, err := ParseAreaCode(in)
		requireRefused(t, err, Invalid, "area.code")
	}
	var c AreaCode
	require.NoError(t, json.Unmarshal([]byte(`"340523100"`), &c))
	requireRefused(t, c.UnmarshalText([]byte("340523100000")), Invalid, "area.canonical")
	requireRefused(t, c.UnmarshalText([]byte("x")), Invalid, "area.code")
	require.Equal(t, AreaCode("340523100"), c)
}

func TestAreasLieWithinTheirParents(t *testing.T) {
	chain := []struct {
		code  AreaCode
		level AreaLevel
	}{
		{"340523100201", VillageLevel}, {"340523100", TownLevel}, {"340523", CountyLevel}, {"340500", CityLevel}, {"340000", ProvinceLevel},
	}
	for i, c := range chain {
		require.Equal(t, c.level, c.code.Level())
		for j, other := range chain {
			require.Equal(t, i <= j, c.code.Within(other.code), "%s within %s", c.code, other.code)
		}
		if i+1 < len(chain) {
			require.Equal(t, chain[i+1].code, c.code.Parent())
		}
	}
	require.Empty(t, AreaCode("340000").Parent())
	require.Empty(t, AreaCode("").Parent())
	require.Empty(t, AreaCode("34").Level())
	require.False(t, AreaCode("340524").Within("340523"))
	require.False(t, AreaCode("350523").Within("340000"))
	require.False(t, AreaCode("340523").Within(""))
	require.True(t, AreaCode("441900003").Within("441900"), "a city without counties")
}

func TestAreasOnADay(t *testing.T) {
	as, err := NewAreas([]Area{
		{Code: "340523100", Name: "新镇", ValidFrom: MustDate("2015-01-01")},
		{Code: "340523100", Name: "旧镇", ValidTo: MustDate("2012-06-30")},
		{Code: "340523", Name: "县"},
	})
	require.NoError(t, err)
	for day, want := range map[string]string{"1990-01-01": "旧镇", "2012-06-30": "旧镇", "2012-07-01": "", "2014-12-31": "", "2015-01-01": "新镇", "2199-01-01": "新镇"} {
		a, ok := as.On("340523100", MustDate(day))
		require.Equal(t, want != "", ok, day)
		require.Equal(t, want, a.Name, day)
	}
	_, ok := as.On("340523", Date{})
	require.False(t, ok)
	_, ok = as.On("340524", MustDate("2020-01-01"))
	require.False(t, ok)
	_, ok = Areas{}.On("340523", MustDate("2020-01-01"))
	require.False(t, ok)
	var names []string
	for _, a := range as.All() {
		names = append(names, a.Name)
	}
	require.Equal(t, []string{"县", "旧镇", "新镇"}, names)
}

func TestNewAreasRefuses(t *testing.T) {
	day := MustDate
	for rule, areas := range map[string][]Area{
		"area.code":      {{Code: "34", Name: "x"}},
		"area.canonical": {{Code: "340523000", Name: "x"}},
		"area.name":      {{Code: "340523"}},
		"area.validity":  {{Code: "340523", Name: "x", ValidFrom: day("2020-01-02"), ValidTo: day("2020-01-01")}},
		"area.overlap":   {{Code: "340523", Name: "y", ValidFrom: day("2020-01-01")}, {Code: "340523", Name: "x", ValidTo: day("2020-01-01")}},
	} {
		_, err := NewAreas(areas)
		requireRefused(t, err, Invalid, rule)
	}
	_, err := NewAreas([]Area{{Code: "340523", Name: "x"}, {Code: "340523", Name: "y", ValidFrom: day("2020-01-01")}})
	requireRefused(t, err, Invalid, "area.overlap")
	_, err = NewAreas([]Area{{Code: "340523", Name: "y", ValidFrom: day("2020-01-02")}, {Code: "340523", Name: "x", ValidTo: day("2020-01-01")}})
	require.NoError(t, err)
}
