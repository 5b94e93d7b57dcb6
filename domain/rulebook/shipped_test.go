package rulebook

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryShippedRulebookParses(t *testing.T) {
	require.NotEmpty(t, ShippedIDs())
	for _, id := range ShippedIDs() {
		book, err := Shipped(id)
		require.NoError(t, err, id)
		require.Equal(t, id, book.ID(), "the file's name is its id")
	}
}

func TestEverySituationHolds(t *testing.T) {
	for _, id := range ShippedIDs() {
		t.Run(id, func(t *testing.T) {
			source, err := os.ReadFile("../../testdata/situations/" + id + ".yaml")
			require.NoError(t, err, "every shipped rulebook has situations")
			book, err := Shipped(id)
			require.NoError(t, err)
			results, err := CheckSituations(book, source)
			require.NoError(t, err)
			for _, r := range results {
				require.Empty(t, r.Failures, r.Name)
			}
		})
	}
}
