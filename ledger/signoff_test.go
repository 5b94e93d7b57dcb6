package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	"almoner/domain/codec"
	"almoner/domain/denied"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
)

// TestRefusedAttemptsAreRecorded: who tries to sign without authority, at a step that is not theirs, twice, or with a
// signature that does not verify leaves a trace, and the trace says nothing of the content.
func TestRefusedAttemptsAreRecorded(t *testing.T) {
	l := newTestLedger(t)
	source, err := rulebook.ShippedSource("only-child-allowance@340311")
	require.NoError(t, err)
	handler := l.command("county-clerk", "county", "county.handler")
	book, _, err := l.ProposeRulebook(l.ctx, handler, source, "")
	require.NoError(t, err)
	subject := Subject{RulebookSubject, book.ID()}

	refused := func(rule string, err error) {
		t.Helper()
		var r *domain.RefusedError
		require.ErrorAs(t, err, &r)
		require.Equal(t, rule, r.Rule)
		require.NotEmpty(t, r.Next)
	}
	sign := func(officer, office, capacity string, pen Pen) error {
		_, err := l.SignOff(l.ctx, l.command(officer, office, capacity), Sign{Subject: subject, Pen: pen})
		return err
	}
	clerk, head := l.WithKey(l.pens["county-clerk"]), l.WithKey(l.pens["county-head"])

	_, err = l.Submit(l.ctx, l.command("clerk", "town", "town.handler"), Sign{Subject: subject, Pen: l.WithKey(l.pens["clerk"])})
	refused("sign-off.step-order", err)
	_, err = l.Submit(l.ctx, l.command("county-clerk", "county", "county.handler"), Sign{Subject: subject, Pen: clerk})
	require.NoError(t, err)
	refused("officer.no-capacity", sign("county-clerk", "county", "county.head", clerk))
	refused("officer.no-key", sign("county-head", "county", "county.head", clerk))
	text, ok := Drafted(sign("county-head", "county", "county.head", l.Draft(head.Key())))
	require.True(t, ok, "a draft is shown and signs nothing")
	refused("sign-off.signature", sign("county-head", "county", "county.head", Given(head.Key(), text, make([]byte, 64))))
	require.NoError(t, sign("county-head", "county", "county.head", head))

	var rules []string
	for r := range l.log() {
		e, err := codec.DecodeEvent(r.Data, nil)
		require.NoError(t, err)
		if d, is := e.Event.(denied.Refused); is {
			require.Contains(t, []string{"rulebook.submit", "rulebook.sign-off"}, d.Action)
			require.Equal(t, "rulebook-"+book.ID(), d.Subject)
			rules = append(rules, d.Rule)
		}
	}
	require.Equal(t, []string{"sign-off.step-order", "officer.no-capacity", "officer.no-key", "sign-off.signature"}, rules)
}

// TestBulkSignature: one signature over several subjects stands once, each subject proves its own statement under it, and
// asking again changes nothing.
func TestBulkSignature(t *testing.T) {
	l := newTestLedger(t)
	var subjects []Sign
	for _, id := range []string{"only-child-allowance@340311", "surgery-complications@000000"} {
		source, err := rulebook.ShippedSource(id)
		require.NoError(t, err)
		book, _, err := l.ProposeRulebook(l.ctx, l.command("county-clerk", "county", "county.handler"), source, "")
		require.NoError(t, err)
		subject := Subject{RulebookSubject, book.ID()}
		_, err = l.Submit(l.ctx, l.command("county-clerk", "county", "county.handler"), Sign{Subject: subject, Pen: l.WithKey(l.pens["county-clerk"])})
		require.NoError(t, err)
		subjects = append(subjects, Sign{Subject: subject})
	}
	c := l.command("county-head", "county", "county.head")
	outs, errs, err := l.SignMany(l.ctx, c, subjects, l.WithKey(l.pens["county-head"]))
	require.NoError(t, err)
	for i := range subjects {
		require.NoError(t, errs[i])
		require.Len(t, outs[i].Events, 2, "signed off and published in one append")
		signed := outs[i].Events[0].Event.(rulebook.SignedOff).Signed
		require.NotNil(t, signed.Bulk)
		require.Empty(t, signed.Signature.Sig, "the signature stands once, in the signing")
		require.Equal(t, i, signed.Bulk.Index)
	}
	entries := 0
	for range l.log() {
		entries++
	}
	again, errs, err := l.SignMany(l.ctx, c, subjects, l.WithKey(l.pens["county-head"]))
	require.NoError(t, err)
	for i := range subjects {
		require.NoError(t, errs[i])
		require.True(t, again[i].Repeated)
	}
	for range l.log() {
		entries--
	}
	require.Zero(t, entries, "nothing was written the second time")
}

// revisingPen lets a colleague act between signing and storing.
type revisingPen struct {
	Pen
	meanwhile func()
}

func (p revisingPen) Write(build func(at string) string) (string, []byte, error) {
	text, sig, err := p.Pen.Write(build)
	p.meanwhile()
	return text, sig, err
}

// TestRevisedWhileBeingSigned: what is signed is what takes effect. A case revised between signing and storing refuses the
// signature over the proposal that stands no more.
func TestRevisedWhileBeingSigned(t *testing.T) {
	l := newTestLedger(t, "rural-reward@000000")
	id := l.openCase(l.command("village-clerk", "v1", "village.handler"), l.widow(1))
	subject := Subject{CaseSubject, id}
	c := l.signer(l.signing(subject), 0, signoff.WholeScope)
	_, err := l.Submit(l.ctx, c, Sign{Subject: subject, Pen: revisingPen{l.WithKey(l.pens[c.Officer]), func() {
		r := l.widow(1)
		r.Row.AppliedOn = domain.MustDate("2021-10-10")
		r.Row.Account = domain.AccountNumber(account(77))
		_, err := l.ReviseCase(l.ctx, l.command("village-clerk", "v1", "village.handler"), id, r)
		require.NoError(t, err)
	}}})
	var refused *domain.RefusedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "sign-off.seen", refused.Rule)
	require.Equal(t, signoff.Draft, l.signing(subject).Status)
	l.submitFirst(subject)
	s, err := l.Case(l.ctx, id)
	require.NoError(t, err)
	leaf, err := caseSubject{l.Ledger, id}.leaf(l.ctx, s)
	require.NoError(t, err)
	require.Equal(t, leaf, s.Signing.Sub.Root)
}
