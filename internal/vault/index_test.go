package vault

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesAndAccountsAreManyToMany(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	var p [3]string
	for i := range p {
		var err error
		p[i], err = v.RegisterAnonymous(t.Context())
		require.NoError(t, err)
	}
	require.NoError(t, v.IndexMany(t.Context(), []Index{
		{Person: p[2], Name: "测试甲", Account: "6200000000000001"},
		{Person: p[0], Name: "测试甲"},
		{Person: p[0], Name: "测试乙", Account: "6200000000000001"},
		{Person: p[0], Name: "测试乙"}, // twice is once
		{Person: p[1]},
	}))
	require.NoError(t, v.IndexName(t.Context(), p[1], "测试丙"))
	require.NoError(t, v.IndexAccount(t.Context(), p[1], "6200000000000002"))

	find := func(by func(name string) ([]string, error), key string) []string {
		t.Helper()
		got, err := by(key)
		require.NoError(t, err)
		return got
	}
	byName := func(s string) ([]string, error) { return v.FindByName(t.Context(), s) }
	byAccount := func(s string) ([]string, error) { return v.FindByAccount(t.Context(), s) }
	require.Equal(t, []string{p[0], p[2]}, find(byName, "测试甲"), "in the order of registration")
	require.Equal(t, []string{p[0]}, find(byName, "测试乙"))
	require.Empty(t, find(byName, "测试"))
	require.Empty(t, find(byName, "6200000000000001"), "an account is no name")
	require.Equal(t, []string{p[0], p[2]}, find(byAccount, "6200000000000001"))
	require.Equal(t, []string{p[1]}, find(byAccount, "6200000000000002"))

	require.NoError(t, v.RemoveNames(t.Context(), p[0]))
	require.NoError(t, v.RemoveNames(t.Context(), "nobody"))
	require.Equal(t, []string{p[2]}, find(byName, "测试甲"))
	require.Empty(t, find(byName, "测试乙"))
	require.Equal(t, []string{p[0], p[2]}, find(byAccount, "6200000000000001"))
}

func TestIndexRefuses(t *testing.T) {
	v := create(t, vaultPath(t), Options{})
	person, err := v.RegisterAnonymous(t.Context())
	require.NoError(t, err)
	_, err = v.NewFileKey(t.Context(), "file", "")
	require.NoError(t, err)

	require.ErrorIs(t, v.IndexName(t.Context(), person, ""), ErrMalformed)
	require.ErrorIs(t, v.IndexAccount(t.Context(), person, ""), ErrMalformed)
	require.ErrorIs(t, v.IndexName(t.Context(), person, strings.Repeat("长", 200)), ErrMalformed)
	require.ErrorIs(t, v.IndexName(t.Context(), "file", "测试甲"), ErrMismatch)
	err = v.IndexMany(t.Context(), []Index{{Person: person, Name: "测试甲"}, {Person: "nobody", Name: "测试乙"}})
	require.ErrorIs(t, err, ErrNoKey)
	require.ErrorContains(t, err, "nobody")
	require.NotContains(t, err.Error(), "测试")
	found, err := v.FindByName(t.Context(), "测试甲")
	require.NoError(t, err)
	require.Empty(t, found, "all or nothing")
}
