package bankfile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
)

// TestShipped: every layout that comes with the program is sound, is found under its id, and every return file names the
// layout it answers.
func TestShipped(t *testing.T) {
	out, back := 0, 0
	for _, id := range ShippedIDs() {
		f, err := Shipped(id)
		require.NoError(t, err, id)
		require.Equal(t, id, f.ID())
		require.NotEmpty(t, f.Title(false))
		require.NotEqual(t, f.Title(false), f.Title(true))
		require.Len(t, f.Hash(), 64)
		require.Regexp(t, "^(found|assumed): .", f.Basis())
		if f.Direction() == Out {
			out++
			continue
		}
		back++
		answered, err := Shipped(f.Answers())
		require.NoError(t, err, id)
		require.Equal(t, Out, answered.Direction())
		require.Equal(t, answered.Kind(), f.Kind())
	}
	require.Equal(t, 6, out)
	require.Equal(t, 6, back)
	_, err := Shipped("no-such-bank")
	require.ErrorIs(t, err, domain.NotFound)
	require.ErrorContains(t, err, "bankfile.not-shipped")
	require.ErrorContains(t, err, "icbc-txt")
}
