package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/domain/signoff"
)

func TestAKeyIsOnePersonsOnly(t *testing.T) {
	l := newTestLedger(t)
	person, err := l.vault.RegisterAnonymous(l.ctx)
	require.NoError(t, err)
	_, err = l.Appoint(l.ctx, l.next(), l.root(), officer.Appoint{Officer: "newcomer", Person: person, Name: "newcomer", Post: "officer"})
	require.NoError(t, err)
	register := func(signer string) error {
		_, err := l.RegisterKey(l.ctx, l.next(), l.root(), "newcomer", l.WithKey(signerOf(t, signer)), signerOf(t, signer).Public(), signoff.OwnDevice)
		return err
	}
	err = register("clerk")
	require.ErrorIs(t, err, domain.Conflict)
	require.ErrorContains(t, err, "officer.key-shared")
	require.ErrorContains(t, err, "clerk")
	require.NoError(t, register("newcomer"))
}
