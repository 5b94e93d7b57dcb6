package ledger

import (
	"context"
	"fmt"
	"time"

	"almoner/domain"
	"almoner/domain/cases"
	"almoner/domain/codec"
	"almoner/domain/fund"
	"almoner/domain/imports"
	"almoner/domain/payrun"
	"almoner/domain/rulebook"
	"almoner/domain/signoff"
	"almoner/eventstore"
)

// ReturnedOnce is one sending-back (补正) of a subject: who returned it, from which step to which, and why.
type ReturnedOnce struct {
	Round   int       // that it ended
	Officer string    // who sent it back
	Step    string    // the officer's step, "town.line-head"
	To      string    // the step it went back to
	Reason  string    // closed code
	Note    string    // what the officer wrote; empty when nothing was written or its key is gone
	At      time.Time // of the append
}

// Returns lists the sendings-back of a subject, the first one first. A subject that is not there is domain.NotFound.
func (l *Ledger) Returns(ctx context.Context, s Subject) ([]ReturnedOnce, error) {
	subject, err := l.signable(s)
	if err != nil {
		return nil, err
	}
	state, err := subject.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("returns of %s %s: %w", s.Kind, s.ID, err)
	}
	var out []ReturnedOnce
	for r, err := range l.store.ReadStream(ctx, subject.stream(), 0, eventstore.Forwards) {
		if err != nil {
			return nil, fmt.Errorf("returns of %s %s: %w", s.Kind, s.ID, err)
		}
		if !sendsBack(r.Type) { // decoding every row of a large import would be slow
			continue
		}
		stored, err := codec.DecodeEvent(r.Data, l.keySource(ctx))
		if err != nil {
			return nil, fmt.Errorf("returns of %s %s at %d: %w", s.Kind, s.ID, r.Revision, err)
		}
		if returned, ok := returnedOf(stored.Event); ok {
			out = append(out, returnedOnce(returned, stored.Envelope, state.Chain))
		}
	}
	return out, nil
}

// sendsBack says whether an event of this type carries a signoff.Returned of a Subject.
func sendsBack(eventType string) bool {
	switch eventType {
	case cases.SentBack{}.EventType(), imports.SentBack{}.EventType(), payrun.SentBack{}.EventType(), rulebook.SentBack{}.EventType(),
		fund.SentBack{}.EventType():
		return true
	}
	return false
}

func returnedOf(e domain.Event) (signoff.Returned, bool) {
	switch e := e.(type) {
	case cases.SentBack:
		return e.Returned, true
	case imports.SentBack:
		return e.Returned, true
	case payrun.SentBack:
		return e.Returned, true
	case rulebook.SentBack:
		return e.Returned, true
	case fund.SentBack:
		return e.Returned, true
	}
	return signoff.Returned{}, false
}

func returnedOnce(r signoff.Returned, envelope codec.Envelope, chain []signoff.Step) ReturnedOnce {
	out := ReturnedOnce{Round: r.Round, Officer: envelope.Officer, Step: stepName(chain, r.Step), To: stepName(chain, r.To), Reason: r.Reason, At: envelope.At.Time}
	if signed, err := signoff.ParseStatement(r.Signature.Statement); err == nil {
		out.Step = signed.StepName // as it was signed: a revision may have given the subject another chain since
	}
	if r.Note != nil {
		out.Note = r.Note.Text
	}
	return out
}

// stepName is a step's name, or its place when the chain is now shorter.
func stepName(chain []signoff.Step, step int) string {
	if step < 0 || step >= len(chain) {
		return fmt.Sprint(step)
	}
	return chain[step].Name()
}
