package payrun

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/signoff"
)

// node and leafOf are RFC 6962 section 2.1, written out once more.
func node(left, right []byte) []byte {
	sum := sha256.Sum256(append(append([]byte{1}, left...), right...))
	return sum[:]
}

func leafOf(entry string) []byte {
	sum := sha256.Sum256(append([]byte{0}, entry...))
	return sum[:]
}

func TestSummarize(t *testing.T) {
	one, two, three, four := leafOf("draw 1"), leafOf("draw 2"), leafOf("draw 3"), leafOf("draw 4")
	nothing := sha256.Sum256(nil)
	hex := func(b []byte) string { return signoff.Hex([32]byte(b)) }
	north := domain.AreaCode("340311101200")
	totals, sections, err := Summarize(listLines(), append(listHeld(), heldLine(2, HeldDied, north), heldLine(3, HeldDied, north)))
	require.NoError(t, err)
	require.Equal(t, signoff.Totals{Held: 3, Lines: 4, Root: hex(node(node(one, two), node(three, four))), Total: "220.50"}, totals)
	require.Equal(t, []signoff.SectionTotals{
		{Scope: string(north), Totals: signoff.Totals{Held: 2, Lines: 0, Root: hex(nothing[:]), Total: "0.00"}},
		{Scope: string(east), Totals: signoff.Totals{Held: 0, Lines: 2, Root: hex(node(one, three)), Total: "180.50"}},
		{Scope: string(west), Totals: signoff.Totals{Held: 1, Lines: 2, Root: hex(node(two, four)), Total: "40.00"}},
	}, sections)

	totals, sections, err = Summarize(nil, nil)
	require.NoError(t, err)
	require.Equal(t, signoff.Totals{Root: hex(nothing[:]), Total: "0.00"}, totals)
	require.Nil(t, sections)

	_, _, err = Summarize([]Line{{Line: 7, Leaf: "zz"}}, nil)
	require.ErrorContains(t, err, "summarize line 7")
}

// A digest of fields must not confuse where one ends and the next begins.
func TestRollKeepsFieldsApart(t *testing.T) {
	require.NotEqual(t, roll("", "ab", "c"), roll("", "a", "bc"))
	require.NotEqual(t, roll("", `a"`, "b"), roll("", "a", `"b`))
	require.NotEqual(t, roll("", "a"), roll(roll("", "a"), "a"))
	require.Equal(t, rollLines("", listLines()), rollLines(rollLines("", listLines()[:2]), listLines()[2:]))
	require.Equal(t, "", rollHeld("", nil))
}
