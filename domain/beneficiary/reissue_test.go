package beneficiary

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain/payrun"
)

// TestReissue: a reissue pays what came back once the account is corrected, and nothing else that is due.
func TestReissue(t *testing.T) {
	reissue := func(id string, to string) Run {
		r := run(id, to, to)
		r.Reissue = true
		return r
	}
	l := enrolledLife(t)
	require.True(t, l.assess(reissue("r0", "2022-01")).Nothing(), "due, and never paid: a reissue is not for that")

	l.draw("r1", "2022-01", "2022-01")
	l.draw("r2", "2022-02", "2022-02")
	require.True(t, l.assess(reissue("r3", "2022-03")).Nothing(), "nothing came back")
	l.undo("r1", Returned)
	a := l.assess(reissue("r3", "2022-03"))
	require.Equal(t, payrun.HeldReturned, a.Held, "the account is the one that failed")
	requireMoney(t, "100.00", a.HeldSum)

	l.happen(AccountChanged{HolderPerson: "wang", Relation: "self"})
	requireMoney(t, "200.00", l.assess(run("r4", "2022-03", "2022-03")).Total)
	d := l.drawAt(reissue("r3", "2022-03"), tariff{})
	require.Equal(t, "draw-r1", d.Again)
	requireMoney(t, "100.00", d.Net)
	require.Len(t, d.Items, 1)
	require.Equal(t, "2022-01", d.Items[0].Unit.String())
	require.True(t, l.assess(reissue("r5", "2022-03")).Nothing(), "it was paid again")

	t.Run("what came back twice is paid again", func(t *testing.T) {
		l.undo("r3", Returned)
		l.undo("r2", Returned)
		l.happen(AccountChanged{HolderPerson: "wang", Relation: "self"})
		d := l.drawAt(reissue("r6", "2022-03"), tariff{})
		requireMoney(t, "200.00", d.Net)
		require.Len(t, d.Items, 2)
	})
}

// TestReissueOfATopUp: money that came back is paid again, whatever kind of item it was.
func TestReissueOfATopUp(t *testing.T) {
	l := enrolledLife(t)
	l.draw("r1", "2022-01", "2022-01")
	l.happen(toClass("girl", "2022-01"))
	require.Equal(t, []string{"2022-01 top-up 10.00"}, brief(l.draw("r2", "2022-01", "2022-01").Items))
	l.undo("r2", Returned)
	l.happen(AccountChanged{HolderPerson: "wang", Relation: "self"})
	d := l.drawAt(reissue("r3", "2022-01", "2022-01"), tariff{})
	require.Equal(t, []string{"2022-01 top-up 10.00"}, brief(d.Items))
	require.Equal(t, "draw-r2", d.Again)
}
