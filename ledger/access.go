package ledger

import (
	"context"
	"fmt"

	"almoner/domain"
	"almoner/domain/access"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/officer"
	"almoner/eventstore"
)

// Identity is what was last recorded of who a person is; ok is false when nothing was, or the person was erased. Names and
// numbers print masked: only Unmask hands them out to be shown in full.
func (l *Ledger) Identity(ctx context.Context, person string) (who beneficiary.Identity, ok bool, err error) {
	for r, err := range l.store.ReadStream(ctx, beneficiary.Stream(person), 0, eventstore.Forwards) {
		if err != nil {
			return who, false, fmt.Errorf("identity of %s: %w", person, err)
		}
		if r.Type != (beneficiary.Registered{}).EventType() && r.Type != (beneficiary.IdentityCorrected{}).EventType() {
			continue
		}
		stored, err := codec.DecodeEvent(r.Data, l.keySource(ctx))
		if err != nil {
			return who, false, fmt.Errorf("identity of %s at %d: %w", person, r.Revision, err)
		}
		var private *beneficiary.Identity
		switch e := stored.Event.(type) {
		case beneficiary.Registered:
			private = e.Private
		case beneficiary.IdentityCorrected:
			private = e.Private
		}
		if private != nil {
			who, ok = *private, true
		}
	}
	return who, ok, nil
}

// Unmask hands out a person's identity to be shown in full. It needs the capacity to do so, and the trace is durable before
// anything is shown. view says where it is shown and purpose why, both closed codes.
func (l *Ledger) Unmask(ctx context.Context, c Command, person, view, purpose string) (beneficiary.Identity, error) {
	if _, err := l.authorise(ctx, c.Actor, officer.Unmask); err != nil {
		return beneficiary.Identity{}, err
	}
	if view == "" || purpose == "" {
		return beneficiary.Identity{}, domain.Refuse(domain.Invalid, "access.purpose", "a look at personal data needs a view and a purpose").
			WithNext("name why the full data is needed, as a code such as visit or audit")
	}
	who, ok, err := l.Identity(ctx, person)
	if err != nil {
		return who, err
	}
	if !ok {
		return who, domain.Refuse(domain.NotFound, "access.nobody", "nothing is recorded of who %s is, or it was erased", person).WithNext("check the person id")
	}
	seen := access.Unmasked{People: 1, Persons: []string{person}, Purpose: purpose, View: view}
	c.Content = seen
	_, err = execute(ctx, l, access.Stream(c.Office, l.Today()), c, func(n int, _ domain.Fact) int { return n + 1 }, func(int) ([]domain.Event, error) {
		return []domain.Event{seen}, nil
	})
	if err != nil {
		return beneficiary.Identity{}, err // nothing is shown that left no trace
	}
	return who, nil
}
