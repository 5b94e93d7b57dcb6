package ledger_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"almoner/domain"
	bank "almoner/domain/bankfile"
	"almoner/domain/codec"
	"almoner/domain/office"
	"almoner/domain/officer"
	"almoner/domain/payrun"
	"almoner/domain/signoff"
	"almoner/ledger"
)

// onPaper is a command whose proof is a notice on paper.
func (s *bankScene) onPaper(a ledger.Actor) ledger.Command {
	c := s.next(a)
	c.Evidence = []codec.Evidence{{Commitment: fmt.Sprintf("%064d", 7), Held: a.Office, Kind: "bank-notice", Pages: 1}}
	return c
}

// appointed appoints somebody who may act, as the person given or, if that is empty, as somebody new.
func (s *bankScene) appointed(a ledger.Actor, person string) {
	s.t.Helper()
	root := ledger.Granting{Actor: ledger.Actor{Officer: "root-1", Office: "ledger", Capacity: "root"}, Pen: s.pen("root-1")}
	if person == "" {
		var err error
		person, err = s.vault.RegisterAnonymous(s.ctx)
		require.NoError(s.t, err)
	}
	_, err := s.ledger.Appoint(s.ctx, "appoint-"+a.Officer, root, officer.Appoint{Officer: a.Officer, Person: person, Name: a.Officer, Post: "officer"})
	require.NoError(s.t, err)
	_, err = s.ledger.GrantCapacity(s.ctx, "grant-"+a.Officer, root, a.Officer, officer.GrantCapacity{Capacity: a.Capacity, Office: a.Office, From: s.ledger.Today()})
	require.NoError(s.t, err)
	_, err = s.ledger.RegisterKey(s.ctx, "key-"+a.Officer, root, a.Officer, s.pen(a.Officer), countySigner(a.Officer).Public(), signoff.OwnDevice)
	require.NoError(s.t, err)
}

// TestRefusedWholeNeedsAnother: who told the bank to pay cannot say alone that it paid nothing, under no account of theirs,
// and what the bank sent about something else proves nothing.
func TestRefusedWholeNeedsAnother(t *testing.T) {
	s := newBankScene(t, 3, nil)
	s.clock.set(domain.MustDate("2022-01-10"))
	january := s.released("2022-01", payrun.Regular)
	paid := s.toBank(s.instructed(january))
	old := s.received(paid[0].answers("成功", "2022-01-12", "S1"), paid[1].answers("成功", "2022-01-12", "S2"))
	s.clock.set(domain.MustDate("2022-02-10"))
	run := s.released("2022-02", payrun.Regular)
	file := s.instructed(run).Files[0].ID

	handler, err := s.ledger.Officer(s.ctx, financeHandler.Officer)
	require.NoError(t, err)
	second := ledger.Actor{Officer: "finance-second", Office: "finance", Capacity: "finance.head"}
	s.appointed(second, handler.Person)
	for _, a := range []ledger.Actor{financeHandler, second} {
		_, err = s.ledger.RefuseWhole(s.ctx, s.onPaper(a), file, ledger.BankRefusal{Reason: "format"})
		refuses(t, err, "bankfile.own-instruction")
	}

	_, err = s.ledger.RefuseWhole(s.ctx, s.next(financeHead), file, ledger.BankRefusal{Reason: "format", Proof: old.BankFile})
	refuses(t, err, "bankfile.proof")
	require.ErrorContains(t, err, "before")
	other := s.received(paid[2].answers("成功", "2022-02-11", "S3"))
	_, err = s.ledger.RefuseWhole(s.ctx, s.next(financeHead), file, ledger.BankRefusal{Reason: "format", Proof: other.BankFile})
	refuses(t, err, "bankfile.proof")
	require.ErrorContains(t, err, january)
	state, err := s.ledger.BankFile(s.ctx, file)
	require.NoError(t, err)
	require.Nil(t, state.Refusal)

	_, err = s.ledger.RefuseWhole(s.ctx, s.onPaper(financeHead), file, ledger.BankRefusal{Reason: "format"})
	require.NoError(t, err)
	again := s.instructed(run)
	require.NotEqual(t, file, again.Files[0].ID)
}

// TestSameFileAddedByAnotherOffice: a file that another finance office added by mistake is still to be added by the office
// whose lines it answers.
func TestSameFileAddedByAnotherOffice(t *testing.T) {
	s := newBankScene(t, 2, nil)
	root := ledger.Granting{Actor: ledger.Actor{Officer: "root-1", Office: "ledger", Capacity: "root"}, Pen: s.pen("root-1")}
	_, err := s.ledger.OpenOffice(s.ctx, "open-finance2", root, office.Open{Office: "finance2", Level: signoff.Finance, Name: "另一财政局", Area: "340312"})
	require.NoError(t, err)
	stranger := ledger.Actor{Officer: "other-handler", Office: "finance2", Capacity: "finance.handler"}
	s.appointed(stranger, "")
	s.clock.set(domain.MustDate("2022-01-10"))
	run := s.released("2022-01", payrun.Regular)
	lines := s.toBank(s.instructed(run))
	file := returnFile(lines[0].answers("成功", "2022-01-12", "S1"), lines[1].answers("成功", "2022-01-12", "S2"))
	mistaken, err := s.ledger.AddBankFile(s.ctx, s.next(stranger), receiving("HP.csv", file), nil)
	require.NoError(t, err)
	require.Equal(t, bank.LinePending, s.line(lines[0].ref).Status)
	plan, err := s.ledger.PlanReception(s.ctx, s.next(financeHandler), receiving("HP.csv", file), nil)
	require.NoError(t, err)
	require.False(t, plan.Seen)
	ours, err := s.ledger.AddBankFile(s.ctx, s.next(financeHandler), receiving("HP.csv", file), nil)
	require.NoError(t, err)
	require.False(t, ours.Seen)
	require.NotEqual(t, mistaken.BankFile, ours.BankFile)
	require.Equal(t, []string{"matched", "matched"}, s.classes(ours.BankFile))
	for _, a := range []ledger.Actor{financeHandler, stranger} {
		again, err := s.ledger.AddBankFile(s.ctx, s.next(a), ledger.ReceiveRequest{FileName: "other.csv", File: bytes.NewReader(file), Size: int64(len(file)), Format: "plain-csv-return"}, nil)
		require.NoError(t, err)
		require.True(t, again.Seen, "by the same office")
	}
	s.foots(run)
}
