package ledger

import (
	"context"
	"fmt"
	"slices"

	"almoner/domain"
	"almoner/domain/access"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/officer"
	"almoner/eventstore"
)

// Particulars opens the sealed data of many people at once, each as their stream stood at a revision. The answer is in the
// order of the question. What it holds prints masked; whoever shows it in full records that first (TraceExport).
func (l *Ledger) Particulars(ctx context.Context, people []beneficiary.Sight) ([]beneficiary.Particulars, error) {
	kids := make([]string, 0, len(people))
	seen := map[string]bool{}
	for _, p := range people {
		if !seen[p.Person] {
			seen[p.Person] = true
			kids = append(kids, p.Person)
		}
	}
	keys, err := l.bulkKeys(ctx, kids)
	if err != nil {
		return nil, fmt.Errorf("open the data of %d people: %w", len(people), err)
	}
	out := make([]beneficiary.Particulars, len(people))
	err = eachParallel(ctx, len(people), func(ctx context.Context, i int) (err error) {
		out[i], err = l.particularsOf(ctx, keys, people[i])
		return err
	})
	return out, err
}

// particularsOf reads one stream up to a revision.
func (l *Ledger) particularsOf(ctx context.Context, keys codec.KeySource, p beneficiary.Sight) (beneficiary.Particulars, error) {
	var out beneficiary.Particulars
	wanted := []string{(beneficiary.Registered{}).EventType(), (beneficiary.IdentityCorrected{}).EventType()}
	for r, err := range l.store.ReadStream(ctx, beneficiary.Stream(p.Person), 0, eventstore.Forwards) {
		if err != nil {
			return out, fmt.Errorf("data of %s: %w", p.Person, err)
		}
		if r.Revision > p.Through {
			break
		}
		if !slices.Contains(wanted, r.Type) && (p.Account == "" || r.ID != p.Account) {
			continue
		}
		stored, err := codec.DecodeEvent(r.Data, keys)
		if err != nil {
			return out, fmt.Errorf("data of %s at %d: %w", p.Person, r.Revision, err)
		}
		switch e := stored.Event.(type) {
		case beneficiary.Registered:
			out.Identity = newer(e.Private, out.Identity)
		case beneficiary.IdentityCorrected:
			out.Identity = newer(e.Private, out.Identity)
		case beneficiary.AccountChanged:
			out.Account = e.Private
		}
	}
	return out, nil
}

func newer(now, before *beneficiary.Identity) *beneficiary.Identity {
	if now == nil {
		return before
	}
	return now
}

// MayExport refuses an actor who may not take personal data in full, and a purpose that is missing: asked before a paper is
// made, so that nobody waits for what they may not have.
func (l *Ledger) MayExport(ctx context.Context, a Actor, purpose string) error {
	if _, err := l.authorise(ctx, a, officer.Unmask); err != nil {
		return err
	}
	if purpose == "" {
		return domain.Refuse(domain.Invalid, "access.purpose", "a paper with full personal data needs a purpose").
			WithNext("name why the full data is needed, as a code such as send or audit")
	}
	return nil
}

// TraceExport records that an officer took a paper with personal data in full: how many people are in it, the first hundred
// by id, and why. The trace is durable when it returns; only then may the paper leave. paper says which one, for the command.
func (l *Ledger) TraceExport(ctx context.Context, c Command, paper string, people int, persons []string, purpose string) error {
	if err := l.MayExport(ctx, c.Actor, purpose); err != nil {
		return err
	}
	seen := access.Unmasked{People: people, Persons: persons[:min(len(persons), maxNamedPersons)], Purpose: purpose, View: "export"}
	c.Content = map[string]string{"paper": paper, "purpose": purpose}
	_, err := execute(ctx, l, access.Stream(c.Office, l.Today()), c, func(n int, _ domain.Fact) int { return n + 1 }, func(int) ([]domain.Event, error) {
		return []domain.Event{seen}, nil
	})
	return err
}
