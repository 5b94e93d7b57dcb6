package api

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestPagesAreTheWholeList: whatever the size of pages, they are the list, in order, each item once.
func TestPagesAreTheWholeList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, limit := rapid.IntRange(0, 40).Draw(t, "items"), rapid.IntRange(1, 12).Draw(t, "limit")
		list := make([]int64, n)
		for i := range list {
			list[i] = int64(10 * (n - i))
		}
		seen, after := []int64{}, int64(0)
		for range n + 1 {
			page, next := pageOf(list, func(x int64) int64 { return x }, after, limit)
			require.LessOrEqual(t, len(page), limit)
			seen = append(seen, page...)
			if next == "" {
				break
			}
			_, err := fmt.Sscan(next, &after)
			require.NoError(t, err)
		}
		require.Equal(t, list, seen)
	})
}

// TestCursorsBelongToTheirQuery: a cursor reads back under its own path and filters, whatever the page size, and no other.
func TestCursorsBelongToTheirQuery(t *testing.T) {
	filters := url.Values{"office": {"town"}}
	cursor := cursorOf("/v1/payruns", filters, "17")
	read := func(path string, query url.Values) (string, error) {
		return (&request{url: &url.URL{Path: path}, query: query}).place()
	}
	place, err := read("/v1/payruns", url.Values{"office": {"town"}, "limit": {"5"}, "cursor": {cursor}})
	require.NoError(t, err)
	require.Equal(t, "17", place)
	for _, other := range []struct {
		path  string
		query url.Values
	}{
		{"/v1/cases", url.Values{"office": {"town"}, "cursor": {cursor}}},
		{"/v1/payruns", url.Values{"office": {"county"}, "cursor": {cursor}}},
		{"/v1/payruns", url.Values{"cursor": {cursor}}},
		{"/v1/payruns", url.Values{"office": {"town"}, "cursor": {cursor[1:]}}},
		{"/v1/payruns", url.Values{"office": {"town"}, "cursor": {"?"}}},
	} {
		_, err := read(other.path, other.query)
		require.Error(t, err, "%v", other)
	}
}

// TestReplaysAreBounded: the oldest are forgotten first.
func TestReplaysAreBounded(t *testing.T) {
	p := newReplays()
	for i := range maxReplays + 1 {
		p.add("o", fmt.Sprint(i))
	}
	require.False(t, p.has("o", "0"))
	require.True(t, p.has("o", "1"))
	for i := range maxAnswers + 1 {
		p.keep("o", fmt.Sprint(i), nil, ok(i))
	}
	_, found, err := p.answer("o", "0", nil)
	require.NoError(t, err)
	require.False(t, found)
	_, found, err = p.answer("o", "1", []byte("other"))
	require.True(t, found)
	require.Error(t, err)
}
