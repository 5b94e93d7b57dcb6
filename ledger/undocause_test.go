package ledger_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// foundedNorth is a county in which the northern town has people to pay.
func foundedNorth(t *testing.T) writer {
	t.Helper()
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "ledger")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, foundCounty(ctx, dir))
	c, err := openCounty(ctx, dir, false, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	w := writer{c, ctx, func(string, ...any) {}}
	c.clock.set(monthOf(0).First().AddDays(4))
	require.NoError(t, w.roster("enter", rosterfile.Admission, crashEntries(0)))
	return w
}

// TestUndrawnNamesItsCause: a draw undone names the sending-back or the cancelling that undid it, in its person's stream and in
// the run's.
func TestUndrawnNamesItsCause(t *testing.T) {
	w := foundedNorth(t)
	run, err := w.prepared("run", monthOf(0), payrun.Regular)
	require.NoError(t, err)
	require.NoError(t, w.sentBack("back", run))
	_, err = w.ledger.CancelPayrun(w.ctx, ledger.Command{Actor: handlerOf(north), ID: "cancel"}, run, "mistake")
	require.NoError(t, err)

	voids, causes := map[string]beneficiary.Cause{}, map[beneficiary.Cause]int{}
	ended := 0
	for r, err := range logOf(t.Context(), w.disk) {
		require.NoError(t, err)
		stored, err := codec.DecodeEvent(r.Data, nil)
		require.NoError(t, err)
		switch e := stored.Event.(type) {
		case payrun.SentBack:
			voids[r.ID] = beneficiary.SentBack
		case payrun.Cancelled:
			voids[r.ID] = beneficiary.Cancelled
		case beneficiary.Undrawn:
			require.Equal(t, e.Cause, voids[stored.Cause], "the event named as cause is of that kind")
			causes[e.Cause]++
		case payrun.Undone:
			require.Contains(t, voids, stored.Cause)
			ended++
		}
	}
	require.Equal(t, 2, ended)
	require.Equal(t, map[beneficiary.Cause]int{beneficiary.SentBack: crashRows, beneficiary.Cancelled: crashRows}, causes)
}

// TestWhoPreparedARunSignsNoHigherStep: a person who drew the list up and let a colleague submit it does not sign it as head
// under a second account. Who that account belongs to is found through the product's read models.
func TestWhoPreparedARunSignsNoHigherStep(t *testing.T) {
	w := foundedNorth(t)
	root := ledger.Granting{Actor: ledger.Actor{Officer: "root-1", Office: "ledger", Capacity: "root"}, Pen: w.pen("root-1")}
	appoint := func(a ledger.Actor, person string) {
		t.Helper()
		_, err := w.ledger.Appoint(w.ctx, a.Officer+"-appoint", root, officer.Appoint{Officer: a.Officer, Person: person, Name: a.Officer, Post: "officer"})
		require.NoError(t, err)
		_, err = w.ledger.GrantCapacity(w.ctx, a.Officer+"-grant", root, a.Officer, officer.GrantCapacity{Capacity: a.Capacity, Office: a.Office, From: w.ledger.Today()})
		require.NoError(t, err)
		_, err = w.ledger.RegisterKey(w.ctx, a.Officer+"-key", root, a.Officer, w.pen(a.Officer), countySigner(a.Officer).Public(), signoff.OwnDevice)
		require.NoError(t, err)
	}
	handler, err := w.ledger.Officer(w.ctx, handlerOf(north).Officer)
	require.NoError(t, err)
	alias := ledger.Actor{Officer: "north-alias", Office: north, Capacity: "town.head"}
	appoint(alias, handler.Person)
	colleague := ledger.Actor{Officer: "north-colleague", Office: north, Capacity: "town.handler"}
	person, err := w.vault.RegisterAnonymous(w.ctx)
	require.NoError(t, err)
	appoint(colleague, person)

	run, err := w.prepared("run", monthOf(0), payrun.Regular)
	require.NoError(t, err)
	subject := ledger.Subject{Kind: ledger.PayrunSubject, ID: run}
	_, err = w.submit(w.ctx, "submit", colleague, subject)
	require.NoError(t, err)
	_, err = w.signOff(w.ctx, "alias", alias, subject)
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "sign-off.handler-step", refused.Rule)
	_, err = w.signOff(w.ctx, "head", headOf(north), subject)
	require.NoError(t, err)
	s, err := w.ledger.Payrun(w.ctx, run)
	require.NoError(t, err)
	require.Equal(t, payrun.StatusReleased, s.Status)
}
