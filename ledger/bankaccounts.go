package ledger

import (
	"context"
	"errors"
	"fmt"

	"almoner/domain"
	"almoner/domain/bankfile"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/eventstore"
)

// errAccountGone says that the key of an account's person was destroyed.
var errAccountGone = errors.New("the person was erased")

// accountAt opens the account that an event in a person's stream holds. rev is where it stands; -1 looks for it.
func (l *Ledger) accountAt(ctx context.Context, keys codec.KeySource, person, event string, rev int64) (beneficiary.Account, error) {
	from := max(rev, 0)
	for r, err := range l.store.ReadStream(ctx, beneficiary.Stream(person), from, eventstore.Forwards) {
		if err != nil {
			return beneficiary.Account{}, fmt.Errorf("account of %s: %w", person, err)
		}
		if r.ID == event {
			return openAccount(r, person, keys)
		}
		if rev >= 0 { // not where it was said to be
			return l.accountAt(ctx, keys, person, event, -1)
		}
	}
	return beneficiary.Account{}, fmt.Errorf("account of %s: event %s is not in the stream", person, event)
}

func openAccount(r eventstore.Recorded, person string, keys codec.KeySource) (beneficiary.Account, error) {
	stored, err := codec.DecodeEvent(r.Data, keys)
	if err != nil {
		return beneficiary.Account{}, fmt.Errorf("account of %s at %d: %w", person, r.Revision, err)
	}
	changed, ok := stored.Event.(beneficiary.AccountChanged)
	switch {
	case !ok:
		return beneficiary.Account{}, fmt.Errorf("account of %s at %d: the event is %s", person, r.Revision, r.Type)
	case changed.Private == nil:
		return beneficiary.Account{}, errAccountGone
	}
	return *changed.Private, nil
}

// withAccounts fills in the account each line was to be paid to, for comparing: nothing of it is stored. That of an erased
// person stays empty; the payRef alone decides then.
func (l *Ledger) withAccounts(ctx context.Context, lines []InstructedLine) ([]bankfile.Candidate, error) {
	kids := make([]string, 0, len(lines))
	seen := map[string]bool{}
	for _, c := range lines {
		if p := c.Line.Person; !seen[p] {
			seen[p] = true
			kids = append(kids, p)
		}
	}
	keys, err := l.bulkKeys(ctx, kids)
	if err != nil {
		return nil, err
	}
	out := make([]bankfile.Candidate, len(lines))
	err = eachParallel(ctx, len(lines), func(ctx context.Context, i int) error {
		out[i] = lines[i].Candidate
		account, err := l.accountAt(ctx, keys, out[i].Line.Person, lines[i].Account, lines[i].AccountRev)
		if errors.Is(err, errAccountGone) {
			return nil
		}
		out[i].Line.Account = account.Number.Reveal()
		return err
	})
	return out, err
}

// canPay refuses an actor who may not handle the bank files of a finance office.
func (l *Ledger) canPay(ctx context.Context, a Actor, finance string) error {
	if _, err := l.authorise(ctx, a, "finance.handler", "finance.head"); err != nil {
		return err
	}
	if finance != "" && a.Office != finance {
		return l.deny(ctx, a, "bankfile.reach", "", domain.Refuse(domain.Forbidden, "bankfile.other-finance", "the file belongs to %s, you act for %s", finance, a.Office).
			WithNext("an officer of that finance office has to do it"))
	}
	return nil
}
