package ledger

import (
	"context"
	"fmt"

	"almoner/domain"
)

// FindByNumber looks a person up by the exact citizen number, through the vault's keyed hash: no list of numbers exists
// anywhere. A number that was corrected later still leads to the person. ok is false for a number the ledger never met.
func (l *Ledger) FindByNumber(ctx context.Context, number domain.CitizenNumber) (person string, ok bool, err error) {
	person, ok, err = l.vault.Lookup(ctx, number.Reveal())
	if err != nil {
		return "", false, fmt.Errorf("find a person by number: %w", err)
	}
	return person, ok, nil
}

// FindByName lists the persons who bear a name exactly, or bore it, through the vault's keyed hash.
func (l *Ledger) FindByName(ctx context.Context, name domain.PersonName) ([]string, error) {
	found, err := l.vault.FindByName(ctx, name.MatchKey())
	if err != nil {
		return nil, fmt.Errorf("find persons by name: %w", err)
	}
	return found, nil
}

// RegisterPerson is the person id of a citizen number, a new one if the number is not known; without a number it is a new
// one each time, and rules that judge by person can then go by that id alone. It writes to the vault and to no stream: an
// id that nothing names later means nothing.
func (l *Ledger) RegisterPerson(ctx context.Context, number domain.CitizenNumber) (string, error) {
	if number == "" {
		return l.vault.RegisterAnonymous(ctx)
	}
	person, _, err := l.vault.Register(ctx, number.Reveal())
	return person, err
}
